"""Register what the decorators of `slackbot.plugins` declare."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from slackbot.kit.registry import (
    Action,
    Command,
    DialogForm,
    Event,
    HeadlineButton,
    HeadlineLine,
    Inbound,
    IncidentEvent,
    Keyword,
    Notification,
    Registered,
    ScheduledWork,
    Veto,
    registry,
)

H = TypeVar("H", bound=Callable[..., Any])


def registering(make: Callable[[H], Registered | Sequence[Registered]], *, replace: bool = False) -> Callable[[H], H]:
    """Return a decorator that registers what `make` makes of a function, and returns the function unchanged."""

    def register(handler: H) -> H:
        made = make(handler)
        for each in [made] if isinstance(made, Registered) else made:
            _add(each, replace=replace)
        return handler

    return register


def _add(new: Registered, *, replace: bool) -> None:
    match new:
        case Command():
            registry.add_command(new, replace=replace)
        case Keyword():
            registry.add_keyword(new)
        case Action():
            registry.add_action(new, replace=replace)
        case DialogForm():
            registry.add_dialog(new, replace=replace)
        case Notification():
            registry.add_notification(new)
        case Event():
            registry.add_event(new)
        case IncidentEvent():
            registry.add_incident_event(new)
        case Inbound():
            registry.add_inbound(new)
        case ScheduledWork():
            registry.add_scheduled(new)
        case Veto():
            registry.add_veto(new)
        case HeadlineButton():
            registry.add_headline_button(new)
        case HeadlineLine():
            registry.add_headline_line(new, replace=replace)
        case _:
            raise TypeError(f"A {type(new).__name__} can't be registered.")

"""The decorator for handlers of Slack's events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar, overload

from slackbot.kit.declarations import ID, YES_NO, Expected, checked, list_of
from slackbot.kit.event_context import EventContext
from slackbot.kit.events import SlackEvent
from slackbot.kit.handler_types import EventHandler
from slackbot.kit.registering import registering
from slackbot.kit.registry import Event

E = TypeVar("E", bound=SlackEvent)

SUBTYPES: Final = list_of("texts, with None for ordinary messages", lambda each: isinstance(each, str | None)).or_none()


def _is_class(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, SlackEvent) and bool(value.TYPES)


EVENT: Final = Expected(
    "a type of Slack's events, or a class in slackbot.plugins.events",
    lambda value: ID.fits(value) if isinstance(value, str) else _is_class(value),
)
CLASSES: Final = Expected("classes in slackbot.plugins.events", lambda value: all(map(_is_class, value)))


@overload
def slack_event(
    event_type: str,
    *,
    anywhere: bool = ...,
    headlines: bool = ...,
    subtypes: Sequence[str | None] | None = ...,
    extra: bool = ...,
) -> Callable[[EventHandler], EventHandler]: ...


@overload
def slack_event(
    event_type: type[E], *more: type[E], anywhere: bool = ..., headlines: bool = ..., extra: bool = ...
) -> Callable[[Callable[[EventContext[E]], None]], Callable[[EventContext[E]], None]]: ...


@checked(event_type=EVENT, more=CLASSES, anywhere=YES_NO, headlines=YES_NO, subtypes=SUBTYPES, extra=YES_NO)
def slack_event(
    event_type: str | type[SlackEvent],
    *more: type[SlackEvent],
    anywhere: bool = False,
    headlines: bool = False,
    subtypes: Sequence[str | None] | None = None,
    extra: bool = False,
) -> Callable[[EventHandler], EventHandler]:
    """Hear of a Slack event in incident channels, in order; with `anywhere=True` in every channel we are in.

    Name it by its class in `slackbot.plugins.events`, or several classes, or, where there is no class, by Slack's name
    of its type. With `headlines=True`, also in the channel where headlines go: `ctx.incident` is None then.

    Of messages, `subtypes` chooses: None is an ordinary one, "message_changed" an edit. Classes choose by themselves.

    With `extra=True`, a built-in handler is work that an incident can do without; a plugin's always is.
    """
    if isinstance(event_type, str):
        chosen = None if subtypes is None else tuple(subtypes)
        return registering(lambda handler: Event(event_type, handler, anywhere, chosen, headlines, extra=extra))
    classes = (event_type, *more)
    names = dict.fromkeys(name for each in classes for name in each.TYPES)
    return registering(
        lambda handler: [
            Event(name, handler, anywhere, _subtypes(classes, name), headlines, classes, extra) for name in names
        ]
    )


def _subtypes(classes: Sequence[type[SlackEvent]], name: str) -> tuple[str | None, ...] | None:
    """Return the subtypes of all the classes that have this type; None when one of them takes any."""
    found = [each.SUBTYPES for each in classes if name in each.TYPES]
    return None if None in found else tuple(subtype for each in found for subtype in each or ())

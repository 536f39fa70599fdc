from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

from slackbot.kit.event_context import EventContext
from slackbot.kit.registry import Event, registry
from slackbot.monzo import gone, running
from slackbot.monzo.models import Incident

Handler: TypeAlias = Callable[[Incident, Any], Any]
H = TypeVar("H", bound=Handler)


def slack_event(event: str, func: Handler | None = None) -> Callable[[H], H]:
    """Hear of a Slack event in incident channels, as `handler(incident, payload)`. What bots say is left out."""

    def register(handler: H) -> H:
        running.check_form(handler, "incident, payload")

        def serve(context: EventContext) -> None:
            told = context.event
            if context.incident is not None and not told.get("bot_id") and told.get("subtype") != "bot_message":
                handler(Incident(context.incident), dict(told))

        registry.add(Event(event, running.serving(handler, serve), anywhere=False, subtypes=None))
        return handler

    if func is not None:
        register(func)
    return register


__getattr__ = gone.instead(gone.DECORATORS, module=__name__)

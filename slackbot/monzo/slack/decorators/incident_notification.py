from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeAlias, TypeVar

from incidents.models import Kind
from slackbot.kit.contexts import NotificationContext
from slackbot.kit.handler_types import Skip
from slackbot.kit.registry import Notification, registry
from slackbot.monzo import gone, running
from slackbot.monzo.models import Incident

Handler: TypeAlias = Callable[[Incident], Any]
H = TypeVar("H", bound=Handler)


def single_notification(initial_delay_mins: float = 0, func: Handler | None = None) -> Callable[[H], H]:
    """Be asked once in each open incident, as `handler(incident)`."""

    def register(handler: H) -> H:
        _register(handler, after=timedelta(minutes=initial_delay_mins), every=None, times=1)
        return handler

    if func is not None:
        register(func)
    return register


def recurring_notification(interval_mins: float, max_notifications: int = 1) -> Callable[[H], H]:
    """Be asked so often in each open incident, as `handler(incident)`.

    Each time uses a turn up, also one in which nothing is said, unless the handler returns SKIP of slackbot.plugins.
    """

    def register(handler: H) -> H:
        interval = timedelta(minutes=interval_mins)
        _register(handler, after=interval, every=interval, times=max_notifications)
        return handler

    return register


def _register(handler: Handler, *, after: timedelta, every: timedelta | None, times: int) -> None:
    running.check_form(handler, "incident")

    def serve(context: NotificationContext) -> Skip | None:
        result = handler(Incident(context.incident))
        return result if isinstance(result, Skip) else None

    served = running.serving(handler, serve)
    registry.add(Notification("", served, after, every, times, None, (Kind.LIVE, Kind.DRILL)))


__getattr__ = gone.instead(gone.DECORATORS, module=__name__)

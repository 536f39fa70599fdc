"""The types of handlers: what each kind gets and returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, TypeAlias

from slack_sdk.models.blocks import ButtonElement

from incidents.models import Incident
from slackbot.kit.contexts import (
    ActionContext,
    CommandContext,
    DialogContext,
    IncidentEventContext,
    KeywordContext,
    LaterContext,
    NotificationContext,
    PeriodicContext,
    RequestContext,
    VetoContext,
)
from slackbot.kit.dialogs import OptionLike
from slackbot.kit.event_context import EventContext


class Skip:
    """Returned by a notification's handler when nothing needs saying: its turn is not used up."""

    def __repr__(self) -> str:
        return "SKIP"


SKIP: Final = Skip()

CommandHandler: TypeAlias = Callable[[CommandContext], str | None]
KeywordHandler: TypeAlias = Callable[[KeywordContext], str | None]
NotificationHandler: TypeAlias = Callable[[NotificationContext], Skip | None]
Search: TypeAlias = Callable[[str], Sequence[OptionLike]]
ActionHandler: TypeAlias = Callable[[ActionContext], str | None]
DialogHandler: TypeAlias = Callable[[DialogContext], str | None]
EventHandler: TypeAlias = Callable[[EventContext[Any]], None]
RequestHandler: TypeAlias = Callable[[RequestContext], None]
LaterHandler: TypeAlias = Callable[[LaterContext], None]
PeriodicHandler: TypeAlias = Callable[[PeriodicContext], None]
VetoHandler: TypeAlias = Callable[[VetoContext], str | None]
IncidentEventHandler: TypeAlias = Callable[[IncidentEventContext], None]
HeadlineAction: TypeAlias = Callable[[Incident], ButtonElement | None]
HeadlineText: TypeAlias = Callable[[Incident], str | None]
LineStyle: TypeAlias = Literal["short", "long", "small"]

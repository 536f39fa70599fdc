"""Teach Response your own process. This page is the whole of it.

A plugin is a Django app with a module `slack_handlers`; name it in RESPONSE_PLUGINS. Each decorator registers the
function and returns it unchanged. A name is registered once; a second use stops the start and names both places, unless
it says `replace=True`. To refuse, `raise IncidentError("a sentence for people")`.
"""

from __future__ import annotations

from collections.abc import Callable

from slack_sdk.models.blocks import ButtonElement as Button

from incidents.errors import IncidentError
from slackbot.contexts import ActionContext, CommandContext, DialogContext, EventContext, IncidentEventContext
from slackbot.dialogs import Choice, Dialog, Paragraph, PersonChoice, Text
from slackbot.registry import (
    ActionHandler,
    Command,
    CommandHandler,
    DialogHandler,
    Event,
    EventHandler,
    HeadlineAction,
    HeadlineButton,
    IncidentEventHandler,
    Registered,
    registry,
)

__all__ = [
    "ActionContext",
    "Button",
    "Choice",
    "CommandContext",
    "Dialog",
    "DialogContext",
    "EventContext",
    "IncidentError",
    "IncidentEventContext",
    "Paragraph",
    "PersonChoice",
    "Text",
    "action_handler",
    "dialog_handler",
    "headline_action",
    "incident_command",
    "incident_event",
    "slack_event",
]


def incident_command(
    name: str, *aliases: str, help: str, usage: str = "", anywhere: bool = False, replace: bool = False
) -> Callable[[CommandHandler], CommandHandler]:
    """Serve `@incident name …` and `/incident name …`. Return None for ✅, or a text that only the author sees.

    `help` says what it does, and `usage` what to write after the name, as in "lead" `@someone` "make them the lead". It
    works in incident channels; with `anywhere=True` in every channel, and then `ctx.incident_or_none` may be None.
    """

    def register(handler: CommandHandler) -> CommandHandler:
        registry.add_command(Command(name, handler, help, usage, aliases, anywhere), replace=replace)
        return handler

    return register


def action_handler(action_id: str, *, replace: bool = False) -> Callable[[ActionHandler], ActionHandler]:
    """Serve clicks on buttons with this `action_id`. A returned text is seen by the clicker only."""

    def register(handler: ActionHandler) -> ActionHandler:
        registry.add_action(Registered(action_id, handler), replace=replace)
        return handler

    return register


def dialog_handler(dialog_id: str, *, replace: bool = False) -> Callable[[DialogHandler], DialogHandler]:
    """Serve submissions of the dialog with this id. An `IncidentError` is shown in the dialog, which stays open."""

    def register(handler: DialogHandler) -> DialogHandler:
        registry.add_dialog(Registered(dialog_id, handler), replace=replace)
        return handler

    return register


def slack_event(event_type: str, *, anywhere: bool = False) -> Callable[[EventHandler], EventHandler]:
    """Hear of a Slack event in incident channels, in order; with `anywhere=True` in every channel we are in."""

    def register(handler: EventHandler) -> EventHandler:
        registry.add_event(Event(event_type, handler, anywhere))
        return handler

    return register


def headline_action(*, order: int) -> Callable[[HeadlineAction], HeadlineAction]:
    """Put a button under every headline, in this order; return None to leave it out of one."""

    def register(handler: HeadlineAction) -> HeadlineAction:
        registry.add_headline_button(HeadlineButton(f"headline:{order}", handler, order))
        return handler

    return register


def incident_event(*kinds: str) -> Callable[[IncidentEventHandler], IncidentEventHandler]:
    """Hear of timeline entries of these kinds (`incidents.models.EntryKind`), from whichever door they came."""

    def register(handler: IncidentEventHandler) -> IncidentEventHandler:
        for kind in kinds:
            registry.add_incident_event(Registered(kind, handler))
        return handler

    return register

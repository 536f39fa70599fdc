"""Right handlers, and wrong ones. mypy must refuse exactly the lines marked "wrong": see test_handlers.py.

This file is left out of the ordinary run of mypy, and nothing imports it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from incidents.models import Incident
from slackbot.plugins import (
    SKIP,
    ActionContext,
    Button,
    CommandContext,
    DialogContext,
    EventContext,
    IncidentEventContext,
    KeywordContext,
    NotificationContext,
    SaidMessage,
    Skip,
    action_handler,
    dialog_handler,
    events,
    headline_action,
    incident_command,
    incident_event,
    keyword_handler,
    recurring_notification,
    single_notification,
    slack_event,
)

HOUR = timedelta(hours=1)


# Right ----------------------------------------------------------------------------------------------------------------


@incident_command("right", help="…")
def right_command(ctx: CommandContext) -> str:
    return ctx.text


@incident_command("silent", help="…")
def silent_command(ctx: CommandContext) -> None:
    ctx.reply("Done")


@keyword_handler("right")
def right_keyword(ctx: KeywordContext) -> str | None:
    return None


@action_handler("right", background=True)
def right_action(ctx: ActionContext) -> str:
    return ctx.value


def right_check(ctx: DialogContext) -> Mapping[str, str]:
    return {}


def right_search(words: str) -> list[tuple[str, str]]:
    return [(words, words)]


@dialog_handler("right", validate=right_check, searches={"service": right_search})
def right_dialog(ctx: DialogContext) -> str:
    return ctx.text("service")


@single_notification(after=HOUR)
def right_single(ctx: NotificationContext) -> Skip | None:
    return SKIP


@recurring_notification(every=HOUR, times=3)
def right_recurring(ctx: NotificationContext) -> None:
    ctx.post("Still here?")


@slack_event("pin_added")
def right_event(ctx: EventContext) -> None:
    """Say nothing."""


def right_name(message: SaidMessage | None) -> str:
    return message.plain if message else ""


@slack_event(events.PinAdded, headlines=True)
def right_event_of_a_class(ctx: EventContext[events.PinAdded]) -> None:
    right_name(ctx.event.message)


@slack_event(events.MessageEdited, events.MessageDeleted)
def right_event_of_two_classes(ctx: EventContext) -> None:
    """Say nothing."""


@headline_action(order=150)
def right_button(incident: Incident) -> Button | None:
    return None


@incident_event("opened")
def right_incident_event(ctx: IncidentEventContext) -> None:
    ctx.post("Good luck")


# A decorator hands the function back as it was: the type of what one calls afterwards is known.
words: list[tuple[str, str]] = right_search("x")
button: Button | None = right_button(Incident())


# Another decorator's context ------------------------------------------------------------------------------------------


@incident_command("w1", help="…")  # wrong
def command_with_a_keywords_context(ctx: KeywordContext) -> str:
    return ctx.keyword


@keyword_handler("w2")  # wrong
def keyword_with_a_commands_context(ctx: CommandContext) -> str:
    return ctx.text


@action_handler("w3")  # wrong
def action_with_a_dialogs_context(ctx: DialogContext) -> str:
    return ctx.text("w3")


@dialog_handler("w4")  # wrong
def dialog_with_an_actions_context(ctx: ActionContext) -> str:
    return ctx.value


@single_notification(after=HOUR)  # wrong
def single_with_an_events_context(ctx: EventContext) -> None:
    """Say nothing."""


@recurring_notification(every=HOUR, times=3)  # wrong
def recurring_with_an_incident(incident: Incident) -> None:
    """Say nothing."""


@slack_event("w5")  # wrong
def event_with_an_incident_events_context(ctx: IncidentEventContext) -> None:
    """Say nothing."""


@headline_action(order=151)  # wrong
def button_with_a_context(ctx: ActionContext) -> Button | None:
    return None


@incident_event("opened")  # wrong
def incident_event_with_an_events_context(ctx: EventContext) -> None:
    """Say nothing."""


# Another result -------------------------------------------------------------------------------------------------------


@incident_command("w6", help="…")  # wrong
def command_that_returns_handled(ctx: CommandContext) -> tuple[bool, str]:
    return True, ctx.text


@keyword_handler("w7")  # wrong
def keyword_that_returns_a_flag(ctx: KeywordContext) -> bool:
    return True


@action_handler("w8")  # wrong
def action_that_returns_a_number(ctx: ActionContext) -> int:
    return 1


@dialog_handler("w9")  # wrong
def dialog_that_returns_errors(ctx: DialogContext) -> dict[str, str]:
    return {}


@single_notification(after=HOUR)  # wrong
def single_that_returns_what_to_say(ctx: NotificationContext) -> str:
    return "Still here?"


@recurring_notification(every=HOUR, times=3)  # wrong
def recurring_that_returns_a_flag(ctx: NotificationContext) -> bool:
    return False


@slack_event(events.PinAdded)  # wrong
def event_of_another_class(ctx: EventContext[events.ChannelRenamed]) -> None:
    """Say nothing."""


@slack_event("w10")  # wrong
def event_that_returns_what_to_say(ctx: EventContext) -> str:
    return "Welcome"


@headline_action(order=152)  # wrong
def button_that_is_a_text(incident: Incident) -> str:
    return "Page someone"


@incident_event("opened")  # wrong
def incident_event_that_returns_what_to_say(ctx: IncidentEventContext) -> str:
    return "Good luck"


# Another form ---------------------------------------------------------------------------------------------------------


@incident_command("w11", help="…")  # wrong
def command_without_a_context() -> str:
    return "pong"


@incident_command("w12", help="…")  # wrong
def command_with_two_arguments(ctx: CommandContext, text: str) -> str:
    return text


@incident_command("w13", help="…")  # wrong
async def command_that_is_awaited(ctx: CommandContext) -> str:
    return ctx.text


@slack_event("w14")  # wrong
async def event_that_is_awaited(ctx: EventContext) -> None:
    """Say nothing."""


@incident_command("w15")  # wrong
def command_without_help(ctx: CommandContext) -> str:
    return ctx.text


@recurring_notification(every=HOUR)  # wrong
def recurring_without_an_end(ctx: NotificationContext) -> None:
    """Say nothing."""


@single_notification(after=60)  # wrong
def single_after_a_number(ctx: NotificationContext) -> None:
    """Say nothing."""


def check_that_returns_a_text(ctx: DialogContext) -> str:
    return "Say more"


@dialog_handler("w16", validate=check_that_returns_a_text)  # wrong
def dialog_with_a_wrong_check(ctx: DialogContext) -> None:
    """Say nothing."""


@keyword_handler("w17", every=30)  # wrong
def keyword_every_number(ctx: KeywordContext) -> str:
    return ctx.message

from __future__ import annotations

from datetime import timedelta

from slackbot.plugins import (
    CommandContext,
    EventContext,
    KeywordContext,
    NotificationContext,
    Skip,
    incident_command,
    keyword_handler,
    single_notification,
    slack_event,
)
from tests.faults.poison.ways import take


@incident_command("swallow", help="take poison", anywhere=True)
def swallowed(ctx: CommandContext) -> None:
    take(ctx.text)


@slack_event("pin_added")
def pinned(ctx: EventContext) -> None:
    take(str(ctx.event["item"]["message"]["text"]))


@single_notification(after=timedelta(seconds=1))
def reminded(ctx: NotificationContext) -> Skip | None:
    take(ctx.incident.title)
    return None


@keyword_handler("canary", every=timedelta(0))
def heard(ctx: KeywordContext) -> str:
    return "The canary sings."

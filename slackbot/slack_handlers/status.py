"""`@incident status monitoring`: where people are in their work."""

from __future__ import annotations

from incidents import services
from incidents.models import Status
from slackbot.plugins import CommandContext, IncidentError, UsageError, arguments, commands, display, incident_command
from slackbot.slack_handlers import change
from slackbot.slack_handlers.resolve import ask_to_resolve

OTHERWISE = {"canceled": "cancel", "cancelled": "cancel", "merged": "merge INC-3"}
ALSO = {
    "mitigated": Status.MONITORING,
    "fixed": Status.MONITORING,
    "closed": Status.RESOLVED,
    "open": Status.INVESTIGATING,
}
CHOICES = {status.value: status for status in (*Status.working(), Status.RESOLVED)}


@incident_command("status", usage=f"<{'|'.join(CHOICES)}>", help="set the status; without a value, show it")
def status(ctx: CommandContext) -> str | None:
    if not ctx.text and ctx.incident.status in Status.set_aside():
        return f"{display.status_words(ctx.incident)}\nTo reopen it, write `@incident reopen`."
    if not ctx.text:
        choices = ", ".join(f"`{name}`" for name in CHOICES)
        words = f"{display.status_words(ctx.incident)}\nTo change it, write `@incident status` and one of {choices}."
        change.show(ctx, "status", words)
        return None
    to = _which(ctx.text)
    if to == Status.RESOLVED and ctx.incident.is_open:
        ask_to_resolve(ctx)
    else:
        services.change_status(ctx.incident, to=to, by=ctx.actor, at=ctx.now)
    return None


def _which(words: str) -> Status:
    wanted = " ".join(words.lower().split())
    found = CHOICES.get(wanted) or ALSO.get(wanted)
    if wanted in OTHERWISE:
        raise IncidentError(f"Use `@incident {OTHERWISE[wanted]}` for that.")
    if found is None:
        meant = commands.nearest(wanted, CHOICES)
        hint = f" Did you mean `{meant}`?" if meant else ""
        raise UsageError(f"“{arguments.as_said(words)}” isn't a status.{hint} Choose one of: {', '.join(CHOICES)}.")
    return found

"""`@incident severity major`: how bad it is."""

from __future__ import annotations

from incidents import queries, services
from incidents.models import Severity
from slackbot.mrkdwn import escape
from slackbot.plugins import CommandContext, IncidentError, incident_command


@incident_command("severity", "sev", usage="major", help="say how bad it is")
def severity(ctx: CommandContext) -> str | None:
    if not ctx.text:
        present = ctx.incident.severity
        now = f"It is {escape(present.label)}." if present else "No severity is set."
        return f"{now}\n{_choices()}"
    services.set_severity(ctx.incident, to=_which(ctx.text), by=ctx.actor, at=ctx.now)
    return None


def _which(words: str) -> Severity:
    """Understand a name, or a rank like "1" or "sev1", and nothing that only contains one."""
    wanted = words.strip().lower()
    for each in queries.severities():
        known = (
            each.key,
            each.name.lower(),
            each.emoji,
            each.label.lower(),
            str(each.rank),
            f"sev{each.rank}",
            f"sev {each.rank}",
        )
        if wanted in known:
            return each
    raise IncidentError(f"I know no severity “{words[:60]}”. {_choices()}")


def _choices() -> str:
    names = ", ".join(f"`{each.key}`" for each in queries.severities())
    return f"Choose one of {names}, as in `@incident severity {queries.severities()[0].key}`."

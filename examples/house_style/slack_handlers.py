"""How this house likes it: its own words and names of channels, what is left to do in the headline, a lead in view."""

from __future__ import annotations

from incidents.models import Incident
from slackbot.plugins import headline_line, mention, texts

texts(
    {
        "channel.name": "fire-{number}-{title}",
        "emoji.status.investigating": "🔥",
        "reminder.no_lead": "This incident has no lead. The engineer on call leads until someone writes "
        "`@incident lead @someone`",
    }
)


@headline_line("to-do", order=50, style="short")
def what_is_left_to_do(incident: Incident) -> str | None:
    left = incident.actions.filter(done_at=None).count()
    return f"*To do*\n{left} of {incident.actions.count()} actions" if left else None


@headline_line("lead", order=30, style="short", replace=True)
def who_leads(incident: Incident) -> str:
    return f"*Lead*\n{mention(incident.lead)}" if incident.lead else "*Lead*\n❗ nobody: will you?"

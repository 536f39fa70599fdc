"""The lines of the headline. Its title stands above them, its buttons below."""

from __future__ import annotations

from incidents.models import EntryKind, Incident, Status
from slackbot.models import CommsChannel
from slackbot.plugins import from_markdown, headline_line, link, mention
from slackbot.render import UNSET, document_url, severity_words, slack_time


@headline_line("status", order=10, style="short")
def status(incident: Incident) -> str:
    return f"*Status*\n{Status(incident.status).label}"


@headline_line("severity", order=20, style="short")
def severity(incident: Incident) -> str:
    return f"*Severity*\n{severity_words(incident)}"


@headline_line("lead", order=30, style="short")
def lead(incident: Incident) -> str:
    return f"*Lead*\n{mention(incident.lead) if incident.lead else UNSET}"


@headline_line("reporter", order=40, style="short")
def reporter(incident: Incident) -> str:
    return f"*Reporter*\n{mention(incident.reporter)}"


@headline_line("summary", order=110)
def summary(incident: Incident) -> str | None:
    return f"*Summary*\n{from_markdown(incident.summary)}" if incident.summary else None


@headline_line("impact", order=120)
def impact(incident: Incident) -> str | None:
    return f"*Impact*\n{from_markdown(incident.impact)}" if incident.impact else None


@headline_line("update", order=130)
def update(incident: Incident) -> str | None:
    newest = incident.entries.filter(kind=EntryKind.UPDATE_POSTED).last()
    return f"*Update* {slack_time(newest.happened_at)}\n{from_markdown(newest.text)}" if newest else None


@headline_line("links", order=900, style="small")
def links(incident: Incident) -> str:
    parts = [f"📄 {link(document_url(incident), 'Incident document')}"]
    channel = CommsChannel.objects.filter(incident=incident).first()
    if channel is not None:
        parts.append(f"💬 <#{channel.channel_id}>")
    parts.append(f"declared {slack_time(incident.reported_at)}")
    if incident.resolved_at:
        parts.append(f"resolved {slack_time(incident.resolved_at)}")
    return "   ".join(parts)

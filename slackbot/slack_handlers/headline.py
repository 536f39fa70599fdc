"""The lines of the headline. Its title stands above them, its buttons below."""

from __future__ import annotations

from incidents import queries
from incidents.models import Incident, Status
from slackbot.plugins import Mrkdwn, channels, display, from_markdown, headline_line, link, mention, sentence

STATUS = sentence("headline.status", "*Status*\n{status}")
SEVERITY = sentence("headline.severity", "*Severity*\n{severity}")
LEAD = sentence("headline.lead", "*Lead*\n{lead}")
REPORTER = sentence("headline.reporter", "*Reporter*\n{reporter}")
SUMMARY = sentence("headline.summary", "*Summary*\n{summary}")
IMPACT = sentence("headline.impact", "*Impact*\n{impact}")
UPDATE = sentence("headline.update", "*Update* {when}\n{update}")
FINAL_UPDATE = sentence("headline.final_update", "*Final update* {when}\n{update}")
DOCUMENT = sentence("headline.document", "Incident document")
DECLARED = sentence("headline.declared", "declared {when}")
MERGED = sentence("headline.merged", "*Status*\n{emoji} Merged into {incident}")
RESOLVED = sentence("headline.resolved", "resolved {when}")
CANCELED = sentence("headline.canceled", "canceled {when}")
MERGED_AT = sentence("headline.merged_at", "merged {when}")
ENDED = {Status.RESOLVED: RESOLVED, Status.CANCELED: CANCELED, Status.MERGED: MERGED_AT}


@headline_line("status", order=10, style="short")
def status(incident: Incident) -> str:
    into = incident.merged_into
    if into is not None:
        where = display.A_PRIVATE_ONE() if into.private else link(display.document_url(into), into.reference)
        return MERGED(emoji=display.STATUS_EMOJI[Status.MERGED](), incident=Mrkdwn(where))
    return STATUS(status=Status(incident.status).label)


@headline_line("severity", order=20, style="short")
def severity(incident: Incident) -> str:
    return SEVERITY(severity=Mrkdwn(display.severity_words(incident)))


@headline_line("lead", order=30, style="short")
def lead(incident: Incident) -> str:
    if incident.is_open and incident.lead != incident.active_lead:
        return LEAD(lead=Mrkdwn(display.NO_ACTIVE_LEAD()))
    return LEAD(lead=Mrkdwn(mention(incident.lead) if incident.lead else display.UNSET()))


@headline_line("reporter", order=40, style="short")
def reporter(incident: Incident) -> str:
    return REPORTER(reporter=Mrkdwn(mention(incident.reporter)))


@headline_line("summary", order=110)
def summary(incident: Incident) -> str | None:
    return SUMMARY(summary=Mrkdwn(from_markdown(incident.summary))) if incident.summary else None


@headline_line("impact", order=120)
def impact(incident: Incident) -> str | None:
    return IMPACT(impact=Mrkdwn(from_markdown(incident.impact))) if incident.impact else None


@headline_line("update", order=130)
def update(incident: Incident) -> str | None:
    newest = queries.latest_update(incident)
    if newest is None:
        return None
    said = UPDATE if incident.is_open else FINAL_UPDATE
    return said(when=Mrkdwn(display.slack_time(newest.happened_at)), update=Mrkdwn(from_markdown(newest.text)))


@headline_line("links", order=900, style="small")
def links(incident: Incident) -> str:
    parts = [f"📄 {link(display.document_url(incident), DOCUMENT.plain())}"]
    channel = channels.channel_of(incident)
    if channel is not None:
        parts.append(f"💬 <#{channel.id}>")
    parts.append(DECLARED(when=Mrkdwn(display.slack_time(incident.reported_at))))
    if incident.ended_at:
        parts.append(ENDED[Status(incident.status)](when=Mrkdwn(display.slack_time(incident.ended_at))))
    return "   ".join(parts)

"""The questions about an incident, for the dialogs that declare and edit one."""

from __future__ import annotations

from incidents import fields as custom
from incidents import queries
from incidents.models import Incident, Kind, Severity
from incidents.services import Edits
from slackbot.dialogs import Choice, Field, Paragraph, PersonChoice, Text
from slackbot.people import slack_ids
from slackbot.plugins import DialogContext, IncidentError
from slackbot.slack_handlers.fields import answers, questions


def fields(*, title: str = "", summary: str = "", incident: Incident | None = None) -> list[Field]:
    """Return the questions, prefilled from `incident`, or with what is known of a new one."""
    lead = incident.lead if incident else None
    severity = incident.severity if incident else None
    asked = [each for each in custom.registry.all() if incident or each.is_asked_when_declaring]
    return [
        Text(
            name="title",
            label="Title",
            value=incident.title if incident else title,
            max_length=Incident.TITLE_MAX,
            placeholder="What is wrong, in a few words",
        ),
        Paragraph(
            name="summary",
            label="Summary",
            value=incident.summary if incident else summary,
            optional=True,
            placeholder="What do we know so far?",
        ),
        Paragraph(
            name="impact",
            label="Impact",
            value=incident.impact if incident else "",
            optional=True,
            placeholder="Who is affected, and how?",
        ),
        Choice(
            name="severity",
            label="Severity",
            options=[(each.key, each.label, each.when_to_choose) for each in queries.severities()],
            value=severity.key if severity else "",
            optional=severity is None,
            placeholder="Not sure? Leave it empty",
        ),
        PersonChoice(
            name="lead",
            label="Lead",
            value=slack_ids([lead]).get(lead.pk, "") if lead else "",
            optional=True,
            placeholder="Who decides?",
        ),
        Choice(
            name="kind",
            label="Live or report",
            options=[
                (Kind.LIVE, "Live incident", "It is happening now: people are called together"),
                (Kind.REPORT, "Report only", "It is over, or needs no channel: for the record"),
                (Kind.DRILL, "Drill", "Nothing is broken: we practise"),
            ],
            value=incident.kind if incident else Kind.LIVE,
        ),
        *questions(asked, incident=incident),
    ]


def edits(context: DialogContext) -> Edits:
    """Return what the dialog says."""
    wanted: Edits = {
        "title": context.text("title"),
        "summary": context.text("summary"),
        "impact": context.text("impact"),
        "kind": Kind(context.text("kind") or Kind.LIVE),
        "lead": context.person("lead"),
        "severity": severity(context.text("severity")),
        "fields": answers(context),
    }
    return wanted


def severity(key: str) -> Severity | None:
    if not key:
        return None
    found = queries.severities().filter(key=key).first()
    if found is None:
        raise IncidentError("This severity is not used any more. Please choose again.")
    return found

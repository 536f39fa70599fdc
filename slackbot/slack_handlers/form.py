"""The questions about an incident, for the dialogs that declare and edit one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Final, cast

from incidents import emoji, queries
from incidents import fields as custom
from incidents.models import Incident, Kind, Severity, Status
from incidents.services import Edits
from slackbot.plugins import (
    Checkboxes,
    Choice,
    DialogContext,
    Field,
    IncidentError,
    Moment,
    PersonChoice,
    Prose,
    Sentence,
    Text,
    limits,
    sentence,
    slack_ids,
)
from slackbot.slack_handlers.fields import answers, questions

LABELS: Final[Mapping[str, Sentence]] = {
    name: sentence(f"form.{name}", label, limit=limits.INPUT_LABEL)
    for name, label in {
        "title": "Title",
        "summary": "Summary",
        "impact": "Impact",
        "severity": "Severity",
        "lead": "Lead",
        "kind": "Live or report",
        "private": "Visibility",
    }.items()
}
PLACEHOLDERS: Final[Mapping[str, Sentence]] = {
    name: sentence(f"form.{name}_placeholder", words, limit=limits.PLACEHOLDER)
    for name, words in {
        "title": "What is wrong, in a few words",
        "summary": "What do we know so far?",
        "impact": "Who is affected, and how?",
        "severity": "Not sure? Leave it empty",
        "lead": "Who decides?",
    }.items()
}
TITLE_HINT: Final = sentence(
    "form.title_hint",
    "A short description of the problem. /incident help lists the commands.",
    limit=limits.HINT,
)
LIVE: Final = sentence(
    "form.kind_live", "It's happening now: we'll open a channel and bring people in", limit=limits.OPTION_DESCRIPTION
)
REPORT: Final = sentence(
    "form.kind_report", "It's over, or it needs no channel: we'll only record it", limit=limits.OPTION_DESCRIPTION
)
PRIVATE: Final = sentence("form.private_option", "Private", limit=limits.OPTION_DESCRIPTION)
PRIVATE_HINT: Final = sentence(
    "form.private_hint",
    "Only you, the lead and people you invite see it. No headline is posted.",
    limit=limits.OPTION_DESCRIPTION,
)
DRILL: Final = sentence("form.kind_drill", "Nothing is broken: this is practice", limit=limits.OPTION_DESCRIPTION)


def fields(*, title: str = "", summary: str = "", incident: Incident | None = None) -> list[Field]:
    """Return the questions, prefilled from `incident`, or with what is known of a new one."""
    lead = incident.lead if incident else None
    severity = incident.severity if incident else None
    asked = [each for each in custom.registry.all() if incident or each.is_asked_when_declaring]
    return [
        Text(
            name="title",
            label=LABELS["title"].plain(),
            value=incident.title if incident else title,
            max_length=Incident.TITLE_MAX,
            hint="" if incident else TITLE_HINT.plain(),
            placeholder=PLACEHOLDERS["title"].plain(),
        ),
        Prose(
            name="summary",
            label=LABELS["summary"].plain(),
            value=incident.summary if incident else summary,
            optional=True,
            placeholder=PLACEHOLDERS["summary"].plain(),
        ),
        Prose(
            name="impact",
            label=LABELS["impact"].plain(),
            value=incident.impact if incident else "",
            optional=True,
            placeholder=PLACEHOLDERS["impact"].plain(),
        ),
        Choice(
            name="severity",
            label=LABELS["severity"].plain(),
            options=[(each.key, each.label, each.when_to_choose) for each in queries.severities()],
            value=severity.key if severity else "",
            optional=severity is None,
            placeholder=PLACEHOLDERS["severity"].plain(),
        ),
        PersonChoice(
            name="lead",
            label=LABELS["lead"].plain(),
            value=slack_ids([lead]).get(lead.pk, "") if lead else "",
            optional=True,
            placeholder=PLACEHOLDERS["lead"].plain(),
        ),
        Choice(
            name="kind",
            label=LABELS["kind"].plain(),
            options=[
                (Kind.LIVE, "Live incident", LIVE.plain()),
                (Kind.REPORT, "Report only", REPORT.plain()),
                (Kind.DRILL, "Drill", DRILL.plain()),
            ],
            value=incident.kind if incident else Kind.LIVE,
        ),
        *([] if incident else [_private()]),
        *questions(asked, incident=incident),
    ]


def fits(field: Field) -> bool:
    """Return whether Slack's form shows the whole value."""
    return not isinstance(field, Text) or field.fits


def _private() -> Field:
    return Checkboxes(
        name="private",
        label=LABELS["private"].plain(),
        options=[("private", PRIVATE.plain(), PRIVATE_HINT.plain())],
        optional=True,
    )


NAMES: Final[Mapping[str, str]] = {
    "title": "title",
    "summary": "summary",
    "impact": "impact",
    "severity": "severity",
    "lead": "lead",
    "status": "status",
    "started_at": "start",
}


def field(incident: Incident, name: str) -> Field:
    """Return the one question about `name`, a key of `NAMES`, prefilled."""
    match name:
        case "status":
            options = [(each.value, each.label) for each in (*Status.working(), Status.RESOLVED)]
            return Choice(name="status", label="Status", options=options, value=incident.status)
        case "started_at":
            return Moment(name="started_at", label="When did it begin?", value=incident.started_at)
        case _:
            return next(each for each in fields(incident=incident) if each.name == name)


def edit(context: DialogContext, incident: Incident, name: str) -> Edits:
    """Return what the dialog with the one question says."""
    match name:
        case "status":
            return {"status": Status(context.text("status"))}
        case "started_at":
            moment = context.moment("started_at")
            # Slack's form knows no seconds: one that nobody touched is no change.
            untouched = moment is not None and abs(incident.started_at - moment) < timedelta(minutes=1)
            return {} if untouched else {"started_at": moment}
        case "title":
            return {"title": emoji.drawn(context.text("title"))}
        case "summary":
            return {"summary": context.text("summary")}
        case "impact":
            return {"impact": context.text("impact")}
        case "severity":
            return {"severity": severity(context.text("severity"))}
        case _:
            return {"lead": context.person("lead")}


def edits(context: DialogContext, *, left_out: Collection[str] = ()) -> Edits:
    """Return what the dialog says; nothing of the questions that were left out."""
    wanted: Edits = {
        "title": emoji.drawn(context.text("title")),
        "summary": context.text("summary"),
        "impact": context.text("impact"),
        "kind": Kind(context.text("kind") or Kind.LIVE),
        "lead": context.person("lead"),
        "severity": severity(context.text("severity")),
        "fields": answers(context),
    }
    return cast(Edits, {name: value for name, value in wanted.items() if name not in left_out})


def severity(key: str) -> Severity | None:
    if not key:
        return None
    found = queries.severities().filter(key=key).first()
    if found is None:
        raise IncidentError("This severity is no longer in use. Choose another one.")
    return found

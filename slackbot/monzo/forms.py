"""The two forms that monzo/response and Response both have: to declare an incident, and to edit one.

A plugin may replace the button that opens the form, the handler that receives it, or both. If it replaces one, the
other is built in, so names and values are translated: `report` is `title`, and a severity is a rank or a key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from incidents import queries, services
from incidents.errors import IncidentError
from incidents.models import Kind
from slackbot.api.mrkdwn import escape, from_markdown, mentioned, to_markdown, to_plain
from slackbot.directory.people import names_of
from slackbot.kit.dialogs import Choice, Dialog, Field, Paragraph, Prose, Text
from slackbot.slack_handlers import declare, edit

OURS: Final = {"report": "title", "incident_type": "kind"}
EDITED: Final = ("title", "summary", "impact", "kind", "lead", "severity")
ANSWERED: Final = {edit.EDIT: {*EDITED}, declare.DIALOG: {*EDITED, "private"}}


def for_built_in(dialog: Dialog, *, state: str) -> Dialog:
    """Return a plugin's dialog in the form that the built-in handler of that id reads.

    Raise `TypeError` for a dialog with fields that the built-in handler doesn't know, because their answers would be
    lost.
    """
    fields = [_translated(field) for field in dialog.fields]
    unknown = [field.name for field in fields if field.name not in ANSWERED.get(dialog.id, ())]
    if unknown:
        raise TypeError(
            f"The built-in handler of the dialog {dialog.id!r} does not read {', '.join(unknown)}. "
            f"Write a handler: @dialog_handler({dialog.id!r})."
        )
    if dialog.id == declare.DIALOG:
        return replace(dialog, fields=fields, state={})
    number = int(state) if state.isdecimal() else dialog.incident_number
    incident = queries.incidents(queries.SYSTEM).filter(number=number).first() if number else None
    if incident is None:
        raise IncidentError("This form is not linked to an incident. Use the button in an incident channel.")
    asked = {field.name for field in fields}
    left_out = [name for name in (*EDITED, "fields") if name not in asked]
    seen = {"seen": services.fingerprint(incident), "left_out": left_out}
    return replace(dialog, fields=fields, incident_number=incident.number, state=seen)


def _translated(field: Field) -> Field:
    name = OURS.get(field.name, field.name)
    match field:
        case Paragraph():
            shared = {each: getattr(field, each) for each in ("label", "hint", "placeholder", "optional")}
            return Prose(**shared, name=name, value=_markdown(field.value))
        case Text():
            return replace(field, name=name, value=to_plain(field.value, names=names_of(mentioned(field.value))))
        case Choice(name="severity"):
            keys = {str(each.rank): each.key for each in queries.severities()}
            options = [(keys.get(value, value), *words) for value, *words in field.options]
            return replace(field, options=options, value=keys.get(field.value, field.value))  # type: ignore[arg-type]
        case Choice():
            return replace(field, name=name)
        case _:
            return field


def _markdown(mrkdwn: str) -> str:
    return to_markdown(mrkdwn, names=names_of(mentioned(mrkdwn))) if mrkdwn else ""


def from_built_in(dialog_id: str, submission: Mapping[str, Any]) -> dict[str, Any]:
    """Return the submission of a built-in form, with the names of monzo/response added."""
    if dialog_id not in ANSWERED or "report" in submission or "title" not in submission:
        return dict(submission)
    ranks = {each.key: str(each.rank) for each in queries.severities()}
    return {
        **submission,
        "report": escape(submission["title"] or ""),
        "summary": from_markdown(submission.get("summary") or "") or None,
        "impact": from_markdown(submission.get("impact") or "") or None,
        "severity": ranks.get(submission.get("severity") or ""),
        "incident_type": "report" if submission.get("kind") == Kind.REPORT else "live",
    }

"""Put values into words: for sentences, for the timeline, and for comparing them."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from incidents import fields, queries
from incidents.fields import CustomField, FieldKind
from incidents.models import Kind, Severity, Status
from incidents.texts import in_markdown, link_in_markdown
from people.models import Person
from people.texts import one_line

FIELD_WORDS = 200


def field_in_markdown(field: CustomField, value: Any) -> str:
    """Return a custom field's value for a sentence in the timeline; the whole of it is in the entry's data."""
    if field.kind == FieldKind.LINK and isinstance(value, str):
        return link_in_markdown(value, value)
    words = one_line(fields.words(field, value, names=queries.names_in_field(field, value)))
    return in_markdown(words if len(words) <= FIELD_WORDS else f"{words[: FIELD_WORDS - 1]}…")


def in_words(value: Any) -> str:
    match value:
        case None:
            return ""
        case Severity() | Person():
            return str(value)
        case datetime():
            return f"{value:%Y-%m-%d %H:%M} UTC"
        case Kind():
            return {Kind.LIVE: "a live incident", Kind.REPORT: "a report", Kind.DRILL: "a drill"}[value]
        case Status():
            return value.label.lower()
        case _:
            return str(value)


def digest(value: Any) -> str:
    match value:
        case Severity() | Person():
            plain = f"{type(value).__name__} {value.pk}"
        case datetime():
            plain = value.isoformat(timespec="minutes")
        case None:
            plain = ""
        case _:
            plain = str(value)
    return hashlib.sha256(plain.encode()).hexdigest()[:8]


def name_of(named: Person | Severity) -> str:
    """Return a name for a sentence in the timeline, which is Markdown."""
    return in_markdown(str(named))

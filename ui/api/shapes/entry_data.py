"""Publish what the data of each kind of timeline entry consists of: a schema for each class of `incidents.entries`."""

from __future__ import annotations

from inspect import getdoc
from typing import Any

from ninja.openapi.schema import REF_TEMPLATE
from pydantic import TypeAdapter

from incidents.entries import KINDS, Entry, StoredField, stored_fields
from ui.api.shapes.answers import RedactedOut


def schemas() -> dict[str, Any]:
    """Return the schema of each kind's data by its name, as "EntryData.title_changed"."""
    return {_name(kind): _schema(entry) for kind, entry in sorted(KINDS.items())}


def conditions() -> list[dict[str, Any]]:
    """Return what ties the data of an entry to its kind. An entry of an unknown kind may have any data."""
    return [
        {
            "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
            "then": {"properties": {"data": {"$ref": REF_TEMPLATE.format(model=_name(kind))}}},
        }
        for kind in sorted(KINDS)
    ]


def _name(kind: str) -> str:
    return f"EntryData.{kind}"


def _schema(entry: type[Entry]) -> dict[str, Any]:
    """Describe the data. A redacted entry keeps only what has no words."""
    known = stored_fields(entry)
    redacted = {"$ref": REF_TEMPLATE.format(model=RedactedOut.__name__)}
    return {
        "title": entry.label,
        "description": getdoc(entry) or "",
        "type": "object",
        "properties": {each.key: _value(each) for each in known} | {"redacted": redacted},
        "anyOf": [{"required": [each.key for each in known if each.is_required]}, {"required": ["redacted"]}],
    }


def _value(field: StoredField) -> dict[str, Any]:
    return TypeAdapter(field.type).json_schema() | {"description": field.description}

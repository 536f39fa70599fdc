"""Let plugins add fields to every incident."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from incidents import fields
from incidents.fields import CustomField
from slackbot.kit.declarations import caller_of

FieldKind = Literal["text", "paragraph", "choice", "choices", "yes_no", "number", "date", "moment", "person", "link"]


def incident_field(
    name: str,
    *,
    label: str,
    kind: FieldKind,
    hint: str = "",
    options: Sequence[str] | Mapping[str, str] = (),
    required: Literal["", "declaring", "resolving"] = "",
    asked: bool = False,
    default: Any = None,
    headline: bool = False,
    order: int = 100,
) -> CustomField:
    """Add a field to every incident, in forms, document and API. Read it with `incident.fields[name]`.

    `options` are those of a choice, or values with their labels. `asked` asks for it in the form that declares, too.
    `headline` shows it there, and tells the channel of its changes. What is set is an incident event of the kind
    `field_changed`; `entry.data` has `field`, `value` and `from`.
    """
    field = fields.declared(
        name,
        place=caller_of(),
        label=label,
        kind=kind,
        hint=hint,
        options=options,
        required=required,
        asked=asked,
        default=default,
        headline=headline,
        order=order,
    )
    fields.registry.add(field)
    return field

"""Define the types that values on the wire have, with the limits that `openapi.json` publishes."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

from ninja import Field
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, StringConstraints, WithJsonSchema

from incidents import fields, models, redaction, times

A_TIME: Final = "This must be a time with its zone, like 2026-11-21T03:00:00Z."
# As https://www.rfc-editor.org/rfc/rfc3339 has it, with a sensible end to the fraction of a second.
_RFC_3339: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,12})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
LONGEST_TIME: Final = 40
A_DAY: Final = "This must be a day, like 2026-11-21."
BIGGEST_NUMBER: Final = 2**31 - 1
BIGGEST_PK: Final = 2**63 - 1
MOST_KEYS: Final = 200


def _written_as_published(said: object) -> object:
    """Refuse what pydantic would take for a time as well: seconds, a date, other ways to write it."""
    if not isinstance(said, str) or not _RFC_3339.fullmatch(said):
        raise ValueError(A_TIME)
    return said


def _day_as_published(said: object) -> object:
    """Refuse what pydantic would take for a day as well: seconds, a time."""
    if not isinstance(said, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", said, flags=re.ASCII):
        raise ValueError(A_DAY)
    return said


def _of_our_times(at: datetime) -> datetime:
    if not times.can_be_shown(at):
        raise ValueError(times.CHOOSE_ANOTHER)
    return at


def _true_or_false(said: object) -> object:
    """Refuse the other words that pydantic would take: yes, on, 1."""
    if said not in ("true", "false", True, False):
        raise ValueError("This must be true or false.")
    return said


def _whole(said: object) -> object:
    """Take 5 and 5.0, which JSON does not tell apart, and refuse the rest that pydantic would take: "5", true."""
    if isinstance(said, bool) or not isinstance(said, int | float):
        raise ValueError("This must be a whole number.")
    return int(said) if isinstance(said, float) and said.is_integer() else said


def digits(said: object) -> object:
    """Refuse the other ways to write a whole number that pydantic would take: 5.0, 1_000, spaces around it."""
    if isinstance(said, str) and not re.fullmatch(r"-?\d{1,20}", said, flags=re.ASCII):
        raise ValueError("This must be a whole number.")
    return said


Moment = Annotated[
    AwareDatetime,
    AfterValidator(_of_our_times),
    BeforeValidator(_written_as_published),
    WithJsonSchema({"type": "string", "format": "date-time", "maxLength": LONGEST_TIME}),
]
Title = Annotated[str, StringConstraints(max_length=models.Incident.TITLE_MAX)]
Text = Annotated[str, StringConstraints(max_length=models.Incident.TEXT_MAX)]
Reason = Annotated[str, StringConstraints(max_length=redaction.REASON_MAX)]
Key = Annotated[str, StringConstraints(max_length=50)]
Address = Annotated[str, StringConstraints(max_length=254)]
Name = Annotated[str, StringConstraints(max_length=50)]
Number = Annotated[int, Field(ge=1, le=BIGGEST_NUMBER), BeforeValidator(_whole)]
Pk = Annotated[int, Field(ge=1, le=BIGGEST_PK), BeforeValidator(_whole)]
KindName = Literal["live", "report", "drill"]
StatusName = Literal["investigating", "identified", "monitoring", "resolved"]
# Somebody: the `id` of a person, or an e-mail address.
Somebody = Pk | Address
# In a query all is text.
QueryNumber = Annotated[int, Field(ge=1, le=BIGGEST_NUMBER), BeforeValidator(digits)]
QueryDay = Annotated[
    date,
    BeforeValidator(_day_as_published),
    WithJsonSchema({"type": "string", "format": "date", "maxLength": len("2026-11-21")}),
]
QueryBool = Annotated[bool, BeforeValidator(_true_or_false)]
# What a custom field takes its kind decides; none takes more than this.
Stored = Annotated[
    Any,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "maxLength": models.Incident.TEXT_MAX},
                {"type": ["number", "boolean", "null"]},
                {"type": "array", "items": {"type": "string", "maxLength": fields.LINE_MAX}, "maxItems": MOST_KEYS},
            ]
        }
    ),
]
FieldsIn = Annotated[dict[Name, Stored], Field(max_length=MOST_KEYS)]
Seen = Annotated[dict[Name, Annotated[str, StringConstraints(max_length=100)]], Field(max_length=MOST_KEYS)]

MOST_ON_A_PAGE = 100

QuerySeq = Annotated[int, Field(ge=0, le=BIGGEST_NUMBER), BeforeValidator(digits)]
QueryLength = Annotated[int, Field(ge=1, le=MOST_ON_A_PAGE), BeforeValidator(digits)]
Words = Annotated[str, StringConstraints(max_length=200)]

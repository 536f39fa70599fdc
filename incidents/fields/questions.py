"""Define what a custom field is: a name, a label, a kind, and its limits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from django.core.exceptions import ImproperlyConfigured

Stored: TypeAlias = str | bool | int | float | list[str] | None

KEY: Final = "field_"
AT_MOST: Final = 30  # a form carries the fingerprints of all of them
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
LABEL_MAX: Final = 75
HINT_MAX: Final = 200
OPTIONS_MAX: Final = 100
LINE_MAX: Final = 200
TEXT_MAX: Final = 3000
URL_MAX: Final = 1000
NUMBER_MAX: Final = 10**15


class FieldKind(StrEnum):
    TEXT = "text"
    PARAGRAPH = "paragraph"
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yes_no"
    NUMBER = "number"
    DATE = "date"
    MOMENT = "moment"
    PERSON = "person"
    LINK = "link"


class Required(StrEnum):
    """When a field must say something."""

    NEVER = ""
    DECLARING = "declaring"
    RESOLVING = "resolving"


class WrongField(ImproperlyConfigured):
    """A field is declared wrongly. The sentence says what is wrong and where it stands."""


@dataclass(frozen=True, kw_only=True)
class CustomField:
    """One question. `options` are values with their labels; `place` says where the field is declared."""

    name: str
    label: str
    kind: FieldKind
    place: str
    hint: str = ""
    options: Mapping[str, str]
    required: Required = Required.NEVER
    asked: bool = False  # in the form that declares an incident
    default: Stored = None
    headline: bool = False
    order: int = 100

    @property
    def key(self) -> str:
        """Its name in forms and refusals, apart from those of an incident's own fields."""
        return key(self.name)

    @property
    def is_asked_when_declaring(self) -> bool:
        return self.asked or self.required == Required.DECLARING


def key(name: str) -> str:
    return f"{KEY}{name}"


def name_of(key: str) -> str | None:
    """Return the name of the custom field with this key; None when it is no custom field's."""
    return key.removeprefix(KEY) if key.startswith(KEY) else None

"""The base class of all kinds of timeline entries, and how their data is stored and read back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import datetime
from typing import Any, ClassVar, Final, Literal, Self, dataclass_transform, get_args, get_type_hints

from incidents.entries.kinds import EntryKind
from jobs.kinds import Kinds
from people.texts import cleaned

KIND_MAX: Final = 30
OTHER_INCIDENT: Final = "other_incident"  # the key in a plugin's data of how to hide the number of another incident
Icon = Literal[
    "again",
    "ban",
    "check",
    "clock",
    "flag",
    "gauge",
    "hash",
    "horn",
    "link",
    "lock",
    "merge",
    "note",
    "pen",
    "person",
    "pin",
    "step",
    "text",
    "todo",
    "unlock",
    "warn",
]
KINDS: Final[Kinds[type[Entry]]] = Kinds("timeline")

_known_fields: Final[dict[type[Entry], tuple[StoredField, ...]]] = {}
_OWN: Final = frozenset(EntryKind.values)
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


class Unreadable(ValueError):
    """The data lacks what its kind needs: another version wrote it, or it was redacted."""


@dataclass(frozen=True)
class StoredField:
    """A value in the data of a kind, by its key. One that is not required may be absent."""

    key: str
    name: str  # of the attribute
    type: Any
    description: str
    is_required: bool
    default: Any
    is_omitted: bool  # when it has the default

    @property
    def is_moment(self) -> bool:
        return self.type is datetime or datetime in get_args(self.type)


def stored(description: str, *, key: str = "", default: Any = MISSING, omit_default: bool = False) -> Any:
    """Declare a value of the entry's data. `key` is its name there, unless that is the attribute's.

    With a default, entries that lack the value can be read. `omit_default` does not store it.
    """
    told = {"description": description, "key": key, "omit_default": omit_default}
    return field(default=default, metadata=told)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(stored,))
class Entry:
    """One kind of timeline entry. To add a kind, write a subclass with a `kind`: defining it registers it.

    A subclass becomes a frozen dataclass with keyword arguments. Its docstring says what happened, and its `stored`
    fields are the entry's data. Other fields are only for the sentence, and nothing else keeps them. A plugin's kind
    begins with the plugin's name and a dot: "acme.page_sent".

    Stored entries are never rewritten, so keys and their meaning stay, and a field that is added later has a default.
    """

    kind: ClassVar[str]  # in the column of that name: 30 characters at most
    label: ClassVar[str]  # what happened, in a few words
    icon: ClassVar[Icon] = "note"  # before it, on the page
    emoji: ClassVar[str] = ""  # before the text, in a channel
    is_written: ClassVar[bool] = False  # the text is what somebody wrote, any Markdown, and not one sentence
    is_announced: ClassVar[bool] = True  # a plugin's: tell the incident's channel
    other_incident: ClassVar[str] = ""  # the key of the number of another incident that the entry names
    text_without_other: ClassVar[str] = ""  # the text for readers who may not see that one; they get no number

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Register a kind. Raise TypeError if its name can't be stored, or might be one of Response's own."""
        super().__init_subclass__(**kwargs)
        dataclass(frozen=True, kw_only=True)(cls)
        if "kind" not in vars(cls):
            return
        if not is_own(cls.kind) and not (_NAME.fullmatch(cls.kind) and len(cls.kind) <= KIND_MAX):
            raise TypeError(
                f"{cls.__qualname__}.kind is {cls.kind!r}. Write the plugin's name, a dot and what happened, as "
                f"“acme.page_sent”: at most {KIND_MAX} lower-case letters, digits and underscores."
            )
        if unset := [each.name for each in _fields(cls) if each.default is MISSING and not _is_stored(each)]:
            raise TypeError(f"{cls.__qualname__}.{unset[0]} is not stored, so it needs a default.")
        if not getattr(cls, "label", ""):
            raise TypeError(f"{cls.__qualname__} needs a label: what happened, in a few words.")
        if cls.icon not in get_args(Icon):
            raise TypeError(
                f"There is no icon {cls.icon!r} for {cls.__qualname__}. There are: {', '.join(get_args(Icon))}."
            )
        KINDS.add(cls.kind, cls)

    def text(self) -> str:
        """Return the sentence of the entry, Markdown. One that was read back has it in the row's `text`."""
        raise NotImplementedError

    def heading(self) -> str:
        """Return what happened, in a few words."""
        return self.label

    def has_written_text(self) -> bool:
        """Return whether the text is what somebody wrote, any Markdown, and not one sentence."""
        return self.is_written

    def is_about(self, person: int) -> bool:
        """Return whether Response may have named the person with this id in the text. Own kinds only."""
        return False

    def given_to(self) -> int | None:
        """Return the id of the person to whom it gives the lead, a role or an action item."""
        return None

    def cleaned(self) -> Self:
        """Return the entry without characters that can't be stored or shown, in its texts and lists of texts."""
        values = {each.name: getattr(self, each.name) for each in _fields(type(self))}
        return type(self)(**{name: _cleaned(value) for name, value in values.items()})

    def to_data(self) -> dict[str, Any]:
        """Return what is stored in the entry's `data`, as JSON can carry it. Moments are in ISO 8601."""
        values = ((each, getattr(self, each.name)) for each in stored_fields(type(self)))
        data = {
            each.key: value.isoformat() if isinstance(value, datetime) else value
            for each, value in values
            if not (each.is_omitted and value == each.default)
        }
        if self.other_incident and not is_own(self.kind):  # it must stay hidden when the plugin is gone
            data[OTHER_INCIDENT] = {"key": self.other_incident, "text": self.text_without_other}
        return data

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_data` returned. Raise `Unreadable` if something is missing. Other keys are ignored."""
        values = {}
        for each in stored_fields(cls):
            if each.key in data:
                values[each.name] = _read(each, data[each.key])
            elif each.is_required:
                raise Unreadable(f"The data of {cls.kind} has no {each.key!r}.")
        return cls(**values)


class Written(Entry):
    """An entry whose text is what somebody wrote, any Markdown."""

    is_written = True

    words: str = ""

    def text(self) -> str:
        return self.words


def _cleaned(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_cleaned(each) for each in value]
    return cleaned(value) if isinstance(value, str) else value


def _read(field: StoredField, value: Any) -> Any:
    if not field.is_moment or value is None:
        return value
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise Unreadable(f"{field.key!r} is no moment: {value!r}") from error


def _fields(kind: type[Entry]) -> tuple[Field[Any], ...]:
    return fields(kind)  # type: ignore[arg-type]  # every subclass of Entry is a dataclass


def _is_stored(field: Field[Any]) -> bool:
    return "description" in field.metadata


def stored_fields(kind: type[Entry]) -> tuple[StoredField, ...]:
    """Return what the data of a kind consists of, in the order in which it is stored."""
    if kind not in _known_fields:
        _known_fields[kind] = tuple(_stored_fields(kind))
    return _known_fields[kind]


def _stored_fields(kind: type[Entry]) -> Iterator[StoredField]:
    types = get_type_hints(kind)
    for each in _fields(kind):
        if _is_stored(each):
            yield StoredField(
                key=each.metadata["key"] or each.name,
                name=each.name,
                type=types[each.name],
                description=each.metadata["description"],
                is_required=each.default is MISSING,
                default=each.default,
                is_omitted=each.metadata["omit_default"],
            )


@dataclass(frozen=True)
class OtherIncident:
    """That an entry names another incident, and what readers get who may not see that one."""

    key: str  # of the number in the entry's data
    number: int | None  # None if the data has none that can be read: then nobody may see it
    text_without: str


def other_incident(kind: str, data: Mapping[str, Any]) -> OtherIncident | None:
    """Return which other incident an entry names; None for a kind that names none. The kind may be unknown here."""
    known, kept = KINDS.get(kind), data.get(OTHER_INCIDENT)
    if known is not None and known.other_incident:
        key, text = known.other_incident, known.text_without_other
    elif known is None and isinstance(kept, Mapping):
        key, text = str(kept.get("key", "")), str(kept.get("text", ""))
    else:
        return None
    value = data.get(key)
    return OtherIncident(key, value if type(value) is int and 0 < value < 2**31 else None, text)


class PlainText(Entry):
    """An entry of which only the text is known: of a plugin that is gone, a newer version, or redacted."""

    name: str  # of its kind

    def heading(self) -> str:
        return label_of(self.name)


def read(kind: str, data: Mapping[str, Any]) -> Entry:
    """Return a stored entry as its class has it. What nobody can read any more is plain text."""
    known = KINDS.get(kind)
    if known is None:
        return PlainText(name=kind)
    try:
        return known.from_data(data)
    except Unreadable:
        return PlainText(name=kind)


def known_kinds() -> list[str]:
    """Return the names of all kinds, Response's own first."""
    return [*EntryKind.values, *(kind for kind in KINDS if not is_own(kind))]


def is_own(kind: str) -> bool:
    """Return whether a kind is one of Response's own, and no plugin's."""
    return kind in _OWN


def label_of(kind: str) -> str:
    """Return what a kind is about, in a few words: "Page sent" for "acme.page_sent" if nobody knows that."""
    known = KINDS.get(kind)
    return known.label if known else kind.rpartition(".")[2].replace("_", " ").capitalize()

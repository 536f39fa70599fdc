"""Dialogs: fields declared in Python, drawn as a Slack modal, read back as typed values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final, Protocol, TypeAlias

from slack_sdk.models.blocks import (
    Block,
    ChannelSelectElement,
    CheckboxesElement,
    ContextBlock,
    DatePickerElement,
    DateTimePickerElement,
    ExternalDataSelectElement,
    InputBlock,
    Option,
    OptionGroup,
    PlainTextInputElement,
    PlainTextObject,
    StaticMultiSelectElement,
    StaticSelectElement,
    TimePickerElement,
    UserMultiSelectElement,
    UserSelectElement,
)
from slack_sdk.models.blocks.block_elements import InputInteractiveElement
from slack_sdk.models.views import View

from people.errors import Refusal
from people.models import Person
from slackbot.api import limits
from slackbot.api.mrkdwn import markdown_to_words

Value: TypeAlias = str | Person | datetime | list[str] | list[Person] | None
MOST_OPTIONS: Final = 1000  # Slack takes so much in one view

OptionLike: TypeAlias = tuple[str, str] | tuple[str, str, str]  # value, label, description


WORDS: Final = "words:"  # begins the id of an input whose words are no Markdown
MARKDOWN_HINT: Final = "This text is Markdown: **bold**, [words](https://…)."


class Field(Protocol):
    """One question of a dialog. `name` is also the block's id, so that refusals find their field."""

    @property
    def name(self) -> str: ...

    def block(self) -> Block: ...


@dataclass(frozen=True, kw_only=True)
class _Field:
    name: str
    label: str
    hint: str = ""
    optional: bool = False
    placeholder: str = ""

    def block(self) -> Block:
        return InputBlock(
            block_id=self.name,
            label=PlainTextObject(text=limits.cut(self.label, limits.INPUT_LABEL)),
            hint=PlainTextObject(text=limits.cut(self._shown_hint, limits.HINT)) if self._shown_hint else None,
            element=self.element(),
            optional=self.optional,
        )

    def element(self) -> InputInteractiveElement:
        raise NotImplementedError

    @property
    def _shown_hint(self) -> str:
        return self.hint

    @property
    def _placeholder(self) -> str | None:
        return limits.cut(self.placeholder, limits.PLACEHOLDER) or None


@dataclass(frozen=True, kw_only=True)
class Text(_Field):
    """A line of text."""

    value: str = ""
    max_length: int = 200

    @property
    def shown(self) -> str:
        """What stands in the field when it opens."""
        return self.value

    @property
    def fits(self) -> bool:
        """Whether Slack's form shows the whole text; otherwise it would be cut."""
        return limits.utf16_length(self.shown) <= self._slack_max_length

    @property
    def _slack_max_length(self) -> int:
        """Return the limit in UTF-16 units, as Slack counts: a kept title of 200 emoji needs 400."""
        kept_whole = limits.utf16_length(self.shown) if len(self.shown) <= self.max_length else 0
        return min(max(self.max_length, kept_whole), limits.TEXT_INPUT)

    def element(self) -> InputInteractiveElement:
        return self._input(multiline=False)

    def _input(self, *, multiline: bool, action_id: str = "") -> InputInteractiveElement:
        return PlainTextInputElement(
            action_id=action_id or self.name,
            initial_value=limits.cut(self.value, self._slack_max_length) or None,
            multiline=multiline,
            max_length=self._slack_max_length,
            placeholder=self._placeholder,
        )


@dataclass(frozen=True, kw_only=True)
class Paragraph(Text):
    """Several lines of text."""

    max_length: int = limits.TEXT_INPUT

    def element(self) -> InputInteractiveElement:
        return self._input(multiline=True)


@dataclass(frozen=True, kw_only=True)
class Prose(Paragraph):
    """A text that is kept as Markdown, which is what `value` is and what one reads of it.

    Slack shows what stands in a field as it is. So people read and write plain words there, and an asterisk is an
    asterisk. Only a text that has styles, links or lists already is shown as the Markdown that it is.
    """

    @property
    def shown(self) -> str:
        words = markdown_to_words(self.value)
        return self.value if words is None else words

    def element(self) -> InputInteractiveElement:
        words = markdown_to_words(self.value)
        if words is None:
            return self._input(multiline=True)
        return replace(self, value=words)._input(multiline=True, action_id=f"{WORDS}{self.name}")

    @property
    def _shown_hint(self) -> str:
        is_words = markdown_to_words(self.value) is not None
        return self.hint if is_words else f"{self.hint} {MARKDOWN_HINT}".strip()


@dataclass(frozen=True, kw_only=True)
class _OfOptions(_Field):
    options: Sequence[OptionLike]

    def __post_init__(self) -> None:
        """Refuse a question that nobody can answer. Raise ValueError for options that Slack doesn't take."""
        if not self.options and not self.optional:
            raise Refusal(f"There is nothing to choose from for “{self.label}”.")
        if len(self.options) > MOST_OPTIONS:
            raise ValueError(f"{self.name!r} has {len(self.options)} options, more than {MOST_OPTIONS}: SearchChoice.")
        for value, *_ in self.options:
            if not 0 < limits.utf16_length(value) <= limits.OPTION_VALUE:
                raise ValueError(f"A value of {self.name!r} has 1 to {limits.OPTION_VALUE} characters, not {value!r}.")

    def block(self) -> Block:
        if self.options:
            return super().block()
        text = f"{self.label}: there is nothing to choose from."
        return ContextBlock(block_id=self.name, elements=[PlainTextObject(text=limits.cut(text, limits.FIELD))])

    def _chosen(self, values: Sequence[str]) -> list[Option]:
        return [option for option in _drawn(self.options) if option.value in values]

    def _in_groups(self) -> dict[str, Any]:
        """Return the options, in groups when they are more than Slack takes in one list."""
        options = _drawn(self.options)
        if len(options) <= limits.OPTIONS:
            return {"options": options}
        parts = [options[start : start + limits.OPTIONS] for start in range(0, len(options), limits.OPTIONS)]
        return {"option_groups": [OptionGroup(label=_span(part), options=part) for part in parts]}


@dataclass(frozen=True, kw_only=True)
class Choice(_OfOptions):
    """One of a few. `options` are (value, label) or (value, label, description).

    More than a hundred are shown in groups; of more than a thousand, make a `SearchChoice`.
    """

    value: str = ""

    def element(self) -> InputInteractiveElement:
        return StaticSelectElement(
            action_id=self.name,
            **self._in_groups(),
            initial_option=next(iter(self._chosen([self.value])), None),
            placeholder=self._placeholder,
        )


@dataclass(frozen=True, kw_only=True)
class SearchChoice(_Field):
    """One of many, searched while typing by the dialog handler's `searches[name]`."""

    value: OptionLike | None = None
    min_length: int = 0

    def element(self) -> InputInteractiveElement:
        return ExternalDataSelectElement(
            action_id=self.name,
            initial_option=slack_options([self.value])[0] if self.value else None,
            min_query_length=self.min_length,
            placeholder=self._placeholder,
        )


@dataclass(frozen=True, kw_only=True)
class Choices(_OfOptions):
    """Any of many, in a menu. Read it as the values of `Checkboxes`."""

    values: Sequence[str] = ()

    def element(self) -> InputInteractiveElement:
        return StaticMultiSelectElement(
            action_id=self.name,
            **self._in_groups(),
            initial_options=self._chosen(self.values) or None,
            placeholder=self._placeholder,
        )


@dataclass(frozen=True, kw_only=True)
class Checkboxes(Choices):
    """Any of a few. More than ten, which Slack doesn't take, become a menu."""

    def element(self) -> InputInteractiveElement:
        if len(self.options) > limits.CHECKBOXES:
            return super().element()
        ticked = self._chosen(self.values)
        return CheckboxesElement(action_id=self.name, options=_drawn(self.options), initial_options=ticked or None)


@dataclass(frozen=True, kw_only=True)
class PersonChoice(_Field):
    """Somebody of the workspace. `value` is a Slack user id."""

    value: str = ""

    def element(self) -> InputInteractiveElement:
        return UserSelectElement(action_id=self.name, initial_user=self.value or None, placeholder=self._placeholder)


@dataclass(frozen=True, kw_only=True)
class PeopleChoice(_Field):
    """Several people of the workspace. `values` are Slack user ids."""

    values: Sequence[str] = ()
    at_most: int = 20

    def element(self) -> InputInteractiveElement:
        return UserMultiSelectElement(
            action_id=self.name,
            initial_users=list(self.values) or None,
            max_selected_items=self.at_most,
            placeholder=self._placeholder,
        )


@dataclass(frozen=True, kw_only=True)
class ChannelChoice(_Field):
    """A public channel. `value` is a Slack channel id."""

    value: str = ""

    def element(self) -> InputInteractiveElement:
        return ChannelSelectElement(
            action_id=self.name, initial_channel=self.value or None, placeholder=self._placeholder
        )


@dataclass(frozen=True, kw_only=True)
class Day(_Field):
    """A date; read it as text, "2026-11-21"."""

    value: date | None = None

    def element(self) -> InputInteractiveElement:
        return DatePickerElement(
            action_id=self.name,
            initial_date=self.value.isoformat() if self.value else None,
            placeholder=self._placeholder,
        )


@dataclass(frozen=True, kw_only=True)
class TimeOfDay(_Field):
    """A time of day; read it as text, "14:05"."""

    value: str = ""

    def element(self) -> InputInteractiveElement:
        return TimePickerElement(action_id=self.name, initial_time=self.value or None, placeholder=self._placeholder)


@dataclass(frozen=True, kw_only=True)
class Moment(_Field):
    """A date with a time, shown in each reader's own time zone."""

    value: datetime | None = None

    def element(self) -> InputInteractiveElement:
        return DateTimePickerElement(
            action_id=self.name, initial_date_time=int(self.value.timestamp()) if self.value else None
        )


@dataclass(frozen=True, kw_only=True)
class Dialog:
    """A form. `state` comes back with the submission; `incident_number` makes it a dialog about that incident."""

    id: str
    title: str
    fields: Sequence[Field]
    submit: str = "Save"
    intro: Sequence[Block] = ()
    incident_number: int | None = None
    state: Mapping[str, Any] = field(default_factory=dict)

    def view(self, *, origin: Mapping[str, str], from_ephemeral: bool = False) -> View:
        """Draw it, opened by a button on a message that only they see or by something else.

        Raise ValueError when `state` is larger than Slack carries: that is a mistake of the handler.
        """
        carried = {"incident": self.incident_number, "origin": origin, "state": self.state}
        if from_ephemeral:
            carried["from_ephemeral"] = True
        names = [each.name for each in self.fields]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"Two fields of the dialog {self.id!r} have the name {twice!r}.")
        metadata = json.dumps(carried, separators=(",", ":"))
        if len(metadata) > limits.PRIVATE_METADATA:
            raise ValueError(f"The state of dialog {self.id!r} is {len(metadata)} characters, more than Slack carries.")
        return View(
            type="modal",
            callback_id=self.id,
            title=PlainTextObject(text=limits.cut(self.title, limits.MODAL_TITLE)),
            submit=PlainTextObject(text=limits.cut(self.submit, limits.MODAL_BUTTON)),
            close=PlainTextObject(text="Cancel"),
            private_metadata=metadata,
            blocks=[*self.intro, *(field.block() for field in self.fields)],
        )


def slack_options(options: Sequence[OptionLike]) -> list[Option]:
    """Draw (value, label) or (value, label, description), as many and as long as Slack takes."""
    return _drawn(options[: limits.OPTIONS])


def _drawn(options: Sequence[OptionLike]) -> list[Option]:
    return [
        Option(
            value=limits.cut(value, limits.OPTION_VALUE),
            text=PlainTextObject(text=limits.cut(label, limits.OPTION) or value),
            description=limits.cut(description[0], limits.OPTION_DESCRIPTION) or None if description else None,
        )
        for value, label, *description in options
    ]


def _span(options: Sequence[Option]) -> str:
    """Return a label that says from where to where a group goes."""
    first, last = (limits.cut(_label(option), 30) for option in (options[0], options[-1]))
    return f"{first} … {last}"


def _label(option: Option) -> str:
    return option.text.text if isinstance(option.text, PlainTextObject) else str(option.text)

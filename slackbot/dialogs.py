"""Dialogs: fields declared in Python, drawn as a Slack modal, read back as typed values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol, TypeAlias

from slack_sdk.models.blocks import (
    Block,
    ChannelSelectElement,
    CheckboxesElement,
    DatePickerElement,
    DateTimePickerElement,
    ExternalDataSelectElement,
    InputBlock,
    Option,
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

from incidents.models import Person
from slackbot import limits

Value: TypeAlias = str | Person | datetime | list[str] | list[Person] | None
OptionLike: TypeAlias = tuple[str, str] | tuple[str, str, str]  # value, label, description


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
            hint=PlainTextObject(text=limits.cut(self.hint, limits.HINT)) if self.hint else None,
            element=self.element(),
            optional=self.optional,
        )

    def element(self) -> InputInteractiveElement:
        raise NotImplementedError

    @property
    def _placeholder(self) -> str | None:
        return limits.cut(self.placeholder, limits.PLACEHOLDER) or None


@dataclass(frozen=True, kw_only=True)
class Text(_Field):
    """A line of text."""

    value: str = ""
    max_length: int = 200

    def element(self) -> InputInteractiveElement:
        return self._input(multiline=False)

    def _input(self, *, multiline: bool) -> InputInteractiveElement:
        return PlainTextInputElement(
            action_id=self.name,
            initial_value=limits.cut(self.value, self.max_length) or None,
            multiline=multiline,
            max_length=min(self.max_length, limits.TEXT_INPUT),
            placeholder=self._placeholder,
        )


@dataclass(frozen=True, kw_only=True)
class Paragraph(Text):
    """Several lines of text."""

    max_length: int = limits.TEXT_INPUT

    def element(self) -> InputInteractiveElement:
        return self._input(multiline=True)


@dataclass(frozen=True, kw_only=True)
class Choice(_Field):
    """One of a few. `options` are (value, label) or (value, label, description)."""

    options: Sequence[OptionLike]
    value: str = ""

    def element(self) -> InputInteractiveElement:
        options = slack_options(self.options)
        return StaticSelectElement(
            action_id=self.name,
            options=options,
            initial_option=next((option for option in options if option.value == self.value), None),
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
class Checkboxes(_Field):
    """Any of a few."""

    options: Sequence[OptionLike]
    values: Sequence[str] = ()

    def element(self) -> InputInteractiveElement:
        options = slack_options(self.options)[:10]
        ticked = [option for option in options if option.value in self.values]
        return CheckboxesElement(action_id=self.name, options=options, initial_options=ticked or None)


@dataclass(frozen=True, kw_only=True)
class Choices(_Field):
    """Any of many, in a menu. Read it as the values of `Checkboxes`."""

    options: Sequence[OptionLike]
    values: Sequence[str] = ()

    def element(self) -> InputInteractiveElement:
        options = slack_options(self.options)
        chosen = [option for option in options if option.value in self.values]
        return StaticMultiSelectElement(
            action_id=self.name, options=options, initial_options=chosen or None, placeholder=self._placeholder
        )


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
    return [
        Option(
            value=limits.cut(value, limits.OPTION_VALUE),
            text=PlainTextObject(text=limits.cut(label, limits.OPTION)),
            description=limits.cut(description[0], limits.OPTION_DESCRIPTION) or None if description else None,
        )
        for value, label, *description in options[: limits.OPTIONS]
    ]

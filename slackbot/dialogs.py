"""Dialogs: fields declared in Python, drawn as a Slack modal, read back as typed values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from slack_sdk.models.blocks import (
    Block,
    InputBlock,
    Option,
    PlainTextInputElement,
    PlainTextObject,
    StaticSelectElement,
    UserSelectElement,
)
from slack_sdk.models.blocks.block_elements import InputInteractiveElement
from slack_sdk.models.views import View

from slackbot import limits


class Field(Protocol):
    """One question of a dialog. `name` is also the block's id, so that refusals find their field."""

    @property
    def name(self) -> str: ...

    def block(self) -> Block: ...


@dataclass(frozen=True, kw_only=True)
class Text:
    """A line of text."""

    name: str
    label: str
    value: str = ""
    hint: str = ""
    optional: bool = False
    max_length: int = 200
    placeholder: str = ""

    def block(self) -> Block:
        return _text_block(self, multiline=False)


@dataclass(frozen=True, kw_only=True)
class Paragraph(Text):
    """Several lines of text."""

    max_length: int = limits.TEXT_INPUT

    def block(self) -> Block:
        return _text_block(self, multiline=True)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One of a few. `options` are (value, label) or (value, label, description)."""

    name: str
    label: str
    options: Sequence[tuple[str, str] | tuple[str, str, str]]
    value: str = ""
    hint: str = ""
    optional: bool = False
    placeholder: str = ""

    def block(self) -> Block:
        options = [_option(*option) for option in self.options][: limits.OPTIONS]
        initial = next((option for option in options if option.value == self.value), None)
        element = StaticSelectElement(
            action_id=self.name,
            options=options,
            initial_option=initial,
            placeholder=limits.cut(self.placeholder, limits.PLACEHOLDER) or None,
        )
        return _input(self, element)


@dataclass(frozen=True, kw_only=True)
class PersonChoice:
    """Somebody of the workspace. `value` is a Slack user id."""

    name: str
    label: str
    value: str = ""
    hint: str = ""
    optional: bool = False
    placeholder: str = ""

    def block(self) -> Block:
        element = UserSelectElement(
            action_id=self.name,
            initial_user=self.value or None,
            placeholder=limits.cut(self.placeholder, limits.PLACEHOLDER) or None,
        )
        return _input(self, element)


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

    def view(self, *, origin: Mapping[str, str]) -> View:
        """Raise ValueError when `state` is larger than Slack carries: that is a mistake of the handler."""
        metadata = json.dumps(
            {"incident": self.incident_number, "origin": origin, "state": self.state}, separators=(",", ":")
        )
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


def _text_block(text: Text, *, multiline: bool) -> Block:
    element = PlainTextInputElement(
        action_id=text.name,
        initial_value=limits.cut(text.value, text.max_length) or None,
        multiline=multiline,
        max_length=min(text.max_length, limits.TEXT_INPUT),
        placeholder=limits.cut(text.placeholder, limits.PLACEHOLDER) or None,
    )
    return _input(text, element)


def _input(field: Text | Choice | PersonChoice, element: InputInteractiveElement) -> Block:
    return InputBlock(
        block_id=field.name,
        label=PlainTextObject(text=limits.cut(field.label, limits.INPUT_LABEL)),
        hint=PlainTextObject(text=limits.cut(field.hint, limits.HINT)) if field.hint else None,
        element=element,
        optional=field.optional,
    )


def _option(value: str, label: str, description: str = "") -> Option:
    return Option(
        value=value,
        text=PlainTextObject(text=limits.cut(label, limits.OPTION)),
        description=limits.cut(description, limits.OPTION_DESCRIPTION) or None,
    )

"""The ancestor's blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn, Protocol

from slackbot.monzo import gone
from slackbot.monzo.slack.client import SlackClient


class Serialized(Protocol):
    def serialize(self) -> dict[str, Any]: ...


class Block:
    def __init__(self, block_id: str | None = None) -> None:
        self.block_id = block_id

    def serialize(self) -> dict[str, Any]:
        raise NotImplementedError

    def _named(self, drawn: dict[str, Any]) -> dict[str, Any]:
        return {**drawn, "block_id": self.block_id} if self.block_id else drawn


class Message:
    def __init__(self) -> None:
        self.fallback_text: str | None = None
        self.blocks: list[Serialized] = []

    def set_fallback_text(self, text: str) -> None:
        self.fallback_text = text

    def add_block(self, block: Serialized) -> None:
        self.blocks.append(block)

    def serialize(self) -> list[dict[str, Any]]:
        return [block.serialize() for block in self.blocks]

    def open_modal(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise TypeError("Message.open_modal is not in slackbot.monzo: open a dialog_builder.Dialog as a modal instead.")

    def send(self, channel: str, ts: str | None = None) -> dict[str, Any]:
        """Have it said in a channel; with `ts`, instead of what we said there before."""
        return SlackClient().send_or_update_message_block(
            channel, blocks=self.serialize(), fallback_text=self.fallback_text, ts=ts
        )


class Text(Block):
    def __init__(
        self,
        text: str,
        title: str | None = None,
        text_type: str = "mrkdwn",
        add_new_line: bool = False,  # noqa: FBT001, FBT002 — the ancestor's form
        block_id: str | None = None,
    ) -> None:
        super().__init__(block_id=block_id)
        self.text = text
        self.title = title
        self.text_type = text_type
        self.add_new_line = add_new_line

    def serialize(self) -> dict[str, Any]:
        if not self.title:
            return {"type": self.text_type, "text": self.text}
        more = "\n\u00a0" if self.add_new_line else ""
        return {"type": self.text_type, "text": f"*{self.title}*\n{self.text}{more}"}


class Section(Block):
    def __init__(
        self,
        block_id: str | None = None,
        text: Serialized | None = None,
        accessory: Serialized | None = None,
        fields: Sequence[Serialized] | None = None,
    ) -> None:
        super().__init__(block_id=block_id)
        self.text = text
        self.accessory = accessory
        self.fields = list(fields or ())

    def add_field(self, field: Serialized) -> None:
        self.fields.append(field)

    def serialize(self) -> dict[str, Any]:
        if not (self.fields or self.text):
            raise ValueError("A section needs a text or fields.")
        drawn: dict[str, Any] = {"type": "section"}
        if self.fields:
            drawn["fields"] = [field.serialize() for field in self.fields]
        if self.text:
            drawn["text"] = self.text.serialize()
        if self.accessory:
            drawn["accessory"] = self.accessory.serialize()
        return self._named(drawn)


class Actions(Block):
    def __init__(self, block_id: str | None = None, elements: Sequence[Serialized] | None = None) -> None:
        super().__init__(block_id=block_id)
        self.elements = list(elements or ())

    def add_element(self, element: Serialized) -> None:
        self.elements.append(element)

    def serialize(self) -> dict[str, Any]:
        return self._named({"type": "actions", "elements": [element.serialize() for element in self.elements]})


class Divider(Block):
    def serialize(self) -> dict[str, Any]:
        return self._named({"type": "divider"})


class Context(Block):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def serialize(self) -> dict[str, Any]:
        return {"type": "context", "elements": [{"type": "mrkdwn", "text": self.text}]}


class Confirm(Block):
    def __init__(self, title: str, text: str, confirm: str, deny: str, block_id: str | None = None) -> None:
        super().__init__(block_id=block_id)
        self.title = title
        self.text = text
        self.confirm = confirm
        self.deny = deny

    def serialize(self) -> dict[str, Any]:
        return {
            "title": _plain(self.title),
            "text": {"type": "mrkdwn", "text": self.text},
            "confirm": _plain(self.confirm),
            "deny": _plain(self.deny),
        }


class Button:
    def __init__(self, text: str, action_id: str, value: Any = None, confirm: Confirm | None = None) -> None:
        self.text = Text(text=text, text_type="plain_text")
        self.action_id = action_id
        self.value = value
        self.confirm = confirm

    def serialize(self) -> dict[str, Any]:
        drawn: dict[str, Any] = {"type": "button", "text": self.text.serialize(), "action_id": self.action_id}
        if self.confirm:
            drawn["confirm"] = self.confirm.serialize()
        if self.value:
            drawn["value"] = str(self.value)
        return drawn


class StaticSelectOption:
    def __init__(self, text: str, value: str) -> None:
        self.text = text
        self.value = value

    def serialize(self) -> dict[str, Any]:
        return {"text": _plain(self.text), "value": self.value}


class StaticSelect:
    def __init__(
        self, options: Sequence[StaticSelectOption], action_id: str, placeholder_text: str | None = None
    ) -> None:
        self.options = options
        self.action_id = action_id
        self.placeholder_text = placeholder_text

    def serialize(self) -> dict[str, Any]:
        drawn: dict[str, Any] = {
            "type": "static_select",
            "action_id": self.action_id,
            "options": [option.serialize() for option in self.options],
        }
        if self.placeholder_text:
            drawn["placeholder"] = _plain(self.placeholder_text)
        return drawn


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": True}


__getattr__ = gone.instead(gone.BLOCKS, module=__name__)

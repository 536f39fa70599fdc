"""What Slack is answered: a text, blocks, or a dialog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from slackbot.api import limits
from slackbot.kit.contexts import Origin
from slackbot.kit.effects import Effects

UNKNOWN_INCIDENT: Final = "There is no such incident, or you don't have access to it."


@dataclass(frozen=True)
class Answer:
    """What Slack is answered, and the dialog to open after the commit. Kept as JSON for a second delivery."""

    ack: str = ""
    blocks: list[dict[str, Any]] = field(default_factory=list)
    view: Mapping[str, Any] | None = None
    action: str = ""  # of a submission: "errors", "update", "push", or "" to close
    errors: Mapping[str, str] = field(default_factory=dict)
    again: Mapping[str, str] = field(default_factory=dict)  # the command to offer if Slack doesn't open the dialog

    def as_json(self) -> dict[str, Any]:
        return dict(vars(self))


class FormRefused(Exception):
    """The dialog stays open and shows these sentences under its fields."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(str(errors))
        self.errors = errors


def add_reply(effects: Effects, text: str | None) -> None:
    """Add what a handler returned. Raise TypeError if that is neither a text nor None."""
    if text is not None and not isinstance(text, str):
        raise TypeError(f"A handler must return text or None, not {type(text).__name__}")
    if text:
        effects.replies.append(text)


def view(effects: Effects, origin: Origin, *, from_ephemeral: bool = False) -> dict[str, Any] | None:
    """Return the dialog that a handler opened, as Slack takes it."""
    if effects.dialog is None:
        return None
    return effects.dialog.view(origin=origin.as_json(), from_ephemeral=from_ephemeral).to_dict()


def reply_blocks(effects: Effects) -> list[dict[str, Any]]:
    """Return the blocks of the replies that fit into a message, as Slack takes them."""
    return limits.fitted([block.to_dict() for block in effects.reply_blocks])

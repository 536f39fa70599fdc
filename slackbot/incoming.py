"""Slack's payloads as types. What is missing or of another shape than documented ends here, in `Malformed`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slackbot.contexts import Origin


class Malformed(ValueError):
    """Not a payload that Slack documents."""


@dataclass(frozen=True)
class SlashCommand:
    text: str
    origin: Origin
    user_name: str
    trigger_id: str

    @property
    def key(self) -> str:
        return f"command:{self.trigger_id}"


@dataclass(frozen=True)
class Click:
    """One action of a `block_actions` payload."""

    action_id: str
    value: str
    block_id: str
    origin: Origin
    user_name: str
    trigger_id: str
    action_ts: str

    @property
    def key(self) -> str:
        return f"action:{self.trigger_id}:{self.action_id}:{self.action_ts}"


@dataclass(frozen=True)
class Submission:
    """A `view_submission`. `values` are texts, or ("user", Slack id) for a chosen person, by block id."""

    dialog_id: str
    view_id: str
    view_hash: str
    user_id: str
    user_name: str
    metadata: Mapping[str, Any]
    values: Mapping[str, str | tuple[str, str] | None]

    @property
    def key(self) -> str:
        return f"view:{self.view_id}:{self.view_hash}"


@dataclass(frozen=True)
class Mention:
    text: str
    ts: str
    origin: Origin


def slash_command(body: Mapping[str, Any]) -> SlashCommand:
    origin = Origin(
        user_id=_text(body, "user_id"),
        channel_id=_text(body, "channel_id"),
        response_url=str(body.get("response_url", "")),
    )
    return SlashCommand(
        str(body.get("text") or "").strip(), origin, str(body.get("user_name", "")), _text(body, "trigger_id")
    )


def clicks(body: Mapping[str, Any]) -> list[Click]:
    user = _mapping(body, "user")
    container = body.get("container") or {}
    channel = body.get("channel") or {}
    message = body.get("message") or {}
    origin = Origin(
        user_id=_text(user, "id"),
        channel_id=str(channel.get("id") or container.get("channel_id") or ""),
        thread_ts=str(message.get("thread_ts") or ""),
        response_url=str(body.get("response_url") or ""),
    )
    name = str(user.get("username") or user.get("name") or "")
    trigger = str(body.get("trigger_id") or "")
    return [
        Click(
            action_id=str(action.get("action_id") or ""),
            value=_chosen(action),
            block_id=str(action.get("block_id") or ""),
            origin=origin,
            user_name=name,
            trigger_id=trigger,
            action_ts=str(action.get("action_ts") or ""),
        )
        for action in body.get("actions") or []
        if isinstance(action, Mapping)
    ]


def submission(body: Mapping[str, Any]) -> Submission:
    view, user = _mapping(body, "view"), _mapping(body, "user")
    try:
        metadata = json.loads(view.get("private_metadata") or "{}")
    except ValueError as error:
        raise Malformed("private_metadata is not ours") from error
    state = (view.get("state") or {}).get("values") or {}
    values = {block_id: _entered(next(iter(block.values()))) for block_id, block in state.items() if block}
    return Submission(
        dialog_id=_text(view, "callback_id"),
        view_id=_text(view, "id"),
        view_hash=str(view.get("hash") or ""),
        user_id=_text(user, "id"),
        user_name=str(user.get("username") or user.get("name") or ""),
        metadata=metadata if isinstance(metadata, dict) else {},
        values=values,
    )


def mention(event: Mapping[str, Any]) -> Mention:
    origin = Origin(
        user_id=_text(event, "user"),
        channel_id=_text(event, "channel"),
        thread_ts=str(event.get("thread_ts") or ""),
    )
    return Mention(str(event.get("text") or ""), _text(event, "ts"), origin)


def channel_of(event: Mapping[str, Any]) -> str:
    """Return the channel an event is about, wherever its type keeps it; "" when it is about none."""
    item = event.get("item")
    for place in (
        event.get("channel"),
        event.get("channel_id"),
        item.get("channel") if isinstance(item, Mapping) else None,
    ):
        if isinstance(place, str):
            return place
        if isinstance(place, Mapping) and isinstance(place.get("id"), str):
            return str(place["id"])
    return ""


def actor_of(event: Mapping[str, Any]) -> str:
    """Return the Slack id of who caused an event; "" when it was a bot, or nobody in particular."""
    if event.get("bot_id"):
        return ""
    user = event.get("user")
    if isinstance(user, Mapping):
        user = user.get("id")
    return user if isinstance(user, str) else ""


def _chosen(action: Mapping[str, Any]) -> str:
    option = action.get("selected_option") or {}
    for name in ("value", "selected_user", "selected_channel", "selected_conversation", "selected_date"):
        if isinstance(action.get(name), str):
            return str(action[name])
    return str(option.get("value") or "")


def _entered(element: Mapping[str, Any]) -> str | tuple[str, str] | None:
    if element.get("selected_user"):
        return ("user", str(element["selected_user"]))
    if "value" in element:
        return str(element["value"] or "")
    return _chosen(element) or None


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise Malformed(f"{name} is missing")
    return value


def _mapping(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name)
    if not isinstance(value, Mapping):
        raise Malformed(f"{name} is missing")
    return value

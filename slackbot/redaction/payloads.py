"""Read who caused a row of the inbox, its message's address, and the messages in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slackbot.directory import workspace
from slackbot.inbound.job_kinds.kind import kind_of


def user_of(payload: Any) -> str:
    """Return the Slack id of the person who caused a row of the inbox."""
    if not isinstance(payload, Mapping):
        return ""
    origin = payload.get("origin")
    for user in (payload.get("user"), payload.get("user_id"), origin.get("user_id") if origin else None):
        if isinstance(user, Mapping):
            user = user.get("id")
        if isinstance(user, str):
            return user
    return ""


def addresses_of(kind: str, payload: Mapping[str, Any], channels: set[str]) -> Iterator[str]:
    """Yield the address of the message that the text came from."""
    if not kind_of(kind).has_message:
        return
    message = payload.get("message") if isinstance(payload.get("message"), dict) else payload
    channel, ts = payload.get("channel"), (message or {}).get("ts")
    if channel in channels and isinstance(ts, str) and (message or {}).get("text"):
        yield workspace.permalink(str(channel), ts, thread_ts=str((message or {}).get("thread_ts") or ""))


def messages_in(payload: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the messages in a payload whose words may be in blocks, split into many short strings."""
    if not isinstance(payload, Mapping):
        return
    for name in ("message", "previous_message", "item", "raw"):
        yield from messages_in(payload.get(name))
    if payload.get("attachments") or (payload.get("blocks") and payload.get("bot_id")):
        yield payload

"""Messages of ours in Slack: how they are posted, and found again by the key that they carry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from slackbot.api import client, limits, rate_limits
from slackbot.api.client import Call
from slackbot.models import OutboxEntry

EVENT_TYPE: Final = "response_outbox"
FOUND: Final = "found"  # in an answer that stands for one that was lost


def post(row: OutboxEntry, channel: str, text: str, blocks: list[Any], *, thread_ts: str = "") -> Call:
    """Return the call that posts a row's message, found again by the row's key."""
    args: dict[str, Any] = {
        "channel": channel,
        "text": limits.cut(text, limits.POST_TEXT),
        "metadata": {"event_type": EVENT_TYPE, "event_payload": {"key": row.key}},
        "unfurl_links": False,
        "unfurl_media": False,
    }
    if blocks:
        args["blocks"] = limits.fitted(client.plain(blocks))
    if thread_ts:
        args["thread_ts"] = thread_ts
    return Call("chat.postMessage", args, channel, only_once=True)


def find_said(row: OutboxEntry, call: Call) -> Mapping[str, Any] | None:
    """Look whether Slack has a message of ours already, by the key it carries."""
    query: dict[str, Any] = {
        "channel": call.channel,
        "oldest": f"{row.created_at.timestamp() - 5:.6f}",
        "include_all_metadata": True,
        "limit": client.PAGE,
    }
    method = "conversations.history"
    if thread := call.args.get("thread_ts"):
        method, query["ts"] = "conversations.replies", thread
    for message in rate_limits.pages(method, "messages", query):
        metadata = message.get("metadata") or {}
        if metadata.get("event_type") == EVENT_TYPE and metadata["event_payload"].get("key") == row.key:
            return {"ok": True, "channel": call.channel, "ts": message["ts"], "message": message, FOUND: True}
    return None


def note_where(row: OutboxEntry, call: Call, answer: Mapping[str, Any]) -> None:
    """Keep where a message stands: its text may have to be redacted."""
    if call.method == "chat.postMessage":
        row.result = {**(row.result or {}), "channel": call.channel, "ts": str(answer["ts"])}

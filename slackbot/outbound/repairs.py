"""What to do about a refusal before the row waits: verify it, and repair the cause if possible.

A new repair is one more case in `repair`. It makes at most a few calls, and returns whether to retry the call at once.
It runs once for each code in an attempt, so it doesn't need to remember what it did.
"""

from __future__ import annotations

from typing import Any

from slackbot.api import rate_limits
from slackbot.api.client import Call, Refused
from slackbot.directory import workspace
from slackbot.models import CommsChannel, Headline, OutboxEntry


def repair(row: OutboxEntry, call: Call, refusal: Refused) -> bool:
    """Return whether something was repaired. Raise a `SlackProblem`, but no `Refused`, if Slack doesn't answer."""
    if refusal.error == "not_in_channel" and _is_wanted_in(call.channel):
        return _join(call.channel)
    return False


def _join(channel: str) -> bool:
    try:
        rate_limits.call("conversations.join", {"channel": channel})
    except Refused:  # it is private, or archived: the row is refused for its own reason
        return False
    return True


def _is_wanted_in(channel: str) -> bool:
    """Return whether we post in this channel, so that nobody is surprised if we join it again."""
    place = workspace.present()
    if place is not None and channel == place.incident_channel_id:
        return True
    return (
        CommsChannel.objects.filter(channel_id=channel).exists() or Headline.objects.filter(channel_id=channel).exists()
    )


def is_contradicted(call: Call, refusal: Refused) -> bool:
    """Return whether Slack's state contradicts its refusal.

    This is checked only where we would stop permanently: if a message or a channel is gone, somebody has already
    joined or left, or something is already removed.
    """
    args = call.args
    try:
        match refusal.error:
            case "message_not_found" if call.method in ("chat.update", "chat.delete"):
                return _is_there(call.channel, str(args["ts"]))
            case "thread_not_found" if call.method == "conversations.replies":
                return _is_in_history(call.channel, str(args["ts"]))
            case "channel_not_found" if call.method in ("chat.update", "chat.delete"):
                return bool(rate_limits.read("conversations.info", {"channel": call.channel}))
            case "is_archived" if call.method == "chat.update":
                return not _is_archived(call.channel)
            case "already_archived":
                return not _is_archived(call.channel)
            case "already_in_channel":
                return not _is_member(call.channel, str(args["users"]))
            case "not_in_channel" if call.method == "conversations.kick":
                return _is_member(call.channel, str(args["user"]))
            case "not_found" if call.method == "bookmarks.remove":
                standing = rate_limits.call("bookmarks.list", {"channel_id": call.channel})["bookmarks"]
                return any(each["id"] == args["bookmark_id"] for each in standing)
    except Refused as other:
        return other.error != refusal.error  # unknown: try again
    return False


def _is_archived(channel: str) -> bool:
    return bool(rate_limits.read("conversations.info", {"channel": channel})["channel"].get("is_archived"))


def _only(channel: str, ts: str) -> dict[str, Any]:
    return {"channel": channel, "oldest": ts, "latest": ts, "inclusive": True, "limit": 1}


def _is_in_history(channel: str, ts: str) -> bool:
    found = rate_limits.read("conversations.history", _only(channel, ts))["messages"]
    return any(message["ts"] == ts for message in found)


def _is_there(channel: str, ts: str) -> bool:
    if _is_in_history(channel, ts):
        return True
    try:
        replies = rate_limits.read("conversations.replies", {**_only(channel, ts), "ts": ts})["messages"]
    except Refused as refusal:
        if refusal.error in ("thread_not_found", "message_not_found"):
            return False
        raise
    return any(message["ts"] == ts for message in replies)


def _is_member(channel: str, user_id: str) -> bool:
    found = rate_limits.pages("conversations.members", "members", {"channel": channel, "limit": 200})
    return user_id in map(str, found)

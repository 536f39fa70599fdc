"""Which workspace we are in, which channels it has, and who is there. Asked at a worker's start, then kept."""

from __future__ import annotations

import logging
import re
import time
from datetime import datetime
from typing import Any

from django.conf import settings

from slackbot.api import client, rate_limits
from slackbot.directory.people import keep_user
from slackbot.models import Workspace

logger = logging.getLogger(__name__)

KEEP = 5.0  # seconds
CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{5,}")


def present() -> Workspace | None:
    """Return what we know of the workspace; None before the first contact. Kept for a few seconds."""
    if time.monotonic() <= _known.until:
        return _known.workspace
    changes = _known.changes
    found = Workspace.objects.first()
    if changes == _known.changes:  # another thread may have changed it while we read
        _known.workspace, _known.until = found, time.monotonic() + (KEEP if found else 0)
    return found


class _Known:
    workspace: Workspace | None = None
    until = 0.0
    changes = 0

    def forget(self) -> None:
        self.changes += 1
        self.until = 0.0


_known = _Known()


def permalink(channel_id: str, ts: str, *, thread_ts: str = "") -> str:
    """Slack's address of a message: its form is public and stable, which saves a call for each.

    A reply is found only with its thread, `thread_ts`.
    """
    workspace = present()
    base = workspace.url if workspace else "https://slack.com/"
    address = f"{base.rstrip('/')}/archives/{channel_id}/p{ts.replace('.', '')}"
    return f"{address}?thread_ts={thread_ts}&cid={channel_id}" if thread_ts not in ("", ts) else address


def channel_link(channel_id: str) -> str:
    workspace = present()
    base = workspace.url if workspace else "https://slack.com/"
    return f"{base.rstrip('/')}/archives/{channel_id}"


def identify() -> Workspace:
    """Ask Slack who and where we are, and store it. Raise a `SlackProblem` when Slack fails."""
    me = rate_limits.call("auth.test", {})
    workspace, _ = Workspace.objects.update_or_create(
        team_id=me["team_id"],
        defaults={
            "name": me["team"],
            "url": me["url"],
            "bot_user_id": me["user_id"],
            "bot_id": me.get("bot_id", ""),
            "app_id": _app_id(me.get("bot_id", "")),
        },
    )
    Workspace.objects.exclude(pk=workspace.pk).delete()
    _channel_ids.clear()
    return workspace


def _app_id(bot_id: str) -> str:
    """Ask which app our bot belongs to; "" when Slack does not say."""
    if not bot_id:
        return ""
    try:
        return str(rate_limits.read("bots.info", {"bot": bot_id})["bot"].get("app_id") or "")
    except (client.Refused, client.LockedOut) as refusal:
        logger.warning(
            "Could not read our app's id from Slack, so requests for other apps are not refused: %s", refusal
        )
        return ""


def sync_people(workspace: Workspace, *, now: datetime) -> None:
    """Take over everybody of the workspace: names, time zones, bots, and who has left."""
    Census().take(workspace, now=now)


class Census:
    """Everybody of the workspace, page by page. When Slack makes us stop, the next `take` goes on from there."""

    def __init__(self) -> None:
        self._cursor = ""

    def take(self, workspace: Workspace, *, now: datetime) -> None:
        while True:
            page = self._next_page()
            for user in page["members"]:
                keep_user(user, now=now)
            self._cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not self._cursor:
                break
        workspace.people_synced_at = now
        workspace.save(update_fields=["people_synced_at"])

    def _next_page(self) -> dict[str, Any]:
        query: dict[str, Any] = {"limit": client.PAGE}
        try:
            return rate_limits.read("users.list", {**query, "cursor": self._cursor} if self._cursor else query)
        except client.Refused:
            self._cursor = ""  # it has expired: begin anew
            raise


def channel_id(words: str) -> str:
    """Return the id of a channel given as "#name", "name", an id or a mention of it, and be in it when it is public.

    Asked once by each process, as Slack has no way to ask for a name. Raise `Refused` when we see none.
    """
    key = key_of(words)
    if key not in _channel_ids:
        by_id = CHANNEL_ID.fullmatch(key) is not None
        found = rate_limits.read("conversations.info", {"channel": key})["channel"] if by_id else find_channel(key)
        if found is None:
            raise client.Refused(
                "channel_not_found", "there is no such channel, or it is private and this app isn't in it"
            )
        if not found.get("is_member") and not found.get("is_archived"):
            rate_limits.call("conversations.join", {"channel": found["id"]})
        _channel_ids[key] = str(found["id"])
    return _channel_ids[key]


def forget_channel(words: str) -> None:
    """Ask for this name again next time: a channel may have been made anew."""
    _channel_ids.pop(key_of(words), None)


def forget_present() -> None:
    """Read the workspace again at its next use. Call this after the change is committed."""
    _known.forget()


def forget_everything() -> None:
    """Read anew what other processes, or people in Slack, have changed."""
    _channel_ids.clear()
    _known.forget()


def key_of(words: str) -> str:
    """Return the bare name or id of a channel given as "#name", "name", an id or a mention of it."""
    return words.strip().removeprefix("<").removesuffix(">").partition("|")[0].removeprefix("#")


_channel_ids: dict[str, str] = {}


def find_channel(name: str) -> dict[str, Any] | None:
    """Return Slack's channel object, archived ones included; None when there is none that we can see."""
    query = {"limit": client.PAGE, "types": "public_channel,private_channel"}
    return next(
        (channel for channel in rate_limits.pages("conversations.list", "channels", query) if channel["name"] == name),
        None,
    )


# Where headlines go ---------------------------------------------------------------------------------------------------


def is_for_headlines(channel: str) -> bool:
    """Return whether headlines go to the channel with this id."""
    place = present()
    return place is not None and bool(channel) and place.incident_channel_id == channel


def headline_trouble(place: Workspace) -> tuple[str, str]:
    """Return in words why headlines cannot be posted, and what to do about it; two empty texts when they can."""
    name = f"#{place.headlines_channel or settings.INCIDENT_CHANNEL}"
    elsewhere = "or set INCIDENT_CHANNEL to another channel and restart"
    match place.headlines_trouble:
        case "":
            return "", ""
        case "is_archived":
            return f"{name} is archived, so headlines can't be posted.", f"Unarchive it in Slack, {elsewhere}."
        case "channel_not_found" | "not_in_channel" | "name_taken":
            why = f"Response doesn't see {name}, so headlines can't be posted."
            return why, f"If it is private, write `/invite @incident` there. Otherwise create it, {elsewhere}."
        case error:
            why = f"Slack doesn't let Response use {name} (`{error}`), so headlines can't be posted."
            return why, f"Create it and write `/invite @incident` there, {elsewhere}."

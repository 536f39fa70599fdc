"""Which workspace we are in, where headlines go, and who is there. Asked once at a worker's start, then kept."""

from __future__ import annotations

import logging
import re
import time
from datetime import datetime
from typing import Any

from django.conf import settings

from slackbot import client, limits
from slackbot.models import Workspace
from slackbot.people import keep_user

logger = logging.getLogger(__name__)

KEEP = 5.0  # seconds
CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{5,}")


def present() -> Workspace | None:
    """Return what we know of the workspace; None before the first contact. Kept for a few seconds."""
    if time.monotonic() > _known.until:
        _known.workspace = Workspace.objects.first()
        _known.until = time.monotonic() + (KEEP if _known.workspace else 0)
    return _known.workspace


class _Known:
    workspace: Workspace | None = None
    until = 0.0


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


def connect(*, now: datetime) -> Workspace:
    """Find out who and where we are, and make sure of the headline channel. Raise a `SlackProblem` when Slack fails."""
    me = client.call("auth.test", {})
    workspace, _ = Workspace.objects.update_or_create(
        team_id=me["team_id"],
        defaults={
            "name": me["team"],
            "url": me["url"],
            "bot_user_id": me["user_id"],
            "bot_id": me.get("bot_id", ""),
        },
    )
    Workspace.objects.exclude(pk=workspace.pk).delete()
    workspace.incident_channel_id = _headline_channel()
    workspace.save(update_fields=["incident_channel_id"])
    _known.until = 0.0
    _channel_ids.clear()
    return workspace


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
                keep_user(user)
            self._cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not self._cursor:
                break
        workspace.people_synced_at = now
        workspace.save(update_fields=["people_synced_at"])

    def _next_page(self) -> dict[str, Any]:
        query: dict[str, Any] = {"limit": 200}
        try:
            return client.read("users.list", {**query, "cursor": self._cursor} if self._cursor else query)
        except client.Refused:
            self._cursor = ""  # it has expired: begin anew
            raise


def channel_id(words: str) -> str:
    """Return the id of a channel given as "#name", "name", an id or a mention of it, and be in it when it is public.

    Asked once by each process, as Slack has no way to ask for a name. Raise `Refused` when we see none.
    """
    key = _channel_key(words)
    if key not in _channel_ids:
        by_id = CHANNEL_ID.fullmatch(key) is not None
        found = client.read("conversations.info", {"channel": key})["channel"] if by_id else find_channel(key)
        if found is None:
            raise client.Refused("channel_not_found", "there is no such channel, or it is private and I am not in it")
        if not found.get("is_member") and not found.get("is_archived"):
            client.call("conversations.join", {"channel": found["id"]})
        _channel_ids[key] = str(found["id"])
    return _channel_ids[key]


def forget_channel(words: str) -> None:
    """Ask for this name again next time: a channel may have been made anew."""
    _channel_ids.pop(_channel_key(words), None)


def _channel_key(words: str) -> str:
    return words.strip().removeprefix("<").removesuffix(">").partition("|")[0].removeprefix("#")


_channel_ids: dict[str, str] = {}


def find_channel(name: str) -> dict[str, Any] | None:
    """Return Slack's channel object, archived ones included; None when there is none that we can see."""
    query = {"limit": 1000, "types": "public_channel,private_channel"}
    return next(
        (channel for channel in client.pages("conversations.list", "channels", query) if channel["name"] == name), None
    )


def _headline_channel() -> str:
    wanted = settings.INCIDENT_CHANNEL
    if CHANNEL_ID.fullmatch(wanted):
        return str(wanted)
    channel = find_channel(wanted)
    if channel is None:
        channel = client.call("conversations.create", {"name": limits.cut(wanted, limits.CHANNEL_NAME)})["channel"]
        logger.info("Made #%s, where headlines go", wanted)
    elif not channel.get("is_member"):
        client.call("conversations.join", {"channel": channel["id"]})
    return str(channel["id"])

"""Which workspace we are in, where headlines go, and who is there. Asked once at a worker's start, then kept."""

from __future__ import annotations

import logging
import re
import time
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F

from incidents import queries, services
from incidents.models import Link
from jobs import retries, wakeup
from slackbot.api import client, limits, rate_limits
from slackbot.directory.people import keep_user
from slackbot.models import OutboxEntry, Workspace
from slackbot.outbound import outbox
from slackbot.outbound.deliveries.kind import kinds_where

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
        """Read it anew from now on. To be called once the change is committed."""
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


def connect(*, now: datetime) -> Workspace:
    """Find out who and where we are, and look for the headline channel. Raise a `SlackProblem` when Slack fails.

    Whatever people did to the headline channel is noted and no reason to raise: there is more to do.
    """
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
    try:
        is_there = look_for_headline_channel(workspace, now=now)
    except client.SlackProblem as problem:
        logger.warning("Slack doesn't say yet how the channel for headlines is: %s", problem)
        is_there = False
    if not is_there:
        look_again(now=now, after=LOOK_LATER)
    return workspace


def _app_id(bot_id: str) -> str:
    """Ask which app our bot belongs to; "" when Slack does not say."""
    if not bot_id:
        return ""
    try:
        return str(rate_limits.read("bots.info", {"bot": bot_id})["bot"].get("app_id") or "")
    except (client.Refused, client.LockedOut) as refusal:
        logger.warning("Slack does not say which app we are, so requests for other apps are not refused: %s", refusal)
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
            raise client.Refused("channel_not_found", "there is no such channel, or it is private and I am not in it")
        if not found.get("is_member") and not found.get("is_archived"):
            rate_limits.call("conversations.join", {"channel": found["id"]})
        _channel_ids[key] = str(found["id"])
    return _channel_ids[key]


def forget_channel(words: str) -> None:
    """Ask for this name again next time: a channel may have been made anew."""
    _channel_ids.pop(key_of(words), None)


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

HEADLINE_CHANNEL: Final = "headline channel"  # the kind, and the key, of the row that looks for it
LOOK_LATER: Final = timedelta(minutes=1)


def note_refusal(place: Workspace, error: str, *, refusals: int, now: datetime) -> None:
    """Note that Slack refused a headline, and have the channel looked for: later each time that nothing was wrong."""
    Workspace.objects.filter(pk=place.pk).update(headlines_trouble=error[:100], headlines_trouble_at=now)
    _known.forget()
    look_again(now=now, after=retries.pause(refusals) if refusals > 1 else timedelta(0))


def look_again(*, now: datetime, after: timedelta = timedelta(0)) -> None:
    """Have the headline channel looked for soon: it is not as it was."""
    row = outbox.entry(
        key=HEADLINE_CHANNEL,
        kind=HEADLINE_CHANNEL,
        now=now,
        args={},
        order_key=HEADLINE_CHANNEL,
    )
    outbox.store([row])
    again = {"is_open": True, "closed_at": None, "given_up_at": None, "attempts": 0, "failures": 0}
    OutboxEntry.objects.filter(key=HEADLINE_CHANNEL, is_open=False).update(**again, created_at=now)
    OutboxEntry.objects.filter(key=HEADLINE_CHANNEL).update(wanted=F("wanted") + 1, not_before=now + after)


def look_for_headline_channel(place: Workspace, *, now: datetime) -> bool:
    """Find the channel where headlines go, and be in it; return False when they cannot be posted, and note why.

    A channel that was found once is known by its id, whatever its name is now, as long as INCIDENT_CHANNEL is the same.
    Raise a `SlackProblem` that is no refusal.
    """
    old, old_name = place.incident_channel_id, place.headlines_channel
    try:
        channel, trouble = _headline_channel(place)
    except (client.Refused, client.LockedOut) as refusal:
        channel, trouble = None, str(refusal).partition(" ")[0]
    if channel is not None:
        place.incident_channel_id, place.headlines_channel = str(channel["id"]), str(channel["name"])[:80]
        place.headlines_is_private = bool(channel.get("is_private"))
    if channel is not None or CHANNEL_ID.fullmatch(settings.INCIDENT_CHANNEL):
        place.headlines_named = settings.INCIDENT_CHANNEL[:100]
    if trouble != place.headlines_trouble or not trouble:
        place.headlines_trouble, place.headlines_trouble_at = trouble[:100], now if trouble else None
        if trouble:
            logger.warning("%s %s", *headline_trouble(place))
    with transaction.atomic():
        place.save(update_fields=HEADLINE_FIELDS)
        if old and place.headlines_channel not in ("", old_name):
            label = f"Headline in #{place.headlines_channel}"
            services.relabel_links(kind=Link.HEADLINE, under=channel_link(place.incident_channel_id), label=label)
        if not trouble:
            _wake_headlines(drawn_again=bool(old) and old != place.incident_channel_id, now=now)
    _known.forget()
    return not trouble


HEADLINE_FIELDS: Final = (
    "incident_channel_id",
    "headlines_named",
    "headlines_channel",
    "headlines_is_private",
    "headlines_trouble",
    "headlines_trouble_at",
)


def _headline_channel(place: Workspace) -> tuple[dict[str, Any] | None, str]:
    """Return Slack's channel object, if we see one, and Slack's error if we cannot post there."""
    wanted = settings.INCIDENT_CHANNEL
    is_id = CHANNEL_ID.fullmatch(wanted) is not None
    # One that was found is followed: its name, and its id when it is shared, may be others by now.
    followed = place.incident_channel_id if place.headlines_named == wanted else ""
    known = followed or (wanted if is_id else "")
    channel = _channel_by_id(known) if known else None
    if not is_id and (channel is None or channel.get("is_archived")):
        channel = find_channel(wanted) or channel
        if channel is None and known and place.headlines_is_private:
            return None, "channel_not_found"  # nor do we make a public one in its place
        channel = channel or _make_headline_channel(wanted)
    if channel is None:
        return None, "channel_not_found"
    if channel.get("is_archived"):
        return channel, "is_archived"
    if not channel.get("is_member"):
        try:
            rate_limits.call("conversations.join", {"channel": channel["id"]})
        except client.Refused as refusal:
            return channel, refusal.error
    return channel, ""


def _channel_by_id(channel: str) -> dict[str, Any] | None:
    try:
        return dict(rate_limits.read("conversations.info", {"channel": channel})["channel"])
    except client.Refused as refusal:
        if refusal.error != "channel_not_found":
            raise
        return None


def _make_headline_channel(wanted: str) -> dict[str, Any]:
    made = rate_limits.call("conversations.create", {"name": limits.cut(wanted, limits.CHANNEL_NAME)})["channel"]
    logger.info("Made #%s, where headlines go", wanted)
    return {**made, "is_member": True}


def _wake_headlines(*, drawn_again: bool, now: datetime) -> None:
    """Have what waited for the channel sent, and after a move the headlines drawn anew that may stand elsewhere."""
    waiting = kinds_where(lambda kind: kind.waits_for_headlines)
    OutboxEntry.objects.filter(kind__in=waiting, is_open=True, failures=0, asked_at=None).update(not_before=now)
    if drawn_again:
        for incident in queries.open_incidents(queries.SYSTEM):
            outbox.draw(incident, outbox.HEADLINE, now=now)
            # Even if it looks as before: only Slack knows whether it still stands where it was.
            OutboxEntry.objects.filter(incident=incident, kind=outbox.HEADLINE).update(result=None)
    wakeup.wake_after_commit(OutboxEntry.QUEUE)


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

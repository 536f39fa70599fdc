"""Remove a redacted text from what this interface keeps, and from what it posted.

Rows of the incident lose the text in the redaction's transaction. A message that was posted, or is being posted, is
overwritten in Slack by a row of the outbox, so a failure is retried and shown like any failed delivery. Rows of other
incidents belong to other people: they are neither searched nor changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any, Final

from django.db.models import Model, Q

from incidents import fields, queries
from incidents.access import is_administrator
from incidents.erasure import FORMER_COLLEAGUE, Erased
from incidents.models import EntryKind, Incident, TimelineEntry
from incidents.redaction import Removed
from incidents.traces import Columns, Convert, Split, Traces, as_texts, candidates, leaves, mentions, overwrite, sweep
from slackbot.api.message_text import markdown_of
from slackbot.api.mrkdwn import to_markdown
from slackbot.directory import workspace
from slackbot.directory.people import names_of
from slackbot.inbound import inbox
from slackbot.inbound.job_kinds.kind import INCIDENT, NUMBER, kinds_that
from slackbot.kit import commands
from slackbot.kit.registry import registry
from slackbot.models import (
    Beat,
    CommsChannel,
    Headline,
    InboxEntry,
    Kept,
    LastSaid,
    OperatorEntry,
    OutboxEntry,
    Scheduled,
    SlackName,
    SlackUser,
    Switch,
)
from slackbot.operators.belonging import CHANNEL, REFERENCE, Clue, clues
from slackbot.outbound import outbox
from slackbot.outbound.announcements import has_own_post
from slackbot.outbound.deliveries.call import CallKind
from slackbot.outbound.deliveries.home import HOME_DRAWN, HomeKind, draw_home
from slackbot.outbound.deliveries.kind import KINDS, kinds_where
from slackbot.outbound.deliveries.kind import kind_of as kind_of_delivery
from slackbot.outbound.deliveries.post import PostKind
from slackbot.outbound.deliveries.retract import retract, retract_lost
from slackbot.outbound.deliveries.update import UpdateKind

NEVER_SENT: Final = "Not sent: its text was redacted"
NEVER_RUN: Final = "Not run: its text was redacted"

# The columns with people's words. All others are internal.
WORDS: Final[Columns] = {
    InboxEntry: ("payload", "answer", "error"),
    OutboxEntry: ("args", "result", "error"),
    Kept: ("data",),
    Scheduled: ("data",),
    CommsChannel: ("name",),
    OperatorEntry: ("text",),
    Switch: ("why",),
    Beat: ("findings",),
}
BATCH: Final = 500
BEFORE: Final = timedelta(days=1)  # a form for declaring may be open for a while
METADATA: Final = re.compile(r'"incident": ?(\d{1,9})\b')  # in a dialog's metadata
AUTHOR: Final = re.compile(r"\A\s*\*[^*\n]+\*:\s*")
MENTIONS: Final = re.compile(r"<[@!#][^>]*>")


def _emptied(row: InboxEntry) -> dict[str, Any]:
    """Return what is left of a payload. When its message is edited, it must be known that there were commands in it."""
    ts = row.payload.get("ts")
    return {inbox.EMPTIED: True} | ({"ts": ts} if isinstance(ts, str) else {})


def purge(removed: Removed) -> Iterable[str]:
    """Remove the incident's copies of the text; return the addresses of people's own messages that have it."""
    return _Purge(removed).run()


class _Purge:
    """One redaction. Short texts are searched for only in rows that come from the redacted entries."""

    def __init__(self, removed: Removed) -> None:
        self.removed = removed
        self.incident = removed.incident
        names = _Names()
        self.traces = removed.traces.reading(*_notation(names))
        self.read_message = partial(markdown_of, names=names)
        self.own = self.traces.with_short_ones()
        self.place = _Place(removed.incident)
        accounts = SlackUser.objects.filter(person__in={entry.actor_id for entry in removed.entries})
        self.authors = dict(accounts.values_list("user_id", "person_id"))
        self.is_by_administrator = is_administrator(removed.by)

    def run(self) -> list[str]:
        elsewhere = self._purge_inbox()
        self._purge_outbox()
        self._retract_lost()
        for row in self._rows(Kept, Q(pk__isnull=False)):
            is_ours = self.place.holds(row.data)
            if is_ours or not self.place.is_anothers(row.data):
                self._clean(row, self.traces if is_ours else None)
        for row in self._rows(Scheduled, Q(incident=self.incident)):
            self._clean(row, self.traces)
        for row in self._rows(Scheduled, Q(incident=None)):
            self._clean(row, None)
        for model in (OperatorEntry, Switch, Beat):
            for row in self._rows(model, self.place.anything(WORDS[model])):
                self._clean(row, self.traces)
        self._draw_again()
        return elsewhere

    def _rows(self, model: type[Any], where: Q) -> list[Any]:
        columns = WORDS[model]
        rows = model._base_manager.annotate(**as_texts(columns)).filter(mentions(columns, self.traces.words))
        return list(rows.filter(where).order_by("pk"))

    def _clean(self, row: Model, traces: Traces | None) -> bool:
        """Overwrite the texts in a row; without `traces`, only strings that consist of a text."""
        return overwrite(row, WORDS[type(row)], traces.without if traces else self.own.without_whole)

    # Incoming ---------------------------------------------------------------------------------------------------------

    def _purge_inbox(self) -> list[str]:
        """Empty processed rows, and end rows that haven't started, because they would bring the text back."""
        elsewhere: list[str] = []
        closed: list[InboxEntry] = []
        self.origins = []
        requests = kinds_that(lambda kind: kind.is_request)
        named = self.place.in_order() | self.place.anything(("payload", "answer")) | Q(kind__in=requests)
        for row in self._rows(InboxEntry, Q(created_at__gte=self.incident.reported_at - BEFORE) & named):
            said = [row.payload, row.answer]
            if not self.place.is_in_order(row) and not self.place.holds(said, kind=row.kind):
                if not row.is_open and not self.place.is_anothers(said, kind=row.kind):
                    self._clean(row, None)
                continue
            if row.is_open and row.lease_until is None and not self._may_drop(row):
                continue  # somebody else's row that is about to run
            comes_from_it = self._comes_from_entry(row)
            traces = self.own if comes_from_it else self.traces
            if comes_from_it:
                self.origins.append(row.key)
            said = [*map(self.read_message, _messages_in(row.payload))]
            if traces.are_in([row.payload, *said]) or traces.are_all_of([row.payload, *said]):
                elsewhere += _addresses_of(row.kind, row.payload, self.place.channels)
                if row.closed_at is not None and row.answer is None and not row.error:
                    row.payload, row.is_open, row.given_up_at = _emptied(row), False, None
                    closed.append(row)
                    continue
                self._empty(row)
            self._clean(row, traces)
        InboxEntry.objects.bulk_update(closed, ["payload", "is_open", "given_up_at"], batch_size=BATCH)
        return elsewhere

    def _empty(self, row: InboxEntry) -> None:
        if row.is_open and row.lease_until is not None:
            return  # a worker is processing it
        done: dict[str, Any] = {"payload": _emptied(row), "is_open": False, "given_up_at": None}
        if row.closed_at is None:
            done |= {"closed_at": self.removed.at, "error": NEVER_RUN}
        for column, value in done.items():
            setattr(row, column, value)
        row.save(update_fields=list(done))

    def _may_drop(self, row: InboxEntry) -> bool:
        return self.is_by_administrator or _user_of(row.payload) in self.authors

    def _comes_from_entry(self, row: InboxEntry) -> bool:
        """Return whether one of the entries was written while its author's row was processed."""
        author = self.authors.get(_user_of(row.payload))
        return row.closed_at is not None and any(
            entry.actor_id == author and row.created_at <= entry.recorded_at <= row.closed_at
            for entry in self.removed.entries
        )

    # Outgoing ---------------------------------------------------------------------------------------------------------

    def _purge_outbox(self) -> None:
        ours = Q(incident=self.incident)
        for row in self._rows(OutboxEntry, ours | Q(incident=None) & self.place.anything(("args",))):
            if row.incident_id is None and not self.place.holds(row.args):
                continue
            entry = _entry_of(row)
            if entry is not None and not self._is_overwritten(entry):
                continue  # its entry stays, with the same text
            is_own = entry is not None or any(f"{key}:" in f"{row.key}:" for key in self.origins)
            traces = self.own if is_own else self.traces
            if traces.are_in(row.args) or traces.are_all_of(row.args):
                self._retract(row)
            self._clean(row, traces)

    def _is_overwritten(self, entry: int) -> bool:
        return entry in self.removed.cleaned or any(entry == each.pk for each in self.removed.entries)

    def _retract(self, row: OutboxEntry) -> None:
        removed = self.removed
        in_flight = row.lease_until is not None or row.asked_at is not None
        if row.is_open and not in_flight:
            row.is_open, row.closed_at, row.error = False, removed.at, NEVER_SENT
            row.save(update_fields=["is_open", "closed_at", "error"])
        elif kind_of_delivery(row).has_text and row.given_up_at is None and row.error != NEVER_SENT:
            retract(row, incident=self.incident, key=removed.key, by=removed.by, now=removed.at)

    def _retract_lost(self) -> None:
        """Search Slack for our messages whose rows were deleted: they carry their entry's key."""
        for entry in self.removed.entries:
            for key, kind in _posts_of(entry, self.incident):
                if not OutboxEntry.objects.filter(key=key).exists():
                    retract_lost(
                        entry, as_key=key, as_kind=kind, key=self.removed.key, by=self.removed.by, now=self.removed.at
                    )

    def _draw_again(self) -> None:
        """Redraw what doesn't follow the timeline, as headline and topic do: the welcome, and the channel's name."""
        removed = self.removed
        overwritten = {*removed.cleaned, *(entry.pk for entry in removed.entries)}
        drawn = kinds_where(lambda kind: kind.shows_timeline)
        for row in OutboxEntry.objects.filter(incident=self.incident, kind__in=drawn, given_up_at=None):
            if kind_of_delivery(row).shows(row, entries=overwritten, properties=removed.properties):
                retract(row, incident=self.incident, key=removed.key, by=removed.by, now=removed.at)
        if "title" in removed.properties:
            draw_homes_again(self.incident, now=removed.at)
        channel = CommsChannel.objects.filter(incident=self.incident).first()
        if channel is not None and Traces(removed.titles, short=True).are_in(channel.name):
            _rename(channel, removed)


def _entry_of(row: OutboxEntry) -> int | None:
    """Return the primary key of the entry whose words the row repeats."""
    beginning, _, number = row.key.partition(":")
    is_of_one = number.isdecimal() and any(beginning in kind.entry_keys for _, kind in KINDS.items())
    return int(number) if is_of_one else None


def _rename(channel: CommsChannel, removed: Removed) -> None:
    name = f"inc-{removed.incident.number}-redacted"
    CommsChannel.objects.filter(pk=channel.pk).update(name=name)
    SlackName.objects.filter(slack_id=channel.channel_id).delete()
    outbox.say(
        key=f"rename:{removed.key}",
        kind=CallKind.name,
        now=removed.at,
        args={
            "method": "conversations.rename",
            "args": {"channel": channel.channel_id, "name": name},
            "fine": ["channel_not_found"],
        },
        order_key=f"channel:{removed.incident.pk}",
        incident=removed.incident,
    )


def _posts_of(entry: TimelineEntry, incident: Incident) -> Iterator[tuple[str, str]]:
    """Yield the keys with which an entry's words were posted, and the kinds of their rows."""
    if entry.seq > incident.projected_version:
        return
    if entry.kind == EntryKind.UPDATE_POSTED and not incident.private:
        yield f"update:{entry.pk}", UpdateKind.name
    field = fields.registry.find(str(entry.data.get("field"))) if entry.kind == EntryKind.FIELD_CHANGED else None
    if field is not None and field.headline and CommsChannel.of(incident) is not None and has_own_post(entry):
        yield f"told:{entry.pk}", PostKind.name


def draw_homes_again(incident: Incident, *, now: datetime) -> None:
    """Redraw the Home tabs that may show the incident: Slack keeps each as its reader last opened it."""
    drawn = LastSaid.objects.filter(key__startswith=HOME_DRAWN, said_at__gte=incident.reported_at)
    readers = {key.removeprefix(HOME_DRAWN) for key in drawn.values_list("key", flat=True)}
    rows = OutboxEntry.objects.filter(kind=HomeKind.name)  # from older versions
    readers |= set(rows.values_list("args__user", flat=True))
    for user_id in sorted(readers):
        draw_home(user_id, now=now)


# Where a row belongs --------------------------------------------------------------------------------------------------


class _Place:
    """The things that identify an incident in this interface's rows: its channels, headline and number."""

    def __init__(self, incident: Incident) -> None:
        self.incident = incident
        present = CommsChannel.objects.filter(incident=incident).values_list("channel_id", flat=True)
        # Only the timeline knows a channel that work left.
        links = incident.entries.filter(kind=EntryKind.LINK_ADDED, data__kind="channel").values_list("data", flat=True)
        self.channels = {*present, *(str(data.get("url", "")).rpartition("/")[2] for data in links)} - {""}
        self.headline = Headline.objects.filter(incident=incident).values_list("ts", flat=True).first()
        self.order = (*self.channels, f"incident:{incident.pk}", f"reminders:{incident.pk}")
        self._others: dict[str, bool] = {}

    def anything(self, columns: Iterable[str]) -> Q:
        """Return the condition that a row may name the incident; `holds` decides."""
        number = self.incident.number
        words = [*self.channels, f"INC-{number}", f"incident-{number}", f'incident": {number}', "incident\\"]
        return mentions(columns, [*words, *filter(None, [self.headline])], lookup="contains")

    def in_order(self) -> Q:
        """Return the condition that a row of the inbox is ordered with others of the incident."""
        found = Q(pk__in=())
        for name in self.order:
            found |= Q(order_key__startswith=f"{name}:")
        return found

    def is_in_order(self, row: InboxEntry) -> bool:
        """Return what `in_order` says of the row: the quickest check."""
        return any(row.order_key.startswith(f"{name}:") for name in self.order)

    def holds(self, value: Any, *, kind: str = "") -> bool:
        """Return whether it names the incident. The place of a message counts more than what it is about."""
        found = set(_clues(value, kind))
        channels = {each for sort, each in found if sort == CHANNEL}
        if channels & self.channels:
            return True
        return not self._are_anothers(channels) and any(self._is_ours(*clue) for clue in found)

    def is_anothers(self, value: Any, *, kind: str = "") -> bool:
        found = set(_clues(value, kind))
        own = {(NUMBER, self.incident.number), (INCIDENT, self.incident.pk)}
        if any(clue not in own for clue in found if clue[0] in (NUMBER, INCIDENT)):
            return True
        return self._are_anothers({each for sort, each in found if sort == CHANNEL})

    def _is_ours(self, sort: str, value: Any) -> bool:
        match sort:
            case "channel":
                return value in self.channels
            case "message":
                return bool(value == self.headline)
            case "incident":
                return bool(value == self.incident.pk)
            case "number":
                return bool(value == self.incident.number)
        return False

    def _are_anothers(self, channels: set[str]) -> bool:
        for channel in channels - self._others.keys():
            found = CommsChannel.objects.exclude(incident=self.incident).filter(channel_id=channel)
            self._others[channel] = found.exists()
        return any(self._others[channel] for channel in channels)


def _clues(value: Any, kind: str) -> Iterator[Clue]:
    """Yield everything that names an incident, its channel, or its headline, including inside strings."""
    yield from clues(value, kind)
    for leaf in leaves(value):
        yield from ((NUMBER, int(found)) for pattern in (REFERENCE, METADATA) for found in pattern.findall(leaf))


def _user_of(payload: Any) -> str:
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


def _addresses_of(kind: str, payload: Mapping[str, Any], channels: set[str]) -> Iterator[str]:
    """Yield the address of the message that the text came from."""
    if not kind_of_incoming(kind).has_message:
        return
    message = payload.get("message") if isinstance(payload.get("message"), dict) else payload
    channel, ts = payload.get("channel"), (message or {}).get("ts")
    if channel in channels and isinstance(ts, str) and (message or {}).get("text"):
        yield workspace.permalink(str(channel), ts, thread_ts=str((message or {}).get("thread_ts") or ""))


def _messages_in(payload: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the messages in a payload whose words may be in blocks, split into many short strings."""
    if not isinstance(payload, Mapping):
        return
    for name in ("message", "previous_message", "item", "raw"):
        yield from _messages_in(payload.get(name))
    if payload.get("attachments") or (payload.get("blocks") and payload.get("bot_id")):
        yield payload


# Slack's notation -----------------------------------------------------------------------------------------------------


def reading_mrkdwn(traces: Traces) -> Traces:
    """Return the same traces, comparing messages in the form in which we would store them."""
    return traces.reading(*_notation(_Names()))


def _notation(names: _Names) -> tuple[Convert, Split]:
    """Return how to read Slack's notation in one redaction: `names` looks up each person only once."""
    place = workspace.present()

    @cache  # an event has its words in several places, and there are several events about a message
    def as_markdown(leaf: str) -> str:
        return to_markdown(leaf, names=names)

    def carried(leaf: str) -> Iterator[str]:
        """Yield the text given to a command, and the text we post after an author's name, both without mentions."""
        yield as_markdown(AUTHOR.sub("", leaf))
        for line in (commands.said_to(place.bot_user_id, leaf) if place else None) or [leaf]:
            said = commands.split(line)
            if said.name in registry.commands:
                yield as_markdown(said.text)
                yield as_markdown(MENTIONS.sub(" ", said.text))

    return as_markdown, carried


class _Names(dict[str, str]):
    """People's names by Slack id."""

    def get(self, user_id: str, default: Any = None) -> Any:
        if user_id not in self:
            self[user_id] = names_of([user_id]).get(user_id, "")
        return self[user_id] or default


# Erasing a person -----------------------------------------------------------------------------------------------------


def forget(erased: Erased) -> None:
    """Remove the person's Slack profile. Their id stays, or the next synchronization would bring them back."""
    account = SlackUser.objects.filter(person=erased.person).first()
    if account is not None:
        _empty_profiles(account.user_id, erased)
        _remove_handle(account)
        SlackUser.objects.filter(pk=account.pk).update(handle=f"erased-{erased.person.pk}", dm_channel_id="")
    sweep(WORDS, words=[word for word in (erased.name, erased.email) if word], change=erased.without)
    held = queries.incidents(queries.RESPONSE).filter(
        Q(reporter=erased.person) | Q(role_assignments__person=erased.person, role_assignments__ended_at=None)
    )
    for incident in held.distinct():
        outbox.draw(incident, "headline", now=erased.at)


def _empty_profiles(user_id: str, erased: Erased) -> None:
    """Empty the events from Slack that contain the account's whole profile."""
    for row in candidates(InboxEntry.objects.all(), ["payload"], words=[user_id]):
        value = row.payload
        user = value.get("user") if isinstance(value, dict) else None
        if isinstance(user, dict) and user.get("id") == user_id and "profile" in user:
            user_only = {"type": value.get("type"), "user": {"id": user_id}}
            InboxEntry.objects.filter(pk=row.pk).update(payload=user_only)


def _remove_handle(account: SlackUser) -> None:
    """Remove the handle where Slack sent it with the person's id. Elsewhere it may be an ordinary word."""
    for row in candidates(InboxEntry.objects.all(), ["payload"], words=[account.user_id]):
        overwrite(row, ["payload"], lambda value: _without_handle(value, account))


def _without_handle(value: Any, account: SlackUser) -> Any:
    match value:
        case dict():
            is_theirs = account.user_id in (value.get("id"), value.get("user_id"), _user_of(value))
            return {
                key: FORMER_COLLEAGUE
                if is_theirs and key in ("name", "username", "user_name") and each == account.handle
                else _without_handle(each, account)
                for key, each in value.items()
            }
        case list():
            return [_without_handle(each, account) for each in value]
        case _:
            return value

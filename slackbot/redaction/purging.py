"""Remove a redacted text from the rows of an incident, and from the messages in Slack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from django.db.models import Model, Q

from incidents import fields
from incidents.models import EntryKind, Following, Incident, TimelineEntry
from incidents.redaction import Removed
from incidents.traces import Traces, as_texts, mentions, overwrite
from jobs.models import Heartbeat, OperatorEntry, Switch
from people.access import is_administrator
from slackbot.api.message_text import markdown_of
from slackbot.inbound import inbox
from slackbot.inbound.job_kinds.kind import kinds_that
from slackbot.models import (
    CommsChannel,
    InboxEntry,
    Kept,
    LastSaid,
    OutboxEntry,
    Scheduled,
    SlackName,
    SlackUser,
)
from slackbot.outbound import outbox, projector
from slackbot.outbound.announcements import has_own_post
from slackbot.outbound.deliveries.call import CallKind
from slackbot.outbound.deliveries.home import HOME_DRAWN, HomeKind, draw_home
from slackbot.outbound.deliveries.kind import KINDS, kind_of, kinds_where
from slackbot.outbound.deliveries.post import PostKind
from slackbot.outbound.deliveries.retract import retract, retract_lost
from slackbot.outbound.deliveries.update import UpdateKind
from slackbot.redaction.columns import WORDS
from slackbot.redaction.notation import Names, notation
from slackbot.redaction.payloads import addresses_of, messages_in, user_of
from slackbot.redaction.places import Place

NEVER_SENT: Final = "Not sent: its text was redacted"
NEVER_RUN: Final = "Not run: its text was redacted"

BATCH: Final = 500
BEFORE: Final = timedelta(days=1)  # a form for declaring may be open for a while


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
        names = Names()
        self.traces = removed.traces.reading(*notation(names))
        self.read_message = partial(markdown_of, names=names)
        self.own = self.traces.with_short_ones()
        self.place = Place(removed.incident)
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
        for of_incident in (Scheduled, Following):
            for row in self._rows(of_incident, Q(incident=self.incident)):
                self._clean(row, self.traces)
        for row in self._rows(Scheduled, Q(incident=None)):
            self._clean(row, None)
        for model in (OperatorEntry, Switch, Heartbeat):
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
            said = [*map(self.read_message, messages_in(row.payload))]
            if traces.are_in([row.payload, *said]) or traces.are_all_of([row.payload, *said]):
                elsewhere += addresses_of(row.kind, row.payload, self.place.channels)
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
        return self.is_by_administrator or user_of(row.payload) in self.authors

    def _comes_from_entry(self, row: InboxEntry) -> bool:
        """Return whether one of the entries was written while its author's row was processed."""
        author = self.authors.get(user_of(row.payload))
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
        elif kind_of(row).has_text and row.given_up_at is None and row.error != NEVER_SENT:
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
            if kind_of(row).shows(row, entries=overwritten, properties=removed.properties):
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
    if projector.is_behind(incident, seq=entry.seq):
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

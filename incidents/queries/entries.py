"""Read the timeline of an incident."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db.models import IntegerField, Max, Q, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from incidents.corrections import CORRECTIONS
from incidents.entries import other_incident
from incidents.models import EntryKind, Incident, Link, TimelineEntry
from incidents.queries.visible import incidents
from people.actors import Viewer
from people.errors import NotFound

TROUBLES_READ: Final = 50
TROUBLES_AT_MOST: Final = 10


def channel_is_requested(incident: Incident) -> bool:
    """Say whether a channel was asked for and may still come: after a refusal one may ask again."""
    refusal = Q(kind=EntryKind.TROUBLE, data__with=Link.CHANNEL)
    newest = incident.entries.filter(Q(kind=EntryKind.CHANNEL_REQUESTED) | refusal).order_by("-seq").first()
    return newest is not None and newest.kind == EntryKind.CHANNEL_REQUESTED


def as_read_by(viewer: Viewer, entries: Iterable[TimelineEntry]) -> list[TimelineEntry]:
    """Return the entries without the numbers of incidents that `viewer` may not see. Don't save them."""
    return _without_others(list(entries), seen_among=incidents(viewer))


def as_read_by_everybody(entries: Iterable[TimelineEntry]) -> list[TimelineEntry]:
    """Return the entries without the numbers of private incidents. Don't save them."""
    return _without_others(list(entries), seen_among=Incident.objects.filter(private=False))


def _without_others(entries: list[TimelineEntry], *, seen_among: QuerySet[Incident]) -> list[TimelineEntry]:
    named = {each.pk: other for each in entries if (other := other_incident(each.kind, each.data)) is not None}
    numbers = {other.number for other in named.values() if other.number is not None}
    seen = set(seen_among.filter(number__in=numbers).order_by().values_list("number", flat=True)) if numbers else set()
    for entry in entries:
        if (other := named.get(entry.pk)) is not None and other.number not in seen:
            entry.text = other.text_without
            entry.data = entry.data | {other.key: None}
    return entries


def timeline(incident: Incident) -> QuerySet[TimelineEntry]:
    """What the page tells, in the order in which it happened: each message that is pinned now once, at its own time.

    The entry has the words of when it was pinned; what the message says after later edits is in `pins`.
    """
    plumbing = [EntryKind.PIN_CHANGED, EntryKind.PIN_REMOVED, EntryKind.CHANNEL_REQUESTED, EntryKind.REDACTED]
    told = history(incident).exclude(kind__in=plumbing)
    told = told.exclude(kind=EntryKind.LINK_ADDED, data__kind=Link.HEADLINE)
    is_pinned = Q(seq__in=_newest_of_each_pin(incident))
    told = told.filter(~Q(kind=EntryKind.PIN_ADDED) | is_pinned)
    corrections = TimelineEntry.objects.filter(incident=incident, kind__in=CORRECTIONS).order_by()
    corrected = corrections.annotate(note=Cast(KT("data__note"), IntegerField()))
    newest = corrected.values("note").annotate(newest=Max("seq")).values_list("newest", flat=True)
    told = told.filter(~Q(kind=EntryKind.NOTE_ADDED) | ~Q(seq__in=corrected.values("note")))
    return told.filter(~Q(kind__in=CORRECTIONS) | Q(seq__in=newest)).order_by("happened_at", "seq")


def _newest_of_each_pin(incident: Incident) -> QuerySet[TimelineEntry, int]:
    """The numbers of the entries that pinned a message or took it off, for each message the last one."""
    pinning = TimelineEntry.objects.filter(incident=incident, kind__in=[EntryKind.PIN_ADDED, EntryKind.PIN_REMOVED])
    return pinning.order_by().values("data__pin").annotate(newest=Max("seq")).values_list("newest", flat=True)


def entry(incident: Incident, *, seq: int) -> TimelineEntry:
    """Raise `NotFound` when the incident has no entry with that number."""
    found = history(incident).filter(seq=seq).first()
    if found is None:
        raise NotFound(f"{incident.reference} has no entry {seq}.")
    return found


def history(incident: Incident) -> QuerySet[TimelineEntry]:
    """Everything that was ever recorded, in the order in which it was recorded."""
    return TimelineEntry.objects.filter(incident=incident).select_related("actor").order_by("seq")


def newest(incident: Incident, kind: EntryKind) -> TimelineEntry | None:
    return history(incident).filter(kind=kind).order_by("-seq").first()


def latest_update(incident: Incident) -> TimelineEntry | None:
    """Return the update that says how it stands; once the incident is over, only a final one.

    An update from before the end may promise news that will not come.
    """
    latest = newest(incident, EntryKind.UPDATE_POSTED)
    if latest is None or incident.is_open:
        return latest
    if not latest.data.get("final"):
        return None
    reopened = incident.entries.filter(kind=EntryKind.REOPENED, seq__gt=latest.seq).exists()
    return None if reopened else latest


def troubles(incident: Incident, *, since: datetime, channel: bool) -> list[TimelineEntry]:
    """Return what did not work since then, the newest of each; with `channel` also the last refusal of one."""
    troubles = history(incident).filter(kind=EntryKind.TROUBLE).order_by("-seq")
    recent = troubles.exclude(data__with=Link.CHANNEL).filter(recorded_at__gt=since)[:TROUBLES_READ]
    refusals = troubles.filter(data__with=Link.CHANNEL)[:1] if channel else []
    each: dict[str, TimelineEntry] = {}
    for entry in [*refusals, *recent]:
        each.setdefault(str(entry.data.get("with", "")), entry)
    return sorted(list(each.values())[:TROUBLES_AT_MOST], key=lambda entry: entry.seq)

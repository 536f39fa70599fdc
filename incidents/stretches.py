"""Read part of a long timeline: the newest entries, those around one, or more than the screen already shows.

A stretch is limited in entries and in characters, so that reading it costs the same however long the timeline is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.db.models import Q, QuerySet

from incidents.models import Incident, TimelineEntry

PAGE: Final = 100  # entries read at once
MOST: Final = 1000  # the most entries of a stretch
LETTERS_OF_A_PAGE: Final = 200_000
LETTERS_AT_MOST: Final = 1_000_000
EARLIER_THAN_IT: Final = PAGE // 4  # entries shown before the requested one


@dataclass(frozen=True)
class Place:
    """Which entries somebody wants to see, named by their numbers.

    The entries next to `before`, `after` or `around`; or from `first` to `last`, where 0 is the beginning and None the
    end. Without any of these, the newest.
    """

    before: int | None = None
    after: int | None = None
    around: int | None = None
    first: int | None = None
    last: int | None = None
    more: str = ""  # "earlier" or "later": one page more than `first` to `last`


@dataclass(frozen=True)
class Stretch:
    """Entries in order, and whether there are more on either side."""

    entries: Sequence[TimelineEntry]
    has_earlier: bool
    has_later: bool

    @property
    def place(self) -> Place:
        """Return the place of the same stretch, including entries added at its end in the meantime."""
        if not self.entries:
            return Place(first=0)
        first = self.entries[0].seq if self.has_earlier else 0
        return Place(first=first, last=self.entries[-1].seq if self.has_later else None)

    @property
    def can_grow(self) -> bool:
        return len(self.entries) + PAGE <= MOST and _letters(self.entries) + LETTERS_OF_A_PAGE <= LETTERS_AT_MOST


def read(incident: Incident, found: QuerySet[TimelineEntry], place: Place) -> Stretch:
    """Return the entries of `found` at that place, or the newest if the timeline has no such place.

    `found` is ordered by `seq`, or by `happened_at` and `seq`.
    """
    order = _Order(incident, found)
    for name, seq in (("around", place.around), ("before", place.before), ("after", place.after)):
        entry = order.entry(seq)
        if entry is None:
            continue
        match name:
            case "around":
                before = order.before(entry, count=EARLIER_THAN_IT)
                return _joined(before, order.rest(entry, count=PAGE - EARLIER_THAN_IT))
            case "before":
                return replace(order.before(entry, count=PAGE), has_later=True)
            case _:
                return replace(order.after(entry, count=PAGE), has_earlier=True)
    first, last = order.entry(place.first), order.entry(place.last)
    if first is None and place.first != 0:
        return order.newest(count=PAGE)
    return _between(order, first, last, more=place.more)


def _between(order: _Order, first: TimelineEntry | None, last: TimelineEntry | None, *, more: str) -> Stretch:
    shown = order.newest(since=first) if last is None else order.oldest(since=first, until=last)
    if more == "earlier" and first is not None and shown.can_grow:
        return _joined(order.before(first, count=PAGE), shown)
    if more == "later" and last is not None and shown.can_grow:
        return _joined(shown, order.after(last, count=PAGE))
    return shown


def _joined(one: Stretch, other: Stretch) -> Stretch:
    return Stretch([*one.entries, *other.entries], one.has_earlier, other.has_later)


class _Order:
    """The entries in an order, readable from any of them in either direction."""

    def __init__(self, incident: Incident, found: QuerySet[TimelineEntry]) -> None:
        self._incident = incident
        self._found = found
        self._by_time = "happened_at" in found.query.order_by

    def entry(self, seq: int | None) -> TimelineEntry | None:
        """Return an entry to start from. It doesn't need to be in `found`."""
        return TimelineEntry.objects.filter(incident=self._incident, seq=seq).first() if seq else None

    def newest(self, *, count: int = MOST, since: TimelineEntry | None = None) -> Stretch:
        rows = self._found if since is None else self._found.filter(self._from(since))
        kept, is_cut = _some(rows.reverse(), count)
        has_earlier = is_cut or (since is not None and self._found.filter(self._until(since)).exists())
        return Stretch(kept[::-1], has_earlier, has_later=False)

    def oldest(self, *, since: TimelineEntry | None, until: TimelineEntry) -> Stretch:
        rows = self._found.filter(self._until(until, included=True))
        kept, is_cut = _some(rows if since is None else rows.filter(self._from(since)), MOST)
        has_earlier = since is not None and self._found.filter(self._until(since)).exists()
        return Stretch(kept, has_earlier, is_cut or self._found.filter(self._from(until, included=False)).exists())

    def before(self, entry: TimelineEntry, *, count: int) -> Stretch:
        kept, is_cut = _some(self._found.filter(self._until(entry)).reverse(), count)
        return Stretch(kept[::-1], is_cut, has_later=False)

    def rest(self, entry: TimelineEntry, *, count: int) -> Stretch:
        kept, is_cut = _some(self._found.filter(self._from(entry)), count)
        return Stretch(kept, has_earlier=False, has_later=is_cut)

    def after(self, entry: TimelineEntry, *, count: int) -> Stretch:
        kept, is_cut = _some(self._found.filter(self._from(entry, included=False)), count)
        return Stretch(kept, has_earlier=False, has_later=is_cut)

    def _from(self, entry: TimelineEntry, *, included: bool = True) -> Q:
        seq = Q(seq__gte=entry.seq) if included else Q(seq__gt=entry.seq)
        if not self._by_time:
            return seq
        # An index can use the first condition.
        at = entry.happened_at
        return Q(happened_at__gte=at) & (Q(happened_at__gt=at) | seq)

    def _until(self, entry: TimelineEntry, *, included: bool = False) -> Q:
        seq = Q(seq__lte=entry.seq) if included else Q(seq__lt=entry.seq)
        if not self._by_time:
            return seq
        at = entry.happened_at
        return Q(happened_at__lte=at) & (Q(happened_at__lt=at) | seq)


def _some(rows: QuerySet[TimelineEntry], count: int) -> tuple[list[TimelineEntry], bool]:
    """Return as many of the first rows as fit, at least one, and whether there are more."""
    read = list(rows[: count + 1])
    letters, most = 0, LETTERS_OF_A_PAGE if count <= PAGE else LETTERS_AT_MOST
    for fitting, entry in enumerate(read[:count]):
        letters += _letters([entry])
        if fitting and letters > most:
            return read[:fitting], True
    return read[:count], len(read) > count


def _letters(entries: Sequence[TimelineEntry]) -> int:
    return sum(max(len(entry.text), len(entry.html)) for entry in entries)

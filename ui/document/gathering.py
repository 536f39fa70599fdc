"""Gather everything that the page of an incident shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from incidents import drawn, queries, redaction, stretches
from incidents.access import shares_what_they_see
from incidents.models import Action, Incident, Link, Participant, Status
from incidents.queries import FieldLine, Insider, Neighbour
from incidents.stretches import Place, Stretch
from people.models import Person
from ui.document.lines import Day, Line, Reader, by_day
from ui.document.lists import SHOWN, Shown, named_insiders

TROUBLE_STANDS = timedelta(hours=1)


@dataclass(frozen=True)
class Document:
    incident: Incident
    now: datetime
    lead: Person | None
    days: list[Day]
    stretch: Stretch
    latest: Line | None
    participants: Shown[Participant]
    insiders: Shown[Insider]
    actions: Shown[Action]
    redactable_actions: set[int]
    links: Shown[Link]
    has_channel: bool
    channel_is_coming: bool
    update: Line | None
    troubles: list[Line]
    fields: list[FieldLine]
    merged_into: Neighbour | None
    merged_here: Shown[Neighbour]
    shows_everything: bool
    freshness: queries.Freshness
    may_share: bool  # whether the viewer may change who sees it

    @property
    def working_statuses(self) -> list[Status]:
        return list(Status.working())

    @property
    def is_long(self) -> bool:
        """Say whether some entries are not on the page, so that a link to one must name it to the server."""
        return self.stretch.has_earlier or self.stretch.has_later

    @property
    def window(self) -> str:
        """Return the parameters by which the page asks for the same entries again."""
        place = self.stretch.place
        asked = {"first": place.first, "last": place.last, "timeline": "all" if self.shows_everything else None}
        return urlencode({name: value for name, value in asked.items() if value is not None})

    @property
    def most_at_once(self) -> str:
        return f"{stretches.MOST:,}"

    @property
    def first_seq(self) -> int:
        return self.stretch.entries[0].seq

    @property
    def last_seq(self) -> int:
        return self.stretch.entries[-1].seq


def gather(incident: Incident, *, viewer: Person, everything: bool, place: Place, now: datetime) -> Document:
    """Collect the page of `incident`: the timeline as people tell it, or `everything` as it was recorded."""
    # Asked first: what is counted meanwhile is then news to the page.
    freshness = queries.Freshness(incident.version, queries.message_count(incident))
    actions = Shown.of(queries.actions(incident))
    found = queries.history(incident) if everything else queries.timeline(incident)
    stretch = stretches.read(incident, found, place)
    latest = found.reverse().first() if stretch.has_later else stretch.entries[-1] if stretch.entries else None
    update = queries.latest_update(incident)
    lead = incident.lead
    theirs = Reader.of(viewer, incident, stretch.entries, lead=lead)
    links = Shown.of(queries.links(incident))
    has_channel = any(link.kind == Link.CHANNEL for link in links) or (
        links.has_more and queries.links(incident).filter(kind=Link.CHANNEL).exists()
    )
    asked_for_channel = not has_channel and queries.channel_is_requested(incident)
    # A channel is missed until it comes; nothing reports that the others recovered.
    troubles = queries.troubles(incident, since=now - TROUBLE_STANDS, channel=not has_channel and not asked_for_channel)
    # Before some names are hidden from this reader: what is kept is for all.
    drawn.catch_up([incident, *actions, *theirs.pins.values(), *stretch.entries, *theirs.earlier_entries])
    queries.as_read_by(viewer, [*stretch.entries, *([latest] if latest else [])])
    return Document(
        incident=incident,
        now=now,
        lead=lead,
        days=by_day(theirs.line(entry, everything=everything) for entry in stretch.entries),
        stretch=stretch,
        latest=theirs.line(latest, everything=everything) if latest else None,
        participants=Shown.of(queries.participants(incident)),
        insiders=Shown.of_rows(named_insiders(incident, count=SHOWN + 1)),
        actions=actions,
        redactable_actions={each.pk for each in actions if redaction.may_redact_action(viewer, each)},
        links=links,
        has_channel=has_channel,
        channel_is_coming=asked_for_channel,
        update=theirs.line(update, everything=everything) if update else None,
        troubles=[theirs.line(each, everything=everything) for each in troubles],
        fields=queries.field_lines(incident),
        merged_into=queries.merged_into(viewer, incident),
        merged_here=Shown.of_rows(queries.merged_here(viewer, incident, count=SHOWN + 1)),
        shows_everything=everything,
        freshness=freshness,
        may_share=shares_what_they_see(viewer),
    )

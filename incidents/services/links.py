"""Note where something about an incident lives: its channel, a ticket, a call."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from django.db.models import Q

from incidents import entries, queries, vetoes
from incidents.errors import ChannelExists
from incidents.locking import lock
from incidents.models import Incident, Link, Pin
from incidents.recording import record
from people.actors import Actor, System, allowed_to_system
from people.errors import InvalidValue
from people.texts import one_line

BY_INTERFACE: Final = System("an interface's link")


@vetoes.change
@allowed_to_system
def request_channel(incident: Incident, *, by: Actor, at: datetime) -> None:
    """Ask for a channel of the incident's own. The chat door makes it and reports with `attach_link`."""
    lock(incident, by=by)
    if incident.links.filter(kind=Link.CHANNEL).exists():
        raise ChannelExists(f"{incident.reference} already has a channel.")
    if queries.channel_is_requested(incident):
        raise ChannelExists(f"The channel of {incident.reference} is already being created.")
    record(incident, entries.ChannelRequested(), by=by, at=at)


@vetoes.change
@allowed_to_system
def attach_link(incident: Incident, *, kind: str, label: str, url: str, at: datetime, by: Actor = BY_INTERFACE) -> None:
    """Note where something about the incident lives. Attaching the same link again does nothing."""
    lock(incident, by=by)
    _check_url(url)
    label = one_line(label)[: Link.LABEL_MAX]
    if Link.objects.filter(incident=incident, kind=kind, url=url).exists():
        return
    Link.objects.create(incident=incident, kind=kind, url=url, label=label, added_at=at)
    record(incident, entries.LinkAdded(link_kind=kind, link_label=label, url=url), by=by, at=at)


@vetoes.change
def relabel_link(incident: Incident, *, kind: str, url: str, label: str) -> None:
    """Follow what a linked thing is called now. Writes no history: nothing happened to the incident."""
    lock(incident, by=BY_INTERFACE)
    Link.objects.filter(incident=incident, kind=kind, url=url).update(label=one_line(label)[: Link.LABEL_MAX])


@vetoes.change
def readdress_links(*, old: str, new: str) -> None:
    """Follow what an address that begins with `old` begins with now, in all incidents. Writes no history.

    Entries of the timeline that name such a link are the same entries: they lead where they led before.
    """
    old_id, new_id = old.rpartition("/")[2], new.rpartition("/")[2]
    links = Link.objects.filter(Q(url=old) | Q(url__startswith=f"{old}/"))
    by_source = Pin.objects.filter(source__startswith=f"{old_id}:")
    by_permalink = Pin.objects.filter(permalink__startswith=f"{old}/")
    concerned = {pk for rows in (links, by_source, by_permalink) for pk in rows.values_list("incident", flat=True)}
    for incident in Incident.objects.filter(pk__in=concerned).order_by("pk"):
        lock(incident, by=BY_INTERFACE)
    for link in links:
        Link.objects.filter(pk=link.pk).update(url=new + link.url.removeprefix(old))
    for pin in by_source:
        Pin.objects.filter(pk=pin.pk).update(source=new_id + pin.source.removeprefix(old_id))
    for pin in by_permalink:
        Pin.objects.filter(pk=pin.pk).update(permalink=new + pin.permalink.removeprefix(old))


@vetoes.change
def detach_link(incident: Incident, *, kind: str, url: str) -> None:
    """Forget the address of something that is no more. Writes no history: what became of it is told apart."""
    lock(incident, by=BY_INTERFACE)
    Link.objects.filter(incident=incident, kind=kind, url=url).delete()


def relabel_links(*, kind: str, under: str, label: str) -> None:
    """Do the same for the links of all incidents whose addresses begin with `under`, at once."""
    Link.objects.filter(kind=kind, url__startswith=f"{under}/").update(label=one_line(label)[: Link.LABEL_MAX])


@vetoes.change
def replace_link(incident: Incident, *, kind: str, old_url: str, url: str, label: str, at: datetime) -> None:
    """Note that something about the incident lives elsewhere now; the timeline tells only of the new place."""
    lock(incident, by=BY_INTERFACE)
    Link.objects.filter(incident=incident, kind=kind, url=old_url).delete()
    attach_link(incident, kind=kind, label=label, url=url, at=at)


def _check_url(url: str) -> None:
    # People click on it: javascript: and the like would run in their browser.
    if not re.fullmatch(r"https?://[^\s<>]+", url):
        raise InvalidValue("A link starts with https:// and has no spaces.", field="url")
    if len(url) > Link.URL_MAX:
        raise InvalidValue(f"The link is too long: {len(url)} characters, at most {Link.URL_MAX}.", field="url")

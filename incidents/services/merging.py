"""Merge an incident into another one, and reopen it."""

from __future__ import annotations

from datetime import datetime

from incidents import access, entries, vetoes
from incidents.errors import NotResolved
from incidents.locking import lock
from incidents.models import Incident, Status
from incidents.recording import record
from incidents.services.applying import apply_status
from incidents.services.checking import check_open
from incidents.services.wording import in_words
from people.actors import Actor, System
from people.errors import InvalidValue, Unchanged, WrongState
from people.models import Person


@vetoes.change
def merge_incident(incident: Incident, *, into: Incident, by: Person, at: datetime) -> None:
    """Say that it is the same trouble as `into`, where people go on.

    Each timeline names the other incident by its reference alone, because its readers may not be allowed to see the
    other's title.
    """
    if incident.pk == into.pk:
        raise InvalidValue(f"{incident.reference} can't be merged into itself.", field="into")
    _lock_both(incident, into, by=by)
    if incident.merged_into == into:
        raise Unchanged(f"{incident.reference} is already merged into {into.reference}.")
    check_open(incident, then="merge it")
    if into.merged_into == incident:
        raise WrongState(f"{into.reference} was merged into this one. Reopen {into.reference} first.")
    if into.merged_into is not None:
        if not access.may(by, access.SEE, into.merged_into):
            raise WrongState(f"{into.reference} was merged into a private incident. Choose another incident.")
        further = into.merged_into.reference
        raise WrongState(
            f"{into.reference} was merged into {further}. Merge {incident.reference} into {further} instead."
        )
    check_open(into, then=f"merge {incident.reference} into it")
    apply_status(incident, Status.MERGED, by=by, at=at, into=into)
    entry = entries.MergedHere(incident=incident.number, reference=incident.reference)
    record(into, entry, by=by, at=at)


@vetoes.change
def reopen_incident(incident: Incident, *, by: Person, at: datetime) -> None:
    """Go on with one that was resolved, canceled or merged."""
    into = Incident.objects.filter(merged_here=incident.pk).first()
    if into is None:
        lock(incident, by=by)
    else:
        # They need not see where it went on: that it no longer does is news there as well.
        _lock_both(incident, into, by=System("an undone merge"))
        access.check(by, access.CHANGE, incident)
    if incident.is_open:
        raise NotResolved(f"{incident.reference} is {in_words(Status(incident.status))}, not resolved.")
    if incident.merged_into != into:
        raise WrongState(f"{incident.reference} was just merged. Reload the page and try again.")
    apply_status(incident, Status.INVESTIGATING, by=by, at=at)
    if into is not None:
        entry = entries.MergeUndone(incident=incident.number, reference=incident.reference)
        record(into, entry, by=by, at=at)


def _lock_both(one: Incident, other: Incident, *, by: Actor) -> None:
    # Always in the same order: two merges that meet must not wait for each other. When one of them was changed earlier
    # in the same transaction, by a message with several commands, the database ends one, and a worker runs it again.
    for incident in sorted((one, other), key=lambda each: each.pk):
        lock(incident, by=by)

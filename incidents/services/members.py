"""Let people see a private incident, and end their access."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from incidents import access, entries, vetoes
from incidents.locking import lock
from incidents.models import Incident, Member
from incidents.recording import record
from incidents.services.checking import check_can
from people.actors import System
from people.errors import Unchanged, WrongState
from people.models import Person

BY_CHANNEL: Final = System("a channel's members")


@vetoes.change
def invite_member(incident: Incident, *, person: Person, by: Person, at: datetime) -> None:
    """Let `person` see the incident, also if it is private or they are a guest. Inviting somebody again does nothing.

    Raise `InvalidValue` for bots and deactivated people.
    """
    lock(incident, by=by)
    check_can(person, "be invited", field="people")
    saw_it = access.may(person, access.SEE, incident)
    if invite(incident, person, by=by, at=at) and not saw_it:
        record(incident, entries.MemberInvited(person=person.pk, name=str(person)), by=by, at=at)


def invite(incident: Incident, person: Person, *, by: Person, at: datetime) -> bool:
    _, is_new = Member.objects.get_or_create(incident=incident, person=person, defaults={"invited_by": by, "since": at})
    return is_new


@vetoes.change
def admit_from_channel(incident: Incident, *, person: Person, at: datetime) -> None:
    """Note that `person` is in the channel whose members belong to the incident. Noting it again does nothing."""
    if Member.objects.filter(incident=incident, person=person, is_in_channel=True).exists():
        return
    lock(incident, by=BY_CHANNEL)
    saw_it = access.may(person, access.SEE, incident)
    Member.objects.update_or_create(
        incident=incident,
        person=person,
        defaults={"is_in_channel": True},
        create_defaults={"is_in_channel": True, "since": at},
    )
    if not saw_it:
        which = "private channel" if incident.private else "channel"
        how = f"joined the {which} and can now see this incident"
        entry = entries.MemberInvited(person=person.pk, name=str(person), how=how)
        record(incident, entry, by=BY_CHANNEL, at=at)


@vetoes.change
def remove_member(incident: Incident, *, person: Person, at: datetime) -> None:
    """Note that `person` left the channel, or was removed: their invitation ends too. A role of theirs stays."""
    is_member = Member.objects.filter(incident=incident, person=person).exists()
    if not is_member and not incident.participants.filter(person=person, left_at=None).exists():
        return
    # The lock first: somebody who has it may be about to write to the same participant.
    lock(incident, by=BY_CHANNEL)
    _note_left(incident, person, at=at)
    if not Member.objects.filter(incident=incident, person=person).exists():
        return
    Member.objects.filter(incident=incident, person=person).delete()
    if incident.private and not access.may(person, access.SEE, incident):
        how = "left the channel and no longer has access"
        entry = entries.MemberRemoved(person=person.pk, name=str(person), how=how)
        record(incident, entry, by=BY_CHANNEL, at=at)


def _note_left(incident: Incident, person: Person, *, at: datetime) -> None:
    """Note that somebody does not take part any more: when the incident becomes private, they stay outside."""
    incident.participants.filter(person=person, left_at=None).update(left_at=at)


@vetoes.change
def expel_member(incident: Incident, *, person: Person, by: Person, at: datetime) -> None:
    """End an invitation because another member wishes it; the chat interface removes `person` from the channel.

    Raise `WrongState` for the reporter, for people with a role and, of a public incident, for all but guests: the
    incident exists for them in any case.
    """
    lock(incident, by=by)
    if person != by:
        access.check(by, access.SHARE, incident)
    if not incident.private and not person.is_guest:
        raise WrongState(f"{incident.reference} is visible to everyone, so only guests can be removed from it.")
    if incident.reporter_id == person.pk:
        raise WrongState(f"{person} reported {incident.reference} and can always see it.")
    if incident.role_assignments.filter(person=person, ended_at=None).exists():
        raise WrongState(f"{person} has a role in {incident.reference}. Give the role to somebody else first.")
    deleted, _ = Member.objects.filter(incident=incident, person=person).delete()
    if not deleted:
        raise Unchanged(f"{person} can't see {incident.reference}.")
    _note_left(incident, person, at=at)
    record(incident, entries.MemberRemoved(person=person.pk, name=str(person)), by=by, at=at)

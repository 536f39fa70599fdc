"""An incident to which everything happens: its timeline has an entry of every kind but redactions."""

from __future__ import annotations

from incidents import corrections, services
from incidents.models import EntryKind, Incident, Kind, Role, Status
from people.models import Person
from tests.incidents.world import after, declared, entries, person, severity


def everything(ada: Person, grace: Person, *, scribe: Role) -> Incident:
    """Call each service, as `ada`. There is a custom field "region" of the kind text."""
    incident = declared(ada, lead=ada)
    services.rename_incident(incident, to="Payments", by=ada, at=after(1))
    services.write_summary(incident, text="Deploy", by=ada, at=after(2))
    services.write_impact(incident, text="Europe", by=ada, at=after(3))
    services.set_severity(incident, to=severity("minor"), by=ada, at=after(4))
    services.set_severity(incident, to=severity("major"), by=ada, at=after(5))
    services.change_kind(incident, to=Kind.DRILL, by=ada, at=after(6))
    services.correct_start(incident, to=after(-30), by=ada, at=after(7))
    services.change_status(incident, to=Status.IDENTIFIED, by=ada, at=after(8))
    services.assign_lead(incident, to=grace, by=ada, at=after(9))
    services.remove_lead(incident, by=ada, at=after(10))
    services.request_channel(incident, by=ada, at=after(11))
    services.attach_link(incident, kind="channel", label="#inc-1", url="https://example.com/C1", at=after(12))
    services.add_pin(incident, source="C1:1", text="Fire", author=ada, said_at=after(1), by=ada, at=after(13))
    services.remove_pin(incident, source="C1:1", by=ada, at=after(14))
    services.add_note(incident, text="Note", by=ada, at=after(15))
    action = services.add_action(incident, text="Index", by=ada, at=after(16))
    services.complete_action(incident, action=action, by=ada, at=after(17))
    services.resolve_incident(incident, by=ada, at=after(18))
    services.reopen_incident(incident, by=ada, at=after(19))
    linus = person("Linus Torvalds")
    services.record_participation(incident, person=linus, at=after(20))
    services.record_trouble(incident, with_="channel", text="The channel could not be made.", at=after(21))
    services.assign_role(incident, role=scribe, to=linus, by=ada, at=after(22))
    services.remove_role(incident, role=scribe, by=ada, at=after(23))
    services.make_private(incident, by=ada, at=after(24))
    radia = person("Radia Perlman")
    services.invite_member(incident, person=radia, by=ada, at=after(24))
    services.remove_member(incident, person=radia, at=after(24))
    services.make_public(incident, by=ada, at=after(25))
    services.post_update(incident, text="Nearly there", by=ada, at=after(26))
    services.add_pin(incident, source="C1:1", text="Fire", author=ada, said_at=after(1), by=ada, at=after(27))
    services.change_pin(incident, source="C1:1", text="Fire!", by=ada, at=after(28))
    services.set_field(incident, name="region", value="Europe", by=ada, at=after(29))
    services.cancel_incident(incident, by=ada, at=after(30))
    services.reopen_incident(incident, by=ada, at=after(31))
    other = declared(ada)
    services.merge_incident(other, into=incident, by=ada, at=after(32))
    services.reopen_incident(other, by=ada, at=after(33))
    services.merge_incident(incident, into=other, by=ada, at=after(34))
    note = next(entry for entry in entries(incident) if entry.kind == EntryKind.NOTE_ADDED)
    corrections.correct_note(incident, note=note, text="Right", by=ada, at=after(34))
    corrections.withdraw_note(incident, note=note, by=ada, at=after(34))
    return incident

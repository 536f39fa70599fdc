"""Everything that can happen to an incident: one function per change, for every door.

Each function is one transaction: it locks the incident, checks the rules, saves, and writes one timeline entry per
change, numbered by `Incident.version`. Times are aware datetimes; `at` is when the door heard of it. All of them raise
`IncidentError` when they refuse, and then nothing has changed. The `incident` passed in is fresh afterwards.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict

from django.db.models import F, Q
from django.db.models.functions import Greatest, Least

from incidents import access, emoji, fields, news, queries, times, vetoes
from incidents.access import Act
from incidents.errors import (
    AlreadyResolved,
    ChannelExists,
    Conflict,
    InvalidValue,
    NotFound,
    NotResolved,
    Unchanged,
    WrongState,
)
from incidents.fields import CustomField, FieldKind, Required
from incidents.locking import lock
from incidents.models import (
    Action,
    Counter,
    EntryKind,
    Incident,
    Kind,
    Link,
    Member,
    Participant,
    Person,
    Pin,
    Role,
    RoleAssignment,
    Severity,
    Status,
    TimelineEntry,
)
from incidents.texts import can_be_seen, cleaned, in_markdown, link_in_markdown, one_line, typed_length

FIELD_WORDS = 200
DEPARTURE = "departure"  # what a trouble is with when somebody was deactivated who is needed


class Edits(TypedDict, total=False):
    """What a form wants an incident to say. A field that is absent, or None, is left alone."""

    title: str
    summary: str
    impact: str
    severity: Severity | None
    kind: Kind
    status: Status
    lead: Person | None
    started_at: datetime | None
    fields: Mapping[str, Any]  # the custom ones by name; here None empties a field


# Declaring ------------------------------------------------------------------------------------------------------------


@vetoes.change
def declare_incident(
    *,
    title: str,
    reporter: Person,
    at: datetime,
    summary: str = "",
    impact: str = "",
    severity: Severity | None = None,
    lead: Person | None = None,
    kind: Kind = Kind.LIVE,
    started_at: datetime | None = None,
    private: bool = False,
    fields: Mapping[str, Any] | None = None,
) -> Incident:
    """Open an incident and give it the next number. It starts at `started_at`, or now.

    `fields` are its custom fields by name. Those that are not in it begin with their defaults.
    """
    access.check(reporter, Act.DECLARE)
    started_at = times.checked(started_at or at, field="started_at")
    _check_started_at(started_at, at=at)
    title = _normal_title(title)
    _check_title(title)
    if severity is not None:
        _check_severity(severity)
    if lead is not None:
        _check_can(lead, "lead", field="lead")
    incident = Incident(
        title=title,
        summary=_checked_text(summary, field="summary"),
        impact=_checked_text(impact, field="impact"),
        kind=kind,
        private=private,
        reporter=reporter,
        started_at=started_at,
        reported_at=at,
    )
    said = _declared_fields(incident, fields or {})
    incident.number = _next_number()
    incident.version = 1
    incident.save()
    _join(incident, reporter, at=at, messages=0)
    _write_entry(
        incident,
        EntryKind.OPENED,
        _declared_sentence(incident),
        by=reporter,
        at=at,
        data={
            "title": incident.title,
            "summary": incident.summary,
            "impact": incident.impact,
            "severity": None,  # a separate entry follows, as for the lead
            "kind": incident.kind,
            "status": incident.status,
            "private": incident.private,
            "started_at": started_at.isoformat(),
            "fields": dict(incident.field_values),
        },
    )
    with vetoes.unasked():
        if severity is not None:
            _apply_severity(incident, severity, by=reporter, at=at)
        if lead is not None:
            _apply_lead(incident, lead, by=reporter, at=at)
        for name, value in said.items():
            _apply_field(incident, name, value, by=reporter, at=at)
    return incident


def _declared_fields(incident: Incident, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Let the fields begin with their defaults, and return what the reporter says otherwise, checked."""
    known = fields.registry.all()
    incident.field_values = {field.name: field.default for field in known if field.default is not None}
    said = {name: _normal(incident, fields.key(name), value) for name, value in wanted.items()}
    for field in known:
        value = said.get(field.name, field.default)
        if value is None and field.required == Required.DECLARING:
            raise InvalidValue(f"“{field.label}” must be said when declaring.", field=field.key)
    for name, value in said.items():
        _check_person(name, value)
    return {name: value for name, value in said.items() if value != incident.field_values.get(name)}


def _declared_sentence(incident: Incident) -> str:
    """Name the choices that get no separate entry; for an ordinary live incident, that is only the title."""
    chosen = ["private"] if incident.private else []
    chosen += [] if incident.kind == Kind.LIVE else [_words(Kind(incident.kind)).removeprefix("a ")]
    how = f" ({', '.join(chosen)})" if chosen else ""
    return f"Declared {incident.reference}{how}: {in_markdown(incident.title)}"


def _next_number() -> int:
    counter, _ = Counter.objects.select_for_update().get_or_create(name="incident")
    counter.value += 1
    counter.save(update_fields=["value"])
    return counter.value


# Editing --------------------------------------------------------------------------------------------------------------


def fingerprint(incident: Incident) -> dict[str, str]:
    """What the incident's editable fields say now, eight characters each, for a form to bring back as `seen`."""
    names = [*_APPLY, *(field.key for field in fields.registry.all())]
    return {field: _digest(_present(incident, field)) for field in names}


@vetoes.change
def edit_incident(incident: Incident, *, wanted: Edits, seen: Mapping[str, str], by: Person, at: datetime) -> list[str]:
    """Make a form's changes and return the names of the fields that changed.

    `seen` is the `fingerprint` of when the form was opened. Fields that the writer left as they were are not written,
    so nobody's newer words are undone; a field that both changed raises `Conflict`.
    """
    lock(incident, by=by)
    changes = _changes(incident, wanted=wanted, seen=seen)
    for field, value in changes.items():
        _check(incident, field, value, at=at, coming=changes)
    for field, value in changes.items():
        _apply(incident, field, value, by=by, at=at)
    return list(changes)


def _changes(incident: Incident, *, wanted: Edits, seen: Mapping[str, str]) -> dict[str, Any]:
    """Return what the writer wrote that the incident does not say yet, by field."""
    changes = {}
    for field, value in _by_key(wanted).items():
        value = _normal(incident, field, value)
        present = _present(incident, field)
        untouched = _digest(value) == seen.get(field)
        if untouched or _digest(value) == _digest(present):
            continue
        if field in seen and _digest(present) != seen[field]:
            now = _said(incident, field)
            raise Conflict(
                f"Somebody changed the {_name(field)} while you were writing. It now says: {now or 'nothing'}",
                field=field,
                current=now,
            )
        changes[field] = value
    return changes


def _by_key(wanted: Edits) -> dict[str, Any]:
    """Return all that is to be said, custom fields by their keys, and first: closing may need them."""
    custom = {fields.key(name): value for name, value in wanted.get("fields", {}).items()}
    return custom | {field: value for field, value in wanted.items() if field != "fields" and value is not None}


@vetoes.change
def set_field(incident: Incident, *, name: str, value: Any, by: Person, at: datetime) -> None:
    """Say something in a custom field; None empties it."""
    _change(incident, fields.key(name), value, by=by, at=at)


@vetoes.change
def rename_incident(incident: Incident, *, to: str, by: Person, at: datetime) -> None:
    _change(incident, "title", to, by=by, at=at)


@vetoes.change
def write_summary(incident: Incident, *, text: str, by: Person, at: datetime) -> None:
    _change(incident, "summary", text, by=by, at=at)


@vetoes.change
def write_impact(incident: Incident, *, text: str, by: Person, at: datetime) -> None:
    _change(incident, "impact", text, by=by, at=at)


@vetoes.change
def set_severity(incident: Incident, *, to: Severity, by: Person, at: datetime) -> None:
    _change(incident, "severity", to, by=by, at=at)


@vetoes.change
def change_kind(incident: Incident, *, to: Kind, by: Person, at: datetime) -> None:
    _change(incident, "kind", to, by=by, at=at)


@vetoes.change
def correct_start(incident: Incident, *, to: datetime, by: Person, at: datetime) -> None:
    """Say when the trouble really began."""
    _change(incident, "started_at", to, by=by, at=at)


@vetoes.change
def assign_lead(incident: Incident, *, to: Person, by: Person, at: datetime) -> None:
    """Make `to` the lead; whoever led before hands over."""
    _change(incident, "lead", to, by=by, at=at)


@vetoes.change
def take_lead(incident: Incident, *, by: Person, at: datetime) -> None:
    """Make `by` the lead of an open incident that has none, or whose lead was deactivated.

    Raise `WrongState` when somebody leads: two people may take it at the same moment, and neither removes the other.
    """
    lock(incident, by=by)
    _check_open(incident, then="take the lead")
    if incident.active_lead not in (None, by):
        raise WrongState(f"{incident.lead} already leads {incident.reference}. To take over, use `@incident lead me`.")
    assign_lead(incident, to=by, by=by, at=at)


@vetoes.change
def remove_lead(incident: Incident, *, by: Person, at: datetime) -> None:
    lock(incident, by=by)
    lead = incident.lead
    if lead is None:
        raise Unchanged(f"{incident.reference} has no lead.")
    _end_lead(incident, at=at)
    _record(incident, EntryKind.LEAD_REMOVED, f"{_plain(lead)} no longer leads", by=by, at=at, data={"lead": None})


def _change(incident: Incident, field: str, value: Any, *, by: Person, at: datetime) -> None:
    lock(incident, by=by)
    value = _normal(incident, field, value)
    if _digest(value) == _digest(_present(incident, field)):
        raise Unchanged(_unchanged_sentence(incident, field))
    _check(incident, field, value, at=at, coming={})
    _apply(incident, field, value, by=by, at=at)


def _unchanged_sentence(incident: Incident, field: str) -> str:
    present = _present(incident, field)
    match field:
        case "lead":
            return f"{present} already leads {incident.reference}."
        case "severity" | "status" | "kind":
            return f"{incident.reference} is already {_words(present)}."
        case _:
            return f"The {_name(field)} of {incident.reference} already says that."


def _name(field: str) -> str:
    name = fields.name_of(field)
    if name is not None:
        return f"“{fields.registry.get(name).label}”"
    return {"started_at": "start time"}.get(field, field)


# Life cycle -----------------------------------------------------------------------------------------------------------


@vetoes.change
def change_status(incident: Incident, *, to: Status, by: Person, at: datetime) -> None:
    """Move between the working states, resolve, or (from a resolved one) reopen."""
    _change(incident, "status", to, by=by, at=at)


@vetoes.change
def resolve_incident(
    incident: Incident,
    *,
    by: Person,
    at: datetime,
    final_update: str = "",
    answers: Mapping[str, Any] | None = None,
) -> None:
    """End it. A `final_update` is posted first, and `answers` are written: custom fields by name."""
    lock(incident, by=by)
    if incident.is_resolved:
        raise AlreadyResolved(f"{incident.reference} is already resolved.")
    said = {fields.key(name): value for name, value in (answers or {}).items()}
    said = {key: _normal(incident, key, value) for key, value in said.items()}
    for key, value in said.items():
        _check(incident, key, value, at=at, coming=said)
    _check_status(incident, Status.RESOLVED, coming=said)
    for key, value in said.items():
        if value != _present(incident, key):
            _apply(incident, key, value, by=by, at=at)
    _post_final(incident, final_update, by=by, at=at)
    _apply_status(incident, Status.RESOLVED, by=by, at=at)


@vetoes.change
def cancel_incident(incident: Incident, *, by: Person, at: datetime, final_update: str = "") -> None:
    """Say that it was none: a false alarm, or declared by mistake. A `final_update` is posted first."""
    lock(incident, by=by)
    if incident.status == Status.CANCELED and not final_update:
        raise Unchanged(f"{incident.reference} is already canceled.")
    _check_open(incident, then="cancel it")
    _post_final(incident, final_update, by=by, at=at)
    _apply_status(incident, Status.CANCELED, by=by, at=at)


def _post_final(incident: Incident, text: str, *, by: Person, at: datetime) -> None:
    text = _checked_text(text, field="final_update")
    if text:
        _record(incident, EntryKind.UPDATE_POSTED, text, by=by, at=at, data={"final": True})


@vetoes.change
def merge_incident(incident: Incident, *, into: Incident, by: Person, at: datetime) -> None:
    """Say that it is the same trouble as `into`, where people go on.

    The timelines name each other by reference alone: who reads one may not be allowed to see the other's title.
    """
    if incident.pk == into.pk:
        raise InvalidValue(f"{incident.reference} cannot be merged into itself.", field="into")
    _lock_both(incident, into, by=by)
    if incident.merged_into == into:
        raise Unchanged(f"{incident.reference} is already merged into {into.reference}.")
    _check_open(incident, then="merge it")
    if into.merged_into == incident:
        raise WrongState(f"{into.reference} was merged into this one. Reopen {into.reference} first, then merge it.")
    if into.merged_into is not None:
        if not access.may(by, Act.SEE, into.merged_into):
            raise WrongState(f"{into.reference} is merged into a private incident itself, so nothing goes on there.")
        further = into.merged_into.reference
        raise WrongState(f"{into.reference} is merged into {further} itself. Merge {incident.reference} into that one.")
    _check_open(into, then=f"merge {incident.reference} into it")
    _apply_status(incident, Status.MERGED, by=by, at=at, into=into)
    text = f"{incident.reference} was merged into this incident"
    _record(into, EntryKind.MERGED_HERE, text, by=by, at=at, data={"incident": incident.number})


@vetoes.change
def reopen_incident(incident: Incident, *, by: Person, at: datetime) -> None:
    """Go on with one that was resolved, canceled or merged."""
    into = Incident.objects.filter(merged_here=incident.pk).first()
    if into is None:
        lock(incident, by=by)
    else:
        # They need not see where it went on: that it no longer does is news there as well.
        _lock_both(incident, into, by=None)
        access.check(by, Act.CHANGE, incident)
    if incident.is_open:
        raise NotResolved(f"{incident.reference} is {_words(Status(incident.status))}, not resolved.")
    if incident.merged_into != into:
        raise WrongState(f"{incident.reference} was merged at this very moment. Look where, and try again.")
    _apply_status(incident, Status.INVESTIGATING, by=by, at=at)
    if into is not None:
        text = f"{incident.reference} was reopened as a separate incident"
        _record(into, EntryKind.MERGE_UNDONE, text, by=by, at=at, data={"incident": incident.number})


def _check_open(incident: Incident, *, then: str) -> None:
    if not incident.is_open:
        present = _words(Status(incident.status))
        raise WrongState(f"{incident.reference} is {present}. Reopen it first, then {then}.")


# Around the incident --------------------------------------------------------------------------------------------------


@vetoes.change
def request_channel(incident: Incident, *, by: Person | None, at: datetime) -> None:
    """Ask for a channel of the incident's own. The chat door makes it and reports with `attach_link`."""
    lock(incident, by=by)
    if incident.links.filter(kind=Link.CHANNEL).exists():
        raise ChannelExists(f"{incident.reference} already has a channel.")
    if queries.channel_is_requested(incident):
        raise ChannelExists(f"The channel of {incident.reference} is already being made.")
    _record(incident, EntryKind.CHANNEL_REQUESTED, "Asked for a channel", by=by, at=at, data={})


@vetoes.change
def attach_link(incident: Incident, *, kind: str, label: str, url: str, at: datetime, by: Person | None = None) -> None:
    """Note where something about the incident lives. Attaching the same link again does nothing."""
    lock(incident, by=by)
    _check_url(url)
    label = one_line(label)[: Link.LABEL_MAX]
    if Link.objects.filter(incident=incident, kind=kind, url=url).exists():
        return
    Link.objects.create(incident=incident, kind=kind, url=url, label=label, added_at=at)
    text = f"{kind.capitalize()}: {link_in_markdown(label, url)}"
    data = {"kind": kind, "label": label, "url": url}
    _record(incident, EntryKind.LINK_ADDED, text, by=by, at=at, data=data)


@vetoes.change
def relabel_link(incident: Incident, *, kind: str, url: str, label: str) -> None:
    """Follow what a linked thing is called now. Writes no history: nothing happened to the incident."""
    lock(incident, by=None)
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
        lock(incident, by=None)
    for link in links:
        Link.objects.filter(pk=link.pk).update(url=new + link.url.removeprefix(old))
    for pin in by_source:
        Pin.objects.filter(pk=pin.pk).update(source=new_id + pin.source.removeprefix(old_id))
    for pin in by_permalink:
        Pin.objects.filter(pk=pin.pk).update(permalink=new + pin.permalink.removeprefix(old))


@vetoes.change
def detach_link(incident: Incident, *, kind: str, url: str) -> None:
    """Forget the address of something that is no more. Writes no history: what became of it is told apart."""
    lock(incident, by=None)
    Link.objects.filter(incident=incident, kind=kind, url=url).delete()


def relabel_links(*, kind: str, under: str, label: str) -> None:
    """Do the same for the links of all incidents whose addresses begin with `under`, at once."""
    Link.objects.filter(kind=kind, url__startswith=f"{under}/").update(label=one_line(label)[: Link.LABEL_MAX])


@vetoes.change
def record_participation(incident: Incident, *, person: Person, at: datetime, messages: int = 0) -> None:
    """Note that `person` was there at `at` and said so many messages. Only the first time is told in the timeline.

    Nothing is noted of somebody who may not see the incident: being near it is no part in it.
    """
    if not access.may(person, Act.SEE, incident):
        return
    if _was_seen_again(incident, person, at=at, messages=messages):
        return  # nobody who writes meanwhile waits for a mere count
    lock(incident, by=None)
    if access.may(person, Act.SEE, incident) and _take_part(incident, person, at=at, messages=messages):
        data = {"person": person.pk}
        _record(incident, EntryKind.PARTICIPANT_JOINED, f"{_plain(person)} joined", by=person, at=at, data=data)


@vetoes.change
def add_pin(
    incident: Incident,
    *,
    source: str,
    text: str,
    author: Person | None,
    said_at: datetime,
    by: Person | None,
    at: datetime,
    author_name: str = "",
    permalink: str = "",
    files: list[dict[str, str]] | None = None,
    how: str = Pin.PINNED,
) -> None:
    """Keep a message for the timeline. A message that is pinned already, or was redacted, stays as it is.

    `author_name` is who said it where no person did: another program. `how` is one of `Pin`'s: a reaction, or a
    message's menu, pins nothing.
    """
    lock(incident, by=by)
    pin = Pin.objects.filter(incident=incident, source=source).first()
    if pin is not None and (pin.removed_at is None or pin.redacted_at is not None):
        return
    pin = pin or Pin(incident=incident, source=source)
    pin.text, pin.author, pin.said_at = cleaned(text), author, said_at
    pin.author_name = one_line(author_name)[: Pin.AUTHOR_NAME_MAX]
    pin.permalink, pin.files = permalink, [_cleaned_file(file) for file in files or []]
    pin.pinned_by, pin.pinned_at, pin.removed_at = by, at, None
    pin.save()
    data = {"pin": pin.pk, "source": source, "author": author.pk if author else None, "permalink": permalink}
    data["how"] = how
    data |= {"author_name": pin.author_name} if pin.author_name else {}
    _record(incident, EntryKind.PIN_ADDED, pin.text, by=by, at=at, happened_at=said_at, data=data)


def _cleaned_file(file: Mapping[str, str]) -> dict[str, str]:
    return {key: cleaned(value) for key, value in file.items()}


@vetoes.change
def remove_pin(incident: Incident, *, source: str, by: Person | None, at: datetime, was_deleted: bool = False) -> None:
    """Take a message off the page; history keeps it. One that is not pinned stays so."""
    lock(incident, by=by)
    pin = Pin.objects.filter(incident=incident, source=source, removed_at=None).first()
    if pin is None:
        return
    pin.removed_at = at
    pin.save(update_fields=["removed_at"])
    data = {"pin": pin.pk, "source": source}
    text = "A message was deleted, and left the timeline" if was_deleted else "Unpinned a message"
    _record(incident, EntryKind.PIN_REMOVED, text, by=by, at=at, data=data)


@vetoes.change
def change_pin(incident: Incident, *, source: str, text: str, by: Person | None, at: datetime) -> None:
    """Follow a later edit of a pinned message. One that is not pinned, was redacted, or says the same, stays."""
    lock(incident, by=by)
    pin = Pin.objects.filter(incident=incident, source=source, removed_at=None, redacted_at=None).first()
    text = cleaned(text)
    if pin is None or pin.text == text:
        return
    old, pin.text = pin.text, text
    pin.save(update_fields=["text"])
    data = {"pin": pin.pk, "source": source, "from": old}
    _record(incident, EntryKind.PIN_CHANGED, text, by=by, at=at, data=data)


@vetoes.change
def post_update(incident: Incident, *, text: str, by: Person, at: datetime) -> None:
    """Tell everybody how it stands. The newest update is what the headline shows. After the end it is a final one."""
    lock(incident, by=by)
    text = _checked_text(text, field="update")
    if not text:
        raise InvalidValue("Write how it stands.", field="update")
    data = {} if incident.is_open else {"final": True}
    _record(incident, EntryKind.UPDATE_POSTED, text, by=by, at=at, data=data)


@vetoes.change
def assign_role(incident: Incident, *, role: Role, to: Person, by: Person, at: datetime) -> None:
    """Give somebody a role; whoever had it hands over. The lead is a role like the others."""
    if role.key == Role.LEAD:
        assign_lead(incident, to=to, by=by, at=at)
        return
    lock(incident, by=by)
    _check_can(to, f"be {role.name.lower()}", field="role")
    holders = incident.role_assignments.filter(role=role, ended_at=None)
    if holders.filter(person=to).exists():
        raise Unchanged(f"{to} already is {role.name.lower()} of {incident.reference}.")
    holders.update(ended_at=at)
    RoleAssignment.objects.create(incident=incident, role=role, person=to, assigned_at=at, assigned_by=by)
    _take_part(incident, to, at=at)
    text = f"{_plain(to)} is {in_markdown(role.name.lower())}"
    _record(incident, EntryKind.ROLE_ASSIGNED, text, by=by, at=at, data={"role": role.key, "person": to.pk})


@vetoes.change
def remove_role(incident: Incident, *, role: Role, by: Person, at: datetime) -> None:
    if role.key == Role.LEAD:
        remove_lead(incident, by=by, at=at)
        return
    lock(incident, by=by)
    if not incident.role_assignments.filter(role=role, ended_at=None).update(ended_at=at):
        raise Unchanged(f"Nobody is {role.name.lower()} of {incident.reference}.")
    text = f"Nobody is {in_markdown(role.name.lower())} any more"
    _record(incident, EntryKind.ROLE_REMOVED, text, by=by, at=at, data={"role": role.key, "person": None})


@vetoes.change
def make_private(
    incident: Incident,
    *,
    by: Person,
    at: datetime,
    members: Sequence[Person] | None = None,
    preselected: Collection[int] = (),
) -> None:
    """Hide it from everybody who does not belong to it: see `incidents.access`.

    It stays visible to its reporter, to the people with a role, to `by`, and to `members`, who are invited; by default
    to all `queries.people_inside`. `preselected` are the primary keys that a form offered as chosen: of these, somebody
    who left since is not invited. Raise `InvalidValue` when bots or deactivated people are among `members`.
    """
    lock(incident, by=by)
    access.check(by, Act.SHARE, incident)
    if incident.private:
        raise Unchanged(f"{incident.reference} is already private.")
    for person in members or []:
        _check_can(person, "be invited", field="people")
    chosen = _chosen_now(incident, members, preselected)
    incident.private = True
    incident.save(update_fields=["private"])
    # Somebody who was invited before and is not chosen now must not keep access by accident.
    incident.members.exclude(person__in=chosen).delete()
    for person in dict.fromkeys([by, *chosen]):
        _invite(incident, person, by=by, at=at)
    _take_part(incident, by, at=at)
    holders = incident.role_assignments.filter(ended_at=None).values("person")
    left_out = incident.participants.filter(left_at=None).exclude(person=incident.reporter)
    left_out.exclude(person__in=incident.members.values("person")).exclude(person__in=holders).update(left_at=at)
    data = {"private": True, "members": [person.pk for person in chosen]}
    _record(incident, EntryKind.MADE_PRIVATE, "Made private", by=by, at=at, data=data)


def _chosen_now(incident: Incident, members: Sequence[Person] | None, preselected: Collection[int]) -> list[Person]:
    if members is None:
        return queries.people_inside(incident)
    gone = set(preselected)
    if gone:
        gone -= {person.pk for person in queries.people_inside(incident)}
    return [person for person in members if person.pk not in gone]


@vetoes.change
def make_public(incident: Incident, *, by: Person, at: datetime) -> None:
    lock(incident, by=by)
    access.check(by, Act.SHARE, incident)
    if not incident.private:
        raise Unchanged(f"{incident.reference} is not private.")
    incident.private = False
    incident.save(update_fields=["private"])
    _record(incident, EntryKind.MADE_PUBLIC, "Made visible to everybody", by=by, at=at, data={"private": False})


@vetoes.change
def invite_member(incident: Incident, *, person: Person, by: Person, at: datetime) -> None:
    """Let `person` see the incident, also if it is private or they are a guest. Inviting somebody again does nothing.

    Raise `InvalidValue` for bots and deactivated people.
    """
    lock(incident, by=by)
    _check_can(person, "be invited", field="people")
    saw_it = access.may(person, Act.SEE, incident)
    if _invite(incident, person, by=by, at=at) and not saw_it:
        text = f"{_plain(person)} was invited"
        _record(incident, EntryKind.MEMBER_INVITED, text, by=by, at=at, data={"person": person.pk})


def _invite(incident: Incident, person: Person, *, by: Person, at: datetime) -> bool:
    _, is_new = Member.objects.get_or_create(incident=incident, person=person, defaults={"invited_by": by, "since": at})
    return is_new


@vetoes.change
def admit_from_channel(incident: Incident, *, person: Person, at: datetime) -> None:
    """Note that `person` is in the channel whose members belong to the incident. Noting it again does nothing."""
    if Member.objects.filter(incident=incident, person=person, is_in_channel=True).exists():
        return
    lock(incident, by=None)
    saw_it = access.may(person, Act.SEE, incident)
    Member.objects.update_or_create(
        incident=incident,
        person=person,
        defaults={"is_in_channel": True},
        create_defaults={"is_in_channel": True, "since": at},
    )
    if not saw_it:
        which = "private channel" if incident.private else "channel"
        text = f"{_plain(person)} joined the {which} and can now see this incident"
        data = {"person": person.pk}
        _record(incident, EntryKind.MEMBER_INVITED, text, by=None, at=at, data=data)


@vetoes.change
def remove_member(incident: Incident, *, person: Person, at: datetime) -> None:
    """Note that `person` left the channel, or was removed: their invitation ends too. A role of theirs stays."""
    is_member = Member.objects.filter(incident=incident, person=person).exists()
    if not is_member and not incident.participants.filter(person=person, left_at=None).exists():
        return
    # The lock first: somebody who has it may be about to write to the same participant.
    lock(incident, by=None)
    _note_left(incident, person, at=at)
    if not Member.objects.filter(incident=incident, person=person).exists():
        return
    Member.objects.filter(incident=incident, person=person).delete()
    if incident.private and not access.may(person, Act.SEE, incident):
        text, data = f"{_plain(person)} is no longer in the channel and lost access", {"person": person.pk}
        _record(incident, EntryKind.MEMBER_REMOVED, text, by=None, at=at, data=data)


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
        access.check(by, Act.SHARE, incident)
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
    text, data = f"{_plain(person)} was removed and no longer has access", {"person": person.pk}
    _record(incident, EntryKind.MEMBER_REMOVED, text, by=by, at=at, data=data)


@vetoes.change
def replace_link(incident: Incident, *, kind: str, old_url: str, url: str, label: str, at: datetime) -> None:
    """Note that something about the incident lives elsewhere now; the timeline tells only of the new place."""
    lock(incident, by=None)
    Link.objects.filter(incident=incident, kind=kind, url=old_url).delete()
    attach_link(incident, kind=kind, label=label, url=url, at=at)


@vetoes.change
def add_note(
    incident: Incident,
    *,
    text: str,
    by: Person,
    at: datetime,
    happened_at: datetime | None = None,
    source: str = "",
) -> None:
    """Write something into the timeline that happened at `happened_at`, or now.

    `source` names the message in which it was written, if it is to follow that message.
    """
    lock(incident, by=by)
    text = _checked_text(text, field="note")
    if not text:
        raise InvalidValue("Write what happened.", field="note")
    if happened_at is not None and times.checked(happened_at, field="happened_at") > at:
        raise InvalidValue("That time is in the future.", field="happened_at")
    data = {"source": source} if source else {}
    _record(incident, EntryKind.NOTE_ADDED, text, by=by, at=at, happened_at=happened_at, data=data)


@vetoes.change
def record_trouble(incident: Incident, *, with_: str, text: str, at: datetime) -> None:
    """Tell the people of the incident that something could not be done for them: `with_` names what, as "channel"."""
    lock(incident, by=None)
    _record(incident, EntryKind.TROUBLE, text, by=None, at=at, data={"with": with_})


@vetoes.change
def record_departure(person: Person, *, at: datetime) -> None:
    """Tell every open incident in which a person who was deactivated has a role, or owns open action items."""
    roles = Incident.objects.filter(role_assignments__person=person, role_assignments__ended_at=None)
    owned = Incident.objects.filter(actions__owner=person, actions__done_at=None)
    concerned = Incident.objects.filter(status__in=Status.working()).filter(Q(pk__in=roles) | Q(pk__in=owned))
    for incident in concerned.order_by("pk"):
        _tell_of_departure(incident, person, at=at)


def _tell_of_departure(incident: Incident, person: Person, *, at: datetime) -> None:
    lock(incident, by=None)
    held = incident.role_assignments.filter(person=person, ended_at=None).order_by("role__rank", "role__name")
    roles = [assignment.role for assignment in held]
    actions = incident.actions.filter(owner=person, done_at=None).count()
    if not incident.is_open or not (roles or actions):
        return
    has = [f"is still {role.name.lower()}" for role in roles]
    has += [f"owns {actions} open action item{'' if actions == 1 else 's'}"] if actions else []
    text = f"{_plain(person)} was deactivated, and {in_markdown(' and '.join(has))}"
    data = {"with": DEPARTURE, "person": person.pk, "roles": [role.key for role in roles], "actions": actions}
    _record(incident, EntryKind.TROUBLE, text, by=None, at=at, data=data)


@vetoes.change
def add_action(
    incident: Incident,
    *,
    text: str,
    by: Person,
    at: datetime,
    owner: Person | None = None,
    priority: Action.Priority = Action.Priority.NORMAL,
    type: Action.Type = Action.Type.FOLLOW_UP,
    due_at: datetime | None = None,
) -> Action:
    """Note a follow-up."""
    lock(incident, by=by)
    text = _checked_text(text, field="action")
    if not text:
        raise InvalidValue("Write what is to be done.", field="action")
    if owner is not None:
        _check_can(owner, "own an action", field="owner")
        if not access.may(owner, Act.SEE, incident):
            raise InvalidValue(f"{owner} can't see {incident.reference}. Invite them first.", field="owner")
    if due_at is not None:
        times.checked(due_at, field="due_at")
    action = Action.objects.create(
        incident=incident,
        text=text,
        owner=owner,
        priority=priority,
        type=type,
        due_at=due_at,
        created_by=by,
        created_at=at,
    )
    data = {
        "action": action.pk,
        "owner": owner.pk if owner else None,
        "priority": action.priority,
        "type": action.type,
        "due_at": due_at.isoformat() if due_at else None,
    }
    _record(incident, EntryKind.ACTION_ADDED, text, by=by, at=at, data=data)
    return action


@vetoes.change
def complete_action(incident: Incident, *, action: Action, by: Person, at: datetime) -> None:
    lock(incident, by=by)
    action.refresh_from_db()
    if action.incident_id != incident.pk:
        raise NotFound(f"{incident.reference} has no such action.")
    if action.done_at is not None:
        raise Unchanged("That action is already done.")
    action.done_at, action.done_by = at, by
    action.save(update_fields=["done_at", "done_by"])
    _record(incident, EntryKind.ACTION_COMPLETED, action.text, by=by, at=at, data={"action": action.pk})


def mark_projected(incident: Incident, *, version: int) -> None:
    """Note that followers have been told everything up to `version`. Writes no history: it is not news."""
    Incident.objects.filter(pk=incident.pk, projected_version__lt=version).update(projected_version=version)


# One field each, under the lock ---------------------------------------------------------------------------------------


def _apply_title(incident: Incident, value: str, *, by: Person, at: datetime) -> None:
    old, incident.title = incident.title, value
    data, text = {"title": value, "from": old}, f"Renamed to “{in_markdown(value)}”"
    _record(incident, EntryKind.TITLE_CHANGED, text, by=by, at=at, data=data, changed=["title"])


def _apply_summary(incident: Incident, value: str, *, by: Person, at: datetime) -> None:
    incident.summary = value
    data, text = {"summary": value}, value or "Cleared"
    _record(incident, EntryKind.SUMMARY_CHANGED, text, by=by, at=at, data=data, changed=["summary"])


def _apply_impact(incident: Incident, value: str, *, by: Person, at: datetime) -> None:
    incident.impact = value
    data, text = {"impact": value}, value or "Cleared"
    _record(incident, EntryKind.IMPACT_CHANGED, text, by=by, at=at, data=data, changed=["impact"])


def _apply_severity(incident: Incident, value: Severity, *, by: Person, at: datetime) -> None:
    old, incident.severity = incident.severity, value
    text = f"Severity changed from {_plain(old)} to {_plain(value)}" if old else f"Severity set to {_plain(value)}"
    data = {"severity": value.key, "from": old.key if old else None}
    _record(incident, EntryKind.SEVERITY_CHANGED, text, by=by, at=at, data=data, changed=["severity"])


def _apply_kind(incident: Incident, value: Kind, *, by: Person, at: datetime) -> None:
    old, incident.kind = incident.kind, value
    data, text = {"kind": value.value, "from": old}, f"Is now {_words(value)}"
    _record(incident, EntryKind.KIND_CHANGED, text, by=by, at=at, data=data, changed=["kind"])


def _apply_started_at(incident: Incident, value: datetime, *, by: Person, at: datetime) -> None:
    old, incident.started_at = incident.started_at, value
    data = {"started_at": value.isoformat(), "from": old.isoformat()}
    text = f"Began at {value:%Y-%m-%d %H:%M} UTC"
    _record(incident, EntryKind.STARTED_AT_CHANGED, text, by=by, at=at, data=data, changed=["started_at"])


def _apply_lead(incident: Incident, value: Person, *, by: Person, at: datetime) -> None:
    old = incident.lead
    _end_lead(incident, at=at)
    RoleAssignment.objects.create(
        incident=incident, role=Role.objects.get(key=Role.LEAD), person=value, assigned_at=at, assigned_by=by
    )
    _take_part(incident, value, at=at)
    text = f"{_plain(value)} took the lead" if by == value else f"{_plain(value)} leads"
    text = f"{text}, after {_plain(old)}" if old else text
    data = {"lead": value.pk, "from": old.pk if old else None}
    _record(incident, EntryKind.LEAD_ASSIGNED, text, by=by, at=at, data=data)


def _end_lead(incident: Incident, *, at: datetime) -> None:
    incident.role_assignments.filter(role__key=Role.LEAD, ended_at=None).update(ended_at=at)


def _apply_status(incident: Incident, value: Status, *, by: Person, at: datetime, into: Incident | None = None) -> None:
    old, incident.status = Status(incident.status), value
    was_merged, incident.merged_into = incident.merged_into is not None, into
    incident.resolved_at = at if value == Status.RESOLVED else None
    incident.set_aside_at = at if value in Status.set_aside() else None
    if value in (Status.MONITORING, Status.RESOLVED):
        incident.mitigated_at = incident.mitigated_at or at
    else:
        incident.mitigated_at = None
    data: dict[str, Any] = {"status": value.value, "from": old.value}
    if into is not None or was_merged:
        data["merged_into"] = into.number if into else None
    kind, text = EntryKind.STATUS_CHANGED, f"Status changed from {_words(old)} to {_words(value)}"
    if into is not None:
        kind, text = EntryKind.MERGED, f"Merged into {into.reference}"
    elif value not in Status.working():
        kind, text = EntryKind(value.value), value.label
    elif old not in Status.working():
        kind, text = EntryKind.REOPENED, "Reopened"
    changed = ["status", "resolved_at", "set_aside_at", "merged_into", "mitigated_at"]
    _record(incident, kind, text, by=by, at=at, data=data, changed=changed)


def _apply_field(incident: Incident, name: str, value: Any, *, by: Person, at: datetime) -> None:
    field = fields.registry.get(name)
    old, before = incident.field_values.get(name), _words_in_markdown(field, incident.field_values.get(name))
    said = {key: kept for key, kept in incident.field_values.items() if key != name}
    incident.field_values = said if value is None else said | {name: value}
    now, label = _words_in_markdown(field, value), f"“{in_markdown(field.label)}”"
    if value is None:
        text = f"{label} emptied; it said {before}"
    else:
        text = f"{label} changed from {before} to {now}" if old is not None else f"{label} set to {now}"
    if value is not None and field.kind == FieldKind.PARAGRAPH:
        text = f"{label} now says:\n\n{value}"
    data = {"field": name, "label": field.label, "field_kind": field.kind.value, "value": value, "from": old}
    _record(incident, EntryKind.FIELD_CHANGED, text, by=by, at=at, data=data, changed=["field_values"])


def _apply(incident: Incident, field: str, value: Any, *, by: Person, at: datetime) -> None:
    name = fields.name_of(field)
    if name is not None:
        _apply_field(incident, name, value, by=by, at=at)
    else:
        _APPLY[field](incident, value, by=by, at=at)


_APPLY: Mapping[str, Any] = {
    "title": _apply_title,
    "summary": _apply_summary,
    "impact": _apply_impact,
    "severity": _apply_severity,
    "kind": _apply_kind,
    "started_at": _apply_started_at,
    "lead": _apply_lead,
    "status": _apply_status,
}


# Values ---------------------------------------------------------------------------------------------------------------


def _normal(incident: Incident, field: str, value: Any) -> Any:
    """Return `value` in the form in which it is stored."""
    name = fields.name_of(field)
    if name is not None:
        return _normal_field(incident, name, value)
    match field:
        case "title":
            return _normal_title(value)
        case "summary" | "impact":
            return _normal_text(value)
        case "started_at":
            return times.checked(value, field="started_at")
        case _:
            return value


def _normal_field(incident: Incident, name: str, value: Any) -> Any:
    field = fields.registry.get(name)
    value = value.pk if isinstance(value, Person) else value
    # What it says already may stay, even an option that is no longer offered.
    present = incident.field_values.get(name)
    return present if value == present else fields.normal(field, value)


def _check(incident: Incident, field: str, value: Any, *, at: datetime, coming: Mapping[str, Any]) -> None:
    """Refuse a normal value that `incident` cannot take. `coming` is what else the same edit changes."""
    name = fields.name_of(field)
    if name is not None:
        _check_field(incident, name, value)
        return
    match field:
        case "title":
            _check_title(value)
        case "summary" | "impact":
            _check_text(value, field=field)
        case "severity":
            _check_severity(value)
        case "lead":
            _check_can(value, "lead", field="lead")
        case "started_at":
            _check_started_at(value, at=at)
            _check_begins_before_the_end(incident, value)
        case "status":
            _check_status(incident, value, coming=coming)


def _normal_title(title: str) -> str:
    return emoji.drawn(one_line(title))


def _normal_text(text: str) -> str:
    return cleaned(text).strip()


def _check_title(title: str) -> None:
    if not can_be_seen(title):
        raise InvalidValue("Give the incident a title.", field="title")
    if len(title) > Incident.TITLE_MAX:
        raise InvalidValue(
            f"The title is too long: {len(title)} characters, at most {Incident.TITLE_MAX}.", field="title"
        )


def _checked_text(text: str, *, field: str) -> str:
    text = _normal_text(text)
    _check_text(text, field=field)
    return text


def _check_text(text: str, *, field: str) -> None:
    if (length := typed_length(text)) > Incident.TEXT_MAX:
        name = field.replace("_", " ")
        raise InvalidValue(f"The {name} is too long: {length} characters, at most {Incident.TEXT_MAX}.", field=field)


def _check_severity(severity: Severity) -> None:
    if not severity.is_active:
        raise InvalidValue(f"{severity} is not used any more.", field="severity")


def _check_field(incident: Incident, name: str, value: Any) -> None:
    field = fields.registry.get(name)
    if value is None and (
        field.required == Required.DECLARING or (field.required == Required.CLOSING and incident.is_resolved)
    ):
        raise InvalidValue(f"“{field.label}” must say something.", field=field.key)
    _check_person(name, value)


def _check_person(name: str, value: Any) -> None:
    field = fields.registry.get(name)
    if field.kind != FieldKind.PERSON or value is None:
        return
    person = Person.objects.filter(pk=value).first()
    if person is None:
        raise InvalidValue(f"“{field.label}” is a person, and there is none with the number {value}.", field=field.key)
    _check_can(person, "be named here", field=field.key)


def _check_said_before_closing(incident: Incident, coming: Mapping[str, Any]) -> None:
    said = incident.field_values | {fields.name_of(key): value for key, value in coming.items()}
    missing = fields.registry.needed_to_close(said)
    if missing:
        labels = ", ".join(f"“{field.label}”" for field in missing)
        raise InvalidValue(f"Before {incident.reference} is closed, say {labels}.", field=missing[0].key)


def _check_status(incident: Incident, to: Status, *, coming: Mapping[str, Any]) -> None:
    if incident.status in Status.set_aside():
        raise WrongState(f"{incident.reference} is {_words(Status(incident.status))}. Reopen it first.")
    if to in Status.set_aside():
        raise WrongState(f"{incident.reference} is {_words(Status(incident.status))} and not simply {_words(to)}.")
    if to == Status.RESOLVED:
        _check_said_before_closing(incident, coming)


def _check_can(person: Person, do: str, *, field: str) -> None:
    if person.is_bot:
        raise InvalidValue(f"{person} is a bot and cannot {do}.", field=field)
    if not person.is_active:
        raise InvalidValue(f"{person} is deactivated and cannot {do}.", field=field)


def _check_started_at(started_at: datetime, *, at: datetime) -> None:
    if started_at > at:
        raise InvalidValue("It cannot begin in the future.", field="started_at")


def _check_begins_before_the_end(incident: Incident, started_at: datetime) -> None:
    if incident.ended_at is not None and started_at > incident.ended_at:
        end = f"{_words(Status(incident.status))} at {_words(incident.ended_at)}"
        raise InvalidValue(f"It was {end} and cannot begin after that.", field="started_at")


def _present(incident: Incident, field: str) -> Any:
    name = fields.name_of(field)
    if name is not None:
        return incident.field_values.get(name)
    match field:
        case "kind":
            return Kind(incident.kind)
        case "status":
            return Status(incident.status)
        case _:
            return getattr(incident, field)


def _said(incident: Incident, field: str) -> str:
    """Return what `field` says now, as plain words."""
    name, present = fields.name_of(field), _present(incident, field)
    if name is None:
        return _words(present)
    custom = fields.registry.get(name)
    return fields.words(custom, present, names=queries.names_in_field(custom, present))


def _words_in_markdown(field: CustomField, value: Any) -> str:
    """Return a custom field's value for a sentence in the timeline; the whole of it is in the entry's data."""
    if field.kind == FieldKind.LINK and isinstance(value, str):
        return link_in_markdown(value, value)
    words = one_line(fields.words(field, value, names=queries.names_in_field(field, value)))
    return in_markdown(words if len(words) <= FIELD_WORDS else f"{words[: FIELD_WORDS - 1]}…")


def _words(value: Any) -> str:
    match value:
        case None:
            return ""
        case Severity() | Person():
            return str(value)
        case datetime():
            return f"{value:%Y-%m-%d %H:%M} UTC"
        case Kind():
            return {Kind.LIVE: "a live incident", Kind.REPORT: "a report", Kind.DRILL: "a drill"}[value]
        case Status():
            return value.label.lower()
        case _:
            return str(value)


def _digest(value: Any) -> str:
    match value:
        case Severity() | Person():
            plain = f"{type(value).__name__} {value.pk}"
        case datetime():
            plain = value.isoformat(timespec="minutes")
        case None:
            plain = ""
        case _:
            plain = str(value)
    return hashlib.sha256(plain.encode()).hexdigest()[:8]


def _plain(named: Person | Severity) -> str:
    """Return a name for a sentence in the timeline, which is Markdown."""
    return in_markdown(str(named))


def _check_url(url: str) -> None:
    # People click on it: javascript: and the like would run in their browser.
    if not re.fullmatch(r"https?://[^\s<>]+", url):
        raise InvalidValue("A link starts with https:// and has no spaces.", field="url")
    if len(url) > Link.URL_MAX:
        raise InvalidValue(f"The link is too long: {len(url)} characters, at most {Link.URL_MAX}.", field="url")


# The common end of every change ---------------------------------------------------------------------------------------


def _lock_both(one: Incident, other: Incident, *, by: Person | None) -> None:
    # Always in the same order: two merges that meet must not wait for each other. When one of them was changed earlier
    # in the same transaction, by a message with several commands, the database ends one, and a worker runs it again.
    for incident in sorted((one, other), key=lambda each: each.pk):
        lock(incident, by=by)


def _take_part(incident: Incident, person: Person, *, at: datetime, messages: int = 0) -> bool:
    """Under the lock, return True when this is the first we see of them."""
    if _was_seen_again(incident, person, at=at, messages=messages):
        return False
    _join(incident, person, at=at, messages=messages)
    return True


def _was_seen_again(incident: Incident, person: Person, *, at: datetime, messages: int) -> bool:
    """Count by the database: others do so meanwhile, without the lock."""
    known = incident.participants.filter(person=person)
    return bool(
        known.update(
            first_seen_at=Least("first_seen_at", at),
            last_seen_at=Greatest("last_seen_at", at),
            message_count=F("message_count") + messages,
            left_at=None,
        )
    )


def _join(incident: Incident, person: Person, *, at: datetime, messages: int) -> None:
    Participant.objects.create(
        incident=incident, person=person, first_seen_at=at, last_seen_at=at, message_count=messages
    )


def _record(
    incident: Incident,
    kind: EntryKind,
    text: str,
    *,
    by: Person | None,
    at: datetime,
    data: dict[str, Any],
    happened_at: datetime | None = None,
    changed: Sequence[str] = (),
) -> None:
    """Save what `changed` of the incident, and tell it. Raise `Vetoed` when a plugin refuses."""
    vetoes.consider(incident, kind, by=by, text=text, data=data)
    incident.version += 1
    incident.save(update_fields=["version", *changed])
    _write_entry(incident, kind, text, by=by, at=at, data=data, happened_at=happened_at)


def _write_entry(
    incident: Incident,
    kind: EntryKind,
    text: str,
    *,
    by: Person | None,
    at: datetime,
    data: dict[str, Any],
    happened_at: datetime | None = None,
) -> None:
    TimelineEntry.objects.create(
        incident=incident,
        seq=incident.version,
        kind=kind,
        happened_at=happened_at or at,
        recorded_at=at,
        actor=by,
        text=text,
        data=data,
    )
    news.announce_after_commit(incident.pk)

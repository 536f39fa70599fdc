"""Whatever people do, in whatever order: the timeline has no gaps, and replaying it gives the present state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from incidents import queries, services
from incidents.models import Action, EntryKind, Incident, Kind, Role, RoleAssignment, Severity, Status, TimelineEntry
from people.errors import Refusal
from people.models import Person
from tests.html import not_drawn
from tests.hurry import PROFILE
from tests.incidents.world import THREE_AM, State, declared, entries, folded, person, state, stored

PEOPLE = ("Ada Lovelace", "Grace Hopper", "*Linus* Torvalds", "Deploy Bot", "Charles Babbage")
TITLES = st.sampled_from(["Checkout", " Checkout ", "Payments", "[x](y) *z*", "ok\x00", "", "x" * 201])
TEXTS = st.sampled_from(["", "One\nTwo", "One\r\nTwo ", "**Deploy**", "x" * 3001])
SEVERITIES = st.sampled_from(["critical", "major", "minor", "retired"])
STATUSES = st.sampled_from([*Status.working(), *Status])
SOURCES = st.sampled_from(["C1:1.0", "C1:2.0"])
SOMEBODY = st.sampled_from(PEOPLE)
MINUTES = st.integers(-60, 10)

WORDS = st.one_of(
    st.tuples(st.just(services.rename_incident), st.fixed_dictionaries({"to": TITLES})),
    st.tuples(st.just(services.write_summary), st.fixed_dictionaries({"text": TEXTS})),
    st.tuples(st.just(services.write_impact), st.fixed_dictionaries({"text": TEXTS})),
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "title": TITLES,
    "summary": TEXTS,
    "impact": TEXTS,
    "severity": st.none() | SEVERITIES,
    "lead": st.none() | SOMEBODY,
    "kind": st.sampled_from(Kind),
    "status": STATUSES,
}
# Mostly one or two fields, as people do.
CHANGES = st.lists(st.sampled_from(list(FIELDS)), min_size=1, max_size=3, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: FIELDS[name] for name in names})
)


@dataclass(frozen=True)
class Record:
    """What is stored about an incident, read once after each step."""

    incident: dict[str, Any]
    state: State
    entries: list[TimelineEntry]
    held: list[RoleAssignment]
    participants: set[int]

    @classmethod
    def of(cls, incident: Incident) -> Record:
        return cls(
            incident={**Incident.objects.values().get(pk=incident.pk)},
            state=state(incident),
            entries=entries(incident),
            held=list(incident.role_assignments.select_related("role").order_by("role", "assigned_at", "pk")),
            participants=set(incident.participants.values_list("person", flat=True)),
        )


class Events(RuleBasedStateMachine):
    """People working on one incident, one of them with a form that has been open for a while."""

    def __init__(self) -> None:
        super().__init__()
        self._transaction = transaction.atomic()
        self._transaction.__enter__()
        self.people = {
            name: person(name, is_bot=name == "Deploy Bot", is_active=name != "Charles Babbage") for name in PEOPLE
        }
        self.severities: dict[str, Severity] = {each.key: each for each in Severity.objects.all()}
        self.severities["retired"] = Severity.objects.create(key="retired", name="Retired", rank=99, is_active=False)
        self.scribe = Role.objects.create(key="scribe", name="Scribe")
        self.now = THREE_AM
        self.incident = Incident()
        self.incidents: list[Incident] = []
        self.form: dict[str, Any] = {}
        self.seen: dict[str, str] = {}
        self._records: dict[int, Record] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self._transaction.__exit__(None, None, None)

    @property
    def ada(self) -> Person:
        return self.people["Ada Lovelace"]

    @property
    def record(self) -> Record:
        return self.record_of(self.incident)

    def record_of(self, incident: Incident) -> Record:
        if incident.pk not in self._records:
            self._records[incident.pk] = Record.of(incident)
        return self._records[incident.pk]

    def tell(self, order: Callable[..., object], **details: Any) -> None:
        """Give an order a minute later. A refusal is an answer too, and must leave everything as it was."""
        self.now += timedelta(minutes=1)
        before = self.record
        del self._records[self.incident.pk]
        try:
            order(self.incident, at=self.now, **details)
        except Refusal:
            assert self.record == before

    def tell_two(self, order: Callable[..., object], **details: Any) -> None:
        """Give an order that may write into the timeline of another incident as well."""
        before = [self.record_of(each) for each in self.incidents]
        self._records = {self.incident.pk: self.record}
        self.tell(order, **details)
        now = [self.record_of(each) for each in self.incidents]
        written = [new.incident["version"] - old.incident["version"] for new, old in zip(now, before, strict=True)]
        assert sorted(written) in ([0, 0, 0], [0, 0, 1], [0, 1, 1])

    @initialize(lead=st.none() | st.sampled_from(PEOPLE[:3]), kind=st.sampled_from(Kind), private=st.booleans())
    def declare(self, *, lead: str | None, kind: Kind, private: bool) -> None:
        leading = self.people[lead] if lead else None
        self.incidents = [declared(self.ada, lead=leading, kind=kind, private=private), *map(declared, [self.ada] * 2)]
        self.turn_to(0)

    @rule(which=st.integers(0, 2))
    def turn_to(self, which: int) -> None:
        self.incident = stored(self.incidents[which])
        self.incidents[which] = self.incident
        self.open_a_form()

    @rule(change=WORDS)
    def word(self, change: tuple[Callable[..., None], dict[str, str]]) -> None:
        order, words = change
        self.tell(order, **words, by=self.ada)

    @rule(to=SEVERITIES)
    def set_severity(self, to: str) -> None:
        self.tell(services.set_severity, to=self.severities[to], by=self.ada)

    @rule(to=st.sampled_from(Kind))
    def change_kind(self, to: Kind) -> None:
        self.tell(services.change_kind, to=to, by=self.ada)

    @rule(minutes=MINUTES)
    def correct_start(self, minutes: int) -> None:
        self.tell(services.correct_start, to=self.now + timedelta(minutes=minutes), by=self.ada)

    @rule(to=STATUSES)
    def change_status(self, to: Status) -> None:
        self.tell(services.change_status, to=to, by=self.ada)

    @rule(order=st.sampled_from([services.resolve_incident, services.cancel_incident]))
    def end(self, order: Callable[..., None]) -> None:
        self.tell(order, by=self.ada)

    @rule(into=st.integers(0, 2))
    def merge(self, into: int) -> None:
        self.tell_two(services.merge_incident, into=self.incidents[into], by=self.ada)

    @rule()
    def reopen(self) -> None:
        self.tell_two(services.reopen_incident, by=self.ada)

    @rule(to=SOMEBODY)
    def assign_lead(self, to: str) -> None:
        self.tell(services.assign_lead, to=self.people[to], by=self.ada)

    @precondition(lambda self: self.record.state["lead"])
    @rule()
    def remove_lead(self) -> None:
        self.tell(services.remove_lead, by=self.ada)

    @rule(source=SOURCES, author=st.none() | SOMEBODY)
    def pin(self, source: str, author: str | None) -> None:
        said_by = self.people[author] if author else None
        said_at = self.now - timedelta(minutes=5)
        self.tell(services.add_pin, source=source, text=source, author=said_by, said_at=said_at, by=self.ada)

    @precondition(lambda self: self.record.state["pins"])
    @rule(source=SOURCES)
    def unpin(self, source: str) -> None:
        self.tell(services.remove_pin, source=source, by=self.ada)

    @precondition(lambda self: self.record.state["pins"])
    @rule(source=SOURCES, text=TEXTS)
    def edit_a_pinned_message(self, source: str, text: str) -> None:
        self.tell(services.change_pin, source=source, text=text, by=self.ada)

    @rule(to=st.none() | SOMEBODY)
    def hand_over_the_pen(self, to: str | None) -> None:
        if to:
            self.tell(services.assign_role, role=self.scribe, to=self.people[to], by=self.ada)
        else:
            self.tell(services.remove_role, role=self.scribe, by=self.ada)

    @rule(order=st.sampled_from([services.make_private, services.make_public]))
    def hide_or_show(self, order: Callable[..., None]) -> None:
        self.tell(order, by=self.ada)

    @rule(text=TEXTS, owner=st.none() | SOMEBODY)
    def add_action(self, text: str, owner: str | None) -> None:
        self.tell(services.add_action, text=text, by=self.ada, owner=self.people[owner] if owner else None)

    @precondition(lambda self: Action.objects.exists())
    @rule(which=st.integers(0, 9))
    def complete_action(self, which: int) -> None:
        actions = list(Action.objects.order_by("pk"))
        self.tell(services.complete_action, action=actions[which % len(actions)], by=self.ada)

    @rule(minutes=MINUTES, who=SOMEBODY, order=st.sampled_from(["note", "update", "take part", "channel", "link"]))
    def do_something_around_it(self, minutes: int, who: str, order: str) -> None:
        match order:
            case "note":
                happened_at = self.now + timedelta(minutes=minutes)
                self.tell(services.add_note, text="Looking", by=self.ada, happened_at=happened_at)
            case "update":
                self.tell(services.post_update, text="Nearly there", by=self.ada)
            case "take part":
                self.tell(services.record_participation, person=self.people[who], messages=1)
            case "channel":
                self.tell(services.request_channel, by=self.ada)
            case "link":
                self.tell(services.attach_link, kind="channel", label="#inc-1", url="https://example.com/C1")

    @rule()
    def open_a_form(self) -> None:
        opened = stored(self.incident)
        self.seen = services.fingerprint(opened)
        self.form = {field: getattr(opened, field) for field in self.seen}

    @rule(changes=CHANGES)
    def send_the_form(self, changes: dict[str, Any]) -> None:
        changes = dict(changes)
        if changes.get("severity"):
            changes["severity"] = self.severities[changes["severity"]]
        if changes.get("lead"):
            changes["lead"] = self.people[changes["lead"]]
        untouched = {field: self.said(field) for field in self.form if field not in changes}

        self.tell(services.edit_incident, wanted=self.form | changes, seen=self.seen, by=self.ada)

        assert {field: self.said(field) for field in untouched} == untouched

    def said(self, field: str) -> object:
        return dict(self.record.state)[field]

    @invariant()
    def the_timelines_have_no_gaps(self) -> None:
        for record in map(self.record_of, self.incidents):
            assert [entry.seq for entry in record.entries] == list(range(1, record.incident["version"] + 1))

    @invariant()
    def replaying_the_timelines_gives_the_present_state(self) -> None:
        for record in map(self.record_of, self.incidents):
            assert folded(record.entries) == record.state

    @invariant()
    def every_text_has_its_html(self) -> None:
        assert not_drawn() == []

    @invariant()
    def nothing_is_merged_in_a_circle(self) -> None:
        into = {each.pk: self.record_of(each).incident["merged_into_id"] for each in self.incidents}
        for pk in list(into):
            passed: list[int] = []
            while pk is not None:
                assert pk not in passed
                passed.append(pk)
                pk = into[pk]

    @invariant()
    def the_incident_in_hand_is_the_stored_one(self) -> None:
        in_hand = {field.attname: getattr(self.incident, field.attname) for field in Incident._meta.concrete_fields}
        assert in_hand == self.record.incident

    @invariant()
    def times_agree_with_the_status(self) -> None:
        now = self.record.incident
        assert (now["resolved_at"] is not None) == (now["status"] == Status.RESOLVED)
        assert (now["set_aside_at"] is not None) == (now["status"] in (Status.CANCELED, Status.MERGED))
        assert (now["merged_into_id"] is not None) == (now["status"] == Status.MERGED)
        assert self.incident.is_open == (self.incident.ended_at is None)
        assert (now["mitigated_at"] is not None) == (now["status"] in (Status.MONITORING, Status.RESOLVED))
        assert now["started_at"] <= (self.incident.ended_at or self.now)

    @invariant()
    def one_has_a_role_after_the_other(self) -> None:
        for earlier, later in pairwise(self.record.held):
            if earlier.role != later.role:
                continue
            assert earlier.ended_at is not None
            assert earlier.assigned_at <= earlier.ended_at <= later.assigned_at

    @invariant()
    def the_page_shows_each_pinned_message_once(self) -> None:
        pinned = queries.timeline(self.incident).filter(kind=EntryKind.PIN_ADDED)
        assert sorted(entry.data["source"] for entry in pinned) == sorted(self.record.state["pins"])

    @invariant()
    def who_reports_or_has_a_role_takes_part(self) -> None:
        assert self.record.participants >= {self.ada.pk} | {held.person_id for held in self.record.held}


@pytest.mark.django_db
def test_the_timeline_tells_any_course_of_events() -> None:
    course = settings(PROFILE, max_examples=PROFILE.max_examples // 6, stateful_step_count=30)

    run_state_machine_as_test(Events, settings=course)

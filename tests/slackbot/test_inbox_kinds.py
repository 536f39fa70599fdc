"""A new kind of inbox row is one class: everything else asks it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from incidents.errors import IncidentError
from incidents.models import Incident
from jobs import backlog, leases, unknown_kinds
from jobs.tiers import Tier
from slackbot.inbound import inbox
from slackbot.inbound.job_kinds.kind import KINDS, MAX_FAILURES, TIME_LIMITS, InboxKind, inbox_kind, kind_of
from slackbot.kit.contexts import Origin
from slackbot.kit.registry import registry
from slackbot.models import CommsChannel, InboxEntry, LastSaid
from slackbot.testing import Actor, Workspace
from tests.slackbot import kind_names

pytestmark = pytest.mark.in_this_process


class Applause(InboxKind):
    heard: ClassVar[list[str]]
    tier = Tier.RECORD
    time_limits = {**TIME_LIMITS, InboxEntry.CORE: 12.0}

    def run(self, row: InboxEntry, now: datetime) -> None:
        self.heard.append(row.payload["text"])
        if row.payload["text"] == "boo":
            raise ValueError("Nobody claps")
        if row.payload["text"] == "no encore":
            LastSaid.objects.create(key="encore", said_at=now)
            raise IncidentError("The show is over.")

    def who_asked(self, row: InboxEntry) -> Origin | None:
        return Origin(row.payload["user"], row.payload["channel"])

    def described(self, row: InboxEntry) -> str:
        return f"applause from {row.payload['user']}"


@pytest.fixture
def applause() -> Iterator[list[str]]:
    """Register a kind, and return what its rows said when they ran."""
    Applause.heard = []
    inbox_kind("applause")(Applause)
    yield Applause.heard
    KINDS.remove("applause")


def _clap(text: str, incident: Incident) -> InboxEntry:
    channel = CommsChannel.objects.get(incident=incident).channel_id
    payload = {"text": text, "user": "U0ADA", "channel": channel}
    inbox.store([inbox.entry(Applause, key=text, payload=payload, order_key="hall", now=timezone.now())])
    return InboxEntry.objects.get(key=text)


def _page(ada: Actor) -> str:
    person = ada.person
    person.login = User.objects.create_user("ada", is_staff=True)
    person.save()
    browser = Client(headers={"host": "localhost"})
    browser.force_login(person.login)
    return browser.get("/operators/").content.decode()


def test_a_new_kind_runs_with_its_tier_and_its_time_limit(
    applause: list[str], workspace: Workspace, incident: Incident
) -> None:
    row = _clap("bravo", incident)
    waiting = {line.tier: line.count for line in backlog.waiting_in("in")}
    workspace.settle()

    assert applause == ["bravo"]
    assert InboxEntry.objects.get(key="bravo").closed_at is not None
    assert row.tier == Tier.RECORD
    assert waiting == {Tier.ESSENTIAL: 0, Tier.RECORD: 1, Tier.EXTRA: 0}
    assert kind_of(row.kind).time_limit(row.queue) == 12


def test_a_failure_of_a_new_kind_is_told_to_who_asked_and_shown_to_operators(
    applause: list[str], workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    _clap("boo", incident)
    workspace.settle()
    assert ada.told(in_=incident) == ""  # it is tried again
    workspace.after(minutes=5)

    assert applause == ["boo"] * MAX_FAILURES
    assert "ValueError: Nobody claps" in ada.told(in_=incident)
    failed = InboxEntry.objects.get(given_up_at__isnull=False)
    assert [each.name for each in backlog.shown(backlog.given_up(), viewer=ada.person)] == [
        f"applause from U0ADA (applause) of {incident.reference}"
    ]
    assert "applause from U0ADA (applause)" in _page(ada)

    backlog.retry("in", failed.pk, by=None, door="test", at=timezone.now())
    workspace.settle()
    assert len(applause) == MAX_FAILURES + 1


def test_a_kind_that_is_not_registered_waits_for_another_version(
    applause: list[str], workspace: Workspace, incident: Incident
) -> None:
    _clap("bravo", incident)
    row = InboxEntry.objects.get(key="bravo")
    InboxEntry.objects.filter(pk=row.pk).update(kind="standing ovation")
    workspace.settle()

    row.refresh_from_db()
    assert row.is_open
    assert row.failures == 0
    assert row.error == str(unknown_kinds.Unknown("rows of the kind standing ovation"))
    assert not applause


def test_the_background_rows_of_a_kind_hold_no_transaction_and_may_take_longer() -> None:
    twins = {name: kind.background_name for name, kind in KINDS.items() if name != kind.background_name}
    for name, background in twins.items():
        if background:
            assert kind_of(name).in_transaction
            assert not kind_of(background).in_transaction
            assert kind_of(background).time_limit(InboxEntry.PLUGINS) > kind_of(name).time_limit(InboxEntry.PLUGINS)


def test_no_row_may_run_as_long_as_its_lease() -> None:
    for name, kind in KINDS.items():
        for queue in (InboxEntry.CORE, InboxEntry.PLUGINS, InboxEntry.ANSWERS):
            assert timedelta(seconds=kind.time_limit(queue)) < leases.LEASE, name


def test_columns_hold_every_name() -> None:
    longest = InboxEntry._meta.get_field("kind").max_length

    assert longest is not None
    assert max(map(len, KINDS)) <= longest


def test_a_refusal_undoes_what_was_done_and_closes_the_row(
    applause: list[str], workspace: Workspace, incident: Incident
) -> None:
    _clap("no encore", incident)
    _clap("bravo", incident)
    workspace.settle()

    row = InboxEntry.objects.get(key="no encore")
    assert applause == ["no encore", "bravo"]
    assert (row.is_open, row.attempts, row.failures, row.error, row.given_up_at) == (False, 1, 0, "", None)
    assert not LastSaid.objects.filter(key="encore").exists()


@pytest.mark.parametrize(("event", "tier"), [("message", Tier.EXTRA), ("pin_added", Tier.RECORD)])
def test_a_handler_that_counts_who_took_part_is_an_extra(event: str, tier: Tier) -> None:
    handlers = registry.events[event]
    rows = [inbox.entry_for(each, key="1", payload={}, order_key="1", now=timezone.now()) for each in handlers]

    assert tier in {row.tier for row in rows if row.plugin == ""}


def test_the_name_of_a_kind_is_written_in_its_own_module_only() -> None:
    assert kind_names.written_outside({name: type(KINDS[name]).__module__ for name in KINDS}) == []


@pytest.mark.parametrize(
    "source",
    [
        'InboxEntry.objects.filter(kind="applause")',
        'InboxEntry.objects.exclude(kind__in=["later", "applause"])',
        'where = {"kind": "applause"}',
        'is_loud = row.kind == "applause"',
        'is_loud = row.kind in ("later", "applause")',
        'kind, key = "applause", "1"',
        'kind = "later" if row else "applause"',
        'inbox.hand_over("applause", payload)',
        'KINDS["applause"].tier',
        'KINDS.get("applause")',
        'match row.kind:\n    case "later" | "applause":\n        pass',
    ],
)
def test_a_name_that_is_used_as_a_kind_is_found(source: str) -> None:
    assert [name for _, name in kind_names.named_in(source, ["applause"])] == ["applause"]


def test_a_word_that_is_not_used_as_a_kind_is_not_found() -> None:
    assert kind_names.named_in('payload = {"applause": text}\nclap(text, "applause")', ["applause"]) == []


def test_no_two_kinds_handle_what_is_declared_in_one_way() -> None:
    handled = [declared for kind in {type(KINDS[name]) for name in KINDS} for declared in kind.handles]

    assert len(handled) == len(set(handled))

"""An outbox kind is one class: defining it is enough to have it sent, counted and switched off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from incidents.models import Incident
from jobs import backlog, switches
from jobs.tiers import Tier
from slackbot.api.client import Call
from slackbot.models import CommsChannel, OutboxEntry
from slackbot.outbound import outbox
from slackbot.outbound.deliveries.kind import CHATTY, KINDS, Kind
from slackbot.outbound.deliveries.posting import post
from slackbot.rendering.snapshots import incident_as_it_is
from slackbot.testing import Workspace
from tests.slackbot import kind_names

pytestmark = pytest.mark.in_this_process  # other processes don't know the kind

CHEER: Final = "Well done, everybody"


@pytest.fixture
def cheer() -> Iterator[type[Kind]]:
    class CheerKind(Kind):
        """Praise people in the incident's channel."""

        name = "cheer"
        tier = Tier.EXTRA
        acts_for_person = False
        priority = CHATTY

        def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
            return post(row, CommsChannel.objects.get(incident=row.incident_id).channel_id, CHEER, [])

    yield CheerKind
    KINDS.remove(CheerKind.name)


def _say(kind: type[Kind], incident: Incident, key: str) -> OutboxEntry:
    outbox.say(key=key, kind=kind.name, now=timezone.now(), args={}, order_key=key, incident=incident)
    return OutboxEntry.objects.get(key=key)


def _waiting() -> int:
    return sum(line.count for line in backlog.waiting_in("out") if line.tier is Tier.EXTRA)


def _shown_to_operators() -> str:
    browser = Client(headers={"host": "localhost"})
    browser.force_login(User.objects.create_user("operator", is_staff=True))
    return browser.get("/operators/").content.decode()


def test_a_new_kind_is_one_class(workspace: Workspace, incident: Incident, cheer: type[Kind]) -> None:
    waiting = _waiting()
    row = _say(cheer, incident, "first")
    assert (row.tier, row.priority) == (Tier.EXTRA, CHATTY)
    assert _waiting() == waiting + 1
    workspace.settle()
    assert workspace.channel(incident).texts.count(CHEER) == 1

    switches.turn_off("tier-2", by=None, door="test", why="a drill", at=timezone.now())
    held = backlog.held()  # late statistics of the incident may be among them
    _say(cheer, incident, "second")
    workspace.settle()
    assert workspace.channel(incident).texts.count(CHEER) == 1
    assert backlog.held() > held

    switches.turn_on("tier-2", by=None, door="test", at=timezone.now())
    workspace.settle()
    assert workspace.channel(incident).texts.count(CHEER) == 2


def test_operators_see_a_new_kind_that_failed(workspace: Workspace, incident: Incident, cheer: type[Kind]) -> None:
    workspace.expected_refusals.add("invalid_blocks")
    rule = {"method": "chat.postMessage", "fault": "error:invalid_blocks", "times": 1}
    workspace.sandbox.control("faults", rules=[rule])
    _say(cheer, incident, "refused")
    workspace.settle()

    assert f"cheer of {incident.reference}" in _shown_to_operators()
    assert incident.entries.get(kind="trouble").text.startswith("Slack refused the cheer: ")


@pytest.mark.parametrize("forgotten", ["tier", "acts_for_person"])
def test_a_kind_that_lacks_a_declaration_is_refused_by_name(forgotten: str) -> None:
    declared = {"name": "cheer", "tier": Tier.EXTRA, "acts_for_person": False}
    del declared[forgotten]

    with pytest.raises(TypeError, match=f"CheerKind must declare `{forgotten}`"):
        type("CheerKind", (Kind,), declared)

    assert "cheer" not in KINDS


def test_what_is_noted_without_a_transaction_is_one_statement(incident: Incident) -> None:
    edit = Call("chat.update", {"channel": "C0", "ts": "1.1", "text": "Hello", "blocks": [], "topic": "Hello"}, "C0")
    said = Call("chat.postMessage", edit.args, "C0")
    found = [(kind, call) for _, kind in KINDS.items() for call in (edit, said) if kind.only_notes(call)]
    assert {"headline", "steps", "reaction", "topic", "announcement", "post"} <= {kind.name for kind, _ in found}

    for kind, call in found:
        row = OutboxEntry(kind=kind.name, incident=incident_as_it_is(incident.pk), args={"entries": [1]})
        with CaptureQueriesContext(connection) as statements:
            kind.sent(row, call, {"ts": "1.1", "channel": "C0"}, timezone.now())
        assert len(statements) == 0, kind.name


def test_a_kind_with_an_end_of_its_own_is_noted_in_a_transaction() -> None:
    class Tuned(KINDS["topic"].__class__):  # type: ignore[misc]
        def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
            raise NotImplementedError

    call = Call("conversations.setTopic", {})
    assert KINDS["topic"].only_notes(call)
    assert not Tuned().only_notes(call)


def test_kinds_name_only_kinds_that_exist() -> None:
    named = {other for _, kind in KINDS.items() for other in (*kind.waits_for, kind.answered_as) if other}

    assert named <= set(KINDS)


def test_the_name_of_a_kind_is_written_once() -> None:
    assert kind_names.written_outside({name: type(KINDS[name]).__module__ for name in KINDS}) == []

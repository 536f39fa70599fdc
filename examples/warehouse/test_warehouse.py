"""The warehouse is a small HTTP server of the test's own."""

from __future__ import annotations

import pytest

from incidents.models import Incident
from slackbot.testing import Actor, OtherSystem, Workspace


@pytest.fixture(autouse=True)
def warehouse(other_system: OtherSystem, monkeypatch: pytest.MonkeyPatch) -> OtherSystem:
    monkeypatch.setenv("WAREHOUSE_URL", other_system.url)
    return other_system


def test_everything_arrives_in_order(warehouse: OtherSystem, incident: Incident, ada: Actor) -> None:
    ada.says("@incident severity major", in_=incident)
    ada.says("@incident resolve It works again", in_=incident)

    sent = [(asked.body["seq"], asked.body["kind"]) for asked in warehouse.asked]
    assert sent == list(incident.entries.order_by("seq").values_list("seq", "kind"))


def test_a_warehouse_that_stumbles_gets_the_same_entry_with_the_same_key(
    workspace: Workspace, warehouse: OtherSystem, incident: Incident, ada: Actor
) -> None:
    before = len(warehouse.asked)
    warehouse.answers = [400]
    ada.says("@incident severity major", in_=incident)
    workspace.after(seconds=10)

    first, second = (asked for asked in warehouse.asked[before:] if asked.body["kind"] == "severity_changed")
    assert (first.key, first.body) == (second.key, second.body)


def test_slack_does_not_wait_for_it(
    workspace: Workspace, warehouse: OtherSystem, incident: Incident, ada: Actor
) -> None:
    warehouse.answers = [400] * 10
    ada.says("@incident severity major", in_=incident)

    assert "Major" in workspace.headline(incident).text


def test_nothing_private_is_sent(warehouse: OtherSystem, incident: Incident, ada: Actor) -> None:
    before = len(warehouse.asked)
    ada.says("@incident private on", in_=incident)

    assert len(warehouse.asked) == before

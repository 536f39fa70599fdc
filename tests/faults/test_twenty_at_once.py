"""Twenty incidents declared within a minute, with Slack's limits: each gets all it needs, and nothing twice."""

from __future__ import annotations

from typing import Any

import pytest

from slackbot.testing.workspace import Message
from tests.faults.conftest import ENGINES, Build
from tests.faults.house import House, eventually

pytestmark = pytest.mark.faults

MANY = 20
CAST = ("U0ADA", "U0GRACE", "U0LINUS", "U0KATHERINE")


def _declares(house: House, person: str, title: str) -> None:
    sandbox = house.sandbox
    assert sandbox.act("message.send", person, channel="C0GENERAL", text=f"/incident {title}")["ok"]
    view = sandbox.get("views", user=person)["views"][-1]
    assert sandbox.act("view.submit", person, view_id=view["id"], values={})["ok"]


def _channels(house: House) -> list[dict[str, Any]]:
    return [raw for raw in house.sandbox.get("channels")["channels"] if raw["name"].startswith("inc-")]


@ENGINES
def test_twenty_incidents_in_a_minute_lose_nothing(build: Build, engine: str) -> None:
    with build(engine) as house:
        house.sandbox.control("faults", enforce_rates="all")
        for number in range(MANY):
            _declares(house, CAST[number % len(CAST)], f"Trouble number {number}")

        eventually(lambda: len(_channels(house)) == MANY, "every incident has its channel", house)
        house.settle()

        messages = house.sandbox.get("messages", channel="C0INCIDENTS", user="U0ADA", limit=1000)["messages"]
        headlines = [Message(raw).text for raw in messages]
        for number in range(MANY):
            assert sum(f"Trouble number {number}\n" in text for text in headlines) == 1, number
        for channel in _channels(house):
            assert channel["topic"], channel
            assert len(channel["bookmarks"]) == 1, channel

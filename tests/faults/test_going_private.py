"""`kill -9` around every step of going private: each is done once, and nobody who was chosen is left out."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import pytest

from slackbot.testing.workspace import Message
from tests.faults.conftest import Build
from tests.faults.house import House, eventually
from tests.faults.person import Person

pytestmark = pytest.mark.faults

BOT: Final = "U0RESPONSE"
NOTICE: Final = "This channel is closed. The work continues elsewhere."
# Every call of the row in its order, and the invitations that follow the new channel. A process that died often starts
# again later and later, so the deaths are spread over several incidents.
STEPS: Final = {
    "moving": ("conversations.create", "conversations.invite", "chat.postMessage"),
    "clearing": ("bookmarks.remove", "conversations.setTopic", "conversations.history", "chat.delete"),
    "closing": ("conversations.rename", "conversations.archive", "conversations.replies"),
}
NOTING: Final = {"moving": 2, "clearing": 5, "closing": 9}  # which step's commit a process dies around
ENGINES: Final = pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)])


@ENGINES
@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("part", STEPS)
def test_each_step_of_going_private_is_done_once_while_the_worker_is_killed_around_it(
    build: Build, engine: str, side: str, part: str
) -> None:
    with build(engine) as house:
        ada, grace = Person(house.sandbox, "U0ADA"), Person(house.sandbox, "U0GRACE")
        old = ada.declares_and_joins("Checkout fails")
        house.sandbox.act("channel.join", grace.id, channel=old)
        grace.types("I can help", old)
        ada.types(f"<@{BOT}> update Customer data is affected", old)
        ada.types(f"<@{BOT}> note {grace.id} looks at the logs", old)
        house.settle()
        before = Counter(_done(house))
        for step in STEPS[part]:
            house.arm(f"worker {side} {step.replace('.', ' ')}", 1)
        house.arm(f"worker {side} the noting commit", NOTING[part])

        ada.types(f"<@{BOT}> private on <@U0GRACE> <@U0LINUS>", old)
        eventually(lambda: _channel(house, old)["is_archived"], "the old channel is archived", house)
        house.settle()
        deaths = len(house.disarm())

        new = [raw for raw in house.sandbox.get("channels")["channels"] if raw["kind"] == "private"]
        assert len(new) == 1
        assert {"U0ADA", "U0GRACE", "U0LINUS"} <= set(new[0]["members"])
        assert _channel(house, old)["name"] == "inc-1-closed"
        assert _channel(house, old)["topic"]["value"] == "Closed"
        assert _texts_of_ours(house, old) == [NOTICE]
        assert not any("Customer data" in each.text for each in ada.messages("C0INCIDENTS"))
        done = Counter(_done(house)) - before
        assert {what: done[what] for what in done if done[what] > 1} == {}
        assert {what for what in done if what[0] == "conversations.invite"} == {
            ("conversations.invite", user) for user in ("U0ADA", "U0GRACE", "U0LINUS")
        }
        assert _texts_of_ours(house, new[0]["id"]) != []
        assert len(set(_texts_of_ours(house, new[0]["id"]))) == len(_texts_of_ours(house, new[0]["id"]))
        kinds = "SELECT kind FROM incidents_timelineentry WHERE kind IN ('made_private', 'trouble')"
        assert [row["kind"] for row in house.rows(kinds)] == ["made_private"]
        # Two threads of a worker may come to their points at the same moment, and die together.
        assert deaths >= len(STEPS[part]), "It did not die as often as it was told to."


def _channel(house: House, channel_id: str) -> dict[str, Any]:
    return next(raw for raw in house.sandbox.get("channels")["channels"] if raw["id"] == channel_id)


def _texts_of_ours(house: House, channel_id: str) -> list[str]:
    """Return what we posted and is still there, without Slack's notices about us."""
    shown = house.sandbox.get("messages", channel=channel_id, user="U0ADA")["messages"]
    ours = [Message(raw) for raw in shown if raw.get("bot_id") and not raw.get("subtype")]
    return [message.text for message in ours if not message.is_ephemeral]


def _done(house: House) -> list[tuple[str, str]]:
    """Return what our calls changed, but for what is drawn again by design."""
    once = {"conversations.create": "name", "conversations.invite": "users", "chat.postMessage": "text"}
    once |= {"conversations.archive": "channel", "chat.delete": "ts", "bookmarks.remove": "bookmark_id"}
    calls = house.sandbox.get("calls", limit=5000)["calls"]
    return [
        (call["method"], str(call["args"].get(once[call["method"]])))
        for call in calls
        if call["ok"] and call["method"] in once
    ]

"""The incident that five people live through, whatever breaks meanwhile: some sixty steps, and what must come of them.

They do what people do. When Slack shows an error they do it once more; before a change of state they wait for the
check mark of the one before. Everything else they do without waiting.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from slackbot.testing.workspace import Message
from tests.faults.house import House, eventually

ADA, GRACE, LINUS, KATHERINE, RADIA = "U0ADA", "U0GRACE", "U0LINUS", "U0KATHERINE", "U0RADIA"
NAMES: Final = {
    ADA: "Ada Lovelace",
    GRACE: "Grace Hopper",
    LINUS: "Linus Torvalds",
    KATHERINE: "Katherine Johnson",
    RADIA: "Radia Perlman",
}
PEOPLE: Final = tuple(NAMES)
CHANNEL: Final = "inc-1-checkout-returns-500s"


@dataclass
class Expected:
    """What must be there at the end, once."""

    entries: list[tuple[str, str]] = field(default_factory=list)  # kind, and words that only its text has
    checked: list[str] = field(default_factory=list)  # time stamps of commands that a check mark answers
    messages: Counter[str] = field(default_factory=Counter)  # how often each person said something in the channel
    updates: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)  # what the channel is told of each change
    ordered: dict[str, str] = field(default_factory=dict)  # words of an entry, by the time stamp of its command
    unknown_before: list[tuple[str, str]] = field(default_factory=list)  # entries that the version before may not make


class Incident:
    """The script, step by step."""

    def __init__(
        self,
        house: House,
        *,
        at: Mapping[int, Callable[[], object]] | None = None,
        at_each: Callable[[], object] = lambda: None,
    ) -> None:
        """`at` says what happens to the house before which step, `at_each` before every one."""
        self.house = house
        self.sandbox = house.sandbox
        self.expected = Expected()
        self.steps = 0
        self._at, self._at_each = at or {}, at_each
        self._channel_id = ""
        self._thread = ""

    def run(self) -> None:
        self._declare()
        self._gather()
        self._investigate()
        self._mend()
        self._end()

    # The plot

    def _declare(self) -> None:
        self._submits(
            ADA,
            opens=lambda: self._types(ADA, "/incident Checkout returns 500s", "C0GENERAL"),
            values={"severity": {"selected_option": "major"}},
        )
        self._expect("opened", "Checkout returns 500s")
        self._expect("severity_changed", "Severity set to Major")
        self._expect("channel_requested", "Asked for a channel")
        eventually(lambda: bool(self.channel), "the incident has a channel", self.house)
        self._expect("link_added", "Channel: ")
        self._expect("link_added", "Headline: ")
        eventually(lambda: self._sees(CHANNEL, "What to do next"), "the channel is welcomed", self.house)

    def _gather(self) -> None:
        eventually(lambda: ADA in self.channel["members"], "Ada is invited", self.house)
        for person in PEOPLE[1:]:
            self._step()
            if person not in self.channel["members"]:
                self._does("channel.join", person, channel=CHANNEL)
        for name in ("Grace Hopper", "Linus Torvalds", "Katherine Johnson", "Radia Perlman"):
            self._expect("participant_joined", name)
        self._thread = self._says(ADA, "I see errors since ten")
        self._says(GRACE, "Me too")
        self._changes(GRACE, "lead me", "lead_assigned", "Grace Hopper took the lead", told=True)
        self._commands(LINUS, "note The deploy went out", "note_added")
        self._says(KATHERINE, "Customers write to us")
        self._commands(KATHERINE, "impact Nobody in Europe can pay", "impact_changed")
        self._says(RADIA, "The network is fine")
        self._changes(LINUS, "severity critical", "severity_changed", "Critical", told=True)

    def _investigate(self) -> None:
        self._commands(RADIA, "note Packets arrive", "note_added")
        self._pins(ADA, self._says(LINUS, "It is the third shard"))
        self._commands(GRACE, "action Roll the deploy back", "action_added")
        self._update(GRACE, "We found the shard")
        self._says(ADA, "Looking at the pool")
        self._says(ADA, "It is full")
        self._commands(ADA, "note The pool is full", "note_added")
        self._reacts(KATHERINE, self._says(RADIA, "Shard three has no replica"))
        self._changes(GRACE, "status identified", "status_changed", "investigating to identified", told=True)
        self._commands(LINUS, "summary The pool of shard three is full", "summary_changed")
        self._commands(RADIA, "network Packets are lost on shard three", "note_added")
        self._changes(GRACE, "role lead @katherine", "lead_assigned", "Katherine Johnson leads", told=True)
        self._says(KATHERINE, "I write to customers")
        self._update(KATHERINE, "Customers are told")
        self._says(LINUS, "Rolling back")

    def _mend(self) -> None:
        for number in range(4):
            self._commands(LINUS, f"note Shard {number} rolled back", "note_added")
            self._says(RADIA, f"Shard {number} is green")
        self._submits(
            ADA,
            opens=lambda: self._clicks(ADA, "edit-incident", "C0INCIDENTS"),
            values={"impact": {"value": "Half of Europe cannot pay"}},
        )
        self._expect("impact_changed", "Half of Europe")
        self._commands(GRACE, "action Give shard three a replica", "action_added")
        self._commands(ADA, "action Widen the pool", "action_added")
        self._pins(GRACE, self._says(ADA, "All shards are green again"))
        self._changes(GRACE, "status monitoring", "status_changed", "identified to monitoring", told=False)
        self._update(GRACE, "We watch it")
        self._changes(GRACE, "lead @linus", "lead_assigned", "Linus Torvalds leads", told=True)
        # Changed after the end, it would be in the topic twenty minutes later.
        self._changes(LINUS, "title Shard three was full", "title_changed", "Renamed to “Shard three", told=False)
        self._says(KATHERINE, "Customers can pay again")
        self._commands(LINUS, "network No more packets are lost", "note_added")

    def _end(self) -> None:
        self._submits(
            LINUS,
            opens=lambda: self._clicks(LINUS, "resolve-incident", "C0INCIDENTS"),
            values={"final_update": {"value": "All shards are well"}},
        )
        self._expect("update_posted", "All shards are well")
        self.expected.updates.append("All shards are well")
        self._expect("resolved", "Resolved", told=True)
        eventually(lambda: self._sees("C0INCIDENTS", "Reopen"), "the headline offers to reopen", self.house)
        self._says(GRACE, "Well done")
        self._commands(RADIA, "note We meet on Monday", "note_added")
        self._says(ADA, "Thank you all")

    # What people do

    def _says(self, person: str, text: str) -> str:
        """Say something in the channel; return its time stamp."""
        self._step()
        self.expected.messages[person] += 1
        return str(self._does("message.send", person, channel=CHANNEL, text=text)["ts"])

    def _commands(self, person: str, words: str, kind: str, *, needle: str = "", thread: str = "") -> str:
        self._step()
        needle = needle or words.partition(" ")[2]
        where = {"channel": CHANNEL, "thread_ts": thread} if thread else {"channel": CHANNEL}
        ts = str(self._does("message.send", person, **where, text=f"@incident {words}")["ts"])
        self._expect(kind, needle)
        self.expected.checked.append(ts)
        if not words.startswith("network"):  # a plugin's commands have an order of their own
            self.expected.ordered[ts] = needle
        return ts

    def _changes(self, person: str, words: str, kind: str, needle: str, *, told: bool) -> None:
        """Change the state, and wait for the check mark. What is to be told in the channel is typed in a thread."""
        ts = self._commands(person, words, kind, needle=needle, thread=self._thread if told else "")
        if told:
            self.expected.notices.append(needle)
        eventually(lambda: self._is_checked(ts), f"{words!r} has its check mark", self.house)

    def _update(self, person: str, text: str) -> None:
        self._commands(person, f"update {text}", "update_posted")
        self.expected.updates.append(text)

    def _pins(self, person: str, ts: str) -> None:
        self._step()
        self._does("pin.add", person, channel=CHANNEL, ts=ts)
        self._expect("pin_added", self._message(ts).text)

    def _reacts(self, person: str, ts: str) -> None:
        self._step()
        self._does("reaction.add", person, channel=CHANNEL, ts=ts, name="pushpin")
        self._expect("pin_added", self._message(ts).text)

    def _types(self, person: str, text: str, channel: str) -> bool:
        return bool(self.sandbox.act("message.send", person, channel=channel, text=text)["ok"])

    def _submits(self, person: str, *, opens: Callable[[], Any], values: Mapping[str, Any]) -> None:
        """Open a dialog, fill it in, send it; and each of these once more when Slack shows an error."""
        self._step()

        def is_open() -> bool:
            if not self._views(person):
                opens()
            return bool(self._views(person))

        eventually(is_open, f"a dialog opens for {person}", self.house)
        view = self._views(person)[-1]
        filled = _filled(view, values)

        def is_sent() -> bool:
            answer = self.sandbox.act("view.submit", person, view_id=view["id"], values=filled)
            assert "errors" not in answer, answer
            return not any(each["id"] == view["id"] for each in self._views(person))

        self._step()
        eventually(is_sent, f"the dialog of {person} closes", self.house)

    def _clicks(self, person: str, action_id: str, channel: str) -> None:
        def is_clicked() -> bool:
            for message in reversed(self.messages(channel, person)):
                for block_id, element in message.elements():
                    if element["action_id"] == action_id:
                        where = {"channel": channel, "ts": message.ts, "block_id": block_id, "action_id": action_id}
                        return bool(self.sandbox.act("block.act", person, **where)["ok"])
            return False

        eventually(is_clicked, f"{person} clicks {action_id}", self.house)

    def _does(self, verb: str, person: str, **body: Any) -> dict[str, Any]:
        """Do something that Slack does by itself."""
        answer = self.sandbox.act(verb, person, **body)
        assert answer["ok"], answer
        return answer

    def _step(self) -> None:
        self.steps += 1
        self._at.get(self.steps, lambda: None)()
        self._at_each()

    def _expect(self, kind: str, needle: str, *, told: bool = False) -> None:
        self.expected.entries.append((kind, needle))
        if told:
            self.expected.notices.append(needle)

    # What they see

    @property
    def channel(self) -> dict[str, Any]:
        found = [each for each in self.sandbox.get("channels")["channels"] if each["name"] == CHANNEL]
        return dict(found[0]) if found else {}

    def messages(self, channel: str, person: str = "") -> list[Message]:
        query = {"channel": channel} | ({"user": person} if person else {})
        return [Message(raw) for raw in self.sandbox.get("messages", **query)["messages"]]

    def _message(self, ts: str) -> Message:
        return next(message for message in self.messages(CHANNEL) if message.ts == ts)

    def _is_checked(self, ts: str) -> bool:
        reactions = self._message(ts).reactions
        assert "question" not in reactions, self.messages(CHANNEL, self._message(ts).raw["user"])[-1].text
        return "white_check_mark" in reactions

    def _sees(self, channel: str, words: str) -> bool:
        return any(words in message.text or words in " ".join(message.buttons) for message in self.messages(channel))

    def _views(self, person: str) -> list[dict[str, Any]]:
        return list(self.sandbox.get("views", user=person)["views"])


def _filled(view: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Fill a dialog's fields in by their block ids."""
    filled: dict[str, Any] = {}
    for block in view["blocks"]:
        if block["type"] == "input" and block["block_id"] in values:
            entered = dict(values[block["block_id"]])
            element = block["element"]
            if "selected_option" in entered:
                wanted = entered["selected_option"]
                entered["selected_option"] = next(each for each in element["options"] if each["value"] == wanted)
            filled[block["block_id"]] = {element["action_id"]: {"type": element["type"], **entered}}
    return filled

"""Somebody in front of the running product, and waiting for what should appear."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from slackbot.testing.server import Sandbox
from slackbot.testing.workspace import Message


@dataclass
class Person:
    sandbox: Sandbox
    id: str

    def types(self, text: str, channel: str = "C0GENERAL") -> float:
        """Return the seconds it took to be answered."""
        began = time.monotonic()
        answer = self.sandbox.act("message.send", self.id, channel=channel, text=text)
        assert answer["ok"], answer
        return time.monotonic() - began

    def declares(self, title: str) -> None:
        self.types(f"/incident declare {title}")
        view = self.sandbox.get("views", user=self.id)["views"][-1]
        assert self.sandbox.act("view.submit", self.id, view_id=view["id"], values={})["ok"]

    def declares_and_joins(self, title: str) -> str:
        """Return the id of the incident's channel, in which they are before the product invites them."""
        self.declares(title)
        ending = title.lower().replace(" ", "-")

        def found() -> list[str]:
            everything = self.sandbox.get("channels")["channels"]
            return [str(raw["id"]) for raw in everything if raw["name"].endswith(ending)]

        soon(lambda: bool(found()))
        self.sandbox.act("channel.join", self.id, channel=found()[0])
        return found()[0]

    def resolves(self, channel: str) -> None:
        """Resolve the channel's incident, and leave out the final update that the form asks for."""
        view = self.opens("/incident resolve", channel)
        assert self.sandbox.act("view.submit", self.id, view_id=view["id"], values={})["ok"]

    def opens(self, text: str, channel: str = "C0GENERAL") -> dict[str, Any]:
        """Type a command that opens a dialog, and return it."""

        def opened() -> bool:
            self.types(text, channel)
            return bool(self.sandbox.get("views", user=self.id)["views"])

        soon(opened, seconds=40)
        return dict(self.sandbox.get("views", user=self.id)["views"][-1])

    def messages(self, channel: str) -> list[Message]:
        return [Message(raw) for raw in self.sandbox.get("messages", channel=channel, user=self.id)["messages"]]

    def sees(self, words: str, channel: str) -> bool:
        return any(words in message.text for message in self.messages(channel))

    def headlines(self) -> list[str]:
        return [message.text for message in self.messages("C0INCIDENTS")]

    def has_channel(self, name: str) -> bool:
        return any(name == raw["name"] for raw in self.sandbox.get("channels")["channels"])


def soon(claim: Callable[[], bool], *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, f"Not within {seconds} s"
        time.sleep(0.1)

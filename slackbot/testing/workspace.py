"""What one can look at in the pretend workspace."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import time_machine
from django.utils import timezone

from incidents.models import Incident
from slackbot.kit.registry import registry
from slackbot.models import CommsChannel, Headline
from slackbot.testing.app import App, next_due
from slackbot.testing.server import EXPECTED_REFUSALS, Sandbox

MOST_STEPS = 2000  # of a script
TRIES: Final = 60  # at most so often does what Slack refuses try again while time passes
Place = Any  # "#general", an Incident, a Channel, or an Actor for their direct messages with the bot


@dataclass(frozen=True)
class Message:
    """A message as somebody sees it."""

    raw: dict[str, Any]

    @property
    def ts(self) -> str:
        return str(self.raw["ts"])

    @property
    def text(self) -> str:
        """Everything a reader sees: the text of all blocks, or the plain text when there are none."""
        blocks = self.raw.get("blocks") or []
        words = "\n".join(_texts(block) for block in blocks)
        return words or str(self.raw.get("text", ""))

    @property
    def buttons(self) -> list[str]:
        return [element["text"]["text"] for _, element in self.elements() if element["type"] == "button"]

    @property
    def reactions(self) -> list[str]:
        return [reaction["name"] for reaction in self.raw.get("reactions", [])]

    @property
    def is_ephemeral(self) -> bool:
        return bool(self.raw.get("is_ephemeral"))

    def elements(self) -> list[tuple[str, dict[str, Any]]]:
        """The interactive elements, each with its block's id."""
        found = []
        for block in self.raw.get("blocks") or []:
            candidates = [*block.get("elements", []), block.get("accessory"), block.get("element")]
            found += [(block["block_id"], each) for each in candidates if each and "action_id" in each]
        return found


@dataclass(frozen=True)
class Channel:
    raw: dict[str, Any]
    sandbox: Sandbox

    @property
    def id(self) -> str:
        return str(self.raw["id"])

    @property
    def name(self) -> str:
        return str(self.raw["name"])

    @property
    def topic(self) -> str:
        return str(self.raw["topic"]["value"])

    @property
    def members(self) -> list[str]:
        return list(self.raw["members"])

    @property
    def bookmarks(self) -> list[str]:
        return [bookmark["link"] for bookmark in self.raw["bookmarks"]]

    def messages(self, *, user_id: str = "") -> list[Message]:
        """What everybody sees, oldest first; with a user, also what only they see."""
        query = {"channel": self.id} | ({"user": user_id} if user_id else {})
        return [Message(raw) for raw in self.sandbox.get("messages", **query)["messages"]]

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.messages()]

    def shows(self, words: str) -> Showing:
        """Say whether a message that everybody sees contains the words: `assert channel.shows("…")`."""
        return Showing(self.name, words, self.texts)


@dataclass(frozen=True)
class Showing:
    """True or false; a failing test reads what is shown instead, the newest first."""

    channel: str
    words: str
    texts: list[str]

    def __bool__(self) -> bool:
        return any(self.words in text for text in self.texts)

    def __repr__(self) -> str:
        newest = " | ".join(" ".join(text.split()) for text in reversed(self.texts)) or "nothing"
        return f"{self.words!r} {'' if self else 'not '}in {self.channel}, which shows: {newest}"


class PlayFailed(AssertionError):
    """A step of a script could not be done; the sentence says which, and why."""


class Play:
    """A script that is being played. One that waits for people goes on after they did something."""

    def __init__(self, workspace: Workspace, script: Path) -> None:
        text = script.read_text(encoding="utf-8")
        started = workspace.sandbox.control("plays", text=text, name=script.name, speed="step")
        self._workspace = workspace
        self._address = f"plays/{started['play']['id']}/step"

    def goes_on(self) -> None:
        """Do all steps that are due, one after the other."""
        for _ in range(MOST_STEPS):
            self._workspace.settle()
            answer = self._workspace.sandbox.control(self._address)
            if problems := answer["play"]["problems"]:
                raise PlayFailed("\n".join(problems))
            if not answer["moved"]:
                return
        raise PlayFailed("It never comes to an end: somebody answers without end.")


class Workspace:
    """The pretend workspace and the product in it. What people do is worked off before the next line runs."""

    BOT = "U0RESPONSE"

    def __init__(self, sandbox: Sandbox, app: App) -> None:
        self.sandbox = sandbox
        self.app = app
        self.expected_refusals = set(EXPECTED_REFUSALS)
        self._travel: time_machine.Traveller | None = None
        self._stop_travelling: Callable[[], None] = lambda: None

    def bot_says(self, text: str = "", *, in_: Place = "#general", name: str = "another app", **more: Any) -> Message:
        """Let another app's bot say something in a channel, as incoming webhooks do.

        `more` are `blocks` or `attachments`, in which alerts have their words.
        """
        channel = self.channel(in_)
        said = self.sandbox.control("apps/messages", channel=channel.id, name=name, text=text, **more)
        self.settle()
        return Message(said["message"])

    def receives(self, name: str, body: Any, *, headers: Mapping[str, str] | None = None, signed: bool = True) -> int:
        """Let another system send a request to `/inbound/<name>`, signed as declared; return the HTTP status.

        `body` is a text or bytes, or anything else that is sent as JSON.
        """
        is_json = not isinstance(body, str | bytes)
        raw = json.dumps(body).encode() if is_json else body.encode() if isinstance(body, str) else body
        usual = {"Content-Type": "application/json"} if is_json else {}
        route = registry.inbound.get(name)
        signature = route.signature.sign(raw, now=timezone.now()) if route and signed else {}
        url = f"{self.app.url}/inbound/{name}"
        answer = httpx.post(url, content=raw, headers={**usual, **signature, **(headers or {})}, timeout=15)
        self.settle()
        return answer.status_code

    def settle(self) -> None:
        """Let everything happen that has to happen now: deliveries, handlers, messages, and what follows from them."""
        for _ in range(200):
            self.sandbox.control("settle", timeout=10)
            if not self.app.work() and self.sandbox.control("settle", timeout=10)["pending"] == 0:
                return
        raise AssertionError("It never comes to rest: something answers itself.")

    def plays(self, script: Path) -> Play:
        """Play a script of the sandbox (sandbox/SCRIPTS.md): each step, and what follows from it.

        Raise `PlayFailed` when a step cannot be done, or an expectation is not met.
        """
        play = Play(self, script)
        play.goes_on()
        return play

    def after(self, **length: float) -> None:
        """Let time pass: `workspace.after(days=2)`. Whatever becomes due meanwhile is done when it is due."""
        self.until(timezone.now() + timedelta(**length))

    def until(self, moment: datetime) -> None:
        """Let time pass until then. It never goes back."""
        stride = (moment - timezone.now()) / TRIES
        while (due := next_due(before=moment, stride=stride)) is not None:
            self._move_to(due)
        self._move_to(moment)

    def _move_to(self, moment: datetime) -> None:
        if self._travel is None:
            travel = time_machine.travel(timedelta(0), tick=True)
            self._travel = travel.start()
            self._stop_travelling = travel.stop
        step = max(moment - timezone.now(), timedelta(0))
        self._travel.shift(step)
        self.sandbox.control("clock", advance=step.total_seconds(), app_moves_too=True)
        self.settle()

    def back_to_the_present(self) -> None:
        self._stop_travelling()
        self._travel = None

    def channel(self, place: Place) -> Channel:
        """Find a channel by name ("#incidents"), by id, or an incident's own."""
        wanted = _channel_key(place)
        for raw in self.sandbox.get("channels")["channels"]:
            if wanted in (raw["id"], raw["name"]):
                return Channel(raw, self.sandbox)
        raise AssertionError(f"There is no channel {wanted}.")

    def headline(self, incident: Incident) -> Message:
        """The incident's headline as everybody sees it."""
        standing = Headline.objects.get(incident=incident)
        messages = self.channel(standing.channel_id).messages()
        return next(message for message in messages if message.ts == standing.ts)

    def refused_calls(self) -> list[str]:
        """The calls that Slack would have refused, other than what can happen to anybody, as sentences."""
        return self.sandbox.refused_calls(expected=self.expected_refusals)

    def calls(self, method: str) -> list[dict[str, Any]]:
        """The calls of this Web API method that the product made, oldest first."""
        return list(self.sandbox.get("calls", method=method)["calls"])


def _channel_key(place: Place) -> str:
    match place:
        case Channel():
            return place.id
        case Incident():
            return CommsChannel.objects.get(incident=place).channel_id
        case _:
            return str(place).removeprefix("#")


def _texts(value: Any) -> str:
    """All texts inside a block, in reading order."""
    if isinstance(value, list):
        return "\n".join(filter(None, map(_texts, value)))
    if not isinstance(value, dict):
        return ""
    if isinstance(value.get("text"), str):
        return str(value["text"])
    if value.get("type") == "user":
        return f"<@{value['user_id']}>"
    parts = [_texts(value.get(name)) for name in ("text", "fields", "elements", "accessory", "label", "element")]
    return "\n".join(filter(None, parts))

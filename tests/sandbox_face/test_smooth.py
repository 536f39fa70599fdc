"""Two hundred messages a second and a channel of five thousand: the page stays light. With -s it prints the figures."""

from __future__ import annotations

import http.client
import json
import threading
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.sandbox_face.windows import OpenAs, RunningSandbox

pytestmark = pytest.mark.browser

MANY = 5000
RATE = 200
SECONDS = 5
PEOPLE = ["U0GRACE", "U0LINUS", "U0RADIA"]

WATCH_FRAMES = """() => {
  window.frames_ = [];
  let last = performance.now();
  const frame = (now) => { frames_.push(now - last); last = now; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
}"""
FRAMES = """() => {
  const sorted = frames_.splice(0).sort((one, other) => one - other);
  const at = (share) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]);
  const rows = document.querySelectorAll('[data-ts]').length;
  return { frames: sorted.length, p50: at(0.5), p95: at(0.95), worst: at(1), rows };
}"""


class Talker:
    """Sends messages one after the other over one connection."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc)

    def say(self, number: int) -> None:
        text = f"Message {number} of many, " + "with *some* words " * (number % 5)
        body = {"user": PEOPLE[number // 3 % 3], "channel": "C0GENERAL", "text": text}
        self._connection.request("POST", "/client/message.send", json.dumps(body), {"Content-Type": "application/json"})
        assert json.load(self._connection.getresponse())["ok"]

    def say_at_rate(self, first: int, count: int) -> None:
        start = time.monotonic()
        for number in range(count):
            time.sleep(max(0.0, start + number / RATE - time.monotonic()))
            self.say(first + number)


def report(name: str, figures: dict[str, Any]) -> None:
    print(f"\n{name}: " + ", ".join(f"{key} {value}" for key, value in figures.items()))  # noqa: T201


def scroll_to_the_beginning(page: Page) -> None:
    messages = page.get_by_test_id("messages")
    messages.hover()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        page.mouse.wheel(0, -2000)
        page.wait_for_timeout(16)
        if page.get_by_text("This is the very beginning of the").count() and messages.evaluate("e => e.scrollTop") < 5:
            return
    raise AssertionError("The beginning of the channel was never reached.")


def test_a_long_channel_and_a_flood_of_messages_stay_smooth(open_as: OpenAs, sandbox: RunningSandbox) -> None:
    talker = Talker(sandbox.url)
    for number in range(MANY):
        talker.say(number)

    page = open_as("ada")
    newest = page.get_by_test_id("messages").get_by_text(f"Message {MANY - 1} of many")
    expect(newest).to_be_in_viewport()
    page.evaluate(WATCH_FRAMES)

    scroll_to_the_beginning(page)
    scrolled = page.evaluate(FRAMES)
    report(f"scrolling through {MANY} messages", scrolled)
    expect(page.get_by_test_id("messages").get_by_text("Message 0 of many")).to_be_in_viewport()
    assert scrolled["rows"] < 400
    assert scrolled["p50"] <= 34

    page.get_by_role("button", name="Jump to latest").click()
    expect(newest).to_be_in_viewport()
    page.evaluate(FRAMES)
    flood = threading.Thread(target=talker.say_at_rate, args=(MANY, RATE * SECONDS))
    flood.start()
    while flood.is_alive():
        page.wait_for_timeout(100)
    flood.join()
    expect(page.get_by_test_id("messages").get_by_text(f"Message {MANY + RATE * SECONDS - 1} of")).to_be_in_viewport()
    flooded = page.evaluate(FRAMES)
    report(f"{RATE} messages a second for {SECONDS} s", flooded)
    assert flooded["rows"] < 400
    assert flooded["p50"] <= 34

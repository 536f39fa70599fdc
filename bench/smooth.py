"""Whether the sandbox's page stays smooth: 5,000 messages in a channel, and 200 a second while somebody types."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from bench.figures import milliseconds, show

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

MANY: Final = 5_000
RATE: Final = 200
SECONDS: Final = 10
TALKERS: Final = 4
KEYS: Final = "We rolled back, and the errors fall. "
WIDE: Final = {"width": 1280, "height": 800}
PEOPLE: Final = ("U0GRACE", "U0LINUS", "U0RADIA")

# How long each frame took, how long the page was deaf, and how long after a key the letter was on the screen.
WATCH: Final = """() => {
  window.watched = { frames: [], tasks: [], keys: [] };
  let last = performance.now();
  const frame = (now) => { watched.frames.push(now - last); last = now; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  new PerformanceObserver((list) => list.getEntries().forEach((task) => watched.tasks.push(task.duration)))
    .observe({ entryTypes: ['longtask'] });
  addEventListener('keydown', (event) => requestAnimationFrame(() => setTimeout(
    () => watched.keys.push(performance.now() - event.timeStamp))), true);
}"""
TAKE: Final = """() => {
  const taken = { ...watched, rows: document.querySelectorAll('[data-ts]').length };
  Object.assign(watched, { frames: [], tasks: [], keys: [] });
  return taken;
}"""


@dataclass(frozen=True)
class Figures:
    """Seconds, but for the rows in the document and for `busy`, the share of the time that the page itself computed."""

    frames: Sequence[float]
    tasks: Sequence[float]
    keys: Sequence[float]
    rows: int
    busy: float


class Watcher:
    """Watches one page."""

    def __init__(self, page: Page) -> None:
        self._page = page
        page.evaluate(WATCH)
        self._devtools = page.context.new_cdp_session(page)
        # What the thread computed, not how long it was kept waiting by others on this machine.
        self._devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
        self._before = self._clocks()

    def _clocks(self) -> tuple[float, float]:
        metrics = self._devtools.send("Performance.getMetrics")["metrics"]
        return next(each["value"] for each in metrics if each["name"] == "TaskDuration"), time.monotonic()

    def take(self) -> Figures:
        """Return what was seen since the last time."""
        (computed, now), (before, then) = self._clocks(), self._before
        self._before = computed, now
        taken = self._page.evaluate(TAKE)
        frames, tasks, keys = ([each / 1000 for each in taken[name]] for name in ("frames", "tasks", "keys"))
        return Figures(frames, tasks, keys, taken["rows"], (computed - before) / (now - then))


class Talker:
    """Says things in #general over one connection."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc)

    def say(self, number: int) -> None:
        text = f"Message {number} of many, " + "with *some* words " * (number % 5)
        body = {"user": PEOPLE[number // 3 % 3], "channel": "C0GENERAL", "text": text}
        self._connection.request("POST", "/client/message.send", json.dumps(body), {"Content-Type": "application/json"})
        assert json.load(self._connection.getresponse())["ok"]


def fill(url: str, count: int = MANY) -> None:
    talker = Talker(url)
    for number in range(count):
        talker.say(number)


class Flood:
    """Messages at a steady rate, from several people at once."""

    def __init__(self, url: str, *, first: int, seconds: float = SECONDS, rate: int = RATE) -> None:
        self._url, self._first, self._rate = url, first, rate
        self.count = int(seconds * rate)
        self._began = time.monotonic()
        self._threads = [threading.Thread(target=self._talk, args=(number,)) for number in range(TALKERS)]
        self.took = 0.0
        for thread in self._threads:
            thread.start()

    def _talk(self, start: int) -> None:
        talker = Talker(self._url)
        for number in range(start, self.count, TALKERS):
            time.sleep(max(0.0, self._began + number / self._rate - time.monotonic()))
            talker.say(self._first + number)

    @property
    def is_on(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def end(self) -> float:
        """Wait for the last message. Return how many came in each second."""
        for thread in self._threads:
            thread.join()
        self.took = time.monotonic() - self._began
        return self.count / self.took


def scroll_to_the_beginning(page: Page) -> None:
    messages = page.get_by_test_id("messages")
    messages.hover()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        page.mouse.wheel(0, -2000)
        page.wait_for_timeout(16)
        if messages.evaluate("e => e.querySelector('.beginning') && e.scrollTop < 5"):
            return
    raise AssertionError("The beginning of the channel was never reached.")


def type_until(page: Page, flood: Flood) -> None:
    """Type like a person, ten letters a second, as long as the others talk."""
    box = page.get_by_role("textbox", name="Message #general")
    box.focus()
    at = 0
    while flood.is_on:
        page.keyboard.type(KEYS[at % len(KEYS)])
        at += 1
        page.wait_for_timeout(100)
    box.fill("")


def newest(page: Page, number: int) -> Any:
    return page.get_by_test_id("messages").get_by_text(f"Message {number} of many")


def open_general(browser: Browser, url: str) -> Page:
    """Open another channel, so that the way to #general can be measured."""
    page = browser.new_context(viewport={"width": WIDE["width"], "height": WIDE["height"]}).new_page()
    page.goto(f"{url}?channel=random&as=ada")
    page.get_by_role("textbox", name="Message #random").wait_for()
    return page


@contextmanager
def sandbox() -> Iterator[str]:
    """Run a sandbox of its own, without the product. Yields its address."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SANDBOX_")}
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--app-url", "http://127.0.0.1:9/nobody"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found, "The sandbox did not start."
        yield found[0]
    finally:
        process.terminate()
        process.wait(10)


def program() -> str | None:
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


def measure(engines: Sequence[str], folder: Path, *, quick: bool) -> None:
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415
    except ImportError:
        print("No browser: `make browser` brings what drives one.")
        return
    many, seconds = (500, 2) if quick else (MANY, SECONDS)
    with sandbox() as url, sync_playwright() as playwright:
        fill(url, many)
        browser = playwright.chromium.launch(executable_path=program(), args=["--no-sandbox"])
        report(open_general(browser, url), url, many=many, seconds=seconds)
        browser.close()


def report(page: Page, url: str, *, many: int, seconds: int) -> None:
    watcher = Watcher(page)
    began = time.perf_counter()
    page.get_by_role("link", name="general", exact=True).click()
    newest(page, many - 1).wait_for()
    opened = time.perf_counter() - began
    rows = [("opening the channel", watcher.take())]
    scroll_to_the_beginning(page)
    rows.append(("scrolling to its beginning", watcher.take()))
    page.get_by_role("button", name="Jump to latest").click()
    newest(page, many - 1).wait_for()
    watcher.take()
    flood = Flood(url, first=many, seconds=seconds)
    type_until(page, flood)
    rate = flood.end()
    newest(page, many + flood.count - 1).wait_for()
    flooded = watcher.take()
    rows.append((f"{rate:.0f} messages a second for {flood.took:.0f} s", flooded))
    print(f"A channel of {many} messages is open after {opened * 1000:.0f} ms. Load now: {os.getloadavg()[0]:.1f}.")
    columns = ("while", "p50", "p95", "p99", "max", "frames", "long tasks", "page computes", "rows drawn")
    show("Time between two frames", columns, [_row(name, seen) for name, seen in rows])
    show("From a key to its letter, meanwhile", ("p50", "p95", "p99", "max", "keys"), [milliseconds(flooded.keys)])


def _row(name: str, seen: Figures) -> list[str]:
    return [name, *milliseconds(seen.frames), str(len(seen.tasks)), f"{seen.busy:.0%} of the time", str(seen.rows)]

"""The sandbox as a process of its own, and what it is asked over HTTP."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx

START_SECONDS: Final = 20
REMEMBERED: Final = 5000  # calls that the sandbox keeps

# Each request, one a line, would bury what a failing test has to say.
logging.getLogger("httpx").setLevel(logging.WARNING)


# What a well-behaved app meets, too: somebody was faster, or a name is taken.
EXPECTED_REFUSALS: Final = frozenset(
    {"name_taken", "already_in_channel", "already_reacted", "ratelimited", "user_not_found", "thread_not_found"}
)


class Sandbox:
    """A running sandbox. Every call raises when the sandbox refuses."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.http = httpx.Client(base_url=self.url, timeout=15)

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    def get(self, verb: str, **query: Any) -> dict[str, Any]:
        return self._checked(self.http.get(f"/sandbox/{verb}", params=query))

    def control(self, verb: str, **body: Any) -> dict[str, Any]:
        return self._checked(self.http.post(f"/sandbox/{verb}", json=body))

    def act(self, verb: str, user_id: str, **body: Any) -> dict[str, Any]:
        """Do in the client what a person does. The answer may say `ok: false`, as it would to them."""
        response = self.http.post(f"/client/{verb}", json={"user": user_id, **body})
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer

    def refused_calls(self, *, expected: Collection[str] = EXPECTED_REFUSALS) -> list[str]:
        """The calls that Slack would have refused, except expected refusals and injected faults, as sentences."""
        return [
            f"{call['method']}: {call['error']} {'; '.join(call['messages'])} {call['args']}"
            for call in self.get("calls", limit=REMEMBERED)["calls"]
            if not call["ok"] and call["fault"] is None and call["error"] not in expected
        ]

    def _checked(self, response: httpx.Response) -> dict[str, Any]:
        answer: dict[str, Any] = response.json()
        assert response.status_code == 200, answer
        return answer


@contextmanager
def running_sandbox() -> Iterator[Sandbox]:
    """Start `python -m sandbox` on a free port; nothing of it stays afterwards."""
    with starting_sandbox() as process:
        yield Sandbox(address_of(process))


@contextmanager
def starting_sandbox() -> Iterator[subprocess.Popen[str]]:
    """Start it without waiting: there may be something else to prepare meanwhile. `address_of` waits."""
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--app-url", "http://127.0.0.1:9/nobody"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()


def address_of(process: subprocess.Popen[str]) -> str:
    """Wait until the sandbox listens, and return where."""
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"listening on (http://\S+)", line):
            return found[1]
    raise RuntimeError(f"The sandbox ended with exit code {process.wait(START_SECONDS)} before it listened.")

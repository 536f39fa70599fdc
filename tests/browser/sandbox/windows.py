"""The running sandbox, and the windows that look at it."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}

# Called with a handle, and path=, size= or options of a browser context.
OpenAs = Callable[..., "Page"]


class RunningSandbox:
    def __init__(self, url: str) -> None:
        self.url = url

    def control(self, verb: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._post(f"sandbox/{verb}", body)

    def get(self, verb: str) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}sandbox/{verb}", timeout=10) as response:
            answer: dict[str, Any] = json.load(response)
        return answer

    def act(self, verb: str, **body: Any) -> dict[str, Any]:
        """Do something as a person, past the browser."""
        answer = self._post(f"client/{verb}", body)
        assert answer["ok"], answer
        return answer

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(
            f"{self.url}{path}", data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            answer: dict[str, Any] = json.load(response)
        return answer

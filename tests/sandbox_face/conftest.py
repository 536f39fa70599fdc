from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.sandbox_face.pretend_app import PretendApp

WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


class RunningSandbox:
    def __init__(self, url: str) -> None:
        self.url = url

    def control(self, verb: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._post(f"sandbox/{verb}", body)

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


@pytest.fixture(scope="package")
def pretend_app_server() -> Iterator[PretendApp]:
    app = PretendApp()
    yield app
    app.stop()


@pytest.fixture(scope="package")
def running_sandbox(pretend_app_server: PretendApp) -> Iterator[RunningSandbox]:
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--app-url", pretend_app_server.url]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SANDBOX_")}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout
    found = re.search(r"http://\S+", process.stdout.readline())
    assert found, "The sandbox did not start."
    pretend_app_server.api_url = f"{found[0]}api/"
    yield RunningSandbox(found[0])
    process.terminate()
    process.wait(10)


@pytest.fixture
def sandbox(running_sandbox: RunningSandbox) -> RunningSandbox:
    """The seeded workspace, as new."""
    running_sandbox.control("reset", {})
    return running_sandbox


@pytest.fixture
def app(pretend_app_server: PretendApp, sandbox: RunningSandbox) -> PretendApp:
    pretend_app_server.forget()
    return pretend_app_server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield chromium
        chromium.close()


OpenAs = Callable[..., Page]


@pytest.fixture
def open_as(browser: Browser, sandbox: RunningSandbox) -> Iterator[OpenAs]:
    """Open a window as somebody: `open_as("ada", path="/?channel=general", size=PHONE)`.

    A script error in any of them fails the test.
    """
    contexts = []
    mistakes: list[str] = []

    def open_window(name: str, *, path: str = "/?channel=general", size: dict[str, int] = WIDE, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": size["width"], "height": size["height"]}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(5000)
        page.on("pageerror", lambda error: mistakes.append(str(error)))
        page.goto(f"{sandbox.url}{path.lstrip('/')}{'&' if '?' in path else '?'}as={name}")
        page.locator(".shell").wait_for()
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert mistakes == []

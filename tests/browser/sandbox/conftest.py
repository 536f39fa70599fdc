from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import launch
from tests.browser.sandbox.pretend_app import PretendApp
from tests.browser.sandbox.windows import WIDE, OpenAs, RunningSandbox


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
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


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

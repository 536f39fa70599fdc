"""The running product, and windows to look at it. Whatever a browser complains about fails the test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from slackbot.testing.server import Sandbox
from tests.browser.chromium import launch
from tests.browser.product import Product, running_product

if TYPE_CHECKING:
    from tests.browser.windows import OpenBrowser


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Response and its sandbox, running; one for all stories, so each story's incident has a title of its own."""
    with running_product(tmp_path_factory.mktemp("product")) as product:
        yield product
        assert Sandbox(product.slack).refused_calls() == [], "Slack would have refused these calls"
    assert "Traceback" not in product.log.read_text()


@pytest.fixture(scope="module")  # Playwright's loop must end before the tests of others start theirs
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def open_browser(chromium: Browser) -> Iterator[OpenBrowser]:
    """Open a browser of somebody's own, which knows nobody yet: `open_browser(viewport=…)`."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(**options: Any) -> BrowserContext:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 860}, **options})
        context.set_default_timeout(10_000)
        context.on("console", lambda said: complaints.append(f"console: {said.text}") if said.type == "error" else None)
        context.on("weberror", lambda raised: complaints.append(f"script: {raised.error}"))
        context.on("request", lambda asked: complaints.append(asked.url) if _leaves(asked.url) else None)
        contexts.append(context)
        return context

    yield opened
    said = list(complaints)  # without what tearing connections down adds
    for context in contexts:
        context.close()
    assert said == []


def _leaves(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:", "about:"))

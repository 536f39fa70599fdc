"""Every page fits its screen, can be used without seeing it, and leaves the browser nothing to complain about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from incidents import services
from incidents.fields import CustomField
from incidents.models import Incident, Role, Status
from people.models import Person
from tests.browser.ui.crowded import crowd

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("seeded_db")]

# What cannot be seen whole: text that leaves the box it stands in, unless the box scrolls.
STICKS_OUT: Final = """() => {
  const scrolls = (box) => ["auto", "scroll"].includes(getComputedStyle(box).overflowX);
  const found = [];
  for (const element of document.querySelectorAll("main *, header.top *, footer *")) {
    const box = element.closest("td, section, .panel, .sheet, .state, .message, .top, main");
    if (!box || element.closest(".visually-hidden, [hidden], svg, select, .incidents thead")) continue;
    const inside = element.closest("pre, table");
    if (inside && scrolls(inside)) continue;
    const frame = box.getBoundingClientRect();
    for (const node of element.childNodes) {
      if (node.nodeType !== Node.TEXT_NODE || !node.textContent.trim()) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const text = range.getBoundingClientRect();
      if (text.width && frame.width && (text.right > frame.right + 1 || text.left < frame.left - 1))
        found.push(`${element.tagName}.${element.className} sticks out: "${node.textContent.trim().slice(0, 30)}"`);
    }
  }
  return found.slice(0, 5);
}"""
WIDER: Final = """() => {
  const page = document.documentElement;
  return page.scrollWidth > page.clientWidth ? [`${page.scrollWidth} in ${page.clientWidth}`] : [];
}"""
CLIPPED: Final = """() => [...document.querySelectorAll("main *")]
  .filter((each) => !["visible", "clip"].includes(getComputedStyle(each).overflowX)
    && each.clientWidth > 1 && each.scrollWidth > each.clientWidth + 1
    && !each.closest(".visually-hidden, textarea, input, select"))
  .map((each) => `${each.tagName}.${each.className} is cut: "${each.textContent.trim().slice(0, 30)}"`).slice(0, 5)"""
# What scrolls sideways must be reachable by keyboard.
UNREACHABLE: Final = """() => [...document.querySelectorAll("main *")]
  .filter((each) => ["auto", "scroll"].includes(getComputedStyle(each).overflowX)
    && each.scrollWidth > each.clientWidth && each.tabIndex < 0)
  .map((each) => `${each.tagName} scrolls and takes no focus`).slice(0, 5)"""


@dataclass(frozen=True)
class Look:
    """How somebody looks at pages."""

    width: int
    options: dict[str, Any]
    medium: str = "screen"
    is_audited: bool = False


LOOKS: Final = {
    "wide, light": Look(1280, {"color_scheme": "light"}, is_audited=True),
    "wide, dark": Look(1280, {"color_scheme": "dark"}, is_audited=True),
    "narrow, light": Look(320, {"color_scheme": "light"}, is_audited=True),
    "narrow, dark": Look(320, {"color_scheme": "dark"}, is_audited=True),
    "between": Look(800, {}),
    "forced colors": Look(1280, {"forced_colors": "active"}),
    "forced colors, narrow": Look(320, {"forced_colors": "active"}),
    "print": Look(700, {}, medium="print"),  # A4 with margins, at 96 pixels an inch
}


@pytest.fixture
def pages(ada: Person, browser_of: Callable[[Person], Client], add_field: Callable[..., CustomField]) -> list[str]:
    browser_of(ada)
    assert ada.login
    ada.login.is_staff = True
    ada.login.save()
    return crowd(ada, add_field)


@pytest.fixture
def open_context(
    chromium: Browser, live_server: LiveServer, browser_of: Callable[[Person], Client], ada: Person
) -> Iterator[Callable[[Look], BrowserContext]]:
    contexts: list[BrowserContext] = []

    def opened(look: Look) -> BrowserContext:
        context = chromium.new_context(
            base_url=live_server.url, viewport={"width": look.width, "height": 800}, **look.options
        )
        session = browser_of(ada).cookies["response_session"].value
        context.add_cookies([{"name": "response_session", "value": session, "url": live_server.url}])
        contexts.append(context)
        return context

    yield opened
    for context in contexts:
        context.close()


def _complaints(page: Page, address: str, look: Look, axe: Axe) -> list[str]:
    """Return what is wrong with a page: one line for each fault."""
    said: list[str] = []
    page.on("console", lambda message: said.append(f"console: {message.text}") if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(f"script: {error}"))
    page.goto(address)
    page.emulate_media(media=look.medium)  # type: ignore[arg-type]
    for check in (WIDER, STICKS_OUT, *((CLIPPED,) if look.medium == "print" else (UNREACHABLE,))):
        said += page.evaluate(check)
    if look.is_audited:
        found = axe.run(page, options={"resultTypes": ["violations"]}).response["violations"]
        said += [f"axe {each['id']}: {each['nodes'][0]['html'][:150]}" for each in found]
    # That the address answers with an error page is what some of them are for.
    return [f"{address}: {each}" for each in said if "status of 4" not in each]


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
def test_every_page_fits_and_can_be_used(
    open_context: Callable[[Look], BrowserContext], pages: list[str], look: Look
) -> None:
    context, axe = open_context(look), Axe()
    found: list[str] = []
    for address in pages:
        page = context.new_page()
        found += _complaints(page, address, look, axe)
        page.close()
    context.clear_cookies()
    found += _complaints(context.new_page(), "/login/", look, axe)

    assert not found, "\n".join(found)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_glyph_of_each_status_is_drawn_in_forced_colors(
    open_context: Callable[[Look], BrowserContext], ada: Person, scheme: str
) -> None:
    Role.objects.get_or_create(key=Role.LEAD, defaults={"name": "Lead"})
    for status in Status:
        services.declare_incident(title=status.label, reporter=ada, at=timezone.now())
    for incident, status in zip(Incident.objects.order_by("number"), Status, strict=True):
        Incident.objects.filter(pk=incident.pk).update(status=status)
    page = open_context(Look(1280, {"forced_colors": "active", "color_scheme": scheme})).new_page()

    page.goto("/")

    shown = page.locator("table .status").all()
    assert len(shown) == len(Status)
    for glyph in shown:
        label = glyph.inner_text()
        glyph.evaluate("each => (each.style.fontSize = '40px')")
        box = glyph.bounding_box()
        assert box
        # Left of the words, within the frame.
        picture = page.screenshot(
            full_page=True,
            clip={"x": box["x"] + 18, "y": box["y"] + 8, "width": 34, "height": box["height"] - 16},
        )
        shades = {shade for _count, shade in Image.open(BytesIO(picture)).convert("L").getcolors() or []}
        assert len(shades) > 1, label

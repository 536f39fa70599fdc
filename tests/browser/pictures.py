"""Make the README's pictures: play an incident in the sandbox, and photograph it.

`.venv/bin/python -m tests.browser.pictures` writes docs/pictures/. It takes its time, so that the clock in them moves.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from tests.browser.chromium import launch
from tests.browser.product import ROOT, Product, running_product
from tests.browser.windows import SlackWindow, fact, logs_in

FOLDER: Final = ROOT / "docs" / "pictures"
HEAVIEST: Final = 200_000  # bytes
PORTS: Final = (8000, 8001)  # as in the README
SCALE: Final = 2
WIDE: Final[ViewportSize] = {"width": 1120, "height": 860}
LEFT: Final[ViewportSize] = {"width": 960, "height": 900}
RIGHT: Final[ViewportSize] = {"width": 800, "height": 900}
OVERVIEW_WIDTH: Final = 2400

TITLE: Final = "Checkout returns 500s"
CHANNEL: Final = re.compile("checkout-returns-500s")
SUMMARY: Final = """\
Every third payment fails since the last deploy of `payments-api`.

- Only **cards**: PayPal and invoices work
- Carts are kept, nobody is charged twice"""
IMPACT: Final = "About 30 % of orders in Europe. Support counts 14 tickets so far."
ROLLED_BACK: Final = "Rolled back `payments-api` to v412: errors fall from 31 % to 0.4 %"


class Play:
    """An incident with several people, seen from Ada's windows."""

    def __init__(self, browser: Browser, product: Product, *, folder: Path, pace: float) -> None:
        self.browser, self.product, self.folder, self.pace = browser, product, folder, pace
        self.ada, self.grace, self.linus, self.katherine = (
            self._window(name) for name in ("Ada Lovelace", "Grace Hopper", "Linus Torvalds", "Katherine Johnson")
        )

    def _window(self, name: str) -> SlackWindow:
        # Ada's zone, so that Slack and the document tell the same time.
        context = self.browser.new_context(viewport=WIDE, device_scale_factor=SCALE, timezone_id="Europe/London")
        return SlackWindow(context, self.product, name)

    def run(self) -> None:
        self.declare_an_older_one()
        self.declare()
        self.work()
        document = self.write_the_document()
        self.photograph(document)

    def declare_an_older_one(self) -> None:
        self.linus.says("/incident Search answers slowly")
        dialog = self.linus.dialog("Declare an incident")
        self.linus.chooses("Minor", of=dialog.get_by_role("combobox", name="Severity"))
        self.linus.chooses("Linus", of=dialog.get_by_role("combobox", name="Lead"))
        dialog.get_by_role("button", name="Declare").click()
        self.linus.sidebar.get_by_role("link", name="search-answers-slowly").click()
        self.pause()
        self.linus.says("@incident resolve The index is rebuilt")
        expect(self.linus.topic).to_contain_text("Resolved")

    def declare(self) -> None:
        self.katherine.says("Customers write that checkout shows an error page. 14 tickets in ten minutes.")
        self.pause()
        self.ada.says("I see it too. Declaring.")
        self.ada.says(f"/incident {TITLE}")
        dialog = self.ada.dialog("Declare an incident")
        dialog.get_by_role("textbox", name="Summary").fill("Every third payment fails since the last deploy.")
        dialog.get_by_role("textbox", name="Impact").fill(IMPACT)
        self.ada.chooses("Major", of=dialog.get_by_role("combobox", name="Severity"))
        self.ada.chooses("Grace", of=dialog.get_by_role("combobox", name="Lead"))
        dialog.get_by_role("textbox", name="Title").focus()
        self.keep(self.ada.page, "declare")
        dialog.get_by_role("button", name="Declare").click()
        expect(self.ada.whisper("is declared")).to_be_visible()
        self.ada.opens("incidents")
        expect(self.ada.headline(TITLE)).to_be_in_viewport()
        self.pause()

    def work(self) -> None:
        self.ada.sidebar.get_by_role("link", name=CHANNEL).click()
        self.grace.sidebar.get_by_role("link", name=CHANNEL).click()
        self.pause()
        self.grace.says("I lead. @linus can you look at the connection pool of `payments-api`?")
        self.grace.says("/invite @linus")
        self.linus.sidebar.get_by_role("link", name=CHANNEL).click()
        self.pause()
        self.linus.says("It runs empty since v413: every third request waits until it times out.")
        self.ada.message("runs empty").hover()
        self.ada.message("runs empty").get_by_role("button", name="React with eyes").click()
        self.pause()
        self.grace.says("@incident severity critical")
        expect(self.ada.topic).to_contain_text("Critical")
        self.pause()
        self.linus.says(ROLLED_BACK)
        self.pin("Rolled back")

    def pin(self, text: str) -> None:
        message = self.ada.message(text)
        message.hover()
        message.get_by_role("button", name="Pin to channel").click()
        expect(message).to_contain_text("Pinned by you")

    def write_the_document(self) -> Page:
        document = self.ada.follows(self.ada.page.get_by_role("navigation", name="Bookmarks").get_by_role("link"))
        logs_in(document, "Ada Lovelace")
        document.get_by_role("link", name="Edit summary").click()
        document.get_by_role("textbox", name="Summary").fill(SUMMARY)
        document.get_by_role("button", name="Save").click()
        expect(document.get_by_role("region", name="Summary").get_by_role("listitem")).to_have_count(2)
        self.pause()
        document.get_by_role("button", name="Monitoring").click()
        expect(fact(document, "Status")).to_contain_text("Monitoring")
        document.get_by_label("New action item").fill("Load-test the pool before each deploy")
        document.get_by_label("Owner").select_option(label="Linus Torvalds")
        document.get_by_role("button", name="Add action").click()
        expect(document.get_by_role("region", name="Action items").get_by_role("listitem")).to_have_count(1)
        self.pause()
        self.grace.says("Errors stay at zero. Thank you all!")
        expect(self.ada.topic).to_contain_text("Monitoring")
        return document

    def photograph(self, document: Page) -> None:
        page = self.ada.page
        page.mouse.move(0, 0)
        self.keep(page, "channel")
        page.set_viewport_size(LEFT)
        left = self.shot(page)
        page.set_viewport_size(WIDE)
        self.ada.opens("incidents")
        expect(self.ada.headline(TITLE)).to_contain_text("Monitoring")
        page.mouse.move(0, 0)
        self.keep(page, "headline")
        document.evaluate("scrollTo(0, 0)")
        self.keep(document, "document")
        document.set_viewport_size(RIGHT)
        self.save(side_by_side(left, self.shot(document)), "overview")

    def shot(self, page: Page) -> Image.Image:
        page.bring_to_front()
        path = self.folder / "shot.png"
        page.screenshot(path=path, animations="disabled", caret="hide")
        picture = Image.open(path).convert("RGB")
        path.unlink()
        return picture

    def keep(self, page: Page, name: str) -> None:
        self.save(self.shot(page), name)

    def save(self, picture: Image.Image, name: str) -> None:
        path = self.folder / f"{name}.png"
        picture.quantize(colors=256, method=Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE).save(
            path, optimize=True
        )
        size = path.stat().st_size
        sys.stdout.write(f"{path} {picture.width} x {picture.height} {size // 1000} kB\n")
        if size > HEAVIEST:
            raise SystemExit(f"{path} is heavier than {HEAVIEST // 1000} kB.")

    def pause(self) -> None:
        time.sleep(self.pace)


def side_by_side(left: Image.Image, right: Image.Image) -> Image.Image:
    gap = 16 * SCALE
    whole = Image.new("RGB", (left.width + right.width + 3 * gap, left.height + 2 * gap), "#d9dee3")
    whole.paste(left, (gap, gap))
    whole.paste(right, (left.width + 2 * gap, gap))
    height = whole.height * OVERVIEW_WIDTH // whole.width
    return whole.resize((OVERVIEW_WIDTH, height), Image.Resampling.LANCZOS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--pace", type=float, default=25, help="seconds between what people do")
    parser.add_argument(
        "--ports", type=int, nargs=2, default=PORTS, metavar=("WEB", "SANDBOX"), help="the pictures show them as links"
    )
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as data,
        running_product(Path(data), ports=(chosen.ports[0], chosen.ports[1])) as product,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        Play(browser, product, folder=chosen.folder, pace=chosen.pace).run()
        browser.close()


if __name__ == "__main__":
    main()

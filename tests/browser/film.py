"""Make the README's moving picture: film `make demo` from Katherine's window.

`.venv/bin/python -m tests.browser.film` writes docs/pictures/demo.gif. The demo plays at its own pace, two minutes; the
film is faster, and stands still long enough for a caption to be read.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
from PIL import Image, ImageChops
from playwright.sync_api import Page, ViewportSize, sync_playwright

from tests.browser.chromium import launch
from tests.browser.product import ROOT
from tests.browser.windows import logs_in
from tests.response.conftest import Running, bare_environment

FILE: Final = ROOT / "docs" / "pictures" / "demo.gif"
HEAVIEST: Final = 3_000_000  # bytes
SIZE: Final[ViewportSize] = {"width": 1040, "height": 660}
COLOURS: Final = 96
LOOKS_EVERY: Final = 0.4  # seconds, as all of these
FASTER: Final = 5.0
SHORTEST: Final = 0.16
CAPTION: Final = 1.9  # what a caption needs to be read
DOCUMENT: Final = 3.2
LAST: Final = 4.0
PATIENCE: Final = 240.0


@dataclass
class Frame:
    picture: Image.Image
    seconds: float
    caption: str


class Film:
    """What Katherine sees, picture by picture."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.frames: list[Frame] = []
        self._shown_at = time.monotonic()

    def look(self) -> None:
        """Take a picture, and keep it when it is another than the last."""
        now = time.monotonic()
        picture, caption = self._shot(self.page), self._caption()
        if self.frames:
            self.frames[-1].seconds = max(self.frames[-1].seconds, (now - self._shown_at) / FASTER)
        if not self.frames or ImageChops.difference(picture, self.frames[-1].picture).getbbox():
            self.frames.append(Frame(picture, SHORTEST, caption))
            self._shown_at = now

    def visit_document(self) -> None:
        """Follow the caption's link, and show the page above the caption."""
        with self.page.expect_popup() as popup:
            self.page.get_by_test_id("caption").get_by_role("link").click()
        document = popup.value
        document.set_viewport_size({"width": SIZE["width"], "height": SIZE["height"] - self._caption_height()})
        logs_in(document, "Katherine Johnson")
        for place in ("h1", "text=Timeline"):
            document.locator(place).first.scroll_into_view_if_needed()
            page = self._shot(document)
            picture = self.frames[-1].picture.copy()
            picture.paste(page, (0, 0))
            self.frames.append(Frame(picture, DOCUMENT, self._caption()))
            document.mouse.wheel(0, 900)
            document.wait_for_timeout(300)
        document.close()
        self._shown_at = time.monotonic()

    def _caption(self) -> str:
        caption = self.page.get_by_test_id("caption").locator("p")
        return caption.inner_text() if caption.count() else ""

    def _caption_height(self) -> int:
        box = self.page.get_by_test_id("caption").bounding_box()
        return round(box["height"]) if box else 0

    def _shot(self, page: Page) -> Image.Image:
        return Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide"))).convert("RGB")

    def save(self, path: Path) -> None:
        """Write the film, each caption on long enough, all pictures in the same colours."""
        self.frames[-1].seconds = LAST
        for caption in dict.fromkeys(frame.caption for frame in self.frames):
            frames = [frame for frame in self.frames if frame.caption == caption]
            missing = CAPTION - sum(frame.seconds for frame in frames)
            frames[0].seconds += max(0.0, missing)
        pictures = [frame.picture for frame in self.frames]
        palette = common_palette(pictures)
        drawn = [one.quantize(palette=palette, dither=Image.Dither.NONE) for one in pictures]
        milliseconds = [round(frame.seconds * 100) * 10 for frame in self.frames]
        drawn[0].save(
            path, save_all=True, append_images=drawn[1:], duration=milliseconds, loop=0, optimize=False, disposal=1
        )
        size = path.stat().st_size
        length = sum(milliseconds) / 1000
        sys.stdout.write(f"{path} {len(drawn)} pictures, {length:.0f} s, {size // 1000} kB\n")
        if size > HEAVIEST:
            raise SystemExit(f"{path} is heavier than {HEAVIEST // 1000} kB.")


def common_palette(pictures: list[Image.Image]) -> Image.Image:
    """Return the colours that serve all pictures: of some of them, side by side."""
    some = pictures[:: max(1, len(pictures) // 12)]
    sheet = Image.new("RGB", (some[0].width, some[0].height * len(some)))
    for place, one in enumerate(some):
        sheet.paste(one, (0, place * one.height))
    return sheet.quantize(colors=COLOURS, method=Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE)


def film_demo(page: Page, watch: str) -> Film:
    sandbox = watch.partition("?")[0]
    page.goto(watch)
    page.get_by_test_id("caption").wait_for()
    film, visited = Film(page), False
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        film.look()
        if not visited and page.get_by_test_id("caption").get_by_role("link").count():
            film.visit_document()
            visited = True
        (play,) = httpx.get(f"{sandbox}sandbox/plays").json()["plays"]
        if play["state"] == "failed":
            raise SystemExit("\n".join(play["problems"]))
        if play["state"] == "finished":
            film.look()
            return film
        page.wait_for_timeout(LOOKS_EVERY * 1000)
    raise SystemExit(f"The demo took longer than {PATIENCE:.0f} s.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", type=Path, default=FILE)
    chosen = parser.parse_args()
    ports = {name: os.environ[name] for name in ("PORT", "SANDBOX_PORT") if name in os.environ}
    demo = Running((sys.executable, "manage.py", "demo"), environment=bare_environment(**ports), directory=ROOT)
    try:
        watch = demo.wait_for(r"Watch +(\S+)").group(1)
        with sync_playwright() as playwright:
            browser = launch(playwright)
            page = browser.new_context(viewport=SIZE).new_page()
            film_demo(page, watch).save(chosen.file)
            browser.close()
    finally:
        demo.ends()


if __name__ == "__main__":
    main()

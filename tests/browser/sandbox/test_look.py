"""How things look that no other test would miss."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.sandbox.pretend_app import PretendApp
from tests.browser.sandbox.windows import OpenAs, RunningSandbox


def test_digits_are_drawn_with_the_letters_not_as_emoji(open_as: OpenAs) -> None:
    page = open_as("ada")

    widths = page.evaluate(
        """() => {
          const probe = document.body.appendChild(document.createElement('span'));
          const width = (text) => { probe.textContent = text; return probe.getBoundingClientRect().width; };
          return [width('0000000000'), width('nnnnnnnnnn')];
        }"""
    )

    assert widths[0] < 1.3 * widths[1]


def test_an_attachment_has_the_small_pictures_of_author_and_footer(
    open_as: OpenAs, app: PretendApp, sandbox: RunningSandbox
) -> None:
    face = f"{sandbox.url}avatars/U0LINUS.svg"
    attachment = {"author_name": "Linus", "author_icon": face, "text": "31 %", "footer": "Monitor", "footer_icon": face}
    ts = app.call("chat.postMessage", channel="C0INCIDENTS", text="", attachments=[attachment])["ts"]

    page = open_as("ada", path="/?channel=incidents")

    pictures = page.locator(f'[data-ts="{ts}"] .attachment img')
    expect(pictures).to_have_count(2)
    boxes = [picture.bounding_box() for picture in pictures.all()]
    assert [box and box["width"] for box in boxes] == [16, 16]

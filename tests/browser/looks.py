"""Photograph each kind of message and surface of the sandbox, for docs/sandbox-looks.md.

`.venv/bin/python -m tests.browser.looks` writes docs/pictures/looks/. The clock stands on a November morning, so what
did not change looks the same again.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, ViewportSize, sync_playwright

from tests.browser.chromium import launch
from tests.browser.product import ROOT
from tests.browser.sandbox.gallery import blocks, button, inputs, mrkdwn, option, plain
from tests.browser.sandbox.pretend_app import Payload, PretendApp
from tests.browser.sandbox.windows import RunningSandbox

FOLDER: Final = ROOT / "docs" / "pictures" / "looks"
HEAVIEST: Final = 110_000  # bytes
SCALE: Final = 1.5
MORNING: Final = 1_795_253_100  # 21 November 2026, 9:25 in London
WIDE: Final[ViewportSize] = {"width": 960, "height": 640}
LOW: Final[ViewportSize] = {"width": 1180, "height": 480}
PHONE: Final[ViewportSize] = {"width": 390, "height": 700}
INCIDENTS: Final = "C0INCIDENTS"
GENERAL: Final = "C0GENERAL"

Scene = Callable[["Studio"], None]
SCENES: list[Scene] = []


def scene(photograph: Scene) -> Scene:
    SCENES.append(photograph)
    return photograph


class Studio:
    """A sandbox, a small app behind it, and a camera."""

    def __init__(self, browser: Browser, sandbox: RunningSandbox, app: PretendApp, folder: Path) -> None:
        self.browser, self.sandbox, self.app, self.folder = browser, sandbox, app, folder

    def begin(self) -> None:
        """Make it the first morning again."""
        self.sandbox.control("reset", {})
        self.sandbox.control("clock", {"set": MORNING})
        self.app.forget()

    def window(self, path: str = "?channel=incidents", *, size: ViewportSize = WIDE, dark: bool = False) -> Page:
        context = self.browser.new_context(
            viewport=size,
            device_scale_factor=SCALE,
            timezone_id="Europe/London",
            locale="en-GB",
            color_scheme="dark" if dark else "light",
            has_touch=size is PHONE,
        )
        self.sandbox.act("channel.mark_read", user="U0ADA", channel=INCIDENTS, ts=f"{MORNING + 3600}.000000")
        page = context.new_page()
        page.set_default_timeout(5000)
        page.goto(f"{self.sandbox.url}{path}&as=ada")
        page.locator(".shell").wait_for()
        return page

    def says(self, user: str, text: str, *, channel: str = INCIDENTS, **more: Any) -> str:
        ts: str = self.sandbox.act("message.send", user=user, channel=channel, text=text, **more)["ts"]
        return ts

    def posts(self, *given: Payload, channel: str = INCIDENTS, **more: Any) -> str:
        ts: str = self.app.call("chat.postMessage", channel=channel, text="A post", blocks=list(given), **more)["ts"]
        return ts

    def on_command(self, view: Payload) -> None:
        def answer(payload: Payload) -> None:
            self.app.call("views.open", trigger_id=payload["trigger_id"], view=view)

        self.app.on["/incident"] = answer

    def keep(self, name: str, page: Page, *things: Locator) -> None:
        """Photograph what is there, or the part of it that has these things, and close the window."""
        page.mouse.move(0, 0) if not things else None
        page.wait_for_timeout(150)  # what unfolds has unfolded
        path = self.folder / "shot.png"
        page.screenshot(path=path, animations="disabled", caret="hide", clip=around(page, things) if things else None)
        picture = Image.open(path).convert("RGB")
        path.unlink()
        target = self.folder / f"{name}.png"
        picture.quantize(colors=128, method=Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE).save(
            target, optimize=True
        )
        size = target.stat().st_size
        sys.stdout.write(f"{target} {picture.width} x {picture.height} {size // 1000} kB\n")
        if size > HEAVIEST:
            raise SystemExit(f"{target} is heavier than {HEAVIEST // 1000} kB.")
        page.context.close()


def around(page: Page, things: tuple[Locator, ...]) -> Any:
    """Return the smallest part of the page that has all of them."""
    boxes = [box for thing in things if (box := thing.bounding_box())]
    left = max(0, min(box["x"] for box in boxes))
    top = max(0, min(box["y"] for box in boxes))
    size = page.viewport_size or WIDE
    right = min(size["width"], max(box["x"] + box["width"] for box in boxes))
    bottom = min(size["height"], max(box["y"] + box["height"] for box in boxes))
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}


def message(page: Page, ts: str) -> Locator:
    found = page.locator(f'.messages [data-ts="{ts}"]')
    found.wait_for()
    return found


def headline() -> list[Payload]:
    return [
        {"type": "header", "text": plain(":rotating_light: INC-7 Checkout returns 500s")},
        {
            "type": "section",
            "fields": [mrkdwn("*Lead*\n<@U0GRACE>"), mrkdwn("*Severity*\n:large_orange_circle: Major")],
        },
        {"type": "section", "text": mrkdwn("Every third payment fails since the last deploy.")},
        {"type": "context", "elements": [mrkdwn(":page_facing_up: <https://example.com/7|Incident document>")]},
        {
            "type": "actions",
            "elements": [
                button("Edit"),
                button("Take the lead", style="primary"),
                button("Resolve", style="danger", confirm=CONFIRM),
            ],
        },
    ]


CONFIRM: Final = {
    "title": plain("Resolve INC-7?"),
    "text": mrkdwn("The channel stays. It can be *reopened*."),
    "confirm": plain("Resolve it"),
    "deny": plain("Not yet"),
    "style": "danger",
}


def dialog() -> Payload:
    severities = [option(name) for name in ("Critical", "Major", "Minor")]

    def field(label: str, element: Payload, **more: Any) -> Payload:
        element = {"action_id": "it", **element}
        return {"type": "input", "block_id": label.lower(), "label": plain(label), "element": element, **more}

    return {
        "type": "modal",
        "title": plain("Declare an incident"),
        "submit": plain("Declare"),
        "close": plain("Cancel"),
        "blocks": [
            field("Title", {"type": "plain_text_input", "initial_value": "Checkout returns 500s"}),
            field("Severity", {"type": "static_select", "options": severities}, optional=True),
            field("Lead", {"type": "users_select", "initial_user": "U0GRACE"}, hint=plain("Who decides what is done")),
            {"type": "actions", "block_id": "more", "elements": [button("Explain the severities")]},
        ],
    }


def open_dialog(page: Page) -> Locator:
    box = page.get_by_role("textbox", name=re.compile("^Message "))
    box.fill("/incident")
    box.press("Space")
    box.press("Enter")
    opened = page.get_by_role("dialog", name="Declare an incident")
    opened.wait_for()
    return opened


@scene
def text_of_a_person(studio: Studio) -> None:
    text = (
        "*Every third* payment fails since `v413`, _only_ cards ~and PayPal~. @ada @oncall see #general "
        "and https://example.com/graph :fire:\n> Payment was refused\n```HTTP 503\nretry-after: 3```"
    )
    ts = studio.says("U0GRACE", text)
    for user, name in (("U0ADA", "eyes"), ("U0LINUS", "eyes"), ("U0LINUS", "white_check_mark")):
        studio.sandbox.act("reaction.add", user=user, channel=INCIDENTS, ts=ts, name=name)
    page = studio.window()
    studio.keep("person", page, message(page, ts))


@scene
def post_of_an_app(studio: Studio) -> None:
    ts = studio.posts(*headline())
    page = studio.window()
    studio.keep("app", page, message(page, ts))


@scene
def attachments(studio: Studio) -> None:
    face = f"{studio.sandbox.url}avatars/U0LINUS.svg"
    attachment = {
        "color": "warning",
        "pretext": "The monitor says:",
        "author_name": "Linus",
        "author_icon": face,
        "title": "Errors of payments-api",
        "title_link": "https://example.com/graph",
        "text": "31 % of requests fail",
        "fields": [
            {"title": "Region", "value": "Europe", "short": True},
            {"title": "Since", "value": "9:03", "short": True},
        ],
        "footer": "Monitor",
        "footer_icon": face,
        "ts": MORNING - 600,
    }
    ts = studio.app.call("chat.postMessage", channel=INCIDENTS, text="", attachments=[attachment])["ts"]
    page = studio.window()
    studio.keep("attachment", page, message(page, ts))


@scene
def only_for_one(studio: Studio) -> None:
    studio.app.call(
        "chat.postEphemeral", channel=INCIDENTS, user="U0ADA", text="Nobody leads INC-7. Say `@incident lead`."
    )
    page = studio.window()
    studio.keep("ephemeral", page, page.locator("[data-ephemeral]"))


@scene
def a_thread(studio: Studio) -> None:
    ts = studio.says("U0GRACE", "Who looks at the pool?")
    studio.says("U0LINUS", "I do", thread_ts=ts)
    studio.says("U0KATHERINE", "It runs empty since 9:03", thread_ts=ts, broadcast=True)
    page = studio.window(size=LOW)
    page.get_by_role("button", name=re.compile("2 replies")).click()
    page.get_by_test_id("thread").get_by_text("It runs empty").wait_for()
    studio.keep("thread", page, page.locator("main .messages-frame"), page.locator("aside.panel"))


@scene
def edited_and_pinned(studio: Studio) -> None:
    ts = studio.says("U0LINUS", "Rolled bcak to v412")
    studio.sandbox.act("message.edit", user="U0LINUS", channel=INCIDENTS, ts=ts, text="Rolled back to `v412`")
    studio.sandbox.act("pin.add", user="U0ADA", channel=INCIDENTS, ts=ts)
    page = studio.window()
    studio.keep("edited-pinned", page, message(page, ts))


@scene
def what_happened_in_the_channel(studio: Studio) -> None:
    made = studio.sandbox.act("channel.create", user="U0ADA", name="inc-7-checkout", private=False)["channel"]["id"]
    studio.sandbox.act("channel.invite", user="U0ADA", channel=made, users=["U0GRACE"])
    studio.sandbox.act("channel.set_topic", user="U0ADA", channel=made, text="Investigating, led by @grace")
    link = {"title": "INC-7 document", "link": "https://example.com/7", "emoji": ":page_facing_up:"}
    studio.sandbox.act("bookmark.add", user="U0ADA", channel=made, **link)
    page = studio.window("?channel=inc-7-checkout", size=LOW)
    page.locator(".message.system").last.wait_for()
    studio.keep("channel", page, page.locator("main"))


@scene
def a_file(studio: Studio) -> None:
    said = {"name": "errors.txt", "mimetype": "text/plain", "content": "SFRUUCA1MDM=", "text": "The log"}
    ts = studio.sandbox.act("file.upload", user="U0LINUS", channel=INCIDENTS, **said)["message"]["ts"]
    page = studio.window()
    studio.keep("file", page, message(page, ts))


@scene
def newer_blocks(studio: Studio) -> None:
    shown = {one.name: one.block for one in blocks(f"{studio.sandbox.url}avatars/U0GRACE.svg")}
    ts = studio.posts(*(shown[name] for name in ("alert", "data_table", "container", "plan")))
    page = studio.window(size={"width": 960, "height": 1000})
    studio.keep("newer-blocks", page, message(page, ts))


@scene
def a_dialog(studio: Studio) -> None:
    studio.on_command(dialog())
    page = studio.window()
    studio.keep("dialog", page, open_dialog(page))


@scene
def errors_in_a_dialog(studio: Studio) -> None:
    studio.on_command(dialog())
    errors = {"title": "There is an open incident of this name.", "severity": "Say how bad it is."}
    studio.app.on["view_submission"] = lambda _: {"response_action": "errors", "errors": errors}
    page = studio.window()
    opened = open_dialog(page)
    opened.get_by_role("button", name="Declare").click()
    opened.get_by_role("alert").last.wait_for()
    studio.keep("dialog-errors", page, opened)


@scene
def a_dialog_above_a_dialog(studio: Studio) -> None:
    studio.on_command(dialog())
    above = {
        "type": "modal",
        "title": plain("Severities"),
        "close": plain("Back"),
        "blocks": [
            {"type": "section", "text": mrkdwn(":red_circle: *Critical*\nMost customers cannot use the product.")},
            {"type": "divider"},
            {"type": "section", "text": mrkdwn(":large_orange_circle: *Major*\nAn important part is broken.")},
        ],
    }

    def push(payload: Payload) -> None:
        studio.app.call("views.push", trigger_id=payload["trigger_id"], view=above)

    studio.app.on["block_actions"] = push
    page = studio.window()
    open_dialog(page).get_by_role("button", name="Explain").click()
    opened = page.get_by_role("dialog", name="Severities")
    opened.wait_for()
    studio.keep("dialog-stack", page, opened)


@scene
def inputs_of_a_dialog(studio: Studio) -> None:
    wanted = ("rich_text_input", "datepicker", "checkboxes", "multi_users_select", "file_input")
    fields = [one.block for one in inputs() if one.name in wanted]
    studio.on_command({**dialog(), "blocks": fields})
    page = studio.window(size={"width": 960, "height": 900})
    studio.keep("inputs", page, open_dialog(page))


@scene
def a_question_before_it_is_done(studio: Studio) -> None:
    studio.posts(*headline())
    page = studio.window()
    page.get_by_test_id("messages").get_by_role("button", name="Resolve", exact=True).click()
    asked = page.get_by_role("alertdialog")
    asked.wait_for()
    studio.keep("confirm", page, asked)


@scene
def a_menu_in_a_dialog(studio: Studio) -> None:
    studio.on_command(dialog())
    page = studio.window()
    opened = open_dialog(page)
    opened.get_by_role("combobox", name="Severity").click()
    studio.keep("select", page, opened, page.get_by_role("listbox"))


@scene
def the_home_tab(studio: Studio) -> None:
    home = {
        "type": "home",
        "blocks": [
            {
                "type": "section",
                "text": mrkdwn("*Something broken?* Declare it. We'll open a channel and bring people in."),
            },
            {"type": "actions", "elements": [button("Declare an incident", style="primary")]},
            {"type": "header", "text": plain("Open incidents")},
            {
                "type": "section",
                "text": mrkdwn("*<https://example.com/7|INC-7 Checkout returns 500s>*\nled by <@U0GRACE>"),
            },
        ],
    }
    studio.app.call("views.publish", user_id="U0ADA", view=home)
    page = studio.window("?place=app", size=LOW)
    page.get_by_role("heading", name="Open incidents").wait_for()
    studio.keep("home", page, page.locator("main"))


def with_shortcuts(studio: Studio) -> None:
    loaded = studio.sandbox.get("manifest")["manifest"]
    loaded["features"]["shortcuts"] = [
        {"name": "Declare an incident", "type": "global", "callback_id": "declare", "description": "Opens the form"},
        {"name": "Add to timeline", "type": "message", "callback_id": "timeline", "description": "Keeps the message"},
    ]
    studio.sandbox.control("manifest", {"manifest": loaded})


@scene
def the_menu_of_a_message(studio: Studio) -> None:
    with_shortcuts(studio)
    for text in ("Customers write that checkout fails.", "I look at the graphs."):
        studio.says("U0GRACE", text)
    ts = studio.says("U0ADA", "Rolling back now")
    page = studio.window()
    said = message(page, ts)
    said.hover()
    said.get_by_role("button", name="More actions").click()
    studio.keep("message-menu", page, said, page.get_by_role("menu"))


@scene
def global_shortcuts(studio: Studio) -> None:
    with_shortcuts(studio)
    page = studio.window()
    page.get_by_role("button", name="Shortcuts").click()
    studio.keep("shortcuts", page, page.locator(".rail"), page.locator(".sidebar"), page.get_by_role("menu"))


@scene
def what_the_box_offers(studio: Studio) -> None:
    page = studio.window()
    box = page.get_by_role("textbox", name=re.compile("^Message "))
    box.press_sequentially("/in")
    studio.keep("commands", page, page.get_by_role("listbox"), page.locator(".composer"), page.locator(".completion"))


@scene
def unread_channels(studio: Studio) -> None:
    page = studio.window("?channel=random")
    studio.says("U0GRACE", "Anybody there? @ada", channel=GENERAL)
    studio.says("U0LINUS", "Looking", channel=INCIDENTS)
    page.locator(".sidebar .count").wait_for()
    studio.keep("sidebar", page, page.locator(".rail"), page.locator(".sidebar"))


@scene
def at_night(studio: Studio) -> None:
    studio.says("U0KATHERINE", "14 tickets in ten minutes: checkout shows an error page.")
    studio.posts(*headline())
    page = studio.window(size=PHONE, dark=True)
    page.get_by_role("heading", name="INC-7").wait_for()
    studio.keep("phone-dark", page)


@contextmanager
def studio(folder: Path) -> Iterator[Studio]:
    app = PretendApp()
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--app-url", app.url]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SANDBOX_")}
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found, "The sandbox did not start."
        app.api_url = f"{found[0]}api/"
        with sync_playwright() as playwright:
            browser = launch(playwright)
            yield Studio(browser, RunningSandbox(found[0]), app, folder)
            browser.close()
    finally:
        process.terminate()
        process.wait(10)
        app.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--only", help="scenes whose name has this in it")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    with studio(chosen.folder) as made:
        for each in SCENES:
            if not chosen.only or chosen.only in each.__name__:
                made.begin()
                each(made)


if __name__ == "__main__":
    main()

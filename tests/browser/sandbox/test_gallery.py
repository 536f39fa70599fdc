"""Every block and element that Slack's schema knows is drawn."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from playwright.sync_api import Locator, Page, expect

import sandbox.reference
from tests.browser.sandbox.gallery import Exhibit, blocks, inputs, line, plain, words
from tests.browser.sandbox.pretend_app import Payload, PretendApp
from tests.browser.sandbox.windows import PHONE, WIDE, OpenAs, RunningSandbox

SCHEMA = json.loads((Path(sandbox.reference.__file__).parent / "block_kit.schema.json").read_text("utf-8"))
# What blocks stand in.
SURFACES = {"modal", "home"}
INCIDENTS = "C0INCIDENTS"


def types_in_schema(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(const := node.get("properties", {}).get("type", {}).get("const"), str):
            yield const
        for inner in node.values():
            yield from types_in_schema(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from types_in_schema(inner)


def types_in(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "type" in node:
            yield node["type"]
        for inner in node.values():
            yield from types_in(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from types_in(inner)


def test_the_gallery_has_everything_the_schema_knows() -> None:
    known = set(types_in_schema(SCHEMA))
    shown = set(types_in([one.block for one in [*blocks("/avatars/U0ADA.svg"), *inputs()]]))

    assert len(known) > 60
    assert known - SURFACES - shown == set()


def is_drawn(place: Locator, exhibit: Exhibit) -> None:
    expect(place.locator(".unknown-block"), exhibit.name).to_have_count(0)
    for text in exhibit.shows:
        expect(place, exhibit.name).to_contain_text(text)
    for role, name in exhibit.controls:
        found = (
            place.get_by_label(name)
            if role == "input"
            else place.get_by_role(cast(Any, role), name=re.compile(re.escape(name)))
        )
        # A file is chosen through its label: the browser's own button is not to be seen.
        expect(found.first, f"{exhibit.name}: {role} {name}").to_be_attached()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_every_block_is_drawn(size: dict[str, int], open_as: OpenAs, app: PretendApp, sandbox: RunningSandbox) -> None:
    exhibits = blocks(f"{sandbox.url}avatars/U0ADA.svg")
    posted = [
        app.call("chat.postMessage", channel=INCIDENTS, text=one.name, blocks=[one.block])["ts"] for one in exhibits
    ]

    page = open_as("ada", path="/?channel=incidents", size=size)

    for exhibit, ts in zip(exhibits, posted, strict=True):
        page.goto(f"{sandbox.url}archives/{INCIDENTS}/p{ts.replace('.', '')}")
        message = page.locator(f'[data-ts="{ts}"]')
        expect(message).to_be_visible()
        is_drawn(message, exhibit)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, exhibit.name


def open_modal(page: Page, app: PretendApp, blocks: list[Payload]) -> Locator:
    def answer(payload: Payload) -> None:
        view = {"type": "modal", "title": plain("Everything"), "submit": plain("Send"), "blocks": blocks}
        app.call("views.open", trigger_id=payload["trigger_id"], view=view)

    app.on["/incident"] = answer
    box = page.get_by_role("textbox", name="Message #general")
    box.fill("/incident all")
    box.press("Enter")
    dialog = page.get_by_role("dialog", name="Everything")
    dialog.wait_for()
    return dialog


def test_every_input_is_drawn_and_sends_what_it_starts_with(open_as: OpenAs, app: PretendApp) -> None:
    dialog = open_modal(open_as("ada"), app, [one.block for one in inputs()])

    for exhibit in inputs():
        is_drawn(dialog.locator(f'[data-block-id="{exhibit.name}"]'), exhibit)
    dialog.get_by_role("button", name="Send").click()

    sent = {name: own["it"] for name, own in app.wait_for("view_submission")["view"]["state"]["values"].items()}
    assert set(sent) == {one.name for one in inputs()}
    assert sent["timepicker"]["selected_time"] == "12:05"
    assert sent["multi_users_select"]["selected_users"] == ["U0ADA", "U0GRACE"]
    [section] = sent["rich_text_input"]["rich_text_value"]["elements"]
    assert section["elements"] == [{"type": "text", "text": "Cards only", "style": {"bold": True}}]


def exhibit_named(name: str, url: str = "") -> Payload:
    return next(one.block for one in [*blocks(f"{url}avatars/U0ADA.svg"), *inputs()] if one.name == name)


def test_what_is_typed_with_marks_is_rich_text(open_as: OpenAs, app: PretendApp) -> None:
    block = exhibit_named("rich_text_input")
    page = open_as("ada")
    dialog = open_modal(page, app, [{**block, "element": {"type": "rich_text_input", "action_id": "it"}}])
    box = dialog.get_by_label("Rich text input")

    box.press_sequentially("*Only* cards, says @gra")
    expect(page.get_by_role("option", name=re.compile("Grace"))).to_be_visible()
    box.press("Tab")
    box.press_sequentially("in #general :fire:\n- `v413`\n- <the pool> & more\n> see https://example.com/a")
    dialog.get_by_role("button", name="Send").click()

    value = app.wait_for("view_submission")["view"]["state"]["values"]["rich_text_input"]["it"]["rich_text_value"]
    assert value["elements"] == [
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "text", "text": "Only", "style": {"bold": True}},
                {"type": "text", "text": " cards, says "},
                {"type": "user", "user_id": "U0GRACE"},
                {"type": "text", "text": " in "},
                {"type": "channel", "channel_id": "C0GENERAL"},
                {"type": "text", "text": " "},
                {"type": "emoji", "name": "fire"},
            ],
        },
        {
            "type": "rich_text_list",
            "style": "bullet",
            "indent": 0,
            "elements": [
                {
                    "type": "rich_text_section",
                    "elements": [{"type": "text", "text": "v413", "style": {"code": True}}],
                },
                {"type": "rich_text_section", "elements": [{"type": "text", "text": "<the pool> & more"}]},
            ],
        },
        {
            "type": "rich_text_quote",
            "elements": [{"type": "text", "text": "see "}, {"type": "link", "url": "https://example.com/a"}],
        },
    ]


def test_rich_text_comes_back_as_it_was(open_as: OpenAs, app: PretendApp) -> None:
    link = {"type": "link", "url": "https://a.example", "text": "A"}
    parts = [
        line(words("both", bold=True, code=True)),
        {"type": "rich_text_list", "style": "ordered", "indent": 0, "elements": [line(link)]},
        {"type": "rich_text_preformatted", "elements": [words("*not* <bold>")]},
        {"type": "rich_text_quote", "elements": [words("one\ntwo & <three>")]},
    ]
    block = exhibit_named("rich_text_input")
    element = {"type": "rich_text_input", "action_id": "it", "initial_value": {"type": "rich_text", "elements": parts}}
    dialog = open_modal(open_as("ada"), app, [{**block, "element": element}])

    dialog.get_by_label("Rich text input").press("End")
    dialog.get_by_label("Rich text input").press_sequentially(" ")
    dialog.get_by_label("Rich text input").press("Backspace")
    dialog.get_by_role("button", name="Send").click()

    value = app.wait_for("view_submission")["view"]["state"]["values"]["rich_text_input"]["it"]["rich_text_value"]
    assert value["elements"] == parts


def test_a_file_in_a_dialog_reaches_the_app_whole(open_as: OpenAs, app: PretendApp, sandbox: RunningSandbox) -> None:
    dialog = open_modal(open_as("ada"), app, [exhibit_named("file_input")])
    chooser = dialog.get_by_label("File input")

    chooser.set_input_files({"name": "virus.exe", "mimeType": "application/x-dosexec", "buffer": b"MZ"})
    expect(dialog.get_by_role("alert")).to_contain_text("virus.exe is not of the wanted type: png, txt.")
    chooser.set_input_files({"name": "log.txt", "mimeType": "text/plain", "buffer": b"HTTP 503"})
    expect(dialog.get_by_role("button", name="Remove log.txt")).to_be_visible()
    dialog.get_by_role("button", name="Send").click()

    [file] = app.wait_for("view_submission")["view"]["state"]["values"]["file_input"]["it"]["files"]
    assert (file["name"], file["mimetype"], file["size"]) == ("log.txt", "text/plain", 8)
    assert app.download(file["url_private_download"]) == b"HTTP 503"


def test_a_data_table_is_sorted_searched_and_turned_over(
    open_as: OpenAs, app: PretendApp, sandbox: RunningSandbox
) -> None:
    app.call("chat.postMessage", channel=INCIDENTS, text="table", blocks=[exhibit_named("data_table", sandbox.url)])
    page = open_as("ada", path="/?channel=incidents")
    table = page.get_by_role("table", name="Failures by service")
    services = table.get_by_role("rowheader")
    expect(services).to_have_text(["web", "cards", "carts"])

    page.get_by_role("button", name="Next page").click()
    expect(services).to_have_text(["mail", "search"])
    table.get_by_role("button", name="Failed").click()
    table.get_by_role("button", name="Failed").click()
    page.get_by_role("button", name="Previous page").click()
    expect(services).to_have_text(["cards", "search", "carts"])
    page.get_by_role("searchbox", name="Search Failures by service").fill("ma")
    expect(services).to_have_text(["mail"])


def test_containers_fold_and_cards_act(open_as: OpenAs, app: PretendApp, sandbox: RunningSandbox) -> None:
    shown = [exhibit_named(name, sandbox.url) for name in ("container", "card")]
    app.call("chat.postMessage", channel=INCIDENTS, text="both", blocks=shown)
    page = open_as("ada", path="/?channel=incidents")
    messages = page.get_by_test_id("messages")

    messages.get_by_role("button", name="Timeline").click()
    expect(messages.get_by_text("12:03 Declared")).to_have_count(0)
    messages.get_by_role("button", name="Timeline").click()
    messages.get_by_role("button", name="Add an entry").click()
    assert app.wait_for("block_actions")["actions"][0]["action_id"] == "add_an_entry"
    app.heard.clear()
    messages.get_by_role("button", name="Page the owner").click()
    assert app.wait_for("block_actions")["actions"][0]["action_id"] == "page_the_owner"


def test_feedback_tells_which_of_the_two(open_as: OpenAs, app: PretendApp) -> None:
    app.call("chat.postMessage", channel=INCIDENTS, text="an answer", blocks=[exhibit_named("context_actions")])
    page = open_as("ada", path="/?channel=incidents")

    page.get_by_test_id("messages").get_by_role("button", name="Bad", exact=True).click()

    assert app.wait_for("block_actions")["actions"][0]["value"] == "bad"
    expect(page.get_by_role("button", name="Bad", exact=True)).to_have_attribute("aria-pressed", "true")


MARKDOWN = """\
| Service | Failed |
|:--------|-------:|
| **web** | 4 |
| a \\| b | 9 |

- [x] Roll back
- [ ] Write it down
  - the *pool*
3. third
---
![A graph](https://example.com/g.png) and `*code*`"""


def test_markdown_has_tables_tasks_and_depth(open_as: OpenAs, app: PretendApp) -> None:
    app.call("chat.postMessage", channel=INCIDENTS, text="md", blocks=[{"type": "markdown", "text": MARKDOWN}])
    page = open_as("ada", path="/?channel=incidents")
    block = page.locator(".markdown")

    expect(block.get_by_role("columnheader")).to_have_text(["Service", "Failed"])
    expect(block.get_by_role("cell")).to_have_text(["web", "4", "a | b", "9"])
    expect(block.get_by_role("checkbox", name="Done")).to_be_checked()
    expect(block.get_by_role("checkbox", name="To do")).not_to_be_checked()
    expect(block.get_by_role("listitem")).to_have_text(["Roll back", "Write it down", "the pool", "third"])
    expect(block.locator("ol")).to_have_attribute("start", "3")
    expect(block.get_by_role("separator")).to_have_count(1)
    expect(block.get_by_role("link", name="A graph")).to_be_visible()
    expect(block.locator("code")).to_have_text("*code*")

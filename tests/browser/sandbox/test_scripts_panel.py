"""Scripts in the browser: start, watch, record, play again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.sandbox.pretend_app import PretendApp
from tests.browser.sandbox.test_blocks_and_dialogs import declare, declare_dialog, open_dialog_on_command
from tests.browser.sandbox.test_everywhere import sideways
from tests.browser.sandbox.test_talking import say
from tests.browser.sandbox.windows import PHONE, WIDE, OpenAs, RunningSandbox

SHOW = """\
about: Shows something in two channels
steps:
  - {caption: "Look, #random!", look: "#random"}
  - {who: grace, says: Over here, in: "#random"}
  - {after: 30, caption: Never seen}
"""


def scripts(page: Page) -> None:
    page.get_by_role("button", name="Scripts").click()
    expect(page.get_by_role("heading", name="Scripts")).to_be_visible()


def test_a_script_is_uploaded_started_watched_and_stopped(
    open_as: OpenAs, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    page, other = open_as("ada"), open_as("linus")
    (tmp_path / "show.yaml").write_text(SHOW)
    scripts(page)
    page.get_by_label("A script to upload").set_input_files(tmp_path / "show.yaml")
    page.get_by_role("button", name="Start show").click()

    caption = page.get_by_test_id("caption")
    expect(caption).to_contain_text("Look, #random!")
    expect(page.get_by_role("textbox", name="Message #random")).to_be_visible()  # who starts it follows it
    expect(page.get_by_test_id("messages")).to_contain_text("Over here")
    expect(page.locator("[data-play=show]")).to_contain_text("step 3 of 3")
    expect(other.get_by_test_id("caption")).to_contain_text("Look, #random!")
    expect(other.get_by_role("textbox", name="Message #general")).to_be_visible()  # others are left where they are
    caption.get_by_role("button", name="Stop the script").click()
    expect(caption).to_have_count(0)
    expect(page.locator("[data-play=show]")).to_contain_text("stopped")
    page.get_by_role("button", name="Delete show").click()
    expect(page.locator("[data-script=show]")).to_have_count(0)


def test_a_window_that_was_asked_to_follow_does(open_as: OpenAs, sandbox: RunningSandbox) -> None:
    page = open_as("katherine", path="/?follow=1&channel=general")
    sandbox.control("plays", {"text": SHOW, "name": "show.yaml"})

    expect(page.get_by_role("textbox", name="Message #random")).to_be_visible()
    page.get_by_role("button", name="Put the caption away").click()
    expect(page.get_by_test_id("caption")).to_have_count(0)


def test_what_people_do_is_recorded_and_played_again(open_as: OpenAs, sandbox: RunningSandbox) -> None:
    page = open_as("ada")
    scripts(page)
    page.get_by_role("button", name="Record what people do").click()
    expect(page.get_by_role("status").filter(has_text="Recording")).to_contain_text("0 steps")
    say(page, "Say this again")
    expect(page.get_by_role("status").filter(has_text="Recording")).to_contain_text("1 step")
    page.get_by_role("textbox", name="Name of the recording").fill("again")
    page.get_by_role("button", name="Stop and keep").click()
    entry = page.locator("[data-script=again]")
    expect(entry).to_be_visible()

    with page.expect_download() as download:
        entry.get_by_role("link", name="Download again").click()
    assert "says: Say this again" in download.value.path().read_text()
    page.get_by_label("Speed").select_option("As fast as the app answers")
    page.get_by_role("switch", name="In a fresh workspace").check()
    page.get_by_role("button", name="Start again").click()

    expect(page.locator("[data-play=again]")).to_contain_text("finished")
    expect(page.get_by_test_id("messages").get_by_text("Say this again")).to_have_count(1)
    page.get_by_role("button", name="Delete again").click()


def test_a_name_that_is_being_typed_stays_while_people_go_on(open_as: OpenAs, sandbox: RunningSandbox) -> None:
    page = open_as("ada")
    scripts(page)
    page.get_by_role("button", name="Record what people do").click()
    name = page.get_by_role("textbox", name="Name of the recording")
    expect(name).to_have_value(re.compile("recording-"))
    name.fill("outage")
    page.get_by_role("textbox", name="What it is about").fill("The day it rained")

    sandbox.act("message.send", user="U0GRACE", channel="C0GENERAL", text="Somebody else goes on")

    expect(page.get_by_role("status").filter(has_text="Recording")).to_contain_text("1 step")
    expect(name).to_have_value("outage")
    expect(page.get_by_role("textbox", name="What it is about")).to_have_value("The day it rained")
    page.get_by_role("button", name="Throw away").click()


def test_what_went_wrong_is_shown(open_as: OpenAs, sandbox: RunningSandbox, tmp_path: Path) -> None:
    page = open_as("ada")
    scripts(page)
    (tmp_path / "wrong.yaml").write_text("steps:\n  - {who: ada, sais: hello}\n")
    page.get_by_label("A script to upload").set_input_files(tmp_path / "wrong.yaml")
    expect(page.get_by_text('Did you mean "says"?')).to_be_visible()

    script = 'steps: [{expect: "#general", shows: Nothing of the kind, within: 0}]'
    sandbox.control("plays", {"text": script, "name": "hopeless.yaml"})

    play = page.locator("[data-play=hopeless]")
    expect(play).to_contain_text("failed")
    expect(play).to_contain_text("hopeless.yaml, line 1 (step 1): #general does not show 'Nothing of the kind'.")


def test_a_caption_fits_on_a_phone(open_as: OpenAs, sandbox: RunningSandbox) -> None:
    page = open_as("ada", size=PHONE)
    sandbox.control("plays", {"text": SHOW, "name": "show.yaml"})

    expect(page.get_by_test_id("caption")).to_be_in_viewport()
    expect(page.get_by_role("textbox", name="Message #general")).to_be_in_viewport()
    assert sideways(page) <= 0


@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_a_form_leaves_the_caption_to_be_read(
    open_as: OpenAs, app: PretendApp, sandbox: RunningSandbox, size: dict[str, int]
) -> None:
    open_dialog_on_command(app, declare_dialog())
    page = open_as("ada", size=size)
    sandbox.control("plays", {"text": SHOW, "name": "show.yaml"})
    caption = page.get_by_test_id("caption")
    expect(caption).to_be_visible()

    dialog = declare(page)

    strip, form = caption.bounding_box(), dialog.bounding_box()
    assert strip is not None
    assert form is not None
    assert form["y"] + form["height"] <= strip["y"]


def test_what_was_told_before_a_window_opened_is_not_told_again(open_as: OpenAs, sandbox: RunningSandbox) -> None:
    page = open_as("ada")
    sandbox.control("plays", {"text": 'steps: [{caption: "The end"}]', "name": "end.yaml"})
    expect(page.get_by_test_id("caption")).to_contain_text("The end")

    later = open_as("grace")
    scripts(later)
    expect(later.locator("[data-play=end]")).to_contain_text("finished")

    expect(later.get_by_test_id("caption")).to_have_count(0)
    expect(page.get_by_test_id("caption")).to_contain_text("The end")

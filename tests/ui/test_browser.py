"""In a real browser: the document keeps itself true and leaves alone what somebody types."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Dialog, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from incidents import services
from incidents.models import Incident, Person, Role
from slackbot import switches
from slackbot.models import OutboxEntry

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("seeded_db")]

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SOON = 2000


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    # Playwright keeps an event loop in this thread, in which Django would refuse its database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def trouble(ada: Person) -> Incident:
    # Within Playwright's event loop Django opens another connection, which knows nothing of what migrations wrote.
    Role.objects.get_or_create(key=Role.LEAD, defaults={"name": "Lead"})
    began = timezone.now() - timedelta(minutes=5)
    return services.declare_incident(title="Checkout returns 500s", reporter=ada, at=began)


@pytest.fixture
def page(
    chromium: Browser, live_server: LiveServer, browser_of: Callable[[Person], Client], ada: Person, trouble: Incident
) -> Iterator[Page]:
    """Ada looks at the incident. Whatever her browser complains about fails the test."""
    session = browser_of(ada).cookies["response_session"].value
    context = chromium.new_context(base_url=live_server.url)
    context.add_cookies([{"name": "response_session", "value": session, "url": live_server.url}])
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"/incidents/{trouble.number}/")
    yield page
    context.close()
    assert [each for each in complaints if "status of 4" not in each] == []


@pytest.fixture
def operator(page: Page, ada: Person) -> Page:
    """Ada, who runs Response."""
    assert ada.login
    ada.login.is_staff = True
    ada.login.save()
    return page


def test_what_others_change_shows_within_two_seconds(page: Page, trouble: Incident, grace: Person) -> None:
    services.rename_incident(trouble, to="Checkout is down", by=grace, at=timezone.now())

    expect(page.locator("h1")).to_have_text("Checkout is down", timeout=SOON)
    expect(page.locator(".timeline")).to_contain_text("Renamed to “Checkout is down”")
    expect(page).to_have_title("INC-1 Checkout is down · Investigating")


def test_words_and_caret_stay_while_the_page_changes_around_them(page: Page, trouble: Incident, grace: Person) -> None:
    page.get_by_role("link", name="Edit summary").click()
    editor = page.get_by_role("textbox", name="Summary")
    editor.press_sequentially("Half a sent")
    page.get_by_label("Add to the timeline").fill("another half")
    editor.focus()
    services.write_summary(trouble, text="Grace knows more.", by=grace, at=timezone.now())
    expect(page.locator("#summary")).to_have_text("Grace knows more.", timeout=SOON)

    editor.press_sequentially("ence")

    expect(editor).to_be_focused()
    expect(editor).to_have_value("Half a sentence")
    expect(page.get_by_label("Add to the timeline")).to_have_value("another half")


def test_conflict_shows_both_and_saving_again_keeps_mine(page: Page, trouble: Incident, grace: Person) -> None:
    page.get_by_role("link", name="Edit summary").click()
    editor = page.get_by_role("textbox", name="Summary")
    editor.fill("Mine.")
    services.write_summary(trouble, text="Grace's.", by=grace, at=timezone.now())

    page.get_by_role("button", name="Save").click()
    expect(page.locator(".errors")).to_contain_text("It now says: Grace's.")
    expect(editor).to_have_value("Mine.")
    page.get_by_role("button", name="Save").click()

    expect(page.locator("#summary")).to_have_text("Mine.")
    expect(editor).to_have_count(0)


def test_note_is_added_in_place(page: Page) -> None:
    page.evaluate("window.stays = true")
    page.get_by_label("Add to the timeline").fill("Called **Linus**.")
    page.get_by_role("button", name="Add note").click()

    expect(page.locator(".timeline strong", has_text="Linus")).to_be_visible()
    expect(page.get_by_label("Add to the timeline")).to_have_value("")
    assert page.evaluate("window.stays")


def test_resolve_and_reopen_in_place(page: Page) -> None:
    page.get_by_role("button", name="Resolve").click()
    expect(page.locator(".state .status")).to_have_text("Resolved")

    page.get_by_role("button", name="Reopen").click()

    expect(page.locator(".state .status")).to_have_text("Investigating")


def test_removing_the_lead_closes_their_form(page: Page, trouble: Incident, ada: Person) -> None:
    services.assign_lead(trouble, to=ada, by=ada, at=timezone.now())
    expect(page.locator(".state-facts")).to_contain_text("Lead Ada Lovelace", timeout=SOON)
    page.get_by_role("link", name="Change lead").click()

    page.get_by_role("button", name="Remove the lead").click()

    expect(page.locator("#facts")).to_contain_text("Nobody yet")
    expect(page.locator("#editor-facts form")).to_have_count(0)
    expect(page.get_by_role("link", name="Change lead")).to_be_focused()


def test_making_it_public_asks_first(page: Page, trouble: Incident) -> None:
    page.get_by_role("button", name="Make private").click()
    expect(page.locator(".state")).to_contain_text("Private")
    asked: list[str] = []

    def refuse(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.once("dialog", refuse)
    page.get_by_role("button", name="Make public").click()
    assert asked == ["Everybody here will see INC-1 and its whole history."]
    trouble.refresh_from_db()
    assert trouble.private

    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Make public").click()

    expect(page.locator(".state")).not_to_contain_text("Private")


def test_new_update_shows_by_itself(page: Page, trouble: Incident, grace: Person) -> None:
    expect(page.locator("#update")).to_be_hidden()

    services.post_update(trouble, text="We **found** it.", by=grace, at=timezone.now())

    expect(page.locator("#update strong")).to_have_text("found", timeout=SOON)


def test_refusal_is_said_in_place(page: Page, trouble: Incident, grace: Person) -> None:
    page.route("**/live/*", lambda route: route.fulfill(status=204))  # this page hears no news,
    page.reload()  # also not by a question that was on its way
    services.resolve_incident(trouble, by=grace, at=timezone.now())

    page.get_by_role("button", name="Resolve").click()

    expect(page.locator("#messages")).to_have_text("INC-1 is already resolved.")


def test_refusal_stays_to_be_read_when_news_comes(page: Page, trouble: Incident, grace: Person) -> None:
    page.locator("#state form[hx-post$='/status/'] button").first.evaluate("button => (button.disabled = false)")
    page.get_by_role("button", name="Investigating").click()
    expect(page.locator("#messages")).to_have_text("INC-1 is already investigating.")

    services.add_note(trouble, text="News", by=grace, at=timezone.now())

    expect(page.locator(".timeline")).to_contain_text("News", timeout=SOON)
    expect(page.locator("#messages")).to_have_text("INC-1 is already investigating.")


def test_impatient_clicks_send_a_form_once(page: Page, trouble: Incident) -> None:
    page.get_by_label("Add to the timeline").fill("Once")

    page.get_by_role("button", name="Add note").evaluate("button => { for (let i = 0; i < 5; i++) button.click() }")

    expect(page.locator(".timeline .written", has_text="Once")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert trouble.entries.filter(text="Once").count() == 1


def test_place_on_the_page_stays(page: Page, trouble: Incident, grace: Person) -> None:
    for number in range(40):
        services.add_note(trouble, text=f"Note {number}", by=grace, at=timezone.now())
    expect(page.get_by_text("Note 39")).to_be_attached(timeout=SOON)
    page.evaluate("scrollTo(0, 900)")

    services.add_note(trouble, text="One more", by=grace, at=timezone.now())

    expect(page.get_by_text("One more")).to_be_attached(timeout=SOON)
    assert page.evaluate("scrollY") == 900


def test_who_is_logged_out_meanwhile_keeps_the_page(page: Page) -> None:
    page.get_by_label("Add to the timeline").fill("Not lost")
    page.context.clear_cookies()

    expect(page.get_by_text("You have been logged out.")).to_be_visible(timeout=SOON)
    expect(page.get_by_label("Add to the timeline")).to_have_value("Not lost")


def test_escape_closes_an_untouched_form_and_gives_the_focus_back(page: Page) -> None:
    page.get_by_role("link", name="Change severity").click()
    expect(page.get_by_role("radio", name="Not set")).to_be_focused()

    page.keyboard.press("Escape")

    expect(page.get_by_role("radio")).to_have_count(0)
    expect(page.get_by_role("link", name="Change severity")).to_be_focused()


@pytest.mark.parametrize("has_clipboard", [True, False])
def test_a_fresh_token_is_copied_by_its_button(page: Page, has_clipboard: bool) -> None:
    if not has_clipboard:  # as without https
        page.add_init_script("delete Navigator.prototype.clipboard")
    page.goto("/tokens/")
    page.get_by_label("What is it for?").fill("Grafana")
    page.get_by_role("button", name="Make token").click()
    secret = page.locator(".secret").inner_text()

    page.get_by_role("button", name="Copy").click()

    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    page.get_by_label("What is it for?").press("ControlOrMeta+v")
    expect(page.get_by_label("What is it for?")).to_have_value(secret)


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("long", ["x" * 300, "https://example.com/" + "a/" * 140])
def test_operations_stay_on_the_screen_however_long_what_they_show(
    operator: Page, ada: Person, trouble: Incident, width: int, long: str
) -> None:
    now = timezone.now()
    switches.turn_off("reminders", by=ada, door="web", why=long, at=now)
    trace = f'Traceback (most recent call last):\n  File "{long}", line 1, in {long}\n{long}'
    words = {"key": long[:200], "order_key": "", "kind": "topic", "priority": 1, "created_at": now}
    OutboxEntry.objects.create(**words, incident=trouble, error=trace, given_up_at=now, is_open=False)
    operator.set_viewport_size({"width": width, "height": 800})
    operator.goto("/operators/")

    operator.locator(".rows summary").first.click()

    expect(operator.locator("pre")).to_be_visible()
    assert operator.evaluate("document.documentElement.scrollWidth") <= operator.evaluate("innerWidth")


def test_discarding_asks_first(operator: Page, trouble: Incident) -> None:
    now = timezone.now()
    words = {"key": "topic", "order_key": "", "kind": "topic", "priority": 1, "created_at": now}
    row = OutboxEntry.objects.create(
        **words, incident=trouble, error="restricted_action", given_up_at=now, is_open=False
    )
    operator.goto("/operators/")
    discard = operator.get_by_role("button", name="Discard it for good")
    expect(discard).to_be_hidden()

    operator.get_by_text("Discard", exact=True).click()
    discard.click()

    expect(operator.get_by_text("Discarded: topic of INC-1")).to_be_visible()
    row.refresh_from_db()
    assert row.given_up_at is None

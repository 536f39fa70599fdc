"""In a real browser: the document keeps itself true and leaves alone what somebody types."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Dialog, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from incidents import services
from incidents.models import Incident, Role
from jobs import switches
from people.models import Person
from slackbot.models import OutboxEntry
from tests.ui.test_long_timeline import add_entries

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("seeded_db")]

SOON = 2000


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
    page.get_by_role("link", name="Resolve").click()
    page.get_by_role("button", name="Resolve INC-1").click()
    expect(page.locator(".state .status")).to_have_text("Resolved")

    page.get_by_role("button", name="Reopen").click()

    expect(page.locator(".state .status")).to_have_text("Investigating")


def test_removing_the_lead_closes_their_form(page: Page, trouble: Incident, ada: Person) -> None:
    services.assign_lead(trouble, to=ada, by=ada, at=timezone.now())
    expect(page.locator(".state-facts")).to_contain_text("Lead Ada Lovelace", timeout=SOON)
    page.get_by_role("link", name="Change lead").click()

    page.get_by_role("button", name="Remove the lead").click()

    expect(page.locator("#facts")).to_contain_text("Not assigned")
    expect(page.locator("#editor-facts form")).to_have_count(0)
    expect(page.get_by_role("link", name="Change lead")).to_be_focused()


def test_making_it_public_asks_first(page: Page, trouble: Incident) -> None:
    page.get_by_role("link", name="Make private…").click()
    page.get_by_role("button", name="Make private").click()
    expect(page.locator(".state")).to_contain_text("Private")
    asked: list[str] = []

    def refuse(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.once("dialog", refuse)
    page.get_by_role("button", name="Make public").click()
    assert asked == [
        "Everyone in this workspace will see INC-1 and its whole history. Its Slack channel stays private."
    ]
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

    page.get_by_role("link", name="Resolve").click()

    expect(page.locator("#messages")).to_have_text("INC-1 is already resolved.")


def test_refusal_stays_to_be_read_when_news_comes(page: Page, trouble: Incident, grace: Person) -> None:
    page.locator("#state form[hx-post$='/status/'] button").first.evaluate("button => (button.ariaDisabled = null)")
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
    page.get_by_label("Purpose").fill("Grafana")
    page.get_by_role("button", name="Create token").click()
    secret = page.locator(".secret").inner_text()

    page.get_by_role("button", name="Copy").click()

    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    page.get_by_label("Purpose").press("ControlOrMeta+v")
    expect(page.get_by_label("Purpose")).to_have_value(secret)


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
    discard = operator.get_by_role("button", name="Discard permanently")
    expect(discard).to_be_hidden()

    operator.get_by_text("Discard", exact=True).click()
    discard.click()

    expect(operator.get_by_text("Discarded: topic of INC-1")).to_be_visible()
    row.refresh_from_db()
    assert row.given_up_at is None


# Without a mouse, without seeing it -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("button", "left", "announcement"),
    [
        ("#status-monitoring", "status-monitoring", "Status is now Monitoring."),
        (".editor .primary", "state", "INC-1 is resolved."),
        ("#take-lead", "state", "Ada Lovelace is now the lead."),
        (".actions button.box", "action-", "Action item completed."),
    ],
)
def test_focus_stays_near_the_button_that_did_its_work_and_the_change_is_read_out(
    page: Page, trouble: Incident, ada: Person, grace: Person, button: str, left: str, announcement: str
) -> None:
    services.add_action(trouble, text="Renew the certificate", by=ada, at=timezone.now())
    expect(page.locator(".actions button.box")).to_be_visible(timeout=SOON)
    if button == ".editor .primary":
        page.get_by_role("link", name="Resolve").click()

    page.locator(button).focus()
    page.keyboard.press("Enter")

    expect(page.locator("#announcement")).to_have_text(announcement)
    expect(page.locator(f"[id^={left}]:focus")).to_have_count(1)
    services.add_note(trouble, text="Something else", by=grace, at=timezone.now())
    expect(page.get_by_text("Something else")).to_be_visible(timeout=SOON)
    expect(page.locator(f"[id^={left}]:focus")).to_have_count(1)


def test_a_form_works_from_the_moment_it_is_on_the_page(page: Page, trouble: Incident) -> None:
    page.evaluate(
        """() => new MutationObserver(() => document.querySelector(".editor .primary")?.click())
            .observe(document.body, { childList: true, subtree: true })"""
    )

    page.get_by_role("link", name="Resolve").click()

    expect(page.locator("#announcement")).to_have_text("INC-1 is resolved.")


def test_focus_stays_near_what_somebody_else_takes_off_the_page(page: Page, trouble: Incident, grace: Person) -> None:
    page.locator("#resolve").focus()

    services.resolve_incident(trouble, by=grace, at=timezone.now())

    expect(page.locator("#reopen")).to_be_visible(timeout=SOON)
    expect(page.locator("#state")).to_be_focused()


def test_each_note_is_read_out(page: Page) -> None:
    page.evaluate(
        """() => {
            const said = document.getElementById("announcement");
            window.heard = [];
            const listen = () => said.textContent && window.heard.push(said.textContent);
            new MutationObserver(listen).observe(said, { childList: true, characterData: true, subtree: true });
        }"""
    )
    for words in ("One", "Two"):
        page.get_by_label("Add to the timeline").fill(words)
        page.get_by_role("button", name="Add note").click()
        expect(page.locator(".timeline .written", has_text=words)).to_be_visible()

    page.wait_for_function("window.heard.length === 2")
    assert page.evaluate("window.heard") == ["Note added."] * 2
    assert page.locator("#announcement").get_attribute("role") == "status"


def test_a_text_field_that_somebody_made_larger_leaves_the_console_empty(page: Page, trouble: Incident) -> None:
    """The browser keeps the new size as an inline style, which must not be copied: our policy forbids inline styles."""
    page.get_by_label("Add to the timeline").evaluate("field => (field.style.height = '300px')")
    page.get_by_label("Add to the timeline").fill("One")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator(".timeline .written", has_text="One")).to_be_visible()

    page.get_by_role("link", name="Edit summary").click()
    page.get_by_role("textbox", name="Summary").evaluate("field => (field.style.height = '300px')")
    services.write_summary(trouble, text="Theirs.", by=trouble.reporter, at=timezone.now())
    page.get_by_role("textbox", name="Summary").fill("Mine.")
    page.get_by_role("button", name="Save").click()

    expect(page.locator(".errors")).to_contain_text("Theirs.")


# A long timeline ------------------------------------------------------------------------------------------------------


@pytest.fixture
def long(trouble: Incident, ada: Person) -> Incident:
    add_entries(trouble, ada, count=400)
    return trouble


def _top_of(page: Page, seq: int) -> float:
    return float(page.evaluate(f"document.getElementById('entry-{seq}').getBoundingClientRect().top"))


def test_earlier_entries_come_in_place_above_the_line_that_is_read(page: Page, long: Incident, grace: Person) -> None:
    page.reload()
    expect(page.locator(".line")).to_have_count(100)
    page.locator("#id_note").fill("half a sentence")
    first = int(str(page.locator(".line").first.get_attribute("id")).removeprefix("entry-"))
    page.locator("#show-earlier").scroll_into_view_if_needed()
    before = _top_of(page, first)

    page.locator("#show-earlier").click()

    expect(page.locator(".line")).to_have_count(200)
    assert abs(_top_of(page, first) - before) < 2
    page.locator("#show-earlier").click()
    expect(page.locator(".line")).to_have_count(300)

    services.add_note(long, text="News from Grace", by=grace, at=timezone.now())

    expect(page.locator(".line")).to_have_count(301, timeout=SOON)
    expect(page.locator(".line").last).to_contain_text("News from Grace")
    assert page.locator("#id_note").input_value() == "half a sentence"
    assert "?" not in page.url


def test_only_the_new_line_is_sent_and_the_others_stay_as_they_are(page: Page, long: Incident, grace: Person) -> None:
    page.reload()
    page.evaluate("document.querySelectorAll('.line').forEach((line) => (line.isOld = true))")
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(len(answer.body())) if answer.status == 200 else None)

    services.add_note(long, text="News from Grace", by=grace, at=timezone.now())

    expect(page.locator(".line").last).to_contain_text("News from Grace", timeout=SOON)
    assert page.evaluate("[...document.querySelectorAll('.line')].filter((line) => line.isOld).length") == 100
    assert sizes
    assert sum(sizes) < 15_000, sizes


def test_a_line_that_the_page_lost_meanwhile_comes_back(page: Page, long: Incident, grace: Person) -> None:
    page.reload()
    lost: list[str] = []

    def lose(route: Route) -> None:
        answer = route.fetch()
        if answer.status == 200 and not lost:
            lost.append(page.locator(".line").nth(50).get_attribute("id") or "")
            page.locator(".line").nth(50).evaluate("line => line.remove()")
        route.fulfill(response=answer)

    page.route("**/live/*", lose)
    services.add_note(long, text="News from Grace", by=grace, at=timezone.now())

    expect(page.locator(".line").last).to_contain_text("News from Grace", timeout=SOON)
    expect(page.locator(f"#{lost[0]} .written")).to_have_count(1, timeout=2 * SOON)
    expect(page.locator(".line").nth(50)).to_have_attribute("id", lost[0])


def test_form_sent_from_a_grown_page_leaves_it_grown(page: Page, long: Incident) -> None:
    page.reload()
    page.locator("#show-earlier").click()
    expect(page.locator(".line")).to_have_count(200)

    page.locator("#id_note").fill("It is the certificate")
    page.locator("#add-note").click()

    expect(page.locator(".line")).to_have_count(201)
    expect(page.locator(".line").last).to_contain_text("It is the certificate")


def test_address_of_an_entry_leads_to_it_wherever_it_stands(page: Page, long: Incident) -> None:
    page.goto("about:blank")
    page.goto(f"/incidents/{long.number}/#entry-7")

    expect(page.locator("#entry-7")).to_be_in_viewport()
    expect(page.locator("#entry-7")).to_have_css("background-color", _fresh(page))

    page.evaluate("location.hash = 'entry-350'")
    expect(page.locator("#entry-350")).to_be_in_viewport()

    page.goto(f"/incidents/{long.number}/")
    page.locator(".line .line-time").first.click()
    expect(page.locator(".line").first).to_be_in_viewport()
    assert page.url.endswith(f"/incidents/{long.number}/#entry-303")


def _fresh(page: Page) -> str:
    """Return the colour of the line that an address names."""
    return str(page.evaluate("getComputedStyle(document.querySelector('.line:target')).backgroundColor"))


def test_without_javascript_links_lead_to_the_other_entries(
    chromium: Browser, live_server: LiveServer, page: Page, long: Incident
) -> None:
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    context.add_cookies(page.context.cookies())  # type: ignore[arg-type]  # what one gives out the other takes
    plain = context.new_page()
    plain.goto(f"/incidents/{long.number}/")
    first = plain.locator(".line").first.get_attribute("id")

    plain.locator("#show-earlier").click()

    expect(plain.locator(".line")).to_have_count(100)
    expect(plain.locator(f"#{first}")).to_have_count(0)
    expect(plain.locator("#show-later")).to_be_in_viewport()
    plain.locator("#show-later").click()
    assert plain.locator(".line").first.get_attribute("id") == first
    context.close()

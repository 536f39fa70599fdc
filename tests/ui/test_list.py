from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from incidents import services
from incidents.models import Incident, Kind, Severity
from people.models import Person
from tests.ui.conftest import NOON
from tests.ui.pages import tags, text


def declare(title: str, by: Person, **more: object) -> Incident:
    return services.declare_incident(**{"title": title, "reporter": by, "at": NOON} | more)  # type: ignore[arg-type]


def titles(browser: Client, address: str = "/") -> list[str]:
    page = browser.get(address).context["page"]
    return [incident.title for incident in page.object_list]


def test_open_incidents_come_first_then_the_newest(browser: Client, ada: Person) -> None:
    for title in ("old open", "resolved", "new resolved", "new open"):
        incident = declare(title, ada)
        if "resolved" in title:
            services.resolve_incident(incident, by=ada, at=NOON)

    assert titles(browser) == ["new open", "old open", "new resolved", "resolved"]


def test_row_says_what_one_must_know(browser_of: Callable[[Person], Client], ada: Person, grace: Person) -> None:
    major = Severity.objects.get(key="major")
    declare("Checkout returns 500s", ada, severity=major, lead=grace, started_at=NOON - timedelta(minutes=5))

    with time_machine.travel(NOON + timedelta(hours=2, minutes=9), tick=False):
        browser = browser_of(ada)
        said = text(browser.get("/"))

    row = said[said.index("INC-1") :]
    for words in ("Checkout returns 500s", "Major", "Investigating", "Grace Hopper", "Ada Lovelace", "2 h 14 min"):
        assert words in row
    assert "20 Nov 2026, 11:55" in row


def test_kind_and_privacy_are_said_in_words(browser: Client, ada: Person) -> None:
    declare("Lose a database", ada, kind=Kind.DRILL, private=True)

    said = text(browser.get("/"))

    assert "Drill" in said
    assert "Private" in said


def test_a_severe_open_incident_stands_before_many_newer_ones(browser: Client, ada: Person) -> None:
    critical, minor = (Severity.objects.get(key=key) for key in ("critical", "minor"))
    declare("The old critical one", ada, severity=critical)
    for number in range(60):
        declare(f"Newer {number}", ada, severity=minor)
    declare("Without a severity", ada)

    assert titles(browser, "/")[:2] == ["The old critical one", "Newer 59"]
    assert titles(browser, "/?state=open&page=2")[-1] == "Without a severity"


def test_open_ones_only(browser: Client, ada: Person) -> None:
    declare("open", ada)
    services.resolve_incident(declare("resolved", ada), by=ada, at=NOON)

    assert titles(browser, "/?state=open") == ["open"]


def test_search_finds_all_words_in_title_summary_or_reference(browser: Client, ada: Person) -> None:
    declare("Checkout is slow", ada, summary="The database is full.")
    declare("Checkout is down", ada)

    assert titles(browser, "/?q=checkout") == ["Checkout is down", "Checkout is slow"]
    assert titles(browser, "/?q=DATABASE+checkout") == ["Checkout is slow"]
    assert titles(browser, "/?q=inc-2") == ["Checkout is down"]
    assert titles(browser, "/?q=%25") == []
    assert titles(browser, "/?q=down&state=open") == ["Checkout is down"]


def test_search_without_a_find_says_so(browser: Client, incident: Incident) -> None:
    assert "No incidents match “zebra”." in text(browser.get("/?q=zebra"))


def test_odd_questions_get_a_page(browser: Client, incident: Incident) -> None:
    for query in ("page=0", "page=-1", "page=x", "page=999", "state=odd", "q=%00", f"q={'x' * 300}", "q=" + "9" * 30):
        assert browser.get(f"/?{query}").status_code == 200, query


def test_first_page_says_what_to_do_next(browser: Client, settings: Settings) -> None:
    answer = browser.get("/")

    assert "type /incident in the sandbox" in text(answer)
    assert settings.SANDBOX_URL in [each["href"] for _, each in tags(answer, "a")]


def test_with_a_real_workspace_nothing_leads_to_a_sandbox(browser: Client, settings: Settings) -> None:
    settings.SANDBOX = False

    answer = browser.get("/")

    assert "type /incident in Slack" in text(answer)
    assert "sandbox" not in answer.content.decode().lower()


def test_pages_keep_the_question(browser: Client, ada: Person) -> None:
    for number in range(51):
        declare(f"Checkout {number}", ada)

    first = browser.get("/?q=checkout&state=open")
    older = [str(each["href"]) for _, each in tags(first, "a") if each.get("rel") == "next"]

    assert titles(browser, "/" + older[0]) == ["Checkout 0"]
    assert older == ["?page=2&state=open&q=checkout"]


def test_list_asks_as_often_for_forty_as_for_one(
    browser: Client, ada: Person, grace: Person, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(40):
        declare(f"Trouble {number}", ada, lead=grace, severity=Severity.objects.get(key="minor"))

    with django_assert_max_num_queries(11):
        browser.get("/")


def test_monitors_may_ask_for_the_head_only(browser: Client, incident: Incident) -> None:
    assert browser.head("/").status_code == 200
    assert browser.head("/incidents/1/").status_code == 200

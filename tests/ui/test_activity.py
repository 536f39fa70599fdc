"""My activity: what one did oneself, on a page and by the API; and the views of documents, which count too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from incidents import activity, services
from incidents.models import Activity, Incident
from people.models import Person
from tests.ui.conftest import NOON
from tests.ui.pages import tags, text
from tests.ui.test_api import Program

BrowserOf = Callable[[Person], Client]
HTMX = {"HX-Request": "true"}


def views(person: Person) -> int:
    return Activity.objects.filter(person=person, kind=Activity.Kind.VIEW).count()


# Views ----------------------------------------------------------------------------------------------------------------


def test_opening_a_document_is_kept_once_in_a_few_minutes(browser: Client, ada: Person, incident: Incident) -> None:
    for _ in range(3):
        assert browser.get("/incidents/1/").status_code == 200
    assert views(ada) == 1

    Activity.objects.update(at=timezone.now() - timedelta(minutes=6))
    browser.get("/incidents/1/")

    assert views(ada) == 2


def test_each_incident_and_each_person_is_kept(
    browser: Client, browser_of: BrowserOf, ada: Person, grace: Person, incident: Incident
) -> None:
    services.declare_incident(title="Search is slow", reporter=ada, at=NOON)
    for address in ("/incidents/1/", "/incidents/2/"):
        browser.get(address)
    browser_of(grace).get("/incidents/1/")

    assert (views(ada), views(grace)) == (2, 1)


def test_what_an_open_page_asks_for_by_itself_is_no_view(browser: Client, ada: Person, incident: Incident) -> None:
    browser.get("/incidents/1/live/?version=0&messages=0", headers=HTMX)
    browser.get("/incidents/1/", headers=HTMX)
    browser.head("/incidents/1/")
    browser.get("/incidents/1/edit/title/", headers=HTMX)

    assert views(ada) == 0


def test_who_may_not_see_an_incident_leaves_no_view(browser_of: BrowserOf, ada: Person, grace: Person) -> None:
    services.declare_incident(title="Secret", reporter=ada, at=NOON, private=True)

    assert browser_of(grace).get("/incidents/1/").status_code == 404
    assert views(grace) == 0


def test_a_program_that_reads_by_the_api_views_nothing(ada: Person, incident: Incident) -> None:
    Program(ada).asks("incidents/1")

    assert views(ada) == 0


def test_a_view_is_one_statement_after_the_answer(browser: Client, incident: Incident) -> None:
    for _ in range(2):
        with CaptureQueriesContext(connection) as statements:
            browser.get("/incidents/1/")
        verbs = [each["sql"].split()[0] for each in statements.captured_queries]

        assert verbs.index("INSERT") == len(verbs) - 1
        assert {"UPDATE", "BEGIN"}.isdisjoint(verbs)


def test_an_edit_on_the_web_and_by_the_api_is_kept(browser: Client, ada: Person, incident: Incident) -> None:
    Activity.objects.all().delete()

    browser.post("/incidents/1/notes/", {"note": "The disk is full", "happened_at": "2026-11-20T12:00"})
    Program(ada).sends("incidents/1/timeline", {"text": "It is empty again"}, expect=201)

    assert [each.kind for each in Activity.objects.all()] == [Activity.Kind.EDIT] * 2


# One's own ------------------------------------------------------------------------------------------------------------


def test_an_empty_page_says_what_will_be_there(browser: Client) -> None:
    page = browser.get("/activity/")

    assert "Nothing is here yet." in text(page)
    assert "how many messages you wrote" in text(page)
    assert "after 400 days only the daily totals remain" in text(page)


def test_the_page_counts_per_day_and_kind(browser: Client, ada: Person, incident: Incident) -> None:
    for minute in range(3):
        activity.note(incident, by=ada, kind=Activity.Kind.MESSAGE, at=NOON + timedelta(minutes=minute))

    page = browser.get("/activity/")

    assert "Day Incidents Messages Edits Total" in text(page)
    assert "20 Nov 2026 INC-1 3 1 4" in text(page)
    assert "/activity/" in [link.get("href") for _, link in tags(browser.get("/tokens/"), "a")]


def test_earlier_months_are_on_earlier_pages(browser: Client, ada: Person, incident: Incident) -> None:
    long_ago = NOON - timedelta(days=100)
    activity.note(incident, by=ada, kind=Activity.Kind.MESSAGE, at=long_ago)
    page = browser.get("/activity/")
    assert "12 Aug 2026" not in text(page)

    (earlier,) = [str(link["href"]) for _, link in tags(page, "a") if link.get("rel") == "next"]
    page = browser.get(f"/activity/{earlier}")

    assert "12 Aug 2026" in text(page)
    assert "Earlier" not in text(page)


@pytest.mark.parametrize("day", ["", "yesterday", "2026-02-30", "0001-01-01", "9999-12-31", "20261120"])
def test_any_day_can_be_asked_for(browser: Client, incident: Incident, day: str) -> None:
    assert browser.get("/activity/", {"before": day}).status_code == 200


def test_the_api_counts_per_day_incident_and_kind(ada: Person, incident: Incident) -> None:
    activity.note(incident, by=ada, kind=Activity.Kind.MESSAGE, at=NOON)
    activity.note(incident, by=ada, kind=Activity.Kind.MESSAGE, at=NOON - timedelta(days=50))
    program = Program(ada)

    answer = program.asks("me/activity")

    assert answer["items"] == [
        {"day": "2026-11-20", "incident": 1, "kind": "message", "count": 1},
        {"day": "2026-11-20", "incident": 1, "kind": "edit", "count": 1},
    ]
    earlier = program.client.get(answer["next"].removeprefix("http://127.0.0.1:8000")).json()
    assert earlier == {"items": [{"day": "2026-10-01", "incident": 1, "kind": "message", "count": 1}], "next": None}


@pytest.mark.parametrize("day", ["", "yesterday", "2026-02-30", "1795176000", "2026-11-20T12:00:00Z", "0000-01-01"])
def test_the_api_takes_days_as_it_publishes_them(ada: Person, day: str) -> None:
    answer = Program(ada).client.get("/api/v1/me/activity", {"before": day})

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["before"])


def test_nobody_sees_what_others_did(browser_of: BrowserOf, ada: Person, grace: Person, incident: Incident) -> None:
    activity.note(incident, by=ada, kind=Activity.Kind.MESSAGE, at=NOON)
    administrator = browser_of(grace)
    assert grace.login is not None
    grace.login.is_superuser = grace.login.is_staff = True
    grace.login.save()

    assert "Nothing is here yet." in text(administrator.get("/activity/"))
    assert Program(grace).asks("me/activity") == {"items": [], "next": None}

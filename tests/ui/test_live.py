"""What an open page gets when it asks for news."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client
from pytest_django import DjangoAssertNumQueries

from incidents import services
from incidents.models import Incident
from people.models import Person
from tests.ui.conftest import NOON
from tests.ui.pages import Answer, tags, text


def ask(browser: Client, page: Answer) -> Answer:
    """Ask for news as that page would."""
    address = next(str(each["hx-get"]) for _, each in tags(page) if each.get("id") == "live")
    return browser.get(address, headers={"HX-Request": "true"})


def test_nothing_new_is_204_and_cheap(
    browser: Client, incident: Incident, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    page = browser.get("/incidents/1/")

    with django_assert_max_num_queries(4):
        answer = ask(browser, page)

    assert answer.status_code == 204
    assert answer.content == b""


def test_news_comes_once(browser: Client, ada: Person, incident: Incident) -> None:
    page = browser.get("/incidents/1/")
    services.rename_incident(incident, to="Checkout is down", by=ada, at=NOON)

    news = ask(browser, page)

    assert "Checkout is down" in text(news)
    assert ask(browser, news).status_code == 204


def test_message_counts_are_news(browser: Client, ada: Person, incident: Incident) -> None:
    page = browser.get("/incidents/1/")

    services.record_participation(incident, person=ada, at=NOON + timedelta(minutes=1), messages=2)

    assert "2 messages" in text(ask(browser, page))


def test_news_never_holds_a_form_in_which_somebody_may_be_typing(
    browser: Client, ada: Person, incident: Incident
) -> None:
    page = browser.get("/incidents/1/")
    services.add_note(incident, text="news", by=ada, at=NOON)

    news = ask(browser, page)

    assert [each for tag, each in tags(news) if tag in ("textarea", "select")] == []
    assert {each.get("type") for _, each in tags(news, "input")} == {"hidden"}


def test_news_says_which_parts_of_the_page_it_replaces(browser: Client, ada: Person, incident: Incident) -> None:
    page = browser.get("/incidents/1/")
    services.add_note(incident, text="news", by=ada, at=NOON)

    parts = {str(each["id"]) for _, each in tags(ask(browser, page)) if "hx-swap-oob" in each}

    assert parts >= {"live", "state", "summary", "impact", "timeline", "facts", "links", "action-list", "participants"}
    assert parts <= {str(each["id"]) for _, each in tags(browser.get("/incidents/1/")) if "id" in each}


def test_page_that_shows_everything_goes_on_doing_so(browser: Client, ada: Person, incident: Incident) -> None:
    page = browser.get("/incidents/1/?timeline=all")
    services.add_note(incident, text="news", by=ada, at=NOON)

    assert "Every entry as it was recorded" in text(ask(browser, page))


def test_note_sent_from_a_page_that_shows_everything_comes_back_as_such(browser: Client, incident: Incident) -> None:
    answer = browser.post(
        "/incidents/1/notes/",
        {"note": "hello"},
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/incidents/1/?timeline=all"},
    )

    assert "Every entry as it was recorded" in text(answer)


def test_odd_versions_get_the_news(browser: Client, incident: Incident) -> None:
    for query in ("", "?version=x", "?version=-1&messages=0", "?version=1"):
        assert browser.get(f"/incidents/1/live/{query}").status_code == 200, query

"""A document shows some of a long timeline, and the rest on demand."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from incidents import redaction, services
from incidents.models import EntryKind, Incident, TimelineEntry
from incidents.stretches import LETTERS_OF_A_PAGE, MOST, PAGE
from people.models import Person
from tests.ui.conftest import NOON
from tests.ui.pages import Answer, tags, text

LONG = 1_150
HTMX = {"HX-Request": "true"}


def add_entries(incident: Incident, by: Person, *, count: int, words: str = "Note") -> None:
    """Write notes as fast as the database can, a minute apart."""
    TimelineEntry.objects.bulk_create(
        [
            TimelineEntry(
                incident=incident,
                seq=incident.version + number,
                kind=EntryKind.NOTE_ADDED,
                happened_at=NOON + timedelta(minutes=number),
                recorded_at=NOON + timedelta(minutes=number),
                actor=by,
                text=f"{words} {incident.version + number}",
            )
            for number in range(1, count + 1)
        ],
        batch_size=500,
    )
    incident.version += count
    incident.save(update_fields=["version"])


@pytest.fixture
def long(incident: Incident, ada: Person) -> Incident:
    add_entries(incident, ada, count=LONG)
    return incident


def seqs(answer: Answer) -> list[int]:
    ids = [str(each.get("id", "")) for _, each in tags(answer, "li")]
    return [int(each.removeprefix("entry-")) for each in ids if each.startswith("entry-")]


def link(answer: Answer, name: str, attribute: str = "href") -> str | None:
    return next(
        (each[attribute] for _, each in tags(answer, "a") if each.get("id") == name and attribute in each), None
    )


def live(answer: Answer, attribute: str = "hx-get") -> str:
    return next(str(each[attribute]) for _, each in tags(answer) if each.get("id") == "live")


def test_document_begins_with_the_newest_entries(browser: Client, long: Incident) -> None:
    page = browser.get("/incidents/1/")

    assert seqs(page) == list(range(LONG + 2 - PAGE, LONG + 2))
    assert "Show earlier entries" in text(page)
    assert "Show later entries" not in text(page)
    assert len(page.content) < 200_000


def test_short_document_shows_everything_and_links_as_ever(browser: Client, ada: Person, incident: Incident) -> None:
    add_entries(incident, ada, count=PAGE - 1)

    page = browser.get("/incidents/1/")

    assert seqs(page) == list(range(1, PAGE + 1))
    assert "Show earlier" not in text(page)
    assert "#entry-7" in [each["href"] for _, each in tags(page, "a")]


@pytest.mark.long
@pytest.mark.parametrize("view", ["", "timeline=all"])
def test_plain_links_lead_through_the_whole_timeline_and_back(browser: Client, long: Incident, view: str) -> None:
    page = browser.get(f"/incidents/1/?{view}")
    seen = seqs(page)
    while (address := link(page, "show-earlier")) is not None:
        page = browser.get(f"/incidents/1/{address}")
        seen = seqs(page) + seen
    assert seen == list(range(1, LONG + 2))

    again = seqs(page)
    while (address := link(page, "show-later")) is not None:
        page = browser.get(f"/incidents/1/{address}")
        again += seqs(page)
    assert again == seen


def test_a_link_to_any_entry_leads_to_it(browser: Client, long: Incident) -> None:
    for seq in (1, 2, 700, LONG + 1):
        for view in ("", "&timeline=all"):
            page = browser.get(f"/incidents/1/?entry={seq}{view}")

            assert seq in seqs(page)
            assert len(seqs(page)) <= PAGE
            assert f"?entry={seq}{view}#entry-{seq}" in [each["href"] for _, each in tags(page, "a")]


def test_links_on_the_page_name_entries_that_are_not_on_it(browser: Client, ada: Person, incident: Incident) -> None:
    services.post_update(incident, text="Nearly there", by=ada, at=NOON)
    add_entries(incident, ada, count=LONG)

    page = browser.get("/incidents/1/")

    assert "?entry=2#entry-2" in [each["href"] for _, each in tags(page, "a")]
    assert "Nearly there" in text(page)
    assert 2 in seqs(browser.get("/incidents/1/?entry=2"))


@pytest.mark.long
def test_more_entries_come_in_place_until_there_are_enough(browser: Client, long: Incident) -> None:
    page = browser.get("/incidents/1/")
    asked = 0
    while (address := link(page, "show-earlier", "hx-get")) is not None:
        page = browser.get(address, headers=HTMX)
        asked += 1
        assert seqs(page) == list(range(LONG + 2 - PAGE * (asked + 1), LONG + 2))

    assert len(seqs(page)) == MOST
    assert link(page, "show-earlier") == f"?before={LONG + 2 - MOST}#show-later"
    assert len(page.content) < 1_500_000


def test_later_entries_come_in_place_too(browser: Client, long: Incident) -> None:
    page = browser.get("/incidents/1/?entry=1")
    first = seqs(page)

    page = browser.get(str(link(page, "show-later", "hx-get")), headers=HTMX)

    assert first == list(range(1, len(first) + 1))
    assert seqs(page) == list(range(1, len(first) + PAGE + 1))


def test_news_is_drawn_for_the_entries_that_the_page_shows(browser: Client, ada: Person, long: Incident) -> None:
    page = browser.get("/incidents/1/")
    page = browser.get(str(link(page, "show-earlier", "hx-get")), headers=HTMX)
    shown = seqs(page)
    assert browser.get(live(page), headers=HTMX).status_code == 204

    old = long.entries.get(seq=shown[3])
    redaction.redact_entry(long, entry=old, by=ada, reason="leaked", at=NOON + timedelta(days=9))
    services.add_note(long, text="The newest", by=ada, at=NOON + timedelta(days=9))
    news = browser.get(live(page), headers=HTMX)

    assert seqs(news) == [*shown, long.version]
    assert f"Note {shown[3]}" not in text(news)
    assert "The newest" in text(news)


def test_news_of_an_older_part_stays_there(browser: Client, ada: Person, long: Incident) -> None:
    page = browser.get("/incidents/1/?before=900")
    services.add_note(
        long, text="Backdated", by=ada, at=NOON + timedelta(days=9), happened_at=NOON + timedelta(minutes=850)
    )
    services.add_note(long, text="The newest", by=ada, at=NOON + timedelta(days=9))

    news = browser.get(live(page), headers=HTMX)

    assert {*seqs(page), long.version - 1} == set(seqs(news))
    assert "Backdated" in text(news)
    assert f"?entry={long.version}#entry-{long.version}" in [each["href"] for _, each in tags(news, "a")]


def test_form_sent_in_place_leaves_the_entries_that_the_page_shows(browser: Client, long: Incident) -> None:
    page = browser.get("/incidents/1/?before=900")
    headers = HTMX | {"Shown-Entries": live(page, "data-shown"), "HX-Current-URL": "http://testserver/incidents/1/"}

    answer = browser.post("/incidents/1/status/", {"status": "monitoring"}, headers=headers)
    assert seqs(answer) == seqs(page)

    answer = browser.post("/incidents/1/notes/", {"note": "hello"}, headers=headers)
    assert "hello" in text(answer)
    assert seqs(answer)[-1] == LONG + 3


def test_page_that_shows_from_the_beginning_keeps_doing_so(browser: Client, ada: Person, incident: Incident) -> None:
    add_entries(incident, ada, count=PAGE - 1)
    page = browser.get("/incidents/1/")
    services.add_note(incident, text="One more", by=ada, at=NOON + timedelta(days=1))

    assert len(seqs(browser.get(live(page), headers=HTMX))) == PAGE + 1


def test_odd_places_show_the_newest(browser: Client, long: Incident) -> None:
    for query in ("before=0", "entry=99999999999", "after=x", "first=9999999", "first=-1", "before=5&after=5&entry=²"):
        page = browser.get(f"/incidents/1/?{query}")
        assert page.status_code == 200, query
        assert 1 <= len(seqs(page)) <= PAGE, query


def test_place_at_which_nothing_is_told_is_found(browser: Client, ada: Person, long: Incident) -> None:
    """A message that was taken off is on no page; a link to it leads to where it stood."""
    services.add_pin(
        long, source="C1/1", text="Fire", author=ada, said_at=NOON + timedelta(minutes=500), by=ada, at=NOON
    )
    seq = long.version
    services.remove_pin(long, source="C1/1", by=ada, at=NOON)

    page = browser.get(f"/incidents/1/?entry={seq}")

    assert 501 in seqs(page)
    assert seq not in seqs(page)


def test_long_texts_shorten_the_first_screen(browser: Client, ada: Person, incident: Incident) -> None:
    add_entries(incident, ada, count=200, words="word " * 590)

    page = browser.get("/incidents/1/")

    assert len(page.content) < 2 * LETTERS_OF_A_PAGE
    assert seqs(page)[-1] == 201
    assert len(seqs(page)) > 50


def test_days_are_divided_alike_however_many_entries_are_shown(browser: Client, long: Incident) -> None:
    page = browser.get("/incidents/1/")
    days = re.findall(r'class="day" id="([^"]+)"', page.content.decode())
    more = browser.get(str(link(page, "show-earlier", "hx-get")), headers=HTMX)

    assert days == ["day-2026-11-21"]
    assert re.findall(r'class="day" id="([^"]+)"', more.content.decode())[-1:] == days


def test_a_long_document_asks_as_much_as_a_short_one(
    browser: Client, long: Incident, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for address in ("", "?timeline=all", "?entry=50", "?before=50", "?after=50", "live/?first=1100", "?first=0"):
        with django_assert_max_num_queries(25):
            browser.get(f"/incidents/1/{address}")

"""An open page gets what it does not show yet, and nothing else."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.test import Client

from incidents import redaction, services
from incidents.models import Incident, TimelineEntry
from people.models import Person
from tests.ui.conftest import NOON
from tests.ui.pages import Answer, tags, text
from tests.ui.test_long_timeline import add_entries
from ui import pieces

ENTRIES = 300
SOON = NOON + timedelta(hours=10)


class OpenPage:
    """A page in Ada's browser: which pieces it shows, by id, and how it asks for others, as ui.js does."""

    def __init__(self, browser: Client, path: str) -> None:
        self.browser = browser
        self.marks: dict[str, str] = {}
        self.lines: list[str] = []
        self._take(browser.get(path))

    def _take(self, answer: Answer) -> None:
        found = [(tag, each) for tag, each in tags(answer) if each.get("id")]
        for _, each in found:
            if each["id"] == "live":
                self.address = str(each["hx-get"])
            if each.get("data-mark"):
                self.marks[str(each["id"])] = str(each["data-mark"])
        lines = [str(each["id"]) for _, each in found if str(each["id"]).startswith("entry-")]
        if lines:
            self.lines = lines
            shown = {name: mark for name, mark in self.marks.items() if not name.startswith("entry-")}
            self.marks = shown | {line: self.marks[line] for line in lines}

    def asks(self) -> Answer:
        """Ask for news; return what is sent."""
        told = {"HX-Request": "true", "Accept-Encoding": "gzip", pieces.HEADER: "".join(self.marks.values())}
        answer = self.browser.get(self.address, headers=told)
        self.size = len(answer.content)
        if answer.has_header("Content-Encoding"):
            answer.content = gzip.decompress(answer.content)
        self._take(answer)
        return answer


def sent(answer: Answer) -> set[str]:
    """Return the ids of the pieces that came with their content."""
    return {str(each["id"]) for _, each in tags(answer) if each.get("data-mark")}


@pytest.fixture
def long(incident: Incident, ada: Person) -> Incident:
    add_entries(incident, ada, count=ENTRIES)
    return incident


@pytest.fixture
def page(browser: Client, long: Incident) -> OpenPage:
    return OpenPage(browser, "/incidents/1/?first=0")


def test_a_note_is_sent_with_what_it_changes(page: OpenPage, long: Incident, ada: Person) -> None:
    whole = len(page.browser.get("/incidents/1/live/?first=0", headers={"HX-Request": "true"}).content)
    services.add_note(long, text="The certificate", by=ada, at=SOON)

    answer = page.asks()

    number = ENTRIES + 2
    assert sent(answer) == {"state", "timeline", f"entry-{number}"}
    assert "The certificate" in text(answer)
    assert page.lines[-1] == f"entry-{number}"
    assert len(page.lines) == ENTRIES + 2
    assert page.size * 50 < whole


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (lambda it, ada: services.record_participation(it, person=ada, at=SOON, messages=2), {"participants"}),
        (lambda it, ada: services.write_impact(it, text="All", by=ada, at=SOON), {"impact", "state", "timeline"}),
        (lambda it, ada: services.rename_incident(it, to="Down", by=ada, at=SOON), {"state", "timeline"}),
    ],
)
def test_only_parts_that_changed_are_sent(
    page: OpenPage, long: Incident, ada: Person, change: Callable[[Incident, Person], object], parts: set[str]
) -> None:
    change(long, ada)

    came = sent(page.asks())

    assert {name for name in came if not name.startswith("entry-")} == parts
    assert len([name for name in came if name.startswith("entry-")]) <= 1


def _changes(incident: Incident, ada: Person) -> Iterator[str]:
    """Change lines that the page shows already; yield a name for each change."""
    services.add_note(incident, text="Earlier", by=ada, at=SOON, happened_at=NOON + timedelta(minutes=30, seconds=5))
    yield "a note in the middle"
    services.add_pin(incident, source="1", text="One", author=ada, said_at=NOON + timedelta(minutes=9), by=ada, at=SOON)
    yield "a pin"
    services.change_pin(incident, source="1", text="Two", by=ada, at=SOON)
    yield "its text"
    services.remove_pin(incident, source="1", by=ada, at=SOON)
    yield "its end"
    entry = TimelineEntry.objects.get(incident=incident, seq=20)
    redaction.redact_entry(incident, entry=entry, by=ada, reason="Secret", at=SOON)
    yield "a redaction"
    action = services.add_action(incident, text="Renew", by=ada, at=SOON)
    yield "an action item"
    services.complete_action(incident, action=action, by=ada, at=SOON)
    yield "its end"
    services.resolve_incident(incident, by=ada, at=SOON)
    yield "the end"


def test_after_any_change_the_page_shows_what_a_new_one_would(page: OpenPage, long: Incident, ada: Person) -> None:
    for change in _changes(long, ada):
        answer = page.asks()

        fresh = OpenPage(page.browser, "/incidents/1/?first=0")
        assert (page.lines, page.marks) == (fresh.lines, fresh.marks), change
        assert len([each for each in sent(answer) if each.startswith("entry-")]) <= 3, change


def test_a_page_that_only_asks_whether_there_is_news_gets_a_word(page: OpenPage, long: Incident, ada: Person) -> None:
    asks = {"HX-Request": "true", pieces.HEADER: pieces.LATER}
    before = page.browser.get(page.address, headers=asks)
    services.add_note(long, text="The certificate", by=ada, at=SOON)

    after = page.browser.get(page.address, headers=asks)

    assert (before.status_code, before.headers.get("HX-Trigger")) == (204, None)
    assert (after.status_code, after.headers.get("HX-Trigger"), after.content) == (204, "news", b"")


def test_a_form_is_answered_with_what_is_new(page: OpenPage, long: Incident) -> None:
    told = {"HX-Request": "true", "Shown-Entries": "first=0", pieces.HEADER: "".join(page.marks.values())}

    answer = page.browser.post("/incidents/1/notes/", {"note": "Mine"}, headers=told)

    assert {each for each in sent(answer) if each.startswith("entry-")} == {f"entry-{ENTRIES + 2}"}
    assert "note-form" in {each.get("id") for _, each in tags(answer)}


@pytest.mark.parametrize("marks", ["", "x", "é" * 50, "laterlater", "!" * 6000])
def test_odd_marks_get_everything(page: OpenPage, long: Incident, ada: Person, marks: str) -> None:
    services.add_note(long, text="News", by=ada, at=SOON)

    answer = page.browser.get(page.address, headers={"HX-Request": "true", pieces.HEADER: marks})

    assert len([each for each in sent(answer) if each.startswith("entry-")]) == ENTRIES + 2


def test_every_mark_of_the_largest_page_fits_into_a_header(browser: Client, incident: Incident, ada: Person) -> None:
    add_entries(incident, ada, count=1_100)

    marks = re.findall(r'data-mark="([^"]+)"', browser.get("/incidents/1/?first=0").content.decode())

    assert len(marks) > 1000
    assert len(set(marks)) == len(marks)
    assert len("".join(marks)) < 8000  # gunicorn takes lines of 8,190

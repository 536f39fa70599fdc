"""Packages add lines to the operators' page and to the banner: text and times, which the page renders."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs import panels
from jobs.panels import Line, Place, Time
from people.models import Person

pytestmark = [pytest.mark.django_db, pytest.mark.in_this_process]

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@contextmanager
def _panel(place: Place, *lines: Line) -> Iterator[list[Any]]:
    viewers: list[Any] = []

    def panel(_now: datetime, viewer: Any) -> list[Line]:
        viewers.append(viewer)
        return list(lines)

    panels.register(place, panel)
    try:
        yield viewers
    finally:
        panels.forget(place, panel)


@pytest.fixture
def operator(ada: Person) -> Client:
    login = User.objects.create_user("ada-operates", is_staff=True)
    ada.login = login
    ada.save()
    client = Client(headers={"host": "localhost"})
    client.force_login(login)
    return client


@pytest.mark.parametrize("place", [Place.REPAIRS, Place.DELAYS, Place.FAILURES])
def test_a_line_appears_on_the_page_as_text_with_times(operator: Client, ada: Person, place: Place) -> None:
    line = Line("The <b>fax</b> is silent since ", Time(NOON, with_day=True), " until ", Time(NOON), ".")
    with _panel(place, line) as viewers:
        page = operator.get("/operators/").content.decode()

    assert "The &lt;b&gt;fax&lt;/b&gt; is silent since <time " in page
    assert "1 Mar 2026, 12:00</time> until <time " in page
    assert "12:00</time>." in page
    assert viewers == [ada]


def test_a_line_of_the_banner_is_the_same_for_everybody(operator: Client) -> None:
    with _panel(Place.BANNER, Line("The fax is out of paper.")) as viewers:
        assert "The fax is out of paper." in operator.get("/").content.decode()
        assert "The fax is out of paper." in operator.get("/operators/banner/").content.decode()

    assert viewers == [None, None]


def test_what_somebody_has_to_repair_is_highlighted(operator: Client) -> None:
    with _panel(Place.REPAIRS, Line("The fax burns.", is_wrong=True), Line("The fax was repaired.")):
        page = operator.get("/operators/").content.decode()

    assert '<li class="wrong">The fax burns.' in page
    assert "<li>The fax was repaired." in page


def test_one_panel_cannot_fill_the_page(operator: Client) -> None:
    with _panel(Place.DELAYS, *[Line("The fax is busy.")] * (panels.MOST + 1)):
        page = operator.get("/operators/").content.decode()

    assert page.count("The fax is busy.") == panels.MOST

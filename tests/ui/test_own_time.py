"""Every page tells the time in its reader's zone, whichever part of Response draws it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone

from incidents.models import Incident
from jobs import switches
from people.models import Person
from tests.ui.pages import text

EVENING = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)


@pytest.fixture
def operator(browser_of: Callable[[Person], Client], grace: Person) -> Client:
    """Grace, in New York, who runs Response."""
    browser = browser_of(grace)
    assert grace.login
    grace.login.is_staff = True
    grace.login.save()
    return browser


def test_operations_tell_the_time_as_the_list_does(operator: Client, grace: Person, incident: Incident) -> None:
    switches.turn_off("reminders", by=grace, door="web", why="", at=EVENING)

    page = text(operator.get("/operators/"))

    assert "since 20 Nov 2026, 18:30" in page
    assert "23:30" not in page


@pytest.mark.parametrize(
    "address",
    ["/", "/activity/", "/tokens/", "/incidents/new/", "/incidents/1/", "/incidents/9999/", "/operators/", "/nowhere/"],
)
def test_every_page_names_the_same_zone(operator: Client, incident: Incident, address: str) -> None:
    assert "Times are in America/New York (EST)." in text(operator.get(address))
    assert timezone.get_current_timezone_name() == "UTC"


def test_somebody_who_may_not_operate_is_told_so_in_their_zone(browser: Client) -> None:
    assert "Times are in Europe/London (GMT)." in text(browser.get("/operators/"))

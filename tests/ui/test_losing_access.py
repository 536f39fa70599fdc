"""Somebody who gives up their access to a private incident is shown nothing more of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from incidents import access, services
from incidents.models import Incident
from people.models import Person
from tests.ui.conftest import NOON
from tests.ui.pages import fields, text

SECRET = "Customer data was taken"
SENTENCE = "Your change was saved. You no longer have access to INC-1."


@pytest.fixture
def led_by_grace(ada: Person, grace: Person) -> Incident:
    """A private incident that exists for Grace only because she leads it."""
    incident = services.declare_incident(title="Break-in", reporter=ada, lead=grace, at=NOON, private=True)
    services.add_note(incident, text=SECRET, by=ada, at=NOON)
    return incident


@pytest.fixture
def browser(browser_of: Callable[[Person], Client], grace: Person) -> Client:
    return browser_of(grace)


@pytest.fixture(params=["by page", "in place"])
def headers(request: pytest.FixtureRequest) -> dict[str, str]:
    return {"HX-Request": "true"} if request.param == "in place" else {}


@pytest.mark.parametrize(("address", "to"), [("lead/", ""), ("lead/", "ada"), ("edit/lead/", "ada"), ("edit/", "ada")])
def test_the_lead_who_gives_it_up_is_led_to_the_list(
    browser: Client, led_by_grace: Incident, ada: Person, grace: Person, headers: dict[str, str], address: str, to: str
) -> None:
    form = {} if address == "lead/" else fields(browser.get(f"/incidents/1/{address}"))

    answer = browser.post(
        f"/incidents/1/{address}", form | {"lead": str(ada.pk) if to == "ada" else ""}, headers=headers
    )

    assert not access.may(grace, access.SEE, led_by_grace)
    assert SECRET not in answer.content.decode()
    assert (answer["HX-Redirect"] if headers else answer["Location"]) == "/"
    listed = text(browser.get("/"))
    assert SENTENCE in listed
    assert "Break-in" not in listed


def test_who_keeps_access_stays_on_the_document(
    browser_of: Callable[[Person], Client], led_by_grace: Incident, ada: Person, headers: dict[str, str]
) -> None:
    answer = browser_of(ada).post("/incidents/1/lead/", {"lead": ""}, headers=headers, follow=True)

    assert SECRET in text(answer)
    assert "You no longer have access" not in text(answer)

"""Cancel an incident that is none, and merge it into another: with and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from incidents import services
from incidents.models import Incident, Status
from people.models import Person
from tests.ui.conftest import NOON
from tests.ui.pages import Answer, tags, text, value

LATER = NOON + timedelta(minutes=10)


@pytest.fixture
def other(incident: Incident, grace: Person) -> Incident:
    return services.declare_incident(title="Payments time out", reporter=grace, at=NOON)


@pytest.fixture(params=["by page", "in place"])
def headers(request: pytest.FixtureRequest) -> dict[str, str]:
    return {"HX-Request": "true"} if request.param == "in place" else {}


def _links(answer: Answer) -> set[str | None]:
    return {attributes.get("href") for _, attributes in tags(answer, "a")}


def test_a_form_offers_what_is_open(
    browser: Client, headers: dict[str, str], other: Incident, ada: Person, grace: Person
) -> None:
    secret = services.declare_incident(title="Canary", reporter=grace, at=NOON, private=True)
    over = services.declare_incident(title="Search", reporter=ada, at=NOON)
    services.resolve_incident(over, by=ada, at=LATER)

    assert "/incidents/1/merge/" in _links(browser.get("/incidents/1/"))
    form = browser.get("/incidents/1/merge/", headers=headers)

    assert "INC-2 Payments time out" in text(form)
    for hidden in (secret.title, over.title, "INC-1 Checkout"):
        assert hidden not in "".join(text(form).split("Duplicate of")[1:])
    assert value(form, "into") == ""
    assert ("html" in {name for name, _ in tags(form)}) is not bool(headers)


def test_merging_leads_from_one_document_to_the_other(
    browser: Client, headers: dict[str, str], incident: Incident, other: Incident
) -> None:
    here = browser.post("/incidents/1/merge/", {"into": other.pk}, headers=headers, follow=True)
    there = browser.get("/incidents/2/")

    incident.refresh_from_db()
    assert (incident.status, incident.merged_into) == (Status.MERGED, other)
    assert "Merged into INC-2 Payments time out" in text(here)
    assert "/incidents/2/" in _links(here)
    assert "Lasted" in text(here)
    assert "Merged here INC-1 Checkout returns 500s" in text(there)
    assert "INC-1 was merged into this incident by Ada Lovelace" in text(there)
    assert "/incidents/1/" in _links(there)


def test_a_merged_incident_is_reopened_and_nothing_else(browser: Client, incident: Incident, other: Incident) -> None:
    page = browser.post("/incidents/1/merge/", {"into": other.pk}, follow=True)
    posted_to = {str(attributes.get("action")).split("/")[-2] for _, attributes in tags(page, "form")}
    assert "reopen" in posted_to
    assert posted_to.isdisjoint({"status", "resolve", "lead", "channel"})
    assert "/incidents/1/merge/" not in _links(page)

    again = browser.post("/incidents/1/reopen/", follow=True)

    assert "Open for" in text(again)
    assert "Merged here" not in text(browser.get("/incidents/2/"))


def test_a_false_alarm_is_canceled(browser: Client, headers: dict[str, str], incident: Incident) -> None:
    page = browser.post("/incidents/1/cancel/", headers=headers, follow=True)

    incident.refresh_from_db()
    assert incident.status == Status.CANCELED
    assert "Lasted" in text(page)
    assert "data-since" not in page.content.decode()
    assert "Reopen" in text(page)
    refused = browser.post("/incidents/1/cancel/", headers=headers, follow=True)
    assert "INC-1 is already canceled." in text(refused)


@pytest.mark.parametrize(
    ("into", "sentence"),
    [
        ("", "Choose the incident where work continues."),
        ("4711", "Choose one of the open incidents."),
        ("itself", "Choose one of the open incidents."),
        ("canary", "Choose one of the open incidents."),
        ("nonsense", "Choose one of the open incidents."),
    ],
)
def test_what_cannot_be_merged_is_refused_in_words(
    browser: Client, headers: dict[str, str], incident: Incident, grace: Person, into: str, sentence: str
) -> None:
    secret = services.declare_incident(title="Canary", reporter=grace, at=NOON, private=True)
    chosen = {"itself": incident.pk, "canary": secret.pk}.get(into, into)

    answer = browser.post("/incidents/1/merge/", {"into": chosen}, headers=headers)

    assert answer.status_code == 422
    assert sentence in text(answer)
    assert "Canary" not in text(answer)
    incident.refresh_from_db()
    assert incident.is_open


def test_what_a_viewer_may_not_see_is_not_named(
    browser_of: Callable[[Person], Client], ada: Person, grace: Person, incident: Incident, other: Incident
) -> None:
    services.merge_incident(incident, into=other, by=ada, at=LATER)
    services.make_private(other, by=grace, at=LATER)

    page = browser_of(ada).get("/incidents/1/")

    assert "Merged into a private incident" in text(page)
    assert "INC-2" not in text(page)
    assert "Payments" not in text(page)
    assert "/incidents/2/" not in _links(page)


def test_a_stranger_merges_and_cancels_nothing(
    browser_of: Callable[[Person], Client], ada: Person, grace: Person, incident: Incident, other: Incident
) -> None:
    services.make_private(incident, by=ada, at=LATER)
    stranger = browser_of(grace)

    assert stranger.get("/incidents/1/merge/").status_code == 404
    assert stranger.post("/incidents/1/merge/", {"into": other.pk}).status_code == 404
    assert stranger.post("/incidents/1/cancel/").status_code == 404
    incident.refresh_from_db()
    assert incident.is_open


def test_an_open_page_hears_of_what_was_merged_into_it(
    browser: Client, ada: Person, incident: Incident, other: Incident
) -> None:
    known = {"version": other.version, "messages": 0}
    assert browser.get("/incidents/2/live/", known).status_code == 204

    services.merge_incident(incident, into=other, by=ada, at=LATER)

    assert "Merged here INC-1" in text(browser.get("/incidents/2/live/", known))

"""A time that clocks in some zones cannot show is refused by every form and call, and breaks no page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from incidents import services
from incidents.fields import CustomField
from incidents.models import Incident, TimelineEntry
from people.models import Person
from tests.ui.conftest import NOON
from tests.ui.pages import fields, tags, text
from tests.ui.test_api import Program

ZONES = ["America/Los_Angeles", "Asia/Tokyo"]
FAR = ["0001-01-01T00:00", "1969-12-30T00:00", "9999-12-31T23:59"]
SENTENCE = "a time between the years 1970 and 9000"

# Each page with a form that takes a time: where it is sent, and what else it needs to be complete.
FORMS: dict[str, tuple[str, dict[str, str]]] = {
    "/incidents/new/": ("/incidents/new/", {"title": "Checkout fails"}),
    "/incidents/1/": ("/incidents/1/notes/", {"note": "It broke"}),
    "/incidents/1/edit/": ("/incidents/1/edit/", {}),
    "/incidents/1/edit/started_at/": ("/incidents/1/edit/started_at/", {}),
    "/incidents/1/edit/field_noticed/": ("/incidents/1/edit/field_noticed/", {}),
    "/incidents/1/resolve/": ("/incidents/1/resolve/", {}),
    "/incidents/1/timeline/2/correct/": ("/incidents/1/timeline/2/correct/", {}),
}
# Each call whose body has a time, by the path to it.
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "POST /api/v1/incidents started_at": ("incidents", {"title": "Checkout fails"}),
    "PATCH /api/v1/incidents/{number} started_at": ("incidents/1", {}),
    "POST /api/v1/incidents/{number}/timeline happened_at": ("incidents/1/timeline", {"text": "It broke"}),
    "POST /api/v1/incidents/{number}/timeline/{seq}/correction happened_at": (
        "incidents/1/timeline/2/correction",
        {"text": "It broke"},
    ),
    "POST /api/v1/incidents/{number}/actions due_at": ("incidents/1/actions", {"text": "Mend it"}),
    # Custom fields are published as values of any kind.
    "POST /api/v1/incidents fields.noticed": ("incidents", {"title": "Checkout fails"}),
    "PATCH /api/v1/incidents/{number} fields.noticed": ("incidents/1", {}),
    "POST /api/v1/incidents/{number}/resolve fields.noticed": ("incidents/1/resolve", {}),
}


@pytest.fixture(params=ZONES)
def zone(request: pytest.FixtureRequest, ada: Person) -> str:
    """Ada's time zone."""
    Person.objects.filter(pk=ada.pk).update(time_zone=request.param)
    return str(request.param)


@pytest.fixture(autouse=True)
def noticed(add_field: Callable[..., CustomField]) -> CustomField:
    return add_field("noticed", "Noticed", "moment", asked=True, required="resolving")


@pytest.fixture(autouse=True)
def note(incident: Incident, ada: Person) -> None:
    services.add_note(incident, text="It was fine", by=ada, at=NOON)


@pytest.mark.parametrize("far", FAR)
@pytest.mark.parametrize("page", list(FORMS))
def test_a_form_refuses_it_at_each_of_its_times(browser: Client, zone: str, page: str, far: str) -> None:
    address, more = FORMS[page]
    form = browser.get(page)
    times = {str(each["name"]) for _, each in tags(form, "input") if each.get("type") == "datetime-local"}
    assert times
    for time in times:
        answer = browser.post(address, fields(form) | more | {time: far})

        assert answer.status_code == 422, (time, text(answer))
        assert SENTENCE in text(answer)
    _nothing_changed(browser)


def test_every_form_that_takes_a_time_is_tried(browser: Client) -> None:
    pages = {"/", "/activity/", "/tokens/", "/incidents/1/timeline/2/redact/", "/incidents/1/edit/title/"} | set(FORMS)

    assert {page for page in pages if 'type="datetime-local"' in browser.get(page).content.decode()} == set(FORMS)


@pytest.mark.parametrize("far", [f"{far}:00{zone}" for far in FAR for zone in ("Z", "-08:00", "+14:00")])
@pytest.mark.parametrize("call", list(CALLS))
def test_a_call_refuses_it(browser: Client, ada: Person, call: str, far: str) -> None:
    method, _, place = call.split()
    address, body = CALLS[call]
    field, _, name = place.partition(".")
    said = body | {field: {name: far} if name else far}

    refused = Program(ada).sends(address, said, method=method.lower(), expect=400)

    assert SENTENCE in refused["fields"][place]
    _nothing_changed(browser)


def test_every_call_that_takes_a_time_is_tried(ada: Person) -> None:
    document = Program(ada).asks("openapi.json")
    bodies = {
        f"{method.upper()} {path}": str(call["requestBody"]["content"]["application/json"]["schema"])
        for path, calls in document["paths"].items()
        for method, call in calls.items()
        if "requestBody" in call
    }
    found = {
        f"{call} {field}"
        for call, body in bodies.items()
        for name, schema in document["components"]["schemas"].items()
        if f"schemas/{name}'" in body
        for field, said in schema["properties"].items()
        if "date-time" in str(said) or field == "fields"
    }

    assert {each.replace(" fields", " fields.noticed") for each in found} == set(CALLS)


@pytest.mark.parametrize("far", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)], ids=str)
def test_one_that_was_kept_earlier_breaks_no_page(
    browser: Client, zone: str, incident: Incident, ada: Person, far: datetime
) -> None:
    Incident.objects.update(started_at=far, field_values={"noticed": far.isoformat()}, version=4)
    began = f"Began at {far:%Y-%m-%d %H:%M} UTC".replace(" 1-", " 0001-")
    for seq, (kind, words) in enumerate([("note_added", "It broke"), ("started_at_changed", began)], start=3):
        TimelineEntry.objects.create(
            incident=incident, seq=seq, kind=kind, happened_at=far, recorded_at=NOON, actor=ada, text=words, data={}
        )

    for page in ("/", "/incidents/1/?timeline=all", *FORMS):
        assert browser.get(page).status_code == 200, page


def _nothing_changed(browser: Client) -> None:
    assert browser.get("/").status_code == 200
    assert browser.get("/incidents/1/").status_code == 200
    assert Incident.objects.get().version == 2

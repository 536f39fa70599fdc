"""A deployment's own fields on the web: shown, edited, asked, searched."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from incidents import fields as custom
from incidents import services
from incidents.fields import CustomField
from incidents.models import Incident
from people.models import Person
from tests.ui.conftest import NOON
from tests.ui.pages import fields, tags, text, value

AddField = Callable[..., CustomField]


@pytest.fixture
def region(add_field: AddField) -> CustomField:
    options = {"eu": "Europe", "us": "United States"}
    return add_field("region", "Affected region", "choice", options=options, asked=True, hint="Where customers are.")


def say(incident: Incident, by: Person, **values: Any) -> None:
    services.edit_incident(incident, wanted={"fields": values}, seen={}, by=by, at=NOON)


KINDS = ("text", "paragraph", "choice", "choices", "yes_no", "number", "date", "moment", "person", "link")


def values_of_every_kind(ada: Person) -> dict[str, Any]:
    return {
        "my_text": "a <b> & c",
        "my_paragraph": "one **two**",
        "my_choice": "A",
        "my_choices": ["A", "B"],
        "my_yes_no": False,
        "my_number": 3.5,
        "my_date": "2026-11-21",
        "my_moment": "2026-11-21T03:00:00+00:00",
        "my_person": ada.pk,
        "my_link": "https://example.com/?a=1&b=2",
    }


@pytest.fixture
def every_kind(add_field: AddField) -> None:
    for kind in KINDS:
        add_field(f"my_{kind}", f"My {kind}", kind, options=["A", "B"] if kind.startswith("choice") else ())


def test_the_document_shows_what_each_field_says(
    browser: Client, incident: Incident, ada: Person, every_kind: None
) -> None:
    assert text(browser.get("/incidents/1/")).count("Not set Change") == len(KINDS) + 1  # the severity, too

    say(incident, ada, **values_of_every_kind(ada))
    page = browser.get("/incidents/1/")

    words = text(page)
    for shown in (
        "a <b> & c",
        "My choices A, B",
        "My yes_no No",
        "My number 3.5",
        "21 Nov 2026, 03:00",
        "Ada Lovelace",
    ):
        assert shown in words
    assert ("a", {"href": "https://example.com/?a=1&b=2", "rel": "noopener nofollow"}) in tags(page, "a")
    assert page.content.decode().count("<p>one <strong>two</strong></p>") == 2  # as it stands, and in the timeline
    assert "“My choice” set to A by Ada Lovelace" in words


def test_saving_an_untouched_form_leaves_every_kind_as_it_is(
    browser: Client, incident: Incident, ada: Person, every_kind: None
) -> None:
    say(incident, ada, **values_of_every_kind(ada))
    form = fields(browser.get("/incidents/1/edit/")) | {"field_my_choices": ["A", "B"]}

    answer = browser.post("/incidents/1/edit/", form, follow=True)

    incident.refresh_from_db()
    assert "Nothing changed" in text(answer)
    assert incident.field_values == values_of_every_kind(ada)


def test_a_moment_is_told_on_the_timeline_as_everywhere_on_the_page(
    browser: Client, ada: Person, incident: Incident, add_field: AddField
) -> None:
    add_field("informed_at", "Informed at", "moment")
    say(incident, ada, informed_at=NOON)
    say(incident, ada, informed_at=NOON + timedelta(days=1))

    shown = text(browser.get("/incidents/1/"))

    assert "“Informed at” changed from 20 Nov 2026, 12:00 to 21 Nov 2026, 12:00" in shown
    assert "2026-11-2" not in shown


def test_one_field_is_edited_in_place(browser: Client, incident: Incident, region: CustomField) -> None:
    editor = browser.get("/incidents/1/edit/field_region/", headers={"HX-Request": "true"})
    assert "Where customers are." in text(editor)

    answer = browser.post(
        "/incidents/1/edit/field_region/",
        fields(editor) | {"field_region": "eu"},
        headers={"HX-Request": "true"},
    )

    assert "Affected region Europe" in text(answer)
    incident.refresh_from_db()
    assert incident.field_values == {"region": "eu"}


def test_a_bad_value_is_refused_at_its_field_and_what_was_typed_stays(
    browser: Client, incident: Incident, add_field: AddField
) -> None:
    add_field("tier", "Tier", "number")
    form = fields(browser.get("/incidents/1/edit/"))

    answer = browser.post("/incidents/1/edit/", form | {"field_tier": "many", "title": "Renamed"})

    assert answer.status_code == 422
    assert "“Tier” must be a number like 42 or 3.5, not “many”." in text(answer)
    assert (value(answer, "field_tier"), value(answer, "title")) == ("many", "Renamed")
    incident.refresh_from_db()
    assert incident.title == "Checkout returns 500s"


def test_a_conflict_shows_what_the_other_wrote(
    browser: Client, incident: Incident, grace: Person, region: CustomField
) -> None:
    form = fields(browser.get("/incidents/1/edit/field_region/"))
    say(incident, grace, region="us")

    answer = browser.post("/incidents/1/edit/field_region/", form | {"field_region": "eu"})
    assert "It now says: United States" in text(answer)

    browser.post("/incidents/1/edit/field_region/", fields(answer))
    incident.refresh_from_db()
    assert incident.field_values == {"region": "eu"}


def test_declaring_asks_what_is_asked_there(browser: Client, region: CustomField, add_field: AddField) -> None:
    add_field("tier", "Tier", "number")
    form = fields(browser.get("/incidents/new/"))
    assert "field_tier" not in form

    browser.post("/incidents/new/", form | {"title": "Checkout", "field_region": "eu"})

    assert Incident.objects.get().field_values == {"region": "eu"}


def test_what_is_needed_for_declaring_is_asked_for(browser: Client, add_field: AddField) -> None:
    add_field("ticket", "Ticket", "text", required="declaring")
    form = fields(browser.get("/incidents/new/"))

    answer = browser.post("/incidents/new/", form | {"title": "Checkout"})

    assert (answer.status_code, Incident.objects.count()) == (422, 0)
    assert "Fill in “Ticket” to declare an incident." in text(answer)


def test_resolving_names_what_must_be_said_before(browser: Client, incident: Incident, add_field: AddField) -> None:
    add_field("informed", "Regulator informed?", "yes_no", required="resolving")

    answer = browser.post("/incidents/1/resolve/", follow=True)

    assert "Before you resolve INC-1, set “Regulator informed?”." in text(answer)
    incident.refresh_from_db()
    assert incident.is_open


def test_what_a_field_said_that_is_gone_is_still_shown(
    browser: Client, incident: Incident, ada: Person, region: CustomField
) -> None:
    say(incident, ada, region="eu")
    custom.registry.take_out("region")

    page = browser.get("/incidents/1/")

    assert "region eu No longer in use" in text(page)
    assert "“Affected region” set to Europe" in text(page)
    assert browser.get("/incidents/1/edit/field_region/").status_code == 404


def test_the_list_is_searched_by_field(browser: Client, ada: Person, region: CustomField, add_field: AddField) -> None:
    add_field("tags", "Tags", "choices", options=["web", "shop"])
    add_field("ticket", "Ticket", "text")
    for title, values in {
        "One": {"region": "eu", "tags": ["web", "shop"], "ticket": "OPS-7"},
        "Two": {"region": "us", "tags": ["web"]},
        "Three": {},
    }.items():
        services.declare_incident(title=title, reporter=ada, at=NOON, fields=values)

    def found(words: str) -> set[str]:
        page = text(browser.get("/", {"q": words}))
        return {title for title in ("One", "Two", "Three") if f" {title} " in page}

    assert found("region:eu") == {"One"}
    assert found("Region:europe") == {"One"}
    assert found("tags:web") == {"One", "Two"}
    assert found("tags:web ticket:ops") == {"One"}
    assert found("region:mars") == set()
    assert found("") == {"One", "Two", "Three"}


def test_fields_of_a_private_incident_are_nobody_elses(
    browser_of: Callable[[Person], Client], incident: Incident, ada: Person, grace: Person, region: CustomField
) -> None:
    say(incident, ada, region="eu")
    services.make_private(incident, by=ada, at=NOON)
    stranger = browser_of(grace)

    assert stranger.get("/incidents/1/edit/field_region/").status_code == 404
    assert "Checkout" not in text(stranger.get("/", {"q": "region:eu"}))
    assert "Checkout" in text(browser_of(ada).get("/", {"q": "region:eu"}))


def test_fields_cost_the_list_no_query(browser: Client, ada: Person, add_field: AddField) -> None:
    def queries_of_the_list() -> int:
        with CaptureQueriesContext(connection) as asked:
            browser.get("/")
        return len(asked)

    services.declare_incident(title="One", reporter=ada, at=NOON)
    browser.get("/")
    before = queries_of_the_list()
    add_field("press", "Press", "person")
    for _ in range(5):
        services.declare_incident(title="More", reporter=ada, at=NOON, fields={"press": ada})

    assert queries_of_the_list() == before

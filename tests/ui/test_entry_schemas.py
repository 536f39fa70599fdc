"""The API publishes what the data of each kind of timeline entry consists of, and every entry has that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
from django.test import Client

from incidents import redaction
from incidents.fields import CustomField
from incidents.models import EntryKind, Role
from people.models import Person
from tests.incidents.everything import everything
from tests.incidents.world import after, entries
from tests.ui.test_api import Program


def document() -> dict[str, Any]:
    found: dict[str, Any] = Client().get("/api/v1/openapi.json").json()
    return found


def check(entry: dict[str, Any]) -> None:
    jsonschema.validate(entry, {"$ref": "#/components/schemas/EntryOut", "components": document()["components"]})


def test_every_entry_of_an_incident_has_the_data_that_its_kind_publishes(
    ada: Person, grace: Person, add_field: Callable[..., CustomField]
) -> None:
    add_field("region", "Region", "text")
    incident = everything(ada, grace, scribe=Role.objects.create(key="scribe", name="Scribe", rank=2))
    told = Program(ada).asks("incidents/1/timeline")["items"]
    for entry in entries(incident):
        if redaction.may_redact(ada, entry):
            redaction.redact_entry(incident, entry=entry, by=ada, reason="A password", at=after(35))

    redacted = Program(ada).asks("incidents/1/timeline")["items"]

    assert {each["kind"] for each in redacted} == set(EntryKind)
    assert sum(each["redacted"] is not None for each in redacted) > 10
    for entry in (*told, *redacted):
        check(entry)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("title_changed", {"title": "Payments"}),
        ("lead_assigned", {"lead": "Ada", "from": None}),
        ("started_at_changed", {"started_at": 7, "from": "2026-11-21T03:00:00+00:00"}),
    ],
)
def test_an_entry_with_other_data_is_not_as_published(program: Program, kind: str, data: dict[str, Any]) -> None:
    entry = _note(program)
    check(entry)

    with pytest.raises(jsonschema.ValidationError):
        check(entry | {"kind": kind, "data": data})


def test_an_unknown_kind_may_have_any_data(program: Program) -> None:
    check(_note(program) | {"kind": "acme.page_sent", "label": "Page sent", "data": {"who": 7}})


def test_the_schemas_say_what_happened_and_what_each_value_is() -> None:
    schema = document()["components"]["schemas"]["EntryData.severity_changed"]

    assert (schema["title"], schema["description"]) == ("Severity changed", "The severity was set or changed.")
    assert schema["properties"]["from"]["anyOf"] == [{"type": "string"}, {"type": "null"}]
    assert schema["properties"]["from"]["description"].startswith("The key of the previous severity")


@pytest.fixture
def program(ada: Person) -> Program:
    return Program(ada)


def _note(program: Program) -> dict[str, Any]:
    program.sends("incidents", {"title": "Checkout returns 500s"}, expect=201)
    return program.sends("incidents/1/timeline", {"text": "Deploy"}, expect=201)

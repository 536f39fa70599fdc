"""Response itself may call only the services that are listed here."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from incidents import corrections, erasure, queries, redaction, services
from incidents.models import Incident, Link, Pin
from people.actors import System, is_allowed_to_system
from people.errors import NotFound
from people.models import Person
from tests.incidents.world import after, newest

ALLOWED = {"add_pin", "attach_link", "change_pin", "erase_person", "record_entry", "remove_pin", "request_channel"}
RESPONSE = System("a test")
ACTORS = {"by", "reporter"}


def _services() -> dict[str, Callable[..., Any]]:
    """Return the functions that somebody calls to change something, with the time of the change."""
    found: dict[str, Callable[..., Any]] = {}
    for module in (services, corrections, redaction, erasure):
        for name, each in inspect.getmembers(module, inspect.isfunction):
            parameters = set() if name.startswith("_") else set(inspect.signature(each).parameters)
            if each.__module__.startswith(module.__name__) and "at" in parameters and ACTORS & parameters:
                found[name] = each
    return found


SERVICES = _services()


def test_every_service_is_found() -> None:
    assert len(SERVICES) > 30
    assert {"declare_incident", "resolve_incident", "correct_note", "redact_entry", "erase_person"} <= SERVICES.keys()


def test_the_list_is_complete() -> None:
    assert {name for name, service in SERVICES.items() if is_allowed_to_system(service)} == ALLOWED


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - ALLOWED))
def test_a_service_that_is_not_listed_refuses_response(name: str) -> None:
    wanted = {
        key: RESPONSE if key in ACTORS else object()
        for key, each in inspect.signature(SERVICES[name]).parameters.items()
        if each.default is inspect.Parameter.empty
    }
    incident = [wanted.pop("incident")] if "incident" in wanted else []

    with pytest.raises(TypeError, match=rf"^System\(cause='a test'\) may not call [a-z.]+\.{name}\."):
        SERVICES[name](*incident, **wanted)


def test_nobody_may_change_an_incident_without_a_name(incident: Incident) -> None:
    nobody: Any = None  # what an untyped plugin may pass

    with pytest.raises(NotFound):
        services.rename_incident(incident, to="Changed by nobody", by=nobody, at=after(1))
    with pytest.raises(NotFound):
        services.add_note(incident, text="By nobody", by=nobody, at=after(1))
    assert newest(incident).text != "By nobody"


def test_what_response_does_by_itself_has_no_actor(incident: Incident, ada: Person) -> None:
    services.request_channel(incident, by=RESPONSE, at=after(1))
    assert newest(incident).actor is None

    services.attach_link(incident, kind=Link.CHANNEL, label="#inc-1", url="https://a.example", by=RESPONSE, at=after(2))
    assert newest(incident).actor is None

    services.add_pin(incident, source="C1:1", text="Oh", author=ada, said_at=after(1), by=RESPONSE, at=after(3))
    assert newest(incident).actor is None
    assert Pin.objects.get().pinned_by is None


def test_response_sees_every_incident(incident: Incident) -> None:
    Incident.objects.update(private=True)

    assert queries.incident(RESPONSE, number=incident.number) == queries.incident(queries.SYSTEM, number=1)

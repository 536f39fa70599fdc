"""A call that is sent again with its key is answered only while the answer is still the caller's business."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
from django.utils import timezone

from incidents import queries, services
from incidents.models import Incident, Status
from people.models import Person
from tests.ui.conftest import NOON
from tests.ui.test_api import Program
from ui import tokens
from ui.models import ApiToken

SECRET = "Customer data was taken"
REDACTS = {"reason": "leaked"}


def _resolve(incident: Incident, by: Person) -> None:
    services.resolve_incident(incident, by=by, at=NOON)


def _lead(incident: Incident, by: Person) -> None:
    services.assign_lead(incident, to=incident.reporter, by=by, at=NOON)


def _note(incident: Incident, by: Person) -> None:
    services.add_note(incident, text="My note", by=by, at=NOON)


def _action(incident: Incident, by: Person) -> None:
    services.add_action(incident, text="My action", by=by, at=NOON)


# What Grace sends for each call that changes an incident, and what happened before.
CALLS: dict[str, tuple[dict[str, Any] | None, Callable[[Incident, Person], None] | None]] = {
    "PATCH /api/v1/incidents/{number}": ({"impact": "All of Europe"}, None),
    "POST /api/v1/incidents/{number}/resolve": (None, None),
    "POST /api/v1/incidents/{number}/cancel": (None, None),
    "POST /api/v1/incidents/{number}/merge": ({"into": 1}, None),
    "POST /api/v1/incidents/{number}/reopen": (None, _resolve),
    "DELETE /api/v1/incidents/{number}/lead": (None, _lead),
    "POST /api/v1/incidents/{number}/timeline": ({"text": SECRET}, None),
    "POST /api/v1/incidents/{number}/updates": ({"text": SECRET}, None),
    "POST /api/v1/incidents/{number}/actions": ({"text": SECRET}, None),
    "POST /api/v1/incidents/{number}/actions/{action_id}/complete": (None, _action),
    "POST /api/v1/incidents/{number}/timeline/{seq}/correction": ({"text": SECRET}, _note),
    "POST /api/v1/incidents/{number}/timeline/{seq}/withdrawal": (None, _note),
    "POST /api/v1/incidents/{number}/timeline/{seq}/redaction": (REDACTS, _note),
    "POST /api/v1/incidents/{number}/actions/{action_id}/redaction": (REDACTS, _action),
}
# Who declared an incident always sees it.
OF_THE_REPORTER = {"POST /api/v1/incidents"}


@pytest.fixture
def private(ada: Person, grace: Person) -> Incident:
    """Two private incidents of Ada's, of which Grace is a member; return the second."""
    for _ in range(2):
        made = services.declare_incident(title="Break-in", summary=SECRET, reporter=ada, at=NOON, private=True)
        services.invite_member(made, person=grace, by=ada, at=NOON)
    return made


def _sends(program: Program, call: str, body: object, **parts: int) -> tuple[int, dict[str, Any]]:
    method, address = call.split()
    answer = program.client.generic(
        method,
        address.format(**parts),
        "" if body is None else json.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": "once"},
    )
    return answer.status_code, answer.json()


def _parts(incident: Incident) -> dict[str, int]:
    action, entry = queries.actions(incident).first(), queries.history(incident).last()
    assert entry is not None
    return {"number": incident.number, "seq": entry.seq, "action_id": action.pk if action else 0}


def test_every_call_that_changes_something_is_tried_here(db: None) -> None:
    document = Program(_somebody()).asks("openapi.json")
    changing = {f"{method.upper()} {path}" for path, calls in document["paths"].items() for method in calls}

    assert {each for each in changing if not each.startswith("GET ")} == set(CALLS) | OF_THE_REPORTER


def _somebody() -> Person:
    return Person.objects.create(name="Somebody")


@pytest.mark.parametrize("call", list(CALLS))
def test_a_former_member_is_not_answered_again(private: Incident, ada: Person, grace: Person, call: str) -> None:
    body, before = CALLS[call]
    if before is not None:
        before(private, grace)
    program, parts = Program(grace), _parts(private)
    status, first = _sends(program, call, body, **parts)
    assert status in (HTTPStatus.OK, HTTPStatus.CREATED), first
    assert _sends(program, call, body, **parts) == (status, first)
    services.remove_member(private, person=grace, at=timezone.now())

    status, again = _sends(program, call, body, **parts)

    assert status == HTTPStatus.NOT_FOUND
    assert again == {"error": f"There is no incident {private.reference}."}


def test_who_comes_back_is_answered_again(private: Incident, ada: Person, grace: Person) -> None:
    call = "PATCH /api/v1/incidents/{number}"
    program, parts = Program(grace), _parts(private)
    first = _sends(program, call, CALLS[call][0], **parts)
    services.remove_member(private, person=grace, at=timezone.now())
    _sends(program, call, CALLS[call][0], **parts)
    services.invite_member(private, person=grace, by=ada, at=timezone.now())

    assert _sends(program, call, CALLS[call][0], **parts) == first


@pytest.mark.parametrize("what", ["token", "person"])
def test_what_counts_no_longer_is_answered_nothing(private: Incident, grace: Person, what: str) -> None:
    call = "PATCH /api/v1/incidents/{number}"
    program, parts = Program(grace), _parts(private)
    _sends(program, call, CALLS[call][0], **parts)
    if what == "token":
        token = tokens.tokens_of(grace).get()
        tokens.revoke_token(grace, pk=token.pk, at=timezone.now())
    else:
        Person.objects.filter(pk=grace.pk).update(is_active=False)

    status, again = _sends(program, call, CALLS[call][0], **parts)

    assert status == HTTPStatus.UNAUTHORIZED
    assert SECRET not in str(again)


def test_another_token_of_the_same_person_has_keys_of_its_own(private: Incident, grace: Person) -> None:
    call, parts = "POST /api/v1/incidents/{number}/timeline", _parts(private)
    first = _sends(Program(grace), call, {"text": "Mine"}, **parts)

    assert _sends(Program(grace), call, {"text": "Mine"}, **parts) != first
    reader = Program(grace, ApiToken.Scope.READ)
    assert _sends(reader, call, {"text": "Mine"}, **parts)[0] == HTTPStatus.FORBIDDEN


def test_who_became_a_guest_is_not_answered_again(ada: Person, grace: Person) -> None:
    incident = services.declare_incident(title="Checkout fails", summary=SECRET, reporter=ada, at=NOON)
    call = "PATCH /api/v1/incidents/{number}"
    program, parts = Program(grace), _parts(incident)
    assert _sends(program, call, {"status": Status.IDENTIFIED}, **parts)[0] == HTTPStatus.OK
    Person.objects.filter(pk=grace.pk).update(is_guest=True)

    assert _sends(program, call, {"status": Status.IDENTIFIED}, **parts)[0] == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("field", ["title", "summary", "impact"])
def test_a_redacted_text_of_a_declaration_is_not_answered_again(ada: Person, field: str) -> None:
    program = Program(ada)
    call, body = "POST /api/v1/incidents", {"title": "Checkout fails", field: SECRET}
    status, declared = _sends(program, call, body)
    assert (status, declared[field]) == (HTTPStatus.CREATED, SECRET)

    address = f"incidents/{declared['number']}/timeline"
    told = [entry["seq"] for entry in program.asks(address)["items"] if SECRET in json.dumps(entry)]
    for seq in told:
        program.sends(f"{address}/{seq}/redaction", REDACTS)

    status, again = _sends(program, call, body)
    assert (status, again["number"]) == (HTTPStatus.CREATED, declared["number"])
    assert SECRET not in json.dumps(again)

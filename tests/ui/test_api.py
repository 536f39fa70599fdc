"""The API as a program with a token meets it."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from threading import Barrier
from typing import Any

import hypothesis
import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from incidents import services
from incidents.fields import CustomField
from incidents.models import EntryKind, Incident, Kind, Severity
from people.models import Person
from tests.ui.conftest import NOON
from ui import accounts, tokens
from ui.models import AnsweredCall, ApiToken

AddField = Callable[..., CustomField]


class Program:
    """Something that calls the API with a token."""

    def __init__(self, person: Person, scope: ApiToken.Scope = ApiToken.Scope.WRITE) -> None:
        self.secret = tokens.make_token(person, name="A test", scope=scope, at=NOON)
        self.client = Client(headers={"Authorization": f"Bearer {self.secret}"})

    def asks(self, address: str, **query: Any) -> dict[str, Any]:
        answer = self.client.get(f"/api/v1/{address}", query)
        assert answer.status_code == 200, answer.content
        found: dict[str, Any] = answer.json()
        return found

    def sends(self, address: str, body: object = None, *, method: str = "post", expect: int = 200) -> dict[str, Any]:
        content = body if isinstance(body, str) else json.dumps(body)
        send = getattr(self.client, method)
        answer = send(f"/api/v1/{address}", content, content_type="application/json")
        assert answer.status_code == expect, answer.content
        found: dict[str, Any] = answer.json()
        return found

    def changes(self, expect: int = 200, **body: Any) -> dict[str, Any]:
        return self.sends("incidents/1", body, method="patch", expect=expect)


@pytest.fixture
def program(ada: Person) -> Program:
    return Program(ada)


@pytest.fixture
def region(add_field: AddField) -> CustomField:
    return add_field("region", "Affected region", "choice", options={"eu": "Europe", "us": "United States"})


# Who may call ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wrong", "Basic YTpi", "Bearer \u00e9", "response_x"])
def test_who_sends_no_token_that_counts_is_turned_away(db: None, header: str | None) -> None:
    answer = Client().get("/api/v1/incidents", headers={} if header is None else {"Authorization": header})

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert "Authorization: Bearer" in answer.json()["error"]


def test_a_sign_in_on_the_pages_is_no_token(browser: Client, incident: Incident) -> None:
    assert browser.get("/api/v1/incidents").status_code == 401
    assert browser.post("/api/v1/incidents/1/resolve").status_code == 401


def test_a_token_that_may_only_read_changes_nothing(ada: Person, incident: Incident) -> None:
    reader = Program(ada, ApiToken.Scope.READ)

    assert reader.asks("incidents/1")["title"] == "Checkout returns 500s"
    assert "read-only" in reader.sends("incidents/1/resolve", expect=403)["error"]
    incident.refresh_from_db()
    assert incident.is_open


def test_a_revoked_token_opens_nothing(program: Program, ada: Person, grace: Person) -> None:
    made = ApiToken.objects.get()
    with pytest.raises(Exception, match="doesn't exist, or it belongs"):
        tokens.revoke_token(grace, pk=made.pk, at=NOON)
    program.asks("me")

    tokens.revoke_token(ada, pk=made.pk, at=NOON)

    assert program.client.get("/api/v1/me").status_code == 401


def test_the_token_of_somebody_who_left_opens_nothing(program: Program, ada: Person) -> None:
    Person.objects.filter(pk=ada.pk).update(is_active=False)

    answer = program.client.get("/api/v1/me")

    assert answer.status_code == 401
    assert "Ada Lovelace's account is deactivated, so this token no longer works." in answer.json()["error"]


def test_the_token_of_somebody_whose_account_was_deactivated_opens_nothing(program: Program, ada: Person) -> None:
    accounts.login_of(ada)
    User.objects.update(is_active=False)

    assert program.client.get("/api/v1/me").status_code == 401


def test_of_a_secret_only_a_digest_is_kept(program: Program) -> None:
    kept = ApiToken.objects.values().get()

    assert program.secret.startswith("response_")
    assert program.secret not in str(kept)
    assert program.secret[20:] not in str(kept)


def test_when_a_token_was_used_is_noted_once_an_hour(program: Program) -> None:
    program.asks("me")
    first = ApiToken.objects.get().last_used_at
    program.asks("me")

    assert first is not None
    assert ApiToken.objects.get().last_used_at == first


def test_tokens_are_made_listed_and_revoked_by_command(ada: Person) -> None:
    def says(*words: str) -> str:
        out = StringIO()
        call_command("api_token", *words, stdout=out)
        return out.getvalue().strip()

    secret = says("make", "ADA@example.com", "Grafana", "--write")
    made = ApiToken.objects.get()

    assert Client(headers={"Authorization": f"Bearer {secret}"}).get("/api/v1/me").json() == {
        "person": {"id": ada.pk, "name": "Ada Lovelace", "email": "ada@example.com", "is_active": True},
        "token": "Grafana",
        "scope": "write",
    }
    assert says("list").startswith(f"{made.pk}  Grafana (response_")
    assert says("revoke", str(made.pk)).startswith("Revoked: Grafana")
    assert says("list") == ""
    for words in (["make", "nobody@example.com", "x"], ["revoke", "99"], ["make", "ada@example.com", " "]):
        with pytest.raises(CommandError):
            says(*words)


def test_too_many_calls_are_told_when_to_come_again(program: Program, settings: Settings) -> None:
    settings.API_CALLS_PER_MINUTE = 2
    answers = [program.client.get("/api/v1/me") for _ in range(4)]

    assert answers[-1].status_code == 429
    assert 0 < int(answers[-1]["Retry-After"]) <= 60
    assert "You've exceeded the limit of 2 calls per minute." in answers[-1].json()["error"]


# Reading --------------------------------------------------------------------------------------------------------------


def test_an_incident_is_told_with_all_that_belongs_to_it(
    program: Program, ada: Person, grace: Person, region: CustomField
) -> None:
    incident = services.declare_incident(
        title="Checkout <b>",
        reporter=ada,
        lead=grace,
        severity=Severity.objects.get(key="major"),
        at=NOON,
        fields={"region": "eu"},
    )
    services.add_action(incident, text="Index", owner=grace, by=ada, at=NOON)
    services.attach_link(incident, kind="ticket", label="OPS-7", url="https://example.com/7", at=NOON)

    found = program.asks("incidents/1")

    person = {"id": grace.pk, "name": "Grace Hopper", "email": "grace@example.com", "is_active": True}
    assert (found["reference"], found["title"], found["url"]) == (
        "INC-1",
        "Checkout <b>",
        "http://127.0.0.1:8000/incidents/1/",
    )
    assert (found["lead"], found["severity"]["key"], found["status"]) == (person, "major", "investigating")
    assert found["fields"] == {"region": "eu"}
    assert [(each["text"], each["owner"]) for each in found["actions"]] == [("Index", person)]
    assert [each["person"]["name"] for each in found["participants"]] == ["Ada Lovelace", "Grace Hopper"]
    assert found["links"] == [{"kind": "ticket", "label": "OPS-7", "url": "https://example.com/7"}]
    assert found["started_at"] == "2026-11-20T12:00:00Z"


def test_the_list_is_narrowed_and_paged(program: Program, ada: Person, region: CustomField, incident: Incident) -> None:
    major = Severity.objects.get(key="major")
    services.declare_incident(title="Two", reporter=ada, at=NOON, severity=major, fields={"region": "eu"})
    third = services.declare_incident(title="Three", reporter=ada, at=NOON, kind=Kind.DRILL)
    services.resolve_incident(third, by=ada, at=NOON)

    def numbers(**query: Any) -> list[int]:
        return [each["number"] for each in program.asks("incidents", **query)["items"]]

    assert numbers() == [3, 2, 1]
    assert numbers(open="true") == [2, 1]
    assert numbers(open="false") == [3]
    assert numbers(status="resolved,monitoring") == [3]
    assert numbers(severity="major") == [2]
    assert numbers(kind="drill") == [3]
    assert numbers(q="two") == [2]
    assert numbers(q="tw\x00o") == [2]
    assert numbers(field="region:eu") == [2]
    assert numbers(field=["region:eu", "region:us"]) == []

    first = program.asks("incidents", per_page=2)
    assert (first["total"], [each["number"] for each in first["items"]]) == (3, [3, 2])
    second = program.client.get(first["next"].removeprefix("http://127.0.0.1:8000")).json()
    assert ([each["number"] for each in second["items"]], second["next"]) == ([1], None)
    assert numbers(before=1) == []


@pytest.mark.parametrize(
    ("query", "place", "sentence"),
    [
        ({"open": "perhaps"}, "open", "This must be true or false."),
        ({"status": "on fire"}, "status", "“on fire” isn't a status. Choose one of: "),
        ({"severity": "huge"}, "severity", "“huge” isn't a severity. Choose one of: "),
        ({"kind": "big"}, "kind", "This must be live, report or drill."),
        ({"field": "colour:red"}, "fields.colour", "There is no field “colour”."),
        ({"field": "x" * 201}, "field", "This must have at most 200 characters."),
        ({"before": "0"}, "before", "This must be at least 1."),
        ({"before": "x"}, "before", "This must be a whole number."),
        ({"lead": "nobody"}, "lead", "Unknown parameter. This call accepts "),
        ({"per_page": "101"}, "per_page", "This must be at most 100."),
        ({"q": "x" * 201}, "q", "This must have at most 200 characters."),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(
    program: Program, query: dict[str, str], place: str, sentence: str
) -> None:
    answer = program.client.get("/api/v1/incidents", query)

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [place]
    assert answer.json()["fields"][place].startswith(sentence)


@pytest.mark.parametrize("body", [[], 5, "x"])
def test_a_body_that_is_no_object_is_refused(program: Program, body: object) -> None:
    refused = program.sends("incidents", json.dumps(body), expect=400)

    assert refused["error"] == "body: This must be an object."


def test_the_timeline_is_read_on_from_where_one_was(program: Program, ada: Person, incident: Incident) -> None:
    for number in range(4):
        services.add_note(incident, text=f"Note {number}", by=ada, at=NOON)

    first = program.asks("incidents/1/timeline", limit=3)
    rest = program.asks("incidents/1/timeline", after=first["next_after"])

    assert [each["seq"] for each in first["items"]] == [1, 2, 3]
    assert [(each["seq"], each["text"]) for each in rest["items"]] == [(4, "Note 2"), (5, "Note 3")]
    assert rest["next_after"] is None
    assert rest["items"][0]["actor"]["name"] == "Ada Lovelace"


def test_what_one_may_choose_from_is_told(program: Program, ada: Person, grace: Person, region: CustomField) -> None:
    people: Any = program.asks("people", email="GRACE@example.com")
    severities: Any = program.asks("severities")
    own: Any = program.asks("fields")

    assert [each["id"] for each in people] == [grace.pk]
    assert [each["key"] for each in severities] == ["critical", "major", "minor", "trivial"]
    assert [(each["name"], each["options"]) for each in own] == [("region", dict(region.options))]


def test_a_list_costs_the_same_however_long_it_is(program: Program, ada: Person, add_field: AddField) -> None:
    add_field("press", "Press", "person")

    def queries_of_the_list() -> int:
        with CaptureQueriesContext(connection) as asked:
            program.asks("incidents")
        return len(asked)

    services.declare_incident(title="One", reporter=ada, lead=ada, at=NOON)
    program.asks("me")
    before = queries_of_the_list()
    for _ in range(5):
        more = services.declare_incident(title="More", reporter=ada, lead=ada, at=NOON, fields={"press": ada})
        services.merge_incident(more, into=Incident.objects.get(number=1), by=ada, at=NOON)

    assert queries_of_the_list() == before


# Changing -------------------------------------------------------------------------------------------------------------


def test_an_incident_is_declared(program: Program, ada: Person, grace: Person, region: CustomField) -> None:
    body = {
        "title": "Checkout returns 500s",
        "severity": "major",
        "lead": "grace@example.com",
        "kind": "drill",
        "started_at": "2026-11-20T13:00:00+01:00",
        "private": True,
        "fields": {"region": "Europe"},
    }

    found = program.sends("incidents", body, expect=201)

    incident = Incident.objects.get()
    assert (incident.reporter, incident.lead, incident.kind, incident.private) == (ada, grace, "drill", True)
    assert (incident.started_at, incident.field_values) == (NOON, {"region": "eu"})
    assert (found["number"], found["fields"], found["lead"]["id"]) == (1, {"region": "eu"}, grace.pk)


def test_one_change_can_say_many_things(
    program: Program, incident: Incident, grace: Person, region: CustomField
) -> None:
    found = program.changes(
        title="Checkout", severity="minor", status="identified", lead=grace.pk, fields={"region": "us"}
    )

    assert (found["title"], found["severity"]["key"], found["status"]) == ("Checkout", "minor", "identified")
    assert (found["lead"]["name"], found["fields"]) == ("Grace Hopper", {"region": "us"})
    program.changes(fields={"region": None})
    incident.refresh_from_db()
    assert incident.field_values == {}
    assert incident.entries.filter(kind=EntryKind.FIELD_CHANGED).count() == 2


def test_what_is_left_out_stays(program: Program, incident: Incident, region: CustomField) -> None:
    services.write_summary(incident, text="What we know", by=incident.reporter, at=NOON)
    version = incident.version

    found = program.changes(title="Checkout returns 500s")

    assert (found["summary"], found["kind"], found["version"]) == ("What we know", "live", version)


def test_a_generated_client_that_fills_in_every_default_changes_nothing(program: Program, incident: Incident) -> None:
    program.changes(status="monitoring", severity="major")
    services.resolve_incident(incident, by=incident.reporter, at=NOON)
    before = program.asks("incidents/1")
    schema = Client().get("/api/v1/openapi.json").json()
    bodies = [methods["patch"]["requestBody"] for methods in schema["paths"].values() if "patch" in methods]

    assert bodies
    for body in bodies:
        name = body["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
        properties = schema["components"]["schemas"][name]["properties"]
        filled = {field: each["default"] for field, each in properties.items() if "default" in each}
        assert filled == {}
        assert program.changes(**filled) == before


def test_who_sends_what_they_saw_overwrites_nobody(program: Program, incident: Incident, region: CustomField) -> None:
    seen = program.asks("incidents/1")["seen"]
    program.changes(fields={"region": "eu"}, title="Renamed")

    refused = program.changes(409, fields={"region": "us"}, seen=seen)

    assert refused["current"] == "Europe"
    assert "Somebody changed the “Affected region”" in refused["fields"]["fields.region"]
    assert program.changes(summary="New", seen=seen)["fields"] == {"region": "eu"}
    assert program.changes(fields={"region": "us"})["fields"] == {"region": "us"}


@pytest.mark.parametrize(
    ("body", "place", "sentence"),
    [
        ({"title": ""}, "title", "Give the incident a title."),
        ({"title": None}, "title", "This must be a string."),
        ({"title": 5}, "title", "This must be a string."),
        ({"status": "done"}, "status", "This must be investigating, identified, monitoring or resolved."),
        ({"lead": 1.5}, "lead", "Send a person's id or e-mail address."),
        ({"lead": {}}, "lead", "Send a person's id or e-mail address."),
        ({"seen": {"title": 5}}, "seen.title", "This must be a string."),
        ({"titel": "x"}, "titel", "This name is unknown."),
        ({"summary": "x" * 3001}, "summary", "This must have at most 3000 characters."),
        ({"severity": "huge"}, "severity", "“huge” isn't a severity. Choose one of: critical, major, minor, trivial."),
        ({"lead": "nobody@example.com"}, "lead", "Nobody matches “nobody@example.com”."),
        ({"lead": 987654}, "lead", "Nobody matches “987654”."),
        ({"lead": "a\x00b"}, "lead", "Nobody matches “a\x00b”."),
        ({"started_at": "2026-11-20T12:00:00"}, "started_at", "This must be a time with its zone"),
        ({"started_at": "0001-01-01T00:00:00+14:00"}, "started_at", "between the years 1970 and 9000"),
        ({"started_at": "2100-01-01T00:00:00Z"}, "started_at", "An incident can't begin in the future."),
        ({"started_at": None}, "started_at", "You can't remove the start time."),
        ({"fields": {"region": "Mars"}}, "fields.region", "“Affected region” must be one of Europe, United States"),
        ({"fields": {"colour": "red"}}, "fields.colour", "There is no field “colour”."),
        ({"fields": {"a\x00": {"b": []}}}, "fields.a\x00", "There is no field"),
        ({"fields": []}, "fields", "This must be an object."),
    ],
)
def test_what_cannot_be_taken_is_refused_in_its_place(
    program: Program, incident: Incident, region: CustomField, body: dict[str, Any], place: str, sentence: str
) -> None:
    refused = program.changes(400, **body)

    assert list(refused["fields"]) == [place]
    assert sentence in refused["fields"][place]
    incident.refresh_from_db()
    assert incident.version == 1


@pytest.mark.parametrize(("body", "status"), [("{", 400), ("[]", 400), ("", 400), ('"' + "x" * 1_100_000 + '"', 413)])
def test_what_is_no_body_is_refused(program: Program, incident: Incident, body: str, status: int) -> None:
    assert program.sends("incidents/1", body, method="patch", expect=status)["error"]


@pytest.mark.parametrize(("address", "method"), [("reopen", "post"), ("lead", "delete")])
def test_a_body_that_a_call_would_ignore_is_refused(
    program: Program, incident: Incident, address: str, method: str
) -> None:
    refused = program.sends(f"incidents/1/{address}", {"text": "It is back"}, method=method, expect=400)

    assert refused["error"] == "This call accepts no body."


def test_open_incidents_are_listed_by_severity(program: Program, ada: Person) -> None:
    wanted = []
    for key in ("critical", "major", "minor", None):
        severity = Severity.objects.get(key=key) if key else None
        made = [services.declare_incident(title="x", reporter=ada, severity=severity, at=NOON) for _ in range(3)]
        wanted += [each.number for each in reversed(made)]

    for size in (1, 2, 5, 100):
        found, address = [], f"incidents?open=true&sort=severity&per_page={size}"
        while address:
            page = program.client.get(f"/api/v1/{address}").json()
            found += [each["number"] for each in page["items"]]
            address = (page["next"] or "").partition("/api/v1/")[2]
        assert found == wanted


def test_the_end_may_come_with_a_final_update(program: Program, incident: Incident) -> None:
    assert program.sends("incidents/1/resolve", {"final_update": "All is well"})["status"] == "resolved"

    update, resolved = program.asks("incidents/1/timeline")["items"][-2:]
    assert (update["kind"], update["text"], update["data"]) == ("update_posted", "All is well", {"final": True})
    assert resolved["kind"] == "resolved"
    assert program.sends("incidents/1/cancel", {"final_update": "x"}, expect=409)


def test_an_incident_lives_and_ends(program: Program, incident: Incident, add_field: AddField) -> None:
    add_field("informed", "Regulator informed?", "yes_no", required="resolving")
    refused = program.sends("incidents/1/resolve", expect=400)
    assert refused["fields"] == {"fields.informed": "Before you resolve INC-1, set “Regulator informed?”."}

    program.changes(fields={"informed": False})
    assert program.sends("incidents/1/resolve")["status"] == "resolved"
    assert program.sends("incidents/1/resolve", expect=409)["error"] == "INC-1 is already resolved."
    assert program.sends("incidents/1/reopen")["status"] == "investigating"
    assert program.changes(status="resolved")["is_open"] is False


def test_an_incident_is_canceled_and_brought_back(program: Program, incident: Incident, add_field: AddField) -> None:
    add_field("informed", "Regulator informed?", "yes_no", required="resolving")

    canceled = program.sends("incidents/1/cancel")

    assert (canceled["status"], canceled["is_open"], canceled["resolved_at"]) == ("canceled", False, None)
    assert canceled["ended_at"] is not None
    refused = program.sends("incidents/1/cancel", expect=409)
    assert refused["error"] == "INC-1 is already canceled."
    assert program.sends("incidents/1/reopen")["ended_at"] is None


def test_an_incident_is_merged_into_another(program: Program, ada: Person, incident: Incident) -> None:
    services.declare_incident(title="Payments time out", reporter=ada, at=NOON)

    merged = program.sends("incidents/1/merge", {"into": 2})

    assert (merged["status"], merged["is_open"], merged["merged_into"]) == ("merged", False, 2)
    assert program.asks("incidents/2")["merged_here"] == [1]
    assert [each["merged_into"] for each in program.asks("incidents")["items"]] == [None, 2]
    assert program.asks("incidents", status="merged")["total"] == 1
    assert program.sends("incidents/2/merge", {"into": 1}, expect=409)["error"] == (
        "INC-1 was merged into this one. Reopen INC-1 first."
    )
    assert program.sends("incidents/1/reopen")["merged_into"] is None
    assert program.asks("incidents/2")["merged_here"] == []


def test_what_cannot_be_merged_is_refused_in_its_place(program: Program, grace: Person, incident: Incident) -> None:
    services.declare_incident(title="Canary", reporter=grace, at=NOON, private=True)

    for number, sentence in {
        1: "INC-1 can't be merged into itself.",
        2: "There is no incident INC-2.",
        10**30: "This must be at most 2147483647.",
    }.items():
        assert program.sends("incidents/1/merge", {"into": number}, expect=400)["fields"] == {"into": sentence}
    assert program.asks("incidents/1")["is_open"]


def test_notes_updates_actions_and_the_lead(program: Program, incident: Incident, grace: Person) -> None:
    note = program.sends("incidents/1/timeline", {"text": "Deploy"}, expect=201)
    update = program.sends("incidents/1/updates", {"text": "Nearly there"}, expect=201)
    action = program.sends("incidents/1/actions", {"text": "Index", "owner": grace.pk, "type": "fix"}, expect=201)
    done = program.sends(f"incidents/1/actions/{action['id']}/complete")
    program.changes(lead=grace.pk)
    alone = program.sends("incidents/1/lead", method="delete")

    assert (note["kind"], note["text"], update["kind"]) == ("note_added", "Deploy", "update_posted")
    assert (action["owner"]["id"], done["done_by"]["name"], alone["lead"]) == (grace.pk, "Ada Lovelace", None)
    assert program.sends(f"incidents/1/actions/{action['id']}/complete", expect=409)
    assert program.sends("incidents/1/actions/999/complete", expect=404)
    assert program.sends("incidents/1/lead", method="delete", expect=409)


# The same call again --------------------------------------------------------------------------------------------------


def send(program: Program, address: str, body: object, *, key: str, method: str = "post") -> tuple[int, dict[str, Any]]:
    send = getattr(program.client, method)
    headers = {"Idempotency-Key": key}
    answer = send(f"/api/v1/{address}", json.dumps(body), content_type="application/json", headers=headers)
    return answer.status_code, answer.json()


def test_a_declaration_sent_again_with_its_key_declares_once(program: Program) -> None:
    first = send(program, "incidents", {"title": "Deploy failed"}, key="deploy-1")
    program.changes(title="Renamed")
    again = send(program, "incidents", {"title": "Deploy failed"}, key="deploy-1")
    other = send(program, "incidents", {"title": "Deploy failed"}, key="deploy-2")

    assert first[0] == 201
    assert again == first
    assert (other[0], other[1]["number"]) == (201, 2)


def test_every_change_takes_a_key(program: Program, incident: Incident) -> None:
    calls: list[tuple[str, str, object]] = [
        ("post", "incidents/1/timeline", {"text": "Deploy"}),
        ("post", "incidents/1/updates", {"text": "Nearly there"}),
        ("post", "incidents/1/actions", {"text": "Index"}),
        ("patch", "incidents/1", {"lead": "ada@example.com"}),
        ("delete", "incidents/1/lead", None),
        ("post", "incidents/1/resolve", None),
        ("post", "incidents/1/reopen", None),
        ("post", "incidents/1/cancel", None),
        ("post", "incidents/1/reopen", None),
    ]
    for number, (method, address, body) in enumerate(calls):
        first = send(program, address, body, key=f"call {number}", method=method)
        version = Incident.objects.get().version
        assert send(program, address, body, key=f"call {number}", method=method) == first
        assert (first[0] < 300, Incident.objects.get().version) == (True, version)


@pytest.mark.parametrize(("address", "title"), [("incidents", "Another"), ("incidents/1", "Deploy failed")])
def test_a_key_that_came_with_another_call_is_refused(program: Program, address: str, title: str) -> None:
    send(program, "incidents", {"title": "Deploy failed"}, key="deploy-1")
    method = "post" if address == "incidents" else "patch"

    status, refused = send(program, address, {"title": title}, key="deploy-1", method=method)

    assert (status, Incident.objects.count()) == (422, 1)
    assert refused["error"].startswith("This Idempotency-Key was used for a different call within the last 24 hours.")


def test_a_key_is_one_token_s_own(program: Program, grace: Person) -> None:
    send(program, "incidents", {"title": "Deploy failed"}, key="deploy-1")
    _, found = send(Program(grace), "incidents", {"title": "Secret plan failed"}, key="deploy-1")

    assert (found["number"], found["title"]) == (2, "Secret plan failed")


def test_a_key_is_forgotten_after_a_day(program: Program) -> None:
    send(program, "incidents", {"title": "Deploy failed"}, key="deploy-1")
    AnsweredCall.objects.update(created_at=timezone.now() - timedelta(hours=25))
    _, found = send(program, "incidents", {"title": "Deploy failed"}, key="deploy-1")

    assert found["number"] == 2
    assert AnsweredCall.objects.count() == 1


def test_a_refused_call_can_be_mended_and_sent_with_its_key(program: Program) -> None:
    refused = send(program, "incidents", {"title": "", "severity": "minor"}, key="deploy-1")
    sent = send(program, "incidents", {"title": "Deploy failed", "severity": "minor"}, key="deploy-1")

    assert (refused[0], sent[0]) == (400, 201)


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", " a", "\u00e9"])
def test_a_key_that_is_none_is_refused(program: Program, key: str) -> None:
    status, refused = send(program, "incidents", {"title": "Deploy failed"}, key=key)

    assert (status, Incident.objects.count()) == (400, 0)
    assert refused["error"] == "Idempotency-Key must have 1 to 255 printable ASCII characters."


@pytest.mark.django_db(transaction=True)
def test_a_call_sent_many_times_at_once_is_done_once(seeded_db: None, program: Program) -> None:
    ready = Barrier(6)

    def declares(_: int) -> tuple[int, dict[str, Any]]:
        connection.ensure_connection()
        ready.wait(timeout=10)
        try:
            return send(program, "incidents", {"title": "Deploy failed"}, key="deploy-1")
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as crowd:
        answers = list(crowd.map(declares, range(6)))

    assert Incident.objects.count() == 1
    assert answers == [answers[0]] * 6
    assert answers[0][0] == 201


# Privacy --------------------------------------------------------------------------------------------------------------


def test_a_private_incident_is_not_there_for_others(program: Program, ada: Person, grace: Person) -> None:
    secret = services.declare_incident(title="Canary", reporter=ada, at=NOON, private=True)
    action = services.add_action(secret, text="Canary", by=ada, at=NOON)
    other = Program(grace)

    assert other.asks("incidents", q="canary") == {"items": [], "total": 0, "next": None}
    for address in ("incidents/1", "incidents/1/timeline"):
        answer = other.client.get(f"/api/v1/{address}")
        assert (answer.status_code, answer.json()["error"]) == (404, "There is no incident INC-1.")
    for address, body in {
        "resolve": None,
        "cancel": None,
        "merge": {"into": 1},
        "reopen": None,
        "timeline": {"text": "x"},
        "updates": {"text": "x"},
        "actions": {"text": "x"},
        f"actions/{action.pk}/complete": None,
    }.items():
        refused = other.sends(f"incidents/1/{address}", body, expect=404)
        assert "Canary" not in str(refused)
    assert other.sends("incidents/1", {"title": "x"}, method="patch", expect=404)
    assert other.sends("incidents/1/lead", method="delete", expect=404)
    secret.refresh_from_db()
    assert secret.version == 2
    assert program.asks("incidents", q="canary")["total"] == 1


def test_what_a_change_takes_out_of_sight_is_not_shown(program: Program, ada: Person, grace: Person) -> None:
    """Grace sees the private incident only because she leads it."""
    services.declare_incident(title="Canary", reporter=ada, lead=grace, private=True, at=NOON)
    hers = Program(grace)
    for method, body in (("patch", {"lead": ada.pk}), ("delete", None)):
        key = {"Idempotency-Key": method}
        address = "/api/v1/incidents/1" if method == "patch" else "/api/v1/incidents/1/lead"
        for _ in range(2):
            answer = hers.client.generic(
                method.upper(), address, json.dumps(body), content_type="application/json", headers=key
            )
            assert (answer.status_code, answer.content) == (204, b"")
        assert hers.client.get("/api/v1/incidents/1").status_code == 404
        program.changes(lead=grace.pk)


def test_a_call_that_is_repeated_shows_nothing_that_became_private(
    program: Program, ada: Person, grace: Person
) -> None:
    services.declare_incident(title="Canary", reporter=ada, at=NOON)
    hers = Program(grace)
    assert send(hers, "incidents/1/updates", {"text": "Canary"}, key="x")[0] == 201
    services.make_private(Incident.objects.get(), by=ada, members=[], at=NOON)

    status, shown = send(hers, "incidents/1/updates", {"text": "Canary"}, key="x")

    assert (status, shown) == (404, {"error": "There is no incident INC-1."})


# The whole of it ------------------------------------------------------------------------------------------------------


def test_every_call_asks_for_a_token_and_every_change_for_one_that_may_write(ada: Person) -> None:
    calls = Client().get("/api/v1/openapi.json").json()["paths"]
    reader = Program(ada, ApiToken.Scope.READ)
    for address, methods in calls.items():
        path = address.replace("{number}", "1").replace("{action_id}", "1").replace("{seq}", "1")
        for method in methods:
            assert Client().generic(method.upper(), path).status_code == 401, (method, path)
            if method != "get":
                assert reader.client.generic(method.upper(), path).status_code == 403, (method, path)
    assert len(calls) >= 12


def test_every_call_refuses_a_parameter_that_it_does_not_know_and_answers_head_like_get(
    program: Program, incident: Incident
) -> None:
    for address, methods in Client().get("/api/v1/openapi.json").json()["paths"].items():
        path = address.replace("{number}", "1").replace("{action_id}", "1").replace("{seq}", "1")
        for method in methods:
            answer = program.client.generic(method.upper(), f"{path}?colour=red", "{}", content_type="application/json")
            assert (answer.status_code, list(answer.json()["fields"])) == (400, ["colour"]), (method, path)
        if "get" in methods:
            asked, head = program.client.get(path), program.client.head(path)
            assert (head.status_code, head["Content-Type"]) == (asked.status_code, asked["Content-Type"]), path
            assert head.content == b""


def test_pages_neither_skip_nor_repeat_while_incidents_change(program: Program, ada: Person) -> None:
    for number in range(7):
        services.declare_incident(title=f"Incident {number}", reporter=ada, at=NOON)
    seen: list[int] = []
    address = "/api/v1/incidents?per_page=2"
    while address:
        page = program.client.get(address).json()
        seen += [each["number"] for each in page["items"]]
        newest = services.declare_incident(title="Meanwhile", reporter=ada, at=NOON)
        services.resolve_incident(newest, by=ada, at=NOON)
        address = (page["next"] or "").removeprefix("http://127.0.0.1:8000")

    assert seen == [7, 6, 5, 4, 3, 2, 1]


def test_an_address_that_is_none_is_answered_in_json(db: None, program: Program) -> None:
    for address in ("/api/v1/", "/api/v1/incident", "/api/v1/incidents/x"):
        answer = program.client.get(address)
        assert (answer.status_code, list(answer.json())) == (404, ["error"])
    assert program.client.put("/api/v1/incidents/1").status_code == 405


WORDS = st.one_of(st.text(max_size=20), st.sampled_from(["\x00", "\ud800", "x" * 5000, "resolved", "major", "high"]))
TIMES = st.sampled_from(["2026-11-20T12:00:00Z", "9999-12-31T23:59:59-14:00", "1970-01-01T00:00:00+14:00", "", "now"])
NUMBERS = st.one_of(st.integers(), st.integers(10**18, 10**400), st.floats())
ODD = st.one_of(st.none(), st.booleans(), NUMBERS, WORDS, TIMES)
OWN = st.sampled_from(["region", "a_number", "a_person", "a_moment", "a_link", "gone", "\ud800"])
SHAPES = {
    **dict.fromkeys(("title", "summary", "text", "severity", "kind", "status", "priority", "type"), WORDS),
    **dict.fromkeys(("lead", "owner"), st.one_of(WORDS, NUMBERS)),
    **dict.fromkeys(("started_at", "happened_at", "due_at"), TIMES),
    "fields": st.dictionaries(OWN, st.one_of(ODD, st.lists(ODD, max_size=2), st.dictionaries(WORDS, ODD, max_size=1))),
    "seen": st.dictionaries(st.sampled_from(["title", "field_region"]), WORDS),
}
BODIES = st.lists(st.sampled_from(sorted(SHAPES)), max_size=2).flatmap(
    lambda names: st.fixed_dictionaries({name: st.one_of(SHAPES[name], SHAPES[name], ODD) for name in names})
)


def test_no_body_however_odd_is_an_error_of_ours(
    program: Program, incident: Incident, region: CustomField, add_field: AddField, settings: Settings
) -> None:
    settings.API_CALLS_PER_MINUTE = 10_000
    for kind in ("number", "person", "moment", "link"):
        add_field(f"a_{kind}", kind, kind)
    program.client.raise_request_exception = False
    action = services.add_action(incident, text="x", by=incident.reporter, at=NOON)
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("patch", "/1", {}),
        ("post", "", {"title": "x"}),
        ("post", "/1/timeline", {"text": "x"}),
        ("post", "/1/actions", {"text": "x"}),
        ("post", f"/1/actions/{action.pk}/complete", {}),
    ]

    @given(st.sampled_from(calls), BODIES)
    @hypothesis.settings(max_examples=200, derandomize=True, deadline=None, database=None)
    def answers(call: tuple[str, str, dict[str, Any]], body: dict[str, Any]) -> None:
        method, place, least = call
        send = getattr(program.client, method)
        sent = send(f"/api/v1/incidents{place}", json.dumps(least | body), content_type="application/json")
        assert sent.status_code in (200, 201, 400, 409), (call, body, sent.content)

    answers()

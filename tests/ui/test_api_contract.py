"""What `openapi.json` promises is what the API answers, and every refusal has one shape."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any
from urllib.parse import urlencode

import jsonschema
import pytest
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from pytest_django import Settings

from incidents import services
from incidents.models import Incident
from people.models import Person
from tests.ui.conftest import NOON
from tests.ui.pages import text
from tests.ui.test_api import Program
from ui.models import ApiToken

BODIES: dict[str, dict[str, Any]] = {
    "Declaration": {"title": "Mine"},
    "Change": {"title": "Mine"},
    "Ending": {"final_update": "Mine"},
    "Cancellation": {"final_update": "Mine"},
    "Merge": {"into": 2},
    "Note": {"text": "Mine"},
    "Update": {"text": "Mine"},
    "NewAction": {"text": "Mine"},
    "RedactionIn": {"reason": "Mine"},
    "Correction": {"text": "Mine"},
}


@login_not_required
def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("boom")


@login_not_required
def long(request: HttpRequest) -> HttpResponse:
    return HttpResponse("No. " * 100, status=400, content_type="text/plain", headers={"ETag": '"of-the-text"'})


urlpatterns = [
    path("api/v1/broken", broken),
    path("api/v1/long", long),
    path("slack/", include("slackbot.inbound.urls")),
    path("", include("ui.urls")),
]


@pytest.fixture
def program(ada: Person) -> Program:
    made = Program(ada)
    made.client.raise_request_exception = False
    return made


@cache
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Client().get("/api/v1/openapi.json").content)
    return found


def calls() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield address, method and description of each call."""
    for address, methods in document()["paths"].items():
        for method, call in methods.items():
            yield address.format(number=1, action_id=1, seq=1), method, call


def body_of(call: dict[str, Any]) -> dict[str, Any] | None:
    if "requestBody" not in call:
        return None
    schema = call["requestBody"]["content"]["application/json"]["schema"]
    whole = schema if "$ref" in schema else schema["anyOf"][0]  # one that may be left out
    return BODIES[whole["$ref"].rsplit("/", 1)[1]]


def check(answer: Any, call: dict[str, Any]) -> None:
    """Fail unless the call documents this answer: its status, its headers, its body."""
    documented = call["responses"].get(str(answer.status_code))
    assert documented is not None, (call["operationId"], answer.status_code, answer.content)
    for name, header in documented["headers"].items():
        assert name in answer.headers or not header["required"], (call["operationId"], answer.status_code, name)
    if answer.status_code >= 400:
        schema = document()["components"]["schemas"]["Refusal"]
        jsonschema.validate(answer.json(), schema)
        assert answer.json()["error"]
    assert answer["Content-Type"].startswith("application/json"), answer["Content-Type"]


# What is published ----------------------------------------------------------------------------------------------------


def test_every_call_publishes_the_refusals_of_its_kind() -> None:
    for address, method, call in calls():
        wanted = {"400", "401", "405", "414", "429", "431"}
        if method != "get":
            wanted |= {"403", "413", "422"}
        if "1" in address.removeprefix("/api/v1"):
            wanted |= {"404"} if method == "get" else {"404", "409"}
        refusals = {status: each for status, each in call["responses"].items() if int(status) >= 400}
        assert set(refusals) == wanted, (method, address)
        for each in refusals.values():
            assert each["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Refusal"}
        assert {"RateLimit", "RateLimit-Policy", "Retry-After"} == set(refusals["429"]["headers"])
        names = {each["name"] for each in call["parameters"] if each["in"] == "header"}
        assert names == (set() if method == "get" else {"Idempotency-Key"})


def test_all_that_is_sent_has_limits() -> None:
    """Every text has a greatest length, every number its bounds, every list and object a greatest size."""
    found = document()
    schemas, seen = found["components"]["schemas"], []

    def look(schema: dict[str, Any], place: str) -> None:
        if "$ref" in schema:
            look(schemas[schema["$ref"].rsplit("/", 1)[1]], place)
            return
        for part in schema.get("anyOf", []):
            look(part, place)
        seen.append(place)
        match schema.get("type"):
            case "string" if "enum" not in schema:
                assert "maxLength" in schema, (place, schema)
            case "integer":
                assert {"minimum", "maximum"} <= set(schema), (place, schema)
            case "array":
                assert "maxItems" in schema, (place, schema)
                look(schema["items"], f"{place}[]")
            case "object":
                for name, each in schema.get("properties", {}).items():
                    look(each, f"{place}.{name}")
                if "properties" not in schema:
                    assert {"maxProperties", "propertyNames"} <= set(schema), (place, schema)
                    look(schema["additionalProperties"], f"{place}.*")
                    look({"type": "string", **schema["propertyNames"]}, f"{place} key")

    for address, method, call in calls():
        for parameter in call["parameters"]:
            assert {"type": "null"} not in parameter["schema"].get("anyOf", [])
            look(parameter["schema"], f"{method} {address} {parameter['name']}")
        if "requestBody" in call:
            look(call["requestBody"]["content"]["application/json"]["schema"], f"{method} {address}")

    assert len(seen) > 80


# What is answered -----------------------------------------------------------------------------------------------------


def test_every_call_answers_as_it_says(program: Program, ada: Person, incident: Incident, settings: Settings) -> None:
    """Ask each call in each way that is refused, and compare the answer with the document."""
    settings.API_CALLS_PER_MINUTE = 10_000
    reader, found = Program(ada, ApiToken.Scope.READ), set()

    def ask(client: Client, address: str, method: str, call: dict[str, Any], *, expect: int, **more: Any) -> None:
        content = more.pop("content", json.dumps(body_of(call)))
        answer = client.generic(method.upper(), address, content, content_type="application/json", headers=more or None)
        assert answer.status_code == expect, (method, address, answer.content)
        check(answer, call)
        found.add(expect)

    for address, method, call in calls():
        ask(Client(), address, method, call, expect=401)
        ask(program.client, f"{address}?colour=red", method, call, expect=400)
        ask(program.client, address, "trace", call, expect=405)
        if method != "get":
            ask(reader.client, address, method, call, expect=403)
            ask(program.client, address, method, call, expect=400, **{"Idempotency-Key": " "})
            key = {"Idempotency-Key": "x"}
            huge = json.dumps((body_of(call) or {}) | {"x": "x" * 1_100_000})
            ask(program.client, address, method, call, expect=413, content=huge, **key)
        if "/1" in address.removeprefix("/api/v1"):
            other = address.replace("/1", "/99", 1)
            huge_number = address.replace("/1", f"/{10**30}", 1)
            for each in (other, huge_number, address.replace("/1", f"/{'9' * 5000}", 1)):
                ask(program.client, each, method, call, expect=404)
        if "requestBody" in call:
            for odd in (
                "{",
                "[]",
                "5",
                "",
                '{"x": NaN}',
                '{"x": ' + "[" * 100_000,
                '{"x": ' + "9" * 5000 + "}",
                "\x00",
            ):
                if odd or call["requestBody"]["required"]:
                    ask(program.client, address, method, call, expect=400, content=odd)

    again = {"Idempotency-Key": "once"}
    (declare,) = [call for address, method, call in calls() if (method, address) == ("post", "/api/v1/incidents")]
    ask(program.client, "/api/v1/incidents", "post", declare, expect=201, **again)
    ask(program.client, "/api/v1/incidents", "post", declare, expect=422, content='{"title": "Another"}', **again)
    (reopen,) = [call for address, method, call in calls() if address.endswith("reopen")]
    ask(program.client, "/api/v1/incidents/1/reopen", "post", reopen, expect=409)
    settings.API_CALLS_PER_MINUTE = 1
    for address, method, call in calls():
        ask(program.client, address, method, call, expect=429)
    assert found == {201, 400, 401, 403, 404, 405, 409, 413, 422, 429}


@pytest.mark.parametrize("words", ["a\x00b", "\ud800", "\udfff\ud800", "\u202e", "\x1b[2J", "\U0010ffff"])
def test_odd_letters_are_taken_or_refused_and_break_nothing(program: Program, incident: Incident, words: str) -> None:
    for address, method, call in calls():
        body = {name: words if isinstance(said, str) else said for name, said in (body_of(call) or {}).items()}
        query = {each["name"]: words for each in call["parameters"] if each["in"] == "query"}
        if method == "get":
            for name, said in query.items():
                safe = said.encode("utf-8", "surrogatepass")
                check(program.client.get(address, {name: safe}), call)
            continue
        send = getattr(program.client, method)
        check(send(address, json.dumps(body), content_type="application/json"), call)


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("before=5.0", "before"),
        ("before=+5", "before"),
        ("before=1_0", "before"),
        ("before=%205", "before"),
        ("before=\u0665", "before"),
        ("before=", "before"),
        ("before=2147483648", "before"),
        ("before=1&before=2", "before"),
        ("per_page=0", "per_page"),
        ("open=yes", "open"),
        ("open=1", "open"),
        ("open=true&open=false", "open"),
        ("kind=", "kind"),
        ("%00=1", "\x00"),
    ],
)
def test_an_odd_parameter_is_refused_by_name(program: Program, query: str, place: str) -> None:
    answer = program.client.get(f"/api/v1/incidents?{query}")

    assert (answer.status_code, list(answer.json()["fields"])) == (400, [place])


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"title": "x", "private": "yes"}, "private"),
        ({"title": "x", "private": 1}, "private"),
        ({"title": "x", "lead": True}, "lead"),
        ({"title": "x", "lead": 0}, "lead"),
        ({"title": "x", "lead": 2**63}, "lead"),
        ({"title": "x", "started_at": 1795176000}, "started_at"),
        ({"title": "x", "started_at": "1795176000"}, "started_at"),
        ({"title": "x", "started_at": "2026-11-20 12:00:00Z"}, "started_at"),
        ({"title": "x" * 201}, "title"),
        ({"title": "x", "impact": "x" * 3001}, "impact"),
        ({"title": "x", "severity": "x" * 51}, "severity"),
        ({"title": "x", "lead": "x" * 255}, "lead"),
    ],
)
def test_what_the_schema_does_not_have_is_not_taken(program: Program, body: dict[str, Any], place: str) -> None:
    assert list(program.sends("incidents", body, expect=400)["fields"]) == [place]


def test_json_does_not_tell_five_from_five_point_nought(program: Program, grace: Person) -> None:
    assert program.sends("incidents", {"title": "x", "lead": float(grace.pk)}, expect=201)["lead"]["id"] == grace.pk


def test_of_one_address_the_thirty_first_wrong_token_is_refused_with_limits(db: None) -> None:
    answers = [Client().get("/api/v1/me", headers={"Authorization": f"Bearer {turn}"}) for turn in range(31)]

    assert {answer.status_code for answer in answers[:30]} == {401}
    (call,) = [call for address, _, call in calls() if address == "/api/v1/me"]
    assert answers[30].status_code == 429
    check(answers[30], call)


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("get", "/api", 404),
        ("get", "/api/", 404),
        ("get", "/api/v1/", 404),
        ("post", "/api/v2/incidents", 404),
        ("get", "/api/v1/docs", 404),
        ("get", "/api/v1/incidents/", 404),
        ("delete", "/api/v1/incidents/-1", 404),
        ("get", "/api/v1/incidents/\x00", 404),
        ("post", "/api/v1/openapi.json", 405),
        ("put", "/api/v1/incidents/1", 405),
        ("options", "/api/v1/incidents", 405),
        ("get", "/api/v1/openapi.json?colour=red", 400),
    ],
)
def test_what_is_no_call_is_refused_in_the_same_shape(
    db: None, settings: Settings, method: str, address: str, status: int
) -> None:
    settings.DEBUG = False

    answer = Client().generic(method.upper(), address)

    assert answer.status_code == status
    assert answer.json()["error"]
    assert ("Allow" in answer.headers) == (status == 405)


def test_a_method_that_does_not_work_is_answered_with_those_that_do(db: None) -> None:
    assert Client().put("/api/v1/incidents")["Allow"] == "GET, HEAD, POST"
    assert Client().get("/api/v1/incidents/1/resolve")["Allow"] == "POST"
    assert Client().put("/api/v1/incidents").json() == {"error": "This address accepts GET, HEAD or POST."}


def test_a_host_that_is_not_ours_is_refused_in_the_same_shape(db: None, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["response.example.com"]

    answer = Client().get("/api/v1/incidents", headers={"Host": "elsewhere.example.com"})

    assert answer.status_code == 400
    assert list(answer.json()) == ["error"]


def test_what_the_sandbox_refuses_has_the_same_shape(db: None) -> None:
    answer = Client().get("/api/v1/incidents", headers={"X-Forwarded-For": "203.0.113.5"})

    assert answer.status_code == 403
    assert answer.json()["error"].startswith("This is the sandbox, where anyone can log in as anyone.")


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("address", "status"), [("/api/v2/incidents", 404), ("/api/v1/broken", 500), ("/api/v1/long", 400)]
)
def test_a_refusal_can_be_read_by_who_takes_answers_compressed(
    program: Program, settings: Settings, address: str, status: int
) -> None:
    settings.DEBUG = False

    answer = program.client.get(address, headers={"Accept-Encoding": "gzip"})

    assert answer.status_code == status
    content = gzip.decompress(answer.content) if answer.get("Content-Encoding") == "gzip" else answer.content
    assert "\ufffd" not in json.loads(content)["error"]
    assert answer["Content-Length"] == str(len(answer.content))
    assert "ETag" not in answer


@pytest.mark.urls(__name__)
def test_a_crash_has_the_same_shape_and_tells_nothing(program: Program) -> None:
    answer = program.client.get("/api/v1/broken")

    assert answer.status_code == 500
    assert list(answer.json()) == ["error"]
    assert "boom" not in answer.content.decode()


# As a generated client does it ----------------------------------------------------------------------------------------


class Generated:
    """What a generator makes of the document: it fills in defaults, checks what it sends and what it gets."""

    def __init__(self, program: Program) -> None:
        self.client = program.client
        self.operations = {
            call["operationId"].rsplit("_calls_")[-1]: (address, method, call) for address, method, call in _templates()
        }

    def call(self, name: str, body: dict[str, Any] | None = None, **given: Any) -> Any:
        address, method, call = self.operations[name]
        query: dict[str, Any] = {}
        for parameter in call["parameters"]:
            value = given.pop(parameter["name"], parameter["schema"].get("default"))
            if value is not None:
                self._check(value, parameter["schema"])
                query |= {parameter["name"]: value} if parameter["in"] == "query" else {}
                address = address.replace(f"{{{parameter['name']}}}", str(value))
        assert not given, f"{name} has no {given}"
        content = ""
        if body is not None:
            schema = call["requestBody"]["content"]["application/json"]["schema"]
            known = document()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]["properties"]
            body = {key: each["default"] for key, each in known.items() if each.get("default") is not None} | body
            self._check(body, schema)
            content = json.dumps(body)
        address += f"?{urlencode(query, doseq=True)}" if query else ""
        answer = self.client.generic(method.upper(), address, content, content_type="application/json")
        check(answer, call)
        assert answer.status_code < 300, answer.content
        self._check(answer.json(), call["responses"][str(answer.status_code)]["content"]["application/json"]["schema"])
        return answer.json()

    def _check(self, value: Any, schema: dict[str, Any]) -> None:
        jsonschema.validate(value, schema | {"components": document()["components"]})


def _templates() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for template, methods in document()["paths"].items():
        for method, call in methods.items():
            yield template, method, call


def test_a_generated_client_lives_through_an_incident(program: Program, grace: Person) -> None:
    client = Generated(program)
    for number in range(3):
        client.call("declare", {"title": f"Incident {number}", "severity": "major", "lead": grace.pk})
    client.call("resolve", number=2)
    before = client.call("incident", number=2)

    # What it fills in by itself reopens nothing and empties nothing.
    changed = client.call("change", {"summary": "The last deploy"}, number=2)
    assert {name for name in changed if changed[name] != before[name]} == {"summary", "seen", "version"}
    assert client.call("change", {}, number=2) == changed

    first = client.call("incidents", per_page=2, severity="major", open=None)
    assert [each["number"] for each in first["items"]] == [3, 2]
    client.call("declare", {"title": "Meanwhile"})
    rest = program.client.get(first["next"].removeprefix("http://127.0.0.1:8000"))
    assert ([each["number"] for each in rest.json()["items"]], rest.json()["next"]) == ([1], None)
    with pytest.raises(AssertionError, match="incidents has no"):
        client.call("incidents", lead="nobody")
    for name in ("add_note", "post_update", "add_action"):
        client.call(name, {"text": "Mine"}, number=1)
    entries = client.call("timeline", number=1, limit=2)
    assert client.call("timeline", number=1, after=entries["next_after"])["items"][0]["seq"] == 3
    assert {each["label"] for each in entries["items"]} == {"Declared", "Severity changed"}
    for name in ("people", "severities", "custom_fields", "me", "own_activity"):
        assert client.call(name) is not None


# What somebody may not do ---------------------------------------------------------------------------------------------


@pytest.fixture
def guest(grace: Person) -> Person:
    grace.is_guest = True
    grace.save(update_fields=["is_guest"])
    return grace


def test_a_guest_declares_nothing(guest: Person, browser_of: Callable[[Person], Client]) -> None:
    refused = Program(guest).sends("incidents", {"title": "Mine"}, expect=403)
    page = browser_of(guest).post("/incidents/new/", {"title": "Mine", "kind": "live"})

    assert "Guests can't do that. Ask a full member of this workspace." in refused["error"]
    assert page.status_code == 403
    assert "Guests can't do that. Ask a full member of this workspace." in text(page)
    assert not Incident.objects.exists()


def test_what_another_wrote_is_not_redacted(
    grace: Person, incident: Incident, browser_of: Callable[[Person], Client]
) -> None:
    services.add_note(incident, text="A note", by=incident.reporter, at=NOON)

    refused = Program(grace).sends("incidents/1/timeline/2/redaction", {"reason": "leaked"}, expect=403)
    page = browser_of(grace).post("/incidents/1/timeline/2/redact/", {"reason": "leaked"})

    assert "You can redact only your own text. Ada" in refused["error"]
    assert page.status_code == 403
    assert "You can redact only your own text. Ada" in text(page)

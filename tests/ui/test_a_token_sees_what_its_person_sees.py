"""The API shows to a token what the pages show to its person: everybody walks all calls around a private incident.

The calls come from `openapi.json`. One that is new fails here until `CALLS` knows it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pytest
from django.test import Client

from incidents import queries, redaction, services
from incidents.fields import CustomField
from incidents.models import Action, EntryKind, Incident, Kind, Severity
from people.models import Person
from tests.ui.conftest import NOON, newcomer
from tests.ui.pages import text
from tests.ui.test_api import Program

SECRET: Final = "Zanzibar"
BrowserOf = Callable[[Person], Client]


@dataclass(frozen=True)
class Step:
    """A call, and how it ends for somebody who sees the incident.

    403: only the author or an administrator may, and the lead too if `for_leads`. For them it ends as `otherwise`.
    """

    method: str
    address: str
    body: dict[str, Any] | None
    expect: int
    otherwise: int = 200
    for_leads: bool = False


PARTS: Final = ("links", "actions", "participants", "merged_here")
# In an order in which they work for somebody who may.
CALLS: Final = (
    Step("get", "/incidents", None, 200),
    Step("get", "/incidents/{number}", None, 200),
    Step("get", "/incidents/{number}/timeline", None, 200),
    *(Step("get", f"/incidents/{{number}}/{part}", None, 200) for part in PARTS),
    Step("get", "/people", None, 200),
    Step("get", "/severities", None, 200),
    Step("get", "/fields", None, 200),
    Step("get", "/me", None, 200),
    Step("get", "/me/activity", None, 200),
    Step("patch", "/incidents/{number}", {"impact": "Mine"}, 200),
    Step("post", "/incidents/{number}/timeline", {"text": "Mine"}, 201),
    Step("post", "/incidents/{number}/updates", {"text": "Mine"}, 201),
    Step("post", "/incidents/{number}/actions", {"text": "Mine"}, 201),
    Step("post", "/incidents/{number}/actions/{action_id}/complete", None, 200),
    Step("post", "/incidents/{number}/timeline/{seq}/correction", {"text": "Corrected"}, 403, 201, for_leads=True),
    Step("post", "/incidents/{number}/timeline/{seq}/withdrawal", None, 403, 201, for_leads=True),
    Step("post", "/incidents/{number}/timeline/{seq}/redaction", {"reason": "Mine"}, 403),
    Step("post", "/incidents/{number}/actions/{action_id}/redaction", {"reason": "Mine"}, 403),
    Step("delete", "/incidents/{number}/lead", None, 200),
    Step("post", "/incidents/{number}/resolve", None, 200),
    Step("post", "/incidents/{number}/reopen", None, 200),
    Step("post", "/incidents/{number}/merge", {"into": 2}, 200),
    Step("post", "/incidents/{number}/reopen", None, 200),
    Step("post", "/incidents/{number}/cancel", None, 200),
)
ELSEWHERE: Final = {("post", "/incidents")}  # it makes an incident of its own: tests/ui/test_api_contract.py
# Each would find the incident by something in it, were it looked for among all.
SEARCHES: Final = (
    {"q": SECRET},
    {"q": "INC-1"},
    {"q": f"region:{SECRET}"},
    {"field": f"region:{SECRET}"},
    {"open": "true"},
    {"status": "investigating"},
    {"severity": "critical"},
    {"kind": "drill"},
    {"sort": "severity"},
    {"before": "2"},
    {"per_page": "1", "before": "2"},
)


@pytest.fixture
def secret(ada: Person, add_field: Callable[..., CustomField]) -> Incident:
    """INC-1 is private and says the secret everywhere; INC-2 is for everybody."""
    add_field("region", "Region", "text")
    linus = newcomer("Linus Torvalds")
    incident = services.declare_incident(
        title=f"{SECRET} was broken into",
        summary=f"The {SECRET} summary",
        reporter=ada,
        lead=linus,
        severity=Severity.objects.get(key="critical"),
        kind=Kind.DRILL,
        fields={"region": f"{SECRET} region"},
        private=True,
        at=NOON,
    )
    services.add_note(incident, text=f"A {SECRET} note", by=ada, at=NOON)
    services.post_update(incident, text=f"A {SECRET} update", by=ada, at=NOON)
    services.add_pin(incident, source="a:1", text=f"A {SECRET} pin", author=linus, said_at=NOON, by=ada, at=NOON)
    services.add_action(incident, text=f"A {SECRET} action", owner=linus, by=ada, at=NOON)
    services.attach_link(incident, kind="ticket", label=f"A {SECRET} ticket", url="https://example.com/7", at=NOON)
    services.add_note(incident, text="The password is hunter2", by=ada, at=NOON)
    last = queries.history(incident).last()
    assert last is not None
    redaction.redact_entry(incident, entry=last, by=ada, reason=f"A {SECRET} reason", at=NOON)
    services.declare_incident(title="Search is slow", reporter=ada, at=NOON)
    return incident


def _outsider(secret: Incident) -> Person:
    return newcomer("Olga Outsider")


def _administrator(secret: Incident, browser_of: BrowserOf) -> Person:
    person = newcomer("Adam Administrator")
    browser_of(person)
    assert person.login is not None
    person.login.is_staff = person.login.is_superuser = True
    person.login.save()
    return person


def _guest(secret: Incident) -> Person:
    person = newcomer("Gus Guest")
    person.is_guest = True
    person.save(update_fields=["is_guest"])
    return person


def _invited(secret: Incident, person: Person) -> Person:
    for each in Incident.objects.all():
        services.invite_member(each, person=person, by=secret.reporter, at=NOON)
    return person


WHO: Final[dict[str, tuple[Callable[[Incident, BrowserOf], Person], bool]]] = {
    "outsider": (lambda secret, browser_of: _outsider(secret), False),
    "administrator": (_administrator, False),
    "guest": (lambda secret, browser_of: _guest(secret), False),
    "member": (lambda secret, browser_of: _invited(secret, _outsider(secret)), True),
    "invited guest": (lambda secret, browser_of: _invited(secret, _guest(secret)), True),
    "invited administrator": (lambda secret, browser_of: _invited(secret, _administrator(secret, browser_of)), True),
    "reporter": (lambda secret, browser_of: secret.reporter, True),
    "lead": (lambda secret, browser_of: secret.lead or secret.reporter, True),
}


def test_every_call_is_walked() -> None:
    document = json.loads(Client().get("/api/v1/openapi.json").content)
    published = {
        (method, path.removeprefix("/api/v1")) for path, calls in document["paths"].items() for method in calls
    }

    assert {(step.method, step.address) for step in CALLS} | ELSEWHERE == published
    (listing,) = [calls["get"] for path, calls in document["paths"].items() if path == "/api/v1/incidents"]
    assert {name for asked in SEARCHES for name in asked} == {each["name"] for each in listing["parameters"]}


@pytest.mark.parametrize("who", list(WHO))
def test_a_token_sees_what_its_person_sees(secret: Incident, browser_of: BrowserOf, who: str) -> None:
    make, sees = WHO[who]
    person = make(secret, browser_of)
    browser, program = browser_of(person), Program(person)
    page = browser.get("/incidents/1/?timeline=all")
    assert (page.status_code == 200) == sees

    for asked in SEARCHES:
        found = program.asks("incidents", **asked)
        numbers = [each["number"] for each in found["items"]]
        assert (1 in numbers, SECRET in str(found)) == (sees, sees), asked
        if set(asked) == {"q"}:
            assert ('href="/incidents/1/"' in browser.get("/", asked).content.decode()) == sees, asked
    assert program.client.get("/api/v1/incidents", {"lead": "linus@example.com"}).status_code == 400
    assert SECRET not in str(program.asks("people")) + str(program.asks("fields"))

    if sees:
        _shows_the_same(program, text(page))
    version, walked = Incident.objects.get(pk=secret.pk).version, 0
    note = queries.history(secret).filter(kind=EntryKind.NOTE_ADDED).first()
    assert note is not None
    mine = Action.objects.get(incident=secret)
    for step in CALLS:
        path = f"/api/v1{step.address}".format(number=1, action_id=mine.pk, seq=note.seq)
        answer = program.client.generic(
            step.method.upper(), path, json.dumps(step.body), content_type="application/json"
        )
        is_about_it = "{number}" in step.address
        expect = step.expect
        if expect == 403 and (who in ("reporter", "invited administrator") or (step.for_leads and who == "lead")):
            expect = step.otherwise
        if is_about_it and not sees:
            expect = 404
        if who == "lead" and Incident.objects.get(pk=secret.pk).lead is None and is_about_it:
            expect = 204 if step.method == "delete" else 404
        assert answer.status_code == expect, (step, answer.content)
        if answer.status_code == 404:
            assert answer.json() == {"error": "There is no incident INC-1."}
        assert sees or SECRET not in answer.content.decode()
        walked += 1
    sys.stderr.write(f"\nWalked as {who}: {walked} calls, {len(SEARCHES)} searches\n")
    assert (Incident.objects.get(pk=secret.pk).version == version) is not sees


def _shows_the_same(program: Program, page: str) -> None:
    """Compare what the API says of the incident with what the page says."""
    detail, timeline = program.asks("incidents/1"), program.asks("incidents/1/timeline")
    said = [detail["title"], detail["summary"], detail["fields"]["region"], detail["lead"]["name"]]
    said += [each["text"] for each in detail["actions"]]
    said += [each["label"] for each in detail["links"]]
    said += [each["person"]["name"] for each in detail["participants"]]
    written = [each for each in timeline["items"] if each["kind"] in ("note_added", "update_posted", "pin_added")]
    said += [each["text"] for each in written if not each["redacted"]]
    said += [each["redacted"]["reason"] for each in written if each["redacted"]]
    for words in said:
        assert words in page
    for place in ("broken", "summary", "region", "action", "ticket", "note", "update", "pin", "reason"):
        assert any(SECRET in words and place in words for words in said), place
    assert "hunter2" not in str(detail) + str(timeline) + page

"""Whatever there is a lot of: no page and no call grows with it, and everything can still be reached."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from incidents.models import (
    Action,
    EntryKind,
    Incident,
    Link,
    Member,
    Participant,
    Pin,
    Role,
    RoleAssignment,
    TimelineEntry,
)
from people.models import Person
from slackbot.models import InboxEntry, OutboxEntry
from tests.ui.conftest import NOON
from tests.ui.pages import tags
from ui import tokens
from ui.models import ApiToken

MANY: Final = 450
BYTES: Final = 300_000
STATEMENTS: Final = 30
LETTERS: Final = 100
# Not lists, or not for people: what answers there is bounded by what is asked.
LEFT_OUT: Final = ("admin/", "media/", "metrics", "healthz", "readyz", "slack/", "alerts/", "static/", "logout/")


@pytest.fixture
def operator(browser: Client, ada: Person) -> Client:
    assert ada.login is not None
    User.objects.filter(pk=ada.login.pk).update(is_staff=True, is_superuser=True)
    return browser


@pytest.fixture
def full(incident: Incident, ada: Person) -> Incident:
    """An incident, and a site, with much of everything."""
    words, later = "word " * (LETTERS // 5), [NOON + timedelta(minutes=each) for each in range(MANY)]
    people = Person.objects.bulk_create(
        [Person(name=f"Person {each:04}", email=f"p{each}@example.com") for each in range(MANY)]
    )
    common: dict[str, Any] = {"incident": incident}
    pins = Pin.objects.bulk_create(
        Pin(
            **common,
            source=f"C/{n}",
            text=f"Pin {n} {words}",
            author=people[n],
            said_at=at,
            pinned_at=at,
            pinned_by=ada,
        )
        for n, at in enumerate(later)
    )
    actions = Action.objects.bulk_create(
        Action(**common, text=f"Action {n} {words}", owner=people[n], created_by=ada, created_at=at)
        for n, at in enumerate(later)
    )
    told: list[tuple[EntryKind, dict[str, Any], str]] = [
        (EntryKind.PIN_ADDED, {"pin": pin.pk}, pin.text) for pin in pins
    ]
    told += [(EntryKind.ACTION_ADDED, {"action": each.pk}, each.text) for each in actions]
    told += [(EntryKind.TROUBLE, {"with": f"thing {n}"}, f"Thing {n} failed") for n in range(MANY)]
    TimelineEntry.objects.bulk_create(
        TimelineEntry(
            **common, seq=n, kind=kind, happened_at=later[n % MANY], recorded_at=later[n % MANY], text=text, data=data,
            actor=people[n % MANY],
        )
        for n, (kind, data, text) in enumerate(told, start=incident.version + 1)
    )  # fmt: skip
    Participant.objects.bulk_create(
        Participant(**common, person=each, first_seen_at=NOON, last_seen_at=NOON) for each in people
    )
    Member.objects.bulk_create(Member(**common, person=each, since=NOON, invited_by=ada) for each in people)
    Link.objects.bulk_create(
        Link(**common, kind="ticket", label=f"Ticket {n}", url=f"https://t.example/{n}", added_at=NOON)
        for n in range(MANY)
    )
    lead = Role.objects.get(key=Role.LEAD)
    RoleAssignment.objects.bulk_create(
        RoleAssignment(**common, person=each, role=lead, assigned_at=NOON, ended_at=NOON) for each in people
    )
    Incident.objects.bulk_create(
        Incident(
            number=n, title=f"Incident {n}", summary=words, reporter=ada, started_at=NOON, reported_at=NOON,
            merged_into=incident if n % 2 else None, status="merged" if n % 2 else "investigating",
        )
        for n in range(2, 2 * MANY)
    )  # fmt: skip
    for n in range(tokens.AT_MOST - 2):
        tokens.make_token(ada, name=f"Token {n}", scope=ApiToken.Scope.READ, at=NOON)
    queued: dict[str, Any] = {"priority": 5, "created_at": NOON, "is_open": False, "given_up_at": NOON}
    error = f"Traceback\n{words}" * 100
    OutboxEntry.objects.bulk_create(
        OutboxEntry(key=f"o{n}", order_key=f"o{n}", kind="post", incident=incident, error=error, **queued)
        for n in range(MANY)
    )
    InboxEntry.objects.bulk_create(
        InboxEntry(key=f"i{n}", order_key=f"i{n}", kind="event", payload={}, error=error, **queued) for n in range(MANY)
    )
    incident.version += len(told)
    incident.save(update_fields=["version"])
    return incident


def routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    for each in (resolver or get_resolver()).url_patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver) and each.namespace != "api":
            yield from routes(each, route)
        elif isinstance(each, URLPattern) and not route.startswith((*LEFT_OUT, "api/")):
            yield route


def addresses() -> Iterator[str]:
    for route in routes():
        for part in (
            ("participants", "insiders", "actions", "links", "merged_here") if "<slug:part>" in route else ("",)
        ):
            yield "/" + re.sub(r"<slug:part>", part, _filled(route))


def _filled(route: str) -> str:
    action = Action.objects.earliest("pk").pk
    known = {
        "<int:number>": "1",
        "<slug:name>": "lead",
        "<int:seq>": "2",
        "<int:action_id>": str(action),
    }
    for part, value in known.items():
        route = route.replace(part, value)
    return re.sub(r"<(?!slug:part)[^>]+>", "1", route)


class Walk:
    """Follow the links to more of the same, and look at what each answer costs."""

    def __init__(self) -> None:
        self.wrong: list[str] = []
        self.answers = 0

    def get(self, client: Client, address: str) -> bytes:
        with CaptureQueriesContext(connection) as statements:
            answer = client.get(address)
        assert answer.status_code < 500, address
        self.answers += 1
        if len(answer.content) > BYTES or len(statements) > STATEMENTS:
            self.wrong.append(f"{address}: {len(answer.content)} bytes, {len(statements)} statements")
        return answer.content

    def pages(self, client: Client, address: str, *, most: int = 40) -> str:
        """Return the words of a page and of all that follow it."""
        seen: set[str] = set()
        said = ""
        while address not in seen and len(seen) < most:
            seen.add(address)
            body = self.get(client, address)
            said += body.decode()
            following = [each for _, each in tags(_Body(body), "a") if each.get("rel") == "next"]
            following += [each for _, each in tags(_Body(body), "a") if each.get("id") == "show-earlier"]
            if following:
                address = urljoin(address, str(following[0]["href"])).partition("#")[0]
        return said

    def calls(self, client: Client, address: str) -> list[Any]:
        """Return the items of a call of the API and of all that follow it."""
        items: list[Any] = []
        following: str | None = address
        while following:
            answer = json.loads(self.get(client, following))
            path = urlsplit(following)
            found = answer["items"] if isinstance(answer, dict) else answer
            items += found
            following = None
            if isinstance(answer, list):
                following = f"{path.path}?after={found[-1]['id']}" if found and "id" in found[-1] else None
            elif answer.get("next"):
                following = answer["next"].removeprefix("http://localhost:8000")
            elif answer.get("next_after"):
                following = f"{path.path}?after={answer['next_after']}"
        return items


class _Body:
    status_code = 200

    def __init__(self, content: bytes) -> None:
        self.content = content


@pytest.mark.long
def test_no_page_grows_with_what_there_is(operator: Client, full: Incident, capsys: pytest.CaptureFixture[str]) -> None:
    walk = Walk()
    for address in addresses():
        walk.get(operator, address)
        walk.get(operator, f"{address}?timeline=all")

    document = walk.pages(operator, "/incidents/1/")
    shown = {
        "pin": document,
        "person": walk.pages(operator, "/incidents/1/all/participants/"),
        "action": walk.pages(operator, "/incidents/1/all/actions/"),
        "ticket": walk.pages(operator, "/incidents/1/all/links/"),
        "incident": walk.pages(operator, "/"),
    }

    assert walk.wrong == []
    for what, said in shown.items():
        numbers = {int(each) for each in re.findall(rf"\b{what} (\d+)\b", said, re.IGNORECASE)}
        assert len(numbers) >= MANY, what
    assert "Incident 3<" in walk.pages(operator, "/incidents/1/all/merged_here/")
    with capsys.disabled():
        print(f" {walk.answers} answers looked at ", end="")  # noqa: T201


def test_no_call_grows_with_what_there_is(full: Incident, ada: Person) -> None:
    secret = tokens.make_token(ada, name="A test", scope=ApiToken.Scope.READ, at=NOON)
    client, walk = Client(headers={"Authorization": f"Bearer {secret}"}), Walk()
    paths = json.loads(client.get("/api/v1/openapi.json").content)["paths"]
    lists: dict[str, list[Any]] = {}
    for path, methods in paths.items():
        if "get" not in methods:
            continue
        address = path.replace("{number}", "1")
        if address.endswith(("/me", "/me/activity", "/incidents/1", "/severities", "/fields")):
            walk.get(client, address)
        else:
            lists[address.removeprefix("/api/v1/")] = walk.calls(client, address)

    assert walk.wrong == []
    detail = json.loads(client.get("/api/v1/incidents/1").content)
    assert [each.rpartition("/")[2] for each in detail["more"]] == ["links", "actions", "participants", "merged_here"]
    assert {name: len(items) for name, items in lists.items()} == {
        "incidents": 2 * MANY - 1,
        "people": MANY + 1,
        "incidents/1/timeline": full.version,
        "incidents/1/links": MANY,
        "incidents/1/actions": MANY,
        "incidents/1/participants": MANY + 1,
        "incidents/1/merged_here": MANY - 1,
    }
    assert len({each["number"] for each in lists["incidents"]}) == len(lists["incidents"])


def test_people_of_whom_there_are_too_many_to_list_are_typed(browser: Client, full: Incident) -> None:
    form = browser.get("/incidents/1/edit/lead/").content.decode()
    assert form.count("<option") <= 100

    for said, expected in (("Person 0007", "Person 0007"), ("P8@EXAMPLE.com", "Person 0008")):
        seen = re.search(r'name="seen" value="([^"]+)"', browser.get("/incidents/1/edit/lead/").content.decode())
        assert seen is not None
        answer = browser.post("/incidents/1/edit/lead/", {"lead": said, "seen": seen[1].replace("&quot;", '"')})
        assert answer.status_code == 302
        assert str(Incident.objects.get(number=1).lead) == expected

    answer = browser.post("/incidents/1/actions/", {"action": "Ask", "owner": "nobody at all"})
    assert answer.status_code == 422
    assert "Type the full name or e-mail address of one person." in answer.content.decode()
    assert browser.post("/incidents/4/merge/", {"into": "inc-6"}).status_code == 302
    assert Incident.objects.get(number=4).status == "merged"

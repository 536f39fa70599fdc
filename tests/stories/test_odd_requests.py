"""Every address of the product, asked in every odd way: an answer with a sentence, and never a traceback.

The walk takes the addresses from where they are registered. It fails for one whose parts or form it does not know.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from ipaddress import ip_network
from typing import Any, Final
from urllib.parse import unquote_to_bytes

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from incidents import services
from incidents.models import Incident
from people.models import Person
from people.services import add_person
from response.wsgi import application
from ui import tokens
from ui.models import ApiToken

pytestmark = [pytest.mark.in_this_process, pytest.mark.django_db]

# All of it is some fifty thousand requests: every run asks each address in some ways, and each way at some addresses.
EVERY: Final = int(os.environ.get("ODD_REQUESTS", "53"))
CSRF_SECRET: Final = "a" * 32
FORM: Final = "application/x-www-form-urlencoded"
STATIC: Final = ("/static/ui/ui.css", "/static/ui/nothing.css", "/static/", "/favicon.ico", "/nothing/", "//nothing")

# Values as they stand in an address or in a form: percent-encoded.
VALUES: Final = {
    "nothing": "",
    "a word": "abc",
    "negative": "-1",
    "larger than 32 bits": "2147483648",
    "larger than 64 bits": "1" + "0" * 30,
    "400 digits": "9" * 400,
    "5000 digits": "9" * 5000,
    "a superscript": "%C2%B2",
    "arabic digits": "%D9%A1%D9%A2",
    "NUL": "a%00b",
    "lone surrogate": "%ED%A0%80",
    "no UTF-8": "%FF%FE",
    "line breaks": "a%0D%0AX-Injected:%20b",
    "a float": "1e999",
    "not a number": "NaN",
    "half an escape": "%E0%A4%A",
    "an address": "http%3A//%5B",
    "a template": "{{7*7}}%7B%25%20x%20%25%7D<script>",
    "deep JSON": "%5B" * 1500,
    "long": "x" * 9000,
    "first day": "0001-01-01T00:00",
    "last day": "9999-12-31T23:59",
}
PARAMETERS: Final = (
    *("page", "q", "state", "version", "messages", "next", "timeline", "before", "per_page", "open", "status"),
    *("after", "entry", "first", "last", "more"),
    *("severity", "kind", "field", "username", "password"),
)

# Each form's fields, by route; a field stands with a value that is accepted.
WORDS: Final = {"title": "Odd", "summary": "s", "impact": "i", "severity": "", "lead": "", "kind": "live"}
EDIT: Final = {**WORDS, "status": "investigating", "started_at": "2026-11-20T12:00", "seen": "{}"}
FORMS: Final[dict[str, dict[str, str]]] = {
    "healthz": {},
    "readyz": {},
    "metrics": {},
    "slack/events": {"payload": "{}"},
    "inbound/<slug:name>": {"text": "odd"},
    "operators/": {},
    "operators/banner/": {},
    "operators/switches/": {"switch": "reminders", "to": "off", "why": "odd"},
    "operators/rows/<str:table>/<int:pk>/<str:order>/": {},
    "login/": {"username": "ada", "password": "wrong", "next": "/"},
    "login/as/<int:person_id>/": {"next": "/"},
    "logout/": {"next": "/"},
    "activity/": {},
    "tokens/": {"name": "odd", "scope": "read"},
    "tokens/<int:token_id>/revoke/": {},
    "": {},
    "incidents/new/": {**WORDS, "started_at": "", "private": ""},
    "incidents/<int:number>/": {},
    "incidents/<int:number>/live/": {},
    "incidents/<int:number>/all/<slug:part>/": {},
    "incidents/<int:number>/edit/": EDIT,
    "incidents/<int:number>/edit/<slug:name>/": EDIT,
    "incidents/<int:number>/status/": {"status": "identified"},
    "incidents/<int:number>/resolve/": {},
    "incidents/<int:number>/cancel/": {},
    "incidents/<int:number>/merge/": {"into": ""},
    "incidents/<int:number>/reopen/": {},
    "incidents/<int:number>/lead/": {"lead": ""},
    "incidents/<int:number>/private/": {"people": "1", "others": "2"},
    "incidents/<int:number>/members/": {"person": "1"},
    "incidents/<int:number>/members/<int:person_id>/remove/": {},
    "incidents/<int:number>/public/": {},
    "incidents/<int:number>/channel/": {},
    "incidents/<int:number>/notes/": {"note": "odd", "happened_at": "2026-11-20T12:00"},
    "incidents/<int:number>/actions/": {"action": "odd", "owner": ""},
    "incidents/<int:number>/actions/<int:action_id>/complete/": {},
    "incidents/<int:number>/actions/<int:action_id>/redact/": {"reason": "odd"},
    "incidents/<int:number>/timeline/<int:seq>/redact/": {"reason": "odd"},
    "incidents/<int:number>/timeline/<int:seq>/correct/": {
        "note": "odd",
        "happened_at": "",
        "seen": "1",
        "do": "correct",
    },
}

NUMBERS: Final = (
    "0",
    "-1",
    "2147483648",
    "1" + "0" * 30,
    "9" * 400,
    "9" * 5000,
    "%C2%B2",
    "%D9%A1",
    "1%00",
    "%FF",
    "1.0",
)
NAMES: Final = ("%00", "%ED%A0%80", "%FF", "x" * 5000, "%C2%B2", "..", "{}", "summary%0A", "title")

HOSTS: Final = (
    "",
    "evil.example",
    "localhost:99999999",
    "a b",
    "é",
    "[::1",
    "localhost, evil.example",
    "x" * 8000,
    "\x00",
)
COOKIES: Final = {
    "short session": "response_session=x",
    "long session": f"response_session={'a' * 8000}",
    "session with NUL": r'response_session="\000\000\000\000\000\000\000\000\000"',
    "session that is not ASCII": "response_session=\xe9\xff\xfe\xe9\xff\xfe\xe9",
    "two sessions": "response_session=abcdefgh; response_session=ijklmnop",
    "broken CSRF token": "response_csrf=%%%; csrftoken=x",
    "CSRF token with NUL": r'response_csrf="\000"',
    "long CSRF token": f"response_csrf={'a' * 8000}",
    "broken messages": "messages=W10:1:x; messages=[[1]]",
    "messages with NUL": r'messages="\000:\000:\000"',
    "no cookie": ";;;=;\x00;a",
    "reserved words": "Path=/; Expires=x; HttpOnly; $Version=9",
}
# In every request all of them say the same.
HEADERS: Final = (
    *("Referer", "Origin", "Accept", "Accept-Language", "Accept-Encoding", "If-None-Match", "If-Modified-Since"),
    *("If-Match", "If-Unmodified-Since", "If-Range", "Range", "X-CSRFToken", "User-Agent", "Authorization"),
    *(
        "Shown-Entries",
        "X-Requested-With",
        "HX-Request",
        "HX-Current-URL",
        "HX-Target",
        "HX-Trigger",
        "Idempotency-Key",
        "Expect",
    ),
    *("X-Slack-Signature", "X-Slack-Request-Timestamp", "X-HTTP-Method-Override", "Accept-Charset", "Upgrade"),
)
# Beside the sandbox, a request that has one of these is refused.
FORWARDED: Final = (
    *("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "Forwarded", "Via", "X-Real-IP"),
    *("X-Client-IP", "True-Client-IP", "CF-Connecting-IP", "X-Forwarded-Server", "X-Original-URL", "X-Script-Name"),
)
SAID: Final = (
    *("", "abc", "-1", "²", "é\xff", "\x00", "\ud83d".encode("utf-8", "surrogatepass").decode("latin-1"), "9" * 400),
    *("x" * 8000, "http://[", "http://[::1]:²/", "//", "bytes=0-", "bytes=9-1", "bytes=-", "bytes=-99999999"),
    *("bytes=" + "9" * 5000 + "-", "bytes=²-", "bytes=0-0," * 200, '"', '"a", W/"b', "*", "W/", "%ED%A0%80"),
    *("Thu, 01 Jan 0001 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 99 Foo 99999 99:99:99", "1.2.3.4:99999"),
    *(
        "fe80::1%25eth0",
        "::ffff:999.1.1.1",
        "1.1.1.1," * 500,
        "Bearer ",
        "Bearer é",
        "Basic =",
        "en;q=x",
        "en;q=" + "9" * 400,
    ),
    *("true", "100-continue", "application/json;q=²", "{{x}}"),
)
CONTENT_TYPES: Final = (
    *("", "abc", "/", ";", "²", "\x00", "application/json", "text/plain; charset=", "x" * 8000),
    *(
        f"{FORM}; charset={each}"
        for each in ("hex", "rot13", "undefined", "idna", "utf-16", "latin-1", "nonsense", "\x00")
    ),
    *(f"multipart/form-data; charset={each}; boundary=x" for each in ("hex", "utf-16", "nonsense")),
    *("multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=é", "multipart/mixed"),
    f"multipart/form-data; boundary={'x' * 300}",
)
METHODS: Final = ("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "FOO", "get", "²")


def _part(disposition: str, text: str = "odd", more: str = "") -> str:
    return f"--x\r\nContent-Disposition: {disposition}\r\n{more}\r\n{text}\r\n"


MULTIPART: Final = {
    "wrong boundary": "--y\r\n\r\nodd\r\n--y--\r\n",
    "no end": _part('form-data; name="title"'),
    "no name": _part("form-data") + "--x--\r\n",
    "files instead of texts": "".join(
        _part(f'form-data; name="{each}"; filename="a.txt"') for each in (*EDIT, "username", "note", "reason")
    )
    + "--x--\r\n",
    "an odd file name": _part("form-data; name=\"title\"; filename*=hex''%00") + "--x--\r\n",
    "an odd encoding": _part('form-data; name="title"', more="Content-Transfer-Encoding: base64\r\n") + "--x--\r\n",
    "an odd charset": _part('form-data; name="title"', more="Content-Type: text/plain; charset=hex\r\n") + "--x--\r\n",
    "too many fields": "".join(_part(f'form-data; name="a{at}"') for at in range(1500)) + "--x--\r\n",
    "too many files": "".join(_part(f'form-data; name="a"; filename="{at}"') for at in range(150)) + "--x--\r\n",
    "nothing": "",
}
BODIES: Final = {
    "nothing": b"",
    "no text": b"\xff\xfe\x00",
    "too many fields": b"&".join(b"a%d=1" % at for at in range(1500)),
    "too large": b"title=" + b"x" * (1024 * 1024 + 1),
    "JSON": b'{"title": NaN}',
    "deep JSON": b"[" * 50_000,
}


@dataclass
class Walk:
    """Somebody who asks for everything, and what was wrong with the answers."""

    caplog: pytest.LogCaptureFixture
    cookies: str = ""
    token: str = ""
    turn: int = 0
    asked: int = 0
    wrong: list[str] = field(default_factory=list)
    routes: set[str] = field(default_factory=set)

    def addresses(self, incident: Incident) -> Iterator[Address]:
        """Yield each address, and take note of it."""
        for each in _addresses(incident):
            self.routes.add(each.route)
            yield each

    def ask(
        self,
        method: str,
        address: str,
        why: str,
        body: bytes = b"",
        content_type: str = FORM,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Send one request. What it changed is undone, so that the next one meets the same incident."""
        self.turn += 1
        if self.turn % EVERY:
            return
        self.asked += 1
        given = {"Host": "localhost", "Cookie": self.cookies, "X-CSRFToken": CSRF_SECRET}
        if self.token and address.startswith("/api/"):
            given["Authorization"] = f"Bearer {self.token}"
        environ = _environ(method, address, body, content_type, given | dict(headers or {}))
        answer: list[str] = []

        def start_response(status: str, headers: Any, error: Any = None) -> Callable[[bytes], None]:
            answer.append(status)
            return lambda written: None

        before = transaction.savepoint()
        try:
            parts: Any = application(environ, start_response)
            said = b"".join(parts)
            parts.close()
        except Exception as error:  # noqa: BLE001 - what the web server would answer with 500
            answer.append(f"500 {error!r}")
            said = b""
        finally:
            transaction.savepoint_rollback(before)
        records = [each for each in self.caplog.records if each.exc_info or each.levelno >= logging.ERROR]
        self.caplog.clear()
        status, shown = int(answer[0][:3]), f"{method} {address[:90]!a}, {why}: {answer[0][:300]}"
        if status >= 500 or records:
            reasons = [repr(each.exc_info[1]) if each.exc_info else each.getMessage() for each in records]
            self.wrong.append(f"{shown} {' '.join(reasons)[:300]}")
        elif status >= 400 and method != "HEAD" and not _is_a_sentence(said):
            self.wrong.append(f"{shown} without a sentence: {said[:80]!r}")


def _environ(method: str, address: str, body: bytes, kind: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """Return a request as a web server hands it on: texts that hold bytes."""
    path, _, query = address.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "CONTENT_TYPE": kind,
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": BytesIO(body),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multiprocess": False,
        "wsgi.multithread": True,
        "wsgi.run_once": False,
        "wsgi.version": (1, 0),
    }
    return environ | {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}


def _is_a_sentence(said: bytes) -> bool:
    text = re.sub(r"<head>.*</head>|<[^>]*>", " ", said.decode("utf-8", "replace"), flags=re.DOTALL)
    return bool(re.search(r"[A-Z][^.]{5,}\.", text))


def _routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[tuple[str, bool]]:
    """Yield every route of the site, and whether it is the API's."""
    for each in (resolver or get_resolver()).url_patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _routes(each, route)
        elif isinstance(each, URLPattern):
            yield route, route.startswith("api/")


@dataclass(frozen=True)
class Address:
    route: str
    plain: str
    form: Mapping[str, str]
    odd: tuple[str, ...]


def _addresses(incident: Incident) -> list[Address]:
    """Return every address with each of its parts as it should be, and in all odd ways."""
    found = []
    for route, is_api in _routes():
        assert is_api or route in FORMS, f"The walk does not know the form of {route!r}"
        parts = re.findall(r"<(?:(\w+):)?(\w+)>", route)
        known = {
            "number": str(incident.number),
            "name": "summary",
            "order": "retry",
            "table": "in",
            "rest": "nothing",
            "part": "pins",
        }
        unknown = {name for kind, name in parts if kind != "int"} - known.keys()
        assert not unknown, f"The walk does not know how to fill in {unknown} of {route}"
        right = {name: known.get(name, "1") for _, name in parts}
        odd: list[dict[str, str]] = [{}] + [
            {name: value} for kind, name in parts for value in (NUMBERS if kind == "int" else NAMES)
        ]
        filled = [_filled(route, right | one) for one in odd]
        found.append(Address(route, filled[0], FORMS.get(route, {}), tuple(filled[1:])))
    assert {each.route for each in found} >= FORMS.keys()
    return found + [Address(path, path, {}, ()) for path in STATIC]


def _filled(route: str, values: Mapping[str, str]) -> str:
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda part: values[part[1]], route)


@pytest.fixture
def ada() -> Person:
    return add_person(
        name="Ada Lovelace", email="ada@example.com", time_zone="Europe/London", is_active=True, is_bot=False
    )


@pytest.fixture
def incident(ada: Person) -> Incident:
    incident = services.declare_incident(title="Checkout returns 500s", reporter=ada, at=timezone.now())
    services.add_action(incident, text="Call them", owner=None, by=ada, at=timezone.now())
    return incident


def _anonymous(ada: Person) -> tuple[str, str]:
    return "", ""


def _signed_in(ada: Person) -> tuple[str, str]:
    return _with_login(ada, is_staff=False)


def _administrator(ada: Person) -> tuple[str, str]:
    return _with_login(ada, is_staff=True)


def _account_of_nobody(ada: Person) -> tuple[str, str]:
    """An administrator who never signed in on a page, which is what makes a person of an account."""
    client = Client()
    client.force_login(User.objects.create_user("nobody", is_staff=True, is_superuser=True))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    return f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={CSRF_SECRET}", ""


def _with_login(ada: Person, *, is_staff: bool) -> tuple[str, str]:
    """Return cookies and an API token."""
    ada.login = User.objects.create_user("ada", is_staff=is_staff, is_superuser=is_staff)
    ada.save()
    client = Client()
    client.force_login(ada.login)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    return f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={CSRF_SECRET}", tokens.make_token(
        ada, name="walk", scope=ApiToken.Scope.WRITE, at=timezone.now()
    )


WHO: Final = {
    "anonymous": _anonymous,
    "signed in": _signed_in,
    "administrator": _administrator,
    "account of nobody": _account_of_nobody,
}


@pytest.fixture(params=WHO)
def walk(
    request: pytest.FixtureRequest, ada: Person, incident: Incident, caplog: pytest.LogCaptureFixture, settings: Any
) -> Iterator[Walk]:
    settings.API_CALLS_PER_MINUTE = 10**9
    settings.TRUSTED_PROXIES = []
    # The test's transaction lives in this connection.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    walk = Walk(caplog, *WHO[request.param](ada))
    yield walk
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
    sys.stderr.write(f"\n{request.node.name}: {walk.asked} requests\n")
    assert walk.wrong == [], "\n" + "\n".join(walk.wrong[:40])
    assert walk.routes == {each.route for each in _addresses(incident)}


def test_odd_parts_of_an_address(walk: Walk, incident: Incident) -> None:
    for each in walk.addresses(incident):
        for method in ("GET", "POST"):
            for address in (each.plain, *each.odd):
                walk.ask(method, address, "an odd address")


def test_odd_questions(walk: Walk, incident: Incident) -> None:
    for each in walk.addresses(incident):
        for name, value in VALUES.items():
            walk.ask("GET", f"{each.plain}?" + "&".join(f"{key}={value}" for key in PARAMETERS), name)
            walk.ask("GET", f"{each.plain}?page=1&page={value}&{value}={value}&&==&", f"{name}, twice")
        walk.ask("GET", f"{each.plain}?" + "&".join(f"a{at}=1" for at in range(1500)), "too many")


def test_odd_headers(walk: Walk, incident: Incident) -> None:
    for each in walk.addresses(incident):
        for value in SAID:
            said = dict.fromkeys(HEADERS, value)
            if walk.token and each.route.startswith("api/"):
                del said["Authorization"]
            walk.ask("GET", each.plain, f"headers say {value[:30]!a}", headers=said)
            walk.ask("GET", each.plain, f"htmx, headers say {value[:30]!a}", headers={**said, "HX-Request": "true"})
        for name, value in COOKIES.items():
            walk.ask("GET", each.plain, name, headers={"Cookie": value})
            walk.ask("POST", each.plain, name, headers={"Cookie": f"{walk.cookies}; {value}"})
        for value in HOSTS:
            walk.ask("GET", each.plain, f"host {value[:30]!a}", headers={"Host": value})


def test_odd_words_of_a_proxy(walk: Walk, incident: Incident, settings: Any) -> None:
    settings.SANDBOX = False
    settings.TRUSTED_PROXIES = [ip_network("127.0.0.1")]
    for each in walk.addresses(incident):
        for value in SAID:
            for method in ("GET", "POST"):
                headers = dict.fromkeys(FORWARDED, value)
                walk.ask(method, each.plain, f"a proxy says {value[:30]!a}", headers=headers)


def test_odd_methods_and_bodies(walk: Walk, incident: Incident) -> None:
    for each in walk.addresses(incident):
        for method in METHODS:
            walk.ask(method, each.plain, "an odd method", b"title=odd")
        for kind in CONTENT_TYPES:
            walk.ask("POST", f"{each.plain}?q=a", f"content type {kind[:60]!a}", b"title=odd&q=odd", kind)
        for name, body in BODIES.items():
            walk.ask("POST", each.plain, name, body)
        for name, text in MULTIPART.items():
            walk.ask("POST", each.plain, name, text.encode(), "multipart/form-data; boundary=x")


def test_odd_values_in_forms(walk: Walk, incident: Incident) -> None:
    """Each field alone is odd, or missing, or there twice; the others are as they should be."""
    for each in walk.addresses(incident):
        for name in each.form:
            rest = "&".join(f"{key}={value}" for key, value in each.form.items() if key != name)
            walk.ask("POST", each.plain, f"without {name}", rest.encode())
            for why, value in VALUES.items():
                walk.ask("POST", each.plain, f"{name}: {why}", f"{rest}&{name}={value}".encode())
                twice = f"{rest}&{name}=1&{name}={value}".encode()
                walk.ask("POST", each.plain, f"{name}: {why}, twice", twice, headers={"HX-Request": "true"})

"""What other systems send to a plugin: signed, stored before it is answered, and run once."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import httpx
import pytest
from django.utils import timezone

from incidents.models import Incident
from slackbot.kit.declarations import RegistrationError
from slackbot.models import InboxEntry
from slackbot.plugins import RequestContext, Signature, inbound_request, secret
from slackbot.testing import Workspace

pytestmark = [pytest.mark.in_this_process, pytest.mark.usefixtures("registers")]

SECRET: Final = "a secret of two systems"
OLD: Final = "the secret before that"


@pytest.fixture(autouse=True)
def _shared_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_SECRET", SECRET)
    monkeypatch.setenv("ACME_OLD_SECRET", OLD)


def signature(**more: Any) -> Signature:
    return Signature(secrets=[secret("ACME_SECRET", help="")], header="X-Signature", **more)


def timed() -> Signature:
    return signature(prefix="v1=", signs="{timestamp}.{body}", timestamp="X-Time")


@pytest.fixture
def got() -> list[RequestContext]:
    return []


def serves(got: list[RequestContext], how: Signature, **more: Any) -> None:
    @inbound_request("acme", signature=how, **more)
    def acme(ctx: RequestContext) -> None:
        got.append(ctx)


def test_a_signed_request_runs_its_handler_once(workspace: Workspace, got: list[RequestContext]) -> None:
    serves(got, timed(), headers=["X-Event"])

    body = {"alert": "Disk is full", "odd": "a\u0000b\ud800"}
    assert workspace.receives("acme", body, headers={"X-Event": "alert", "X-Other": "x"}) == 200

    (ctx,) = got
    assert ctx.json == {"alert": "Disk is full", "odd": "ab"}
    assert (ctx.text, dict(ctx.headers), ctx.name) == ("", {"x-event": "alert"}, "acme")


def test_a_text_is_kept_as_one(workspace: Workspace, got: list[RequestContext]) -> None:
    serves(got, timed())

    assert workspace.receives("acme", "a=1&b=2") == 200
    assert (got[0].json, got[0].text) == (None, "a=1&b=2")


@pytest.mark.parametrize("body", ["", "{", "[1e400]", '{"n": ' + "9" * 30 + "}", "[" * 200 + "]" * 200, "[" * 100_000])
def test_json_that_no_database_keeps_is_refused(workspace: Workspace, got: list[RequestContext], body: str) -> None:
    serves(got, timed())

    assert workspace.receives("acme", body, headers={"Content-Type": "application/json"}) == 400
    assert got == []


@pytest.mark.parametrize(
    "change",
    [
        {"X-Signature": ""},
        {"X-Signature": "v1=" + 64 * "0"},
        {"X-Signature": "v2=..."},
        {"X-Signature": "ü".encode("latin-1").decode("latin-1")},
        {"X-Time": ""},
        {"X-Time": "soon"},
        {"X-Time": "99999999999999"},
        {"X-Time": "1"},
    ],
    ids=str,
)
def test_a_wrong_signature_is_refused_unread(
    workspace: Workspace, got: list[RequestContext], change: dict[str, str]
) -> None:
    serves(got, timed())
    body = b"{not even JSON"
    headers = {**timed_headers(body), **change}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    answer = httpx.post(f"{workspace.app.url}/inbound/acme", content=body, headers=raw)

    assert answer.status_code == 401
    assert not InboxEntry.objects.filter(kind="inbound").exists()


def timed_headers(body: bytes, *, ago: int = 0, key: str = SECRET) -> dict[str, str]:
    sent_at = str(int(timezone.now().timestamp()) - ago)
    digest = hmac.new(key.encode(), f"{sent_at}.".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Time": sent_at, "X-Signature": f"v1={digest}", "Content-Type": "application/json"}


@pytest.mark.parametrize(("ago", "status"), [(290, 200), (310, 401), (-290, 200), (-310, 401)])
def test_a_request_is_taken_within_its_window_only(
    workspace: Workspace, got: list[RequestContext], ago: int, status: int
) -> None:
    serves(got, timed())
    answer = httpx.post(f"{workspace.app.url}/inbound/acme", content=b"{}", headers=timed_headers(b"{}", ago=ago))

    assert answer.status_code == status


def test_the_same_request_again_is_answered_and_not_run(workspace: Workspace, got: list[RequestContext]) -> None:
    serves(got, timed())
    headers = timed_headers(b"{}")
    answers = [httpx.post(f"{workspace.app.url}/inbound/acme", content=b"{}", headers=headers) for _ in range(3)]
    workspace.settle()

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len(got) == 1


def test_without_a_time_the_same_body_is_run_once(workspace: Workspace, got: list[RequestContext]) -> None:
    serves(got, signature())
    for body in ({"id": 1}, {"id": 1}, {"id": 2}):
        workspace.receives("acme", body)

    assert [ctx.json["id"] for ctx in got] == [1, 2]


def test_a_delivery_that_is_repeated_later_is_run_once(workspace: Workspace, got: list[RequestContext]) -> None:
    serves(
        got,
        signature(signs="{delivery}.{timestamp}.{body}", timestamp="X-Time", delivery="X-Delivery", encoding="base64"),
    )
    workspace.receives("acme", {"id": 1})
    workspace.after(minutes=1)
    workspace.receives("acme", {"id": 1, "attempt": 2})

    assert len(got) == 1


def test_two_secrets_are_taken_while_one_is_replaced(workspace: Workspace, got: list[RequestContext]) -> None:
    secrets = [secret("ACME_SECRET", help=""), secret("ACME_OLD_SECRET", help="", default="")]
    serves(
        got,
        Signature(secrets=secrets, header="X-Signature", prefix="v1=", signs="{timestamp}.{body}", timestamp="X-Time"),
    )
    for key in (SECRET, OLD):
        body = json.dumps({"key": key}).encode()
        answer = httpx.post(f"{workspace.app.url}/inbound/acme", content=body, headers=timed_headers(body, key=key))
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("body", "more", "status"),
    [
        (b"x" * 1001, {}, 413),
        (b"x" * 1000, {"Content-Type": "text/plain"}, 200),
        (b"\xff\xfe", {}, 400),
        (b'{"a": NaN}', {}, 400),
        (b"[" * 900, {}, 400),
        (b"", {}, 400),
    ],
    ids=["large", "just right", "not UTF-8", "NaN", "nested", "empty"],
)
def test_what_cannot_be_kept_is_refused(
    workspace: Workspace, got: list[RequestContext], body: bytes, more: dict[str, str], status: int
) -> None:
    serves(got, timed(), max_bytes=1000)
    headers = {**timed_headers(body), **more}

    assert httpx.post(f"{workspace.app.url}/inbound/acme", content=body, headers=headers).status_code == status


def test_a_large_body_without_a_length_is_refused(workspace: Workspace, got: list[RequestContext]) -> None:
    serves(got, timed(), max_bytes=1000)

    def pieces() -> Any:
        yield from [b"x" * 600] * 3

    answer = httpx.post(f"{workspace.app.url}/inbound/acme", content=pieces(), headers=timed_headers(b"x" * 1800))
    assert answer.status_code in (400, 401, 411, 413)
    assert not InboxEntry.objects.filter(kind="inbound").exists()


def test_only_posts_to_known_names_are_taken(workspace: Workspace) -> None:
    assert workspace.receives("nobody", {}) == 404
    assert httpx.get(f"{workspace.app.url}/inbound/nobody").status_code == 405


@pytest.mark.parametrize("background", [False, True])
def test_a_failing_handler_is_run_again_and_then_kept_for_operators(workspace: Workspace, *, background: bool) -> None:
    tries: list[str] = []

    @inbound_request("acme", signature=timed(), background=background)
    def acme(ctx: RequestContext) -> None:
        tries.append(ctx.idempotency_key)
        raise ZeroDivisionError

    workspace.receives("acme", {})
    workspace.after(minutes=2)

    assert len(tries) == 5
    assert len(set(tries)) == 1
    row = InboxEntry.objects.get(handler__endswith="acme")
    assert row.given_up_at is not None
    assert SECRET not in str(row.payload)


def test_a_missing_secret_asks_the_sender_to_come_again(
    workspace: Workspace, got: list[RequestContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    serves(got, timed())
    headers = timed_headers(b"{}")
    monkeypatch.delenv("ACME_SECRET")

    assert httpx.post(f"{workspace.app.url}/inbound/acme", content=b"{}", headers=headers).status_code == 503


def test_a_request_posts_and_redraws_where_it_says(
    workspace: Workspace, incident: Incident, got: list[RequestContext]
) -> None:
    @inbound_request("acme", signature=timed())
    def acme(ctx: RequestContext) -> None:
        ctx.post("Said in the incident's channel", incident=incident)
        ctx.post("Said in #incidents", channel="#incidents")
        ctx.redraw_headline(incident)

    before = len(workspace.calls("chat.update"))
    workspace.receives("acme", {})

    assert workspace.channel(incident).shows("Said in the incident's channel")
    assert workspace.channel("#incidents").shows("Said in #incidents")
    assert len(workspace.calls("chat.update")) >= before


@pytest.mark.parametrize(
    "declare",
    [
        lambda: Signature(secrets=[], header="X"),
        lambda: Signature(secrets=["x"], header="X"),  # type: ignore[list-item]
        lambda: signature(signs="{timestamp}.{body}"),
        lambda: signature(timestamp="X-Time"),
        lambda: signature(delivery="X-Delivery"),
        lambda: signature(signs="nothing"),
        lambda: signature(digest="md5"),
        lambda: signature(encoding="hexa"),
        lambda: signature(window=timedelta(days=1)),
        lambda: signature(window=5),
        lambda: signature(prefix=None),
    ],
)
def test_a_wrong_signature_stops_the_start(declare: Callable[[], object]) -> None:
    with pytest.raises(RegistrationError, match=r"Signature: .*test_inbound\.py:\d+"):
        declare()

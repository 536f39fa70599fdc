"""Whatever a stranger or Slack itself sends: 401 without a signature, 400 for nonsense with one, and never 500."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Final
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests.hurry import tries

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
TIMES: Final = ("", "abc", "nan", "inf", "1e9", "²", "٣", "9" * 400, "-1", "1.5", " 1", "0x10", "1_000", "\x00")
SIGNATURES: Final = ("", "v0=", "v0=é", "v0=" + "²" * 64, "v0=" + "0" * 64, "é" * 67, "v1=" + "a" * 64, "\x00")


def _post(body: bytes, kind: str, *, sent_at: str | None = None, signature: str | None = None) -> int:
    headers = {"X-Slack-Request-Timestamp": sent_at, "X-Slack-Signature": signature}
    given_headers = {name: value for name, value in headers.items() if value is not None}
    http = Client(raise_request_exception=False)
    return http.post("/slack/events", data=body, content_type=kind, headers=given_headers).status_code


def _post_signed(body: bytes, kind: str) -> int:
    at = str(int(timezone.now().timestamp()))
    secret = settings.SLACK_SIGNING_SECRET.encode()
    signature = hmac.new(secret, f"v0:{at}:".encode() + body, hashlib.sha256).hexdigest()
    return _post(body, kind, sent_at=at, signature=f"v0={signature}")


@pytest.mark.django_db
@pytest.mark.parametrize("sent_at", TIMES)
def test_a_time_that_is_none_is_a_stranger(sent_at: str) -> None:
    assert _post(b"{}", JSON, sent_at=sent_at, signature="v0=" + "a" * 64) == 401


@pytest.mark.django_db
@pytest.mark.parametrize("signature", SIGNATURES)
def test_a_signature_that_is_none_is_a_stranger(signature: str) -> None:
    assert _post(b"{}", JSON, sent_at=str(int(timezone.now().timestamp())), signature=signature) == 401


@pytest.mark.django_db
@pytest.mark.parametrize("body", [b"\xff\xfe", b"", b"[" * 100_000, b"NaN"])
def test_an_unsigned_body_is_not_read(body: bytes) -> None:
    assert _post(body, JSON) == 401


def _event(**parts: str) -> bytes:
    """An event with these parts as raw JSON."""
    inner = ", ".join(f'"{name}": {raw}' for name, raw in {"type": '"message"', **parts}.items())
    return f'{{"type": "event_callback", "event_id": "Ev1", "event": {{{inner}}}}}'.encode()


def _action(**parts: str) -> bytes:
    raw = {"type": '"block_actions"', "user": '{"id": "U0ADA"}', "trigger_id": '"1.2"', **parts}
    return urlencode({"payload": "{" + ", ".join(f'"{name}": {value}' for name, value in raw.items()) + "}"}).encode()


def _submission(metadata: str, **values: str) -> bytes:
    view = {
        "id": "V1",
        "callback_id": "declare-incident",
        "private_metadata": metadata,
        "state": {"values": {name: {"x": json.loads(value)} for name, value in values.items()}},
    }
    payload = {"type": "view_submission", "user": {"id": "U0ADA"}, "trigger_id": "1.2", "view": view}
    return urlencode({"payload": json.dumps(payload)}).encode()


REFUSED: Final = {
    "deep list": (b"[" * 100_000, JSON),
    "deep object": (b'{"a":' * 100_000, JSON),
    "deep and whole": (_event(x="[" * 5_000 + "]" * 5_000), JSON),
    "deep in a form": (_action(x="[" * 500 + "]" * 500), FORM),
    "nan": (_event(x="NaN"), JSON),
    "infinity": (_event(x="-Infinity"), JSON),
    "a float too large": (_event(x="1e999"), JSON),
    "an integer too large": (_event(x="1" * 40), JSON),
    "an integer too long": (_event(x="1" * 10_000), JSON),
    "no object": (b"[]", JSON),
    "no JSON": (b"x", JSON),
    "nothing": (b"", JSON),
    "not UTF-8": (b"\xff\xfe", JSON),
    "no event": (b'{"type": "event_callback", "event": 1}', JSON),
    "authorizations that are a number": (b'{"type": "event_callback", "authorizations": 5}', JSON),
    "authorizations that are true": (b'{"type": "event_callback", "authorizations": true}', JSON),
    "authorizations that are an object": (b'{"type": "event_callback", "authorizations": {"a": 1}}', JSON),
    "empty payload": (b"payload=", FORM),
    "a list as payload": (b"payload=[]", FORM),
    "two payloads": (b"payload=%7B%7D&payload=1", FORM),
    "metadata that is none": (_submission("[1]"), FORM),
    "metadata that is deep": (_submission("[" * 100_000), FORM),
    "an incident that is a text": (_submission('{"incident": "abc"}'), FORM),
    "an incident that is infinite": (_submission('{"incident": Infinity}'), FORM),
    "an incident that is too large": (_submission('{"incident": 1' + "0" * 30 + "}"), FORM),
    "an origin that is a list": (_submission('{"origin": [1]}'), FORM),
    "a state that is a text": (_submission('{"state": "x"}'), FORM),
    "a moment beyond time": (_submission("{}", when='{"selected_date_time": 9000000000000000}'), FORM),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", REFUSED)
def test_signed_nonsense_is_refused(name: str) -> None:
    assert _post_signed(*REFUSED[name]) == 400


ANSWERED: Final = {
    "lone surrogate": (_event(text='"\\ud83d"'), JSON),
    "NUL": (_event(text='"a\\u0000b"'), JSON),
    "the same key twice": (_event(text='"a", "text": {}'), JSON),
    "form without payload": (b"a=1&b=2", FORM),
    "no content type": (_event(), ""),
    "a wrong content type": (_event(), "multipart/form-data; boundary=x"),
    "a button value that is deep": (
        _action(actions='[{"action_id": "run-command", "value": "' + "[" * 5_000 + '"}]'),
        FORM,
    ),
    "a block of a huge number": (
        _action(actions='[{"action_id": "resolve-incident", "block_id": "incident-' + "9" * 6_000 + '", "value": ""}]'),
        FORM,
    ),
    "somebody whose id is long": (
        _action(user='{"id": "' + "U" * 5_000 + '"}', actions='[{"action_id": "resolve-incident"}]'),
        FORM,
    ),
    "metadata with NUL": (_submission('{"origin": {"user_id": "U\\u0000"}}'), FORM),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ANSWERED)
def test_what_looks_odd_is_answered(name: str) -> None:
    assert _post_signed(*ANSWERED[name]) in (200, 400, 404)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
ANY_JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)
NAMES = (
    "type",
    "event",
    "event_id",
    "user",
    "view",
    "team",
    "channel",
    "actions",
    "container",
    "message",
    "trigger_id",
    "authorizations",
    "api_app_id",
    "team_id",
    "enterprise",
)
KINDS = st.sampled_from(["event_callback", "block_actions", "view_submission", "shortcut", "block_suggestion", "x"])
PAYLOADS = st.dictionaries(st.sampled_from(NAMES), ANY_JSON).flatmap(
    lambda parts: KINDS.map(lambda kind: {**parts, "type": kind})
)
LATIN = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=80)


class AnyRequest(TestCase):
    @limits(max_examples=tries(50), deadline=None)
    @given(sent_at=LATIN, signature=LATIN, body=st.binary(max_size=200), kind=st.sampled_from([JSON, FORM, "", "é"]))
    def test_any_headers_and_body_are_a_strangers(self, sent_at: str, signature: str, body: bytes, kind: str) -> None:
        assert _post(body, kind, sent_at=sent_at, signature=signature) == 401

    @limits(max_examples=tries(50), deadline=None)
    @given(body=st.binary(max_size=300), kind=st.sampled_from([JSON, FORM, "", "text/plain"]))
    def test_any_signed_body_is_answered(self, body: bytes, kind: str) -> None:
        assert _post_signed(body, kind) in (200, 400, 404)

    @limits(max_examples=tries(100), deadline=None)
    @given(payload=PAYLOADS, in_form=st.booleans())
    def test_any_signed_payload_is_answered(self, payload: dict[str, object], in_form: bool) -> None:
        raw = json.dumps(payload)
        body, kind = (urlencode({"payload": raw}).encode(), FORM) if in_form else (raw.encode(), JSON)
        assert _post_signed(body, kind) in (200, 400, 404)

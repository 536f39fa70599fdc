"""Whatever is signed as Slack's: never an answer for which Slack would come again and again, never a stuck worker."""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
import random
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from incidents.models import Incident
from jobs import queues
from sandbox.event_scopes import EVENT_SCOPES
from slackbot.models import CommsChannel, InboxEntry
from slackbot.testing import Actor, Workspace

pytestmark = pytest.mark.in_this_process

SEED: Final = 7
MUTATIONS: Final = 3  # of each payload
FINE: Final = {200, 400, 401, 403, 404, 413}
BOLT_TRIPS_OVER: Final = ("assistant_thread_started", "assistant_thread_context_changed")
RUBBISH: Final[tuple[Any, ...]] = (
    *(None, "", 0, -1, 1e300, True, [], {}, [[]], [None], {"id": {}}, "x" * 100_000),
    *("\x00", "\ud83d", "<@U0ADA>", "C0NOBODY", "1e5", "nan"),
)


def _events(channel_id: str) -> list[dict[str, Any]]:
    """One event of each kind that we know of, as documented or as near as our reference has it."""
    base = {"user": "U0ADA", "channel": channel_id, "ts": "1795231200.000100", "event_ts": "1795231200.000100"}
    message = {"type": "message", "user": "U0ADA", "text": "hello", "ts": "1795231200.000100"}
    item = {"type": "message", "channel": channel_id, "ts": "1795231200.000100", "message": message}
    known: list[dict[str, Any]] = [
        {**base, "type": "app_mention", "text": "<@U0RESPONSE> note it rains"},
        {**base, "type": "message", "text": "hello"},
        {**base, "type": "message", "subtype": "message_changed", "message": message, "previous_message": message},
        {**base, "type": "message", "subtype": "message_deleted", "deleted_ts": "1795231200.000100"},
        {**base, "type": "reaction_added", "reaction": "pushpin", "item": item},
        {**base, "type": "pin_added", "channel_id": channel_id, "item": item},
        {**base, "type": "pin_removed", "channel_id": channel_id, "item": item},
        {**base, "type": "member_joined_channel", "channel_type": "C"},
        {**base, "type": "app_home_opened", "tab": "home"},
        {**base, "type": "channel_rename", "channel": {"id": channel_id, "name": "new-name"}},
        {**base, "type": "user_change", "user": {"id": "U0ADA", "name": "ada", "profile": {"real_name": "Ada"}}},
        {**base, "type": "team_join", "user": {"id": "U0NEW", "name": "new", "profile": {}}},
    ]
    return known + [{**base, "type": name} for name in sorted({*EVENT_SCOPES, *BOLT_TRIPS_OVER})]


def _interactions(channel_id: str) -> list[dict[str, Any]]:
    who = {"user": {"id": "U0ADA", "username": "ada"}, "team": {"id": "T0SANDBOX"}, "trigger_id": "1.2.3"}
    message = {"type": "message", "user": "U0ADA", "text": "hello", "ts": "1795231200.000100"}
    of_block = {"block_id": "incident-1", "type": "button", "action_ts": "1"}
    action = {"action_id": "resolve-incident", "value": "1", **of_block}
    state = {"values": {"title": {"title": {"type": "plain_text_input", "value": "Broken"}}}}
    view = {
        "id": "V1",
        "hash": "1",
        "type": "modal",
        "callback_id": "declare-incident",
        "private_metadata": "{}",
        "state": state,
    }
    place = {
        "channel": {"id": channel_id},
        "message": message,
        "container": {"type": "message", "channel_id": channel_id},
    }
    menu = {"type": "message_action", "callback_id": "add-to-timeline", "action_ts": "1", "message": message}
    search = {"type": "block_suggestion", "action_id": "who", "block_id": "b", "value": "a", "view": view}
    return [
        {**who, **place, "type": "block_actions", "actions": [action], "response_url": "http://127.0.0.1:9/none"},
        {**who, "type": "view_submission", "view": view},
        {**who, "type": "view_closed", "view": view},
        {**who, "type": "shortcut", "callback_id": "declare-incident", "action_ts": "1"},
        {**who, **place, **menu},
        {**who, **search},
    ]


def _mutated(payload: Any, dice: random.Random) -> Any:
    """Return the payload with one place of it wrong: gone, or something else."""
    mutant = copy.deepcopy(payload)
    holder, key = dice.choice(list(_places(mutant)))
    if isinstance(holder, dict) and dice.random() < 0.3:
        del holder[key]
    else:
        holder[key] = dice.choice(RUBBISH)
    return mutant


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    pairs = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    for key, inner in pairs:
        yield value, key
        yield from _places(inner)


class Slack:
    """Somebody with our signing secret."""

    def __init__(self) -> None:
        self._http = Client(raise_request_exception=False)
        self._count = 0

    def sends_event(self, event: Any) -> int:
        self._count += 1
        envelope = {"type": "event_callback", "team_id": "T0SANDBOX", "event_id": f"Ev{self._count}", "event": event}
        return self.sends(json.dumps(envelope).encode(), "application/json")

    def sends_interaction(self, payload: Any) -> int:
        return self.sends(urlencode({"payload": json.dumps(payload)}).encode(), "application/x-www-form-urlencoded")

    def sends(self, body: bytes, kind: str) -> int:
        headers = self._signature_headers(body)
        return self._http.post("/slack/events", data=body, content_type=kind, headers=headers).status_code

    def _signature_headers(self, body: bytes) -> dict[str, str]:
        at = str(int(timezone.now().timestamp()))
        secret = settings.SLACK_SIGNING_SECRET.encode()
        signature = hmac.new(secret, f"v0:{at}:".encode() + body, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={signature}"}


@pytest.fixture
def channel_id(workspace: Workspace, incident: Incident) -> str:
    workspace.sandbox.control("app", url=None)
    workspace.expected_refusals |= {"invalid_trigger_id", "invalid_arguments", "users_not_found", "message_not_found"}
    return CommsChannel.objects.get(incident=incident).channel_id


def test_wrong_events_are_answered_and_stop_no_other(workspace: Workspace, channel_id: str, ada: Actor) -> None:
    slack, dice = Slack(), random.Random(SEED)
    wrong: list[tuple[int, Any]] = []
    for event in _events(channel_id):
        for mutant in (event, *(_mutated(event, dice) for _ in range(MUTATIONS))):
            status = slack.sends_event(mutant)
            wrong += [(status, mutant)] if status not in FINE else []
    assert wrong == []

    _work_off()
    slack.sends_event({**_events(channel_id)[0], "ts": "1795231299.000100"})
    _work_off()
    assert InboxEntry.objects.filter(kind="mention", closed_at__isnull=False).exists()


def test_wrong_interactions_and_commands_are_answered(workspace: Workspace, channel_id: str, ada: Actor) -> None:
    slack, dice = Slack(), random.Random(SEED)
    wrong: list[tuple[int, Any]] = []
    for payload in _interactions(channel_id):
        for mutant in (payload, *(_mutated(payload, dice) for _ in range(10 * MUTATIONS))):
            status = slack.sends_interaction(mutant)
            wrong += [(status, mutant)] if status not in FINE else []
    command = {
        "command": "/incident",
        "text": "help",
        "user_id": "U0ADA",
        "channel_id": channel_id,
        "trigger_id": "1.2",
    }
    for _ in range(10 * MUTATIONS):
        mutant = _mutated(command, dice)
        body = urlencode({name: str(value).encode("utf-8", "replace") for name, value in mutant.items()}).encode()
        status = slack.sends(body, "application/x-www-form-urlencoded")
        wrong += [(status, mutant)] if status not in FINE else []
    assert wrong == []


BODIES: Final = [
    (b"", "application/json"),
    (b"null", "application/json"),
    (b"[]", "application/json"),
    (b'"x"', "application/json"),
    (b'{"type": "event_callback", "ev', "application/json"),
    (b'{"type": "event_callback", "event": null}', "application/json"),
    (b"\xff\xfe\x00", "application/json"),
    (b"[" * 100_000, "application/json"),
    (b'{"event": ' * 100_000, "application/json"),
    (b"payload=%7B", "application/x-www-form-urlencoded"),
    (b"payload=null", "application/x-www-form-urlencoded"),
    (b"payload=[]", "application/x-www-form-urlencoded"),
    (b"payload=", "application/x-www-form-urlencoded"),
    (b"%ff=%fe&&&=", "application/x-www-form-urlencoded"),
    (b"x" * 2_000_000, "application/json"),
    (b"{}", "text/plain"),
    (b"{}", "multipart/form-data; boundary=x"),
]


@pytest.mark.django_db
def test_bodies_that_are_no_payload_are_refused() -> None:
    slack = Slack()

    statuses = {(body[:40], kind): slack.sends(body, kind) for body, kind in BODIES}

    assert {key: status for key, status in statuses.items() if status not in FINE} == {}


@pytest.mark.django_db
def test_a_stranger_is_sent_away_unread() -> None:
    answer = Client().post("/slack/events", data="{", content_type="application/json")

    assert answer.status_code == 401


def _work_off() -> None:
    """Run all that is due; a row that fails waits, and holds up only its own channel's plugin."""
    queues.get(InboxEntry.CORE).run_due(timezone.now)

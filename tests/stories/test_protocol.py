"""Slack sends more than events and clicks: each gets its answer, and operators learn of what concerns them."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any, Final

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from slackbot.models import WithheldMinute
from slackbot.outbound import housekeeping
from slackbot.testing import Actor, Workspace

OURS: Final = {"team_id": "T0SANDBOX", "api_app_id": "A0RESPONSE", "token": "legacy"}
PERSON: Final = {"team": {"id": "T0SANDBOX", "domain": "sandbox"}, "user": {"id": "U0ADA", "name": "ada"}}

ANSWERED: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "rate limit": ({**OURS, "type": "app_rate_limited", "minute_rate_limited": 1518467820}, "json"),
    "certificate": ({"ssl_check": "1", "token": "legacy"}, "form"),
    "old dialog": (
        {**PERSON, "type": "dialog_submission", "callback_id": "x", "submission": {"a": "b"}, "state": "s"},
        "payload",
    ),
    "old dialog closed": ({**PERSON, "type": "dialog_cancellation", "callback_id": "x"}, "payload"),
    "old dialog searched": ({**PERSON, "type": "dialog_suggestion", "name": "n", "value": "v"}, "payload"),
    "old button": (
        {
            **PERSON,
            "type": "interactive_message",
            "callback_id": "x",
            "actions": [{"name": "go", "type": "button", "value": "1"}],
            "channel": {"id": "C0GENERAL", "name": "general"},
            "original_message": {"text": "old"},
        },
        "payload",
    ),
    "old workflow step": ({**PERSON, "type": "workflow_step_edit", "callback_id": "x"}, "payload"),
    "unknown as JSON": ({**OURS, "type": "something_new", "event": "no object", "user": 5}, "json"),
    "unknown as a form": ({**PERSON, "type": "something_new", "view": [], "team": 7}, "payload"),
    "no type": ({"a": "1", "b": "2"}, "form"),
}


@pytest.mark.parametrize("name", ANSWERED)
def test_whatever_slack_sends_is_answered(workspace: Workspace, name: str) -> None:
    payload, shape = ANSWERED[name]

    answer = workspace.sandbox.control("request", payload=payload, shape=shape)

    assert (answer["status"], answer["body"]) == (200, "")


def test_a_certificate_is_checked_without_a_signature(workspace: Workspace) -> None:
    checked = {"ssl_check": "1", "token": "legacy"}
    command = {**checked, "command": "/incident", "text": "status fixed", "user_id": "U0ADA", "channel_id": "C0GENERAL"}

    assert workspace.sandbox.control("request", payload=checked, shape="form", signed=False)["status"] == 200
    assert workspace.sandbox.http.get(f"{workspace.app.url}/slack/events?ssl_check=1").status_code == 200
    assert workspace.sandbox.http.get(f"{workspace.app.url}/slack/events").status_code == 405
    assert workspace.sandbox.control("request", payload=command, shape="form", signed=False)["status"] == 401


def test_what_is_for_another_app_is_refused_whatever_its_type(workspace: Workspace) -> None:
    other = {**OURS, "type": "app_rate_limited", "api_app_id": "A0OTHER", "minute_rate_limited": 1518467820}

    assert workspace.sandbox.control("request", payload=other)["status"] == 403
    assert not WithheldMinute.objects.exists()


def test_operators_read_when_slack_sent_no_events(workspace: Workspace, ada: Actor, browser_of: Any) -> None:
    minute = timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=10)
    for number in (0, 1, 1, 5):  # Slack may say it twice
        told = (minute + timedelta(minutes=number)).timestamp()
        workspace.sandbox.control(
            "request", payload={**OURS, "type": "app_rate_limited", "minute_rate_limited": int(told)}
        )

    said = _doctor()
    assert f"from {minute:%d %b %H:%M} to {minute + timedelta(minutes=2):%H:%M} UTC (2 minutes)" in said
    assert "(1 minute)" in said
    person = ada.person
    browser: Client = browser_of(person)
    User.objects.filter(person=person).update(is_staff=True)
    page = browser.get("/operators/").content.decode()
    assert page.count("Slack sent no events from") == 2
    assert f"{minute:%H:%M}" in page


def test_old_minutes_are_thrown_away(workspace: Workspace) -> None:
    old = timezone.now() - timedelta(days=20)
    WithheldMinute.objects.create(minute=old, heard_at=old)

    assert "sent no events" not in _doctor()
    housekeeping.throw_away_old_rows(timezone.now())
    assert not WithheldMinute.objects.exists()


def _doctor() -> str:
    out = StringIO()
    try:
        call_command("doctor", stdout=out)
    except SystemExit as end:
        out.write(f"exit {end.code}")
    return out.getvalue()

"""Requests as Slack signs them, for what the sandbox's client lets nobody do: old buttons, foreign payloads."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import httpx
from django.conf import settings

from slackbot.testing import Workspace

TEAM: Final = "T0SANDBOX"
APP: Final = "A0RESPONSE"


def send(workspace: Workspace, body: str, *, content_type: str) -> httpx.Response:
    """POST a signed request. What follows from it happens with `workspace.settle()`."""
    sent_at = str(int(time.time()))
    secret = settings.SLACK_SIGNING_SECRET.encode()
    digest = hmac.new(secret, f"v0:{sent_at}:{body}".encode(), hashlib.sha256).hexdigest()
    headers = {
        "X-Slack-Request-Timestamp": sent_at,
        "X-Slack-Signature": f"v0={digest}",
        "Content-Type": content_type,
    }
    return _client.post(f"{workspace.app.url}/slack/events", content=body.encode(), headers=headers, timeout=15)


# Loading the certificates of the world for each request took longer than the request. Connections are not kept: the
# server of the next test is another.
_client: Final = httpx.Client(verify=False, limits=httpx.Limits(max_keepalive_connections=0))


def send_form(workspace: Workspace, fields: Mapping[str, str]) -> httpx.Response:
    return send(workspace, urlencode(fields), content_type="application/x-www-form-urlencoded")


def send_json(workspace: Workspace, payload: Mapping[str, Any]) -> httpx.Response:
    return send(workspace, json.dumps(payload), content_type="application/json")


def interaction(
    workspace: Workspace, user_id: str, *, team: str = TEAM, of_user: str = "", app: str = APP, **more: Any
) -> httpx.Response:
    """Send a click, a submission, a shortcut or a search by `user_id`; `more` is the rest of its payload.

    `of_user` is the user's workspace, if it is not `team`. An empty `team` is left out.
    """
    payload = {
        "user": {"id": user_id, "username": user_id.lower(), "team_id": of_user or team},
        "team": {"id": team, "domain": "sandbox"} if team else None,
        "api_app_id": app,
        "trigger_id": f"{time.monotonic_ns()}.1.a",
        **more,
    }
    return send_form(workspace, {"payload": json.dumps(payload)})


def command(
    workspace: Workspace, user_id: str, text: str, *, channel: str, team: str = TEAM, app: str = APP
) -> httpx.Response:
    """Send `/incident <text>`."""
    fields = {
        "command": "/incident",
        "text": text,
        "user_id": user_id,
        "user_name": user_id.lower(),
        "channel_id": channel,
        "team_id": team,
        "api_app_id": app,
        "trigger_id": f"{time.monotonic_ns()}.1.a",
        "response_url": "http://127.0.0.1:9/nobody",
    }
    return send_form(workspace, fields)


def event(
    workspace: Workspace, inner: Mapping[str, Any], *, team: str = TEAM, app: str = APP, authorized: str = ""
) -> httpx.Response:
    """Send an event; `authorized` is the workspace whose installation hears of it, if it happened in another."""
    payload: dict[str, Any] = {
        "type": "event_callback",
        "team_id": team,
        "api_app_id": app,
        "event_id": f"Ev{time.monotonic_ns()}",
        "event": inner,
    }
    if authorized:
        payload["authorizations"] = [{"team_id": authorized, "user_id": "U0RESPONSE", "is_bot": True}]
    return send_json(workspace, payload)

"""Requests as Slack sends them, ready to go over the wire: signed, with ids that nobody used before."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import time
from typing import Any, Final
from urllib.parse import urlencode

SIGNING_SECRET: Final = "sandbox-signing-secret"
TEAM: Final = {"id": "T0SANDBOX", "domain": "sandbox"}

_numbers = itertools.count(1)


def event(content: dict[str, Any]) -> bytes:
    number = next(_numbers)
    envelope = {
        "token": "sandbox-verification-token",
        "team_id": TEAM["id"],
        "context_team_id": TEAM["id"],
        "context_enterprise_id": None,
        "api_app_id": "A0RESPONSE",
        "event": {"event_ts": _timestamp(number), **content},
        "type": "event_callback",
        "event_id": f"EvBENCH{number:010}",
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM["id"],
                "user_id": "U0RESPONSE",
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-bench{number:010}",
    }
    return _request(json.dumps(envelope).encode(), "application/json")


def message(channel: str, *, user: str = "U0GRACE") -> bytes:
    number = next(_numbers)
    text = f"The checkout answers again from two of three regions, attempt {number}"
    words = [{"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}]
    return event(
        {
            "type": "message",
            "user": user,
            "ts": _timestamp(number),
            "client_msg_id": f"00000000-0000-4000-8000-{number:012}",
            "text": text,
            "team": TEAM["id"],
            "blocks": [{"type": "rich_text", "block_id": "b1", "elements": words}],
            "channel": channel,
            "channel_type": "channel",
        }
    )


def mention(text: str, *, channel: str, user: str) -> bytes:
    content = {"type": "app_mention", "user": user, "text": text, "team": TEAM["id"], "channel": channel}
    return event({**content, "ts": _timestamp(next(_numbers))})


def command(text: str, *, channel: str, user: str = "U0GRACE") -> bytes:
    form = {
        "token": "sandbox-verification-token",
        "team_id": TEAM["id"],
        "team_domain": TEAM["domain"],
        "channel_id": channel,
        "channel_name": "incidents",
        "user_id": user,
        "user_name": "grace",
        "command": "/incident",
        "text": text,
        "api_app_id": "A0RESPONSE",
        "is_enterprise_install": "false",
        "response_url": "http://127.0.0.1:9/commands/nowhere",
        "trigger_id": _trigger(),
    }
    return _request(urlencode(form).encode(), "application/x-www-form-urlencoded")


def click(action: str, *, block: str, channel: str, response_url: str, user: str = "U0GRACE") -> bytes:
    now = _timestamp(next(_numbers))
    button = {"type": "plain_text", "text": "Click", "emoji": True}
    payload: dict[str, Any] = {
        "type": "block_actions",
        "user": {"id": user, "username": "grace", "name": "grace", "team_id": TEAM["id"]},
        "api_app_id": "A0RESPONSE",
        "token": "sandbox-verification-token",
        "team": TEAM,
        "enterprise": None,
        "is_enterprise_install": False,
        "container": {"type": "message", "message_ts": now, "channel_id": channel, "is_ephemeral": False},
        "trigger_id": _trigger(),
        "channel": {"id": channel, "name": "incidents"},
        "message": {"type": "message", "user": "U0RESPONSE", "ts": now, "text": "INC-1", "blocks": []},
        "state": {"values": {}},
        "response_url": response_url,
        "actions": [
            {"type": "button", "action_id": action, "block_id": block, "text": button, "value": "", "action_ts": now}
        ],
    }
    return _request(urlencode({"payload": json.dumps(payload)}).encode(), "application/x-www-form-urlencoded")


def submission(view: dict[str, Any] | Any, values: dict[str, str], *, user: str = "U0GRACE") -> bytes:
    """Submit a dialog as it was opened, with these texts in its fields, by `block_id`; the others stay as they are."""
    payload = {
        "type": "view_submission",
        "user": {"id": user, "username": "ada", "name": "ada", "team_id": TEAM["id"]},
        "team": TEAM,
        "api_app_id": "A0RESPONSE",
        "token": "sandbox-verification-token",
        "trigger_id": _trigger(),
        "enterprise": None,
        "is_enterprise_install": False,
        "response_urls": [],
        "view": {
            **view,
            "id": f"V{next(_numbers)}",
            "team_id": TEAM["id"],
            "app_id": "A0RESPONSE",
            "app_installed_team_id": TEAM["id"],
            "bot_id": "B0BOT",
            "state": {"values": {each["block_id"]: _entered(each, values) for each in _inputs(view)}},
        },
    }
    return _request(urlencode({"payload": json.dumps(payload)}).encode(), "application/x-www-form-urlencoded")


def _inputs(view: Any) -> list[dict[str, Any]]:
    return [block for block in view["blocks"] if block["type"] == "input"]


def _entered(block: dict[str, Any], values: dict[str, str]) -> dict[str, Any]:
    element = block["element"]
    shown = {
        "plain_text_input": ("value", values.get(block["block_id"], element.get("initial_value"))),
        "static_select": ("selected_option", element.get("initial_option")),
        "external_select": ("selected_option", element.get("initial_option")),
        "users_select": ("selected_user", element.get("initial_user")),
        "multi_users_select": ("selected_users", element.get("initial_users", [])),
        "checkboxes": ("selected_options", element.get("initial_options", [])),
    }
    name, value = shown.get(element["type"], ("value", None))
    return {element["action_id"]: {"type": element["type"], name: value}}


def _timestamp(number: int) -> str:
    return f"{int(time.time())}.{number % 1_000_000:06}"


def _trigger() -> str:
    return f"{next(_numbers)}.{time.time_ns()}.bench"


def _request(body: bytes, content_type: str) -> bytes:
    """Return the whole HTTP request. The signature is good for five minutes."""
    now = str(int(time.time()))
    signature = hmac.new(SIGNING_SECRET.encode(), f"v0:{now}:".encode() + body, hashlib.sha256).hexdigest()
    head = (
        "POST /slack/events HTTP/1.1\r\n"
        "Host: 127.0.0.1\r\n"
        "User-Agent: Slackbot 1.0 (+https://api.slack.com/robots)\r\n"
        "Accept: */*\r\n"
        f"Content-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"X-Slack-Request-Timestamp: {now}\r\n"
        f"X-Slack-Signature: v0={signature}\r\n"
        "\r\n"
    )
    return head.encode() + body

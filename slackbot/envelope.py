"""Look at a request before anything reads it: is it Slack's, and is it of a shape that can be read at all?

Bolt parses a body before it looks at the signature, and trips over shapes that Slack does not document. What a stranger
sends is refused unread; what cannot be read is Slack's mistake and not ours, and coming again would not help.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from slack_sdk.signature import SignatureVerifier

from slackbot.incoming import Malformed

# Objects wherever Slack sends them; some are also sent as a name, or left out.
OBJECTS: Final = ("event", "user", "view", "container", "message")
NAMES_OR_OBJECTS: Final = ("team", "channel", "enterprise")
# What no database of ours can keep: NUL, and halves of surrogate pairs. Raw, and as JSON or a form escapes them.
UNKEEPABLE: Final = re.compile("[\x00\ud800-\udfff]")
MAYBE_UNKEEPABLE: Final = re.compile(r"\x00|%00|\\u0000|\\ud[89a-f]|%5cu0000|%5cud[89a-f]", re.IGNORECASE)


class Stranger(Exception):
    """The signature is missing, wrong, or too old."""


def checked(raw: bytes, headers: Mapping[str, str]) -> str:
    """Return the body as Bolt may read it. Raise `Stranger` or `Malformed`."""
    try:
        body = raw.decode()
    except UnicodeDecodeError as error:
        raise Malformed("The body is not UTF-8") from error
    if not SignatureVerifier(settings.SLACK_SIGNING_SECRET).is_valid_request(body, dict(headers)):
        raise Stranger
    is_form = not body.lstrip().startswith("{")
    if is_form and headers.get("Content-Type", "").startswith("application/json"):
        raise Malformed("The body is no JSON object")
    payload = _form(body) if is_form else _json(body)
    _check(payload)
    if MAYBE_UNKEEPABLE.search(body):
        payload = _cleaned(payload)
        return urlencode({"payload": json.dumps(payload)}) if is_form and _has_payload(body) else json.dumps(payload)
    if is_form and "payload" in body and not _has_payload(body):
        return json.dumps(payload)  # Bolt takes any form with that word in it for one with that field
    return body


def _has_payload(form: str) -> bool:
    return "payload" in dict(parse_qsl(form, keep_blank_values=True))


def _form(body: str) -> dict[str, Any]:
    fields = dict(parse_qsl(body, keep_blank_values=True))
    return _json(fields["payload"]) if "payload" in fields else fields


def _json(text: str) -> dict[str, Any]:
    try:
        payload = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed("The body is no JSON") from error
    if not isinstance(payload, dict):
        raise Malformed("The body is no JSON object")
    return payload


def _check(payload: dict[str, Any]) -> None:
    for name in OBJECTS:
        if name in payload and not isinstance(payload[name], dict | None):
            raise Malformed(f"{name} is no object")
    for name in NAMES_OR_OBJECTS:
        if name in payload and not isinstance(payload[name], dict | str | None):
            raise Malformed(f"{name} is neither object nor name")
    if "event" in payload:
        event = payload["event"]
        if not event or not all(isinstance(name, str) for name in (event.get("type"), payload.get("event_id"))):
            raise Malformed("An event needs a type and an id")


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return UNKEEPABLE.sub("", value)
    if isinstance(value, dict):
        return {_cleaned(name): _cleaned(inner) for name, inner in value.items()}
    return [_cleaned(inner) for inner in value] if isinstance(value, list) else value

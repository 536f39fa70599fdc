"""Look at a request before anything reads it: is it Slack's, and is it of a shape that can be read at all?

Bolt parses a body before it looks at the signature, and trips over shapes that Slack does not document. What a stranger
sends is refused unread; what cannot be read is Slack's mistake and not ours, and coming again would not help.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import re
import time
from collections.abc import Mapping
from typing import Any, Final, NoReturn
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.utils import timezone

from slackbot.api.shapes import Malformed
from slackbot.directory import workspace
from slackbot.inbound import withheld
from slackbot.inbound.json_bodies import json_object, keepable
from slackbot.models import Workspace

logger = logging.getLogger(__name__)

# Objects wherever Slack sends them; some are also sent as a name, or left out.
OBJECTS: Final = ("event", "user", "view", "container", "message")
NAMES_OR_OBJECTS: Final = ("team", "channel", "enterprise")
LISTS: Final = ("authorizations",)
# Seconds since 1970, and a SHA-256. A sender of anything else can't know the secret: the rest isn't read.
TIMESTAMP: Final = re.compile("[0-9]{1,12}")
SIGNATURE: Final = re.compile("v0=[0-9a-f]{64}")
SSL_CHECK_BYTES: Final = 200
MAX_AGE: Final = 300  # seconds; docs.slack.dev, "Verifying requests from Slack"
# What `incoming.UNKEEPABLE` finds: raw, and as JSON or a form escapes it.
MAYBE_UNKEEPABLE: Final = re.compile(r"\x00|%00|\\u0000|\\ud[89a-f]|%5cu0000|%5cud[89a-f]", re.IGNORECASE)


class Stranger(Exception):
    """The signature is missing, wrong, or too old."""


class Foreign(Exception):
    """Signed, but about another workspace's installation, or for another app."""


class Ignored(Exception):
    """Signed and for us, but of a type that we have no use for."""


# What `type` of a payload somebody here serves. An event is in an envelope of its own; a slash command has no type.
SERVED: Final = frozenset(
    {
        *("event_callback", "url_verification"),
        *("block_actions", "view_submission", "view_closed", "shortcut", "message_action", "block_suggestion"),
    }
)
RATE_LIMITED: Final = "app_rate_limited"  # instead of events, for a minute


def check_ours(payload: Mapping[str, Any]) -> None:
    """Raise `Foreign` unless the payload is for the app and the workspace that we are installed in.

    Before the first contact with Slack we don't know which those are; then the signature alone counts. Who somebody is,
    and whether they may, is asked later: a guest of another workspace may be invited to an incident.
    """
    place = workspace.present()
    if place is None:
        return
    app = payload.get("api_app_id")
    if place.app_id and app and app != place.app_id:
        raise Foreign(f"The request is for app {_quoted(app)}; this installation is app {place.app_id}")
    teams = _installed_in(payload, place)
    if teams and place.team_id not in teams:
        named = ", ".join(_quoted(team) for team in sorted(teams))
        raise Foreign(f"The request is for the app in {named}; this installation is in {place.team_id}")


def _quoted(name: object) -> str:
    """Return what is said to be an id, for the log: in one short line of plain characters, whatever was sent."""
    return ascii(name)[:40]


def _installed_in(payload: Mapping[str, Any], place: Workspace) -> set[str]:
    """Return the workspaces whose installation of the app the payload is for, by the most telling field that it has.

    In a shared channel, other fields name the workspace of the person or of the channel: an event's `team_id` is not
    that of its `authorizations`, and a form's `team` is not its `view.app_installed_team_id`. Sources:
    https://docs.slack.dev/apis/slack-connect, https://github.com/slackapi/bolt-python/pull/734.
    """
    authorizations = payload.get("authorizations")
    listed = authorizations if isinstance(authorizations, list) else []
    message = payload.get("message")
    ours = _id(message, "user") == place.bot_user_id or (place.bot_id and _id(message, "bot_id") == place.bot_id)
    for named in (
        [_id(each, "team_id") for each in listed],
        [_id(payload.get("view"), "app_installed_team_id")],
        # A button under our own message belongs to our installation, even if a guest clicks it.
        [place.team_id] if ours and payload.get("type") == "block_actions" else [],
        [_id(payload.get("team")), payload.get("team"), payload.get("team_id")],
        [_id(payload.get("user"), "team_id")],  # with an installation for a whole organization, there is no `team`
    ):
        teams = {team for team in named if isinstance(team, str) and team}
        if teams:
            return teams
    return set()


def _id(value: Any, name: str = "id") -> Any:
    return value.get(name) if isinstance(value, Mapping) else None


def checked(raw: bytes, headers: Mapping[str, str]) -> str:
    """Return the body as Bolt may read it. Raise `Stranger`, `Malformed`, `Foreign` or `Ignored`."""
    if not _is_signed(raw, headers):
        raise Stranger
    try:
        body = raw.decode()
    except UnicodeDecodeError as error:
        raise Malformed("The body is not UTF-8") from error
    if not body.strip():
        raise Malformed("The body is empty")
    is_form = not body.lstrip().startswith("{")
    if is_form and headers.get("Content-Type", "").startswith("application/json"):
        raise Malformed("The body isn't a JSON object")
    payload = _form(body) if is_form else json_object(body)
    kind = payload.get("type")
    if isinstance(kind, str) and kind not in SERVED:
        _check_ignored(payload)
    _check(payload)
    check_ours(payload)
    if MAYBE_UNKEEPABLE.search(body):
        payload = keepable(payload)
        return urlencode({"payload": json.dumps(payload)}) if is_form and _has_payload(body) else json.dumps(payload)
    if is_form and "payload" in body and not _has_payload(body):
        return json.dumps(payload)  # Bolt takes any form with that word in it for one with that field
    return body


def _check_ignored(payload: Mapping[str, Any]) -> NoReturn:
    """Raise `Ignored`, unless the payload is for another app or workspace. What it holds may have any shape."""
    try:
        check_ours(payload)
    except (AttributeError, TypeError):
        logger.debug("A payload of an unknown type doesn't name its app")
    if payload["type"] == RATE_LIMITED:
        withheld.note(payload.get("minute_rate_limited"), now=timezone.now())
    raise Ignored(_quoted(payload["type"]))


def is_ssl_check(query: str, body: bytes) -> bool:
    """Return whether Slack only checks our certificate: such a request may be unsigned, and asks for nothing.

    Source: https://docs.slack.dev/interactivity/implementing-slash-commands
    """
    sent = body if body else query.encode()
    if len(sent) > SSL_CHECK_BYTES or not sent.isascii():
        return False
    fields = dict(parse_qsl(sent.decode(), keep_blank_values=True))
    return fields.get("ssl_check") == "1" and set(fields) <= {"ssl_check", "token"}


def _is_signed(raw: bytes, headers: Mapping[str, str]) -> bool:
    """Check the signature over the bytes as they came, before anything reads them."""
    sent_at, signature = headers.get("X-Slack-Request-Timestamp", ""), headers.get("X-Slack-Signature", "")
    if not TIMESTAMP.fullmatch(sent_at) or not SIGNATURE.fullmatch(signature):
        return False
    if abs(time.time() - int(sent_at)) > MAX_AGE:
        return False
    secret = settings.SLACK_SIGNING_SECRET.encode()
    expected = hmac.new(secret, f"v0:{sent_at}:".encode() + raw, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"v0={expected}", signature)


def _has_payload(form: str) -> bool:
    return "payload" in dict(parse_qsl(form, keep_blank_values=True))


def _form(body: str) -> dict[str, Any]:
    fields = dict(parse_qsl(body, keep_blank_values=True))
    return json_object(fields["payload"]) if "payload" in fields else fields


def _check(payload: dict[str, Any]) -> None:
    for name in OBJECTS:
        if name in payload and not isinstance(payload[name], dict | None):
            raise Malformed(f"{name} is no object")
    for name in NAMES_OR_OBJECTS:
        if name in payload and not isinstance(payload[name], dict | str | None):
            raise Malformed(f"{name} is neither object nor name")
    for name in LISTS:
        if not isinstance(payload.get(name), list | None):
            raise Malformed(f"{name} is no list")
    if "event" in payload:
        event = payload["event"]
        if not event or not all(isinstance(name, str) for name in (event.get("type"), payload.get("event_id"))):
            raise Malformed("An event needs a type and an id")

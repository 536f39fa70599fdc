"""The one way to Slack's Web API: no hidden retries, short time-outs, and every outcome with a name.

Outside of a dialog that somebody waits for, use `slackbot.api.rate_limits`, which waits when Slack has asked for it.
"""

from __future__ import annotations

import json
import re
import socket
from dataclasses import dataclass
from functools import cache
from http.client import HTTPException
from typing import Any, Final
from urllib.error import URLError

from django.conf import settings
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.models.basic_objects import JsonObject
from slack_sdk.webhook import WebhookClient

from people.texts import without_directions
from slackbot.api.error_codes import Meaning, meaning_of

TIMEOUT: Final = 10  # seconds for workers
IMPATIENT: Final = 2  # seconds while somebody waits for our answer, who gives up after three

RESPONSE_URL: Final = "response_url"  # not a method of the Web API, but called like one
PAGE: Final = 200  # items asked for at once: what Slack recommends, and fewer than any method's most
CODE: Final = re.compile(r"\w+")  # Slack's errors are words like `channel_not_found`


class SlackProblem(Exception):
    """A call that did not end well."""


class RateLimited(SlackProblem):
    def __init__(self, seconds: float) -> None:
        super().__init__(f"Slack asks to wait {seconds:.0f} s")
        self.seconds = seconds


class NotSent(SlackProblem):
    """Slack surely never saw it."""


class Unsure(SlackProblem):
    """Slack may have done it: no answer, or one that says that something broke."""


class LockedOut(SlackProblem):
    """Slack refuses our token, or the whole workspace: nothing is wrong with this one call, and all calls wait."""

    def __init__(self, error: str, details: str = "") -> None:
        super().__init__(f"{error} {details}".strip())
        self.error = error


class Refused(SlackProblem):
    """Slack understood the call and answered with an error code: see `slackbot.api.error_codes`."""

    def __init__(self, error: str, details: str = "", *, method: str = "") -> None:
        super().__init__(f"{error} {details}".strip())
        self.error = error
        self.method = method  # which may be another one than that of the call we wanted to make

    @property
    def meaning(self) -> Meaning:
        return meaning_of(self.error, method=self.method)


@dataclass(frozen=True)
class Call:
    """One call of Slack's Web API. `channel` is for rate limits and for finding a message again."""

    method: str
    args: dict[str, Any]
    channel: str = ""
    only_once: bool = False  # a second one would be seen by people
    reads: bool = False  # Slack takes its arguments as a query

    @property
    def gates(self) -> list[str]:
        return [self.method, f"{self.method}:{self.channel}"] if self.channel else [self.method]


@cache
def web_client(timeout: int = TIMEOUT) -> WebClient:
    # slack_sdk's default handler repeats calls that Slack may have carried out.
    return WebClient(
        token=settings.SLACK_BOT_TOKEN, base_url=settings.SLACK_API_URL, timeout=timeout, retry_handlers=[]
    )


def call(method: str, args: dict[str, Any], *, timeout: int = TIMEOUT) -> dict[str, Any]:
    """Return Slack's answer. Raise a `SlackProblem` otherwise."""
    try:
        return _data(web_client(timeout).api_call(method, json=plain(args)))
    except SlackApiError as error:
        raise _named(error, method) from error
    except (URLError, HTTPException, OSError) as error:
        raise _network(error) from error


def read(method: str, args: dict[str, Any]) -> dict[str, Any]:
    """Like `call`, for methods that only read: Slack takes their arguments as a query, not as JSON."""
    try:
        return _data(web_client().api_call(method, http_verb="GET", params=args))
    except SlackApiError as error:
        raise _named(error, method) from error
    except (URLError, HTTPException, OSError) as error:
        raise _network(error) from error


def granted_scopes() -> set[str]:
    """Return what the token may do, as Slack says in a header of each answer. Raise a `SlackProblem` otherwise."""
    try:
        headers = web_client().api_call("auth.test").headers
    except SlackApiError as error:
        raise _named(error, "auth.test") from error
    except (URLError, HTTPException, OSError) as error:
        raise _network(error) from error
    named = next((value for name, value in headers.items() if name.lower() == "x-oauth-scopes"), "")
    return {scope.strip() for scope in named.split(",") if scope.strip()}


def answer(response_url: str, body: dict[str, Any]) -> None:
    """Post to a response_url. Raise a `SlackProblem` when it is used up, expired or out of reach."""
    try:
        response = WebhookClient(response_url, timeout=TIMEOUT, retry_handlers=[]).send_dict(plain(body))
    except (URLError, HTTPException, OSError) as error:
        raise _network(error) from error
    if response.status_code == 429:
        raise RateLimited(float(response.headers.get("Retry-After", 1)))
    if response.status_code >= 500:
        raise Unsure(f"HTTP {response.status_code}")
    if response.status_code != 200:
        raise Refused(response.body.strip() or f"HTTP {response.status_code}", method=RESPONSE_URL)


SENT_BACK: Final = ("value", "initial_value", "private_metadata", "metadata")  # not shown, or there to be edited


def plain(value: Any) -> Any:
    """Return blocks as the dictionaries they stand for. No text that is shown turns the direction of what follows."""
    return _without_directions(json.loads(json.dumps(value, default=_to_dict)))


def _without_directions(value: Any) -> Any:
    match value:
        case str():
            return without_directions(value)
        case list():
            return [_without_directions(each) for each in value]
        case dict():
            return {key: each if key in SENT_BACK else _without_directions(each) for key, each in value.items()}
    return value


def _to_dict(value: object) -> Any:
    if isinstance(value, JsonObject):
        return value.to_dict()
    raise TypeError(f"{type(value).__name__} cannot be sent to Slack")


def _data(response: Any) -> dict[str, Any]:
    data = response.data
    return data if isinstance(data, dict) else {}


def _named(error: SlackApiError, method: str) -> SlackProblem:
    response = error.response
    is_dict = isinstance(response, dict)
    status = response.get("status", 0) if is_dict else response.status_code
    headers = {
        key.lower(): value for key, value in (response.get("headers", {}) if is_dict else response.headers).items()
    }
    code = str((response.get("error") if is_dict or isinstance(response.data, dict) else "") or "")
    meaning = meaning_of(code, method=method)
    if status == 429 or meaning is Meaning.RATE_LIMIT:
        return RateLimited(float(headers.get("retry-after", 1)))
    if status >= 500 or meaning is Meaning.UNSURE or not CODE.fullmatch(code):  # a gateway's page is no answer of Slack
        return Unsure(f"HTTP {status} {code}".strip())
    if meaning is Meaning.WORKSPACE:
        needed = response.get("needed") if not is_dict else None  # the scope that `missing_scope` is about
        return LockedOut(code, f"(needs {needed})" if needed else "")
    metadata = (response.get("response_metadata") if not is_dict else None) or {}
    return Refused(code, "; ".join(metadata.get("messages", [])), method=method)


def _network(error: Exception) -> SlackProblem:
    reason = getattr(error, "reason", error)
    if isinstance(reason, (ConnectionRefusedError, socket.gaierror)):
        return NotSent(f"Slack cannot be reached: {reason}")
    return Unsure(f"Slack did not answer: {reason}")

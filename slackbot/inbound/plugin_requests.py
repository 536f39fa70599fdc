"""`POST /inbound/<name>`: requests of other systems to plugins. The answer is 200 once a request is stored."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from jobs import wakeup
from slackbot.api.shapes import Malformed
from slackbot.inbound import inbox
from slackbot.inbound.json_bodies import json_value, keepable
from slackbot.kit.registry import Inbound, registry
from slackbot.kit.signatures import Unsigned

logger = logging.getLogger(__name__)

JSON: Final = "application/json"


@csrf_exempt  # senders sign their requests
@login_not_required
@require_POST
def receive(request: HttpRequest, name: str) -> HttpResponse:
    """Store a request for the plugin's worker. A repeated request is answered but not stored again."""
    route = registry.inbound.get(name)
    if route is None and settings.SAFE_MODE:
        return _answer(503, "Plugins are not loaded: SAFE_MODE is on. Send it again later.")
    if route is None:
        return _answer(404, "No plugin accepts requests under this name.")
    body = _body(request, at_most=route.max_bytes)
    if body is None:
        return _answer(413, f"The body is larger than {route.max_bytes} bytes.")
    now = timezone.now()
    try:
        digest = route.signature.checked(body, request.headers, now=now)
        payload = _payload(body, request.headers, route)
    except Unsigned:
        return _answer(401, "The signature is missing, wrong or too old.")
    except (ImproperlyConfigured, UnicodeError) as error:
        logger.error("A request for %s can't be checked: %s", name, error)
        return _answer(503, "The signature can't be checked. Send it again later.")
    except Malformed as error:
        return _answer(400, f"{error}.")
    _store(route, payload, digest=digest, now=now)
    return _answer(200, "Stored.")


def _body(request: HttpRequest, *, at_most: int) -> bytes | None:
    """Return the body, or None if it is too large. If its declared length is too large, don't read it."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and int(length) > at_most:
        return None
    body = request.read(at_most + 1)
    return body if len(body) <= at_most else None


def _payload(body: bytes, headers: Mapping[str, str], route: Inbound) -> dict[str, Any]:
    """Return what the handler gets. JSON is stored as JSON, so that a redaction finds the words in it."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise Malformed("The body isn't UTF-8") from error
    is_json = headers.get("Content-Type", "").partition(";")[0].strip().lower() == JSON
    said = {"json": json_value(text)} if is_json else {"text": text}
    kept = {name.lower(): headers.get(name, "")[:1000] for name in route.headers}
    payload: dict[str, Any] = keepable({**said, "headers": kept})
    return payload


def _store(route: Inbound, payload: dict[str, Any], *, digest: str, now: datetime) -> None:
    key = f"inbound:{route.name}:{digest}"
    row = inbox.entry_for(route, key=key, payload=payload, order_key=key, now=now)
    if inbox.store([row]):
        wakeup.wake(row.queue)


def _answer(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")

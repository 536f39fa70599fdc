"""A change that is asked for again with the same `Idempotency-Key` is not made again, but answered as the first time.

As https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/ has it. The key is kept in the
transaction of the change: a refused one leaves none, and of two at the same moment the second waits for the first.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Final, cast

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from ninja import Schema
from ninja import Status as Answer
from ninja.errors import HttpError

from incidents import queries, vetoes
from ui.api.door import Call
from ui.api.published import HEADER, KEY_PATTERN, LONGEST_KEY
from ui.models import AnsweredCall

KEPT_FOR: Final = timedelta(hours=24)


def once(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let a change happen once for each key that a token sends."""

    @wraps(view)
    def answer(request: HttpRequest, **asked: Any) -> Any:
        key = request.headers.get(HEADER)
        if key is None or request.method == "GET":
            return view(request, **asked)
        if len(key) > LONGEST_KEY or not re.fullmatch(KEY_PATTERN, key):
            raise HttpError(
                HTTPStatus.BAD_REQUEST, f"{HEADER} must have 1 to {LONGEST_KEY} printable ASCII characters."
            )
        # By itself: within the change it would make others wait, who forget the same calls, for all of it.
        AnsweredCall.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()
        return vetoes.asking(lambda: _answer_once(view, request, asked, key=key))

    return answer


@transaction.atomic
def _answer_once(
    view: Callable[..., Any], request: HttpRequest, asked: dict[str, Any], *, key: str
) -> Answer[dict[str, Any]]:
    call = _call(cast(Call, request), key)
    if not call.status:
        _keep(call, view(request, **asked))
    # What was shown then may have become private. A change after which nothing was shown shows nothing now.
    elif call.status != HTTPStatus.NO_CONTENT and (number := asked.get("number", call.answer.get("number"))):
        queries.incident(cast(Call, request).auth.person, number=number)
    return Answer(call.status, call.answer)


def _call(request: Call, key: str) -> AnsweredCall:
    """Return the call that this one repeats, or a new one. Raise `HttpError` when it asks for something else."""
    now = timezone.now()
    fingerprint = sha256(f"{request.method} {request.get_full_path()}\n".encode() + request.body).hexdigest()
    call, _ = AnsweredCall.objects.get_or_create(
        token=request.auth, key=key, defaults={"fingerprint": fingerprint, "created_at": now}
    )
    if call.fingerprint != fingerprint:
        sentence = f"This {HEADER} was used for a different call within the last 24 hours. Send a new key."
        raise HttpError(HTTPStatus.UNPROCESSABLE_ENTITY, sentence)
    return call


def _keep(call: AnsweredCall, made: Answer[Schema | None] | Schema) -> None:
    call.status, shown = (made.status_code, made.value) if isinstance(made, Answer) else (HTTPStatus.OK, made)
    call.answer = shown.model_dump(mode="json") if shown is not None else {}
    call.save(update_fields=["status", "answer"])

"""Answer requests that are refused before a view runs: a sentence, on our page or in the API's shape."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from django.core.exceptions import (
    BadRequest,
    DisallowedHost,
    DisallowedRedirect,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from ui.door import tell_own_time

logger = logging.getLogger(__name__)

ALLOWED: Final = "This address accepts {allowed}, not {method}."
# Status and sentence by kind of error. The first match counts.
MISTAKES: Final[tuple[tuple[type[Exception], int, str], ...]] = (
    (RequestDataTooBig, 413, "The request is larger than 1 MiB. Shorten what you wrote and send it again."),
    (TooManyFieldsSent, 400, "The request has too many fields. Nothing was changed."),
    (TooManyFilesSent, 400, "The request has too many files. Nothing was changed."),
    (DisallowedRedirect, 400, "The address is too long or invalid. Check the link."),
    (
        DisallowedHost,
        400,
        "Response doesn't accept this host name. Ask your Response administrator to check ALLOWED_HOSTS.",
    ),
    (BadRequest, 400, "Response couldn't read the request. Send text as UTF-8. Nothing was changed."),
)
OTHERWISE: Final = (400, "Response couldn't read that request. Nothing was changed.")


class SayWhyNot:
    """A middleware: add a sentence when an address refuses a method, or a part of a file."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        if response.get("Content-Type", "").startswith("application/json"):
            return response
        if response.status_code == 405:
            response.setdefault("Allow", "GET, HEAD")
            method = request.method if str(request.method).isalpha() else "anything else"
            return _in_its_place(request, response, ALLOWED.format(allowed=response["Allow"], method=method))
        if response.status_code == 416:
            return _in_its_place(request, response, "The file doesn't have the requested range.")
        return response


def _in_its_place(request: HttpRequest, response: HttpResponse, sentence: str) -> HttpResponse:
    said = _answer(request, response.status_code, sentence)
    for name in ("Allow", "Content-Range"):
        if name in response:
            said[name] = response[name]
    # Closing a response ends the request and its database connection, which only the server should do, once.
    said._resource_closers.extend(response._resource_closers)  # type: ignore[attr-defined]  # unknown to the stubs
    return said


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django refuses to read: see `handler400` in `response.urls`."""
    logger.info("Refused a request: %s", type(exception).__name__)
    found = ((status, sentence) for kind, status, sentence in MISTAKES if isinstance(exception, kind))
    return _answer(request, *next(found, OTHERWISE))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer at an unknown address. Django's own view first reads the form, which may be unreadable."""
    tell_own_time(request)
    return render(request, "404.html", status=404)


def _answer(request: HttpRequest, status: int, sentence: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        answer: HttpResponse = JsonResponse({"error": sentence}, status=status)
    else:
        answer = HttpResponse(render_to_string("400.html", {"sentence": sentence}), status=status)
    answer["Content-Length"] = str(len(answer.content))  # no middleware that would add the length sees this answer
    return answer

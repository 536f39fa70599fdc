"""A middleware that gives every refusal under `/api/` the one shape that programs read."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

JSON: Final = "application/json"
# Headers of the content that is replaced, which may have been compressed.
OF_THE_CONTENT: Final = ("content-type", "content-length", "content-encoding", "etag")
SENTENCES: Final = {
    400: "Response couldn't read this request. Check its address and its Host header.",
    403: "You don't have permission to do this.",
    404: "Nothing exists at this address. /api/v1/openapi.json lists every call.",
    500: "Response couldn't handle this request. Ask your Response administrator; the log has the reason.",
    503: "Response can't answer right now. Try again in a moment.",
}


class RefuseInJson:
    """Run before all other middleware, because each of them may refuse: a host, a proxy, a crash."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        if response.status_code < 400 or not f"{request.path_info}/".startswith("/api/"):
            return response
        kind = response.get("Content-Type", "").partition(";")[0]
        if kind == JSON or not isinstance(response, HttpResponse):
            return response
        return in_json(response, kind)


def in_json(response: HttpResponse, kind: str) -> HttpResponse:
    """Return the same refusal in the API's shape, with the other headers that it had."""
    status = response.status_code
    sentence = SENTENCES.get(status) or f"{HTTPStatus(status).phrase}."
    if kind == "text/plain" and status < 500 and "Content-Encoding" not in response:
        sentence = " ".join(response.content.decode(errors="replace").split())
    refusal = JsonResponse({"error": sentence}, status=status)
    for name, value in response.items():
        if name.lower() not in OF_THE_CONTENT:
            refusal[name] = value
    refusal["Content-Length"] = str(len(refusal.content))
    refusal.cookies = response.cookies
    return refusal

"""The API's door: who calls, how often, and how a refusal becomes an answer."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Any, Final, Literal, cast

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError
from ninja.security import HttpBearer
from ninja.throttling import BaseThrottle

from incidents import fields
from incidents.errors import Conflict, IncidentError, InvalidValue, NotFound, Unchanged, WrongState
from ui import tokens
from ui.models import ApiToken

A_TIME: Final = "This takes a time with its zone, like 2026-11-21T03:00:00Z."
SOMEBODY: Final = "This takes the id of a person, or an e-mail address."
# By pydantic's name of the error; braces stand for what it says of the bound.
SENTENCES: Final = {
    "missing": "This is needed.",
    "extra_forbidden": "There is nothing of this name here.",
    "string_type": "This takes a text.",
    "string_too_long": "This takes at most {max_length} characters.",
    "literal_error": "This takes {expected}.",
    "greater_than_equal": "This takes a number of at least {ge}.",
    "less_than_equal": "This takes a number of at most {le}.",
    "value_error": "{error}",
    **dict.fromkeys(("bool_type", "bool_parsing"), "This takes true or false."),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "This takes a whole number."),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), "This takes an object."),
    **dict.fromkeys(("timezone_aware", "datetime_type", "datetime_parsing", "datetime_from_date_parsing"), A_TIME),
}


class Call(HttpRequest):
    """A request that carries a token which counts."""

    auth: ApiToken


class Token(HttpBearer):
    """Ask for a token in `Authorization: Bearer …`."""

    def __init__(self, scope: Literal["read", "write"]) -> None:
        self.scope = scope
        super().__init__()

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        found = tokens.token_of(token, now=timezone.now())
        if found is None:
            return None
        if not found.person.is_active:
            raise HttpError(HTTPStatus.FORBIDDEN, f"{found.person} is deactivated, so this token opens nothing.")
        if self.scope == "write" and not found.may_write:
            raise HttpError(HTTPStatus.FORBIDDEN, "This token may only read. Make one that may write.")
        return found


READ: Final = Token("read")
WRITE: Final = Token("write")


class PerMinute(BaseThrottle):
    """So many calls a minute for each token, in each web process."""

    def allow_request(self, request: HttpRequest) -> bool:
        name = f"api-calls:{request.auth.pk}:{int(time.time()) // 60}"  # type: ignore[attr-defined]
        if cache.add(name, 1, timeout=120):
            return True
        return int(cache.incr(name)) <= int(settings.API_CALLS_PER_MINUTE)

    def wait(self) -> float:
        return 60 - time.time() % 60


api: Final = NinjaAPI(
    title="Response",
    version="1",
    description="Read and change incidents. Calls carry `Authorization: Bearer` and a token. See docs/api.md.",
    docs_url=None,
    auth=READ,
    throttle=PerMinute(),
    urls_namespace="ui:api",
)


def urls() -> list[URLPattern]:
    """Return the API's addresses. A token stands for the sign-in that pages ask for."""
    found = cast(list[URLPattern], api.urls[0])
    patterns = [path("", nowhere), *found, path("<path:rest>", nowhere)]
    for pattern in patterns:
        login_not_required(pattern.callback)
    return patterns


def nowhere(request: HttpRequest, rest: str = "") -> HttpResponse:
    return _answer(request, "There is nothing at this address. /api/v1/openapi.json lists what there is.", status=404)


# Refusals -------------------------------------------------------------------------------------------------------------


@api.exception_handler(IncidentError)
def refused(request: HttpRequest, refusal: IncidentError) -> HttpResponse:
    match refusal:
        case NotFound():
            return _answer(request, refusal.message, status=404)
        case Conflict():
            more = {"fields": {_shown(refusal.field): refusal.message}, "current": refusal.current}
            return _answer(request, refusal.message, status=409, **more)
        case InvalidValue():
            return _answer(request, refusal.message, status=400, fields={_shown(refusal.field): refusal.message})
        case WrongState() | Unchanged():
            return _answer(request, refusal.message, status=409)
        case _:
            return _answer(request, refusal.message, status=400)


@api.exception_handler(ValidationError)
def misshapen(request: HttpRequest, error: ValidationError) -> HttpResponse:
    said = {_place(each["loc"]): _sentence(each) for each in error.errors}
    first = next(iter(said.items()))
    return _answer(request, f"{first[0]}: {first[1]}", status=400, fields=said)


@api.exception_handler(AuthenticationError)
def unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    sentence = "Send a token that counts: `Authorization: Bearer …`. docs/api.md says how to get one."
    response = _answer(request, sentence, status=401)
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(Throttled)
def too_often(request: HttpRequest, error: Throttled) -> HttpResponse:
    response = _answer(request, f"At most {settings.API_CALLS_PER_MINUTE} calls a minute, please.", status=429)
    response["Retry-After"] = str(error.wait or 60)
    return response


@api.exception_handler(HttpError)
def other(request: HttpRequest, error: HttpError) -> HttpResponse:
    sentence = "The body is no JSON." if error.message.startswith("Cannot parse") else error.message
    return _answer(request, sentence, status=error.status_code)


@api.exception_handler(RequestDataTooBig)
def too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return _answer(request, "The body is larger than 1 MiB.", status=413)


def _answer(request: HttpRequest, sentence: str, *, status: int, **more: Any) -> HttpResponse:
    return api.create_response(request, {"error": sentence, **more}, status=status)


def _shown(field: str) -> str:
    """Return the place of a field in a body: custom ones stand in "fields"."""
    name = fields.name_of(field)
    return field if name is None else f"fields.{name}"


def _sentence(error: dict[str, Any]) -> str:
    """Say what belongs there, in our words; in pydantic's where we have none."""
    if _is_about_somebody(error["loc"]):
        return SOMEBODY
    bounds = {name: str(value).replace("'", "") for name, value in error.get("ctx", {}).items()}
    sentence = SENTENCES.get(error["type"])
    return sentence.format(**bounds) if sentence else f"This takes {error['msg'].removeprefix('Input should be ')}."


def _is_about_somebody(loc: tuple[Any, ...]) -> bool:
    """Is it one of the two types of `shapes.Somebody`, which pydantic names after the field?"""
    return len(loc) > 2 and loc[-2] in ("lead", "owner") and loc[-1] in ("int", "str")


def _place(loc: tuple[Any, ...]) -> str:
    """Turn ("body", "edits", "title") into "title"."""
    loc = loc[:-1] if _is_about_somebody(loc) else loc
    inner = [str(part) for part in loc if part not in ("body", "query", "path", "body_in") and type(part) is str]
    return ".".join(inner[-2:] if "fields" in inner or "seen" in inner else inner[-1:]) or "body"

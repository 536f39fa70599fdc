"""The API's door: who calls, how often, and how a refusal becomes an answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache, wraps
from http import HTTPStatus
from typing import Any, Final, Literal, NoReturn, cast

import ninja.parser
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.security import HttpBearer
from ninja.throttling import BaseThrottle

from incidents import fields
from people.errors import Conflict, InvalidValue, NotAllowed, NotFound, Refusal, Unchanged, WrongState
from ui import accounts, limits, tokens
from ui.api import published
from ui.api.shapes import A_TIME
from ui.models import ApiToken

TOO_OFTEN: Final = "You've exceeded the limit of {limit} calls per minute. Wait for the time in `Retry-After`."
SOMEBODY: Final = "Send a person's id or e-mail address."
# By pydantic's name of the error; braces stand for what it says of the bound.
SENTENCES: Final = {
    "missing": "This is required.",
    "extra_forbidden": "This name is unknown.",
    "string_type": "This must be a string.",
    "string_too_long": "This must have at most {max_length} characters.",
    "too_long": "This must have at most {max_length} items.",
    "literal_error": "This must be {expected}.",
    "greater_than_equal": "This must be at least {ge}.",
    "less_than_equal": "This must be at most {le}.",
    "value_error": "{error}",
    **dict.fromkeys(("bool_type", "bool_parsing"), "This must be true or false."),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "This must be a whole number."),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), "This must be an object."),
    **dict.fromkeys(("timezone_aware", "datetime_type", "datetime_parsing", "datetime_from_date_parsing"), A_TIME),
}


class Call(HttpRequest):
    """A request that carries a valid token."""

    auth: ApiToken


class Token(HttpBearer):
    """Ask for a token in `Authorization: Bearer …`."""

    def __init__(self, scope: Literal["read", "write"]) -> None:
        self.scope = scope
        super().__init__()

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        found = tokens.token_of(token, now=timezone.now())
        if found is None:
            limits.take_bad_token(request)
            return None
        if not accounts.is_active(found.person):
            raise Deactivated(f"{found.person}'s account is deactivated, so this token no longer works.")
        if self.scope == "write" and not found.may_write:
            raise HttpError(HTTPStatus.FORBIDDEN, "This token is read-only. Create one that can write.")
        return found


class Deactivated(AuthenticationError):
    """The token is right, but its person has left."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__()


NO_BODY: Final = (b"", b"{}", b"null")
READ: Final = Token("read")
WRITE: Final = Token("write")


class PerMinute(BaseThrottle):
    """Limit the calls per minute of each token, for all processes together."""

    def allow_request(self, request: HttpRequest) -> bool:
        limit = limits.Limit("calls", quota=settings.API_CALLS_PER_MINUTE, window=limits.MINUTE)
        state = limit.take(str(cast(Call, request).auth.pk))
        request.rate = state  # type: ignore[attr-defined]
        return not state.is_exceeded

    def wait(self) -> float | None:
        return None  # `with_rate` says it, as for every answer


class Parser(ninja.parser.Parser):
    """Read JSON as https://www.rfc-editor.org/rfc/rfc8259 has it: Python would take NaN and Infinity as well."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        return cast(dict[str, Any], json.loads(request.body, parse_constant=_no_number))


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} isn't a JSON number.")


class Api(NinjaAPI):
    """Ninja's, with an `openapi.json` that has the refusals, the limits and the headers of every call."""

    def get_openapi_schema(self, **more: Any) -> OpenAPISchema:
        return cast(OpenAPISchema, published.completed(super().get_openapi_schema(**more)))


api: Final = Api(
    title="Response",
    version="1",
    description="Read and change incidents. Send `Authorization: Bearer <token>` with each call. See docs/api.md.",
    docs_url=None,
    auth=READ,
    throttle=PerMinute(),
    parser=Parser(),
    urls_namespace="ui:api",
)


def urls() -> list[URLPattern]:
    """Return the API's addresses. A token stands for the sign-in that pages ask for."""
    found = cast(list[URLPattern], api.urls[0])
    for pattern in found:
        pattern.callback = with_rate(as_documented(pattern.callback))
    patterns = [path("", nowhere), *found, path("<path:rest>", nowhere)]
    for pattern in patterns:
        pattern.callback = csrf_exempt(login_not_required(pattern.callback))
    return patterns


def as_documented(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer HEAD like GET. Refuse other methods and unknown parameters: a misspelt filter must not find everything."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        method = request.method
        if method == "HEAD":
            request.method = "GET"
        try:
            refusal = _undocumented(request)
            return view(request, *args, **kwargs) if refusal is None else refusal
        finally:
            request.method = method

    return answer


def _undocumented(request: HttpRequest) -> HttpResponse | None:
    """Return the refusal of a call that `openapi.json` does not have. It has all but itself, which takes nothing."""
    calls = _parameters().get(_template(request), {"get": {}})
    known = calls.get(str(request.method).lower())
    if known is None:
        methods = sorted({each.upper() for each in calls} | ({"HEAD"} if "get" in calls else set()))
        named = " or ".join([", ".join(methods[:-1]), methods[-1]]) if len(methods) > 1 else methods[0]
        response = _answer(request, f"This address accepts {named}.", status=405)
        response["Allow"] = ", ".join(methods)
        return response
    accepts = f"This call accepts {', '.join(sorted(known)) or 'no parameters'}."
    fields = {
        name: f"Unknown parameter. {accepts}" if name not in known else "Send this parameter only once."
        for name in sorted(request.GET)
        if name not in known or (len(request.GET.getlist(name)) > 1 and known[name]["type"] != "array")
    }
    if not fields:
        return None
    name = min(fields, key=lambda name: name in known)
    sentence = f"{name}: {fields[name]}" if name in known else f"Unknown parameter “{name}”. {accepts}"
    return _answer(request, sentence, status=400, fields=fields)


def takes_every_word(view: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse a body where a call takes none: whoever sent it expects something of it."""

    @wraps(view)
    def answer(request: HttpRequest, **asked: Any) -> Any:
        takes_body = str(request.method).lower() in _bodies().get(_template(request), ())
        if request.method != "GET" and not takes_body and request.body.strip() not in NO_BODY:
            raise HttpError(HTTPStatus.BAD_REQUEST, "This call accepts no body.")
        return view(request, **asked)

    return answer


@cache
def _bodies() -> Mapping[str, list[str]]:
    """Return the methods that take a body, by path."""
    paths: dict[str, dict[str, Any]] = api.get_openapi_schema()["paths"]
    return {path: [method for method, call in calls.items() if "requestBody" in call] for path, calls in paths.items()}


@cache
def _parameters() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """Return the schemas of the query parameters that are published, by path, method and name."""
    paths: dict[str, dict[str, Any]] = api.get_openapi_schema()["paths"]
    return {
        path: {
            method: {each["name"]: each["schema"] for each in call["parameters"] if each["in"] == "query"}
            for method, call in calls.items()
        }
        for path, calls in paths.items()
    }


def _template(request: HttpRequest) -> str:
    """Return the address that was asked for as OpenAPI writes it."""
    route = request.resolver_match.route if request.resolver_match is not None else ""
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route)


def with_rate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let the answer say how many more calls are allowed, and for how long."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        state: limits.State | None = getattr(request, "rate", None)
        if state is not None:
            state.put_on(response)
        return response

    return answer


def nowhere(request: HttpRequest, rest: str = "") -> HttpResponse:
    return _answer(request, "Nothing exists at this address. /api/v1/openapi.json lists every call.", status=404)


# Refusals -------------------------------------------------------------------------------------------------------------


@api.exception_handler(Refusal)
def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    match refusal:
        case NotFound():
            return _answer(request, refusal.message, status=404)
        case NotAllowed():
            return _answer(request, refusal.message, status=403)
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
    sentence = "Send a valid token: `Authorization: Bearer …`. docs/api.md explains how to get one."
    if isinstance(error, Deactivated):
        sentence = error.sentence
    response = _answer(request, sentence, status=401)
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(Throttled)
def too_often(request: HttpRequest, error: Throttled) -> HttpResponse:
    return _answer(request, TOO_OFTEN.format(limit=settings.API_CALLS_PER_MINUTE), status=429)


@api.exception_handler(limits.TooManyAttempts)
def too_many_attempts(request: HttpRequest, error: limits.TooManyAttempts) -> HttpResponse:
    request.rate = error.state  # type: ignore[attr-defined]
    return _answer(request, str(error), status=429)


@api.exception_handler(HttpError)
def other(request: HttpRequest, error: HttpError) -> HttpResponse:
    sentence = "The body isn't valid JSON." if error.message.startswith("Cannot parse") else error.message
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
    return sentence.format(**bounds) if sentence else f"This must be {error['msg'].removeprefix('Input should be ')}."


def _is_about_somebody(loc: tuple[Any, ...]) -> bool:
    """Is it one of the two types of `shapes.Somebody`, which pydantic names after the field?"""
    return len(loc) > 2 and loc[-2] in ("lead", "owner")


def _place(loc: tuple[Any, ...]) -> str:
    """Turn ("body", "edits", "title") into "title"."""
    loc = loc[:-1] if _is_about_somebody(loc) else loc
    inner = [str(part) for part in loc if part not in ("body", "query", "path", "body_in") and type(part) is str]
    return ".".join(inner[-2:] if "fields" in inner or "seen" in inner else inner[-1:]) or "body"

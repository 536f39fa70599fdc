"""What `openapi.json` says about every call, in one place: the refusals, the limits, and the headers.

Calls don't repeat it: what applies to all calls, or to all that change something, is added to the finished document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from ninja.openapi.schema import REF_TEMPLATE

from ui.api.shapes import BIGGEST_NUMBER, BIGGEST_PK, Refusal, entry_data

HEADER: Final = "Idempotency-Key"
LONGEST_KEY: Final = 255
# HTTP strips surrounding spaces, and allows no other characters.
KEY_PATTERN: Final = "^[!-~]([ -~]*[!-~])?$"

# The parts of an address: our numbers, or primary keys.
PATH_LIMITS: Final = {"number": BIGGEST_NUMBER, "seq": BIGGEST_NUMBER, "action_id": BIGGEST_PK}

IDEMPOTENCY_KEY: Final[Mapping[str, Any]] = {
    "in": "header",
    "name": HEADER,
    "required": False,
    "description": "A string that you choose for each change. Repeated calls with the same key take effect once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": KEY_PATTERN},
}


def _header(description: str, pattern: str, *, required: bool = False) -> dict[str, Any]:
    schema = {"type": "string", "pattern": pattern, "maxLength": 200}
    return {"description": description, "required": required, "schema": schema}


RATE: Final = {
    "RateLimit-Policy": _header(
        "The number of calls allowed (q) within a number of seconds (w)", r'^"[a-z-]+";q=\d+;w=\d+$'
    ),
    "RateLimit": _header(
        "The number of calls left (r), and the seconds until the limit resets (t)", r'^"[a-z-]+";r=\d+;t=\d+$'
    ),
}
WHO: Final = {"WWW-Authenticate": _header("The authentication scheme to use", "^Bearer$", required=True)}
METHODS: Final = {"Allow": _header("The methods that this address accepts", r"^[A-Z]+(, [A-Z]+)*$", required=True)}
RATE_OF_A_REFUSAL: Final = {
    **{name: header | {"required": True} for name, header in RATE.items()},
    "Retry-After": {
        "description": "The number of seconds to wait",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
}


class Call(NamedTuple):
    path: str
    method: str

    @property
    def changes(self) -> bool:
        return self.method != "get"

    @property
    def is_about_one(self) -> bool:
        return "{" in self.path


def _refusals(call: Call) -> Iterator[tuple[int, str, Mapping[str, Any]]]:
    """Yield the status, meaning and headers of each refusal that a call can return."""
    yield 400, "The call contains invalid values; `fields` has a sentence for each", RATE
    yield 401, "The token is missing or invalid, or its person is deactivated", WHO
    if call.changes:
        yield 403, "The token is read-only, or its person doesn't have permission", RATE
    if call.is_about_one:
        yield 404, "The object doesn't exist, or the token's person can't see it", RATE
    yield 405, "The address doesn't accept this method; `Allow` lists those that it accepts", METHODS
    if call.changes and call.is_about_one:
        yield (
            409,
            "The state doesn't allow this, or someone else changed the same value; `current` then has it",
            RATE,
        )
    if call.changes:
        yield 413, "The body is larger than 1 MiB", RATE
    yield 414, "The address is too long", {}
    if call.changes:
        yield 422, f"The `{HEADER}` was used for a different call within the last 24 hours", RATE
    yield 429, "Too many calls, or too many wrong tokens from one address", RATE_OF_A_REFUSAL
    yield 431, "The headers are too long", {}


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """Add to each call what applies to all calls of its kind, and to timeline entries the data of each kind."""
    for path, calls in document["paths"].items():
        for method, described in calls.items():
            _complete(Call(path, method), described)
    schemas = document["components"]["schemas"]
    schemas["Refusal"] = Refusal.model_json_schema(ref_template=REF_TEMPLATE)
    schemas |= entry_data.schemas()
    schemas["EntryOut"]["allOf"] = entry_data.conditions()
    return document


def _complete(call: Call, described: dict[str, Any]) -> None:
    for parameter in described["parameters"]:
        parameter["schema"] = _without_null(parameter["schema"])
        if parameter["in"] == "path":
            parameter["schema"] |= {"minimum": 1, "maximum": PATH_LIMITS[parameter["name"]]}
    if call.changes:
        described["parameters"].append(dict(IDEMPOTENCY_KEY))
    for answer in described["responses"].values():
        answer["headers"] = {name: header | {"required": True} for name, header in RATE.items()}
    for status, meaning, headers in _refusals(call):
        content = {"application/json": {"schema": {"$ref": REF_TEMPLATE.format(model="Refusal")}}}
        described["responses"][status] = {"description": meaning, "headers": dict(headers), "content": content}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter that clients omit instead of sending null."""
    if "anyOf" not in schema:
        return schema
    (kind,) = [each for each in schema["anyOf"] if each != {"type": "null"}]
    return {**{name: value for name, value in schema.items() if name != "anyOf"}, **kind}

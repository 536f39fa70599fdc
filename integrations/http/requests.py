"""What is sent where: the URL is read, and headers are checked, before any connection."""

from __future__ import annotations

import json as json_format
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final, Literal
from urllib.parse import unquote, urljoin

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from integrations.http.outcomes import BadAnswer, Refused

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]

PORTS: Final = {"http": 80, "https": 443}

# A redirect to another origin keeps these. All others may be credentials, whatever they are called.
HARMLESS_HEADERS: Final = frozenset({"accept", "accept-language", "content-type", "idempotency-key", "user-agent"})
# These belong to the connection, or would let a caller contradict the URL that was checked.
OUR_HEADERS: Final = frozenset(
    {"accept-encoding", "connection", "content-length", "expect", "host", "te", "transfer-encoding", "upgrade"}
)
HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
HEADER_VALUE: Final = re.compile(r"[\t\x20-\x7e]*")


@dataclass(frozen=True)
class Target:
    """Where a request goes. `host` has neither brackets nor a final dot."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def of(cls, url: Url) -> Target:
        scheme, host = url.scheme or "", (url.host or "").strip("[]").rstrip(".")
        if scheme not in PORTS or not host:
            raise Refused("A URL must begin with https:// or http:// and name a host.")
        if "%" in host:
            raise Refused("The host in the URL has characters that a host name can't have.")
        return cls(scheme, host, url.port or PORTS[scheme], url.request_uri)

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port

    @property
    def netloc(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.netloc}{self.path}"


@dataclass(frozen=True)
class Request:
    method: str
    target: Target
    headers: Mapping[str, str]  # names in lower case
    body: bytes | None

    @classmethod
    def of(
        cls,
        method: Method,
        url: str,
        *,
        headers: Mapping[str, str],
        json: Any,
        body: bytes | None,
        idempotency_key: str,
    ) -> Request:
        parsed = _parsed(url.strip())
        usual = {"accept": "*/*", "user-agent": "Response"}
        if parsed.auth:
            usual["authorization"] = f"Basic {b64encode(unquote(parsed.auth).encode()).decode()}"
        if json is not None:
            usual["content-type"] = "application/json"
            body = json_format.dumps(json).encode()
        if idempotency_key:
            usual["idempotency-key"] = idempotency_key
        given = {name.lower(): value for name, value in headers.items()}
        if (own := next((name for name in given if name in OUR_HEADERS), None)) is not None:
            raise Refused(f"The header {own} can't be set.")
        together = {**usual, **given}
        for name, value in together.items():
            if not HEADER_NAME.fullmatch(name) or not HEADER_VALUE.fullmatch(value):
                raise Refused(f"The header {name!r} has characters that a header can't have.")
        return cls(method, Target.of(parsed), together, body)

    def redirected(self, status: int, location: str) -> Request:
        """Return the request that follows this redirect, with the same methods that browsers choose."""
        here = self.target
        try:
            joined = urljoin(here.url, location.strip())
        except ValueError:
            # The cause is left out because it may contain the URL.
            raise Refused(f"{here.host} redirects to something that isn't a URL.") from None
        parsed = _parsed(joined)
        there = Target.of(parsed)
        if parsed.auth:
            raise Refused(f"{here.host} redirects to a URL with a user name in it.")
        if here.scheme == "https" and there.scheme == "http":
            raise Refused(f"{here.host} redirects from https to http, which others could read.")
        if self.method == "POST" and status == HTTPStatus.MOVED_PERMANENTLY:
            # A browser would send GET without the body, and what was to be sent would be lost without an error.
            raise BadAnswer(f"{here.host} says that it has moved to {there.scheme}://{there.netloc}. Use the new URL.")
        headers = dict(self.headers)
        if here.origin != there.origin:
            headers = {name: value for name, value in headers.items() if name in HARMLESS_HEADERS}
        reads = self.method != "HEAD" and status == HTTPStatus.SEE_OTHER
        if reads or (self.method == "POST" and status == HTTPStatus.FOUND):
            headers.pop("content-type", None)
            return Request("GET", there, headers, None)
        return replace(self, target=there, headers=headers)


def _parsed(url: str) -> Url:
    """Return the parts of a URL. This is the only place that reads one, so nobody can read it differently."""
    if any(character <= " " or character == "\x7f" for character in url):
        raise Refused("A URL can't contain spaces or control characters.")
    authority = re.match(r"[^/?#]*//[^/?#]*", url)
    if authority and not authority.group().isascii():
        raise Refused("Write the host of the URL in its ASCII form, which begins with xn--.")
    try:
        return parse_url(url)
    except LocationParseError:
        # The cause is left out because it contains the URL.
        raise Refused("This isn't a complete URL. It must look like https://example.com/path.") from None

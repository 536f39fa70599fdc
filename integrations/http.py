"""Call other systems: the only way to use a URL that a person or another system supplied.

Whoever may enter a URL could make Response call what only Response can reach: a database, a cloud's metadata service,
an administration page (server-side request forgery). So `call` looks a host's name up itself, refuses internal
addresses, and connects to the address that it checked, at the start and after every redirect. A second look-up, which
could have another result, never happens. An operator can allow networks and hosts in HTTP_ALLOWED_NETWORKS. Proxies
that the environment names are not used, because a proxy would look the name up again.

Never call while a database transaction is open: it would hold its locks as long as the other system takes, and what
was called would stay called after a rollback. `call` refuses to. Plugins set `background=True` on such a handler.

    CallError               the call did not succeed; `temporary` if a later one may
    ├── Refused             not sent, or not on to where a redirect leads: the URL, its address, a header or the
    │                       certificate isn't acceptable
    ├── NotAnswered         no complete answer came (temporary)
    │   ├── Unreachable     unknown name, no connection, or the connection broke
    │   └── TookTooLong     a time limit passed
    ├── BadAnswer           the answer is too large, not readable, or one redirect too many
    └── Declined            an error status: `answer` holds it (temporary for 408, 425, 429 and most 5xx)
    CalledInTransaction     a mistake of the caller, and therefore no CallError

The messages are sentences for people. They name the host, never the rest of the URL, which may contain secrets.
"""

from __future__ import annotations

import json as json_format
import logging
import re
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from email.message import Message
from functools import lru_cache
from http import HTTPStatus
from http.client import HTTPException
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from queue import Empty, SimpleQueue
from threading import Thread, Timer
from typing import Any, Final, Literal
from urllib.parse import unquote, urljoin

import stamina
from django.conf import settings
from django.db import connections, transaction
from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    DecodeError,
    HTTPError,
    InvalidHeader,
    LocationParseError,
)
from urllib3.util import Retry, Url, parse_url

logger = logging.getLogger(__name__)

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
Resolver = Callable[[str, int], Sequence[str]]
Address = IPv4Address | IPv6Address

IDEMPOTENT: Final = frozenset({"GET", "HEAD", "PUT", "DELETE"})  # RFC 9110, section 9.2.2
TEMPORARY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
PORTS: Final = {"http": 80, "https": 443}
ENCODINGS: Final = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
PIECE: Final = 64 * 1024  # bytes that are read at once
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 2.0  # seconds before another attempt, unless Retry-After asks for more

# A redirect to another origin keeps these. All others may be credentials, whatever they are called.
HARMLESS_HEADERS: Final = frozenset({"accept", "accept-language", "content-type", "idempotency-key", "user-agent"})
# These belong to the connection, or would let a caller contradict the URL that was checked.
OUR_HEADERS: Final = frozenset(
    {"accept-encoding", "connection", "content-length", "expect", "host", "te", "transfer-encoding", "upgrade"}
)
HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
HEADER_VALUE: Final = re.compile(r"[\t\x20-\x7e]*")

# Python's `is_global` differs between patch releases, so what it has ever missed is listed here.
INTERNAL_4: Final = tuple(
    IPv4Network(each)
    for each in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT, and metadata of Alibaba Cloud
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's platform, which only Azure's machines reach
        "169.254.0.0/16",  # link-local, and metadata of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments, and metadata of Oracle Cloud
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
GLOBAL_6: Final = IPv6Network("2000::/3")  # the rest is loopback, local, multicast, IPv4-compatible or reserved
INTERNAL_6: Final = tuple(
    IPv6Network(each)
    for each in (
        "2001::/23",  # Teredo and other protocol assignments
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
)
NAT64: Final = IPv6Network("64:ff9b::/96")


class CalledInTransaction(RuntimeError):
    """A call inside a transaction."""


class CallError(Exception):
    """A call that did not succeed. Its message is a sentence for people."""

    temporary: bool = False


class Refused(CallError):
    """The request was not sent, or not on: the URL, its address, a header or the certificate isn't acceptable."""


class NotAnswered(CallError):
    """No complete answer came."""

    temporary = True


class Unreachable(NotAnswered):
    """The name is unknown, there was no connection, or the connection broke."""


class TookTooLong(NotAnswered):
    """A time limit passed."""


class BadAnswer(CallError):
    """The answer is too large, not readable, or one redirect too many."""


class Declined(CallError):
    """The other system answered with an error status."""

    def __init__(self, message: str, *, answer: Answer) -> None:
        super().__init__(message)
        self.answer = answer
        self.temporary = answer.status in TEMPORARY


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long a call may take, in seconds, and how much it may bring.

    `total` includes the look-up of names, redirects, all attempts and the pauses between them.
    """

    connect: float = 5  # for the look-up, for each connection, and for its TLS
    read: float = 10  # without a byte
    total: float = 30
    size: int = 1024 * 1024  # bytes of the body, as sent and decompressed
    redirects: int = 5
    attempts: int = 3  # of calls that can be repeated


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the other system answered. `url` is where it came from, after redirects; `headers` ignores upper case."""

    status: int
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """Return the body in the charset that the answer names, or else in UTF-8."""
        content_type = Message()
        content_type["Content-Type"] = self.headers.get("content-type", "")
        try:
            return self.body.decode(content_type.get_content_charset("utf-8"), errors="replace")
        except LookupError:
            return self.body.decode(errors="replace")

    def json(self) -> Any:
        """Return the body read as JSON. Raises `BadAnswer` if it is something else."""
        try:
            return json_format.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise BadAnswer(f"{_host(self.url)} did not answer with JSON.") from error

    @property
    def retry_after(self) -> float | None:
        """Return how many seconds the other system asks to wait before the next call, six hours at most, or None."""
        try:
            return max(Retry(0).parse_retry_after(self.headers["retry-after"]), 0.0)
        except (KeyError, InvalidHeader, OverflowError):
            return None


def system_resolver(host: str, port: int) -> list[str]:
    """Return the addresses of a host, in the order in which the system would try them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def call(
    method: Method,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    json: Any = None,
    body: bytes | None = None,
    idempotency_key: str = "",
    internal: bool = False,
    limits: Limits | None = None,
    resolve: Resolver = system_resolver,
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """Call a URL and return the answer, if its status is below 400. Raise `CallError` otherwise; see this module.

    Send `json` or `body`. With `internal=True` the URL's own host may have an internal address: only for URLs that an
    operator chose, in a setting. Other hosts to which it redirects are checked as ever.

    GET, HEAD, PUT and DELETE are repeated after temporary failures; POST and PATCH only with an `idempotency_key`, by
    which the other system recognizes the repetition. It is sent as the header Idempotency-Key. A `Retry-After` is
    obeyed if that much time is left. All of it takes `limits.total` seconds at most.

    User and password in the URL are sent as Basic authentication. Whatever could be a credential stays with the
    origin: after a redirect elsewhere only harmless headers are sent. A redirect from https to http is refused.

    Never call inside a transaction: this raises `CalledInTransaction`.
    """
    _refuse_inside_a_transaction()
    request = _Request.of(method, url, headers=headers or {}, json=json, body=body, idempotency_key=idempotency_key)
    limits = limits or Limits()
    trusted = frozenset({request.target.host}) if internal else frozenset[str]()
    conversation = _Conversation(limits, trusted, resolve, tls or _trusted_authorities())
    repeatable = method in IDEMPOTENT or bool(idempotency_key)
    for attempt in stamina.retry_context(
        on=conversation.pause_after,
        attempts=limits.attempts if repeatable else 1,
        timeout=limits.total,
        wait_initial=FIRST_PAUSE,
        wait_max=LONGEST_PAUSE,
        wait_jitter=FIRST_PAUSE,
    ):
        with attempt:
            if attempt.num > 1:
                logger.info("%s Trying again.", conversation.failure)
            return conversation.answer_to(request)
    raise AssertionError("The last attempt returns or raises")


def _refuse_inside_a_transaction() -> None:
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            continue
        try:
            # Django knows the transaction around a test, and accepts only that one around a durable one.
            with transaction.atomic(using=connection.alias, durable=True):
                pass
        except RuntimeError as error:
            raise CalledInTransaction(
                "Other systems can't be called inside a database transaction. Call before it or after it; "
                "in a plugin, set background=True on the handler."
            ) from error


@lru_cache(maxsize=1)
def _trusted_authorities() -> ssl.SSLContext:
    """Return the authorities that the system trusts. OpenSSL reads SSL_CERT_FILE."""
    return ssl.create_default_context()


# Requests ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Target:
    """Where a request goes. `host` has neither brackets nor a final dot."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def of(cls, url: Url) -> _Target:
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
class _Request:
    method: str
    target: _Target
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
    ) -> _Request:
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
        return cls(method, _Target.of(parsed), together, body)

    def redirected(self, status: int, location: str) -> _Request:
        """Return the request that follows this redirect, with the same methods that browsers choose."""
        here = self.target
        parsed = _parsed(urljoin(here.url, location.strip()))
        there = _Target.of(parsed)
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
            return _Request("GET", there, headers, None)
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


def _host(url: str) -> str:
    return (parse_url(url).host or "").strip("[]")


# Addresses -----------------------------------------------------------------------------------------------------------


def is_internal(address: Address) -> bool:
    """Return whether an address isn't on the public internet. An IPv4 address inside an IPv6 one counts as itself."""
    address = _reached(address)
    if isinstance(address, IPv4Address):
        return not address.is_global or any(address in each for each in INTERNAL_4)
    return not address.is_global or address not in GLOBAL_6 or any(address in each for each in INTERNAL_6)


def _reached(address: Address) -> Address:
    """Return the IPv4 address to which a mapped or translated IPv6 address leads, else the address."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


@lru_cache
def _allowed(entries: tuple[str, ...]) -> tuple[tuple[IPv4Network | IPv6Network, ...], frozenset[str]]:
    """Sort what an operator allowed into networks and host names."""
    networks: list[IPv4Network | IPv6Network] = []
    names = set()
    for entry in entries:
        try:
            networks.append(ip_network(entry, strict=False))
        except ValueError:
            names.add(entry.lower().rstrip("."))
    return tuple(networks), frozenset(names)


# Conversations -------------------------------------------------------------------------------------------------------


class _Conversation:
    """All attempts at one call, which share a deadline."""

    def __init__(self, limits: Limits, trusted: frozenset[str], resolve: Resolver, tls: ssl.SSLContext) -> None:
        self.failure: Exception | None = None
        self._limits = limits
        self._trusted = trusted
        self._resolve = resolve
        self._tls = tls
        self._deadline = time.monotonic() + limits.total

    def pause_after(self, error: Exception) -> bool | float:
        """Return whether to try again, or after how many seconds."""
        self.failure = error
        if not isinstance(error, CallError) or not error.temporary:
            return False
        left = self._deadline - time.monotonic()
        asked_for = error.answer.retry_after if isinstance(error, Declined) else None
        if asked_for is None:
            return left > LONGEST_PAUSE
        return asked_for if asked_for < left else False

    def answer_to(self, request: _Request) -> Answer:
        """Send a request, follow redirects, and return the last answer."""
        for _ in range(self._limits.redirects + 1):
            answer = self._exchange(request)
            location = answer.headers.get("location")
            if answer.status not in REDIRECTS or not location:
                break
            request = request.redirected(answer.status, location)
        else:
            raise BadAnswer(f"The URL leads through more than {self._limits.redirects} redirects.")
        if answer.status < HTTPStatus.BAD_REQUEST:
            return answer
        raise Declined(f"{request.target.host} answered {_named(answer.status)}.", answer=answer)

    def _exchange(self, request: _Request) -> Answer:
        target = request.target
        with self._sentences(target.host):
            connection = self._connect(target)
            with closing(connection), self._ended_in_time(connection):
                connection.timeout = min(self._limits.read, self._left(target.host))
                with suppress(BrokenPipeError):  # The answer may come before all was sent.
                    connection.request(
                        request.method,
                        target.path,
                        body=request.body,
                        headers={
                            **request.headers,
                            "host": target.netloc,
                            "accept-encoding": "gzip, deflate",
                            "connection": "close",
                        },
                        preload_content=False,
                    )
                with closing(connection.getresponse()) as response:
                    return self._read(response, target)

    def _read(self, response: HTTPResponse, target: _Target) -> Answer:
        headers = HTTPHeaderDict(response.headers)
        body = b""
        if response.status not in REDIRECTS:
            try:
                body = self._body(response, target)
            except (BadAnswer, DecodeError):
                # An error status says more than that its text can't be read.
                if response.status < HTTPStatus.BAD_REQUEST:
                    raise
        return Answer(status=response.status, url=target.url, headers=headers, body=body)

    def _body(self, response: HTTPResponse, target: _Target) -> bytes:
        """Return the body, decompressed. Reads hardly more than the limit of either form, whatever is sent."""
        if response.headers.get("content-encoding", "").strip().lower() not in ENCODINGS:
            raise BadAnswer(f"{target.host} compressed its answer in a way that it wasn't asked for.")
        body = bytearray()
        while piece := response.read(PIECE, decode_content=True):
            body += piece
            if max(len(body), response.tell()) > self._limits.size:
                raise BadAnswer(f"The answer of {target.host} is larger than {self._limits.size:,} bytes.")
        self._left(target.host)  # A connection that was ended in time looks like the end of the body.
        return bytes(body)

    def _left(self, host: str) -> float:
        """Return how many seconds are left. Raises `TookTooLong` if none are."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TookTooLong(f"{host} took longer than {self._limits.total:g} seconds.")
        return left

    # Connections

    def _connect(self, target: _Target) -> HTTPConnection:
        """Return a connection to an address that was checked, in the name of the host."""
        failure: Exception | None = None
        for address in self._addresses(target):
            patience = min(self._limits.connect, self._left(target.host) / 2)  # TLS may take as long once more.
            connection = (
                HTTPSConnection(
                    address, target.port, timeout=patience, ssl_context=self._tls, server_hostname=target.host
                )
                if target.scheme == "https"
                else HTTPConnection(address, target.port, timeout=patience)
            )
            try:
                connection.connect()
            except (HTTPError, OSError) as error:
                connection.close()
                failure = error
            else:
                return connection
        raise failure or Unreachable(f"{target.host} has no address.")

    def _addresses(self, target: _Target) -> list[str]:
        """Return the addresses to connect to. Refuse a host of which any is internal and not allowed."""
        networks, names = _allowed(tuple(settings.HTTP_ALLOWED_NETWORKS))
        addresses = []
        for each in self._looked_up(target):
            address = _reached(ip_address(each))
            if (
                is_internal(address)
                and target.host not in names | self._trusted
                and not any(address in network for network in networks)
            ):
                raise Refused(
                    f"{target.host} leads to an internal address, which may not be called. "
                    "An operator can allow it in HTTP_ALLOWED_NETWORKS."
                )
            addresses.append(each)
        return addresses

    def _looked_up(self, target: _Target) -> Sequence[str]:
        """Look a name up in a thread, because the system's resolver accepts no time limit."""
        found: SimpleQueue[Sequence[str] | Exception] = SimpleQueue()

        def look_up() -> None:
            try:
                found.put(self._resolve(target.host, target.port))
            except (OSError, UnicodeError) as error:
                found.put(error)

        Thread(target=look_up, name="resolver", daemon=True).start()
        try:
            result = found.get(timeout=min(self._limits.connect, self._left(target.host)))
        except Empty:
            raise TookTooLong(f"Looking up the address of {target.host} took too long.") from None
        if isinstance(result, Exception):
            raise Unreachable(f"There is no address for {target.host}.") from result
        return result

    @contextmanager
    def _ended_in_time(self, connection: HTTPConnection) -> Iterator[None]:
        """End the connection at the deadline. The limit for reading alone begins anew with every byte."""
        timer = Timer(self._deadline - time.monotonic(), _end, [connection.sock])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    @contextmanager
    def _sentences(self, host: str) -> Iterator[None]:
        """Say in a sentence why no answer came."""
        try:
            yield
        except (DecodeError, UnicodeError) as error:
            raise BadAnswer(f"The answer of {host} can't be read.") from error
        except (HTTPError, HTTPException, OSError) as error:
            self._left(host)
            match error.__cause__ or error:
                case ssl.SSLCertVerificationError(verify_message=reason):
                    raise Refused(f"The certificate of {host} isn't valid ({reason}).") from error
                case TimeoutError():
                    raise TookTooLong(f"{host} did not answer in time.") from error
                case ConnectionRefusedError():
                    raise Unreachable(f"{host} refused the connection.") from error
            raise Unreachable(f"The connection to {host} failed.") from error


def _end(sock: socket.socket) -> None:
    """End a connection that another thread uses. `SSLSocket.shutdown` isn't made for that; the plain one is."""
    with suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)

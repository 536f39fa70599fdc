"""The exchange with the other system: connections to checked addresses, redirects, time limits and sizes."""

from __future__ import annotations

import socket
import ssl
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from http import HTTPStatus
from http.client import HTTPException
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from threading import Thread, Timer
from typing import Final

from django.conf import settings
from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from integrations.http.addresses import Resolver, allowed, is_internal, reached
from integrations.http.bodies import PIECE, Response, decompressed
from integrations.http.limits import LONGEST_PAUSE, Limits
from integrations.http.outcomes import Answer, BadAnswer, CallError, Declined, Refused, TookTooLong, Unreachable
from integrations.http.requests import Request, Target

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
COMPRESSED: Final = frozenset({"gzip", "x-gzip", "deflate"})
ENCODINGS: Final = COMPRESSED | {"", "identity"}


class Conversation:
    """All attempts at one call, which share a deadline."""

    def __init__(
        self, limits: Limits, trusted: frozenset[tuple[str, int]], resolve: Resolver, tls: ssl.SSLContext
    ) -> None:
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

    def answer_to(self, request: Request) -> Answer:
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

    def _exchange(self, request: Request) -> Answer:
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
                    self._left(target.host)  # A connection that was ended in time looks like the end of the headers.
                    return self._read(response, target)

    def _read(self, response: HTTPResponse, target: Target) -> Answer:
        if response.status < HTTPStatus.OK:
            raise BadAnswer(f"{target.host} answered {_named(response.status)}, which isn't a final answer.")
        headers = HTTPHeaderDict(response.headers)
        body = b""
        if response.status not in REDIRECTS:
            try:
                body = self._body(response, target)
            except (BadAnswer, EOFError, zlib.error):
                # An error status says more than that its text can't be read.
                if response.status < HTTPStatus.BAD_REQUEST:
                    raise
        return Answer(status=response.status, url=target.url, headers=headers, body=body)

    def _body(self, response: HTTPResponse, target: Target) -> bytes:
        """Return the body, decompressed. Reads hardly more than the limit of either form, whatever is sent."""
        encoding = response.headers.get("content-encoding", "").strip().lower()
        if encoding not in ENCODINGS:
            raise BadAnswer(f"{target.host} compressed its answer in a way that it wasn't asked for.")
        body = bytearray()
        pieces = iter(partial(response.read, PIECE, decode_content=False), b"")
        for piece in decompressed(pieces, encoding) if encoding in COMPRESSED else pieces:
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

    def _connect(self, target: Target) -> HTTPConnection:
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
            connection.response_class = Response
            try:
                connection.connect()
            except (HTTPError, OSError) as error:
                connection.close()
                failure = error
            else:
                return connection
        raise failure or Unreachable(f"{target.host} has no address.")

    def _addresses(self, target: Target) -> list[str]:
        """Return the addresses to connect to. Refuse a host of which any is internal and not allowed."""
        networks, names = allowed(tuple(settings.HTTP_ALLOWED_NETWORKS))
        addresses = []
        for each in self._looked_up(target):
            address = reached(ip_address(each))
            if (
                is_internal(address)
                and target.host not in names
                and (target.host, target.port) not in self._trusted
                and not any(address in network for network in networks)
            ):
                raise Refused(
                    f"{target.host} leads to an internal address, which may not be called. "
                    "An operator can allow it in HTTP_ALLOWED_NETWORKS."
                )
            addresses.append(each)
        return addresses

    def _looked_up(self, target: Target) -> Sequence[str]:
        """Look a name up in a thread, because the system's resolver accepts no time limit."""
        found: SimpleQueue[Sequence[str] | Exception] = SimpleQueue()

        def look_up() -> None:
            try:
                found.put(self._resolve(target.host, target.port))
            except Exception as error:  # noqa: BLE001 — one that stays in this thread would look like a time-out
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
        """End the connection at the deadline, because the read limit restarts with every byte."""
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
        except (UnicodeError, zlib.error) as error:
            raise BadAnswer(f"The answer of {host} can't be read.") from error
        except (EOFError, HTTPError, HTTPException, OSError) as error:
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

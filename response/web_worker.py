"""A gunicorn worker whose threads get only complete requests, and never wait for a client.

gunicorn's own worker gives a connection to a thread at its first byte, lets the thread wait until the client has read
the answer, and waits in its main loop for clients to close finished connections. A few slow clients occupy all threads,
or the loop, and Slack's requests wait. Here the loop reads and writes without waiting for any client:

    coming ─▶ a thread ─▶ leaving ─▶ kept alive ─▶ coming …
                                 └─▶ closing

A request that isn't complete within `SECONDS` is dropped, as is a client that reads nothing of its answer for as long.
When there are too many connections, the one that is needed least is dropped.
"""

from __future__ import annotations

import errno
import json
import re
import resource
import selectors
import socket
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from gunicorn.http import errors
from gunicorn.workers.gthread import TConn, ThreadWorker

SECONDS: Final = 10.0  # for a complete request, and for a client to read a piece of the answer
LINGER: Final = (
    2.0  # seconds for a client to close a finished connection, and for a stopping worker to read the rest of a request
)
UNFINISHED: Final = 500  # connections of a worker
CONNECTIONS: Final = 900  # of a worker; below gunicorn's own limit, at which it stops accepting
LONGEST_HEAD: Final = 64 * 1024  # bytes; gunicorn refuses shorter ones already
LONGEST_BODY: Final = 3 * 1024 * 1024  # bytes, a little more than Django reads
LONGEST_LINE: Final = 4096  # bytes, of a chunk's size or a trailer
UNSENT: Final = 64 * 1024 * 1024  # bytes of answers waiting for slow clients, in a worker
PIECE: Final = 64 * 1024
OUT_OF_FILES: Final = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)

# An unreadable request never reaches Django. Programs still get the reason in the API's shape.
UNREADABLE: Final = {
    errors.LimitRequestLine: (HTTPStatus.REQUEST_URI_TOO_LONG, "The address is too long."),
    errors.LimitRequestHeaders: (HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers are too long."),
    errors.ExpectationFailed: (HTTPStatus.EXPECTATION_FAILED, "Response doesn't support this Expect header."),
    errors.UnsupportedTransferCoding: (HTTPStatus.NOT_IMPLEMENTED, "Response doesn't support this transfer coding."),
}
OURS: Final = (errors.InvalidResponseHeader, errors.InvalidResponseHeaderName, errors.ConfigurationProblem)
OTHERWISE: Final = (HTTPStatus.BAD_REQUEST, "Response couldn't read this HTTP request.")

_LENGTH: Final = re.compile(rb"^content-length:[ \t]*([^\r\n]*?)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_ENCODING: Final = re.compile(rb"^transfer-encoding:[ \t]*([^\r\n]*?)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_EXPECT: Final = re.compile(rb"^expect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE | re.MULTILINE)
_DIGITS: Final = re.compile(rb"[0-9]{1,15}")
_SIZE: Final = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;.*)?", re.DOTALL)


class _Coming:
    """The part of a request that has arrived so far."""

    def __init__(self) -> None:
        self.bytes = bytearray()
        self.deadline = time.monotonic() + SECONDS
        self.is_broken_off = False  # gunicorn will refuse it; the rest is not read
        self.wants_continue = False
        self._end_of_head = 0
        self._end: int | None = None  # None until the headers are complete, and for chunks
        self._at = 0  # where a chunk's size or a trailer begins
        self._is_in_trailers = False

    def take(self, piece: bytes) -> bool:
        """Add `piece`; return whether a thread can serve the request now, without waiting for more."""
        looked_at = max(0, len(self.bytes) - 3)
        self.bytes += piece
        if not self._end_of_head:
            end = self.bytes.find(b"\r\n\r\n", looked_at)
            if end < 0:
                return self._break_off(when=len(self.bytes) > LONGEST_HEAD)
            self._read_head(end + 4)
        if self.is_broken_off:
            return True
        return self._has_all_chunks() if self._end is None else len(self.bytes) >= self._end

    def _break_off(self, *, when: bool = True) -> bool:
        self.is_broken_off = self.is_broken_off or when
        return self.is_broken_off

    def _read_head(self, end: int) -> None:
        head = bytes(self.bytes[:end])
        lengths, encodings = _LENGTH.findall(head), _ENCODING.findall(head)
        if expects := _EXPECT.search(head):
            self.wants_continue = True
            del self.bytes[expects.start() : expects.end()]  # it is answered here, once
            end -= expects.end() - expects.start()
        self._end_of_head = self._at = end
        if encodings:
            self._break_off(when=len(encodings) > 1 or encodings[0].lower() != b"chunked" or bool(lengths))
        elif lengths:
            self._break_off(when=len(lengths) > 1 or not _DIGITS.fullmatch(lengths[0]))
            self._end = end if self.is_broken_off else end + int(lengths[0])
            self._break_off(when=self._end - end > LONGEST_BODY)
        else:
            self._end = end

    def _has_all_chunks(self) -> bool:
        while True:
            end_of_line = self.bytes.find(b"\r\n", self._at, self._at + LONGEST_LINE)
            if end_of_line < 0:
                return self._break_off(when=len(self.bytes) - self._at >= LONGEST_LINE)
            if self._break_off(when=end_of_line - self._end_of_head > LONGEST_BODY):
                return True
            line, after = self.bytes[self._at : end_of_line], end_of_line + 2
            if self._is_in_trailers:
                self._at = after
                if not line:
                    return True
                continue
            size = _SIZE.fullmatch(line)
            if size is None or int(size[1], 16) > LONGEST_BODY:
                return self._break_off()
            self._is_in_trailers = not int(size[1], 16)
            if self._is_in_trailers:
                self._at = after
            elif len(self.bytes) < after + int(size[1], 16) + 2:
                return False
            else:
                self._at = after + int(size[1], 16) + 2


class _Patient:
    """A client's socket as threads see it: it accepts every answer at once, and has nothing more to read.

    Bytes that the client doesn't accept yet wait in `unsent` for the main loop to send.
    """

    def __init__(self, raw: socket.socket) -> None:
        self.raw = raw
        self.unsent = bytearray()

    def sendall(self, data: bytes) -> None:
        self.unsent += data
        self.push()

    def send(self, data: bytes) -> int:
        self.sendall(data)
        return len(data)

    def push(self) -> bool:
        """Send what the client accepts now. Return whether it accepted anything. Raise `OSError` if it is gone."""
        before = len(self.unsent)
        while self.unsent:
            try:
                sent = self.raw.send(memoryview(self.unsent)[: 1024 * 1024].tobytes(), socket.MSG_DONTWAIT)
            except BlockingIOError:
                break
            del self.unsent[:sent]
        return len(self.unsent) < before

    def recv(self, size: int, flags: int = 0) -> bytes:
        return b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)


class _Leaving:
    """An answer that the client hasn't read completely, or a finished connection that isn't closed."""

    def __init__(self, *, keeps: bool, patience: float) -> None:
        self.keeps = keeps
        self.patience = patience
        self.is_closing = False
        self.deadline = time.monotonic() + patience


class PatientWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._coming: OrderedDict[TConn, _Coming] = OrderedDict()  # the oldest first
        self._leaving: OrderedDict[TConn, _Leaving] = OrderedDict()
        self._broken_off: set[TConn] = set()
        self._most = CONNECTIONS
        self._tidied_at = 0.0
        self._stops_at: float | None = None

    def init_process(self) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < hard:
            soft = hard if hard != resource.RLIM_INFINITY else max(soft, 8192)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        self._most = max(32, min(CONNECTIONS, soft - 100))
        super().init_process()

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Handle what happened on each connection, unless handling another one has just dropped it."""
        for key, _ in self.poller.select(timeout):
            if self.poller.get_map().get(key.fd) is key:
                key.data(key.fileobj)

    def accept(self, listener: socket.socket) -> None:
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno in OUT_OF_FILES:
                self._make_room()
            elif error.errno not in (errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED):
                raise
            return
        self.nr_conns += 1
        if self.nr_conns > self._most:
            self._make_room()
        self._collect(TConn(self.cfg, _Patient(client), address, listener.getsockname()), b"")

    def on_client_socket_readable(self, conn: TConn, client: Any) -> None:
        """Collect the next request of a connection that was kept alive."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._collect(conn, b"")

    def enqueue_req(self, conn: TConn) -> None:
        """Collect what a thread left over, if it read the beginning of the next request with the last one."""
        self._collect(conn, conn.parser.unreader.take_buffered())

    def handle(self, conn: TConn) -> Any:
        conn.data_ready = True
        return super().handle(conn)

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:
        """Answer unreadable requests in JSON; gunicorn would answer in HTML."""
        if not isinstance(exc, errors.ParseException) or isinstance(exc, OURS):
            super().handle_error(req, client, addr, exc)
            return
        self.log.warning("Refused an unreadable request from %s: %s", (addr or ("", 0))[0], type(exc).__name__)
        status, sentence = next((answer for kind, answer in UNREADABLE.items() if isinstance(exc, kind)), OTHERWISE)
        body = json.dumps({"error": sentence})
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\nConnection: close\r\nContent-Type: application/json\r\n"
        try:
            client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        except OSError:
            self.log.debug("The client left before it was refused.")

    def finish_request(self, conn: TConn, fs: Future[Any]) -> None:
        """Let the client read its answer at its own pace."""
        keeps = not fs.cancelled() and fs.exception() is None and bool(fs.result())
        if conn.sock.fileno() < 0:
            self.nr_conns -= 1
            return
        is_broken_off = conn in self._broken_off
        self._broken_off.discard(conn)
        # A client that is still sending gets time to read why it was refused.
        leaving = _Leaving(keeps=keeps and not is_broken_off, patience=SECONDS if is_broken_off else LINGER)
        self._leaving[conn] = leaving
        self._send(conn, None)
        unsent = sum(len(each.sock.unsent) for each in self._leaving) if conn in self._leaving else 0
        while unsent > UNSENT:
            oldest = next(iter(self._leaving))
            unsent -= len(oldest.sock.unsent)
            self._drop_leaving(oldest)

    def murder_keepalived(self, force: bool = False) -> None:  # noqa: FBT001, FBT002 - gunicorn calls it so
        super().murder_keepalived(force=force)
        now = time.monotonic()
        if not self.alive and self._stops_at is None:
            self._stops_at = now + LINGER
        force = force or (self._stops_at is not None and now >= self._stops_at)
        while self._coming and (force or next(iter(self._coming.values())).deadline <= now):
            self._drop_coming(next(iter(self._coming)))
        if now - self._tidied_at > 0.2:
            self._tidied_at = now
            for conn in [conn for conn, leaving in self._leaving.items() if leaving.deadline <= now]:
                self._drop_leaving(conn)

    # Coming -----------------------------------------------------------------------------------------------------------

    def _collect(self, conn: TConn, beginning: bytes) -> None:
        conn.sock.setblocking(False)  # noqa: FBT003 - the standard library has it so
        coming = self._coming[conn] = _Coming()
        self._watch(conn, selectors.EVENT_READ, self._read)
        if len(self._coming) > UNFINISHED:
            self._drop_coming(next(iter(self._coming)))
        if conn in self._coming and not self._take(conn, coming, beginning):
            self._read(conn, conn.sock)

    def _read(self, conn: TConn, _client: Any) -> None:
        try:
            piece = conn.sock.raw.recv(PIECE)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if piece:
            self._take(conn, self._coming[conn], piece)
        else:
            self._drop_coming(conn)

    def _take(self, conn: TConn, coming: _Coming, piece: bytes) -> bool:
        """Hand the connection to a thread if `piece` completes its request. Return whether it did."""
        if not coming.take(piece):
            if coming.wants_continue:
                coming.wants_continue = False
                conn.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            return False
        self.poller.unregister(conn.sock)
        del self._coming[conn]
        if coming.is_broken_off:
            self._broken_off.add(conn)
        conn.init()
        conn.parser.unreader.unread(bytes(coming.bytes))
        super().enqueue_req(conn)
        return True

    # Leaving ----------------------------------------------------------------------------------------------------------

    def _send(self, conn: TConn, client: Any) -> None:
        leaving = self._leaving[conn]
        try:
            took = conn.sock.push()
        except OSError:
            self._drop_leaving(conn)
            return
        if took or client is None:
            leaving.deadline = time.monotonic() + SECONDS
        if client is not None:
            self.poller.unregister(client)
        if conn.sock.unsent:
            self._watch(conn, selectors.EVENT_WRITE, self._send)
        elif leaving.keeps:
            del self._leaving[conn]
            self._keep(conn)
        else:
            self._begin_to_close(conn, leaving)

    def _keep(self, conn: TConn) -> None:
        whole: Future[bool] = Future()
        whole.set_result(True)
        super().finish_request(conn, whole)

    def _begin_to_close(self, conn: TConn, leaving: _Leaving) -> None:
        """Close as in RFC 9112, section 9.6: a client that is still sending would miss the end of its answer."""
        try:
            conn.sock.raw.settimeout(0)
            conn.sock.raw.shutdown(socket.SHUT_WR)
        except OSError:
            self._drop_leaving(conn)
            return
        leaving.is_closing = True
        leaving.deadline = time.monotonic() + leaving.patience
        self._watch(conn, selectors.EVENT_READ, self._hear_the_rest)

    def _hear_the_rest(self, conn: TConn, _client: Any) -> None:
        try:
            is_over = not conn.sock.raw.recv(PIECE)
        except BlockingIOError:
            return
        except OSError:
            is_over = True
        if is_over:
            self._drop_leaving(conn)

    # Room -------------------------------------------------------------------------------------------------------------

    def _watch(self, conn: TConn, event: int, then: Callable[[TConn, Any], None]) -> None:
        self.poller.register(conn.sock, event, partial(then, conn))

    def _make_room(self) -> None:
        """Drop the connection that is needed least: one that is finished, idle, slow to send, or slow to read."""
        closing = next((conn for conn, leaving in self._leaving.items() if leaving.is_closing), None)
        if closing is not None:
            self._drop_leaving(closing)
        elif self.keepalived_conns:
            self._drop(self.keepalived_conns.popleft())
        elif self._coming:
            self._drop_coming(next(iter(self._coming)))
        elif self._leaving:
            self._drop_leaving(next(iter(self._leaving)))

    def _drop_coming(self, conn: TConn) -> None:
        del self._coming[conn]
        self._drop(conn)

    def _drop_leaving(self, conn: TConn) -> None:
        del self._leaving[conn]
        self._drop(conn)

    def _drop(self, conn: TConn) -> None:
        with suppress(KeyError, ValueError):  # not every socket is watched
            self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()

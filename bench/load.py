"""Send requests over kept connections, at a fixed rate or as fast as they are answered, with little work of our own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

ANSWER_WITHIN: Final = 10.0
END_OF_CHUNKS: Final = b"0\r\n\r\n"


@dataclass
class Outcome:
    """How long answers took, in seconds, and how many requests got none, or none with status 200."""

    seconds: list[float] = field(default_factory=list)
    failed: int = 0
    lasted: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.seconds) / self.lasted if self.lasted else 0.0


class Connection(asyncio.Protocol):
    """One line to the server, for one request after the other."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[int] | None = None
        self._heard = b""

    async def ask(self, request: bytes) -> int:
        """Return the HTTP status. Raise `OSError` when the line breaks, `TimeoutError` when nothing comes."""
        if self._transport is None or self._transport.is_closing():
            loop = asyncio.get_running_loop()
            self._transport, _ = await loop.create_connection(lambda: self, "127.0.0.1", self._port)
        self._heard = b""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        async with asyncio.timeout(ANSWER_WITHIN):
            return await self._answer

    def data_received(self, data: bytes) -> None:
        self._heard += data
        if self._answer is not None and not self._answer.done() and _is_whole(self._heard):
            self._answer.set_result(int(self._heard[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionResetError("The server hung up"))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def _is_whole(answer: bytes) -> bool:
    head, found, body = answer.partition(b"\r\n\r\n")
    if not found:
        return False
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line[15:])
    return body.endswith(END_OF_CHUNKS)


async def at_rate(port: int, requests: Sequence[bytes], *, per_second: float) -> Outcome:
    """Send on schedule, whether or not earlier ones were answered. Times count from the schedule, not the sending."""
    outcome = Outcome()
    free: list[Connection] = []
    everyone: list[Connection] = []
    loop = asyncio.get_running_loop()
    began = loop.time() + 0.1

    async def send(request: bytes, due: float) -> None:
        if free:
            connection = free.pop()
        else:
            connection = Connection(port)
            everyone.append(connection)
        await _ask(connection, request, outcome, since=due)
        free.append(connection)

    async with asyncio.TaskGroup() as group:
        for number, request in enumerate(requests):
            due = began + number / per_second
            await asyncio.sleep(due - loop.time())
            group.create_task(send(request, due))
    outcome.lasted = loop.time() - began
    for connection in everyone:
        connection.close()
    return outcome


async def flat_out(port: int, make: Callable[[], bytes], *, connections: int, seconds: float, prepared: int) -> Outcome:
    """Keep so many requests in flight for so long. They are made before the clock starts."""
    requests = [make() for _ in range(prepared)]
    outcome = Outcome()
    loop = asyncio.get_running_loop()
    began = loop.time()

    async def keep_asking() -> None:
        connection = Connection(port)
        while requests and loop.time() < began + seconds:
            await _ask(connection, requests.pop(), outcome, since=loop.time())
        connection.close()

    await asyncio.gather(*(keep_asking() for _ in range(connections)))
    outcome.lasted = loop.time() - began
    return outcome


async def _ask(connection: Connection, request: bytes, outcome: Outcome, *, since: float) -> None:
    try:
        status = await connection.ask(request)
    except (OSError, TimeoutError):
        connection.close()
        status = 0
    if status == 200:
        outcome.seconds.append(asyncio.get_running_loop().time() - since)
    else:
        outcome.failed += 1

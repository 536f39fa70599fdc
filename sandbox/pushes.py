"""The WebSockets of open clients: each gets what its person may see, in order, without making anybody wait."""

import asyncio
import json
from collections.abc import Iterable

from aiohttp import web

from sandbox.workspace import Json

# A client that is this far behind is gone or asleep; it starts afresh when it comes back.
MOST_WAITING = 5000


def dump(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Socket:
    """One open client."""

    def __init__(self, connection: web.WebSocketResponse, user: str, *, hood: bool) -> None:
        self.user = user
        self.hood = hood
        self.seq = 0
        self._connection = connection
        self._waiting: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        self.overrun = asyncio.Event()

    def put(self, body: str) -> None:
        """Queue a JSON object, with this socket's next number in it."""
        self.seq += 1
        try:
            self._waiting.put_nowait(f'{body[:-1]},"seq":{self.seq}}}')
        except asyncio.QueueFull:
            self.overrun.set()

    async def write(self) -> None:
        while not self.overrun.is_set():
            await self._connection.send_str(await self._waiting.get())
        await self._connection.close()


class Hub:
    """All open clients."""

    def __init__(self) -> None:
        self._sockets: dict[str, list[Socket]] = {}

    def add(self, socket: Socket) -> None:
        self._sockets.setdefault(socket.user, []).append(socket)

    def remove(self, socket: Socket) -> None:
        self._sockets[socket.user].remove(socket)
        if not self._sockets[socket.user]:
            del self._sockets[socket.user]

    @property
    def has_hood(self) -> bool:
        return any(socket.hood for sockets in self._sockets.values() for socket in sockets)

    def is_watched_by(self, user_id: str) -> bool:
        return user_id in self._sockets

    def watchers(self) -> list[str]:
        return list(self._sockets)

    def push(self, users: Iterable[str], payload: Json) -> None:
        """Send the same to each of these people who has a client open."""
        sockets = [socket for user_id in users for socket in self._sockets.get(user_id, ())]
        if sockets:
            body = dump(payload)
            for socket in sockets:
                socket.put(body)

    def push_all(self, payload: Json) -> None:
        self.push(self.watchers(), payload)

    def push_hood(self, payload: Json) -> None:
        """Send to the clients that look under the hood."""
        sockets = [socket for sockets in self._sockets.values() for socket in sockets if socket.hood]
        if sockets:
            body = dump(payload)
            for socket in sockets:
                socket.put(body)

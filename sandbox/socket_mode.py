"""Socket Mode: the app calls us, and what it should hear goes through that line instead of to its address."""

import asyncio
import json
import secrets
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from sandbox.limits import LIMITS
from sandbox.pushes import dump
from sandbox.reply import Reply
from sandbox.workspace import APP_ID, Json

if TYPE_CHECKING:
    from sandbox.world import World

DROPPED = "dropped"
DISCONNECTS = ("warning", "refresh_requested", "link_disabled", DROPPED)
TYPES = {"event": "events_api", "slash_command": "slash_commands"}


class Line:
    """One connection of the app."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self.socket = socket
        self.waiting: dict[str, asyncio.Future[str]] = {}

    def acknowledged(self, raw: str) -> None:
        """Take what the app sent: the id of an envelope, perhaps with an answer."""
        try:
            message = json.loads(raw)
        except ValueError:
            return
        waiting = self.waiting.pop(str(message.get("envelope_id")), None) if isinstance(message, dict) else None
        if waiting is not None and not waiting.done():
            payload = message.get("payload")
            waiting.set_result(json.dumps(payload) if payload else "")

    def hung_up(self) -> None:
        for waiting in self.waiting.values():
            if not waiting.done():
                waiting.set_exception(ConnectionError("the app hung up"))


class Lines:
    """All lines of the app, used in turn."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._lines: list[Line] = []
        self._tickets: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._lines)

    def new_url(self) -> str:
        """Return the address at which the app may open one line."""
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        address = self._world.base_url.replace("http://", "ws://", 1)
        return f"{address}link/?ticket={ticket}&app_id={APP_ID}"

    async def open(self, http: web.Request) -> web.WebSocketResponse:
        """Keep a line open until either side hangs up."""
        ticket = http.query.get("ticket", "")
        if ticket not in self._tickets:
            raise web.HTTPForbidden(text="A ticket opens one line. Ask apps.connections.open for another.")
        if len(self._lines) >= LIMITS["lines of Socket Mode"].most:
            raise web.HTTPTooManyRequests(text="Ten lines are open already.")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(heartbeat=30, max_msg_size=LIMITS["bytes of a Socket Mode answer"].most)
        await socket.prepare(http)
        line = Line(socket)
        self._lines.append(line)
        try:
            await socket.send_str(dump(self._hello()))
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    line.acknowledged(message.data)
        finally:
            self._lines.remove(line)
            line.hung_up()
        return socket

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._lines),
            "connection_info": {"app_id": APP_ID},
            "debug_info": {
                "host": "sandbox",
                "started": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3],
                "build_number": 1,
                "approximate_connection_time": 18060,
            },
        }

    async def deliver(self, kind: str, payload: Json, *, retry_num: int, retry_reason: str | None) -> Reply:
        """Send an envelope through the next line and wait for its acknowledgement."""
        if not self._lines:
            return Reply(None, "", "connection_failed")
        line = self._lines.pop(0)
        self._lines.append(line)
        envelope_id = str(uuid.uuid4())
        envelope: Json = {
            "envelope_id": envelope_id,
            "payload": payload,
            "type": TYPES.get(kind, "interactive"),
            "accepts_response_payload": kind != "event",
        }
        if kind == "event":
            envelope |= {"retry_attempt": retry_num, "retry_reason": retry_reason or ""}
        waiting = line.waiting[envelope_id] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(self._world.faults.patience):
                await line.socket.send_str(dump(envelope))
                return Reply(200, await waiting, None, content_type="application/json")
        except TimeoutError:
            return Reply(None, "", "http_timeout")
        except ConnectionError:
            return Reply(None, "", "connection_failed")
        finally:
            line.waiting.pop(envelope_id, None)

    async def disconnect(self, reason: str) -> None:
        """Ask the app to come back on a new line, as Slack does every few hours; or drop the line without a word."""
        for line in list(self._lines):
            if reason != DROPPED:
                await line.socket.send_str(
                    dump({"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}})
                )
            await line.socket.close()

    async def hang_up(self) -> None:
        await asyncio.gather(*(line.socket.close() for line in list(self._lines)))

"""`/client/<verb>` and the WebSocket: a person's side of the sandbox."""

import asyncio
import json

from aiohttp import WSMsgType, web

from sandbox import client_shapes
from sandbox.client import VERBS, Act
from sandbox.client.reading import team
from sandbox.client.sentences import SENTENCES
from sandbox.errors import ClientError, SlackError
from sandbox.pushes import Socket, dump
from sandbox.stage.recording import Recorder
from sandbox.workspace import Json
from sandbox.world import World


class ClientDoor:
    def __init__(self, world: World, recorder: Recorder) -> None:
        self._world = world
        self._recorder = recorder
        self._connections: set[web.WebSocketResponse] = set()

    async def handle(self, http: web.Request) -> web.Response:
        """Do what the person asks."""
        handler = VERBS.get(http.match_info["verb"])
        if handler is None:
            return _json({"ok": False, "error": "There is no such verb."}, status=404)
        try:
            body = json.loads(await http.read())
        except ValueError:
            body = None
        if not isinstance(body, dict):
            return _json({"ok": False, "error": "The body must be a JSON object."}, status=400)
        user = self._world.workspace.users.get(str(body.get("user")))
        if user is None or user.deleted:
            return _json({"ok": False, "error": "Say who you are: a user of this workspace."})
        sketch = self._recorder.sketch(user, http.match_info["verb"], body)
        try:
            answer = await handler(Act(self._world, user, body))
        except ClientError as refusal:
            return _json({"ok": False, "error": str(refusal), **refusal.extras})
        except SlackError as refusal:
            return _json({"ok": False, "error": SENTENCES.get(refusal.code, refusal.code), "code": refusal.code})
        self._recorder.keep(sketch)
        return _json({"ok": True, **answer})

    async def close(self, app: web.Application) -> None:
        """Hang up, so that stopping waits for nobody."""
        await asyncio.gather(*(connection.close() for connection in list(self._connections)))

    async def cast(self, http: web.Request) -> web.Response:
        """Answer who one can be."""
        people = [one for one in self._world.workspace.people() if not one.deleted]
        shapes = [client_shapes.user(self._world, one) for one in people]
        return _json({"ok": True, "team": team(self._world), "people": shapes})

    async def socket(self, http: web.Request) -> web.WebSocketResponse:
        """Push news to one client until it goes."""
        user = http.query.get("user", "")
        if user not in self._world.workspace.users:
            raise web.HTTPNotFound(text="There is nobody with this id.")
        connection = web.WebSocketResponse(heartbeat=30, compress=False)
        await connection.prepare(http)
        socket = Socket(connection, user, hood=http.query.get("hood") == "1")
        await connection.send_str(dump({"type": "hello", "user": user, "seq": 0, "now": self._world.clock.now()}))
        self._world.hub.add(socket)
        self._connections.add(connection)
        writer = asyncio.create_task(socket.write())
        try:
            async for message in connection:
                if message.type is WSMsgType.ERROR:
                    break
        finally:
            self._world.hub.remove(socket)
            self._connections.discard(connection)
            writer.cancel()
        return connection


def _json(body: Json, *, status: int = 200) -> web.Response:
    return web.Response(text=dump(body), status=status, content_type="application/json")

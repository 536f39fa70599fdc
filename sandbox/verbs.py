"""How `/sandbox/<verb>` answers: JSON, and a sentence with HTTP 400 for mistakes."""

import json
from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.pushes import dump
from sandbox.workspace import Json

Verb = Callable[[web.Request, Json], Awaitable[Json]]


def answering(verb: Verb) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(http: web.Request) -> web.Response:
        try:
            raw = await http.read()
            body = json.loads(raw) if raw else {}
            if not isinstance(body, dict):
                raise ValueError("The body must be a JSON object.")
            answer, status = {"ok": True, **await verb(http, body)}, 200
        except (ValueError, TypeError, KeyError) as wrong:
            answer, status = {"ok": False, "error": str(wrong)}, 400
        return web.Response(text=dump(answer), status=status, content_type="application/json")

    return handle

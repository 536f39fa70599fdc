"""A Slack that takes every call at once and remembers nothing: what is measured in front of it is Response alone.

python -m bench.instant_slack PORT [MILLISECONDS]
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from typing import Any, Final

from aiohttp import web

BOT: Final = {"user_id": "U0BOT", "bot_id": "B0BOT"}
INCIDENTS: Final = {"id": "C0INCIDENTS", "name": "incidents", "is_channel": True, "is_member": True}
PEOPLE: Final = ("U0ADA", "U0GRACE", "U0LINUS")

_numbers = itertools.count(1)


def _person(user_id: str) -> dict[str, Any]:
    name = user_id.removeprefix("U0").lower()
    profile = {"real_name": name.title(), "display_name": name, "email": f"{name}@example.com"}
    names = {"name": name, "real_name": name.title(), "profile": profile}
    return {"id": user_id, "team_id": "T0SANDBOX", "tz": "UTC", **names}


def _posted(args: dict[str, Any]) -> dict[str, Any]:
    ts = args.get("ts") or f"{int(time.time())}.{next(_numbers) % 1_000_000:06}"
    return {"channel": args.get("channel", "C0"), "ts": ts, "message": {"ts": ts, "text": "", **BOT}}


def answer(method: str, args: dict[str, Any]) -> dict[str, Any]:
    """Return what Slack would answer, as far as Response reads it."""
    match method:
        case "auth.test":
            return {
                "team_id": "T0SANDBOX",
                "team": "Bench",
                "url": "https://bench.slack.com/",
                "user": "response",
                **BOT,
            }
        case "bots.info":
            return {"bot": {"id": BOT["bot_id"], "app_id": "A0RESPONSE", "user_id": BOT["user_id"]}}
        case "users.list":
            return {"members": [_person(each) for each in PEOPLE]}
        case "users.info":
            return {"user": _person(args.get("user", PEOPLE[0]))}
        case "conversations.list" | "users.conversations":
            return {"channels": [INCIDENTS]}
        case "conversations.info":
            return {"channel": {**INCIDENTS, "id": args.get("channel", "C0")}}
        case "conversations.create":
            channel = {"id": f"C0BENCH{next(_numbers)}", "name": args["name"], "is_private": False, "is_channel": True}
            return {"channel": {**channel, "creator": BOT["user_id"], "created": int(time.time())}}
        case "conversations.open":
            return {"channel": {"id": f"D0{args.get('users', '')}"}}
        case "conversations.members":
            return {"members": [BOT["user_id"], *PEOPLE]}
        case "conversations.history" | "conversations.replies":
            return {"messages": [], "has_more": False}
        case "bookmarks.add":
            return {"bookmark": {"id": f"Bk{next(_numbers)}"}}
        case "chat.postMessage" | "chat.update":
            return _posted(args)
        case "chat.postEphemeral":
            return {"message_ts": _posted(args)["ts"]}
        case _:
            return {}


def application(latency: float) -> web.Application:
    """`latency` is how many seconds each answer takes."""

    async def call(request: web.Request) -> web.Response:
        is_json = request.content_type == "application/json"
        sent = json.loads(await request.text() or "{}") if is_json else await request.post()
        args = {key: value for key, value in sent.items() if isinstance(value, str)}
        if latency:
            await asyncio.sleep(latency)
        return web.json_response({"ok": True, **answer(request.match_info["method"], args)})

    app = web.Application()
    app.router.add_route("*", "/api/{method}", call)
    return app


if __name__ == "__main__":
    milliseconds = float(sys.argv[2]) if len(sys.argv) > 2 else 0.0
    web.run_app(application(milliseconds / 1000), host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)

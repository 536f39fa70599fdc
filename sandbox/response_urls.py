"""`response_url`: an app may answer a command or a click five times within half an hour."""

import json
import secrets
from typing import Any

from aiohttp import web

from sandbox import messages
from sandbox.errors import SlackError
from sandbox.limits import LIMITS
from sandbox.message_content import checked_content
from sandbox.pushes import dump
from sandbox.workspace import BOT_ID, BOT_USER, Channel, Json, Message
from sandbox.world import Call, ResponseUrl, World


def new_response_url(
    world: World, user: str, channel: str, *, message_ts: str | None = None, thread_ts: str | None = None
) -> str:
    token = secrets.token_urlsafe(18)
    world.response_urls[token] = ResponseUrl(token, user, channel, world.clock.now(), message_ts, thread_ts)
    return f"{world.base_url}commands/{token}"


def answer(world: World, url: ResponseUrl, raw: Json) -> None:
    """Do what the app answered: say something, or change what was clicked. Raises `SlackError`."""
    channel = world.workspace.channels.get(url.channel)
    if channel is None:
        raise SlackError("channel_not_found")
    original = _original(channel, url)
    if _said(raw.get("delete_original")):
        if original is not None:
            _delete(world, channel, original)
        return
    content = checked_content(raw)
    if _said(raw.get("replace_original")) and original is not None:
        _replace(world, channel, original, content)
        return
    if channel.is_archived:
        raise SlackError("is_archived")
    message = Message(
        world.clock.next_ts(),
        channel.id,
        BOT_USER,
        bot_id=BOT_ID,
        thread_ts=raw.get("thread_ts") or (url.thread_ts if raw.get("response_type") != "in_channel" else None),
        **content,
    )
    if raw.get("response_type") == "in_channel":
        messages.post(world, channel, message)
    else:
        message.ephemeral_to = url.user
        messages.post_ephemeral(world, channel, message)


def _original(channel: Channel, url: ResponseUrl) -> Message | None:
    if url.message_ts is None:
        return None
    return channel.ephemerals.get(url.user, {}).get(url.message_ts) or channel.messages.get(url.message_ts)


def _delete(world: World, channel: Channel, original: Message) -> None:
    if original.ephemeral_to:
        messages.delete_ephemeral(world, channel, original.ephemeral_to, original.ts)
    else:
        messages.delete(world, channel, original)


def _replace(world: World, channel: Channel, original: Message, content: Json) -> None:
    if original.ephemeral_to:
        for name, value in content.items():
            setattr(original, name, value)
        messages.post_ephemeral(world, channel, original)
    else:
        messages.update(world, channel, original, content, by=BOT_USER)


def _said(flag: Any) -> bool:
    return flag is True or str(flag).lower() == "true"


class ResponseUrlDoor:
    def __init__(self, world: World) -> None:
        self._world = world

    async def handle(self, http: web.Request) -> web.Response:
        """Take a POST to a response_url."""
        world = self._world
        with world.activity.going_on():
            raw = await http.read()
            call = Call(next(world.numbers), world.clock.now(), "response_url", {})
            try:
                self._act(call, http.match_info["token"], raw)
                call.answer = {"ok": True}
            except SlackError as refusal:
                call.answer = {"ok": False, "error": refusal.code}
                call.http_status = 404 if refusal.code in ("expired_url", "used_url", "invalid_url") else 400
                if refusal.messages:
                    call.answer["response_metadata"] = {"messages": refusal.messages}
            world.calls.append(call)
            world.hub.push_hood({"type": "call", "call": call.shape()})
        return web.Response(text=dump(call.answer), status=call.http_status, content_type="application/json")

    def _act(self, call: Call, token: str, raw: bytes) -> None:
        world = self._world
        url = world.response_urls.get(token)
        if url is None:
            raise SlackError("invalid_url")
        if world.clock.now() - url.created > LIMITS["response_url life"].most:
            raise SlackError("expired_url")
        if url.uses >= LIMITS["response_url uses"].most:
            raise SlackError("used_url")
        try:
            body = json.loads(raw)
        except ValueError:
            raise SlackError("invalid_payload") from None
        if not isinstance(body, dict):
            raise SlackError("invalid_payload")
        call.args = body
        answer(world, url, body)
        url.uses += 1

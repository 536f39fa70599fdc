"""`/api/<method>`: read a call, apply faults and Slack's rules, answer, and remember the call."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.arguments import METHODS, read_arguments
from sandbox.errors import SlackError
from sandbox.faults import Rule
from sandbox.pushes import dump
from sandbox.web_api import HANDLERS
from sandbox.web_api.registry import ApiCall
from sandbox.workspace import BOT_USER, Json
from sandbox.world import Call, World

NO_TOKEN_NEEDED = frozenset({"api.test", "oauth.v2.access", "openid.connect.token"})
APP_TOKEN_METHODS = frozenset({"apps.connections.open"})
USER_TOKEN_METHODS = frozenset({"openid.connect.userInfo"})


@dataclass(slots=True)
class Request:
    method: str
    args: Json
    token: str | None
    body_error: str | None = None
    # Sent as JSON to a method that reads only forms.
    unread_json: bool = False


class ApiDoor:
    def __init__(self, world: World) -> None:
        self._world = world

    async def handle(self, http: web.Request) -> web.StreamResponse:
        request = await read_request(http)
        with self._world.activity.going_on():
            return await self._answer(http, request)

    async def _answer(self, http: web.Request, request: Request) -> web.StreamResponse:
        world = self._world
        started = time.perf_counter()
        call = Call(next(world.numbers), world.clock.now(), request.method, request.args)
        rule = world.faults.rule_for(request.method, request.args, now=call.at)
        if rule is not None and rule.times is not None:
            world.show_faults()
        if world.faults.down:
            call.fault, call.http_status = "down", 503
        elif rule is not None and rule.fault in ("ratelimited", "server_error", "lost_request", "hang"):
            await self._refuse(call, rule)
        else:
            if rule is not None:
                call.fault = rule.fault
                if rule.fault == "slow":
                    await asyncio.sleep(rule.seconds)
            self._act(call, request, rule)
        if delay := world.faults.delay():
            await asyncio.sleep(delay)
        call.ms = round((time.perf_counter() - started) * 1000, 2)
        self._remember(call)
        return await self._respond(http, call, rule)

    async def _refuse(self, call: Call, rule: Rule) -> None:
        """Answer as the fault says, and do nothing else."""
        call.fault = rule.fault
        if rule.fault == "ratelimited":
            call.http_status, call.answer = 429, {"ok": False, "error": "ratelimited"}
        elif rule.fault == "server_error":
            call.http_status = 500
        elif rule.fault == "hang":
            await asyncio.sleep(rule.seconds)

    def _act(self, call: Call, request: Request, rule: Rule | None) -> None:
        """Do what was asked, or note why not."""
        try:
            if rule is not None and rule.fault.startswith("error:"):
                raise SlackError(rule.fault.removeprefix("error:"))
            call.answer = {"ok": True, **self._perform(request)}
        except SlackError as refusal:
            call.answer = {"ok": False, "error": refusal.code}
            call.answer |= {name: value for name, value in refusal.extras.items() if name != "retry_after"}
            if refusal.messages:
                call.answer["response_metadata"] = {"messages": refusal.messages}
            if refusal.code == "ratelimited":
                call.http_status = 429
                call.fault = f"retry_after:{refusal.extras.get('retry_after', 1)}"
        if rule is not None and rule.fault == "server_error_after":
            call.http_status = 500

    def _perform(self, request: Request) -> Json:
        world = self._world
        method, handler = METHODS.get(request.method), HANDLERS.get(request.method)
        if method is None or handler is None:
            raise SlackError("unknown_method", req_method=request.method)
        acting_user = self._check_token(request)
        if request.body_error:
            raise SlackError(request.body_error)
        if world.faults.enforce_rates != "off" and (wait := world.rates.wait_for_method(method.name, method.tier)):
            raise SlackError("ratelimited", retry_after=wait)
        call = ApiCall(world, method, {}, acting_user)
        call.needs_scope(*method.scopes)
        try:
            call.args = read_arguments(method, request.args)
        except SlackError as refusal:
            if request.unread_json:
                refusal.messages.append(f"[WARN] {method.name} does not read a JSON body: send a form")
            raise
        return handler(call)

    def _check_token(self, request: Request) -> str:
        """Return whose token it is. Raises `SlackError` for a wrong one."""
        world = self._world
        if request.method in NO_TOKEN_NEEDED:
            return BOT_USER
        if not request.token:
            raise SlackError("not_authed")
        if request.method in USER_TOKEN_METHODS and request.token in world.user_tokens:
            return world.user_tokens[request.token]
        wanted = world.config.app_token if request.method in APP_TOKEN_METHODS else world.config.bot_token
        if request.token != wanted:
            known = request.token in (world.config.app_token, world.config.bot_token)
            raise SlackError("not_allowed_token_type" if known else "invalid_auth")
        if request.method in USER_TOKEN_METHODS:
            raise SlackError("not_allowed_token_type")
        if world.faults.token_revoked:
            raise SlackError("token_revoked")
        return BOT_USER

    def _remember(self, call: Call) -> None:
        self._world.calls.append(call)
        if self._world.hub.has_hood:
            self._world.hub.push_hood({"type": "call", "call": call.shape()})

    async def _respond(self, http: web.Request, call: Call, rule: Rule | None) -> web.StreamResponse:
        headers = {
            "X-Slack-Req-Id": f"sandbox-{call.id}",
            "X-OAuth-Scopes": ",".join(sorted(self._world.manifest.scopes)),
        }
        if call.fault in ("lost_answer", "lost_request", "hang"):
            return drop_connection(http)
        if call.http_status in (500, 503):
            return web.Response(status=call.http_status, text="The sandbox was told to fail.", headers=headers)
        if call.http_status == 429:
            headers["Retry-After"] = str(rule.retry_after) if rule else (call.fault or "1").partition(":")[2]
        if call.fault == "garbage":
            return web.Response(text="<html>gateway</html>", content_type="text/html", headers=headers)
        return web.Response(
            text=dump(call.answer), status=call.http_status, content_type="application/json", headers=headers
        )


def drop_connection(http: web.Request) -> web.StreamResponse:
    """Close the line without an answer."""
    if http.transport is not None:
        http.transport.abort()
    return web.Response()


async def read_request(http: web.Request) -> Request:
    """Read method, arguments and token, wherever Slack lets them be. The token goes nowhere else."""
    name = http.match_info["method"]
    method = METHODS.get(name)
    # Slack looks only at JSON bodies of methods that take them.
    wrong_kind = http.content_type == "application/json" and method is not None and not method.takes_json
    unread_json = wrong_kind and await http.read() not in (b"", b"{}")
    given: dict[str, Any] = dict(http.query)
    error = None
    if http.method == "POST" and not unread_json:
        body, error = await _read_body(http)
        given |= body
    token = given.pop("token", None)
    authorization = http.headers.get("Authorization", "")
    if authorization.lower().startswith("bearer "):
        token = authorization[7:].strip()
    return Request(name, given, str(token) if token else None, error, unread_json)


async def _read_body(http: web.Request) -> tuple[Mapping[str, Any], str | None]:
    kind = http.content_type
    if kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        form = await http.post()
        return {name: value for name, value in form.items() if isinstance(value, str)}, None
    if kind == "application/json":
        raw = await http.read()
        if not raw:
            return {}, None
        try:
            body = json.loads(raw)
        except ValueError:
            return {}, "invalid_json"
        return (body, None) if isinstance(body, dict) else ({}, "json_not_object")
    if http.can_read_body and await http.read():
        return {}, "invalid_post_type"
    return {}, None

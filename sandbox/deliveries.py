"""Requests to the app: signed as Slack signs, retried as Slack retries, remembered for whoever looks under the hood.

Events go out in lanes, one a channel: the next event's first try starts when the one before it was answered, or when
the app has taken longer than `LANE_PATIENCE`. Slack promises no order at all; this is the order one usually sees.
"""

import asyncio
import hashlib
import hmac
import itertools
import json
import time
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import aiohttp

from sandbox.pushes import dump
from sandbox.reply import Reply
from sandbox.workspace import Json

if TYPE_CHECKING:
    from sandbox.world import World

LANE_PATIENCE = 0.5
# docs.slack.dev/apis/events-api: "nearly immediately", after one minute, after five minutes.
RETRY_PAUSES = (0.0, 60.0, 300.0)
REMEMBERED = 5000
BODY_KEPT = 2000


@dataclass(slots=True)
class Attempt:
    at: float
    status: int | None
    ms: float
    reason: str | None
    retry_num: int | None
    body: str


@dataclass(slots=True)
class Delivery:
    id: int
    at: float
    kind: str
    type: str
    channel: str | None
    url: str | None
    payload: Json
    event_id: str | None = None
    state: str = "queued"
    problem: str | None = None
    attempts: list[Attempt] = field(default_factory=list)

    def shape(self) -> Json:
        return {
            "id": self.id,
            "at": self.at,
            "kind": self.kind,
            "type": self.type,
            "channel": self.channel,
            "url": self.url,
            "event_id": self.event_id,
            "payload": self.payload,
            "state": self.state,
            "problem": self.problem,
            "attempts": [
                {
                    "at": one.at,
                    "status": one.status,
                    "ms": one.ms,
                    "reason": one.reason,
                    "retry_num": one.retry_num,
                    "body": one.body[:BODY_KEPT],
                }
                for one in self.attempts
            ],
        }


def signed_headers(body: bytes, secret: str, content_type: str, *, at: int) -> dict[str, str]:
    """Return the headers of a request from Slack, signed `at` a time in Unix seconds."""
    timestamp = str(at)
    mac = hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256)
    return {
        "Content-Type": content_type,
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        "Accept": "*/*",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": f"v0={mac.hexdigest()}",
    }


class Deliveries:
    def __init__(self, world: "World") -> None:
        self._world = world
        self._numbers = itertools.count(1)
        self._session: aiohttp.ClientSession | None = None
        self._lanes: dict[str, deque[Delivery]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.kept: deque[Delivery] = deque(maxlen=REMEMBERED)
        self.waiting = 0

    async def start(self) -> None:
        # A fresh connection each time: an app server that closes idle ones must not look like a failing app.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=200, force_close=True),
            auto_decompress=True,
        )

    async def stop(self) -> None:
        await self.forget_all()
        if self._session:
            await self._session.close()

    async def forget_all(self) -> None:
        """Drop what is queued, in flight or waiting."""
        for queue in self._lanes.values():
            for _ in queue:
                self._world.activity.end()
            queue.clear()
        self._lanes.clear()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.kept.clear()
        self.waiting = 0

    def find(self, delivery_id: int) -> Delivery | None:
        return next((one for one in self.kept if one.id == delivery_id), None)

    # Events

    def send_event(self, envelope: Json, *, type_: str, channel: str | None) -> None:
        """Put an event into its channel's lane, and apply the faults for deliveries to it."""
        world = self._world
        faults = world.faults.deliveries
        delivery = self._new("event", type_, envelope, channel=channel, url=world.url_for("events"))
        delivery.event_id = envelope.get("event_id")
        lost = faults.take_drop()
        twice = not lost and faults.take_duplicate()
        if lost or twice:
            world.show_faults()
        if lost or not (delivery.url or world.lines or world.manifest.socket_mode):
            self._set_state(delivery, "dropped")
            return
        self._enqueue(delivery)
        if twice:
            again = self._new("event", type_, envelope, channel=channel, url=delivery.url)
            again.event_id = delivery.event_id
            self._enqueue(again)

    def redeliver(self, old: Delivery) -> Delivery:
        """Send the same payload once more."""
        new = self._new(
            old.kind, old.type, old.payload, channel=old.channel, url=old.url or self._world.url_for("events")
        )
        new.event_id = old.event_id
        if old.kind == "event":
            self._enqueue(new)
        else:
            self._spawn(self._ask_again(new))
        return new

    def _enqueue(self, delivery: Delivery) -> None:
        self._world.activity.begin()
        lane = delivery.channel or ""
        self._announce(delivery)
        if lane in self._lanes:
            queue = self._lanes[lane]
            if self._world.faults.deliveries.shuffle and queue:
                queue.insert(len(queue) - 1, delivery)
            else:
                queue.append(delivery)
            return
        self._lanes[lane] = deque([delivery])
        self._spawn(self._drive(lane))

    async def _drive(self, lane: str) -> None:
        """Start the first try of each delivery of a lane, one after the other."""
        queue = self._lanes[lane]
        while queue:
            if delay := self._world.faults.deliveries.delay_ms:
                await asyncio.sleep(delay / 1000)
            first_try = self._try(queue.popleft())
            await asyncio.wait({first_try}, timeout=LANE_PATIENCE)
        # Nothing was awaited since the queue was seen empty, so nobody can have added to it.
        del self._lanes[lane]

    def _try(self, delivery: Delivery) -> asyncio.Task[None]:
        """Start the next try of an event. Its activity, begun before, ends with the task, even one cancelled unborn."""
        task = self._spawn(self._deliver(delivery))
        task.add_done_callback(lambda _: self._world.activity.end())
        return task

    async def _deliver(self, delivery: Delivery) -> None:
        retry_num = len(delivery.attempts)
        reason = delivery.attempts[-1].reason if delivery.attempts else None
        reply = await self._post(delivery, *_json_body(delivery.payload), retry_num=retry_num, retry_reason=reason)
        if reply.reason is None:
            self._set_state(delivery, "delivered")
        elif reply.no_retry or retry_num >= len(RETRY_PAUSES):
            self._set_state(delivery, "failed")
        else:
            self._retry_later(delivery, RETRY_PAUSES[retry_num])

    def _retry_later(self, delivery: Delivery, pause: float) -> None:
        def again() -> None:
            self._world.activity.begin()
            self._try(delivery)

        def waited() -> None:
            self.waiting -= 1
            again()

        if not pause:
            again()
            return
        self.waiting += 1
        self._set_state(delivery, "waiting")
        self._world.timers.after(pause, waited)

    # Questions: somebody waits for the app's answer

    async def ask(
        self, kind: str, type_: str, payload: Json, *, channel: str | None, url: str | None, form: Json | None = None
    ) -> tuple[Delivery, Reply]:
        """Send an interaction, or a slash command as `form`. Slack never retries these."""
        delivery = self._new(kind, type_, payload, channel=channel, url=url)
        with self._world.activity.going_on():
            return delivery, await self._ask(delivery, form)

    async def _ask(self, delivery: Delivery, form: Json | None) -> Reply:
        fields = form if form is not None else {"payload": dump(delivery.payload)}
        body = urlencode(fields).encode()
        reply = await self._post(delivery, body, "application/x-www-form-urlencoded")
        self._set_state(delivery, "failed" if reply.reason else "delivered")
        return reply

    async def _ask_again(self, delivery: Delivery) -> None:
        with self._world.activity.going_on():
            await self._ask(delivery, delivery.payload if delivery.kind == "slash_command" else None)

    async def send_raw(self, payload: Json, *, shape: str, signed: bool) -> Reply:
        """Send what Slack sends besides events and interactions, once: `shape` is "json", "form" or "payload"."""
        delivery = self._new(
            "request", str(payload.get("type", "")), payload, channel=None, url=self._world.url_for("events")
        )
        body, content_type = _json_body(payload)
        if shape != "json":
            fields = payload if shape == "form" else {"payload": dump(payload)}
            body, content_type = urlencode(fields).encode(), "application/x-www-form-urlencoded"
        with self._world.activity.going_on():
            if signed:
                reply = await self._post(delivery, body, content_type)
            else:
                reply = await self._request(delivery.url, body, {"Content-Type": content_type})
        self._set_state(delivery, "failed" if reply.reason else "delivered")
        return reply

    def complain(self, delivery: Delivery, problem: str) -> None:
        """Say what was wrong with the app's answer, for whoever looks under the hood."""
        delivery.problem = problem
        self._announce(delivery)

    # Sending

    async def _post(
        self,
        delivery: Delivery,
        body: bytes,
        content_type: str,
        *,
        retry_num: int = 0,
        retry_reason: str | None = None,
    ) -> Reply:
        self._set_state(delivery, "in_flight")
        started = time.perf_counter()
        if self._world.lines or self._world.manifest.socket_mode:
            reply = await self._world.lines.deliver(
                delivery.kind, delivery.payload, retry_num=retry_num, retry_reason=retry_reason
            )
        else:
            headers = signed_headers(
                body, self._world.config.signing_secret, content_type, at=self._world.clock.signing_time()
            )
            if retry_num:
                headers |= {"X-Slack-Retry-Num": str(retry_num), "X-Slack-Retry-Reason": retry_reason or ""}
            reply = await self._request(delivery.url, body, headers)
        ms = round((time.perf_counter() - started) * 1000, 1)
        now = self._world.clock.now()
        delivery.attempts.append(Attempt(now, reply.status, ms, reply.reason, retry_num or None, reply.body))
        return reply

    async def _request(self, url: str | None, body: bytes, headers: dict[str, str]) -> Reply:
        if url is None or self._session is None:
            return Reply(None, "", "connection_failed")
        try:
            patience = aiohttp.ClientTimeout(total=self._world.faults.patience)
            async with self._session.post(
                url, data=body, headers=headers, allow_redirects=False, timeout=patience
            ) as answer:
                text = await answer.text(errors="replace")
                good = 200 <= answer.status < 300
                no_retry = answer.headers.get("X-Slack-No-Retry") == "1"
                return Reply(answer.status, text, None if good else "http_error", no_retry, answer.content_type)
        except TimeoutError:
            return Reply(None, "", "http_timeout")
        except aiohttp.ClientError:
            return Reply(None, "", "connection_failed")

    def _new(self, kind: str, type_: str, payload: Json, *, channel: str | None, url: str | None) -> Delivery:
        delivery = Delivery(next(self._numbers), self._world.clock.now(), kind, type_, channel, url, payload)
        self.kept.append(delivery)
        return delivery

    def _set_state(self, delivery: Delivery, state: str) -> None:
        delivery.state = state
        self._announce(delivery)

    def _announce(self, delivery: Delivery) -> None:
        if self._world.hub.has_hood:
            self._world.hub.push_hood({"type": "delivery", "delivery": delivery.shape()})

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _json_body(payload: Json) -> tuple[bytes, str]:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode(), "application/json"

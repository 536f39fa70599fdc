"""What people do in the sandbox, and what they see, by its published protocol (sandbox/PROTOCOL.md)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

CAST: Final = ("U0ADA", "U0GRACE", "U0LINUS", "U0KATHERINE", "U0RADIA", "U0ALAN")
GENERAL: Final = "C0GENERAL"
INCIDENTS: Final = "C0INCIDENTS"
FORMERLY: Final = {"faults": "weather"}  # names in sandboxes of older commits


class Refused(Exception):
    """The sandbox or the product said no, in its words."""


@dataclass(frozen=True)
class Call:
    """One call of the Web API that the product made. `at` is when Slack carried it out, in Unix seconds."""

    at: float
    method: str
    args: dict[str, Any]
    answer: dict[str, Any]

    @property
    def ok(self) -> bool:
        return bool(self.answer.get("ok"))

    @property
    def was_limited(self) -> bool:
        return self.answer.get("error") == "ratelimited"


class Workspace:
    """One person's client that is looked at under the hood too: it hears of every call at once."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        self._news = asyncio.Condition()
        self.is_listening = asyncio.Event()
        self.calls: list[Call] = []

    async def act(self, verb: str, user: str, **body: Any) -> dict[str, Any]:
        async with self._http.post(f"/client/{verb}", json={"user": user, **body}) as response:
            return _checked(await response.json())

    async def control(self, verb: str, **body: Any) -> dict[str, Any]:
        async with self._http.post(f"/sandbox/{verb}", json=body) as response:
            if response.status != 404 or verb not in FORMERLY:
                return _checked(await response.json())
        return await self.control(FORMERLY[verb], **body)

    async def look(self, verb: str, **query: str) -> dict[str, Any]:
        async with self._http.get(f"/sandbox/{verb}", params=query) as response:
            return _checked(await response.json())

    async def until(self, true: Callable[[], bool], *, seconds: float) -> None:
        """Wait until the calls made it true. Raise `TimeoutError`."""
        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(true)

    async def listen(self) -> None:
        """Follow the calls for ever."""
        async with self._http.ws_connect("/client/ws", params={"user": CAST[0], "hood": "1"}) as socket:
            async for message in socket:
                push = message.json()
                if push["type"] == "hello":
                    self.is_listening.set()
                elif push["type"] == "call":
                    await self._note(push["call"])

    async def _note(self, raw: dict[str, Any]) -> None:
        async with self._news:
            self.calls.append(Call(raw["at"], raw["method"], raw["args"], raw["answer"] or {}))
            self._news.notify_all()


def _checked(answer: dict[str, Any]) -> dict[str, Any]:
    if not answer.get("ok"):
        raise Refused(str(answer.get("error") or answer))
    return answer


@asynccontextmanager
async def workspace(url: str) -> AsyncIterator[Workspace]:
    """Open a client of the sandbox at `url`."""
    timeout = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(url, timeout=timeout) as http:
        client = Workspace(http)
        listening = asyncio.create_task(client.listen())
        try:
            await client.is_listening.wait()
            yield client
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

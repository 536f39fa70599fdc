"""The table of verbs: what a person can do in the client."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sandbox.errors import ClientError
from sandbox.workspace import Channel, Json, Message, User
from sandbox.world import World

Handler = Callable[["Act"], Awaitable[Json]]

VERBS: dict[str, Handler] = {}


def verb(name: str) -> Callable[[Handler], Handler]:
    """Register the function behind one verb."""

    def register(handler: Handler) -> Handler:
        if name in VERBS:
            raise ValueError(f"{name} has two handlers")
        VERBS[name] = handler
        return handler

    return register


@dataclass(slots=True)
class Act:
    """Somebody does something."""

    world: World
    user: User
    body: Json

    def text(self, name: str, default: str | None = None) -> str:
        value = self.body.get(name, default)
        if not isinstance(value, str):
            raise ClientError(f"{name} is missing.")
        return value

    def number(self, name: str, default: int) -> int:
        value = self.body.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise ClientError(f"{name} must be a number.")
        return value

    def flag(self, name: str) -> bool:
        return bool(self.body.get(name))

    def names(self, name: str) -> list[str]:
        value = self.body.get(name)
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise ClientError(f"{name} must be a list.")
        return value

    def values(self) -> dict[str, Any]:
        value = self.body.get("values") or {}
        if not isinstance(value, dict):
            raise ClientError("values must be an object.")
        return value

    def channel(self) -> Channel:
        """Return the channel of the body, which this person must see. An id or a name."""
        given = self.text("channel")
        workspace = self.world.workspace
        channel = workspace.channels.get(given) or workspace.channel_called(given)
        if channel is None or not channel.is_visible_to(self.user.id):
            raise ClientError(f"There is no channel {given}, or you are not in it.")
        return channel

    def own_channel(self) -> Channel:
        """Return the channel of the body, in which this person must be; it must be open."""
        channel = self.channel()
        if not channel.has(self.user.id):
            raise ClientError(f"You are not in #{channel.name}. Join it first.")
        if channel.is_archived:
            raise ClientError(f"#{channel.name} is archived.")
        return channel

    def message(self, channel: Channel) -> Message:
        """Return the message of the body: one of the channel, or one that only this person sees."""
        ts = self.text("ts")
        message = channel.messages.get(ts) or channel.ephemerals.get(self.user.id, {}).get(ts)
        if message is None:
            raise ClientError("This message is not there any more.")
        return message

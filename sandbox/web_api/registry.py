"""The table of Web API methods, and what each of them gets to work with."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sandbox.arguments import Method
from sandbox.errors import SlackError
from sandbox.workspace import BOT_USER, Channel, Json, Message, User
from sandbox.world import World

Item = TypeVar("Item")
Handler = Callable[["ApiCall"], Json]

HANDLERS: dict[str, Handler] = {}

_SCOPE_PREFIX = {"public": "channels:", "private": "groups:", "im": "im:", "mpim": "mpim:"}


def method(name: str) -> Callable[[Handler], Handler]:
    """Register the function that answers one method."""

    def register(handler: Handler) -> Handler:
        if name in HANDLERS:
            raise ValueError(f"{name} has two handlers")
        HANDLERS[name] = handler
        return handler

    return register


@dataclass(slots=True)
class ApiCall:
    """One call of the app, with its arguments read."""

    world: World
    method: Method
    args: Json
    # Whose token it is: the app's bot, except for the methods of user tokens.
    acting_user: str = BOT_USER

    # Arguments

    def text(self, name: str, default: str = "") -> str:
        value = self.args.get(name)
        return default if value is None else str(value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        return bool(self.args.get(name, default))

    def number(self, name: str, default: int) -> int:
        value = self.args.get(name)
        return default if value is None else int(value)

    def missing_scope(self, needed: Sequence[str]) -> SlackError:
        provided = ",".join(sorted(self.world.manifest.scopes))
        return SlackError("missing_scope", needed=",".join(needed), provided=provided)

    def needs_scope(self, *scopes: str) -> None:
        """Refuse unless the manifest holds one of the scopes."""
        if scopes and not self.world.manifest.scopes.intersection(scopes):
            raise self.missing_scope(scopes)

    # Look-ups

    def find_channel(self, given: str) -> Channel | None:
        """Return the channel with this id, if the app may know of it."""
        channel = self.world.workspace.channels.get(given)
        if channel is None or not channel.is_visible_to(BOT_USER):
            return None
        return channel

    def channel(self, name: str = "channel", *, by_name: bool = False) -> Channel:
        """Return the channel an argument names; the manifest must hold a scope for its kind."""
        given = self.text(name)
        channel = self.find_channel(given)
        if channel is None and by_name and (called := self.world.workspace.channel_called(given)):
            channel = self.find_channel(called.id)
        if channel is None:
            raise SlackError("channel_not_found")
        prefix = _SCOPE_PREFIX[channel.kind]
        self.needs_scope(*(scope for scope in self.method.scopes if scope.startswith(prefix)))
        return channel

    def channel_of_bot(self, name: str = "channel") -> Channel:
        """Return a channel in which the bot is."""
        channel = self.channel(name)
        if not channel.has(BOT_USER):
            raise SlackError("not_in_channel")
        return channel

    def message(self, channel: Channel, name: str = "ts") -> Message:
        message = channel.messages.get(self.text(name))
        if message is None or message.subtype == "tombstone":
            raise SlackError("message_not_found")
        return message

    def user(self, name: str = "user") -> User:
        user = self.world.workspace.users.get(self.text(name))
        if user is None:
            raise SlackError("user_not_found")
        return user

    # Pages

    def page(self, items: Sequence[Item], *, default: int, most: int) -> tuple[list[Item], str]:
        """Return the page that `cursor` and `limit` ask for, and the cursor of the next ('' when this is the last)."""
        limit = self.number("limit", default) or default
        if limit < 1 or limit > most:
            raise SlackError("invalid_limit")
        start = read_cursor(self.text("cursor"), "offset")
        begin = int(start) if start else 0
        end = begin + limit
        return list(items[begin:end]), write_cursor("offset", str(end)) if end < len(items) else ""


def write_cursor(kind: str, value: str) -> str:
    return base64.b64encode(f"{kind}:{value}".encode()).decode()


def read_cursor(cursor: str, kind: str) -> str | None:
    """Return what a cursor holds, None for the empty one. Raises `SlackError` for one that is not ours."""
    if not cursor:
        return None
    try:
        found, _, value = base64.b64decode(cursor.encode(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise SlackError("invalid_cursor") from None
    if found != kind or not value.isdigit():
        raise SlackError("invalid_cursor")
    return value

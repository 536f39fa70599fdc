"""Slack's own slash commands, as far as drills need them."""

import re
from collections.abc import Callable

from sandbox import conversations, messages
from sandbox.blocks import new_block_id
from sandbox.client.registry import Act
from sandbox.errors import ClientError
from sandbox.rich_text import rich_text
from sandbox.typed_text import to_tokens
from sandbox.workspace import Channel, Message, User

Command = Callable[[Act, Channel, str, str | None], None]
_USER = re.compile(r"<@(\w+)>")
_CHANNEL = re.compile(r"<#(\w+)\|")


def _say(act: Act, channel: Channel, text: str, thread_ts: str | None, subtype: str | None = None) -> None:
    message = Message(
        act.world.clock.next_ts(),
        channel.id,
        act.user.id,
        text,
        subtype=subtype,
        blocks=[rich_text(text)] if text else [{"type": "divider", "block_id": new_block_id()}],
        thread_ts=thread_ts,
    )
    messages.post(act.world, channel, message)


def _people(act: Act, text: str) -> list[User]:
    found = _USER.findall(to_tokens(act.world.workspace, text))
    if not found:
        raise ClientError("Name somebody, like @grace.")
    return [act.world.workspace.users[one] for one in found if one in act.world.workspace.users]


def _me(act: Act, channel: Channel, text: str, thread_ts: str | None) -> None:
    if not text:
        raise ClientError("Say what you do: /me nods")
    _say(act, channel, to_tokens(act.world.workspace, text), thread_ts, "me_message")


def _shrug(act: Act, channel: Channel, text: str, thread_ts: str | None) -> None:
    _say(act, channel, f"{to_tokens(act.world.workspace, text)} ¯\\_(ツ)_/¯".strip(), thread_ts)


def _topic(act: Act, channel: Channel, text: str, thread_ts: str | None) -> None:
    conversations.set_topic(act.world, channel, to_tokens(act.world.workspace, text), by=act.user.id)


def _invite(act: Act, channel: Channel, text: str, thread_ts: str | None) -> None:
    for user in _people(act, text):
        if not channel.has(user.id):
            conversations.add_member(act.world, channel, user.id, inviter=act.user.id)


def _remove(act: Act, channel: Channel, text: str, thread_ts: str | None) -> None:
    if channel.is_general:
        raise ClientError("Nobody can be removed from #general.")
    for user in _people(act, text):
        if channel.has(user.id):
            conversations.remove_member(act.world, channel, user.id, by=act.user.id)


def _join(act: Act, channel: Channel, text: str, thread_ts: str | None) -> None:
    found = _CHANNEL.search(to_tokens(act.world.workspace, text if text.startswith("#") else f"#{text}"))
    other = act.world.workspace.channels.get(found.group(1)) if found else None
    if other is None or not other.is_visible_to(act.user.id) or other.is_archived:
        raise ClientError(f"There is no channel {text} to join.")
    if not other.has(act.user.id):
        conversations.add_member(act.world, other, act.user.id)


def _leave(act: Act, channel: Channel, text: str, thread_ts: str | None) -> None:
    if channel.is_general or channel.is_direct:
        raise ClientError("This conversation cannot be left.")
    conversations.remove_member(act.world, channel, act.user.id, by=act.user.id)


def _archive(act: Act, channel: Channel, text: str, thread_ts: str | None) -> None:
    conversations.archive(act.world, channel, by=act.user.id)


def _rename(act: Act, channel: Channel, text: str, thread_ts: str | None) -> None:
    conversations.rename(act.world, channel, text, by=act.user.id)


def _direct(act: Act, channel: Channel, text: str, thread_ts: str | None) -> None:
    people = _people(act, text)
    direct, _ = conversations.open_direct(act.world, [act.user.id, people[0].id])
    said = _USER.sub("", to_tokens(act.world.workspace, text), count=1).strip()
    if said:
        _say(act, direct, said, None)


COMMANDS: dict[str, Command] = {
    "/me": _me,
    "/shrug": _shrug,
    "/topic": _topic,
    "/invite": _invite,
    "/remove": _remove,
    "/join": _join,
    "/leave": _leave,
    "/archive": _archive,
    "/rename": _rename,
    "/msg": _direct,
    "/dm": _direct,
}

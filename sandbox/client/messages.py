"""Verbs about messages."""

import re
import uuid

from sandbox import client_shapes, interactions, messages
from sandbox.client import typed_commands
from sandbox.client.registry import Act, verb
from sandbox.emoji import is_emoji
from sandbox.errors import ClientError
from sandbox.limits import LIMITS
from sandbox.rich_text import rich_text
from sandbox.typed_text import to_tokens, to_typed
from sandbox.workspace import BOT_USER, SLACKBOT, Channel, Json, Message

_COMMAND = re.compile(r"/[a-z][\w-]*", re.IGNORECASE)


@verb("message.send")
async def send(act: Act) -> Json:
    channel = act.own_channel()
    typed = act.text("text", "")
    thread_ts = act.body.get("thread_ts")
    if (found := _COMMAND.match(typed)) and not act.flag("raw"):
        return await _command(act, channel, found.group().lower(), typed[found.end() :].strip(), thread_ts)
    message = say(act, channel, typed, thread_ts=thread_ts)
    return {"ts": message.ts, "message": client_shapes.message(act.world, message, channel)}


def say(act: Act, channel: Channel, typed: str, *, thread_ts: str | None = None, subtype: str | None = None) -> Message:
    """Post what somebody typed."""
    text = typed if act.flag("raw") else to_tokens(act.world.workspace, typed)
    files = [str(one) for one in act.body.get("files") or []]
    if not text.strip() and not files:
        raise ClientError("There is nothing to send.")
    if len(text) > LIMITS["message text"].most:
        raise ClientError("Your message is too long.")
    message = Message(
        act.world.clock.next_ts(),
        channel.id,
        act.user.id,
        text,
        subtype=subtype or ("file_share" if files else None),
        blocks=[rich_text(text)] if text.strip() else [],
        thread_ts=_parent(channel, thread_ts),
        broadcast=bool(thread_ts) and act.flag("broadcast"),
        files=files,
        client_msg_id=str(uuid.uuid4()),
    )
    messages.post(act.world, channel, message)
    _offer_invitation(act, channel, message)
    return message


def _parent(channel: Channel, thread_ts: str | None) -> str | None:
    if not thread_ts:
        return None
    parent = channel.messages.get(thread_ts)
    if parent is None:
        raise ClientError("The message you answer is not there any more.")
    return parent.thread_ts if parent.is_reply else thread_ts


def _offer_invitation(act: Act, channel: Channel, message: Message) -> None:
    """Say, as Slackbot does, that the app mentioned is not here and so hears nothing."""
    if f"<@{BOT_USER}>" not in message.text or channel.has(BOT_USER) or channel.is_direct:
        return
    bot = act.world.bot
    text = f"<@{bot.id}> is not in this channel, so it cannot see your message. Add it: `/invite @{bot.name}`"
    hint = Message(
        act.world.clock.next_ts(), channel.id, SLACKBOT, text, thread_ts=message.thread_ts, ephemeral_to=act.user.id
    )
    messages.post_ephemeral(act.world, channel, hint)


async def _command(act: Act, channel: Channel, command: str, text: str, thread_ts: str | None) -> Json:
    if (own := typed_commands.COMMANDS.get(command)) is not None:
        own(act, channel, text, thread_ts)
        return {"command": True}
    found = act.world.manifest.commands.get(command)
    if found is None:
        raise ClientError(
            f'{command} is not a valid command. In Slack, all messages that start with the "/" character are '
            "interpreted as commands."
        )
    if thread_ts:
        raise ClientError(f"{command} is not supported in threads. Sorry!")
    await interactions.run_command(act.world, act.user, channel, found, text)
    return {"command": True}


@verb("message.edit")
async def edit(act: Act) -> Json:
    channel = act.own_channel()
    message = act.message(channel)
    if message.user != act.user.id:
        raise ClientError("You can only edit your own messages.")
    text = to_tokens(act.world.workspace, act.text("text"))
    if not text.strip():
        raise ClientError("There is nothing to send.")
    messages.update(act.world, channel, message, {"text": text, "blocks": [rich_text(text)]}, by=act.user.id)
    return {"message": client_shapes.message(act.world, message, channel)}


@verb("message.delete")
async def delete(act: Act) -> Json:
    channel = act.channel()
    message = act.message(channel)
    if message.ephemeral_to:
        messages.delete_ephemeral(act.world, channel, act.user.id, message.ts)
        return {}
    if message.user != act.user.id and not act.user.is_admin:
        raise ClientError("You can only delete your own messages.")
    messages.delete(act.world, channel, message)
    return {}


@verb("draft.text")
async def draft_text(act: Act) -> Json:
    return {"text": to_typed(act.world.workspace, act.message(act.channel()).text)}


@verb("typing")
async def typing(act: Act) -> Json:
    channel = act.channel()
    push = {"type": "typing", "channel": channel.id, "user": act.user.id}
    if thread_ts := act.body.get("thread_ts"):
        push["thread_ts"] = thread_ts
    act.world.hub.push([one for one in channel.members if one != act.user.id], push)
    return {}


def _own_message(act: Act) -> tuple[Channel, Message]:
    channel = act.own_channel()
    message = act.message(channel)
    if message.ephemeral_to:
        raise ClientError("Only you see this message, so it takes no reactions and no pins.")
    return channel, message


@verb("reaction.add")
async def reaction_add(act: Act) -> Json:
    channel, message = _own_message(act)
    name = act.text("name").strip(":")
    if not is_emoji(name):
        raise ClientError(f"There is no emoji :{name}:.")
    messages.add_reaction(act.world, channel, message, name, act.user.id)
    return {}


@verb("reaction.remove")
async def reaction_remove(act: Act) -> Json:
    channel, message = _own_message(act)
    messages.remove_reaction(act.world, channel, message, act.text("name").strip(":"), act.user.id)
    return {}


@verb("pin.add")
async def pin_add(act: Act) -> Json:
    channel, message = _own_message(act)
    messages.add_pin(act.world, channel, message, act.user.id)
    return {}


@verb("pin.remove")
async def pin_remove(act: Act) -> Json:
    channel, message = _own_message(act)
    messages.remove_pin(act.world, channel, message, act.user.id)
    return {}

"""Everything that can happen to a message. Whoever does it, a person or the app, comes through here."""

import re

from sandbox import client_shapes, shapes
from sandbox.errors import SlackError
from sandbox.events import tell_app
from sandbox.limits import LIMITS
from sandbox.news import Posted
from sandbox.workspace import BOT_USER, Channel, Json, Message, Pin, Unread
from sandbox.world import World

# Notices of the channel itself: they make nothing unread.
QUIET = frozenset(
    {
        "channel_join",
        "channel_leave",
        "channel_topic",
        "channel_purpose",
        "channel_name",
        "channel_archive",
        "channel_unarchive",
        "bot_add",
        "tombstone",
    }
)
_BROADCAST = re.compile(r"<!(here|channel|everyone)(\|[^>]*)?>")
_APP_MENTION = re.compile(rf"<@{BOT_USER}(\|[^>]*)?>")


def post(world: World, channel: Channel, message: Message) -> Message:
    """Put a new message into the channel and tell everybody."""
    channel.add_message(message)
    channel.last_read[message.user] = message.ts
    channel.unread.pop(message.user, None)
    _count_unread(world, channel, message)
    world.changes.note("channel", channel.id)
    _show(world, channel, message, "message")
    if message.is_reply and message.thread_ts in channel.messages:
        _show(world, channel, channel.messages[message.thread_ts], "message_changed")
    _tell_app_of_post(world, channel, message)
    world.news.tell(Posted(channel, message))
    return message


def post_of_another_app(world: World, channel: Channel, name: str, content: Json) -> Message:
    """Post what an incoming webhook of another app posts: it has a bot and a name, and no user."""
    bot_id = "B0" + "".join(char for char in name.upper() if char.isascii() and char.isalnum())[:9]
    app_id = f"A{bot_id[1:]}"
    profile = {"id": bot_id, "app_id": app_id, "name": name, "deleted": False, "updated": int(world.clock.now())}
    message = Message(
        world.clock.next_ts(),
        channel.id,
        user="",
        subtype="bot_message",
        bot_id=bot_id,
        username=name,
        extra={"app_id": app_id, "bot_profile": profile},
        **content,
    )
    return post(world, channel, message)


def unfurl(world: World, channel: Channel, message: Message, attachments: list[Json]) -> None:
    """Show what is behind a link of the message, as Slack does some seconds later."""
    update(world, channel, message, {"attachments": [*message.attachments, *attachments]}, by=message.user)


def post_notice(world: World, channel: Channel, user: str, subtype: str, text: str, **extra: object) -> Message:
    """Let the channel say what happened to it, in one person's name."""
    ts = world.clock.next_ts()
    return post(world, channel, Message(ts, channel.id, user, text, subtype=subtype, extra=dict(extra)))


def update(world: World, channel: Channel, message: Message, changed: Json, *, by: str) -> None:
    """Give the message new content. `changed` holds fields of `Message`."""
    previous = _event_shape(world, channel, message)
    if changed.get("text", message.text) != message.text:
        message.edited_by, message.edited_ts = by, f"{world.clock.next_ts().partition('.')[0]}.000000"
    for name, value in changed.items():
        setattr(message, name, value)
    _show(world, channel, message, "message_changed")
    _tell_app_of_change(world, channel, message, previous)
    if changed.get("text") is not None and channel.has(BOT_USER):
        # When an edited message mentions the app, Slack sends the whole mention again, with a new event id.
        _tell_app_of_mention(world, channel, message)


def delete(world: World, channel: Channel, message: Message) -> None:
    """Take the message away. One with replies leaves a stone behind."""
    previous = _event_shape(world, channel, message)
    if channel.pins.pop(message.ts, None):
        show_channel(world, channel)
    if message.ts in channel.threads:
        message.subtype, message.text, message.user = "tombstone", "This message was deleted.", "USLACKBOT"
        message.blocks, message.attachments, message.files, message.reactions = [], [], [], {}
        message.bot_id = message.username = message.metadata = message.edited_ts = None
        message.extra = {"hidden": True}
        _show(world, channel, message, "message_changed")
        _tell_app_of_change(world, channel, message, previous)
        return
    channel.remove_message(message)
    world.changes.note("message", f"{channel.id} {message.ts}")
    gone: Json = {"type": "message_deleted", "channel": channel.id, "ts": message.ts}
    if message.is_reply:
        gone["thread_ts"] = message.thread_ts
    world.hub.push(watchers(world, channel), gone)
    if message.is_reply and message.thread_ts in channel.messages:
        _show(world, channel, channel.messages[message.thread_ts], "message_changed")
    event: Json = {
        "type": "message",
        "subtype": "message_deleted",
        "hidden": True,
        "channel": channel.id,
        "ts": world.clock.next_ts(),
        "deleted_ts": message.ts,
        "previous_message": previous,
        "channel_type": shapes.CHANNEL_TYPES[channel.kind],
    }
    tell_app(world, event | {"event_ts": event["ts"]}, channel)


def post_ephemeral(world: World, channel: Channel, message: Message) -> None:
    """Show a message to its one reader, or show it anew. The app hears nothing of it."""
    reader = message.ephemeral_to
    assert reader is not None  # noqa: S101
    channel.ephemerals.setdefault(reader, {})[message.ts] = message
    world.changes.note("ephemeral", f"{channel.id} {message.ts} {reader}")
    shape = client_shapes.message(world, message, channel)
    world.hub.push([reader], {"type": "ephemeral", "channel": channel.id, "message": shape})


def delete_ephemeral(world: World, channel: Channel, reader: str, ts: str) -> None:
    if channel.ephemerals.get(reader, {}).pop(ts, None) is not None:
        world.changes.note("ephemeral", f"{channel.id} {ts} {reader}")
        world.hub.push([reader], {"type": "ephemeral_deleted", "channel": channel.id, "ts": ts})


def add_reaction(world: World, channel: Channel, message: Message, name: str, by: str) -> None:
    users = message.reactions.get(name, [])
    if by in users:
        raise SlackError("already_reacted")
    if name not in message.reactions and len(message.reactions) >= LIMITS["kinds of reaction on a message"].most:
        raise SlackError("too_many_emoji")
    message.reactions[name] = [*users, by]
    _reaction_news(world, channel, message, name, by, added=True)


def remove_reaction(world: World, channel: Channel, message: Message, name: str, by: str) -> None:
    users = message.reactions.get(name, [])
    if by not in users:
        raise SlackError("no_reaction")
    message.reactions[name] = [user for user in users if user != by]
    if not message.reactions[name]:
        del message.reactions[name]
    _reaction_news(world, channel, message, name, by, added=False)


def add_pin(world: World, channel: Channel, message: Message, by: str) -> None:
    if message.ts in channel.pins:
        raise SlackError("already_pinned")
    if len(channel.pins) >= LIMITS["pins in a channel"].most:
        raise SlackError("too_many_pins")
    pin = channel.pins[message.ts] = Pin(by, int(world.clock.now()))
    _pin_news(world, channel, message, by, pin, added=True)


def remove_pin(world: World, channel: Channel, message: Message, by: str) -> None:
    pin = channel.pins.pop(message.ts, None)
    if pin is None:
        raise SlackError("no_pin")
    _pin_news(world, channel, message, by, pin, added=False)


def pinned_item(world: World, channel: Channel, message: Message, pin: Pin) -> Json:
    """Return the item of `pins.list` and of the pin events."""
    shape = shapes.message(message, channel, world.workspace, world.base_url)
    shape.pop("pinned_info", None)
    shape["permalink"] = shapes.permalink(message, world.base_url)
    return {
        "type": "message",
        "created": pin.at,
        "created_by": pin.by,
        "channel": channel.id,
        "message": shape,
    }


def recount_unread(world: World, channel: Channel, user: str) -> Unread:
    """Count again what the person has not read."""
    last_read = channel.last_read.get(user, "")
    count = Unread()
    for ts in reversed(channel.timeline):
        if ts <= last_read:
            break
        message = channel.messages[ts]
        if message.user != user and message.subtype not in QUIET:
            count.messages += 1
            count.mentions += calls_for(world, channel, message, user)
    channel.unread[user] = count
    return count


def calls_for(world: World, channel: Channel, message: Message, user: str) -> bool:
    """Say whether the message asks for this person's attention."""
    if channel.is_direct or f"<@{user}" in message.text or _BROADCAST.search(message.text):
        return True
    return any(f"<!subteam^{one.id}" in message.text for one in world.workspace.groups.values() if user in one.users)


def show_unread(world: World, channel: Channel, user: str) -> None:
    if world.hub.is_watched_by(user):
        unread = channel.unread.get(user, Unread())
        push = {
            "type": "unread",
            "channel": channel.id,
            "unread": unread.messages,
            "mentions": unread.mentions,
            "last_read": channel.last_read.get(user, "0000000000.000000"),
            "latest": channel.latest_ts(),
        }
        world.hub.push([user], push)


def _count_unread(world: World, channel: Channel, message: Message) -> None:
    if message.subtype in QUIET or (message.is_reply and not message.broadcast):
        return
    for user in channel.members:
        if user not in (message.user, BOT_USER):
            unread = channel.unread.setdefault(user, Unread())
            unread.messages += 1
            unread.mentions += calls_for(world, channel, message, user)
            show_unread(world, channel, user)


def _show(world: World, channel: Channel, message: Message, push: str) -> None:
    world.changes.note("message", f"{channel.id} {message.ts}")
    if seeing := watchers(world, channel):
        shape = client_shapes.message(world, message, channel)
        world.hub.push(seeing, {"type": push, "channel": channel.id, "message": shape})


def watchers(world: World, channel: Channel) -> list[str]:
    """Return who has a client open and sees the channel."""
    return [one for one in world.hub.watchers() if channel.is_visible_to(one)]


def show_channel(world: World, channel: Channel) -> None:
    """Draw the channel itself anew: name, topic, members, pins, bookmarks."""
    world.changes.note("channel", channel.id)
    for watcher in watchers(world, channel):
        world.hub.push([watcher], {"type": "channel", "channel": client_shapes.channel(channel, watcher)})


def _event_shape(world: World, channel: Channel, message: Message) -> Json:
    # Apps get metadata in message events only when they may read it.
    with_metadata = "metadata.message:read" in world.manifest.scopes
    return shapes.message(message, channel, world.workspace, world.base_url, metadata=with_metadata)


def _tell_app_of_post(world: World, channel: Channel, message: Message) -> None:
    if not channel.has(BOT_USER):
        return
    event = _event_shape(world, channel, message)
    where = {
        "channel": channel.id,
        "event_ts": message.ts,
        "channel_type": shapes.CHANNEL_TYPES[channel.kind],
    }
    tell_app(world, event | where, channel)
    _tell_app_of_mention(world, channel, message)


def _tell_app_of_mention(world: World, channel: Channel, message: Message) -> None:
    mentioned = _APP_MENTION.search(message.text) and message.user != BOT_USER and not message.subtype
    if mentioned and channel.kind != "im":
        event = _event_shape(world, channel, message)
        kept = {name: value for name, value in event.items() if name not in ("subtype", "parent_user_id")}
        tell_app(world, kept | {"type": "app_mention", "channel": channel.id, "event_ts": message.ts}, channel)


def _tell_app_of_change(world: World, channel: Channel, message: Message, previous: Json) -> None:
    ts = world.clock.next_ts()
    event: Json = {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "channel": channel.id,
        "ts": ts,
        "message": _event_shape(world, channel, message),
        "previous_message": previous,
        "channel_type": shapes.CHANNEL_TYPES[channel.kind],
        "event_ts": ts,
    }
    tell_app(world, event, channel)


def _reaction_news(world: World, channel: Channel, message: Message, name: str, by: str, *, added: bool) -> None:
    _show(world, channel, message, "message_changed")
    push = {"type": "reaction", "channel": channel.id, "ts": message.ts, "name": name, "user": by, "added": added}
    world.hub.push(watchers(world, channel), push)
    event: Json = {
        "type": "reaction_added" if added else "reaction_removed",
        "user": by,
        "reaction": name,
        "item": {"type": "message", "channel": channel.id, "ts": message.ts},
        "item_user": message.user,
    }
    tell_app(world, event, channel)


def _pin_news(world: World, channel: Channel, message: Message, by: str, pin: Pin, *, added: bool) -> None:
    _show(world, channel, message, "message_changed")
    show_channel(world, channel)
    push = {"type": "pin", "channel": channel.id, "ts": message.ts, "user": by, "added": added}
    world.hub.push(watchers(world, channel), push)
    event: Json = {
        "type": "pin_added" if added else "pin_removed",
        "user": by,
        "channel_id": channel.id,
        "item": pinned_item(world, channel, message, pin),
        "item_user": message.user,
        "pin_count": len(channel.pins),
        "pinned_info": {"channel": channel.id, "pinned_by": pin.by, "pinned_ts": pin.at},
    }
    if not added:
        event["has_pins"] = bool(channel.pins)
    tell_app(world, event, channel)

"""Everything that can happen to a channel: its members, name, topic, bookmarks. Refusals are Slack's error codes."""

import re

from sandbox.errors import SlackError
from sandbox.events import channel_event, membership_event, tell_app
from sandbox.limits import LIMITS
from sandbox.messages import post_notice, recount_unread, show_channel, show_unread
from sandbox.news import ChannelMade
from sandbox.workspace import BOT_USER, Bookmark, Channel, Json, Note
from sandbox.world import World

_GOOD_NAME = re.compile(r"[\w-]+", re.UNICODE)
_PUNCTUATION_ONLY = re.compile(r"[\W_]+", re.UNICODE)


def show(world: World, channel: Channel) -> None:
    """Draw the channel anew for everybody who sees it."""
    channel.updated_ms = int(world.clock.now() * 1000)
    show_channel(world, channel)


def checked_name(world: World, name: str) -> str:
    """Return the name as Slack would keep it. Raises `SlackError` for the ones Slack refuses."""
    name = name.strip().removeprefix("#")
    if not name:
        raise SlackError("invalid_name_required")
    if len(name) > LIMITS["channel name"].most:
        raise SlackError("invalid_name_maxlength")
    if _PUNCTUATION_ONLY.fullmatch(name):
        raise SlackError("invalid_name_punctuation")
    if name != name.lower() or not _GOOD_NAME.fullmatch(name):
        raise SlackError("invalid_name_specials")
    if world.workspace.channel_called(name):
        raise SlackError("name_taken")
    return name


def create(world: World, name: str, *, private: bool, by: str) -> Channel:
    name = checked_name(world, name)
    now = int(world.clock.now())
    channel = Channel(world.ids.new("C"), name, "private" if private else "public", now, by, [by])
    world.workspace.channels[channel.id] = channel
    post_notice(world, channel, by, "channel_join", f"<@{by}> has joined the channel")
    show(world, channel)
    shape = {"id": channel.id, "name": name, "created": now, "creator": by, "name_normalized": name}
    if not private:
        tell_app(world, {"type": "channel_created", "channel": shape}, channel, members_only=False)
    if by == BOT_USER:
        membership_event(world, "member_joined_channel", channel, by)
    world.news.tell(ChannelMade(channel))
    return channel


def add_member(world: World, channel: Channel, user: str, *, inviter: str | None = None) -> None:
    """Let a person in. What was said before is not unread for them."""
    channel.members.append(user)
    channel.last_read[user] = channel.latest_ts()
    extra = {"inviter": inviter} if inviter else {}
    post_notice(world, channel, user, "channel_join", f"<@{user}> has joined the channel", **extra)
    show(world, channel)
    membership_event(world, "member_joined_channel", channel, user, inviter=inviter)


def remove_member(world: World, channel: Channel, user: str, *, by: str) -> None:
    text = f"<@{user}> has left the channel" if user == by else f"<@{user}> was removed from the channel by <@{by}>"
    channel.members.remove(user)
    post_notice(world, channel, user, "channel_leave", text)
    channel.unread.pop(user, None)
    channel.last_read.pop(user, None)
    show(world, channel)
    if not channel.is_visible_to(user):
        world.hub.push([user], {"type": "channel_gone", "channel": channel.id})
    membership_event(world, "member_left_channel", channel, user)
    if user == BOT_USER:
        event: Json = {"type": "group_left" if channel.kind == "private" else "channel_left", "channel": channel.id}
        tell_app(world, event | {"actor_id": by})


def rename(world: World, channel: Channel, name: str, *, by: str) -> None:
    """Give the channel another name. Its own present one is no change, and no error either."""
    old = channel.name
    if name.strip().removeprefix("#") == old:
        return
    channel.name = checked_name(world, name)
    channel.previous_names.insert(0, old)
    text = f'<@{by}> has renamed the channel from "{old}" to "{channel.name}"'
    post_notice(world, channel, by, "channel_name", text, old_name=old, name=channel.name)
    show(world, channel)
    private = channel.kind == "private"
    described: Json = {
        "id": channel.id,
        "is_channel": not private,
        "is_mpim": False,
        "name": channel.name,
        "name_normalized": channel.name,
        "created": channel.created,
    }
    channel_event(world, "rename", channel, {"channel": described})


def convert_to_private(world: World, channel: Channel, *, by: str) -> None:
    """Make a public channel private, as only owners of the workspace can."""
    channel.kind = "private"
    text = f"<@{by}> made this channel private"
    post_notice(world, channel, by, "channel_convert_to_private", text)
    show(world, channel)


def archive(world: World, channel: Channel, *, by: str) -> None:
    if channel.is_archived:
        raise SlackError("already_archived")
    if channel.is_general:
        raise SlackError("cant_archive_general")
    channel.is_archived = True
    post_notice(world, channel, by, "channel_archive", f"<@{by}> archived the channel")
    show(world, channel)
    channel_event(world, "archive", channel, {"channel": channel.id, "user": by, "is_moved": 0})


def unarchive(world: World, channel: Channel, *, by: str) -> None:
    if not channel.is_archived:
        raise SlackError("not_archived")
    channel.is_archived = False
    post_notice(world, channel, by, "channel_unarchive", f"<@{by}> un-archived the channel")
    show(world, channel)
    channel_event(world, "unarchive", channel, {"channel": channel.id, "user": by})


def delete(world: World, channel: Channel, *, by: str) -> None:
    """Delete the channel with all that was said in it, as only owners of the workspace can."""
    channel_event(world, "deleted", channel, {"channel": channel.id, "actor_id": by})
    _take_out(world, channel)


def share(world: World, channel: Channel, *, by: str) -> None:
    """Share the channel with another workspace, after which Slack may know it under another id."""
    old = channel.id
    _take_out(world, channel)
    channel.id = world.ids.new("C")
    for message in (
        *channel.messages.values(),
        *(one for kept in channel.ephemerals.values() for one in kept.values()),
    ):
        message.channel = channel.id
    for file in world.workspace.files.values():
        file.channels = [channel.id if one == old else one for one in file.channels]
    for scheduled in world.workspace.scheduled.values():
        scheduled.channel = channel.id if scheduled.channel == old else scheduled.channel
    world.workspace.channels[channel.id] = channel
    show(world, channel)
    tell_app(world, {"type": "channel_id_changed", "old_channel_id": old, "new_channel_id": channel.id}, channel)
    tell_app(world, {"type": "channel_shared", "connected_team_id": "T0PARTNER", "channel": channel.id}, channel)


def _take_out(world: World, channel: Channel) -> None:
    watching = [user for user in world.workspace.users if channel.is_visible_to(user)]
    del world.workspace.channels[channel.id]
    world.hub.push(watching, {"type": "channel_gone", "channel": channel.id})
    world.changes.everything()


def set_topic(world: World, channel: Channel, text: str, *, by: str) -> None:
    if len(text) > LIMITS["channel topic"].most:
        raise SlackError("too_long")
    channel.topic = Note(text, by, int(world.clock.now()))
    said = f"set the channel topic: {text}" if text else "cleared the channel topic"
    post_notice(world, channel, by, "channel_topic", f"<@{by}> {said}", topic=text)
    show(world, channel)


def set_purpose(world: World, channel: Channel, text: str, *, by: str) -> None:
    if len(text) > LIMITS["channel purpose"].most:
        raise SlackError("too_long")
    channel.purpose = Note(text, by, int(world.clock.now()))
    said = f"set the channel description: {text}" if text else "cleared the channel description"
    post_notice(world, channel, by, "channel_purpose", f"<@{by}> {said}", purpose=text)
    show(world, channel)


def open_direct(world: World, members: list[str]) -> tuple[Channel, bool]:
    """Return the direct message between these people, and whether it was there already."""
    people = set(members)
    existing = world.workspace.direct_between(people)
    if existing:
        return existing, True
    single = len(people) <= 2
    name = "" if single else "mpdm-" + "--".join(sorted(world.workspace.users[one].name for one in people)) + "-1"
    channel = Channel(
        world.ids.new("D" if single else "G"),
        name,
        "im" if single else "mpim",
        int(world.clock.now()),
        members[0],
        sorted(people),
    )
    world.workspace.channels[channel.id] = channel
    show(world, channel)
    return channel, False


def mark_read(world: World, channel: Channel, user: str, ts: str) -> None:
    channel.last_read[user] = ts
    world.changes.note("channel", channel.id)
    recount_unread(world, channel, user)
    show_unread(world, channel, user)


def add_bookmark(world: World, channel: Channel, title: str, link: str, emoji: str, *, by: str) -> Bookmark:
    if len(channel.bookmarks) >= LIMITS["bookmarks in a channel"].most:
        raise SlackError("too_many_bookmarks")
    now = int(world.clock.now())
    bookmark = Bookmark(world.ids.new("Bk"), title, link, emoji, "link", now, 0, by)
    channel.bookmarks[bookmark.id] = bookmark
    show(world, channel)
    return bookmark


def change_bookmark(world: World, channel: Channel, bookmark: Bookmark, changed: Json, *, by: str) -> None:
    for name, value in changed.items():
        setattr(bookmark, name, value)
    bookmark.updated, bookmark.by = int(world.clock.now()), by
    show(world, channel)


def remove_bookmark(world: World, channel: Channel, bookmark_id: str) -> None:
    if channel.bookmarks.pop(bookmark_id, None) is None:
        raise SlackError("not_found")
    show(world, channel)

"""Verbs about channels and one's own profile."""

import base64
import binascii
from zoneinfo import available_timezones

from sandbox import client_shapes, conversations, shapes
from sandbox.client import messages as message_verbs
from sandbox.client.registry import Act, verb
from sandbox.errors import ClientError
from sandbox.people import change_person
from sandbox.typed_text import escape, to_tokens
from sandbox.workspace import Channel, File, Json


def _answer(act: Act, channel: Channel) -> Json:
    return {"channel": client_shapes.channel(channel, act.user.id)}


@verb("channel.create")
async def create(act: Act) -> Json:
    channel = conversations.create(act.world, act.text("name"), private=act.flag("private"), by=act.user.id)
    return _answer(act, channel)


@verb("channel.join")
async def join(act: Act) -> Json:
    channel = act.channel()
    if channel.is_archived:
        raise ClientError(f"#{channel.name} is archived.")
    if not channel.has(act.user.id):
        conversations.add_member(act.world, channel, act.user.id)
    return _answer(act, channel)


@verb("channel.leave")
async def leave(act: Act) -> Json:
    channel = act.channel()
    if channel.is_general:
        raise ClientError("Nobody can leave #general.")
    if channel.is_direct:
        raise ClientError("A direct message cannot be left.")
    if channel.has(act.user.id):
        conversations.remove_member(act.world, channel, act.user.id, by=act.user.id)
    return _answer(act, channel)


@verb("channel.invite")
async def invite(act: Act) -> Json:
    channel = act.own_channel()
    if channel.is_direct:
        raise ClientError("Open a new group message instead.")
    for one in act.names("users"):
        if one not in act.world.workspace.users:
            raise ClientError(f"There is nobody called {one}.")
    for one in act.names("users"):
        if not channel.has(one):
            conversations.add_member(act.world, channel, one, inviter=act.user.id)
    return _answer(act, channel)


@verb("channel.kick")
async def kick(act: Act) -> Json:
    channel = act.own_channel()
    member = act.text("member")
    if channel.is_general:
        raise ClientError("Nobody can be removed from #general.")
    if not channel.has(member):
        raise ClientError("They are not in this channel.")
    conversations.remove_member(act.world, channel, member, by=act.user.id)
    return {}


@verb("channel.open_dm")
async def open_dm(act: Act) -> Json:
    others = act.names("users")
    if not others or any(one not in act.world.workspace.users for one in others):
        raise ClientError("Choose somebody to talk to.")
    channel, _ = conversations.open_direct(act.world, [act.user.id, *others])
    return _answer(act, channel)


@verb("channel.mark_read")
async def mark_read(act: Act) -> Json:
    channel = act.channel()
    if channel.has(act.user.id):
        conversations.mark_read(act.world, channel, act.user.id, act.text("ts"))
    return {}


@verb("channel.rename")
async def rename(act: Act) -> Json:
    channel = act.own_channel()
    conversations.rename(act.world, channel, act.text("name"), by=act.user.id)
    return _answer(act, channel)


@verb("channel.set_topic")
async def set_topic(act: Act) -> Json:
    channel = act.own_channel()
    conversations.set_topic(act.world, channel, to_tokens(act.world.workspace, act.text("text")), by=act.user.id)
    return _answer(act, channel)


@verb("channel.set_purpose")
async def set_purpose(act: Act) -> Json:
    channel = act.own_channel()
    conversations.set_purpose(act.world, channel, to_tokens(act.world.workspace, act.text("text")), by=act.user.id)
    return _answer(act, channel)


@verb("channel.convert_to_private")
async def convert_to_private(act: Act) -> Json:
    channel = act.own_channel()
    if channel.kind != "public" or channel.is_general:
        raise ClientError("This channel cannot be made private.")
    conversations.convert_to_private(act.world, channel, by=act.user.id)
    return _answer(act, channel)


@verb("channel.archive")
async def archive(act: Act) -> Json:
    channel = act.own_channel()
    conversations.archive(act.world, channel, by=act.user.id)
    return _answer(act, channel)


@verb("channel.unarchive")
async def unarchive(act: Act) -> Json:
    channel = act.channel()
    conversations.unarchive(act.world, channel, by=act.user.id)
    return _answer(act, channel)


@verb("channel.delete")
async def delete(act: Act) -> Json:
    channel = act.channel()
    if channel.is_direct or channel.is_general:
        raise ClientError("This channel cannot be deleted.")
    conversations.delete(act.world, channel, by=act.user.id)
    return {}


@verb("channel.share")
async def share(act: Act) -> Json:
    channel = act.own_channel()
    if channel.is_direct or channel.is_general:
        raise ClientError("This channel cannot be shared.")
    conversations.share(act.world, channel, by=act.user.id)
    return _answer(act, channel)


@verb("bookmark.add")
async def bookmark_add(act: Act) -> Json:
    channel = act.own_channel()
    link = act.text("link")
    if not link.startswith(("http://", "https://")):
        raise ClientError("A bookmark leads to a web page: its address begins with https://")
    title, emoji = act.text("title"), act.text("emoji", "")
    bookmark = conversations.add_bookmark(act.world, channel, title, link, emoji, by=act.user.id)
    found = client_shapes.channel(channel, act.user.id)["bookmarks"]
    return {"bookmark": next(one for one in found if one["id"] == bookmark.id)}


@verb("bookmark.remove")
async def bookmark_remove(act: Act) -> Json:
    conversations.remove_bookmark(act.world, act.own_channel(), act.text("bookmark_id"))
    return {}


@verb("profile.set")
async def profile_set(act: Act) -> Json:
    known = ("status_text", "status_emoji", "display_name", "real_name", "title", "tz")
    changed = {name: act.text(name) for name in known if name in act.body}
    if changed.get("tz", "UTC") not in available_timezones():
        raise ClientError(f"There is no time zone {changed['tz']}.")
    change_person(act.world, act.user, {name: escape(value) for name, value in changed.items()})
    return {"me": client_shapes.user(act.world, act.user)}


@verb("file.upload")
async def file_upload(act: Act) -> Json:
    channel = act.own_channel()
    file = _kept_file(act, [channel.id])
    act.body["files"] = [file.id]
    message = message_verbs.say(act, channel, act.text("text", ""), thread_ts=act.body.get("thread_ts"))
    return {"message": client_shapes.message(act.world, message, channel)}


@verb("file.keep")
async def file_keep(act: Act) -> Json:
    """Take a file that goes to the app with a dialog, not into a channel."""
    return {"file": shapes.file(_kept_file(act, []), act.world.base_url)}


def _kept_file(act: Act, channels: list[str]) -> File:
    try:
        content = base64.b64decode(act.text("content"), validate=True)
    except binascii.Error:
        raise ClientError("The file did not arrive whole.") from None
    name = act.text("name").replace("/", "_")
    file = File(
        act.world.ids.new("F"),
        name,
        name,
        act.text("mimetype", "application/octet-stream"),
        len(content),
        act.user.id,
        int(act.world.clock.now()),
        act.text("content"),
        channels,
        uploaded=True,
        completed=True,
    )
    act.world.workspace.files[file.id] = file
    act.world.changes.note("file", file.id)
    return file

"""What the face gets to draw: people, channels and messages as one person sees them."""

from sandbox import shapes
from sandbox.workspace import Channel, Json, Message, Unread, User
from sandbox.world import World


def user(world: World, one: User) -> Json:
    now = world.clock.now()
    words = one.real_name.split()
    return {
        "id": one.id,
        "name": one.name,
        "real_name": one.real_name,
        "display_name": one.display_name,
        "title": one.title,
        "email": one.email,
        "tz": one.tz,
        "tz_label": shapes.tz_label(one, now),
        "tz_offset": shapes.tz_offset(one, now),
        "color": one.color,
        "initials": "".join(word[0] for word in (words[0], words[-1])[: len(words)]).upper(),
        "avatar": f"/avatars/{one.id}.svg",
        "is_bot": one.is_bot,
        "deleted": one.deleted,
        "status_text": one.status_text,
        "status_emoji": one.status_emoji,
        "bot_id": one.bot_id,
    }


def channel(one: Channel, viewer: str) -> Json:
    unread = one.unread.get(viewer, Unread())
    return {
        "id": one.id,
        "name": one.other(viewer) if one.kind == "im" else one.name,
        "kind": one.kind,
        "is_archived": one.is_archived,
        "is_general": one.is_general,
        "topic": shapes.note(one.topic),
        "purpose": shapes.note(one.purpose),
        "created": one.created,
        "creator": one.creator,
        "members": list(one.members),
        "is_member": one.has(viewer),
        "other": one.other(viewer) if one.kind == "im" else None,
        "bookmarks": [
            {"id": mark.id, "title": mark.title, "link": mark.link, "emoji": mark.emoji, "type": mark.type}
            for mark in one.bookmarks.values()
        ],
        "pins": [{"ts": ts, "pinned_by": pin.by, "pinned_at": pin.at} for ts, pin in one.pins.items()],
        "last_read": one.last_read.get(viewer, "0000000000.000000"),
        "latest": one.latest_ts(),
        "unread": unread.messages,
        "mentions": unread.mentions,
        "muted": False,
    }


def message(world: World, one: Message, where: Channel) -> Json:
    shape = shapes.message(one, where, world.workspace, world.base_url, metadata=True)
    shape["channel"] = where.id
    return shape

"""Verbs that change nothing."""

import bisect

from sandbox import client_shapes, messages, views
from sandbox.client.registry import Act, verb
from sandbox.emoji import EMOJI
from sandbox.errors import ClientError
from sandbox.workspace import APP_ID, BOT_ID, BOT_USER, TEAM_DOMAIN, TEAM_ID, TEAM_NAME, Channel, Json, Message
from sandbox.world import World

MOST_MESSAGES = 1000


def team(world: World) -> Json:
    return {
        "id": TEAM_ID,
        "name": TEAM_NAME,
        "domain": TEAM_DOMAIN,
        "url": world.base_url,
        "icon": f"/avatars/{TEAM_ID}.svg",
    }


@verb("boot")
async def boot(act: Act) -> Json:
    world, me = act.world, act.user.id
    workspace, manifest = world.workspace, world.manifest
    return {
        "team": team(world),
        "me": me,
        "users": [client_shapes.user(world, one) for one in workspace.users.values()],
        "groups": [
            {"id": one.id, "handle": one.handle, "name": one.name, "users": one.users}
            for one in workspace.groups.values()
            if not one.disabled
        ],
        "channels": [client_shapes.channel(one, me) for one in workspace.channels.values() if one.is_visible_to(me)],
        "app": {
            "id": APP_ID,
            "name": manifest.name,
            "bot_user": BOT_USER,
            "bot_id": BOT_ID,
            "home_tab": manifest.home_tab,
            "url": world.url_for("events"),
            "web_url": world.config.web_url,
        },
        "commands": [
            {"command": one.command, "description": one.description, "usage_hint": one.usage_hint}
            for one in manifest.commands.values()
        ],
        "shortcuts": [
            {"name": one.name, "callback_id": one.callback_id, "type": one.type, "description": one.description}
            for one in manifest.shortcuts.values()
        ],
        "views": [views.shape(world.views[view_id]) for view_id in world.stacks.get(me, [])],
        "emoji": EMOJI,
        "now": world.clock.now(),
    }


@verb("history")
async def history(act: Act) -> Json:
    channel = act.channel()
    limit = min(max(act.number("limit", 50), 1), MOST_MESSAGES)
    timeline = channel.timeline
    start, end = _window(act, timeline, limit)
    shown = [channel.messages[ts] for ts in timeline[start:end]]
    whispers = [one for one in channel.ephemerals.get(act.user.id, {}).values() if not one.thread_ts]
    first = shown[0].ts if start > 0 and shown else ""
    last = shown[-1].ts if end < len(timeline) and shown else "~"
    woven = sorted([*shown, *(one for one in whispers if first <= one.ts <= last)], key=lambda one: one.ts)
    return {
        "messages": [client_shapes.message(act.world, one, channel) for one in woven],
        "has_more": start > 0,
        "has_newer": end < len(timeline),
        "pins": client_shapes.channel(channel, act.user.id)["pins"],
    }


def _window(act: Act, timeline: list[str], limit: int) -> tuple[int, int]:
    """Return which part of the timeline was asked for."""
    if "around" in act.body:
        middle = bisect.bisect_left(timeline, act.text("around"))
        start = max(0, middle - limit // 2)
        return start, min(len(timeline), start + limit)
    if "after" in act.body:
        start = bisect.bisect_right(timeline, act.text("after"))
        return start, min(len(timeline), start + limit)
    end = bisect.bisect_left(timeline, act.text("before")) if "before" in act.body else len(timeline)
    return max(0, end - limit), end


@verb("thread")
async def thread(act: Act) -> Json:
    channel = act.channel()
    parent = act.message(channel)
    if parent.is_reply and parent.thread_ts:
        parent = channel.messages.get(parent.thread_ts, parent)
    whispers = [one for one in channel.ephemerals.get(act.user.id, {}).values() if one.thread_ts == parent.ts]
    replies = sorted([*channel.replies(parent.ts), *whispers], key=lambda one: one.ts)
    return {"messages": [client_shapes.message(act.world, one, channel) for one in (parent, *replies)]}


@verb("message.get")
async def message_get(act: Act) -> Json:
    channel = act.channel()
    return {"message": client_shapes.message(act.world, act.message(channel), channel)}


@verb("pins")
async def pins(act: Act) -> Json:
    channel = act.channel()
    items = [
        {
            "message": client_shapes.message(act.world, channel.messages[ts], channel),
            "pinned_by": pin.by,
            "pinned_at": pin.at,
        }
        for ts, pin in reversed(channel.pins.items())
    ]
    return {"items": items}


@verb("search.people")
async def search_people(act: Act) -> Json:
    wanted = act.text("query", "").strip().lower().removeprefix("@")
    found = [
        one
        for one in act.world.workspace.users.values()
        if not one.deleted
        and any(wanted in name.lower() for name in (one.name, one.real_name, one.display_name, one.email))
    ]
    return {"people": [client_shapes.user(act.world, one) for one in found]}


@verb("search.messages")
async def search_messages(act: Act) -> Json:
    wanted = act.text("query").strip().lower()
    if not wanted:
        raise ClientError("Type what to look for.")
    found: list[tuple[str, Channel, Message]] = [
        (message.ts, channel, message)
        for channel in act.world.workspace.channels.values()
        if channel.is_visible_to(act.user.id)
        for message in channel.messages.values()
        if wanted in message.text.lower() and message.subtype not in messages.QUIET
    ]
    found.sort(key=lambda one: one[0], reverse=True)
    limit = act.number("limit", 50)
    return {"messages": [client_shapes.message(act.world, message, channel) for _, channel, message in found[:limit]]}

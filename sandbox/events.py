"""News for the app: which events it hears, and the envelope Slack puts them in."""

import base64
import json

from sandbox import shapes
from sandbox.config import VERIFICATION_TOKEN
from sandbox.event_scopes import EVENT_SCOPES
from sandbox.workspace import APP_ID, BOT_USER, TEAM_ID, Channel, Json
from sandbox.world import World

_MESSAGE_EVENTS = {
    "public": "message.channels",
    "private": "message.groups",
    "im": "message.im",
    "mpim": "message.mpim",
}


def tell_app(world: World, event: Json, channel: Channel | None = None, *, members_only: bool = True) -> None:
    """Deliver the event if the app subscribed to it, holds a scope for it, and may see the channel it is about."""
    name = event["type"]
    if name == "message" and channel is not None:
        name = _MESSAGE_EVENTS[channel.kind]
    if name not in world.manifest.events or not _has_scope(world, name):
        return
    if channel is not None and not channel.has(BOT_USER) and (members_only or channel.kind != "public"):
        return
    send_event(world, event, channel.id if channel else None)


def send_event(world: World, event: Json, channel_id: str | None) -> None:
    """Deliver the event, whoever asked for it."""
    event.setdefault("event_ts", world.clock.next_ts())
    world.deliveries.send_event(envelope(world, event, channel_id), type_=event["type"], channel=channel_id)


def _has_scope(world: World, name: str) -> bool:
    needed = EVENT_SCOPES.get(name, ())
    return not needed or bool(world.manifest.scopes.intersection(needed))


def envelope(world: World, event: Json, channel_id: str | None) -> Json:
    context = {"et": event["type"], "tid": TEAM_ID, "aid": APP_ID, "cid": channel_id}
    encoded = base64.urlsafe_b64encode(json.dumps(context, separators=(",", ":")).encode()).decode()
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM_ID,
        "context_team_id": TEAM_ID,
        "context_enterprise_id": None,
        "api_app_id": APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": world.ids.new("Ev"),
        "event_time": int(world.clock.now()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM_ID,
                "user_id": BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{encoded}",
    }


def channel_event(world: World, what: str, channel: Channel, more: Json) -> None:
    """Deliver `channel_<what>`, or `group_<what>` for a private channel. Public ones are news for everybody."""
    prefix = "group" if channel.kind == "private" else "channel"
    tell_app(world, {"type": f"{prefix}_{what}", **more}, channel, members_only=False)


def membership_event(world: World, name: str, channel: Channel, user: str, *, inviter: str | None = None) -> None:
    event: Json = {
        "type": name,
        "user": user,
        "channel": channel.id,
        "channel_type": shapes.CHANNEL_LETTERS[channel.kind],
        "team": TEAM_ID,
    }
    if inviter:
        event["inviter"] = inviter
    tell_app(world, event, channel)

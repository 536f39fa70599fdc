"""pins.*"""

from sandbox import messages
from sandbox.errors import SlackError
from sandbox.web_api.registry import ApiCall, method
from sandbox.workspace import BOT_USER, Channel, Json, Message


def _pinned(call: ApiCall) -> tuple[Channel, Message]:
    channel = call.channel()
    if not channel.has(BOT_USER):
        raise SlackError("not_in_channel" if call.method.name == "pins.add" else "channel_not_found")
    if not call.text("timestamp"):
        raise SlackError("no_item_specified")
    return channel, call.message(channel, "timestamp")


@method("pins.add")
def add(call: ApiCall) -> Json:
    channel, message = _pinned(call)
    if channel.is_archived:
        raise SlackError("is_archived")
    messages.add_pin(call.world, channel, message, BOT_USER)
    return {}


@method("pins.remove")
def remove(call: ApiCall) -> Json:
    channel, message = _pinned(call)
    messages.remove_pin(call.world, channel, message, BOT_USER)
    return {}


@method("pins.list")
def list_all(call: ApiCall) -> Json:
    channel = call.channel()
    if not channel.has(BOT_USER):
        raise SlackError("channel_not_found")
    newest_first = sorted(channel.pins.items(), key=lambda item: item[1].at, reverse=True)
    return {
        "items": [
            messages.pinned_item(call.world, channel, channel.messages[ts], pin)
            for ts, pin in newest_first
            if ts in channel.messages
        ]
    }

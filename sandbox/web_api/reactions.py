"""reactions.*"""

from sandbox import messages, shapes
from sandbox.emoji import is_emoji
from sandbox.errors import SlackError
from sandbox.web_api.registry import ApiCall, method
from sandbox.workspace import BOT_USER, Channel, Json, Message


def _item(call: ApiCall) -> tuple[Channel, Message]:
    if not call.text("channel") or not call.text("timestamp"):
        raise SlackError("no_item_specified")
    channel = call.channel()
    if not channel.has(BOT_USER) and channel.kind != "public":
        raise SlackError("channel_not_found")
    return channel, call.message(channel, "timestamp")


def _name(call: ApiCall) -> str:
    name = call.text("name").strip(":")
    if not is_emoji(name):
        raise SlackError("invalid_name")
    return name


@method("reactions.add")
def add(call: ApiCall) -> Json:
    name = _name(call)
    channel, message = _item(call)
    if channel.is_archived:
        raise SlackError("is_archived")
    messages.add_reaction(call.world, channel, message, name, BOT_USER)
    return {}


@method("reactions.remove")
def remove(call: ApiCall) -> Json:
    name = _name(call)
    channel, message = _item(call)
    messages.remove_reaction(call.world, channel, message, name, BOT_USER)
    return {}


@method("reactions.get")
def get(call: ApiCall) -> Json:
    channel, message = _item(call)
    shape = shapes.message(message, channel, call.world.workspace, call.world.base_url)
    shape["permalink"] = shapes.permalink(message, call.world.base_url)
    return {"type": "message", "channel": channel.id, "message": shape}

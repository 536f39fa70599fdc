"""Messages that are drawn again: how they are changed, and whether they look as before."""

from __future__ import annotations

import hashlib
import json

from slackbot.api import client, limits
from slackbot.api.client import Call
from slackbot.rendering import render


def update(channel: str, ts: str, message: render.Message) -> Call:
    """Return the call that makes a message of ours look like `message`."""
    blocks = limits.fitted(client.plain(message.blocks))
    args = {"channel": channel, "ts": ts, "text": message.text, "blocks": blocks}
    return Call("chat.update", args, channel)


def digest(call: Call) -> str:
    """Return a short text that is the same for calls that draw the same."""
    drawn = [call.args["text"], *call.args["blocks"]]
    return hashlib.sha256(json.dumps(drawn, sort_keys=True).encode()).hexdigest()

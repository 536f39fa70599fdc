from typing import Any

from slackbot.monzo.core.models import Incident
from slackbot.monzo.slack.decorators import slack_event
from slackbot.monzo.slack.models import CommsChannel


@slack_event("pin_added")
@slack_event("pin_removed")
def pinned(incident: Incident, payload: dict[str, Any]) -> None:
    comms_channel = CommsChannel.objects.get(incident=incident)
    comms_channel.post_in_channel(f"📌 {payload['type']}: {payload['item']['message']['text']}")


@slack_event("message")
def echo(incident: Incident, payload: dict[str, Any]) -> None:
    """A handler that answers messages must not hear its own."""
    if "echo" in payload.get("text", ""):
        CommsChannel.objects.get(incident=incident).post_in_channel(f"echo {payload['text']}")

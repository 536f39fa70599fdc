"""Find the words that keyword handlers wait for in what people write."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from incidents.models import Incident
from slackbot.inbound import inbox
from slackbot.kit.events import MessagePosted
from slackbot.kit.registry import registry

LATE: Final = timedelta(hours=1)  # by then nobody waits for a plugin's remark


def offer(said: MessagePosted, incident: Incident, *, now: datetime) -> None:
    """Hand a message to every keyword handler whose words are in it, unless it is late."""
    if said.posted_at <= now - LATE:
        return
    for handler in registry.keywords:
        keyword = handler.find(said.text)
        if keyword is None:
            continue
        payload = {
            "incident": incident.pk,
            "user": said.user_id,
            "channel": said.channel_id,
            "thread_ts": said.thread_ts,
            "keyword": keyword,
            "text": said.text,
            "ts": said.ts,
        }
        inbox.hand_over(
            payload,
            key=f"keyword:{said.channel_id}:{said.ts}:{handler.id}",
            order_key=inbox.order_of(said.channel_id, handler),
            handler=handler,
            now=now,
        )

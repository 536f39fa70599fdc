"""Put a Slack message on an incident's timeline."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from incidents import services
from incidents.models import Incident, Person
from slackbot import workspace
from slackbot.mrkdwn import mentioned_users, to_markdown
from slackbot.people import names_of, person_for


def keep(incident: Incident, message: Mapping[str, Any], *, channel_id: str, by: Person | None, now: datetime) -> None:
    """Keep a message, in Slack's own shape, with its permalink and files."""
    ts, author, text = str(message["ts"]), message.get("user"), str(message.get("text") or "")
    thread_ts = str(message.get("thread_ts") or "")
    services.add_pin(
        incident,
        source=f"{channel_id}:{ts}",
        text=to_markdown(text, names=names_of(mentioned_users(text))),
        author=person_for(author, now=now) if isinstance(author, str) else None,
        said_at=datetime.fromtimestamp(float(ts), tz=UTC),
        permalink=str(message.get("permalink") or workspace.permalink(channel_id, ts, thread_ts=thread_ts)),
        files=[_file(each) for each in message.get("files") or []],
        by=by,
        at=now,
    )


def _file(file: Mapping[str, Any]) -> dict[str, str]:
    return {"name": str(file.get("name") or "file"), "url": str(file.get("permalink") or "")}

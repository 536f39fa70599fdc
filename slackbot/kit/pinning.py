"""Put a Slack message on an incident's timeline."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from incidents import services
from incidents.models import Incident, Pin
from people.actors import System
from people.models import Person
from slackbot.api.message_text import bot_name, ids_in, is_deleted, markdown_of
from slackbot.api.shapes import moment_of
from slackbot.directory import workspace
from slackbot.directory.people import names_of, person_for
from slackbot.kit.messages import SaidMessage


def keep(
    incident: Incident,
    message: Mapping[str, Any],
    *,
    channel_id: str,
    by: Person | None,
    now: datetime,
    how: str = Pin.PINNED,
) -> bool:
    """Keep a message, in Slack's own shape, with its permalink and files. Return whether there is one to keep."""
    if is_deleted(message):
        return False
    ts, author, app = str(message["ts"]), message.get("user"), bot_name(message)
    thread_ts = str(message.get("thread_ts") or "")
    services.add_pin(
        incident,
        source=f"{channel_id}:{ts}",
        text=words_of(message),
        author=person_for(author, now=now) if isinstance(author, str) and author and not app else None,
        author_name=app,
        said_at=moment_of(ts),
        permalink=str(message.get("permalink") or workspace.permalink(channel_id, ts, thread_ts=thread_ts)),
        files=[_file(each) for each in message.get("files") or []],
        by=by or System("a pin without an actor"),
        at=now,
        how=how,
    )
    return True


def pin_message(incident: Incident, message: SaidMessage, *, by: Person | None, at: datetime) -> bool:
    """Put a message on the timeline, as pinning it does. Return whether there is one: not only its tombstone."""
    return keep(incident, message.raw, channel_id=message.channel_id, by=by, now=at)


def words_of(message: Mapping[str, Any]) -> str:
    """Return what a message says as Markdown, with the names of those it mentions."""
    return markdown_of(message, names=names_of(ids_in(message)))


def _file(file: Mapping[str, Any]) -> dict[str, str]:
    return {"name": str(file.get("name") or "file"), "url": str(file.get("permalink") or "")}

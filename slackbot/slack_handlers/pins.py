"""Pin a message and it is on the timeline."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from incidents import services
from slackbot import workspace
from slackbot.mrkdwn import mentioned_users, to_markdown
from slackbot.people import names_of, person_for
from slackbot.plugins import EventContext, slack_event


@slack_event("pin_added")
def pin_added(ctx: EventContext) -> None:
    item = ctx.event.get("item") or {}
    message = item.get("message")
    if ctx.incident is None or not isinstance(message, dict):
        return  # a file, or something else that is no message
    channel_id, ts = str(ctx.event["channel_id"]), str(message["ts"])
    author = message.get("user")
    text = str(message.get("text") or "")
    services.add_pin(
        ctx.incident,
        source=f"{channel_id}:{ts}",
        text=to_markdown(text, names=names_of(mentioned_users(text))),
        author=person_for(author, now=ctx.now) if isinstance(author, str) else None,
        said_at=datetime.fromtimestamp(float(ts), tz=UTC),
        permalink=str(message.get("permalink") or workspace.permalink(channel_id, ts)),
        files=[_file(each) for each in message.get("files") or []],
        by=ctx.actor,
        at=ctx.now,
    )


@slack_event("pin_removed")
def pin_removed(ctx: EventContext) -> None:
    message = (ctx.event.get("item") or {}).get("message") or {}
    if ctx.incident is not None and "ts" in message:
        source = f"{ctx.event['channel_id']}:{message['ts']}"
        services.remove_pin(ctx.incident, source=source, by=ctx.actor, at=ctx.now)


def _file(file: dict[str, Any]) -> dict[str, str]:
    return {"name": str(file.get("name") or "file"), "url": str(file.get("permalink") or "")}

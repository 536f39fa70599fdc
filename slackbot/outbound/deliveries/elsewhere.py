"""Posts in other channels."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from incidents.models import Incident
from jobs.tiers import Tier
from people.models import Person
from slackbot.api.client import Call, Refused
from slackbot.directory import workspace
from slackbot.kit.effects import Post
from slackbot.models import OutboxEntry
from slackbot.outbound import outbox
from slackbot.outbound.deliveries.direct import tell
from slackbot.outbound.deliveries.kind import Kind
from slackbot.outbound.deliveries.places import may_be_said_in
from slackbot.outbound.deliveries.posting import find_said, post
from slackbot.outbound.deliveries.reasons import why
from slackbot.outbound.deliveries.reports import report


class ElsewhereKind(Kind):
    """Say something in a channel that is not the incident's, unless the incident is private.

    args: channel, text, blocks, until, by
    """

    name = "elsewhere"
    tier = Tier.RECORD
    acts_for_person = False
    goes_elsewhere = True
    has_text = True
    STALE: Final = {"channel_not_found", "is_archived", "not_in_channel"}

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        if may_be_said_in(row.incident, row.args["channel"]):
            return post(row, workspace.channel_id(row.args["channel"]), row.args["text"], row.args["blocks"])
        if row.asked_at is None:
            return None
        # Slack may have taken it before the incident became private.
        said = find_said(row, post(row, workspace.channel_id(row.args["channel"]), row.args["text"], []))
        return Call("chat.delete", {"channel": said["channel"], "ts": said["ts"]}, said["channel"]) if said else None

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        if call.method == "chat.delete":
            return True
        row.result = {"channel": call.channel, "ts": answer["ts"]}
        return True

    def refused(self, row: OutboxEntry, call: Call, refusal: Refused, now: datetime) -> bool:
        """Perhaps another channel has the name now, or we were thrown out: look once more."""
        if refusal.error not in self.STALE:
            return False
        workspace.forget_channel(row.args["channel"])
        looked_before, row.result = bool(row.result), {"looked_again": True}
        return not looked_before

    def given_up(self, row: OutboxEntry, reason: str, now: datetime) -> None:
        """Tell who caused it, or who leads: they believe that others know."""
        named = row.args["channel"]
        channel = named if named.startswith("<#") else "#" + named.removeprefix("#")
        text = f"Response couldn't post in {channel}: {why(reason)}. The message was: {row.args['text']}"
        report(row, f"Slack refused a post in {channel}: {why(reason)}", now)
        by = Person.objects.filter(pk=row.args["by"], is_bot=False).first()
        person = by or (row.incident and (row.incident.active_lead or row.incident.reporter))
        if person:
            where = f"{row.incident.reference}: " if row.incident else ""
            tell(person, f"⚠️ {where}{text}", key=f"refused:{row.pk}", now=now, incident=row.incident)


class PromptElsewhereKind(ElsewhereKind):
    """A post elsewhere that waits for what will answer it. Then it is edited to say so."""

    name = "prompt elsewhere"
    answered_as = ElsewhereKind.name


def say_elsewhere(
    post: Post,
    *,
    key: str,
    incident: Incident | None,
    by: Person | None,
    now: datetime,
    expires_at: datetime | None = None,
) -> None:
    """Say something in the channel that `post` names, once. `by` is told when Slack refuses."""
    args = {
        "channel": post.channel,
        "text": post.text,
        "blocks": [block.to_dict() for block in post.blocks],
        "until": list(post.until),
        "by": by.pk if by else None,
    }
    outbox.say(
        key=key,
        kind=PromptElsewhereKind.name if post.until else ElsewhereKind.name,
        now=now,
        args=args,
        order_key=f"channel {post.channel.removeprefix('#')}",
        incident=incident,
        expires_at=expires_at,
    )

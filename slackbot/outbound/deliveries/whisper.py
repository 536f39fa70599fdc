"""What one person sees where they spoke to us."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from incidents import access, queries
from incidents.models import Incident
from jobs.tiers import Tier
from people.models import Person
from slackbot.api import limits
from slackbot.api.client import RESPONSE_URL, Call, Refused
from slackbot.directory import workspace
from slackbot.models import Headline, OutboxEntry, SlackUser
from slackbot.outbound import outbox
from slackbot.outbound.deliveries.channel import ChannelKind
from slackbot.outbound.deliveries.direct import direct, note_direct_channel
from slackbot.outbound.deliveries.headline import HeadlineKind
from slackbot.outbound.deliveries.kind import URGENT, Kind, NotYet
from slackbot.outbound.deliveries.posting import note_where
from slackbot.outbound.deliveries.rows import incident_of, noted
from slackbot.rendering import render
from slackbot.rendering.snapshots import picture_of


class WhisperKind(Kind):
    """Say something to one person where they spoke to us, else directly. args: origin, text, blocks

    Of an incident that they may no longer see they are told nothing.
    """

    name = "whisper"
    tier = Tier.ESSENTIAL  # somebody waits for an answer
    acts_for_person = False
    priority = URGENT
    runs_in_closed_channel = True
    has_text = True
    tried_for = timedelta(hours=1)  # an answer that comes later is to a question that was forgotten
    revived_for = timedelta(0)

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        reader = Person.objects.filter(slack__user_id=row.args["origin"]["user_id"]).first()
        if row.incident is not None and not access.may(reader, access.SEE, row.incident):
            return None
        return _whisper(row, row.args["text"], row.args.get("blocks", []))

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        note_where(row, call, answer)
        return note_direct_channel(call, answer)

    def lasts(self, row: OutboxEntry) -> bool:
        return way_of(row) == "direct"

    def refused(self, row: OutboxEntry, call: Call, refusal: Refused, now: datetime) -> bool:
        ways = ["response_url", "ephemeral", "direct"]
        position = ways.index(way_of(row)) + 1
        if position == len(ways):
            return False
        row.result = {"way": ways[position]}
        return True

    def given_up(self, row: OutboxEntry, reason: str, now: datetime) -> None:
        """Nobody but the reader waits for it."""


class DeclaredKind(WhisperKind):
    """Answer who declared, with links to what was made; after a while with what there is. args: origin"""

    name = "declared"
    waits_for = (HeadlineKind.name, ChannelKind.name)

    HEADLINE_PATIENCE: Final = timedelta(seconds=10)
    CHANNEL_PATIENCE: Final = timedelta(seconds=2)

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        picture = picture_of(incident_of(row))
        standing = Headline.of(picture.incident)
        waited = now - row.created_at
        if standing is None and not picture.incident.private and waited < self.HEADLINE_PATIENCE:
            raise NotYet((self.HEADLINE_PATIENCE - waited).total_seconds())
        no_channel = not picture.channel_id and queries.channel_is_requested(picture.incident)
        if no_channel and waited < self.CHANNEL_PATIENCE:
            raise NotYet((self.CHANNEL_PATIENCE - waited).total_seconds())
        url = workspace.permalink(standing.channel_id, standing.ts) if standing else ""
        reporter = picture.incident.reporter
        alike = queries.similar_open(reporter, title=picture.incident.title) if reporter else []
        others = [each for each in alike if each.pk != picture.incident.pk]
        return _whisper(row, render.declared(picture, headline_url=url, similar=others), [])

    given_up = Kind.given_up


def way_of(row: OutboxEntry) -> str:
    origin = row.args["origin"]
    first = "response_url" if origin.get("response_url") else "ephemeral" if origin.get("channel_id") else "direct"
    way = noted(row, "way", first)
    return "direct" if way == "ephemeral" and not origin.get("channel_id") else str(way)


def _whisper(row: OutboxEntry, text: str, blocks: list[Any]) -> Call:
    origin = row.args["origin"]
    body: dict[str, Any] = {"text": limits.cut(text, limits.POST_TEXT)}
    if blocks:
        body["blocks"] = limits.fitted(blocks)
    match way_of(row):
        case "response_url":
            body |= {"response_type": "ephemeral", "replace_original": row.args.get("in_place", False)}
            return Call(RESPONSE_URL, {"url": origin["response_url"], "body": body})
        case "ephemeral":
            body |= {"channel": origin["channel_id"], "user": origin["user_id"]}
            if origin.get("thread_ts"):
                body["thread_ts"] = origin["thread_ts"]
            return Call("chat.postEphemeral", body, origin["channel_id"])
        case _:
            return direct(row, SlackUser.objects.get(user_id=origin["user_id"]), text, blocks)


def whisper(
    origin: Mapping[str, str],
    text: str,
    *,
    key: str,
    now: datetime,
    blocks: list[Any] | None = None,
    in_place: bool = False,
    incident: Incident | None = None,
) -> None:
    """Say something that one person sees; about `incident`, if they still may see that then. `text` is mrkdwn."""
    args = {"origin": dict(origin), "text": text, "blocks": blocks or [], "in_place": in_place}
    where = origin.get("channel_id") or origin["user_id"]
    outbox.say(
        key=key,
        kind=WhisperKind.name,
        now=now,
        args=args,
        order_key=f"whisper:{where}",
        incident=incident,
    )


def answer_declared(incident: Incident, *, origin: Mapping[str, str], now: datetime) -> None:
    """Answer who declared an incident, with links to what is made for it, once."""
    outbox.say(
        key=f"declared:{incident.pk}",
        kind=DeclaredKind.name,
        now=now,
        args={"origin": dict(origin)},
        order_key=f"declared:{incident.pk}",
        incident=incident,
        patience=DeclaredKind.CHANNEL_PATIENCE,
    )

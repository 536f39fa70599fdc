"""Handlers, a kind of message and a kind of timeline entry that the version before does not know."""

from __future__ import annotations

from typing import Any, cast

from incidents.entries import Entry
from incidents.models import EntryKind, Incident
from incidents.recording import record
from jobs.tiers import Tier
from slackbot.models import Remark  # type: ignore[attr-defined]
from slackbot.outbound import outbox, projector
from slackbot.outbound.deliveries.call import ReactionKind
from slackbot.outbound.deliveries.kind import NORMAL
from slackbot.plugins import CommandContext, EventContext, incident_command, slack_event


class ForecastSet(Entry):
    """Somebody set the forecast."""

    kind = EntryKind("forecast")
    label = "Forecast"

    words: str = ""

    def text(self) -> str:
        return f"Forecast: {self.words}"


cast(dict[str, Any], projector.RULES)[ForecastSet.kind] = (projector._tell_channel,)


class CheerKind(ReactionKind):
    """A reaction that nobody waits for."""

    name = "cheer"
    tier = Tier.EXTRA
    priority = NORMAL


@slack_event("message", subtypes=(None,))
def remarks(ctx: EventContext) -> None:
    if ctx.incident is None or "<@" in ctx.event["text"]:  # a command is answered with a check mark alone
        return
    ts = str(ctx.event["ts"])
    Remark.objects.create(incident=ctx.incident, ts=ts)
    args = {"channel": ctx.event["channel"], "timestamp": ts, "name": "tada"}
    outbox.say(key=f"cheer:{ts}", kind=CheerKind.name, now=ctx.now, args=args, order_key=f"cheer:{ts}")


@incident_command("forecast", help="set the forecast")
def forecast(ctx: CommandContext) -> None:
    incident: Any = Incident.objects.select_for_update(of=("self",)).get(pk=ctx.incident.pk)
    incident.forecast = ctx.text
    incident.save(update_fields=["forecast"])
    record(incident, ForecastSet(words=ctx.text), by=ctx.actor, at=ctx.now)

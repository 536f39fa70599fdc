"""Handlers, a kind of message and a kind of timeline entry that the version before does not know."""

from __future__ import annotations

from typing import Any, cast

from incidents.models import EntryKind, Incident
from incidents.services.recording import record
from slackbot.jobs import tiers
from slackbot.models import Remark  # type: ignore[attr-defined]
from slackbot.outbound import deliveries, outbox, projector
from slackbot.plugins import CommandContext, EventContext, incident_command, slack_event

FORECAST = EntryKind("forecast")

cast(dict[str, Any], deliveries.KINDS)["cheer"] = deliveries.ReactionKind()
cast(dict[str, Any], tiers.GOING_OUT)["cheer"] = tiers.Tier.EXTRA
cast(dict[str, Any], projector.RULES)[FORECAST] = (projector._tell_channel,)


@slack_event("message", subtypes=(None,))
def remarks(ctx: EventContext) -> None:
    if ctx.incident is None or "<@" in ctx.event["text"]:  # a command is answered with a check mark alone
        return
    ts = str(ctx.event["ts"])
    Remark.objects.create(incident=ctx.incident, ts=ts)
    args = {"channel": ctx.event["channel"], "timestamp": ts, "name": "tada"}
    outbox.say(key=f"cheer:{ts}", kind="cheer", now=ctx.now, args=args, order_key=f"cheer:{ts}")


@incident_command("forecast", help="say what the weather will be")
def forecast(ctx: CommandContext) -> None:
    incident: Any = Incident.objects.select_for_update(of=("self",)).get(pk=ctx.incident.pk)
    incident.forecast = ctx.text
    incident.save(update_fields=["forecast"])
    record(incident, FORECAST, f"Forecast: {ctx.text}", by=ctx.actor, at=ctx.now, data={})

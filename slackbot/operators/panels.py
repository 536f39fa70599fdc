"""What only Slack can add to the operators' page, and to the banner of every page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.template.defaultfilters import pluralize

from jobs import backlog, panels
from jobs.panels import Line, Place, Time
from jobs.tiers import Tier
from people.models import Person
from slackbot.api import rate_limits
from slackbot.directory.workspace import headline_trouble
from slackbot.inbound import withheld
from slackbot.models import Workspace
from slackbot.outbound import closures

PATIENCE: Final = timedelta(seconds=30)  # what is on its way for a moment is not worth a word


def _messages_that_wait(now: datetime, _viewer: Person | None) -> Iterator[Line]:
    """Leave out reminders and other extras: nobody misses them."""
    waiting = [
        line
        for line in backlog.waiting_in("out")
        if line.tier < Tier.EXTRA and line.oldest_at and line.oldest_at < now - PATIENCE
    ]
    if since := min((line.oldest_at for line in waiting if line.oldest_at), default=None):
        count = sum(line.count for line in waiting)
        what = f"{count} message{pluralize(count)} to Slack {pluralize(count, 'is,are')} waiting since "
        yield Line(what, Time(since), ". You can keep working here; Slack catches up as soon as it can.")


def _headline_channel(_now: datetime, _viewer: Person | None) -> Iterator[Line]:
    if (place := Workspace.objects.first()) is not None:
        trouble, advice = headline_trouble(place)
        if trouble:
            yield Line(f"{trouble} {advice}", is_wrong=True)


def _closed_channels(_now: datetime, viewer: Person | None) -> Iterator[Line]:
    for incident, channel, note in closures.notes(viewer):
        since = (" Since ", Time(channel.closed_at, with_day=True), ".") if channel.closed_at else ()
        yield Line(f"{incident.reference}: {note}", *since, is_wrong=True)


def _rate_limits(now: datetime, _viewer: Person | None) -> Iterator[Line]:
    for gate in rate_limits.closed(now):
        until = Time(gate.closed_until)
        yield Line(
            "Slack asks to wait until ",
            until,
            f": {gate.name}. You don't need to do anything: Response tries again then.",
        )


def _withheld_events(now: datetime, _viewer: Person | None) -> Iterator[Line]:
    for first, end, minutes in withheld.lately(now):
        why = f" ({minutes} minute{pluralize(minutes)}) because there were too many. {withheld.ADVICE}"
        yield Line("Slack sent no events from ", Time(first, with_day=True), " to ", Time(end), why, is_wrong=True)


def _what_slack_refuses(_now: datetime, _viewer: Person | None) -> Iterator[Line]:
    yield Line(
        "So do messages that Slack rejects. While Slack is down or rate-limits Response, messages don't fail "
        "permanently: Response keeps retrying them."
    )


panels.register(Place.BANNER, _messages_that_wait)
panels.register(Place.REPAIRS, _headline_channel)
panels.register(Place.REPAIRS, _closed_channels)
panels.register(Place.DELAYS, _rate_limits)
panels.register(Place.DELAYS, _withheld_events)
panels.register(Place.FAILURES, _what_slack_refuses)

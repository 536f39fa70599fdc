"""Ask for the one thing that is missing, and stop when it is there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from slack_sdk.models.blocks import Block, MarkdownTextObject, SectionBlock

from incidents.models import EntryKind
from slackbot.plugins import (
    SKIP,
    Button,
    NotificationContext,
    Skip,
    WorkingHours,
    display,
    recurring_notification,
    sentence,
)
from slackbot.slack_handlers.resolve import resolve_button

NO_LEAD = sentence(
    "reminder.no_lead", "This incident has no lead yet. Take the lead, or write `@incident lead @someone`."
)
NO_SEVERITY = sentence(
    "reminder.no_severity", "This incident has no severity yet. Set it, for example with `@incident severity major`."
)
STILL_OPEN = sentence(
    "reminder.still_open",
    "This incident has been open for {length}, and nobody has recorded anything lately. "
    "If it is over, write `@incident resolve`.",
)


@recurring_notification(after=timedelta(minutes=5), every=timedelta(minutes=10), times=3)
def nobody_leads(ctx: NotificationContext) -> Skip | None:
    if ctx.incident.active_lead is not None:
        return SKIP
    ctx.post(
        NO_LEAD(),
        blocks=_with(ctx, NO_LEAD(), [display.take_lead_button()]),
        until=[EntryKind.LEAD_ASSIGNED, *EntryKind.endings()],
    )
    return None


@recurring_notification(after=timedelta(minutes=10), every=timedelta(minutes=20), times=3)
def no_severity(ctx: NotificationContext) -> Skip | None:
    if ctx.incident.severity is not None:
        return SKIP
    ctx.post(
        NO_SEVERITY(),
        blocks=_with(ctx, NO_SEVERITY(), [display.severity_button()]),
        until=[EntryKind.SEVERITY_CHANGED, *EntryKind.endings()],
    )
    return None


@recurring_notification(
    after=timedelta(hours=4), every=timedelta(hours=12), times=6, hours=WorkingHours(time_zone=settings.TIME_ZONE)
)
def still_open(ctx: NotificationContext) -> Skip | None:
    """Incidents that everybody forgot to resolve make every figure wrong. Nobody resolves them at night."""
    last = ctx.incident.entries.exclude(actor=None).order_by("-seq").values_list("recorded_at", flat=True).first()
    if last is not None and ctx.now - last < timedelta(hours=4):
        return SKIP
    length = display.length_words(ctx.incident.duration(ctx.now))
    resolve = resolve_button(ctx.incident)
    ctx.post(
        STILL_OPEN(length=length),
        blocks=_with(ctx, STILL_OPEN(length=length), [*([resolve] if resolve else []), display.update_button()]),
        until=EntryKind.endings(),
    )
    return None


def _with(ctx: NotificationContext, text: str, buttons: Sequence[Button]) -> list[Block]:
    """Ask, and lay the buttons below that give the answer."""
    return [SectionBlock(text=MarkdownTextObject(text=text)), display.buttons_block(ctx.incident, buttons)]

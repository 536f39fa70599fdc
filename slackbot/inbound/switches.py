"""The switches of the Slack interface: each plugin, and all reminders. `jobs.switches` turns them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

from django.conf import settings
from django.db.models import QuerySet

from incidents.models import Following
from jobs import switches, tiers
from jobs.models import Job, Switch
from jobs.switches import Family
from jobs.tiers import Tier
from slackbot.inbound.job_kinds.kind import kinds_that
from slackbot.kit.registry import BUILT_IN, registry
from slackbot.kit.switches import EXTRAS, PLUGIN, REMINDERS
from slackbot.models import InboxEntry, Reminder

Row = TypeVar("Row", bound=Job)

CALM: Final = timedelta(seconds=5)  # between reminders that were held and come back


class Reminders(Family):
    """All reminders. Due ones are not handed over while the switch is off: see `due_reminders.hand_over_due`."""

    def names(self) -> Mapping[str, str]:
        return {REMINDERS: "All reminders"}

    def held_by(self, key: str, rows: QuerySet[Row]) -> QuerySet[Row]:
        if rows.model is not InboxEntry:
            return rows.none()
        return rows.filter(kind__in=kinds_that(lambda kind: kind.is_reminder))

    def turned_on(self, key: str, *, at: datetime) -> None:
        """Have overdue reminders come back one by one."""
        if key not in (REMINDERS, EXTRAS):
            return
        overdue = Reminder.objects.filter(is_open=True, due_at__lt=at).order_by("due_at")
        for number, reminder in enumerate(overdue):
            Reminder.objects.filter(pk=reminder.pk).update(due_at=at + number * CALM)


class Plugins(Family):
    """Each plugin: its rows wait while it is off."""

    prefix = PLUGIN

    def names(self) -> Mapping[str, str]:
        plugins = sorted({each.plugin for each in registry.by_id.values()} - {BUILT_IN})
        return {f"{PLUGIN}{label}": f"The plugin {label}" for label in plugins}

    def leave_out_held(
        self, rows: QuerySet[Row], off: QuerySet[Switch], by_environment: Sequence[str]
    ) -> QuerySet[Row]:
        if rows.model not in (InboxEntry, Following):
            return rows
        rows = rows.exclude(plugin__in=off.filter(key__startswith=PLUGIN).values("subject"))
        return rows.exclude(plugin__in=[key.removeprefix(PLUGIN) for key in by_environment if key.startswith(PLUGIN)])

    def held_by(self, key: str, rows: QuerySet[Row]) -> QuerySet[Row]:
        has_plugins = rows.model in (InboxEntry, Following)
        return rows.filter(plugin=key.removeprefix(PLUGIN)) if has_plugins else rows.none()

    def may_be_missing(self, key: str) -> bool:
        """In safe mode no plugin is loaded."""
        return bool(settings.SAFE_MODE) and key.startswith(PLUGIN)


tiers.describe(
    {
        Tier.ESSENTIAL: "Urgent (declaring, channel, commands, headline)",
        Tier.RECORD: "Updates, pins and timeline notes in Slack",
        Tier.EXTRA: "Reminders, statistics and plugins",
    }
)
switches.register(Reminders())
switches.register(Plugins())

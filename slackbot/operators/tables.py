"""The inbox and the outbox, as operators see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet

from jobs import tables
from jobs.tables import Description, Table
from people.models import Person
from slackbot.inbound.job_kinds.kind import kind_of, kinds_that
from slackbot.models import InboxEntry, OutboxEntry
from slackbot.operators.belonging import HIDDEN, Belonging
from slackbot.outbound.deliveries.kind import kinds_where


class Inbox(Table[InboxEntry]):
    name = "in"
    title = "inbox"
    direction = "from Slack"
    purpose = "to be processed"

    def rows(self) -> QuerySet[InboxEntry]:
        return InboxEntry.objects.all()

    def queue_of(self, row: InboxEntry) -> str:
        return row.queue

    def describe(self, rows: Sequence[InboxEntry], *, viewer: Person | None) -> list[Description]:
        belonging = Belonging.of(rows, viewer=viewer)
        return [_hidden(row, belonging) or self._description(row, belonging) for row in rows]

    def _description(self, row: InboxEntry, belonging: Belonging) -> Description:
        whose = f"{row.plugin}: " if row.plugin else ""
        name = f"{whose}{kind_of(row.kind).described(row)} ({row.kind}){belonging.about(row)}"
        event = row.payload.get("type") if isinstance(row.payload, dict) else None
        return Description(name, row.error, f"event: {event}, key {row.key}" if event else f"key {row.key}")

    def why_not_retried(self, row: InboxEntry) -> str:
        if kind_of(row.kind).can_retry:
            return ""
        return "You can only discard this job: the person who asked was notified and has probably tried again."

    def is_too_late(self) -> Q:
        """Drop what would only speak to people, or what a plugin runs, unless it was promised to somebody."""
        speaks, promised = kinds_that(lambda kind: kind.speaks), kinds_that(lambda kind: kind.is_promised)
        return (Q(kind__in=speaks) | ~Q(plugin="")) & ~Q(kind__in=promised)


class Outbox(Table[OutboxEntry]):
    name = "out"
    title = "outbox"
    direction = "to Slack"
    purpose = "to be sent to Slack"
    reset = {"refused_at": None}

    def rows(self) -> QuerySet[OutboxEntry]:
        return OutboxEntry.objects.select_related("incident")

    def queue_of(self, row: OutboxEntry) -> str:
        return OutboxEntry.QUEUE

    def describe(self, rows: Sequence[OutboxEntry], *, viewer: Person | None) -> list[Description]:
        belonging = Belonging.of(rows, viewer=viewer)
        return [_hidden(row, belonging) or Description(f"{row.kind}{belonging.about(row)}", row.error) for row in rows]

    def not_on_hold(self, rows: QuerySet[OutboxEntry]) -> QuerySet[OutboxEntry]:
        """Leave out what Slack refuses individually: it is listed elsewhere."""
        return rows.filter(refused_at=None)

    def worth_counting(self, rows: QuerySet[OutboxEntry]) -> QuerySet[OutboxEntry]:
        return rows.exclude(kind__in=kinds_where(lambda kind: kind.only_checks))

    def is_kept(self) -> Q:
        return Q(kind__in=kinds_where(lambda kind: kind.is_kept))


def _hidden(row: Any, belonging: Belonging) -> Description | None:
    return Description(f"{row.kind}{belonging.about(row)}", HIDDEN) if belonging.is_hidden(row) else None


tables.register(Inbox())
tables.register(Outbox())

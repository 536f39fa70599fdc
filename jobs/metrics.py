"""Prometheus' view of the queues, read from the database when it is asked for: every process tells the same."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from django.db import DatabaseError
from django.utils import timezone
from prometheus_client import REGISTRY, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from jobs import backlog, heartbeats, switches
from jobs.models import Heartbeat

logger = logging.getLogger(__name__)


class Queues(Collector):
    """Alert on `response_oldest_waiting_seconds` by tier, `response_given_up`, and a heartbeat that grows old."""

    def collect(self) -> Iterator[Metric]:
        try:
            yield from [*_waiting(), *_trouble(), *_beats(), *_switches()]
        except DatabaseError as error:
            logger.warning("Could not read the metrics of the queues: %s", error)

    def describe(self) -> Iterator[Metric]:
        """Keep the registry from asking the database while the program starts."""
        return iter(())


def _waiting() -> Iterator[Metric]:
    now = timezone.now()
    labels = ["direction", "tier"]
    count = GaugeMetricFamily("response_waiting", "Jobs that wait, except those that a switch holds", labels=labels)
    oldest = GaugeMetricFamily("response_oldest_waiting_seconds", "How long the oldest of it has waited", labels=labels)
    for line in backlog.waiting():
        count.add_metric([line.table.name, str(line.tier.value)], line.count)
        oldest.add_metric([line.table.name, str(line.tier.value)], line.age(now))
    yield count
    yield oldest


def _trouble() -> Iterator[Metric]:
    given_up = GaugeMetricFamily("response_given_up", "Work that was quarantined or refused and waits for a person")
    given_up.add_metric([], backlog.count_given_up())
    yield given_up
    audit = Heartbeat.objects.filter(name=heartbeats.AUDITOR).first()
    findings = GaugeMetricFamily("response_audit_findings", "What the auditor last found wrong")
    findings.add_metric([], len(audit.findings) if audit else 0)
    yield findings


def _beats() -> Iterator[Metric]:
    beat = GaugeMetricFamily("response_beat_timestamp_seconds", "When a worker was last seen", labels=["worker"])
    for each in [*heartbeats.workers(timezone.now()), *Heartbeat.objects.filter(name=heartbeats.AUDITOR)]:
        beat.add_metric([each.name], each.seen_at.timestamp())
    yield beat


def _switches() -> Iterator[Metric]:
    off = GaugeMetricFamily("response_switched_off", "1 for what operators have switched off", labels=["switch"])
    for position in switches.positions():
        off.add_metric([position.key], int(position.is_off))
    yield off


def register() -> None:
    REGISTRY.register(Queues())

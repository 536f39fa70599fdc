"""What Prometheus gets beyond what `jobs.metrics` knows of every queue."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from django.db import DatabaseError
from prometheus_client import REGISTRY, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from slackbot.outbound import refusals

logger = logging.getLogger(__name__)


class Refusals(Collector):
    """Alert on `response_refused`."""

    def collect(self) -> Iterator[Metric]:
        try:
            count = refusals.count()
        except DatabaseError as error:
            logger.warning("Could not read the metrics of rejections: %s", error)
            return
        refused = GaugeMetricFamily("response_refused", "What Slack refuses for a reason of its own and is tried again")
        refused.add_metric([], count)
        yield refused

    def describe(self) -> Iterator[Metric]:
        """Keep the registry from asking the database while the program starts."""
        return iter(())


def register() -> None:
    REGISTRY.register(Refusals())

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from jobs import queues, workers


class Command(BaseCommand):
    help = (
        "Run a worker for one queue until stopped. Without Redis, `manage.py up` and `worker` start one for each queue."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("queue", choices=sorted(queues.names()))

    def handle(self, *args: Any, **options: Any) -> None:
        workers.run(options["queue"])

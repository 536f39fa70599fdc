from __future__ import annotations

import math
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from jobs import queues, workers


class Command(BaseCommand):
    help = "Run one queue until stopped. Without Redis, `manage.py up` and `worker` start this for each queue."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("queue", choices=sorted(queues.names()))
        parser.add_argument(
            "--until-idle",
            type=float,
            default=math.inf,
            metavar="SECONDS",
            help="end when nothing was to do for so long",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        workers.run(options["queue"], until_idle=options["until_idle"])

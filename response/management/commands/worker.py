"""`manage.py worker`: the part of a deployment that works, without web pages."""

import sys
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from response import programs
from response.console import Console
from response.redaction import redacted
from response.supervisor import Program, Supervisor


class Command(BaseCommand):
    help = "Run the workers: for requests from Slack, for calls to Slack, and with Redis for Celery's wake-ups."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--verbose", action="store_true", help="show everything the workers say")

    def handle(self, *_args: Any, verbose: bool, **_options: Any) -> None:
        workers = programs.workers(verbose=verbose)
        console = Console(sys.stdout, names=[program.name for program in workers], clean=redacted)
        Supervisor(workers, console=console, verbose=verbose, when_up=lambda: say_what(workers, console)).run()


def say_what(workers: Sequence[Program], console: Console) -> None:
    console.tell(f"Working: {', '.join(program.name for program in workers)}.")
    if off := programs.what_is_off():
        console.tell(off)

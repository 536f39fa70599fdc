"""`manage.py worker`: the part of a deployment that works, without web pages."""

import sys
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from response import old_database, programs
from response.console import Console
from response.redaction import redacted
from response.supervisor import Program, Supervisor


class Command(BaseCommand):
    help = "Run workers for all queues, or only for the given ones. With Redis, they are Celery workers and a sweeper."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("queues", nargs="*", metavar="QUEUE", help="a queue to run (default: all queues)")
        parser.add_argument("--verbose", action="store_true", help="show all output of the workers")

    def handle(self, *_args: Any, queues: Sequence[str], verbose: bool, **_options: Any) -> None:
        if refusal := old_database.refusal():
            raise CommandError(refusal)
        if unknown := sorted(set(queues) - set(programs.queues())):
            raise CommandError(f"“{unknown[0]}” isn't a queue. Choose one of: {', '.join(programs.queues())}.")
        workers = programs.workers(verbose=verbose, only=queues)
        console = Console(sys.stdout, names=[program.name for program in workers], clean=redacted)
        Supervisor(workers, console=console, verbose=verbose, when_up=lambda: say_what(workers, console)).run()


def say_what(workers: Sequence[Program], console: Console) -> None:
    console.tell(f"Running workers: {', '.join(program.name for program in workers)}.")
    if off := programs.what_is_off():
        console.tell(off)

"""`manage.py up`: everything a deployment on one machine needs, in one command."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connections

from response import old_database, preflight, programs
from response.console import Console
from response.health import unapplied_migrations
from response.redaction import redacted
from response.supervisor import Program, Supervisor


class Command(BaseCommand):
    help = (
        "Start the web interface, the workers and, without SLACK_BOT_TOKEN, a simulated Slack. Ctrl-C stops everything."
    )
    scripts: Path | None = None  # More for the sandbox to play.
    requires_system_checks = ()  # `handle` runs them, once it is clear that this is no second start.

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--verbose", action="store_true", help="show all output of the processes")

    def handle(self, *_args: Any, verbose: bool, **_options: Any) -> None:
        try:
            if settings.SANDBOX:
                preflight.check_sandbox()
            preflight.make_data_dir(settings.DATA_DIR)
            lock = preflight.lock(settings.DATA_DIR)
            preflight.keep_private(settings.DATA_DIR)
            listener = preflight.listen(settings.BIND, settings.PORT, setting="PORT")
            if settings.SANDBOX:
                preflight.check_free("127.0.0.1", settings.SANDBOX_PORT, setting="SANDBOX_PORT")
        except preflight.StartRefusedError as refusal:
            raise CommandError(str(refusal)) from refusal
        preflight.make_secret_key(settings.SECRET_KEY_PATH)
        self.check()
        self._prepare_database()
        if settings.SANDBOX:
            with programs.manifest_path().open("w", encoding="utf-8") as manifest:
                call_command("slack_manifest", stdout=manifest)
        parts = list(self.programs(verbose=verbose, listener=listener.fileno()))
        console = Console(sys.stdout, names=[part.name for part in parts], clean=redacted)
        Supervisor(
            parts, console=console, verbose=verbose, keeps_open=(lock,), when_up=lambda: self.say_where(console)
        ).run()
        console.tell("Response has stopped.")

    def _prepare_database(self) -> None:
        if refusal := old_database.refusal():
            raise CommandError(refusal)
        try:
            if unapplied_migrations():
                self.stdout.write("Preparing the database …")
                call_command("migrate", verbosity=0, interactive=False)
        except DatabaseError as error:
            raise CommandError(f"Response can't use the database: {error}\nCheck DATABASE_URL or DATA_DIR.") from error
        connections.close_all()

    def programs(self, *, verbose: bool, listener: int) -> Iterator[Program]:
        if settings.SANDBOX:
            yield programs.sandbox(verbose=verbose, scripts=self.scripts)
        yield programs.web(verbose=verbose, listener=listener)
        yield from programs.workers(verbose=verbose)

    def say_where(self, console: Console) -> None:
        say_where(console)


def say_where(console: Console) -> None:
    console.tell(console.strong("Response is running. Ctrl-C stops everything."))
    if settings.SANDBOX:
        console.tell(f"  Sandbox   {settings.SANDBOX_URL}/  a simulated Slack: type /incident in #general")
    else:
        console.tell(f"  Slack     {settings.SLACK_API_URL}  sends its requests to {settings.SITE_URL}/slack/events")
    console.tell(f"  Product   {settings.SITE_URL}/")
    console.tell(f"  Headlines #{settings.INCIDENT_CHANNEL}")
    if settings.RESPONSE_PLUGINS:
        console.tell(f"  Plugins   {', '.join(settings.RESPONSE_PLUGINS)}")
    console.tell(f"  Data      {settings.DATA_DIR}")
    if off := programs.what_is_off():
        console.tell(off)

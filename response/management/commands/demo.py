"""`manage.py demo`: a two-minute incident to watch, with everything that `up` starts and data of its own."""

import argparse
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from response import preflight, programs
from response.console import Console
from response.management.commands import up
from response.supervisor import Program

SCRIPT = Path(settings.BASE_DIR) / "response/scripts/demo.yaml"
PLUGINS = "examples.runbook,examples.customer_ops"
PLUGIN_SETTINGS = {"CUSTOMER_OPS": "katherine@example.com"}  # what they need
FOLDER = "response-demo-"


class Command(up.Command):
    help = "Play a two-minute incident in the sandbox, with temporary data."
    scripts = SCRIPT.parent  # To play it once more: here its plugins are enabled.

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--now", action="store_true", help="begin immediately instead of when someone opens the page"
        )
        parser.add_argument("--speed", default="1", help="2 is twice as fast; `fast` doesn't wait between steps")
        parser.add_argument("--in", dest="folder", help=argparse.SUPPRESS)

    def handle(self, *args: Any, verbose: bool, **options: Any) -> None:
        if settings.INSTALLED:
            raise CommandError(
                "The demo uses example plugins that only a checkout contains. Clone Response and run `make demo`."
            )
        folder: str | None = options["folder"]
        if folder is None:
            begin_afresh()
        if Path(folder) != settings.DATA_DIR or not settings.DATA_DIR.name.startswith(FOLDER):
            raise CommandError("Don't use --in: `demo` uses it to restart itself.")
        self.now, self.speed = bool(options["now"]), str(options["speed"])
        try:
            super().handle(*args, verbose=verbose, **options)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def programs(self, *, verbose: bool, listener: int) -> Iterator[Program]:
        yield from super().programs(verbose=verbose, listener=listener)
        yield programs.replay(SCRIPT, speed=self.speed, when_watched=not self.now)

    def say_where(self, console: Console) -> None:
        console.tell(console.strong("The demo is ready. Ctrl-C stops everything."))
        console.tell(f"  Watch     {settings.SANDBOX_URL}/?as=katherine&follow=1")
        begins = "The incident has begun" if self.now else "The incident begins when you open that page"
        console.tell(f"            You are watching as Katherine. {begins}, and takes two minutes.")
        console.tell(f"  Product   {settings.SITE_URL}/  incidents on the web")
        console.tell(f"  Data      {settings.DATA_DIR}  only for this demo")


def begin_afresh() -> NoReturn:
    """Start this command again in an environment that knows no other data, and no other Slack."""
    folder = Path(tempfile.mkdtemp(prefix=FOLDER)).resolve()
    environment = {
        **{name: os.environ[name] for name in (*programs.COMMON, "NO_COLOR") if name in os.environ},
        "DATA_DIR": str(folder),
        "PORT": free_port("PORT", settings.PORT),
        "SANDBOX_PORT": free_port("SANDBOX_PORT", settings.SANDBOX_PORT),
        "RESPONSE_PLUGINS": PLUGINS,
        **PLUGIN_SETTINGS,
    }
    words = programs.manage(*sys.argv[1:], "--in", str(folder))
    sys.stdout.flush()
    os.execve(sys.executable, words, environment)  # noqa: S606


def free_port(name: str, usual: int) -> str:
    """Return the port that was chosen, else the usual one if it is free, else any."""
    if not os.environ.get(name):
        try:
            preflight.check_free("127.0.0.1", usual, setting=name)
        except preflight.StartRefusedError:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                return str(free.getsockname()[1])
    return str(usual)

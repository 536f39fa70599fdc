from __future__ import annotations

import getpass
import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from jobs import switches
from jobs.errors import NotPossible


class Command(BaseCommand):
    help = "Disable or enable a tier, a plugin or all reminders. Without arguments, show all switches."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("to", nargs="?", choices=["on", "off"])
        parser.add_argument("switch", nargs="?", help="tier-1, tier-2, reminders, plugin:NAME")
        parser.add_argument("--why", default="", help="the reason, which is shown with the switch")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["to"] is None:
            for each in switches.positions():
                self.stdout.write(_line(each))
            return
        if options["switch"] is None:
            raise CommandError(f"Name a switch: {', '.join(switches.names())}.")
        now = timezone.now()
        try:
            if options["to"] == "off":
                switches.turn_off(options["switch"], by=_login(), door="command line", why=options["why"], at=now)
            else:
                switches.turn_on(options["switch"], by=_login(), door="command line", at=now)
        except NotPossible as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"{options['switch']} is {'enabled' if options['to'] == 'on' else 'disabled'}.")


def _line(position: switches.Position) -> str:
    state = "off" if position.is_off else "on"
    facts = ["by the environment"] if position.by_environment else []
    if position.off_since:
        facts.append(f"since {position.off_since:%Y-%m-%d %H:%M} UTC")
    in_brackets = f" ({', '.join(facts)})" if facts else ""
    why = f": {position.why}" if position.why else ""
    return f"{state:<4}{position.key:<24}{position.name}{in_brackets}{why}"


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a number that has no name
        return f"user {os.getuid()}"

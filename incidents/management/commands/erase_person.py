"""Erase a person: remove their identity, and keep the history."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from incidents import erasure
from people.actors import System
from people.errors import Refusal
from people.models import Person


class Command(BaseCommand):
    help = "Replace a person's name with “a former colleague” everywhere: erase_person ada@example.com 'Asked us to'"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("person", help="the person's e-mail address, or their number in Response")
        parser.add_argument("reason", help="the reason, which is written to the log")

    def handle(self, *args: Any, person: str, reason: str, **options: Any) -> None:
        by_number = person.isdecimal()
        found = list(Person.objects.filter(**({"pk": int(person)} if by_number else {"email__iexact": person}))[:2])
        if len(found) != 1:
            raise CommandError(
                "Several people have this address. Use the number."
                if found
                else "No person has this address or number."
            )
        try:
            is_new = erasure.erase_person(found[0], by=System("the command line"), reason=reason, at=timezone.now())
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"Person {found[0].pk} is {'now' if is_new else 'already'} erased.")

"""Create, list and revoke API tokens."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from incidents import queries
from people.errors import Refusal
from people.models import Person
from ui import tokens
from ui.models import ApiToken


class Command(BaseCommand):
    help = "Create, list and revoke API tokens: make ada@example.com 'Grafana' [--write], list, revoke 7"

    def add_arguments(self, parser: ArgumentParser) -> None:
        orders = parser.add_subparsers(dest="order", required=True)
        make = orders.add_parser("make", help="create a token and print it once")
        make.add_argument("email", help="the e-mail address of the person for whom the token acts")
        make.add_argument("name", help="the purpose of the token")
        make.add_argument("--write", action="store_true", help="let the token change incidents, too")
        orders.add_parser("list", help="list the valid tokens")
        revoke = orders.add_parser("revoke", help="revoke a token")
        revoke.add_argument("id", type=int, help="the token's number, as shown by `list`")

    def handle(self, *args: Any, order: str, **options: Any) -> None:
        try:
            match order:
                case "make":
                    self._make(options["email"], options["name"], write=options["write"])
                case "revoke":
                    self._revoke(options["id"])
                case _:
                    self._list()
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal

    def _make(self, email: str, name: str, *, write: bool) -> None:
        scope = ApiToken.Scope.WRITE if write else ApiToken.Scope.READ
        self.stdout.write(tokens.make_token(person_at(email), name=name, scope=scope, at=timezone.now()))

    def _list(self) -> None:
        for token in ApiToken.objects.filter(revoked_at=None).select_related("person"):
            used = f"{token.last_used_at:%Y-%m-%d}" if token.last_used_at else "never"
            self.stdout.write(f"{token.pk}  {token}  {token.person}  {token.scope}  last used: {used}")

    def _revoke(self, number: int) -> None:
        token = ApiToken.objects.filter(pk=number).select_related("person").first()
        if token is None:
            raise CommandError(f"There is no token {number}. `manage.py api_token list` shows all tokens.")
        tokens.revoke_token(token.person, pk=number, at=timezone.now())
        self.stdout.write(f"Revoked: {token}")


def person_at(email: str) -> Person:
    found = list(queries.responders().filter(email__iexact=email)[:2])
    if len(found) != 1:
        how_many = "No person has" if not found else "Several people have"
        raise CommandError(f"{how_many} the e-mail address {email}.")
    return found[0]

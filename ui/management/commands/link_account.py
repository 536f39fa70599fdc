"""Link a web account to a person in Slack."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from people.errors import Refusal
from ui import accounts
from ui.management.commands.api_token import person_at


class Command(BaseCommand):
    help = "Link a web account to a person in Slack: link_account ada ada@example.com"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="the account's username")
        parser.add_argument("email", help="the e-mail address that the person has in Slack")

    def handle(self, *args: Any, username: str, email: str, **options: Any) -> None:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no account {username}. Create one with `manage.py createsuperuser`.")
        person = person_at(email)
        try:
            accounts.link(user, person)
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"The account {username} now belongs to {person}.")

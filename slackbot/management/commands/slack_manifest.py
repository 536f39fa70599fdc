from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from slackbot.manifest import manifest


class Command(BaseCommand):
    help = "Print the app manifest for this deployment: paste it at https://api.slack.com/apps, From a manifest."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", default=settings.SITE_URL, help="where Slack reaches this site (SITE_URL)")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(json.dumps(manifest(site_url=options["url"]), indent=2))

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from slackbot.manifest import manifest


class Command(BaseCommand):
    help = "Print this deployment's app manifest. Paste it at https://api.slack.com/apps under “From a manifest”."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--url", default=settings.SITE_URL, help="the address at which Slack reaches Response (default: SITE_URL)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(json.dumps(manifest(site_url=options["url"]), indent=2))

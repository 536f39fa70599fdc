from __future__ import annotations

import sys
import textwrap
from typing import Any

from django.core.management.base import BaseCommand
from django.template.defaultfilters import pluralize
from django.utils import timezone

from slackbot.operators.doctor import Verdict, examine


class Command(BaseCommand):
    help = "Check settings, database, Redis, Slack, workers and queues. Exit with code 1 if something is wrong."
    requires_system_checks = ()  # it tells of them itself

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = 0
        for finding in examine(timezone.now()):
            wrong += finding.verdict is Verdict.WRONG
            self.stdout.write(f"{finding.verdict.value} {finding.sentence}")
            if finding.details:
                self.stdout.write(textwrap.indent(finding.details, "    "))
        if wrong:
            self.stdout.write(f"\n{wrong} {pluralize(wrong, 'problem needs,problems need')} your attention.")
            sys.exit(1)
        self.stdout.write("\nNo problems found.")

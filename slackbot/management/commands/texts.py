from __future__ import annotations

import json
from itertools import groupby
from typing import Any

from django.core.management.base import BaseCommand

from slackbot.kit.registry import registry
from slackbot.kit.words import HEADLINE_LINES, Sentence, sentences

START = """\
# These are the texts that Response posts in Slack. Keep the ones you change, delete the rest, and set RESPONSE_TEXTS
# to the path of your file. Write them in Slack's mrkdwn. The line above a text lists the placeholders that it may
# contain. Each severity can have its own emoji:
# [emoji.severity] major = "🔥"
"""


class Command(BaseCommand):
    help = "Print every text that RESPONSE_TEXTS can change, with its current words, as a file to start from."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(START)
        for table, members in groupby(sorted(sentences.values(), key=_place), key=lambda each: _place(each)[0]):
            self.stdout.write(f"\n[{table}]")
            for each in members:
                self._write(each)

    def _write(self, each: Sentence) -> None:
        if each.facts:
            self.stdout.write(f"# {' '.join(f'{{{fact}}}' for fact in each.facts)}")
        value: str | list[str] = each.template
        if each is HEADLINE_LINES:
            lines = sorted(registry.headline_lines.values(), key=lambda line: (line.order, line.id))
            value = each.template.split() or [line.name for line in lines]
        self.stdout.write(f"{_place(each)[1]} = {json.dumps(value, ensure_ascii=False)}")


def _place(each: Sentence) -> tuple[str, str]:
    table, _, name = each.key.rpartition(".")
    return table, name

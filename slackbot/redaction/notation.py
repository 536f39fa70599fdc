"""Read Slack's notation, so that a text is found in the form in which it is stored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from incidents.traces import Convert, Split, Traces
from slackbot.api.mrkdwn import to_markdown
from slackbot.directory import workspace
from slackbot.directory.people import names_of
from slackbot.kit import commands
from slackbot.kit.registry import registry

AUTHOR: Final = re.compile(r"\A\s*\*[^*\n]+\*:\s*")
MENTIONS: Final = re.compile(r"<[@!#][^>]*>")


def reading_mrkdwn(traces: Traces) -> Traces:
    """Return the same traces, comparing messages in the form in which we would store them."""
    return traces.reading(*notation(Names()))


def notation(names: Names) -> tuple[Convert, Split]:
    """Return how to read Slack's notation in one redaction: `names` looks up each person only once."""
    place = workspace.present()

    @cache  # an event has its words in several places, and there are several events about a message
    def as_markdown(leaf: str) -> str:
        return to_markdown(leaf, names=names)

    def carried(leaf: str) -> Iterator[str]:
        """Yield the text given to a command, and the text we post after an author's name, both without mentions."""
        yield as_markdown(AUTHOR.sub("", leaf))
        for line in (commands.said_to(place.bot_user_id, leaf) if place else None) or [leaf]:
            said = commands.split(line)
            if said.name in registry.commands:
                yield as_markdown(said.text)
                yield as_markdown(MENTIONS.sub(" ", said.text))

    return as_markdown, carried


class Names(dict[str, str]):
    """People's names by Slack id."""

    def get(self, user_id: str, default: Any = None) -> Any:
        if user_id not in self:
            self[user_id] = names_of([user_id]).get(user_id, "")
        return self[user_id] or default

"""A message in Slack, as handlers get it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from slackbot.api import message_text
from slackbot.directory.people import names_of


@dataclass(frozen=True)
class SaidMessage:
    """A message in Slack. `text` is mrkdwn, `blocks` are as Slack draws them, `raw` is all that Slack sent of it."""

    channel_id: str
    ts: str
    text: str
    permalink: str
    blocks: Sequence[Mapping[str, Any]] = ()
    thread_ts: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """Name the message as pins and notes on the timeline do."""
        return f"{self.channel_id}:{self.ts}"

    @property
    def plain(self) -> str:
        """Return everything that it says, blocks and attachments included, as one reads it in Slack."""
        return message_text.plain_words_of(self.raw, names=self._names)

    @property
    def markdown(self) -> str:
        """Return everything that it says as Markdown, for the domain's services."""
        return message_text.markdown_of(self.raw, names=self._names)

    @property
    def is_deleted(self) -> bool:
        """Whether only a tombstone is left, as Slack leaves for a deleted message with replies."""
        return message_text.is_deleted(self.raw)

    @property
    def _names(self) -> Mapping[str, str]:
        return names_of(message_text.ids_in(self.raw))

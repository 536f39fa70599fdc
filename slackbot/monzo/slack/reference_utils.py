"""References to people and channels in Slack's texts."""

from __future__ import annotations

import re

from slackbot.api.mrkdwn import mentioned, to_plain
from slackbot.directory.people import names_of


def channel_reference(channel_id: str | None) -> str | None:
    return None if channel_id is None else f"<#{channel_id}>"


def user_reference(user_id: str) -> str:
    return f"<@{user_id}>"


def reference_to_id(value: str) -> str | None:
    """Return the Slack id of the first person whom a text mentions."""
    found = re.search(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>", value)
    return found[1] if found else None


def user_ref_to_username(value: re.Match[str]) -> str:
    """Return "@ada" for a match of "<@U0ADA>"."""
    return to_plain(value.group(), names=names_of(mentioned(value.group())))


def slack_to_human_readable(value: str) -> str:
    """Return a text with names instead of references, and without markup."""
    return to_plain(value, names=names_of(mentioned(value)))

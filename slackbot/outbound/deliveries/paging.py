"""Slack's lists, which come in pages."""

from __future__ import annotations

from typing import Any

from slackbot.api.client import PAGE


def page(channel: str, cursor: str) -> dict[str, Any]:
    """Return the arguments for a page of a channel's list; the first page has the cursor ""."""
    return {"channel": channel, "limit": PAGE, **({"cursor": cursor} if cursor else {})}

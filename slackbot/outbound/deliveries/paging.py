"""Slack's lists, which come in pages."""

from __future__ import annotations

from typing import Any

from slackbot.api.client import PAGE


def page(channel: str, cursor: str) -> dict[str, Any]:
    return {"channel": channel, "limit": PAGE, **({"cursor": cursor} if cursor else {})}

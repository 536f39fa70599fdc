from __future__ import annotations

from slackbot.monzo.slack.client import SlackClient


def get_user_profile(external_id: str | None) -> dict[str, str] | None:
    """Return id, name, fullname and email of somebody, as Response knows them."""
    return SlackClient().get_user_profile(external_id)


def update_user_cache() -> None:
    """Do nothing: Response follows who people are by itself."""

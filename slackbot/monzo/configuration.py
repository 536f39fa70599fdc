"""What plugins of the ancestor find in `django.conf.settings`: import `settings` from `slackbot.monzo` instead."""

from __future__ import annotations

from typing import Any

from django.conf import settings as django_settings

from slackbot import workspace
from slackbot.monzo.slack.client import SlackClient


class Settings:
    """Django's settings, and those of the ancestor that were made when it started."""

    SLACK_CLIENT = SlackClient()

    @property
    def INCIDENT_CHANNEL_ID(self) -> str:  # noqa: N802 — it is a setting
        place = workspace.present()
        return place.incident_channel_id if place else ""

    @property
    def INCIDENT_CHANNEL_NAME(self) -> str:  # noqa: N802
        return str(django_settings.INCIDENT_CHANNEL)

    @property
    def INCIDENT_BOT_ID(self) -> str:  # noqa: N802
        place = workspace.present()
        return place.bot_user_id if place else ""

    def __getattr__(self, name: str) -> Any:
        return getattr(django_settings, name)


settings = Settings()

"""What plugins of monzo/response find in `django.conf.settings`: import `settings` from `slackbot.monzo` instead.

A deployment of monzo/response had a settings module of its own, with the keys of its plugins. Here those are in the
environment.
"""

from __future__ import annotations

import re
from typing import Any, Final

from django.conf import settings as django_settings

from slackbot.directory import workspace
from slackbot.kit.plugin_settings import SHORTEST
from slackbot.monzo.slack.client import SlackClient

SECRET: Final = re.compile(r"KEY|TOKEN|SECRET|PASSWORD")  # in the name of a setting whose value must not be logged


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
        """Return Django's setting, else the environment variable. Raise `AttributeError` when neither is set."""
        if not name.isupper() or hasattr(django_settings, name):
            return getattr(django_settings, name)
        text = str(django_settings.READ_PLUGIN_SECRET(name))
        if not text:
            raise AttributeError(f"Set the environment variable {name}, which a plugin reads.")
        if SECRET.search(name) and len(text) >= SHORTEST:
            django_settings.PLUGIN_SECRETS.add(text)
        return text


settings = Settings()

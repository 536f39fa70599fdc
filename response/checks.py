"""Wrong settings are found at the start, with a hint, and not by the first incident."""

import importlib.util
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error

from response import environment


def check_deployment(**_kwargs: Any) -> list[CheckMessage]:
    return [*_secrets(), *_addresses(), *_no_mixing(), *_transport(), *_names(), *_database(), *_heartbeat()]


def _secrets() -> Iterator[CheckMessage]:
    others_come = settings.PRODUCTION or settings.SITE_HOST not in settings.LOOPBACK
    if others_come and not environment.secret("SECRET_KEY"):
        yield Error(
            "SECRET_KEY is not set, and this is not a trial on one machine.",
            hint="Make one and keep it: python3 -c 'import secrets; print(secrets.token_urlsafe(50))'",
            id="response.E001",
        )
    elif not (
        # In the sandbox everybody signs in by one click: there the key guards nothing.
        settings.SANDBOX or environment.secret("SECRET_KEY") or settings.SECRET_KEY_PATH.exists() or settings.DEBUG
    ):
        yield checks.Warning(
            "The well-known development SECRET_KEY is in use.",
            hint="Start with `manage.py up`, which makes a key, or set SECRET_KEY.",
            id="response.W002",
        )
    if others_come and settings.DEBUG:
        yield Error(
            "DEBUG is on in production: error pages would show secrets to everybody.",
            hint="Remove DEBUG from the environment.",
            id="response.E003",
        )


def _addresses() -> Iterator[CheckMessage]:
    if not settings.PRODUCTION or environment.text("SITE_URL"):
        return
    yield Error(
        "SITE_URL is not set: links in Slack would lead nowhere.",
        hint="Set SITE_URL to the address people open, for example https://incidents.example.com",
        id="response.E004",
    )
    if not environment.words("ALLOWED_HOSTS"):
        yield Error(
            "ALLOWED_HOSTS is not set: only this machine could open the pages.",
            hint="Set SITE_URL: its host is allowed. Or list the hosts: ALLOWED_HOSTS=incidents.example.com",
            id="response.E005",
        )


def _no_mixing() -> Iterator[CheckMessage]:
    to_slack = urlsplit(settings.SLACK_API_URL).hostname not in settings.LOOPBACK
    if not settings.SANDBOX and settings.SLACK_BOT_TOKEN.startswith("xoxb-sandbox") and to_slack:
        yield Error(
            f"SLACK_BOT_TOKEN is a sandbox's, but SLACK_API_URL is {settings.SLACK_API_URL}",
            hint="Set SLACK_BOT_TOKEN to the token of your Slack app, or unset it to work with the sandbox.",
            id="response.E010",
        )
    if settings.SANDBOX and to_slack:
        yield Error(
            f"SLACK_API_URL is {settings.SLACK_API_URL}, but there is no SLACK_BOT_TOKEN.",
            hint="Set SLACK_BOT_TOKEN to work with Slack, or unset SLACK_API_URL to work with the sandbox.",
            id="response.E011",
        )
    if settings.SANDBOX:
        foreign = settings.SLACK_SIGNING_SECRET != settings.SANDBOX_SIGNING_SECRET
        for name in ["SLACK_SIGNING_SECRET"] * foreign + ["SLACK_APP_TOKEN"] * bool(settings.SLACK_APP_TOKEN):
            yield Error(
                f"{name} belongs to a real Slack app, but there is no SLACK_BOT_TOKEN.",
                hint=f"Set SLACK_BOT_TOKEN as well to work with Slack, or unset {name} to work with the sandbox.",
                id="response.E012",
            )
    elif not settings.SLACK_SIGNING_SECRET:
        yield Error(
            "SLACK_SIGNING_SECRET is not set: nobody could tell Slack's requests from a stranger's.",
            hint='Copy it from your Slack app, "Basic Information", "App Credentials".',
            id="response.E013",
        )


def _transport() -> Iterator[CheckMessage]:
    if settings.SLACK_APP_TOKEN and not settings.SANDBOX:
        yield Error(
            "SLACK_APP_TOKEN asks for Socket Mode, which Response does not speak yet.",
            hint="Unset it, and let Slack send its requests to <SITE_URL>/slack/events",
            id="response.E014",
        )


def _names() -> Iterator[CheckMessage]:
    if settings.COMMS_CHANNEL_NAME and "{number}" not in settings.COMMS_CHANNEL_NAME:
        yield Error(
            f"COMMS_CHANNEL_NAME is {settings.COMMS_CHANNEL_NAME!r}: two incidents would want the same channel.",
            hint="Let it contain {number}, for example inc-{number}-{title}",
            id="response.E020",
        )


def _database() -> Iterator[CheckMessage]:
    if importlib.util.find_spec("psycopg") is not None:
        yield Error(
            "psycopg 3 is installed: Django would silently use it instead of psycopg2, which is what we test.",
            hint="Remove it: pip uninstall psycopg",
            id="response.E030",
        )


def _heartbeat() -> Iterator[CheckMessage]:
    if settings.HEARTBEAT_URL and urlsplit(settings.HEARTBEAT_URL).scheme not in ("http", "https"):
        yield Error(
            f"HEARTBEAT_URL is {settings.HEARTBEAT_URL}, which nobody can be asked for.",
            hint="Give a whole address, for example https://heartbeat.example.com/response",
            id="response.E040",
        )

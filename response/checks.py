"""Wrong settings are found at the start, with a hint, and not by the first incident."""

import importlib.util
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error

from response import environment, reach

KEY_LENGTH: Final = 50
KEY_VARIETY: Final = 5  # different characters
TOKEN_LENGTH: Final = 20
MAKE_A_KEY: Final = "Generate a key and keep it: python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"


def check_deployment(**_kwargs: Any) -> list[CheckMessage]:
    return [
        *_sandbox(),
        *_secrets(),
        *_debug(),
        *_addresses(),
        *_no_mixing(),
        *_transport(),
        *_names(),
        *_database(),
        *_heartbeat(),
        *_metrics(),
    ]


def _others_come() -> bool:
    return settings.PRODUCTION or bool(settings.REACHED_BY)


def _sandbox() -> Iterator[CheckMessage]:
    if settings.SANDBOX and settings.REACHED_BY:
        yield Error(
            f"SLACK_BOT_TOKEN is not set, but other machines are involved: {', '.join(settings.REACHED_BY)}. "
            "In the sandbox, anyone can log in as anyone, so it runs on one machine only.",
            hint="Set SLACK_BOT_TOKEN to work with Slack, or unset the other settings to work with the sandbox.",
            id="response.E015",
        )


def _secrets() -> Iterator[CheckMessage]:
    given = environment.secret("SECRET_KEY")
    if given and (len(given) < KEY_LENGTH or len(set(given)) < KEY_VARIETY or given == settings.INSECURE_SECRET_KEY):
        yield Error(
            f"SECRET_KEY is easy to guess: it needs at least {KEY_LENGTH} random characters. "
            "Anyone who guesses it can log in as anyone.",
            hint=MAKE_A_KEY,
            id="response.E006",
        )
    elif _others_come() and not given:
        yield Error(
            "SECRET_KEY is not set, but other machines can reach Response.",
            hint=MAKE_A_KEY,
            id="response.E001",
        )
    elif not (
        # In the sandbox everybody signs in by one click: there the key guards nothing.
        settings.SANDBOX or given or settings.SECRET_KEY_PATH.exists() or settings.DEBUG
    ):
        yield checks.Warning(
            "The well-known development SECRET_KEY is in use.",
            hint="Start with `manage.py up`, which generates a key, or set SECRET_KEY.",
            id="response.W002",
        )
    if not settings.SANDBOX and _others_come() and settings.SLACK_SIGNING_SECRET == settings.SANDBOX_SIGNING_SECRET:
        yield Error(
            "SLACK_SIGNING_SECRET is the sandbox's well-known secret: anyone could forge requests from Slack.",
            hint='Copy yours from your Slack app, "Basic Information", "App Credentials".',
            id="response.E016",
        )


def _debug() -> Iterator[CheckMessage]:
    if settings.WANTS_DEBUG and _others_come():
        yield Error(
            "DEBUG is enabled, but other machines can reach Response: error pages would show its internals.",
            hint="Remove DEBUG from the environment.",
            id="response.E003",
        )


def _addresses() -> Iterator[CheckMessage]:
    site = urlsplit(settings.SITE_URL)
    if site.scheme not in ("http", "https") or not site.hostname or site.path or site.query:
        yield Error(
            f"SITE_URL is {settings.SITE_URL}. It must be an http:// or https:// address without a path.",
            hint="Set SITE_URL to the address that people open, for example https://incidents.example.com",
            id="response.E008",
        )
    elif site.scheme == "http" and environment.text("SITE_URL") and _others_come():
        yield Error(
            f"SITE_URL is {settings.SITE_URL}: without https, passwords and sessions would be sent unencrypted.",
            hint="Put a reverse proxy that handles TLS in front of Response, and set SITE_URL to its https:// address.",
            id="response.E007",
        )
    slack = urlsplit(settings.SLACK_API_URL)
    if slack.scheme != "https" and not reach.is_loopback(slack.hostname or ""):
        yield Error(
            f"SLACK_API_URL is {settings.SLACK_API_URL}: without https, the bot token would be sent unencrypted.",
            hint="Use an https:// address, or a server on this machine.",
            id="response.E017",
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield Error(
            "ALLOWED_HOSTS is *, so anyone could choose the host name in links and redirects.",
            hint="Remove it: the host of SITE_URL is allowed. Or list the hosts: ALLOWED_HOSTS=incidents.example.com",
            id="response.E009",
        )
    if not settings.PRODUCTION or environment.text("SITE_URL"):
        return
    yield Error(
        "SITE_URL is not set: links in Slack would not work.",
        hint="Set SITE_URL to the address that people open, for example https://incidents.example.com",
        id="response.E004",
    )
    if not environment.words("ALLOWED_HOSTS"):
        yield Error(
            "ALLOWED_HOSTS is not set: only this machine could open the pages.",
            hint="Set SITE_URL: its host is allowed. Or list the hosts: ALLOWED_HOSTS=incidents.example.com",
            id="response.E005",
        )


def _no_mixing() -> Iterator[CheckMessage]:
    to_slack = not reach.is_loopback(urlsplit(settings.SLACK_API_URL).hostname or "")
    if not settings.SANDBOX and settings.SLACK_BOT_TOKEN.startswith("xoxb-sandbox") and to_slack:
        yield Error(
            f"SLACK_BOT_TOKEN belongs to the sandbox, but SLACK_API_URL is {settings.SLACK_API_URL}.",
            hint="Set SLACK_BOT_TOKEN to the token of your Slack app, or unset it to work with the sandbox.",
            id="response.E010",
        )
    if settings.SANDBOX and to_slack:
        yield Error(
            f"SLACK_API_URL is {settings.SLACK_API_URL}, but SLACK_BOT_TOKEN is not set.",
            hint="Set SLACK_BOT_TOKEN to work with Slack, or unset SLACK_API_URL to work with the sandbox.",
            id="response.E011",
        )
    if settings.SANDBOX:
        foreign = settings.SLACK_SIGNING_SECRET != settings.SANDBOX_SIGNING_SECRET
        for name in ["SLACK_SIGNING_SECRET"] * foreign + ["SLACK_APP_TOKEN"] * bool(settings.SLACK_APP_TOKEN):
            yield Error(
                f"{name} belongs to a real Slack app, but SLACK_BOT_TOKEN is not set.",
                hint=f"Set SLACK_BOT_TOKEN as well to work with Slack, or unset {name} to work with the sandbox.",
                id="response.E012",
            )
    elif not settings.SLACK_SIGNING_SECRET:
        yield Error(
            "SLACK_SIGNING_SECRET is not set: Response could not verify that requests come from Slack.",
            hint='Copy it from your Slack app, "Basic Information", "App Credentials".',
            id="response.E013",
        )


def _transport() -> Iterator[CheckMessage]:
    if settings.SLACK_APP_TOKEN and not settings.SANDBOX:
        yield Error(
            "SLACK_APP_TOKEN is set, but Response doesn't support Socket Mode yet.",
            hint="Unset it, and set the app's request URL in Slack to <SITE_URL>/slack/events",
            id="response.E014",
        )


def _names() -> Iterator[CheckMessage]:
    if settings.COMMS_CHANNEL_NAME and "{number}" not in settings.COMMS_CHANNEL_NAME:
        yield Error(
            f"COMMS_CHANNEL_NAME is {settings.COMMS_CHANNEL_NAME!r}: two incidents could get the same channel name.",
            hint="Include {number}, for example inc-{number}-{title}",
            id="response.E020",
        )


def _database() -> Iterator[CheckMessage]:
    if importlib.util.find_spec("psycopg") is not None:
        yield Error(
            "psycopg 3 is installed: Django would silently use it instead of psycopg2, which Response is tested with.",
            hint="Uninstall it: pip uninstall psycopg",
            id="response.E030",
        )


def _heartbeat() -> Iterator[CheckMessage]:
    if settings.HEARTBEAT_URL and urlsplit(settings.HEARTBEAT_URL).scheme not in ("http", "https"):
        yield Error(
            f"HEARTBEAT_URL is {settings.HEARTBEAT_URL}. It must be an http:// or https:// address.",
            hint="Set it to a complete address, for example https://heartbeat.example.com/response",
            id="response.E040",
        )


def _metrics() -> Iterator[CheckMessage]:
    token = settings.METRICS_TOKEN
    if token and (len(token) < TOKEN_LENGTH or len(set(token)) < KEY_VARIETY):
        yield Error(
            f"METRICS_TOKEN is easy to guess: it needs at least {TOKEN_LENGTH} random characters.",
            hint="Generate a token: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'",
            id="response.E050",
        )
    if token and settings.METRICS == "public":
        yield Error(
            "METRICS is public, so nobody would need the METRICS_TOKEN that is set.",
            hint="Unset METRICS to require the token, or unset METRICS_TOKEN to let everyone read /metrics.",
            id="response.E051",
        )

"""Remove secrets from what people read: log lines, tracebacks, error pages."""

from __future__ import annotations

import json
import re
from collections.abc import ItemsView, Iterator
from functools import cache
from typing import Any, Final
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.views.debug import SafeExceptionReporterFilter

HIDDEN: Final = "[hidden]"
SHORTEST: Final = 8  # hiding a shorter secret would also hide ordinary words

# Texts that look like a secret, whether ours or not.
SHAPES: Final = re.compile(
    r"xox[a-z](?:\.xox[a-z])?-[\w-]{8,}"  # Slack's tokens
    r"|xapp-[\w-]{8,}"
    r"|response_[\w-]{30,}"  # ours, for the API
    r"|(?<=://)[^/\s:@'\"]*:[^/\s@'\"]+(?=@)"  # a login in an address
    r"|(?<=[Bb]earer )[\w.~+/=-]{8,}"
    r"|(?<=response_session=)\w+|(?<=response_csrf=)\w+"
)


def redacted(text: str) -> str:
    """Return the text without this deployment's secrets, and without what looks like one."""
    for secret in _secrets():
        text = text.replace(secret, HIDDEN)
    for secret in sorted(settings.PLUGIN_SECRETS, key=len, reverse=True):
        for form in (secret, quote(secret, safe=""), repr(secret)[1:-1], json.dumps(secret)[1:-1]):
            text = text.replace(form, HIDDEN)
    return SHAPES.sub(HIDDEN, text)


@cache
def _secrets() -> tuple[str, ...]:
    """Return every secret in the settings, in each form in which it may be written, the longest first."""
    found = {form for secret in _set_ones() if len(secret) >= SHORTEST for form in (secret, quote(secret, safe=""))}
    return tuple(sorted(found, key=len, reverse=True))


def _set_ones() -> Iterator[str]:
    if settings.SANDBOX:
        yield settings.SECRET_KEY
    else:
        yield from (settings.SLACK_BOT_TOKEN, settings.SLACK_SIGNING_SECRET, settings.SECRET_KEY)
    yield from (
        settings.SLACK_APP_TOKEN,
        settings.METRICS_TOKEN,
        str(settings.DATABASES["default"].get("PASSWORD") or ""),
    )
    for address in (settings.DATABASE_URL, settings.REDIS_URL, settings.HEARTBEAT_URL):
        if address:
            yield urlsplit(address).password or ""
    yield settings.HEARTBEAT_URL  # anyone who knows it can suppress the alarm


class ReportFilter(SafeExceptionReporterFilter):
    """Show only the names of settings, and no values of variables, on debug pages and in error reports."""

    def cleanse_setting(self, key: Any, value: Any) -> Any:
        cleansed = super().cleanse_setting(key, value)
        return cleansed if redacted(str(cleansed)) == str(cleansed) else self.cleansed_substitute

    def get_safe_settings(self) -> dict[str, Any]:
        """Return the settings without URLs, which may contain a login."""
        return {
            name: self.cleansed_substitute if name.endswith(("_URL", "DATABASE", "DATABASES")) else value
            for name, value in super().get_safe_settings().items()
        }

    def get_traceback_frame_variables(self, request: Any, tb_frame: Any) -> ItemsView[str, Any]:
        return dict[str, Any]().items()

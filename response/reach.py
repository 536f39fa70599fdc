"""Decide whether Response is reachable from other machines.

The sandbox trusts everybody, and debug pages show internals. Both are for one machine only, and a missing setting never
means trust.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

# Proxies add one of these headers, and we can't know whose request they pass on.
PASSED_ON: Final = (
    "Forwarded",
    "Via",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Server",
    "X-Real-IP",
    "X-Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
)
REFUSAL: Final = (
    "This is the sandbox, where anyone can log in as anyone. It accepts requests only from its own machine.\n"
    "To give others access, set SLACK_BOT_TOKEN. docs/slack.md explains how.\n"
)


def is_loopback(host: str) -> bool:
    """Return whether `host`, a name or an address, is this machine. Unknown hosts are not."""
    bare = host.strip().lower().removeprefix("[").removesuffix("]").removesuffix(".")
    if bare == "localhost" or bare.endswith(".localhost"):
        return True
    try:
        address = ip_address(bare)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def reasons(*, bind: str, site_url: str, allowed_hosts: Collection[str], database_host: str) -> list[str]:
    """Return a phrase for each setting that lets other machines in, or shows that this is more than a trial."""
    found = []
    if not is_loopback(bind):
        found.append(f"BIND is {bind}")
    if not is_loopback(urlsplit(site_url).hostname or ""):
        found.append(f"SITE_URL is {site_url}")
    found += [f"ALLOWED_HOSTS has {host}" for host in allowed_hosts if not is_loopback(host)]
    if database_host and not (is_loopback(database_host) or database_host.startswith("/")):
        found.append("DATABASE_URL is on another machine")
    return found


class SandboxStaysHere:
    """A middleware: with the sandbox, answer only this machine, whatever the settings allow."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_from_here = came_from_here(request)
        if settings.SANDBOX and (settings.REACHED_BY or not is_from_here):
            return HttpResponse(REFUSAL, status=403, content_type="text/plain")
        request.is_from_here = is_from_here  # type: ignore[attr-defined]  # a view that misses it must not trust
        return self._get_response(request)


def came_from_here(request: HttpRequest) -> bool:
    """Return whether a program on this machine sent the request, on its own behalf."""
    is_here = is_loopback(request.META.get("REMOTE_ADDR") or "")
    return is_here and not any(header in request.headers for header in PASSED_ON)


class TrueAddress:
    """A middleware: set REMOTE_ADDR to the client's address, as reported by trusted proxies."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.META["REMOTE_ADDR"] = client_address(
            request.META.get("REMOTE_ADDR") or "", request.headers.get("X-Forwarded-For", "")
        )
        return self._get_response(request)


def client_address(peer: str, passed_on: str) -> str:
    """Return the last address that isn't a trusted proxy's. Anybody may have written the ones before it."""
    hops = [hop.strip() for hop in passed_on.split(",") if hop.strip()]
    while hops and _is_trusted(peer):
        peer = hops.pop()
    return peer


def _is_trusted(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found in network for network in settings.TRUSTED_PROXIES)

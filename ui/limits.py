"""Count attempts and calls in the database, so that all processes of all machines share one limit."""

from __future__ import annotations

import secrets
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_address, ip_network
from typing import Final

from django.conf import settings
from django.core import signing
from django.db import connection, transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ui.models import Tally

MINUTE: Final = 60
CLEANED_EVERY: Final = 50  # seconds
KNOWN: Final = "response_known"  # the cookie of a browser in which somebody has signed in
KNOWN_FOR: Final = 90 * 24 * 60 * MINUTE

# One statement, so that two processes can't both take the last attempt. A window that is over begins again, as does one
# that ends later than possible, because the clock was wrong when it began.
COUNT: Final = """
    INSERT INTO ui_tally (key, count, ends_at) VALUES (%s, 1, %s)
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN ui_tally.ends_at > %s AND ui_tally.ends_at <= excluded.ends_at
            THEN ui_tally.count + 1 ELSE 1 END,
        ends_at = CASE WHEN ui_tally.ends_at > %s AND ui_tally.ends_at <= excluded.ends_at
            THEN ui_tally.ends_at ELSE excluded.ends_at END
    RETURNING count, ends_at
"""


@dataclass(frozen=True)
class Limit:
    """At most `quota` attempts within `window` seconds, counted from the first one."""

    name: str
    quota: int
    window: int

    def take(self, whose: str) -> State:
        """Count one attempt, and return the state."""
        now = int(time.time())
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(COUNT, [self._key(whose), now + self.window, now, now])
            count, ends_at = cursor.fetchone()
        if count == 1 and now % CLEANED_EVERY == 0:
            forget_what_is_over(now)
        return State(self, used=count, wait=max(1, ends_at - now))

    def look(self, whose: str) -> State:
        """Return the state without counting."""
        now = int(time.time())
        begun = Tally.objects.filter(key=self._key(whose), ends_at__gt=now, ends_at__lte=now + self.window)
        count, ends_at = begun.values_list("count", "ends_at").first() or (0, now + self.window)
        return State(self, used=count, wait=max(1, ends_at - now))

    def give_back(self, whose: str) -> None:
        """Undo one `take`, because it wasn't a failure."""
        Tally.objects.filter(key=self._key(whose), count__gt=0).update(count=F("count") - 1)

    def forget(self, whose: str) -> None:
        Tally.objects.filter(key=self._key(whose)).delete()

    def _key(self, whose: str) -> str:
        # People may type a password as their name, so only a digest is stored.
        return f"{self.name}:{_digest(whose)}"


@dataclass(frozen=True)
class State:
    """How much of a limit is used; its window ends in `wait` seconds."""

    limit: Limit
    used: int
    wait: int

    @property
    def is_exceeded(self) -> bool:
        return self.used > self.limit.quota

    @property
    def is_used_up(self) -> bool:
        return self.used >= self.limit.quota

    def put_on(self, response: HttpResponse) -> None:
        """Set the headers of https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/."""
        left = max(0, self.limit.quota - self.used)
        response["RateLimit-Policy"] = f'"{self.limit.name}";q={self.limit.quota};w={self.limit.window}'
        response["RateLimit"] = f'"{self.limit.name}";r={left};t={self.wait}'
        if response.status_code == 429:
            response["Retry-After"] = str(self.wait)


BY_NAME_AND_ADDRESS: Final = Limit("sign-in", quota=10, window=15 * MINUTE)
BY_ADDRESS: Final = Limit("sign-in-address", quota=50, window=15 * MINUTE)
BY_NAME: Final = Limit("sign-in-name", quota=100, window=15 * MINUTE)
BY_BROWSER: Final = Limit("sign-in-browser", quota=10, window=15 * MINUTE)
BAD_TOKENS: Final = Limit("bad-tokens", quota=30, window=MINUTE)


class TooManyAttempts(Exception):
    """Too many wrong secrets were tried."""

    def __init__(self, state: State) -> None:
        self.state = state
        super().__init__(sentence(state.wait))


def take_bad_token(request: HttpRequest) -> None:
    """Count a wrong token. Raise `TooManyAttempts` if the address sent too many before.

    Call it only for tokens that are wrong: nobody guesses a right one, and others at the same address need theirs.
    """
    state = BAD_TOKENS.look(address(request))
    if state.is_used_up:
        raise TooManyAttempts(state)
    BAD_TOKENS.take(address(request))


class PasswordLimit:
    """Count sign-in attempts before Django hashes the password. Never authenticate anyone."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None
    ) -> None:
        """Count the attempt. Raise `TooManyAttempts` if there were too many, whether the password is right or not."""
        if username is None or password is None:
            return
        for limit, whose in _limits_of(request, account(username)):
            # In order: an attempt that this address may no longer make must not use up the attempts of others.
            state = limit.take(whose)
            if state.is_exceeded:
                raise TooManyAttempts(state)


def signed_in(request: HttpRequest, username: str) -> None:
    """Undo what `PasswordLimit` counted: the password was right."""
    for limit, whose in _limits_of(request, account(username)):
        if limit in (BY_ADDRESS, BY_NAME):  # other people's guesses count there as well
            limit.give_back(whose)
        else:
            limit.forget(whose)


def remember_browser(response: HttpResponse, username: str) -> None:
    """Give the browser a cookie, so that other people's guesses at this account don't lock it out.

    See https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies.
    """
    value = signing.dumps(secrets.token_urlsafe(16), salt=_salt(account(username)))
    secure = settings.SESSION_COOKIE_SECURE
    response.set_cookie(KNOWN, value, max_age=KNOWN_FOR, secure=secure, httponly=True, samesite="Lax")


def _limits_of(request: HttpRequest | None, name: str) -> list[tuple[Limit, str]]:
    """Return the limits that an attempt counts against, each with its key, in the order in which they are checked."""
    if request is None:
        return [(BY_NAME, name)]
    browser = _known_browser(request, name)
    if browser is not None:
        return [(BY_BROWSER, browser)]
    place = address(request)
    return [(BY_NAME_AND_ADDRESS, f"{place} {name}"), (BY_ADDRESS, place), (BY_NAME, name)]


def _known_browser(request: HttpRequest, name: str) -> str | None:
    """Return the browser's random name if this account has signed in there before."""
    try:
        return str(signing.loads(request.COOKIES.get(KNOWN, ""), salt=_salt(name), max_age=KNOWN_FOR))
    except signing.BadSignature:
        return None


def _salt(name: str) -> str:
    # The account is in the signature, not in the cookie: other users of the browser can't read a name.
    return f"ui.limits.known:{_digest(name)}"


class AnswerTooManyAttempts:
    """A middleware that turns `TooManyAttempts` from any form into a page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, TooManyAttempts):
            return None
        response = render(request, "429.html", {"sentence": str(exception)}, status=429)
        exception.state.put_on(response)
        return response


def sentence(seconds: int) -> str:
    minutes = -(-seconds // MINUTE)
    wait = f"{seconds} seconds" if seconds < 2 * MINUTE else f"{minutes} minutes"
    return f"Too many failed attempts. Wait {wait}, then try again."


def account(username: str) -> str:
    """Return the form of the name that all its spellings share."""
    return unicodedata.normalize("NFKC", username).strip().casefold()


def address(request: HttpRequest) -> str:
    """Return the network that the request came from: an IPv6 client has at least a /64."""
    try:
        found = ip_address(request.META.get("REMOTE_ADDR") or "")
    except ValueError:
        return "unknown"
    found = getattr(found, "ipv4_mapped", None) or found
    return str(found) if found.version == 4 else str(ip_network((found, 64), strict=False))


def _digest(text: str) -> str:
    return sha256(text.encode(errors="replace")).hexdigest()


def forget_what_is_over(now: int) -> None:
    Tally.objects.filter(ends_at__lte=now).delete()

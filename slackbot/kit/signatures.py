"""Verify who sent a request to a plugin: a shared secret, and a hash of the request.

Plugins declare the check instead of implementing it, because it runs where requests come in, without plugins' code.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from slackbot.kit.declarations import Expected, RegistrationError, caller_of, check, list_of, one_of
from slackbot.kit.plugin_settings import Setting

PARTS: Final = ("{body}", "{timestamp}", "{delivery}")
HEADER: Final = Expected(
    "the name of a header", lambda value: isinstance(value, str) and bool(re.fullmatch(r"[A-Za-z0-9-]{1,100}", value))
)
TEXT: Final = Expected("a text", lambda value: isinstance(value, str))
LONGEST: Final = timedelta(hours=1)
SECONDS: Final = re.compile(r"[0-9]{1,13}")

Digest = Literal["sha256", "sha512"]
Encoding = Literal["hex", "base64"]


class Unsigned(Exception):
    """The signature is missing, wrong, or too old."""


@dataclass(frozen=True, kw_only=True)
class Signature:
    """How requests are signed: an HMAC of `signs`, in the header `header`, after `prefix`.

    `signs` is what the sender hashes, with {body}, {timestamp} (the header `timestamp`, in seconds since 1970)
    and {delivery} (the header `delivery`, the same when the sender repeats a request). The header may contain several
    signatures, separated by commas or spaces. While you replace a secret, list both in `secrets`.

    With a timestamp, a request is refused if it is more than `window` away from now. Without one, the same body is
    accepted once in fourteen days.
    """

    secrets: Sequence[Setting[str]]
    header: str
    prefix: str = ""
    signs: str = "{body}"
    timestamp: str = ""
    delivery: str = ""
    digest: Digest = "sha256"
    encoding: Encoding = "hex"
    window: timedelta = timedelta(minutes=5)

    def __post_init__(self) -> None:
        place = caller_of(3)

        def expect(argument: str, expected: Expected) -> None:
            check("Signature", argument, getattr(self, argument), expected, place=place)

        def is_secret(value: object) -> bool:
            return isinstance(value, Setting) and value.is_secret

        secrets = list_of("secrets, as secret(…) returns them", is_secret)
        expect("secrets", Expected(secrets.words, lambda value: secrets.fits(value) and len(value) > 0))
        expect("header", HEADER)
        expect("prefix", TEXT)
        expect("signs", TEXT)
        for name in ("timestamp", "delivery"):
            if getattr(self, name) != "":
                expect(name, HEADER)
            if bool(getattr(self, name)) != (f"{{{name}}}" in self.signs):
                raise RegistrationError(
                    f"Signature: {name} must name a header if, and only if, `signs` contains {{{name}}}. {place}"
                )
        if "{body}" not in self.signs:
            raise RegistrationError(f"Signature: `signs` must contain {{body}}. {place}")
        expect("digest", one_of(get_args(Digest)))
        expect("encoding", one_of(get_args(Encoding)))
        expect(
            "window",
            Expected(
                "a timedelta of at most an hour",
                lambda value: isinstance(value, timedelta) and timedelta(0) < value <= LONGEST,
            ),
        )

    def checked(self, body: bytes, headers: Mapping[str, str], *, now: datetime) -> str:
        """Return a key that is the same for repeats of this request. Raise `Unsigned` if the sender is unknown."""
        sent_at, delivery = self._header(headers, self.timestamp), self._header(headers, self.delivery)
        if self.timestamp and (
            not SECONDS.fullmatch(sent_at) or abs(now.timestamp() - int(sent_at)) > self.window.total_seconds()
        ):
            raise Unsigned
        said = self._header(headers, self.header)
        given = [each.removeprefix(self.prefix) for each in re.split(r"[,\s]+", said) if each.startswith(self.prefix)]
        signed = self._signed(body, sent_at, delivery)
        mine = [self._hash(signed, each.value) for each in self.secrets if each.value]
        # Every pair is compared, each in constant time, so that timing doesn't show which one was nearly right.
        matches = [hmac.compare_digest(one.encode(), other.encode()) for one in mine for other in given[:10]]
        if not any(matches):
            raise Unsigned
        return hashlib.sha256(delivery.encode() if delivery else sent_at.encode() + b":" + body).hexdigest()

    def sign(self, body: bytes, *, now: datetime, delivery: str = "1") -> dict[str, str]:
        """Return the headers of a signed request, for tests."""
        sent_at = str(int(now.timestamp())) if self.timestamp else ""
        hashed = self._hash(self._signed(body, sent_at, delivery if self.delivery else ""), self.secrets[0].value)
        named = {self.header: f"{self.prefix}{hashed}", self.timestamp: sent_at, self.delivery: delivery}
        return {name: value for name, value in named.items() if name}

    def _header(self, headers: Mapping[str, str], name: str) -> str:
        return headers.get(name, "") if name else ""

    def _signed(self, body: bytes, timestamp: str, delivery: str) -> bytes:
        values = {"{body}": body, "{timestamp}": timestamp.encode(), "{delivery}": delivery.encode()}
        parts = re.split(r"(\{body\}|\{timestamp\}|\{delivery\})", self.signs)
        return b"".join(values.get(part, part.encode()) for part in parts)

    def _hash(self, signed: bytes, key: str) -> str:
        digest = hmac.new(key.encode(), signed, self.digest).digest()
        return digest.hex() if self.encoding == "hex" else base64.b64encode(digest).decode()

"""What a call leads to: an `Answer`, or one of these exceptions.

    CallError               the call did not succeed; `temporary` if a later one may
    ├── Refused             not sent, or not on to where a redirect leads: the URL, its address, a header or the
    │                       certificate isn't acceptable
    ├── NotAnswered         no complete answer came (temporary)
    │   ├── Unreachable     unknown name, no connection, or the connection broke
    │   └── TookTooLong     a time limit passed
    ├── BadAnswer           the answer is too large, not readable, or one redirect too many
    └── Declined            an error status: `answer` holds it (temporary for 408, 425, 429 and most 5xx)
    CalledInTransaction     a mistake of the caller, and therefore no CallError

The messages are sentences for people. They name the host, never the rest of the URL, which may contain secrets.
"""

from __future__ import annotations

import json as json_format
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from urllib3.exceptions import InvalidHeader
from urllib3.util import Retry, parse_url

TEMPORARY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
CHARSET: Final = re.compile(r""";\s*charset\s*=\s*"?([\w.:-]+)""", re.ASCII | re.IGNORECASE)
# Others are read as UTF-8. Some of Python's raise errors whatever they are told, or take long for a large body.
CHARSETS: Final = frozenset(
    {
        *("utf-8", "utf8", "utf-16", "utf-16le", "utf-16be", "ascii", "us-ascii", "latin-1", "latin1"),
        *(f"iso-8859-{part}" for part in range(1, 17) if part != 12),
        *(f"{prefix}{page}" for prefix in ("windows-", "cp") for page in range(1250, 1259)),
        *("big5", "euc-jp", "euc-kr", "gb18030", "gb2312", "gbk", "iso-2022-jp", "koi8-r", "koi8-u", "shift-jis"),
    }
)
LONGEST_RETRY_AFTER: Final = 100  # characters; Python reads no number of more than 4,300 digits


class CalledInTransaction(RuntimeError):
    """A call inside a transaction."""


class CallError(Exception):
    """A call that did not succeed. Its message is a sentence for people."""

    temporary: bool = False


class Refused(CallError):
    """The request was not sent, or not on: the URL, its address, a header or the certificate isn't acceptable."""


class NotAnswered(CallError):
    """No complete answer came."""

    temporary = True


class Unreachable(NotAnswered):
    """The name is unknown, there was no connection, or the connection broke."""


class TookTooLong(NotAnswered):
    """A time limit passed."""


class BadAnswer(CallError):
    """The answer is too large, not readable, or one redirect too many."""


class Declined(CallError):
    """The other system answered with an error status."""

    def __init__(self, message: str, *, answer: Answer) -> None:
        super().__init__(message)
        self.answer = answer
        self.temporary = answer.status in TEMPORARY


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the other system answered. `url` is where it came from, after redirects; `headers` ignores upper case."""

    status: int
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """Return the body in the charset that the answer names, if it is one of `CHARSETS`, or else in UTF-8."""
        named = CHARSET.search(self.headers.get("content-type", ""))
        charset = named.group(1).lower().replace("_", "-") if named else "utf-8"
        return self.body.decode(charset if charset in CHARSETS else "utf-8", errors="replace")

    def json(self) -> Any:
        """Return the body read as JSON. Raises `BadAnswer` if it is something else."""
        try:
            return json_format.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise BadAnswer(f"{_host(self.url)} did not answer with JSON.") from error

    @property
    def retry_after(self) -> float | None:
        """Return how many seconds the other system asks to wait before the next call, six hours at most, or None."""
        try:
            sent = self.headers["retry-after"].strip()[:LONGEST_RETRY_AFTER]
            return max(Retry(0).parse_retry_after(sent), 0.0)
        except (KeyError, InvalidHeader, ValueError, OverflowError):
            return None


def _host(url: str) -> str:
    return (parse_url(url).host or "").strip("[]")

"""How long a call may take, and how much it may bring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

FIRST_PAUSE: Final = 0.2  # seconds before another attempt, unless Retry-After asks for more
LONGEST_PAUSE: Final = 2.0


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long a call may take, in seconds, and how much it may bring.

    `total` includes the look-up of names, redirects, all attempts and the pauses between them.
    """

    connect: float = 5  # for the look-up, for each connection, and for its TLS
    read: float = 10  # without a byte
    total: float = 30
    size: int = 1024 * 1024  # bytes of the body, as sent and decompressed
    redirects: int = 5
    attempts: int = 3  # of calls that can be repeated

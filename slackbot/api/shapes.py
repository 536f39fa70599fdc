"""What Slack sends has the shape that Slack documents, or ends in `Malformed`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Malformed(ValueError):
    """Not a payload that Slack documents."""


def reads(read: Callable[P, T]) -> Callable[P, T]:
    """Let a function that takes a payload apart say `Malformed` when the parts are of other types than documented."""

    @wraps(read)
    def reading(*args: P.args, **more: P.kwargs) -> T:
        try:
            return read(*args, **more)
        except (
            AttributeError,
            IndexError,
            KeyError,
            OSError,
            OverflowError,
            RecursionError,
            TypeError,
            ValueError,
        ) as error:
            if isinstance(error, Malformed):
                raise
            raise Malformed(f"{read.__name__}: {error!r}") from error

    return reading


@reads
def moment_of(ts: str) -> datetime:
    """Return when the message with this time stamp was posted. Raise `Malformed`."""
    return datetime.fromtimestamp(float(ts), tz=UTC)

"""What is being worked on, as fields of every log line that is written meanwhile, also by plugins."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

Facts = Mapping[str, str | int]

_present: Final[ContextVar[Facts]] = ContextVar("what is being worked on", default={})  # noqa: B039 — never changed


@contextmanager
def about(**facts: str | int) -> Iterator[None]:
    """Have log lines say this too: `delivery`, `handler`, `attempt`, `incident`, `outbox`."""
    token = _present.set({**_present.get(), **facts})
    try:
        yield
    finally:
        _present.reset(token)


def note(**facts: str | int) -> None:
    """Add to what is said until the present piece of work ends."""
    if _present.get():  # a thread of the web server outlives what it works on
        _present.set({**_present.get(), **facts})


class WorkFilter(logging.Filter):
    """Lets every record pass, with what is being worked on."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name, value in _present.get().items():
            if not hasattr(record, name):
                setattr(record, name, value)
        return True

"""Refusals of what operators ask for.

    NotPossible
    ├── NothingLeft         the row is done, or somebody discarded it
    ├── NotRetryable        the row can only be discarded
    ├── UnknownSwitch       there is no such switch, or the environment holds it
    └── ReasonTooLong

An interface catches `NotPossible` and shows its message.
"""

from __future__ import annotations


class NotPossible(Exception):
    """A refusal. Its message is a full sentence for people."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NothingLeft(NotPossible):
    pass


class NotRetryable(NotPossible):
    pass


class UnknownSwitch(NotPossible):
    pass


class ReasonTooLong(NotPossible):
    pass

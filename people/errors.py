"""What a service refuses, each with a sentence for people. A domain adds its own below these.

    Refusal
    ├── NotFound            there is no such thing, or the viewer may not see it
    ├── NotAllowed          the viewer may not do that
    ├── Unchanged           it already is what was asked for
    ├── Conflict            somebody else changed the same thing in the meantime
    ├── WrongState          not possible in the present state
    └── InvalidValue        a value that cannot be taken; `field` names it

Interfaces catch `Refusal` and show its message; nobody else does.
"""

from __future__ import annotations


class Refusal(Exception):
    """A refusal. Its message is a full sentence for people."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(Refusal):
    pass


class NotAllowed(Refusal):
    pass


class Unchanged(Refusal):
    pass


class Conflict(Refusal):
    """Somebody else changed `field` since the writer looked; `current` is what it says now."""

    def __init__(self, message: str, *, field: str, current: str) -> None:
        super().__init__(message)
        self.field = field
        self.current = current


class WrongState(Refusal):
    pass


class InvalidValue(Refusal):
    """A value that cannot be taken. `field` is the name of what it was given for, for forms."""

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field

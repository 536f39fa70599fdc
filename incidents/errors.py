"""Everything the domain refuses, each with a sentence for people.

    IncidentError
    ├── NotFound            there is no such incident, or the viewer may not see it
    ├── NotAllowed          the viewer may not do that
    ├── Unchanged           it already is what was asked for
    ├── Conflict            somebody else changed the same thing in the meantime
    ├── WrongState          not possible in the incident's present state
    │   ├── AlreadyResolved
    │   ├── NotResolved
    │   └── ChannelExists
    └── InvalidValue        a value that cannot be taken; `field` names it

Doors catch `IncidentError` and show its message; nobody else does.
"""

from __future__ import annotations


class IncidentError(Exception):
    """A refusal. Its message is a full sentence for people."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(IncidentError):
    pass


class NotAllowed(IncidentError):
    pass


class Unchanged(IncidentError):
    pass


class Conflict(IncidentError):
    """Somebody else changed `field` since the writer looked; `current` is what it says now."""

    def __init__(self, message: str, *, field: str, current: str) -> None:
        super().__init__(message)
        self.field = field
        self.current = current


class WrongState(IncidentError):
    pass


class AlreadyResolved(WrongState):
    pass


class NotResolved(WrongState):
    pass


class ChannelExists(WrongState):
    pass


class InvalidValue(IncidentError):
    """A value that cannot be taken. `field` is the name of the incident's field, for forms."""

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field

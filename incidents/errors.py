"""What is refused about incidents, each with a sentence for people. The general refusals are those of `people.errors`.

Refusal
└── IncidentError       also what plugins raise, with a sentence
    ├── AlreadyResolved     a WrongState
    ├── NotResolved         a WrongState
    └── ChannelExists       a WrongState
"""

from __future__ import annotations

from people.errors import Refusal, WrongState


class IncidentError(Refusal):
    """A refusal about an incident. Its message is a full sentence for people."""


class AlreadyResolved(IncidentError, WrongState):
    pass


class NotResolved(IncidentError, WrongState):
    pass


class ChannelExists(IncidentError, WrongState):
    pass

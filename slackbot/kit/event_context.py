"""What a handler of Slack's events gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic

from typing_extensions import TypeVar

from incidents.models import Incident
from people.models import Person
from slackbot.directory.people import person_for
from slackbot.kit.contexts import _Context
from slackbot.kit.events import SlackEvent

E = TypeVar("E", bound=SlackEvent, default=SlackEvent)


@dataclass(frozen=True, kw_only=True)
class EventContext(_Context, Generic[E]):
    """Something happened in Slack. `actor` is who caused it, when Slack says so.

    `event` is of a class in `slackbot.plugins.events`, and also reads like a dict. `raw` is the dict that Slack sent.
    """

    incident: Incident | None
    actor: Person | None
    event: E

    @property
    def raw(self) -> Mapping[str, Any]:
        return self.event.raw

    def person(self, user_id: str) -> Person:
        """Return the person with a Slack id. Somebody unknown is noted, and Slack is asked for their name later."""
        return person_for(user_id, now=self.now)

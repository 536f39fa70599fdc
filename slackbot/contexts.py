"""What a handler gets. Behind the router there are only these types, never Slack's own dictionaries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from slack_sdk.models.blocks import Block

from incidents.models import Incident, Person, TimelineEntry
from slackbot.dialogs import Dialog


@dataclass(frozen=True)
class Origin:
    """Where somebody spoke to us, so that an answer finds its way back to them alone."""

    user_id: str
    channel_id: str = ""
    thread_ts: str = ""
    response_url: str = ""

    def as_json(self) -> dict[str, str]:
        return {key: value for key, value in vars(self).items() if value}


@dataclass
class Effects:
    """What a handler asked for. The router carries it out in the handler's transaction, or right after it."""

    replies: list[str] = field(default_factory=list)
    posts: list[tuple[str, list[Block]]] = field(default_factory=list)
    direct: list[tuple[Person, str]] = field(default_factory=list)
    dialog: Dialog | None = None


@dataclass(frozen=True, kw_only=True)
class _Context:
    now: datetime
    effects: Effects = field(default_factory=Effects, repr=False)

    def post(self, text: str, *, blocks: list[Block] | None = None) -> None:
        """Say something in the incident's channel, once. `text` is Slack's mrkdwn."""
        self.effects.posts.append((text, blocks or []))


@dataclass(frozen=True, kw_only=True)
class _ByPerson(_Context):
    actor: Person
    origin: Origin

    def reply(self, text: str) -> None:
        """Say something that only the actor sees. `text` is Slack's mrkdwn."""
        self.effects.replies.append(text)

    def open_dialog(self, dialog: Dialog) -> None:
        """Show a dialog to the actor. Where Slack allows none (after a mention), a button that opens it."""
        self.effects.dialog = dialog


@dataclass(frozen=True, kw_only=True)
class CommandContext(_ByPerson):
    """`@incident name text …` or `/incident name text …`. `text` is Slack's mrkdwn, trimmed."""

    name: str
    text: str
    incident_or_none: Incident | None

    @property
    def incident(self) -> Incident:
        """The channel's incident. Commands that are not `anywhere=True` always have one."""
        if self.incident_or_none is None:
            raise LookupError(f"{self.name} was used outside an incident's channel: declare it without anywhere=True")
        return self.incident_or_none


@dataclass(frozen=True, kw_only=True)
class ActionContext(_ByPerson):
    """Somebody clicked a button, or chose from a menu, whose action is ours."""

    value: str
    incident_or_none: Incident | None

    @property
    def incident(self) -> Incident:
        """The incident of the headline, the message or the channel in which the button stands."""
        if self.incident_or_none is None:
            raise LookupError("The button stands on no incident's message and in no incident's channel.")
        return self.incident_or_none


@dataclass(frozen=True, kw_only=True)
class DialogContext(_ByPerson):
    """Somebody submitted a dialog. `state` is what the dialog was opened with."""

    values: Mapping[str, str | Person | None]
    state: Mapping[str, Any]
    incident: Incident | None

    def text(self, name: str) -> str:
        """What was typed into, or chosen in, the field; "" when nothing was."""
        value = self.values.get(name)
        return value if isinstance(value, str) else ""

    def person(self, name: str) -> Person | None:
        value = self.values.get(name)
        return value if isinstance(value, Person) else None


@dataclass(frozen=True, kw_only=True)
class EventContext(_Context):
    """Slack told us of an event. `event` is Slack's inner event; `actor` is who caused it, when it says so."""

    incident: Incident | None
    actor: Person | None
    event: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class IncidentEventContext(_Context):
    """Something was written to an incident's timeline, from whichever door."""

    incident: Incident
    entry: TimelineEntry

    def tell(self, person: Person, text: str) -> None:
        """Send a direct message, once. `text` is Slack's mrkdwn."""
        self.effects.direct.append((person, text))

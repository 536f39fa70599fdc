"""What a handler gets. Behind the router there are only these types, never Slack's own dictionaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.models.blocks import Block, SectionBlock

from incidents.models import EntryKind, Incident, Person, Severity, TimelineEntry
from slackbot import arguments
from slackbot.dialogs import Dialog, Value


@dataclass(frozen=True)
class Origin:
    """Where somebody spoke to us, so that an answer finds its way back to them alone."""

    user_id: str
    channel_id: str = ""
    thread_ts: str = ""
    response_url: str = ""

    def as_json(self) -> dict[str, str]:
        return {key: value for key, value in vars(self).items() if value}


@dataclass(frozen=True)
class Post:
    """Something to be said in the incident's channel, or in the one named. It is edited when one of `until` happens."""

    text: str
    blocks: Sequence[Block] = ()
    thread_ts: str = ""
    until: Sequence[str] = ()
    channel: str = ""


@dataclass(frozen=True)
class Order:
    """Anything else that goes out, as one of `slackbot.outgoing.KINDS` knows it."""

    kind: str
    args: Mapping[str, Any]
    order_key: str
    incident: Incident | None = None


@dataclass
class Effects:
    """What a handler asked for. It is carried out in the handler's transaction, or right after it."""

    replies: list[str] = field(default_factory=list)
    reply_blocks: list[Block] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    direct: list[tuple[Person, str]] = field(default_factory=list)
    dialog: Dialog | None = None
    is_question: bool = False
    answered: str = ""
    in_place: bool = False
    orders: list[Order] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class _Context:
    now: datetime
    effects: Effects = field(default_factory=Effects, repr=False)

    def post(
        self,
        text: str,
        *,
        blocks: Sequence[Block] = (),
        until: Sequence[EntryKind | str] = (),
        channel: str = "",
    ) -> None:
        """Say something in the incident's channel, once. `text` is Slack's mrkdwn, the blocks' words for notifications.

        When one of the incident events `until` happens, the message is edited to say by whom. `channel`, a name like
        "#customer-ops" or an id, says it there instead; we join a public one. What Slack refuses is told to a person.
        """
        self.effects.posts.append(Post(text, blocks, until=[str(kind) for kind in until], channel=channel))

    def tell(self, person: Person, text: str) -> None:
        """Send somebody a direct message, once. `text` is Slack's mrkdwn."""
        self.effects.direct.append((person, text))


@dataclass(frozen=True, kw_only=True)
class _ByPerson(_Context):
    actor: Person
    origin: Origin
    key: str = ""

    @property
    def idempotency_key(self) -> str:
        """The same for every try of the same thing said or clicked: for systems that take such a key."""
        return self.key

    def reply(self, text: str, *, blocks: Sequence[Block] = ()) -> None:
        """Say something that only the actor sees. `text` is Slack's mrkdwn."""
        self.effects.replies.append(text)
        self.effects.reply_blocks.extend(blocks)

    def open_dialog(self, dialog: Dialog) -> None:
        """Show a dialog to the actor. Where Slack allows none (after a mention), a button that opens it."""
        self.effects.dialog = dialog


@dataclass(frozen=True, kw_only=True)
class CommandContext(_ByPerson):
    """`@incident name text …` or `/incident name text …`. `text` is trimmed mrkdwn, `plain` the same as one reads it.

    The readers (`person()`, `severity()`, …) read `text`, or the words they are given; what they cannot read is
    answered with a sentence and the command's form. `question` names the message that `ask` marks with ❓: keep it for
    the click that answers, and give it to `answered` there.
    """

    name: str
    text: str
    incident_or_none: Incident | None
    question: str = ""  # empty after a slash command, which leaves no message

    @property
    def incident(self) -> Incident:
        """The channel's incident. Commands that are not `anywhere=True` always have one."""
        if self.incident_or_none is None:
            raise LookupError(f"{self.name} was used outside an incident's channel: declare it without anywhere=True")
        return self.incident_or_none

    @property
    def plain(self) -> str:
        """`text` as one reads it in Slack: "R&D", not "R&amp;D", and people by name. Look things up by this."""
        return arguments.plain(self.text)

    def ask(self, text: str, *, blocks: Sequence[Block] = ()) -> None:
        """Ask the actor something, perhaps with buttons in `blocks`; a mention gets ❓ instead of ✅ meanwhile."""
        self.reply(text, blocks=blocks)
        self.effects.is_question = True

    def person(self, words: str | None = None) -> Person:
        """A mention, a handle, a name, or "me"."""
        return arguments.person(self.text if words is None else words, me=self.actor, now=self.now)

    def people(self, words: str | None = None) -> list[Person]:
        """One or more mentions, or one name."""
        return arguments.people(self.text if words is None else words, me=self.actor, now=self.now)

    def severity(self, words: str | None = None) -> Severity:
        """A severity's name, emoji or rank."""
        return arguments.severity(self.text if words is None else words)

    def channel(self, words: str | None = None) -> str:
        """A channel's Slack id."""
        return arguments.channel(self.text if words is None else words)

    def moment(self, words: str | None = None) -> datetime:
        """A time like "14:05", "10 minutes ago" or "in 30 minutes", in the author's time zone; aware, in UTC."""
        return arguments.moment(self.text if words is None else words, me=self.actor, now=self.now)

    def duration(self, words: str | None = None) -> timedelta:
        """A length of time like "1h", "30m" or "2 days"."""
        return arguments.duration(self.text if words is None else words)


@dataclass(frozen=True, kw_only=True)
class KeywordContext(_ByPerson):
    """Somebody said one of the handler's words in an incident's channel.

    `message` is what they said, in mrkdwn, `plain` the same as one reads it, and `ts` what Slack calls that message.
    """

    keyword: str
    message: str
    incident: Incident
    ts: str = ""

    @property
    def plain(self) -> str:
        """`message` as one reads it in Slack: "R&D", not "R&amp;D", and people by name."""
        return arguments.plain(self.message)


@dataclass(frozen=True)
class SaidMessage:
    """A message in Slack. `text` is mrkdwn, `blocks` are as Slack draws them."""

    channel_id: str
    ts: str
    text: str
    permalink: str
    blocks: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, kw_only=True)
class _AfterClick(_ByPerson):
    def replace(self, text: str, *, blocks: Sequence[Block] = ()) -> None:
        """Say something in place of the message with the button, when only the actor sees it; else like `reply`."""
        self.reply(text, blocks=blocks or [SectionBlock(text=text)])
        self.effects.in_place = True

    def answered(self, question: str) -> None:
        """Turn the ❓ of `CommandContext.ask` into ✅. `question` is what the command's context called it, or ""."""
        self.effects.answered = question


@dataclass(frozen=True, kw_only=True)
class ActionContext(_AfterClick):
    """Somebody clicked a button, chose from a menu, or ran a shortcut, whose action id (callback id) is ours.

    `message` is the one whose menu they used, or on which the button stands.
    """

    value: str
    incident_or_none: Incident | None
    message: SaidMessage | None = None

    @property
    def incident(self) -> Incident:
        """The incident of the headline, the message or the channel in which the button stands."""
        if self.incident_or_none is None:
            raise LookupError("The button stands on no incident's message and in no incident's channel.")
        return self.incident_or_none


@dataclass(frozen=True, kw_only=True)
class DialogContext(_AfterClick):
    """Somebody submitted a dialog. `state` is what the dialog was opened with.

    Each reader returns what the field of that name holds, or its empty value. To go on with another step, call
    `open_dialog` (the new one takes the place of this one) or `push_dialog` (this one comes back after it).
    """

    values: Mapping[str, Value]
    state: Mapping[str, Any]
    incident: Incident | None
    pushed: list[Dialog] = field(default_factory=list, repr=False)

    def push_dialog(self, dialog: Dialog) -> None:
        """Lay another dialog on top of this one."""
        self.pushed.append(dialog)

    def text(self, name: str) -> str:
        """What was typed into, or chosen in, the field; "" when nothing was."""
        value = self.values.get(name)
        return value if isinstance(value, str) else ""

    def choices(self, name: str) -> list[str]:
        """The ticked values of checkboxes."""
        value = self.values.get(name)
        return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []

    def person(self, name: str) -> Person | None:
        value = self.values.get(name)
        return value if isinstance(value, Person) else None

    def people(self, name: str) -> list[Person]:
        value = self.values.get(name)
        return [each for each in value if isinstance(each, Person)] if isinstance(value, list) else []

    def moment(self, name: str) -> datetime | None:
        """A date with a time; aware, in UTC."""
        value = self.values.get(name)
        return value if isinstance(value, datetime) else None


@dataclass(frozen=True, kw_only=True)
class EventContext(_Context):
    """Slack told us of an event. `event` is Slack's inner event; `actor` is who caused it, when it says so."""

    incident: Incident | None
    actor: Person | None
    event: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class NotificationContext(_Context):
    """A reminder's time has come. `turn` counts from 1: how often it speaks, this time included."""

    incident: Incident
    turn: int


@dataclass(frozen=True, kw_only=True)
class IncidentEventContext(_Context):
    """Something was written to an incident's timeline, from whichever door."""

    incident: Incident
    entry: TimelineEntry

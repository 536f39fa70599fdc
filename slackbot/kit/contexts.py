"""What a handler gets. Behind the router there are only these types, never Slack's own dictionaries."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils import timezone
from slack_sdk.models.blocks import Block, SectionBlock

from incidents import entries
from incidents.models import EntryKind, Incident, Pin, Severity, TimelineEntry
from people.errors import NotFound
from people.models import Person
from slackbot.kit import arguments
from slackbot.kit.declarations import LONGEST
from slackbot.kit.dialogs import Dialog, Value
from slackbot.kit.effects import Effects, Later, Pinned, Post
from slackbot.kit.messages import SaidMessage

DATA_MAX: Final = 10_000


@dataclass(frozen=True)
class Origin:
    """Where somebody spoke to us, so that an answer finds its way back to them alone."""

    user_id: str
    channel_id: str = ""
    thread_ts: str = ""
    response_url: str = ""

    def as_json(self) -> dict[str, str]:
        return {key: value for key, value in vars(self).items() if value}


@dataclass(frozen=True, kw_only=True)
class _Context:
    now: datetime
    effects: Effects = field(default_factory=Effects, repr=False)
    key: str = ""

    @property
    def idempotency_key(self) -> str:
        """The same for every try of the same thing, and for nothing else: for systems that take such a key."""
        return self.key

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
        Nothing of a private incident is posted anywhere but in its private channel. Where there is no incident, a
        person's command or click is answered privately, and anything else must name a `channel`.
        """
        if not text.strip() and not blocks:
            raise ValueError("A post needs text or blocks.")
        kinds = [until] if isinstance(until, str) else [str(kind) for kind in until]
        known = entries.known_kinds()
        if unknown := [kind for kind in kinds if kind not in known]:
            raise ValueError(f"{unknown[0]!r} isn't an incident event. The events are: {', '.join(known)}.")
        self.effects.posts.append(Post(text, blocks, until=kinds, channel=channel))

    def redraw_headline(self, incident: Incident | None = None) -> None:
        """Have the headline drawn again: what a line of yours shows has changed. Without `incident`, this one's."""
        self.effects.redraws.append(incident)

    def redraw_home(self, person: Person) -> None:
        """Have somebody's Home tab drawn again."""
        self.effects.homes.append(person)

    def invite(self, people: Iterable[Person]) -> None:
        """Invite people to the incident's channel, if it has one. Those without a Slack account are left out.

        It gives nobody access to a private incident: `services.invite_member` does, so call that first.
        """
        self.effects.invited.extend(people)

    def keep_message(self, channel_id: str, ts: str, *, how: str = Pin.REACTION) -> None:
        """Put a Slack message on the incident's timeline. A worker reads it, so only its place need be known.

        `how` is one of `incidents.models.Pin`'s.
        """
        self.effects.pinned.append(Pinned(channel_id, ts, how))

    def later(
        self,
        at: datetime,
        handler: Callable[[LaterContext], None],
        *,
        data: Mapping[str, Any] | None = None,
        incident: Incident | None = None,
    ) -> None:
        """Run a function that is decorated with `@scheduled_handler()` at a time, once. It survives restarts.

        It gets `data`, at most some 10,000 characters of JSON, and the incident: this one, unless another is named.
        """
        if timezone.is_naive(at) or abs(at - self.now) > LONGEST:
            raise ValueError(
                f"The time must be aware and within ten years, like ctx.now + timedelta(hours=1), not {at!r}."
            )
        said = dict(data or {})
        if len(json.dumps(said, allow_nan=False)) > DATA_MAX:
            raise ValueError(f"The data of a scheduled call must have at most {DATA_MAX} characters of JSON.")
        self.effects.later.append(Later(at, handler, said, incident))

    def tell(self, person: Person, text: str) -> None:
        """Send somebody a direct message, once, if they may see the incident. `text` is Slack's mrkdwn."""
        self.effects.direct.append((person, text))


@dataclass(frozen=True, kw_only=True)
class _ByPerson(_Context):
    actor: Person
    origin: Origin

    def reply(self, text: str, *, blocks: Sequence[Block] = ()) -> None:
        """Say something that only the actor sees. `text` is Slack's mrkdwn."""
        self.effects.replies.append(text)
        self.effects.reply_blocks.extend(blocks)

    def reply_declared(self, incident: Incident) -> None:
        """Answer the actor with links to an incident that they just declared, as soon as its channel is there."""
        self.effects.declared.append(incident)


@dataclass(frozen=True, kw_only=True)
class _OpensDialogs(_ByPerson):
    in_background: bool = field(default=False, repr=False)

    def open_dialog(self, dialog: Dialog) -> None:
        """Show a dialog to the actor. Where Slack allows none (after a mention), a button that opens it.

        Raise `RuntimeError` in the background: Slack was answered before the handler ran.
        """
        self._need_an_answer()
        self.effects.dialog = dialog

    def _need_an_answer(self) -> None:
        if self.in_background:
            raise RuntimeError(
                "A handler with background=True can't open a dialog: Response answers Slack before the handler runs."
            )


@dataclass(frozen=True, kw_only=True)
class CommandContext(_OpensDialogs):
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
            raise LookupError(f"{self.name} was used outside an incident channel. Register it without anywhere=True.")
        return self.incident_or_none

    @property
    def plain(self) -> str:
        """`text` as one reads it in Slack: "R&D", not "R&amp;D", and people by name. Look things up by this."""
        return arguments.plain(self.text)

    def ask(self, text: str, *, blocks: Sequence[Block] = ()) -> None:
        """Ask the actor something, perhaps with buttons in `blocks`; a mention gets ❓ instead of ✅ meanwhile."""
        self.reply(text, blocks=blocks)
        self.effects.is_question = True

    def ask_in(self, dialog: Dialog, text: str, *, button: str) -> None:
        """Ask the actor in a dialog. After a mention they see `text` with a button that opens it, and ❓ meanwhile."""
        self.open_dialog(dialog)
        self.effects.dialog_text, self.effects.dialog_button = text, button
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


@dataclass(frozen=True, kw_only=True)
class _AfterClick(_OpensDialogs):
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
            raise NotFound("This button isn't linked to an incident. Use it in an incident channel.")
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
        """Lay another dialog on top of this one. Not in the background either."""
        self._need_an_answer()
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
class NotificationContext(_Context):
    """A reminder's time has come. `turn` counts from 1: how often it speaks, this time included."""

    incident: Incident
    turn: int


@dataclass(frozen=True, kw_only=True)
class _AnyIncident(_Context):
    """What is about no incident may speak in the channel of any."""

    def post(
        self,
        text: str,
        *,
        blocks: Sequence[Block] = (),
        until: Sequence[EntryKind | str] = (),
        channel: str = "",
        incident: Incident | None = None,
    ) -> None:
        """Say something in a channel, or in an incident's, once. See the other contexts."""
        super().post(text, blocks=blocks, until=until, channel=channel)
        self.effects.posts[-1] = replace(self.effects.posts[-1], incident=incident)


@dataclass(frozen=True, kw_only=True)
class RequestContext(_AnyIncident):
    """Another system sent a signed request. `json` is its body, or None when it is not JSON: then `text` is.

    `headers` are those that the decorator names, in lower case.
    """

    name: str
    json: Any
    text: str
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class LaterContext(_AnyIncident):
    """The time has come that a handler named with `ctx.later`. `actor` is who asked for it, when somebody did."""

    data: Mapping[str, Any]
    incident: Incident | None
    actor: Person | None


@dataclass(frozen=True, kw_only=True)
class PeriodicContext(_AnyIncident):
    """A period has passed."""


@dataclass(frozen=True, kw_only=True)
class VetoContext:
    """Somebody is about to change an incident, which is as it was before. It can only be looked at.

    `kind`, `text` and `data` are those of the timeline entry that the change would write.
    """

    now: datetime
    incident: Incident
    actor: Person
    kind: str
    text: str
    data: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class IncidentEventContext(_Context):
    """Something was written to an incident's timeline, from whichever door."""

    incident: Incident
    entry: TimelineEntry

"""From what Slack sends to the one handler that serves it, and from what the handler asks for to what Slack is told.

A handler runs in a transaction; a refusal undoes what it did and becomes an answer. Everything it wants said is written
to the outbox in the same transaction. Only a dialog cannot wait: the caller opens it right after the commit.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from incidents import queries
from incidents.errors import IncidentError
from incidents.models import Incident, TimelineEntry
from slackbot import commands, inbox, incoming, outbox, outgoing, workspace
from slackbot.contexts import (
    ActionContext,
    CommandContext,
    DialogContext,
    Effects,
    EventContext,
    IncidentEventContext,
    Origin,
)
from slackbot.incoming import Click, Mention, SlashCommand, Submission
from slackbot.models import CommsChannel, InboxEntry, OutboxEntry
from slackbot.mrkdwn import escape
from slackbot.people import person_for
from slackbot.registry import Command, Event, registry

logger = logging.getLogger(__name__)

DECLARE: Final = "declare"
RUN_COMMAND: Final = "run-command"  # a button that runs the command in its value, with a trigger for a dialog
INCIDENT_BLOCK: Final = re.compile(r"incident-(\d+)")
ONLY_IN_CHANNELS: Final = (
    "`{name}` works in an incident's channel, and this is none. To declare an incident, type `/incident` and its title."
)


@dataclass(frozen=True)
class Answer:
    """What Slack is answered, and the dialog to open after the commit. Kept as JSON for a second delivery."""

    ack: str | Mapping[str, Any] = ""
    view: Mapping[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        return {"ack": self.ack, "view": self.view}


class FormRefused(Exception):
    """The dialog stays open and shows these sentences under its fields."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(str(errors))
        self.errors = errors


# Slash commands -------------------------------------------------------------------------------------------------------


def slash_command(command: SlashCommand, *, now: datetime) -> Answer:
    """Run `/incident name …`; when the first word is no command, the words are the title of a new incident."""
    said = commands.split(command.text)
    known = registry.commands.get(said.name)
    if known is None:
        known, said = registry.commands[DECLARE], commands.Said(DECLARE, command.text)
    try:
        effects, text = _run_command(known, said, command.origin, name=command.user_name, now=now)
    except IncidentError as refusal:
        return Answer(ack=f"❓ {escape(refusal.message)}")
    _carry_out(effects, command.key, command.origin, incident=_incident_of(command.origin.channel_id), now=now)
    if effects.dialog is not None:
        return Answer(view=effects.dialog.view(origin=command.origin.as_json()).to_dict())
    lines = [*effects.replies, *([text] if text else [])]
    return Answer(ack="\n".join(lines) or "✅ Done")


def _run_command(
    command: Command, said: commands.Said, origin: Origin, *, name: str, now: datetime
) -> tuple[Effects, str | None]:
    incident = _incident_of(origin.channel_id)
    if incident is None and not command.anywhere:
        raise IncidentError(ONLY_IN_CHANNELS.format(name=command.name))
    context = CommandContext(
        now=now,
        actor=person_for(origin.user_id, name=name, now=now),
        origin=origin,
        name=command.name,
        text=said.text,
        incident_or_none=incident,
    )
    with transaction.atomic():
        text = command.handler(context)
    return context.effects, text


# Mentions -------------------------------------------------------------------------------------------------------------


def mention(said: Mention, *, key: str, now: datetime) -> None:
    """Run the commands that a message says to us; ✅ when all went well, else ❓ and sentences for the author."""
    place = workspace.present()
    if place is None:
        raise inbox.NotYet
    lines = commands.said_to(place.bot_user_id, said.text)
    if lines is None:
        whisper(said.origin, _IN_PASSING, key=key, now=now)
        return
    refusals = []
    for number, line in enumerate(lines):
        try:
            _obey(line, said, key=f"{key}:{number}", now=now)
        except IncidentError as refusal:
            refusals.append(refusal.message)
    if refusals:
        whisper(said.origin, "\n".join(f"❓ {escape(text)}" for text in refusals), key=key, now=now)
    _react(said, "question" if refusals else "white_check_mark", now=now)


_IN_PASSING: Final = (
    "You mentioned me. To tell me something, begin the message with me: `@incident help` lists what I can do."
)


def _obey(line: str, message: Mention, *, key: str, now: datetime) -> None:
    said = commands.split(line)
    command = registry.commands.get(said.name)
    if command is None:
        raise IncidentError(_unknown(said, line))
    effects, text = _run_command(command, said, message.origin, name="", now=now)
    if text:
        effects.replies.append(text)
    if effects.dialog is not None:
        _offer_dialog(command, said, message.origin, key=f"{key}:dialog", now=now)
    _carry_out(effects, key, message.origin, incident=_incident_of(message.origin.channel_id), now=now)
    if effects.replies:
        whisper(message.origin, "\n".join(effects.replies), key=f"{key}:reply", now=now)


def _unknown(said: commands.Said, line: str) -> str:
    if not said.name:
        return "Yes? `@incident help` lists what I can do."
    meant = commands.nearest(said.name, registry.commands)
    if meant is not None:
        return f"I do not know `{said.name}`. Did you mean `@incident {meant}`? `@incident help` lists everything."
    return (
        f"I do not know `{said.name[:50]}`. `@incident help` lists what I can do; `/incident` declares a new incident."
    )


def _offer_dialog(command: Command, said: commands.Said, origin: Origin, *, key: str, now: datetime) -> None:
    """After a mention Slack lets nobody open a dialog; after a click on this button it does."""
    button = {
        "type": "button",
        "action_id": RUN_COMMAND,
        "text": {"type": "plain_text", "text": "Open the form"},
        "value": json.dumps({"name": said.name, "text": said.text[:1900]}),
        "style": "primary",
    }
    section = {"type": "section", "text": {"type": "mrkdwn", "text": f"`{command.name}` has a form."}}
    blocks = [section, {"type": "actions", "elements": [button]}]
    outgoing.whisper(origin.as_json(), f"{command.name} has a form.", key=key, now=now, blocks=blocks)


# Buttons --------------------------------------------------------------------------------------------------------------


def click(clicked: Click, *, now: datetime) -> Answer:
    """Run the handler of a button or menu. Controls that nobody asked about are acknowledged and left alone."""
    if clicked.action_id == RUN_COMMAND:
        return _run_from_button(clicked, now=now)
    action = registry.actions.get(clicked.action_id)
    if action is None:
        return Answer()
    incident = _incident_of_block(clicked.block_id) or _incident_of(clicked.origin.channel_id)
    context = ActionContext(
        now=now,
        actor=person_for(clicked.origin.user_id, name=clicked.user_name, now=now),
        origin=clicked.origin,
        value=clicked.value,
        incident_or_none=incident,
    )
    try:
        with transaction.atomic():
            text = action.handler(context)
    except IncidentError as refusal:
        whisper(clicked.origin, f"❓ {escape(refusal.message)}", key=clicked.key, now=now)
        return Answer()
    return _answer_click(clicked, context.effects, text, incident=incident, now=now)


def _run_from_button(clicked: Click, *, now: datetime) -> Answer:
    stored = json.loads(clicked.value)
    said = commands.Said(str(stored["name"]), str(stored["text"]))
    command = registry.commands.get(said.name)
    if command is None:
        return Answer()
    incident = _incident_of(clicked.origin.channel_id)
    try:
        effects, text = _run_command(command, said, clicked.origin, name=clicked.user_name, now=now)
    except IncidentError as refusal:
        whisper(clicked.origin, f"❓ {escape(refusal.message)}", key=clicked.key, now=now)
        return Answer()
    return _answer_click(clicked, effects, text, incident=incident, now=now)


def _answer_click(
    clicked: Click, effects: Effects, text: str | None, *, incident: Incident | None, now: datetime
) -> Answer:
    _carry_out(effects, clicked.key, clicked.origin, incident=incident, now=now)
    lines = [*effects.replies, *([text] if text else [])]
    if lines:
        whisper(clicked.origin, "\n".join(lines), key=f"{clicked.key}:reply", now=now)
    view = effects.dialog.view(origin=clicked.origin.as_json()).to_dict() if effects.dialog else None
    return Answer(view=view)


# Dialogs --------------------------------------------------------------------------------------------------------------


def submission(submitted: Submission, *, now: datetime) -> Answer:
    """Run the handler of a dialog. Raise `FormRefused` when it refuses."""
    dialog = registry.dialogs.get(submitted.dialog_id)
    if dialog is None:
        raise FormRefused(_under_a_field(submitted, "", "This form belongs to a plugin that is no longer here."))
    origin = Origin(**submitted.metadata.get("origin", {"user_id": submitted.user_id}))
    number = submitted.metadata.get("incident")
    incident = queries.incident(queries.RESPONSE, number=number) if number else None
    context = DialogContext(
        now=now,
        actor=person_for(submitted.user_id, name=submitted.user_name, now=now),
        origin=origin,
        values={
            name: person_for(value[1], now=now) if isinstance(value, tuple) else value
            for name, value in submitted.values.items()
        },
        state=submitted.metadata.get("state", {}),
        incident=incident,
    )
    try:
        with transaction.atomic():
            text = dialog.handler(context)
    except IncidentError as refusal:
        field = getattr(refusal, "field", "")
        raise FormRefused(_under_a_field(submitted, field, refusal.message)) from refusal
    _carry_out(context.effects, submitted.key, origin, incident=incident, now=now)
    lines = [*context.effects.replies, *([text] if text else [])]
    if lines:
        whisper(origin, "\n".join(lines), key=f"{submitted.key}:reply", now=now)
    return Answer()


def _under_a_field(submitted: Submission, field: str, message: str) -> dict[str, str]:
    """Slack shows errors only under fields: one that is about none goes under the first."""
    place = field if field in submitted.values else next(iter(submitted.values), "")
    return {place: message[:2000]}


# Rows of the inbox ----------------------------------------------------------------------------------------------------


def run_row(row: InboxEntry, now: datetime) -> None:
    """Run what a row of the inbox is about. A refusal is an answer, not a failure: nobody is there to hear it."""
    try:
        with transaction.atomic():
            _RUNNERS[row.kind](row, now)
    except IncidentError as refusal:
        logger.info("Inbox %s (%s) was refused: %s", row.pk, row.handler or row.kind, refusal)


def _run_mention(row: InboxEntry, now: datetime) -> None:
    mention(incoming.mention(row.payload), key=row.key, now=now)


def _run_event(row: InboxEntry, now: datetime) -> None:
    event = row.payload
    handler = registry.by_id.get(row.handler)
    if not isinstance(handler, Event):
        raise LookupError(f"No handler {row.handler} any more: its plugin is gone, or was renamed")
    channel_id = incoming.channel_of(event)
    incident = _incident_of(channel_id)
    if incident is None and not handler.anywhere:
        if channel_is_being_made():
            raise inbox.NotYet
        return
    actor_id = incoming.actor_of(event)
    context = EventContext(
        now=now,
        incident=incident,
        actor=person_for(actor_id, now=now) if actor_id else None,
        event=event,
    )
    handler.handler(context)
    _carry_out(context.effects, row.key, None, incident=incident, now=now)


def _run_incident_event(row: InboxEntry, now: datetime) -> None:
    handler = registry.by_id.get(row.handler)
    if handler is None:
        raise LookupError(f"No handler {row.handler} any more: its plugin is gone, or was renamed")
    entry = TimelineEntry.objects.select_related("actor").get(pk=row.payload["entry"])
    incident = queries.incidents(queries.RESPONSE).get(pk=entry.incident_id)
    context = IncidentEventContext(now=now, incident=incident, entry=entry)
    handler.handler(context)
    _carry_out(context.effects, row.key, None, incident=incident, now=now)


_RUNNERS: Final[Mapping[str, Callable[[InboxEntry, datetime], None]]] = {
    "mention": _run_mention,
    "event": _run_event,
    "incident_event": _run_incident_event,
}


def channel_is_being_made() -> bool:
    """Slack may tell us of events in a channel before it has told us, or we have noted, that the channel is ours."""
    return OutboxEntry.objects.filter(kind="channel", is_open=True, attempts__gt=0).exists()


# What a handler asked for ---------------------------------------------------------------------------------------------


def _carry_out(effects: Effects, key: str, origin: Origin | None, *, incident: Incident | None, now: datetime) -> None:
    channel = CommsChannel.objects.select_related("incident").filter(incident=incident).first() if incident else None
    for number, (text, blocks) in enumerate(effects.posts):
        if channel is not None:
            outgoing.say_in_channel(channel, text, blocks=blocks, key=f"{key}:post:{number}", now=now)
        elif origin is not None:
            whisper(origin, text, key=f"{key}:post:{number}", now=now)
    for number, (person, text) in enumerate(effects.direct):
        outgoing.tell(person, text, key=f"{key}:direct:{number}", now=now)


def whisper(origin: Origin, text: str, *, key: str, now: datetime) -> None:
    outgoing.whisper(origin.as_json(), text, key=f"whisper:{key}", now=now)


def _react(message: Mention, emoji: str, *, now: datetime) -> None:
    args = {"channel": message.origin.channel_id, "timestamp": message.ts, "name": emoji}
    outbox.say(
        key=f"reaction:{message.origin.channel_id}:{message.ts}:{emoji}",
        kind="reaction",
        now=now,
        args=args,
        order_key=f"reaction:{message.origin.channel_id}",
        priority=outbox.URGENT,
    )


def _incident_of(channel_id: str) -> Incident | None:
    channel = CommsChannel.objects.filter(channel_id=channel_id).first() if channel_id else None
    return queries.incidents(queries.RESPONSE).get(pk=channel.incident_id) if channel else None


def _incident_of_block(block_id: str) -> Incident | None:
    match = INCIDENT_BLOCK.fullmatch(block_id)
    return queries.incidents(queries.RESPONSE).filter(number=int(match[1])).first() if match else None

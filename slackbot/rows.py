"""Run the rows of the inbox: mentions, events, what plugins wait for, reminders that are due."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Final, TypeVar

from django.db import transaction
from django.utils import timezone

from incidents import queries
from incidents.errors import IncidentError
from incidents.models import Incident, TimelineEntry
from slackbot import commands, inbox, incoming, outgoing, queue, reminders, router, searches, switches, workspace
from slackbot.arguments import as_said
from slackbot.contexts import EventContext, IncidentEventContext, KeywordContext, NotificationContext, Origin
from slackbot.effects import STALE, carry_out, question_at, react, whisper
from slackbot.incoming import Mention, OptionSearch
from slackbot.models import CommsChannel, InboxEntry, LastSaid, OutboxEntry, Reminder
from slackbot.mrkdwn import escape
from slackbot.people import person_for
from slackbot.registry import SKIP, Command, Event, Keyword, Notification, Registered, registry
from slackbot.work_log import note

logger = logging.getLogger(__name__)

CHANNEL_PATIENCE: Final = timedelta(minutes=1)  # a channel that is not there by then holds nobody else up

H = TypeVar("H", bound=Registered)

_IN_PASSING: Final = (
    "You mentioned me. To tell me something, begin the message with me: `@incident help` lists what I can do."
)


def run(row: InboxEntry, now: datetime) -> None:
    """Run what a row is about. A refusal is an answer, not a failure."""
    try:
        with nullcontext() if row.kind in inbox.WITHOUT_TRANSACTION else transaction.atomic():
            _runner(row)(row, now)
    except IncidentError as refusal:
        logger.info("Inbox %s (%s) was refused: %s", row.pk, row.handler or row.kind, refusal)


# Mentions -------------------------------------------------------------------------------------------------------------


def _mention(row: InboxEntry, now: datetime) -> None:
    """Obey what a message says to us; ✅ when all went well, else ❓ and sentences that only the author sees."""
    said = incoming.mention(row.payload)
    place = workspace.present()
    if place is None or (router.incident_of(said.origin.channel_id) is None and channel_is_being_made()):
        raise inbox.NotYet
    lines = commands.said_to(place.bot_user_id, said.text)
    if lines is None:
        whisper(said.origin, _IN_PASSING, key=row.key, now=now)
        return
    outcomes = [_obey(line, said, key=f"{row.key}:{number}", now=now) for number, line in enumerate(lines)]
    _tell_outcome(said, outcomes, key=row.key, now=now)


def _tell_outcome(said: Mention, outcomes: list[str | None], *, key: str, now: datetime) -> None:
    refusals = [outcome for outcome in outcomes if outcome]
    if refusals:
        whisper(said.origin, "\n".join(f"❓ {escape(text)}" for text in refusals), key=key, now=now)
        react(said.origin.channel_id, said.ts, "question", now=now)
    elif "" in outcomes:
        react(said.origin.channel_id, said.ts, "white_check_mark", now=now)


def _obey(line: str, message: Mention, *, key: str, now: datetime) -> str | None:
    """Run one command. Return "" when it went well, a refusal, or None when a plugin's lane, or a click, will tell."""
    said = commands.split(line)
    command = registry.commands.get(said.name)
    if command is None:
        return _unknown(said)
    if (sentence := switches.why_held(command)) is not None:
        return sentence
    if not command.is_built_in:
        payload = {"line": line, "ts": message.ts, "origin": message.origin.as_json()}
        order_key = f"{message.origin.channel_id}:{command.plugin}"
        inbox.hand_over("plugin_command", payload, key=key, order_key=order_key, handler=command, now=now)
        return None
    return _run_command(command, said, message, key=key, now=now)


def _plugin_command(row: InboxEntry, now: datetime) -> None:
    message = Mention(row.payload["line"], row.payload["ts"], incoming.revived(Origin, row.payload["origin"]))
    said = commands.split(message.text)
    command = _handler(row, Command)
    _tell_outcome(message, [_run_command(command, said, message, key=row.key, now=now)], key=row.key, now=now)


def _run_command(command: Command, said: commands.Said, message: Mention, *, key: str, now: datetime) -> str | None:
    question = question_at(message.origin.channel_id, message.ts)
    try:
        effects = router.run_command(command, said, message.origin, key=key, now=now, question=question)
    except IncidentError as refusal:
        return refusal.message
    if effects.dialog is not None:
        text = f"`{command.name}` has a form."
        stored = {"name": command.name, "text": said.text}
        section = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
        blocks = [section, *router.form_button(stored, action_id=router.RUN_COMMAND, label="Open the form", now=now)]
        outgoing.whisper(message.origin.as_json(), text, key=f"whisper:{key}:form", now=now, blocks=blocks)
    if effects.replies:
        text = "\n".join(effects.replies)
        whisper(message.origin, text, key=f"{key}:reply", now=now, blocks=effects.reply_blocks)
    if effects.is_question:
        react(message.origin.channel_id, message.ts, "question", now=now)
        return None
    return ""


def _unknown(said: commands.Said) -> str:
    if not said.name:
        return "Yes? `@incident help` lists what I can do."
    meant, name = commands.nearest(said.name, registry.commands), as_said(said.name)
    if meant is not None:
        return f"I do not know `{name}`. Did you mean `@incident {meant}`? `@incident help` lists everything."
    return f"I do not know `{name}`. `@incident help` lists what I can do; `/incident` declares a new incident."


# Events ---------------------------------------------------------------------------------------------------------------


def _event(row: InboxEntry, now: datetime) -> None:
    event, handler = row.payload, _handler(row, Event)
    incident = router.incident_of(incoming.channel_of(event))
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
    carry_out(context.effects, key=row.key, origin=None, incident=incident, by=context.actor, now=now)


def _incident_event(row: InboxEntry, now: datetime) -> None:
    handler = _handler(row, Registered)
    entry = TimelineEntry.objects.select_related("actor").get(pk=row.payload["entry"])
    incident = _incident(entry.incident_id)
    context = IncidentEventContext(now=now, incident=incident, entry=entry)
    handler.handler(context)
    carry_out(context.effects, key=row.key, origin=None, incident=incident, by=entry.actor, now=now)


def _keyword(row: InboxEntry, now: datetime) -> None:
    """Let a keyword handler answer, unless it did so in this incident not long ago."""
    handler, payload = _handler(row, Keyword), row.payload
    incident = _incident(payload["incident"])
    # Nothing is written before the handler ran: on SQLite everybody else who writes would wait for it.
    key = f"keyword:{incident.pk}:{handler.id}"
    if LastSaid.objects.filter(key=key, said_at__gt=now - handler.every).exists():
        return
    context = KeywordContext(
        now=now,
        actor=person_for(payload["user"], now=now),
        origin=Origin(payload["user"], payload["channel"], payload["thread_ts"]),
        key=row.key,
        keyword=payload["keyword"],
        message=payload["text"],
        incident=incident,
        ts=payload.get("ts", ""),
    )
    text = handler.handler(context)
    if text:
        context.post(text)
    if context.effects.replies:
        whisper(context.origin, "\n".join(context.effects.replies), key=f"{row.key}:reply", now=now)
    if context.effects.posts or context.effects.replies:
        LastSaid.objects.update_or_create(key=key, defaults={"said_at": now})
    carry_out(context.effects, key=row.key, origin=context.origin, incident=incident, by=context.actor, now=now)


def _notification(row: InboxEntry, now: datetime) -> None:
    """Ask a notification's handler whether something needs saying, and note when to ask again."""
    reminder = Reminder.objects.select_for_update().get(pk=row.payload["reminder"])
    handler = _handler(row, Notification)
    incident = _incident(reminder.incident_id)
    if not reminder.is_open or reminder.looks != row.payload["look"]:
        return  # ended, or asked once more since: that one speaks
    if not reminders.can_speak(incident, handler):
        reminders.choose(incident)
        return
    wait_until = reminders.wait_until(incident, handler, now=now)
    if wait_until is not None:
        reminders.ask_again(reminder, at=wait_until)
        return
    context = NotificationContext(now=now, incident=incident, turn=reminder.turn + 1)
    outcome = handler.handler(context)
    if outcome is SKIP:
        reminders.note_skipped(reminder, handler, now=now)
        return
    if outcome is not None:
        raise TypeError(f"A notification returns None or SKIP, not {type(outcome).__name__}")
    reminders.note_spoken(reminder, handler, now=now)
    reminders.add_mute_button(context.effects)
    stale = now + (handler.every or STALE)
    carry_out(context.effects, key=row.key, origin=None, incident=incident, now=now, expires_at=stale)


# Requests that a person waits for, or that talk to another system -----------------------------------------------------


def _interactive(row: InboxEntry, now: datetime) -> None:
    """Run a plugin's command, button or dialog for the web process, which waits for the answer."""
    try:
        row.answer = router.answer(incoming.from_json(row.payload), now=now).as_json()
    except router.FormRefused as refusal:
        row.answer = router.Answer(action="errors", errors=refusal.errors).as_json()


def _search(row: InboxEntry, now: datetime) -> None:
    row.answer = searches.find(incoming.revived(OptionSearch, row.payload))


def _background(row: InboxEntry, now: datetime) -> None:
    router.answer(incoming.from_json(row.payload), now=now)


_RUNNERS: Final[Mapping[str, Callable[[InboxEntry, datetime], None]]] = {
    "mention": _mention,
    "plugin_command": _plugin_command,
    "event": _event,
    "keyword": _keyword,
    "incident_event": _incident_event,
    "notification": _notification,
    "interactive": _interactive,
    "search": _search,
    "background": _background,
}


def channel_is_being_made() -> bool:
    """Slack may tell us of events in a channel before it has told us, or we have noted, that the channel is ours."""
    lately = timezone.now() - CHANNEL_PATIENCE
    return OutboxEntry.objects.filter(kind="channel", is_open=True, attempts__gt=0, created_at__gt=lately).exists()


def is_ours(channel_id: str) -> bool:
    """Say whether events of this channel concern us. A channel that once was an incident's stays one."""
    if channel_id in _known_channels:
        return True
    if CommsChannel.objects.filter(channel_id=channel_id).exists():
        _known_channels.add(channel_id)
        return True
    return channel_is_being_made()


_known_channels: set[str] = set()


def _incident(pk: int) -> Incident:
    incident = queries.incidents(queries.RESPONSE).get(pk=pk)
    note(incident=incident.reference)
    return incident


def _handler(row: InboxEntry, kind: type[H]) -> H:
    handler = registry.by_id.get(row.handler)
    if not isinstance(handler, kind):
        raise queue.Unknown(row.handler)
    return handler


def _runner(row: InboxEntry) -> Callable[[InboxEntry, datetime], None]:
    runner = _RUNNERS.get(row.kind)
    if runner is None:
        raise queue.Unknown(f"rows of the kind {row.kind}")
    return runner

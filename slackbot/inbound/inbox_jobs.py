"""Run the rows of the inbox: mentions, events, what plugins wait for, reminders that are due."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from django.db import transaction
from django.utils import timezone
from slack_sdk.models.blocks import MarkdownTextObject, SectionBlock

from incidents import access, queries
from incidents.access import RESPONSE, Act
from incidents.errors import IncidentError, Unchanged
from incidents.models import Incident, Person, TimelineEntry
from slackbot.api import limits
from slackbot.api.mrkdwn import escape
from slackbot.directory import workspace
from slackbot.directory.people import person_for
from slackbot.inbound import dispatcher, event_payloads, inbox, note_edits, payloads, reminders, searches
from slackbot.inbound.effects import STALE, carry_out, question_at, react, whisper
from slackbot.inbound.payloads import Mention, OptionSearch
from slackbot.jobs import queue, switches
from slackbot.jobs.work_log import note
from slackbot.kit import arguments, commands
from slackbot.kit.arguments import as_said
from slackbot.kit.contexts import (
    IncidentEventContext,
    KeywordContext,
    LaterContext,
    NotificationContext,
    Origin,
    PeriodicContext,
    RequestContext,
    VetoContext,
)
from slackbot.kit.event_context import EventContext
from slackbot.kit.registry import (
    SKIP,
    Command,
    Event,
    Inbound,
    IncidentEvent,
    Keyword,
    Notification,
    Periodic,
    Registered,
    ScheduledWork,
    Veto,
    registry,
)
from slackbot.kit.words import sentence
from slackbot.models import CommsChannel, InboxEntry, LastSaid, OutboxEntry, Reminder, Scheduled
from slackbot.outbound import announcements, assignments
from slackbot.rendering import render

logger = logging.getLogger(__name__)

# What decides about access: who comes and goes, and that the channel itself became private.
MEMBERSHIP: Final = ("member_joined_channel", "member_left_channel", "channel_convert_to_private")
# What concerns the channel itself, whoever did it: an owner of the workspace need not see the incident.
OF_CHANNELS: Final = (
    *("channel_archive", "channel_unarchive", "channel_deleted"),
    *("group_archive", "group_unarchive", "group_deleted"),
)
ID_CHANGED: Final = "slackbot.slack_handlers.channel_events.id_changed"
CHANNEL_PATIENCE: Final = timedelta(minutes=1)  # a channel that is not there by then holds nobody else up

H = TypeVar("H", bound=Registered)

EDITED: Final = sentence(
    "mention.edited", "Response doesn't run a command that you changed. Send the command as a new message."
)
OFFERED: Final = 5  # incidents among which somebody chooses
LIKE_AN_INCIDENT: Final = re.compile(r"inc-?\d{1,9}[:,]?|<[^<>]*/incidents/\d{1,9}/[^<>]*>|<#[^<>]+>", re.IGNORECASE)
GREETINGS: Final = ("", "hello", "hey", "hi")
DIRECTLY: Final = sentence(
    "direct.introduction",
    "Write a command here, without mentioning me. Put the incident first if it needs one: `INC-3 severity major`.",
)
NONE_OPEN: Final = sentence(
    "direct.none_open",
    "No incident is open. To run `{command}` in another one, put its number first, for example `INC-3`.",
)
WHICH: Final = sentence("direct.which", "In which incident do you want to run `{command}`?")
CONFIRM: Final = sentence("direct.confirm", "Run `{command}` in {reference} *{title}*?")
NAME_IT: Final = sentence("direct.name_it", "For another one, put its number first: `INC-3 {command}`.")
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
    said = payloads.mention(row.payload)
    place, incident = workspace.present(), dispatcher.incident_of(said.origin.channel_id)
    if place is None or (incident is None and _is_coming(said.origin.channel_id)):
        raise inbox.NotYet
    lines = commands.said_to(place.bot_user_id, said.text)
    if lines is None and row.payload.get("edited"):
        return
    if lines is None:
        whisper(said.origin, _IN_PASSING, key=row.key, now=now)
        return
    if row.payload.get("edited"):
        before, after = _lines_before(row, said, place.bot_user_id, now=now), lines
        lines, changed = _added(after, before) if before is not None else ([], after)
        if changed and before is not None and incident is not None:
            followed = _correct_notes(incident, said, before, after, key=row.key, now=now)
            changed = [line for line in changed if line not in followed]
        if changed:
            whisper(said.origin, EDITED(), key=f"{row.key}:edited", now=now)
    with announcements.watching() as made:
        outcomes = [_obey(line, said, key=f"{row.key}:{number}", now=now) for number, line in enumerate(lines)]
    assignments.note_mentions(made, said.text, now=now)
    _tell_outcome(said, outcomes, made=made, key=row.key, now=now)


def _correct_notes(
    incident: Incident, said: Mention, before: list[str], after: list[str], *, key: str, now: datetime
) -> list[str]:
    """Have notes follow the edit of their message; return the lines of which the author need not be told."""
    author = person_for(said.origin.user_id, now=now)
    source = question_at(said.origin.channel_id, said.ts)
    try:
        with transaction.atomic():
            return note_edits.follow(incident, source=source, before=before, after=after, by=author, now=now)
    except IncidentError as refusal:
        whisper(said.origin, f"❓ {escape(refusal.message)}", key=f"{key}:note", now=now)
        return []


def _lines_before(row: InboxEntry, said: Mention, bot_user_id: str, *, now: datetime) -> list[str] | None:
    """Return the commands of the same message as Slack sent it the last time; [] if it did not mention us then.

    Return None when that is no longer known: its text was redacted, or is older than what is kept.
    """
    rows = InboxEntry.objects.filter(kind=row.kind, order_key=row.order_key, payload__ts=said.ts, pk__lt=row.pk)
    before = rows.order_by("-pk").first()
    if before is None:
        return None if payloads.moment_of(said.ts) < now - queue.KEPT_FOR else []
    if inbox.EMPTIED in before.payload:
        return None
    return commands.said_to(bot_user_id, payloads.mention(before.payload).text) or []


def _added(lines: list[str], before: list[str]) -> tuple[list[str], list[str]]:
    """Return the commands that an edit added, and those that it only changed. Slack sends the whole message again."""
    new, left = [], list(before)
    for line in lines:
        if line in left:
            left.remove(line)
        else:
            new.append(line)
    surplus = max(len(lines) - len(before), 0)
    return new[len(new) - surplus :], new[: len(new) - surplus]


def _tell_outcome(
    said: Mention, outcomes: list[str | None], *, key: str, now: datetime, made: Sequence[int] = ()
) -> None:
    """Answer a message, whose commands made these entries."""
    refusals = [outcome for outcome in outcomes if outcome]
    text = "\n".join(f"❓ {escape(text)}" for text in refusals)
    if refusals and not said.origin.channel_id:
        whisper(said.origin, text, key=key, now=now)
    elif refusals:
        incident = dispatcher.incident_of(said.origin.channel_id, viewer=person_for(said.origin.user_id, now=now))
        whisper(said.origin, text, key=key, now=now, incident=incident)
        react(said.origin.channel_id, said.ts, "question", now=now)
    elif "" in outcomes and said.origin.channel_id:
        react(said.origin.channel_id, said.ts, "white_check_mark", now=now)
        if not said.origin.thread_ts:
            announcements.note_seen(made, channel_id=said.origin.channel_id, now=now)


def _obey(line: str, message: Mention, *, key: str, now: datetime, about: Incident | None = None) -> str | None:
    """Run one command. Return "" when it went well, a refusal, or None when a plugin's lane, or a click, will tell."""
    said = commands.split(line)
    command = registry.commands.get(said.name)
    if command is None:
        return _unknown(said)
    if (sentence := switches.why_held(command)) is not None:
        return sentence
    if not command.is_built_in:
        payload: dict[str, Any] = {"line": line, "ts": message.ts, "origin": message.origin.as_json()}
        payload |= {"incident": about.pk} if about else {}
        order_key = f"{message.origin.channel_id}:{command.plugin}"
        inbox.hand_over("plugin_command", payload, key=key, order_key=order_key, handler=command, now=now)
        return None
    return _run_command(command, said, message, key=key, now=now, about=about)


def _plugin_command(row: InboxEntry, now: datetime) -> None:
    message = Mention(row.payload["line"], row.payload["ts"], payloads.revived(Origin, row.payload["origin"]))
    said = commands.split(message.text)
    command = _handler(row, Command)
    about = _incident(row.payload["incident"]) if "incident" in row.payload else None
    with announcements.watching() as made:
        outcome = _run_command(command, said, message, key=row.key, now=now, about=about)
    assignments.note_mentions(made, message.text, now=now)
    _tell_outcome(message, [outcome], made=made, key=row.key, now=now)


def _run_command(
    command: Command,
    said: commands.Said,
    message: Mention,
    *,
    key: str,
    now: datetime,
    about: Incident | None = None,
) -> str | None:
    is_direct = not message.origin.channel_id
    question = "" if is_direct else question_at(message.origin.channel_id, message.ts)
    try:
        effects = dispatcher.run_command(
            command, said, message.origin, key=key, now=now, question=question, about=about
        )
    except Unchanged as same:
        whisper(message.origin, f"✅ {escape(same.message)}", key=f"{key}:same", now=now)
        return ""
    except IncidentError as refusal:
        return refusal.message
    if effects.dialog is not None:
        text = effects.dialog_text or f"`{command.name}` has a form."
        stored = {"name": command.name, "text": said.text, "question": question if effects.is_question else ""}
        section = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
        label = effects.dialog_button or "Open the form"
        blocks = [
            section,
            *dispatcher.form_button(stored, action_id=dispatcher.RUN_COMMAND, label=label, now=now, about=about),
        ]
        whisper(message.origin, text, key=f"{key}:form", now=now, drawn=blocks, incident=effects.about)
    if effects.replies:
        text, shown = "\n".join(effects.replies), effects.reply_blocks
        whisper(message.origin, text, key=f"{key}:reply", now=now, blocks=shown, incident=effects.about)
    if is_direct and not effects.replies and effects.dialog is None:
        done = f"✅ {about.reference}: done." if about else "✅ Done."
        whisper(message.origin, done, key=f"{key}:done", now=now, incident=about)
    if is_direct:
        return None
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


# Direct messages ------------------------------------------------------------------------------------------------------


def _direct_message(row: InboxEntry, now: datetime) -> None:
    """Obey what somebody writes to us directly, as in a channel, and answer there. The mention may be left out."""
    said = payloads.mention(row.payload)
    place = workspace.present()
    if place is None:
        raise inbox.NotYet
    message = Mention(said.text, said.ts, Origin(said.origin.user_id))
    lines = commands.said_to(place.bot_user_id, said.text) or [said.text.strip()]
    outcomes = [_obey_directly(line, message, key=f"{row.key}:{n}", now=now) for n, line in enumerate(lines)]
    _tell_outcome(message, outcomes, key=row.key, now=now)


def _obey_directly(line: str, message: Mention, *, key: str, now: datetime) -> str | None:
    """Run one command in the incident that it names, or in the only one there is; otherwise ask in which."""
    actor = person_for(message.origin.user_id, now=now)
    try:
        if not queries.incidents(actor).exists():
            access.check(actor, Act.USE)
        about, line = _named_incident(line, actor)
    except IncidentError as refusal:
        return refusal.message
    said = commands.split(line)
    command = registry.commands.get(said.name)
    if command is None:
        return _explain(said, message, key=key, now=now)
    if command.anywhere or (about is not None and not command.asks(said.text)):
        return _obey(line, message, key=key, now=now, about=about)
    found = queries.open_incidents(actor)
    among = [about] if about else list(found[: OFFERED + 1])
    if not among:
        return NONE_OPEN(command=as_said(line))
    if len(among) == 1 and not command.asks(said.text):
        return _obey(line, message, key=key, now=now, about=among[0])
    more = 0 if about else found.count() - OFFERED
    _ask_which(command, said, among[:OFFERED], message, more=more, key=key, now=now)
    return None


def _named_incident(line: str, actor: Person) -> tuple[Incident | None, str]:
    """Read which incident a command is for, if it begins with one: "INC-3 severity major"."""
    first, _, rest = line.strip().partition(" ")
    if not LIKE_AN_INCIDENT.fullmatch(first):
        return None, line
    return arguments.incident(first.rstrip(":,"), me=actor), rest.strip()


def _ask_which(
    command: Command,
    said: commands.Said,
    among: list[Incident],
    message: Mention,
    *,
    more: int,
    key: str,
    now: datetime,
) -> None:
    """Draw a button for each incident in which the command may be meant; it runs the command there."""
    words = as_said(f"{said.name} {said.text}".strip())
    one = among[0] if len(among) == 1 else None
    text = CONFIRM(command=words, reference=one.reference, title=one.title) if one else WHICH(command=words)
    blocks: list[dict[str, Any]] = [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]
    stored = {"name": said.name, "text": said.text}
    for each in among:
        label = command.asks(said.text).format(reference=each.reference) or f"{each.reference} {each.title}"
        label = limits.cut(label if one else f"{each.reference} {each.title}", limits.BUTTON)
        blocks += dispatcher.form_button(stored, action_id=dispatcher.RUN_COMMAND, label=label, now=now, about=each)
    if more > 0:
        rest = {"type": "mrkdwn", "text": f"{render.more_open(more)}. {NAME_IT(command=words)}"}
        blocks.append({"type": "section", "text": rest})
    whisper(message.origin, text, key=f"{key}:which", now=now, drawn=blocks, incident=one)


def _explain(said: commands.Said, message: Mention, *, key: str, now: datetime) -> str | None:
    """Answer what names no command with the list of commands."""
    effects = dispatcher.run_command(
        registry.commands["help"], commands.Said("help", ""), message.origin, key=f"{key}:help", now=now
    )
    known = said.name in GREETINGS
    unknown = [] if known else [SectionBlock(text=MarkdownTextObject(text=f"❓ {escape(_unknown(said))}"))]
    blocks = [*unknown, SectionBlock(text=MarkdownTextObject(text=DIRECTLY())), *effects.reply_blocks]
    whisper(message.origin, DIRECTLY(), key=f"{key}:help", now=now, blocks=blocks)
    return None


# Events ---------------------------------------------------------------------------------------------------------------


def _event(row: InboxEntry, now: datetime) -> None:
    raw, handler = row.payload, _handler(row, Event)
    actor_id = payloads.actor_of(raw)
    actor = person_for(actor_id, now=now) if actor_id else None
    # These are heard from everybody, also from an owner who isn't in the incident. Others count as somebody's act.
    decides = raw.get("type") in (*MEMBERSHIP, *OF_CHANNELS) or raw.get("subtype") in MEMBERSHIP
    viewer = RESPONSE if actor is None or decides else actor
    incident = dispatcher.incident_of(payloads.channel_of(raw), viewer=viewer)
    for_headlines = incident is None and workspace.is_for_headlines(payloads.channel_of(raw))
    if not handler.hears(is_incidents=incident is not None, is_for_headlines=for_headlines):
        if _is_coming(payloads.channel_of(raw)):
            raise inbox.NotYet
        return
    event = event_payloads.read(raw, wanted=handler.classes)
    context = EventContext(now=now, incident=incident, actor=actor, event=event, key=row.key)
    handler.handler(context)
    carry_out(context.effects, key=row.key, origin=None, incident=incident, by=context.actor, now=now)


def _incident_event(row: InboxEntry, now: datetime) -> None:
    handler = _handler(row, IncidentEvent)
    entry = TimelineEntry.objects.select_related("actor").get(pk=row.payload["entry"])
    incident = _incident(entry.incident_id)
    context = IncidentEventContext(now=now, incident=incident, entry=entry, key=_everywhere(row))
    handler.handler(context)
    carry_out(context.effects, key=row.key, origin=None, incident=incident, by=entry.actor, now=now)


def _inbound(row: InboxEntry, now: datetime) -> None:
    handler, payload = _handler(row, Inbound), row.payload
    context = RequestContext(
        now=now,
        key=row.key,
        name=handler.name,
        json=payload.get("json"),
        text=payload.get("text", ""),
        headers=payload["headers"],
    )
    handler.handler(context)
    carry_out(context.effects, key=row.key, origin=None, incident=None, now=now)


def _later(row: InboxEntry, now: datetime) -> None:
    """Run what somebody asked for earlier, unless it is about an incident that they may no longer change."""
    handler = _handler(row, ScheduledWork)
    planned = Scheduled.objects.select_related("asked_by").get(pk=row.payload["scheduled"])
    incident = _incident(planned.incident_id) if planned.incident_id is not None else None
    actor = planned.asked_by
    if actor is not None and incident is not None and not access.may(actor, Act.CHANGE, incident):
        return
    context = LaterContext(now=now, key=_everywhere(row), data=planned.data, incident=incident, actor=actor)
    handler.handler(context)
    carry_out(context.effects, key=row.key, origin=None, incident=incident, by=actor, now=now)


def _periodic(row: InboxEntry, now: datetime) -> None:
    context = PeriodicContext(now=now, key=_everywhere(row))
    _handler(row, Periodic).handler(context)
    carry_out(context.effects, key=row.key, origin=None, incident=None, now=now)


def _keyword(row: InboxEntry, now: datetime) -> None:
    """Let a keyword handler answer, unless it did so in this incident not long ago."""
    handler, payload = _handler(row, Keyword), row.payload
    incident = _incident(payload["incident"])
    actor = person_for(payload["user"], now=now)
    if not access.may(actor, Act.CHANGE, incident):
        return  # it became private, or they left it, since they said so
    # Nothing is written before the handler ran: on SQLite everybody else who writes would wait for it.
    key = f"keyword:{incident.pk}:{handler.id}"
    if LastSaid.objects.filter(key=key, said_at__gt=now - handler.every).exists():
        return
    context = KeywordContext(
        now=now,
        actor=actor,
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
        text = "\n".join(context.effects.replies)
        blocks = context.effects.reply_blocks
        whisper(context.origin, text, key=f"{row.key}:reply", now=now, blocks=blocks, incident=incident)
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
    context = NotificationContext(now=now, incident=incident, turn=reminder.turn + 1, key=_everywhere(row))
    outcome = handler.handler(context)
    if outcome is SKIP:
        reminders.note_skipped(reminder, handler, now=now)
        return
    if outcome is not None:
        raise TypeError(f"A notification returns None or SKIP, not {type(outcome).__name__}")
    reminders.note_spoken(reminder, handler, now=now)
    reminders.add_mute_button(context.effects, incident)
    stale = now + (handler.every or STALE)
    carry_out(context.effects, key=row.key, origin=None, incident=incident, now=now, expires_at=stale)


# Requests that a person waits for, or that talk to another system -----------------------------------------------------


def _interactive(row: InboxEntry, now: datetime) -> None:
    """Run a plugin's command, button or dialog for the web process, which waits for the answer."""
    try:
        row.answer = dispatcher.answer(payloads.from_json(row.payload), now=now).as_json()
    except dispatcher.FormRefused as refusal:
        row.answer = dispatcher.Answer(action="errors", errors=refusal.errors).as_json()


def _search(row: InboxEntry, now: datetime) -> None:
    row.answer = searches.find(payloads.revived(OptionSearch, row.payload))


def _veto(row: InboxEntry, now: datetime) -> None:
    row.answer = {"refuses": refusal(_handler(row, Veto), row.payload, now)}


def refusal(handler: Veto, payload: Mapping[str, Any], now: datetime) -> str:
    """Return the sentence with which a handler refuses a change, or ""."""
    context = VetoContext(
        now=now,
        incident=queries.incident(queries.RESPONSE, number=payload["incident"]),
        actor=Person.objects.get(pk=payload["actor"]),
        kind=payload["kind"],
        text=payload["text"],
        data=payload["data"],
    )
    try:
        with transaction.atomic():
            said = handler.handler(context)
            transaction.set_rollback(True)  # it reads only
    except IncidentError as refused:
        return refused.message
    if said is not None and not isinstance(said, str):
        raise TypeError(f"A veto returns a sentence or None, not {type(said).__name__}")
    return said or ""


def _background(row: InboxEntry, now: datetime) -> None:
    dispatcher.answer(payloads.from_json(row.payload), now=now)


_RUNNERS: Final[Mapping[str, Callable[[InboxEntry, datetime], None]]] = {
    "mention": _mention,
    "direct_message": _direct_message,
    "plugin_command": _plugin_command,
    "event": _event,
    "keyword": _keyword,
    "incident_event": _incident_event,
    inbox.BACKGROUND_EVENT: _incident_event,
    "inbound": _inbound,
    "background inbound": _inbound,
    "later": _later,
    "background later": _later,
    "periodic": _periodic,
    "veto": _veto,
    "background periodic": _periodic,
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
    return _is_coming(channel_id)


def _is_coming(channel_id: str) -> bool:
    """Return whether the channel may be an incident's in a moment: it is being made, or has just got another id."""
    moves = InboxEntry.objects.filter(is_open=True, handler=ID_CHANGED, payload__new_channel_id=channel_id)
    return channel_is_being_made() or moves.exists()


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


def _everywhere(row: InboxEntry) -> str:
    """Return a key of this row that no other deployment's row has: primary keys begin with 1 everywhere."""
    return f"{row.key}:{row.created_at.timestamp():.6f}"


def _runner(row: InboxEntry) -> Callable[[InboxEntry, datetime], None]:
    runner = _RUNNERS.get(row.kind)
    if runner is None:
        raise queue.Unknown(f"rows of the kind {row.kind}")
    return runner

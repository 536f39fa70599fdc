"""Run the commands that a message gives us, and answer its author."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from incidents.models import Incident, TimelineEntry
from people.errors import Refusal, Unchanged
from slackbot.api.mrkdwn import escape
from slackbot.api.shapes import Malformed
from slackbot.directory import workspace
from slackbot.directory.people import person_for
from slackbot.inbound import dispatcher, inbox, payloads
from slackbot.inbound.effects import question_at, react, whisper
from slackbot.inbound.payloads import Mention
from slackbot.inbound.places import incident_of
from slackbot.kit import commands, switches
from slackbot.kit.arguments import as_said
from slackbot.kit.registry import Command, registry
from slackbot.outbound import announcements


def obey(
    line: str,
    message: Mention,
    *,
    key: str,
    now: datetime,
    about: Incident | None = None,
    here: Incident | None = None,
) -> str | None:
    """Run one command. Return "" when it went well, a refusal, or None if a plugin's row or a click will tell.

    For `about` and `here` see `dispatcher.run_command`.
    """
    said = commands.split(line)
    command = registry.commands.get(said.name)
    if command is None:
        return unknown_command(said)
    if (sentence := switches.why_held(command)) is not None:
        return sentence
    if not command.is_built_in:
        payload: dict[str, Any] = {"line": line, "ts": message.ts, "origin": message.origin.as_json()}
        payload |= {"incident": about.pk} if about else {}
        order_key = f"{message.origin.channel_id}:{command.plugin}"
        inbox.hand_over(payload, key=key, order_key=order_key, handler=command, now=now)
        return None
    return run_command(command, said, message, key=key, now=now, about=about, here=here)


def run_command(
    command: Command,
    said: commands.Said,
    message: Mention,
    *,
    key: str,
    now: datetime,
    about: Incident | None = None,
    here: Incident | None = None,
) -> str | None:
    """Run the handler of a command and show its dialog and replies. Return what `obey` returns."""
    is_direct = not message.origin.channel_id
    question = "" if is_direct else question_at(message.origin.channel_id, message.ts)
    try:
        effects = dispatcher.run_command(
            command, said, message.origin, key=key, now=now, question=question, about=about, here=here
        )
    except Unchanged as same:
        whisper(message.origin, f"✅ {escape(same.message)}", key=f"{key}:same", now=now)
        return ""
    except Refusal as refusal:
        return refusal.message
    if effects.dialog is not None:
        text = effects.dialog_text or f"`{command.name}` opens a form."
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


def tell_outcome(
    said: Mention,
    outcomes: list[str | None],
    *,
    key: str,
    now: datetime,
    made: Sequence[TimelineEntry] = (),
    here: Incident | None = None,
) -> None:
    """Answer a message, whose commands made these entries. `here` is the incident of its channel."""
    refusals = [outcome for outcome in outcomes if outcome]
    text = "\n".join(f"❓ {escape(text)}" for text in refusals)
    if refusals and not said.origin.channel_id:
        whisper(said.origin, text, key=key, now=now)
    elif refusals:
        incident = incident_of(said.origin.channel_id, viewer=person_for(said.origin.user_id, now=now))
        whisper(said.origin, text, key=key, now=now, incident=incident)
        react(said.origin.channel_id, said.ts, "question", now=now)
    elif "" in outcomes and said.origin.channel_id:
        react(said.origin.channel_id, said.ts, "white_check_mark", now=now)
        if here is not None and not said.origin.thread_ts:
            announcements.note_seen(made, here=here, now=now)


def unknown_command(said: commands.Said) -> str:
    """Return the answer to a command that nobody registered."""
    if not said.name:
        return "`@incident help` lists all commands."
    meant, name = commands.nearest(said.name, registry.commands), as_said(said.name)
    if meant is not None:
        return f"`{name}` isn't a command. Did you mean `@incident {meant}`? `@incident help` lists all commands."
    return f"`{name}` isn't a command. `@incident help` lists all commands; `/incident` declares a new incident."


def handlers_named(payload: Any, *, directly: bool = False) -> str:
    """Return the ids of the handlers of a message's commands; a direct message need not mention us."""
    if (place := workspace.present()) is None:
        return ""
    try:
        text = payloads.mention(payload).text
        lines = commands.said_to(place.bot_user_id, text) or ([text] if directly else [])
    except Malformed:  # which may be why the row failed
        return ""
    found = [registry.commands.get(commands.split(line).name) for line in lines]
    return ", ".join(handler.id for handler in found if handler)

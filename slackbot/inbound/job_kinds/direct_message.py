"""Direct messages: commands that somebody writes to us alone."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from slack_sdk.models.blocks import MarkdownTextObject, SectionBlock

from incidents import queries
from incidents.models import Incident
from people.access import USE, check
from people.errors import Refusal
from people.models import Person
from slackbot.api import limits
from slackbot.api.mrkdwn import escape
from slackbot.directory import workspace
from slackbot.directory.people import person_for
from slackbot.inbound import dispatcher, inbox, payloads
from slackbot.inbound.effects import whisper
from slackbot.inbound.job_kinds.kind import InboxKind, inbox_kind
from slackbot.inbound.message_commands import handlers_named, obey, tell_outcome, unknown_command
from slackbot.inbound.payloads import Mention
from slackbot.kit import arguments, commands
from slackbot.kit.arguments import as_said
from slackbot.kit.contexts import Origin
from slackbot.kit.registry import Command, registry
from slackbot.kit.words import sentence
from slackbot.models import InboxEntry
from slackbot.rendering import render

OFFERED: Final = 5  # incidents among which somebody chooses
LIKE_AN_INCIDENT: Final = re.compile(r"inc-?\d{1,9}[:,]?|<[^<>]*/incidents/\d{1,9}/[^<>]*>|<#[^<>]+>", re.IGNORECASE)
GREETINGS: Final = ("", "hello", "hey", "hi")
DIRECTLY: Final = sentence(
    "direct.introduction",
    "Write a command here, without mentioning me. If the command needs an incident, put its number first: "
    "`INC-3 severity major`.",
)
NONE_OPEN: Final = sentence(
    "direct.none_open",
    "No incidents are open. To run `{command}` in an incident that is over, put its number first, for example `INC-3`.",
)
WHICH: Final = sentence("direct.which", "In which incident do you want to run `{command}`?")
CONFIRM: Final = sentence("direct.confirm", "Run `{command}` in {reference} *{title}*?")
NAME_IT: Final = sentence("direct.name_it", "For another one, put its number first: `INC-3 {command}`.")


@inbox_kind("direct_message")
class DirectMessageKind(InboxKind):
    """Commands that somebody writes to us directly."""

    def run(self, row: InboxEntry, now: datetime) -> None:
        """Obey what somebody writes to us directly, as in a channel, and answer there. The mention may be left out."""
        said = payloads.mention(row.payload)
        place = workspace.present()
        if place is None:
            raise inbox.NotYet
        message = Mention(said.text, said.ts, Origin(said.origin.user_id))
        lines = commands.said_to(place.bot_user_id, said.text) or [said.text.strip()]
        outcomes = [_obey_directly(line, message, key=f"{row.key}:{n}", now=now) for n, line in enumerate(lines)]
        tell_outcome(message, outcomes, key=row.key, now=now)

    def who_asked(self, row: InboxEntry) -> Origin | None:
        return Origin(payloads.mention(row.payload).origin.user_id)

    def described(self, row: InboxEntry) -> str:
        return row.handler or handlers_named(row.payload, directly=True) or "commands"


def _obey_directly(line: str, message: Mention, *, key: str, now: datetime) -> str | None:
    """Run one command in the incident that it names, or in the only one there is; otherwise ask in which."""
    actor = person_for(message.origin.user_id, now=now)
    try:
        if not queries.incidents(actor).exists():
            check(actor, USE)
        about, line = _named_incident(line, actor)
    except Refusal as refusal:
        return refusal.message
    said = commands.split(line)
    command = registry.commands.get(said.name)
    if command is None:
        return _explain(said, message, key=key, now=now)
    if command.anywhere or (about is not None and not command.asks(said.text)):
        return obey(line, message, key=key, now=now, about=about)
    found = queries.open_incidents(actor)
    among = [about] if about else list(found[: OFFERED + 1])
    if not among:
        return NONE_OPEN(command=as_said(line))
    if len(among) == 1 and not command.asks(said.text):
        return obey(line, message, key=key, now=now, about=among[0])
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
    unknown = [] if known else [SectionBlock(text=MarkdownTextObject(text=f"❓ {escape(unknown_command(said))}"))]
    blocks = [*unknown, SectionBlock(text=MarkdownTextObject(text=DIRECTLY())), *effects.reply_blocks]
    whisper(message.origin, DIRECTLY(), key=f"{key}:help", now=now, blocks=blocks)
    return None

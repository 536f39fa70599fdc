"""Mentions: commands that somebody writes in a channel."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction

from incidents.models import Incident
from jobs import storing
from people.errors import Refusal
from slackbot.api.mrkdwn import escape
from slackbot.api.shapes import moment_of
from slackbot.directory import workspace
from slackbot.directory.people import person_for
from slackbot.inbound import inbox, note_edits, payloads
from slackbot.inbound.effects import question_at, whisper
from slackbot.inbound.job_kinds.kind import InboxKind, inbox_kind
from slackbot.inbound.message_commands import handlers_named, obey, tell_outcome
from slackbot.inbound.our_channels import is_coming
from slackbot.inbound.payloads import Mention
from slackbot.inbound.places import incident_of
from slackbot.kit import commands
from slackbot.kit.contexts import Origin
from slackbot.kit.words import sentence
from slackbot.models import InboxEntry
from slackbot.outbound import announcements, assignments

EDITED: Final = sentence(
    "mention.edited", "Response doesn't run a command that you changed. Send the command as a new message."
)
_IN_PASSING: Final = (
    "You mentioned Response. To run a command, begin the message with the mention. `@incident help` lists all commands."
)


@inbox_kind("mention")
class MentionKind(InboxKind):
    """Commands that a message in a channel gives us."""

    has_message = True

    def run(self, row: InboxEntry, now: datetime) -> None:
        """Obey what a message says to us; ✅ when all went well, else ❓ and sentences that only the author sees."""
        said = payloads.mention(row.payload)
        place, incident = workspace.present(), incident_of(said.origin.channel_id)
        if place is None or (incident is None and is_coming(said.origin.channel_id)):
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
            outcomes = [
                # What a line has changed, the next one must see.
                obey(line, said, key=f"{row.key}:{number}", now=now, here=None if number else incident)
                for number, line in enumerate(lines)
            ]
        assignments.note_mentions(made, said.text, now=now)
        tell_outcome(said, outcomes, made=made, here=incident, key=row.key, now=now)

    def who_asked(self, row: InboxEntry) -> Origin | None:
        return payloads.mention(row.payload).origin

    def described(self, row: InboxEntry) -> str:
        return row.handler or handlers_named(row.payload) or "commands"


def _correct_notes(
    incident: Incident, said: Mention, before: list[str], after: list[str], *, key: str, now: datetime
) -> list[str]:
    """Have notes follow the edit of their message; return the lines of which the author need not be told."""
    author = person_for(said.origin.user_id, now=now)
    source = question_at(said.origin.channel_id, said.ts)
    try:
        with transaction.atomic():
            return note_edits.follow(incident, source=source, before=before, after=after, by=author, now=now)
    except Refusal as refusal:
        whisper(said.origin, f"❓ {escape(refusal.message)}", key=f"{key}:note", now=now)
        return []


def _lines_before(row: InboxEntry, said: Mention, bot_user_id: str, *, now: datetime) -> list[str] | None:
    """Return the commands of the same message as Slack sent it the last time; [] if it did not mention us then.

    Return None when that is no longer known: its text was redacted, or is older than what is kept.
    """
    rows = InboxEntry.objects.filter(kind=row.kind, order_key=row.order_key, payload__ts=said.ts, pk__lt=row.pk)
    before = rows.order_by("-pk").first()
    if before is None:
        return None if moment_of(said.ts) < now - storing.KEPT_FOR else []
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

"""`@incident correct 12 text` and `@incident withdraw 12`: fix a wrong note."""

from __future__ import annotations

from incidents import access, corrections, queries
from incidents.access import Act
from incidents.models import EntryKind, Incident, Person, TimelineEntry
from slackbot import limits
from slackbot.arguments import UsageError, as_said
from slackbot.mrkdwn import from_markdown, link
from slackbot.note_edits import time_and_text
from slackbot.people import markdown
from slackbot.plugins import CommandContext, incident_command
from slackbot.render import DOCUMENT, document_url, slack_time

SHOWN = 10
NOTE_SHOWN = 80  # characters


def _asks(text: str) -> str:
    return "Correct the note" if text else ""


@incident_command(
    "correct", usage="<entry> text", help="correct a note; its history stays (alone: list the notes)", asks=_asks
)
def correct(ctx: CommandContext) -> None:
    number, _, said = ctx.text.strip().partition(" ")
    if not number:
        ctx.reply(_list(ctx.incident, ctx.actor))
        return
    note = _note(ctx.incident, number)
    if not said.strip():
        raise UsageError("What does the note say correctly?")
    happened_at, text = time_and_text(said.strip(), by=ctx.actor, now=ctx.now)
    corrections.correct_note(
        ctx.incident, note=note, text=markdown(text), happened_at=happened_at, by=ctx.actor, at=ctx.now
    )


@incident_command(
    "withdraw",
    usage="<entry>",
    help="withdraw a note; its history stays (alone: list the notes)",
    asks=lambda text: "Withdraw the note" if text else "",
)
def withdraw(ctx: CommandContext) -> None:
    number = ctx.text.strip()
    if not number:
        ctx.reply(_list(ctx.incident, ctx.actor))
        return
    corrections.withdraw_note(ctx.incident, note=_note(ctx.incident, number), by=ctx.actor, at=ctx.now)


def _note(incident: Incident, number: str) -> TimelineEntry:
    digits = number.lstrip("#")
    if not digits.isdecimal() or len(digits) > 9:
        how = "Put the note's number first, as in `@incident correct 12 The deploy began`."
        raise UsageError(f"“{as_said(number)}” isn't a number. {how}")
    return queries.entry(incident, seq=int(digits))


def _list(incident: Incident, person: Person) -> str:
    """List the newest notes that `person` may correct."""
    access.check(person, Act.CHANGE, incident)
    shown = queries.timeline(incident).filter(kind__in=[EntryKind.NOTE_ADDED, EntryKind.NOTE_CORRECTED])
    found = [each for each in shown.order_by("-seq")[:200] if not each.is_redacted]
    theirs = [each for each in found if _may(each, incident, person)][:SHOWN]
    if not theirs:
        return "There is no note that you may correct. You can correct your own, and the lead can correct all."
    document = link(f"{document_url(incident)}?timeline=all", DOCUMENT.plain())
    how = f"To correct a note, write `@incident correct {theirs[0].seq}` and what it should say, or use the {document}."
    lines = [
        f"• {each.seq}: {limits.cut(from_markdown(each.text), NOTE_SHOWN)} ({slack_time(each.happened_at)})"
        for each in theirs
    ]
    return "\n".join([how, *lines])


def _may(entry: TimelineEntry, incident: Incident, person: Person) -> bool:
    first = corrections.versions(incident, entry)[0]
    return corrections.may_correct(person, first, lead=incident.lead)

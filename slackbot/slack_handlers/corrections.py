"""`@incident correct 12 text` and `@incident withdraw 12`: fix a wrong note."""

from __future__ import annotations

from incidents import access, corrections, queries
from incidents.models import EntryKind, Incident, TimelineEntry
from people.models import Person
from slackbot.plugins import (
    CommandContext,
    UsageError,
    arguments,
    display,
    from_markdown,
    incident_command,
    limits,
    link,
    markdown,
)

SHOWN = 10
NOTE_SHOWN = 80  # characters
CORRECT = "`@incident correct 12 The deploy began`"
WITHDRAW = "`@incident withdraw 12`"


def _asks(text: str) -> str:
    return "Correct the note" if text else ""


@incident_command(
    "correct",
    usage="<entry> <text>",
    help="correct a note and keep its history; without a number, list the notes",
    asks=_asks,
)
def correct(ctx: CommandContext) -> None:
    number, _, said = ctx.text.strip().partition(" ")
    if not number:
        ctx.reply(_list(ctx.incident, ctx.actor, "correct", " and what it should say"))
        return
    note = _note(ctx.incident, number, CORRECT)
    if not said.strip():
        raise UsageError("Write the corrected text.")
    happened_at, text = arguments.time_and_text(said.strip(), me=ctx.actor, now=ctx.now)
    corrections.correct_note(
        ctx.incident, note=note, text=markdown(text), happened_at=happened_at, by=ctx.actor, at=ctx.now
    )


@incident_command(
    "withdraw",
    usage="<entry>",
    help="withdraw a note and keep its history; without a number, list the notes",
    asks=lambda text: "Withdraw the note" if text else "",
)
def withdraw(ctx: CommandContext) -> None:
    number, _, more = ctx.text.strip().partition(" ")
    if not number:
        ctx.reply(_list(ctx.incident, ctx.actor, "withdraw"))
        return
    note = _note(ctx.incident, number, WITHDRAW)
    if more.strip():
        raise UsageError(
            f"Write only the note's number, as in {WITHDRAW}, without “{arguments.as_said(more.strip())}”."
        )
    corrections.withdraw_note(ctx.incident, note=note, by=ctx.actor, at=ctx.now)


def _note(incident: Incident, number: str, example: str) -> TimelineEntry:
    digits = number.lstrip("#")
    if not digits.isdecimal() or len(digits) > 9:
        raise UsageError(f"“{arguments.as_said(number)}” isn't a number. Put the note's number first, as in {example}.")
    return queries.entry(incident, seq=int(digits))


def _list(incident: Incident, person: Person, command: str, then: str = "") -> str:
    """List the newest notes that `person` may correct or withdraw."""
    access.check(person, access.CHANGE, incident)
    shown = queries.timeline(incident).filter(kind__in=[EntryKind.NOTE_ADDED, EntryKind.NOTE_CORRECTED])
    found = [each for each in shown.order_by("-seq")[:200] if not each.is_redacted]
    theirs = [each for each in found if _may(each, incident, person)][:SHOWN]
    if not theirs:
        return (
            "There are no notes that you can correct or withdraw. You can change your own, and the lead can change all."
        )
    document = link(f"{display.document_url(incident)}?timeline=all", display.DOCUMENT.plain())
    how = f"To {command} a note, write `@incident {command} {theirs[0].seq}`{then}, or use the {document}."
    lines = [
        f"• {each.seq}: {limits.cut(from_markdown(each.text), NOTE_SHOWN)} ({display.slack_time(each.happened_at)})"
        for each in theirs
    ]
    return "\n".join([how, *lines])


def _may(entry: TimelineEntry, incident: Incident, person: Person) -> bool:
    first = corrections.versions(incident, entry)[0]
    return corrections.may_correct(person, first, lead=incident.lead)

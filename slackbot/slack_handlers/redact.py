"""`@incident redact 12 contained a password`: remove a text for good, after a confirmation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slack_sdk.models.blocks import ActionsBlock, MarkdownTextObject, SectionBlock

from incidents import access, queries, redaction
from incidents.errors import IncidentError
from incidents.models import Incident, TimelineEntry
from incidents.redaction import Redaction
from incidents.traces import Traces
from people.models import Person
from slackbot.plugins import (
    ActionContext,
    Button,
    Choice,
    CommandContext,
    Dialog,
    DialogContext,
    SaidMessage,
    Text,
    UsageError,
    action_handler,
    channels,
    dialog_handler,
    display,
    escape,
    incident_command,
    limits,
    link,
    sentence,
    stored_values,
)
from slackbot.redaction import reading_mrkdwn

REDACT = "redact-entry"
MESSAGE = "redact-message"
YES = sentence("button.redact", "Redact it", limit=limits.BUTTON)
SHOWN = 10
WARNING = (
    "This permanently removes the entry's text from the document, the API, search and our Slack messages. "
    "You can't undo it."
)


@incident_command(
    "redact", usage="<entry> <reason>", help="permanently remove an entry's text; without a number, list your entries"
)
def redact(ctx: CommandContext) -> None:
    number, _, reason = ctx.plain.strip().partition(" ")
    if not number:
        ctx.reply(_list(ctx.incident, ctx.actor))
        return
    if not number.lstrip("#").isdecimal() or len(number) > 9:
        raise UsageError(
            "Enter the entry's number and a reason, for example `@incident redact 12 contained a password`."
        )
    if not reason.strip():
        raise UsageError("Add a reason. It stays visible on the timeline.")
    entry = queries.entry(ctx.incident, seq=int(number.lstrip("#")))
    if "redacted" in entry.data:
        ctx.reply(f"✅ Entry {entry.seq} is already redacted.")
        return
    redaction.check(entry, by=ctx.actor, reason=reason)
    when = display.slack_time(entry.happened_at)
    text = f"Redact entry {entry.seq} ({entry.kind_label.lower()}, {when})? {WARNING}"
    stored = {"seq": str(entry.seq), "reason": reason.strip(), "question": ctx.question}
    yes = Button(
        text=YES.plain(), action_id=REDACT, value=stored_values.button_value(stored, now=ctx.now), style="danger"
    )
    block_id = f"incident-{ctx.incident.number}-redact"
    ctx.ask(text, blocks=[_section(text), ActionsBlock(block_id=block_id, elements=[yes])])


@action_handler(REDACT)
def confirmed(ctx: ActionContext) -> None:
    asked = stored_values.read(ctx.value)
    if ctx.incident_or_none is None or not asked.get("seq", "").isdecimal():
        raise IncidentError("This question has expired. Run the command again.")
    entry = queries.entry(ctx.incident, seq=int(asked["seq"]))
    done = redaction.redact_entry(ctx.incident, entry=entry, by=ctx.actor, reason=asked["reason"], at=ctx.now)
    ctx.answered(asked.get("question", ""))
    ctx.replace(_outcome(done))


def _outcome(done: Redaction) -> str:
    """Return what was redacted, and what only people can delete."""
    if not done.is_new:
        return f"✅ Entry {done.entry.seq} is already redacted."
    lines = [f"✅ Entry {done.entry.seq} is redacted."]
    if done.elsewhere:
        lines.append(
            "We can't delete messages that people wrote in Slack. Delete yours, or ask the authors to delete theirs:"
        )
        lines += [f"• {link(address, 'message')}" for address in done.elsewhere]
    if done.others:
        lines.append(redaction.others_sentence(done.others))
    return limits.cut("\n".join(lines), limits.SECTION)


@action_handler(MESSAGE)
def chosen_from_the_menu(ctx: ActionContext) -> None:
    """Find the entry of a message, or the one that our message repeats, and ask for the reason to redact it."""
    incident = ctx.incident_or_none
    if incident is None and ctx.message is not None:
        incident = channels.incident_of_thread(ctx.message)
    if ctx.message is None or incident is None:
        raise IncidentError("Use this on a message in an incident channel, or in the thread of a headline.")
    access.check(ctx.actor, access.CHANGE, incident)
    found = _entries_of(incident, ctx.message, ctx.actor)
    if not found:
        raise IncidentError(f"{incident.reference} has no text from this message that you can redact.")
    options = [(str(each.seq), f"{each.seq}: {each.kind_label}") for each in found[: limits.OPTIONS]]
    ctx.open_dialog(
        Dialog(
            id=MESSAGE,
            title="Redact text",
            submit="Redact",
            intro=[_section(f"{WARNING} People's own messages stay: their authors can delete them.")],
            fields=[
                Choice(name="entry", label="Entry on the timeline", options=options, value=options[0][0]),
                Text(
                    name="reason",
                    label="Why?",
                    hint="The reason stays visible.",
                    max_length=redaction.REASON_MAX,
                ),
            ],
            incident_number=incident.number,
        )
    )


@dialog_handler(MESSAGE)
def confirmed_in_the_form(ctx: DialogContext) -> str:
    if ctx.incident is None or not ctx.text("entry").isdecimal():
        raise IncidentError("This form is no longer linked to an incident. Open it again.")
    entry = queries.entry(ctx.incident, seq=int(ctx.text("entry")))
    return _outcome(
        redaction.redact_entry(ctx.incident, entry=entry, by=ctx.actor, reason=ctx.text("reason"), at=ctx.now)
    )


def _entries_of(incident: Incident, message: SaidMessage, person: Person) -> list[TimelineEntry]:
    return [
        entry
        for entry, pin, words in redaction.redactable(incident, by=person)
        if (pin is not None and pin.source == message.source) or _are_in(words, [message.text, *message.blocks])
    ]


def _are_in(words: Sequence[str], said: list[Any]) -> bool:
    traces = reading_mrkdwn(Traces(words))
    return traces.are_in(said) or traces.are_all_of(said)


def _list(incident: Incident, person: Person) -> str:
    """List the newest entries that `person` may redact, without repeating their texts."""
    theirs = [each for each in queries.history(incident).order_by("-seq")[:200] if redaction.may_redact(person, each)]
    if not theirs:
        return "You have no entries to redact. You can redact only your own."
    lines = [
        f"• {each.seq}: {escape(each.kind_label)}, {display.slack_time(each.happened_at)}" for each in theirs[:SHOWN]
    ]
    document = link(f"{display.document_url(incident)}?timeline=all", display.DOCUMENT.plain())
    how = f"To redact an entry, write `@incident redact {theirs[0].seq}` and a reason."
    first = f"{how} Read the entries in the {document}."
    return "\n".join([first, *lines])


def _section(text: str) -> SectionBlock:
    return SectionBlock(text=MarkdownTextObject(text=limits.cut(text, limits.SECTION)))

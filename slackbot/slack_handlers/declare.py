"""`/incident Checkout returns 500s`: a form, and then an incident."""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.models.blocks import Block, ContextBlock, MarkdownTextObject

from incidents import queries, services
from incidents.models import Incident
from people.access import USE, check
from slackbot.plugins import (
    CommandContext,
    Dialog,
    DialogContext,
    dialog_handler,
    display,
    incident_command,
    limits,
    sentence,
)
from slackbot.slack_handlers import form

DIALOG = "declare-incident"
TITLE = sentence("form.declare", "Declare an incident", limit=limits.MODAL_TITLE)
LONG = sentence("form.long_title", "A title can have at most 200 characters. The summary contains your whole text.")
TOO_LONG = sentence(
    "form.too_long_title",
    "A title can have at most 200 characters, and a summary 3,000. The end of your text is missing. "
    "Add it after you declare the incident.",
)
SUBMIT = sentence("form.declare_submit", "Declare", limit=limits.MODAL_BUTTON)


@incident_command("declare", "new", usage="<title>", help="declare an incident", anywhere=True)
def declare(ctx: CommandContext) -> None:
    check(ctx.actor, USE)
    words = ctx.plain
    title = limits.cut(" ".join(words.split()), Incident.TITLE_MAX)
    fits = limits.utf16_length(" ".join(words.split())) <= Incident.TITLE_MAX
    similar = queries.similar_open(ctx.actor, title=title)
    notes = [] if fits else [LONG() if limits.utf16_length(words) <= limits.TEXT_INPUT else TOO_LONG()]
    notes += [display.similar_incidents(similar)] if similar else []
    intro = [ContextBlock(elements=[MarkdownTextObject(text=note)]) for note in notes]
    ctx.open_dialog(declare_dialog(title=title, summary="" if fits else words, intro=intro))


def declare_dialog(*, title: str = "", summary: str = "", intro: Sequence[Block] = ()) -> Dialog:
    return Dialog(
        id=DIALOG,
        title=TITLE.plain(),
        submit=SUBMIT.plain(),
        intro=intro,
        fields=form.fields(title=title, summary=summary),
    )


@dialog_handler(DIALOG)
def declared(ctx: DialogContext) -> None:
    wanted = form.edits(ctx)
    incident = services.declare_incident(
        title=wanted["title"],
        summary=wanted["summary"],
        impact=wanted["impact"],
        severity=wanted["severity"],
        lead=wanted["lead"],
        kind=wanted["kind"],
        fields=wanted["fields"],
        private="private" in ctx.choices("private"),
        reporter=ctx.actor,
        at=ctx.now,
    )
    ctx.reply_declared(incident)

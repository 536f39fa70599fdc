"""`/incident Checkout returns 500s`: a form, and then an incident."""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.models.blocks import Block, ContextBlock, MarkdownTextObject

from incidents import services
from incidents.models import Incident
from slackbot import commands, limits, outbox
from slackbot.mrkdwn import mentioned_users, to_plain
from slackbot.outgoing import DeclaredKind
from slackbot.people import names_of
from slackbot.plugins import CommandContext, Dialog, DialogContext, dialog_handler, incident_command
from slackbot.registry import registry
from slackbot.slack_handlers import form
from slackbot.words import sentence

DIALOG = "declare-incident"
TITLE = sentence("form.declare", "Declare an incident", limit=limits.MODAL_TITLE)
MISTYPED = sentence(
    "form.mistyped", "Did you mean the command `{command}`? Then cancel: this form declares a new incident."
)
SUBMIT = sentence("form.declare_submit", "Declare", limit=limits.MODAL_BUTTON)


@incident_command("declare", "new", usage="title", help="declare an incident", anywhere=True)
def declare(ctx: CommandContext) -> None:
    title = " ".join(to_plain(ctx.text, names=names_of(mentioned_users(ctx.text))).split())
    ctx.open_dialog(declare_dialog(title=limits.cut(title, Incident.TITLE_MAX), intro=_perhaps_a_command(title)))


def _perhaps_a_command(title: str) -> list[Block]:
    """Say so when the title begins with what is almost a command: it may have been mistyped."""
    first, _, rest = title.partition(" ")
    meant = commands.nearest(first.lower(), registry.commands)
    if meant is None or meant == first.lower():
        return []
    command = f"/incident {meant} {limits.cut(rest, 60)}".strip()
    return [ContextBlock(elements=[MarkdownTextObject(text=MISTYPED(command=command))])]


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
        reporter=ctx.actor,
        at=ctx.now,
    )
    outbox.say(
        key=f"declared:{incident.pk}",
        kind="declared",
        now=ctx.now,
        args={"origin": ctx.origin.as_json()},
        order_key=f"declared:{incident.pk}",
        incident=incident,
        priority=outbox.URGENT,
        patience=DeclaredKind.CHANNEL_PATIENCE,
    )

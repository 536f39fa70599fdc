"""`/incident Checkout returns 500s`: a form, and then an incident."""

from __future__ import annotations

from incidents import services
from incidents.models import Incident
from slackbot import limits, outbox
from slackbot.mrkdwn import mentioned_users, to_plain
from slackbot.people import names_of
from slackbot.plugins import CommandContext, Dialog, DialogContext, dialog_handler, incident_command
from slackbot.slack_handlers import form

DIALOG = "declare-incident"


@incident_command("declare", "new", usage="title", help="declare an incident", anywhere=True)
def declare(ctx: CommandContext) -> None:
    title = " ".join(to_plain(ctx.text, names=names_of(mentioned_users(ctx.text))).split())
    ctx.open_dialog(declare_dialog(title=limits.cut(title, Incident.TITLE_MAX)))


def declare_dialog(*, title: str = "", summary: str = "") -> Dialog:
    return Dialog(
        id=DIALOG,
        title="Declare an incident",
        submit="Declare",
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
    )

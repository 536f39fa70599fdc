from __future__ import annotations

import os
import re
import time
from datetime import timedelta
from pathlib import Path

from slack_sdk.models.blocks import ActionsBlock, ButtonElement, SectionBlock

from incidents.models import EntryKind, Incident
from slackbot.plugins import (
    ActionContext,
    Button,
    CommandContext,
    Dialog,
    DialogContext,
    EventContext,
    IncidentEventContext,
    KeywordContext,
    NotificationContext,
    Skip,
    Text,
    action_handler,
    dialog_handler,
    headline_action,
    headline_line,
    incident_command,
    incident_event,
    keyword_handler,
    single_notification,
    slack_event,
)

HOWS = ("raises", "hangs", "exits", "hungry", "works")


def misbehave(how: str) -> None:
    match how:
        case "raises":
            raise ZeroDivisionError("a mistake in the plugin")
        case "hangs":
            time.sleep(60)
        case "exits":
            os._exit(5)
        case "hungry":
            bytearray(700 * 1024 * 1024)


def misbehave_once(kind: str, words: str) -> str:
    """Do what the words ask of this kind, but not again when it is tried again. Return what it was."""
    how = next(iter(re.findall(rf"{kind} ({'|'.join(HOWS)})", words)), "")
    mark = Path(os.environ["DATA_DIR"]) / f"{kind}-{how}"
    if how and not mark.exists():
        mark.touch()
        misbehave(how)
    return f"{kind} {how} went well."


# While somebody waits ----------------------------------------------------------------------------


@incident_command("buttons", help="one for each misdeed", anywhere=True)
def buttons(ctx: CommandContext) -> None:
    elements = [ButtonElement(text=how, action_id=f"{how}-button", value=how) for how in HOWS]
    ctx.reply("Buttons.", blocks=[SectionBlock(text="Buttons."), ActionsBlock(elements=elements)])


def clicked(ctx: ActionContext) -> str:
    misbehave(ctx.value)
    return "Clicked."


for each in HOWS:
    action_handler(f"{each}-button")(clicked)


@incident_command("form", help="a form", anywhere=True)
def form(ctx: CommandContext) -> None:
    ctx.open_dialog(Dialog(id="unruly", title="Unruly", fields=[Text(name="how", label="How")]))


@dialog_handler("unruly")
def submitted(ctx: DialogContext) -> str:
    misbehave(ctx.text("how"))
    return "Submitted."


# When somebody has time --------------------------------------------------------------------------


@keyword_handler("gremlin", every=timedelta(0))
def heard(ctx: KeywordContext) -> str:
    return misbehave_once("keyword", ctx.message)


@slack_event("pin_added")
def pinned(ctx: EventContext) -> None:
    if ctx.incident is not None:
        ctx.post(misbehave_once("event", ctx.incident.title))


@incident_event(EntryKind.SUMMARY_CHANGED)
def summed_up(ctx: IncidentEventContext) -> None:
    ctx.post(misbehave_once("incident", ctx.incident.summary))


@single_notification(after=timedelta(seconds=1))
def reminded(ctx: NotificationContext) -> Skip | None:
    ctx.post(misbehave_once("reminder", ctx.incident.title))
    return None


# Where headlines are drawn -----------------------------------------------------------------------


@headline_action(order=900)
def hanging_button(incident: Incident) -> Button | None:
    time.sleep(60)
    return None


@headline_line("hanging", order=50)
def hanging_line(incident: Incident) -> str | None:
    time.sleep(60)
    return None


@headline_line("raising", order=51)
def raising_line(incident: Incident) -> str | None:
    raise ZeroDivisionError("no line")


@headline_line("works", order=52)
def working_line(incident: Incident) -> str | None:
    return "A line that works."


@headline_action(order=901)
def deadly_button(incident: Incident) -> Button | None:
    """Ends the process that draws the headline, each time."""
    if "deadly headline" in incident.title:
        os._exit(5)
    return None

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Mapping
from typing import cast

from incidents.models import EntryKind, Incident
from slackbot.plugins import (
    Button,
    CommandContext,
    Dialog,
    DialogContext,
    IncidentEventContext,
    SearchChoice,
    Text,
    VetoContext,
    before_change,
    dialog_handler,
    headline_action,
    incident_command,
    incident_event,
)


@incident_command("works", help="say that it works", anywhere=True)
def works(ctx: CommandContext) -> str:
    return "It works."


@incident_command("raises", help="raise", anywhere=True)
def raises(ctx: CommandContext) -> str:
    raise ZeroDivisionError("a mistake in the plugin")


@incident_command("hangs", help="never end", anywhere=True)
def hangs(ctx: CommandContext) -> str:
    while True:
        time.sleep(0.01)


@incident_command("rubbish", help="return rubbish", anywhere=True)
def rubbish(ctx: CommandContext) -> str:
    return cast(str, {"not": "a text"})


@incident_command("exits", help="end the process", anywhere=True)
def exits(ctx: CommandContext) -> str:
    os._exit(3)


@incident_command("hungry", help="take a lot of memory", anywhere=True)
def hungry(ctx: CommandContext) -> str:
    return str(len(bytearray(700 * 1024 * 1024)))


def misbehave(how: str) -> None:
    match how:
        case "exits":
            os._exit(5)
        case "hangs":
            time.sleep(60)
        case "raises":
            raise ZeroDivisionError("a mistake in the plugin")


def find(words: str) -> list[tuple[str, str]]:
    misbehave(words)
    return [(words, words)]


def check(ctx: DialogContext) -> Mapping[str, str]:
    misbehave(ctx.text("how"))
    return {}


@incident_command("form", help="a form", anywhere=True)
def form(ctx: CommandContext) -> None:
    fields = [Text(name="how", label="How"), SearchChoice(name="what", label="What", optional=True)]
    ctx.open_dialog(Dialog(id="rough", title="Rough", fields=fields))


@dialog_handler("rough", validate=check, searches={"what": find}, background=True)
def submitted(ctx: DialogContext) -> str:
    return "Submitted."


@headline_action(order=900)
def broken_button(incident: Incident) -> Button:
    raise ZeroDivisionError("no button")


@incident_event(EntryKind.OPENED)
def deadly(ctx: IncidentEventContext) -> None:
    """Kill the process for each new incident, every time."""
    os._exit(4)


@incident_command("crashes", help="read where nothing is", anywhere=True)
def crashes(ctx: CommandContext) -> str:
    return str(ctypes.string_at(0))


@incident_command("later", help="begin something slow", anywhere=True)
def later(ctx: CommandContext) -> None:
    ctx.open_dialog(Dialog(id="slow", title="Slow", fields=[Text(name="how", label="How")]))


@dialog_handler("slow", background=True)
def slow(ctx: DialogContext) -> str:
    time.sleep(20)
    return "Slept well."


@before_change(EntryKind.SEVERITY_CHANGED)
def rough_veto(ctx: VetoContext) -> str | None:
    match ctx.data["severity"]:
        case "major":
            hangs_for_ever()
        case "minor":
            os._exit(1)
        case "trivial":
            return "Not before noon."
    return None


def hangs_for_ever() -> None:
    while True:
        time.sleep(0.01)

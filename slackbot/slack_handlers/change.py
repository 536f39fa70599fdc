"""What an incident says now, a button to change it, and a question before a text that somebody wrote is replaced."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from slack_sdk.models.blocks import ActionsBlock, Block, DividerBlock, MarkdownTextObject, SectionBlock

from incidents import queries, services
from incidents.models import Incident, Status
from incidents.services import Edits
from incidents.texts import typed_length
from people.errors import Unchanged
from slackbot.plugins import (
    ActionContext,
    Button,
    CommandContext,
    Dialog,
    DialogContext,
    IncidentError,
    Mrkdwn,
    action_handler,
    dialog_handler,
    display,
    from_markdown,
    limits,
    sentence,
    stored_values,
)
from slackbot.slack_handlers import form
from slackbot.slack_handlers.resolve import resolve_dialog

YES: Final = sentence("button.replace", "Replace it", limit=limits.BUTTON)
CHANGE_BUTTON: Final = sentence("button.change", "✏️ Change", limit=limits.BUTTON)
IT_SAYS: Final = sentence("change.it_says", "*Current {field}*\n{text}")
OR_THIS: Final = sentence("change.or_this", "*Replace it with this?*\n{text}")
CHANGE: Final = display.CHANGE_FIELD
REPLACE: Final = "replace-text"
ROOM: Final = 1400  # characters for each of the two texts: a message takes some more than 3,000 and shows fewer


def show(ctx: CommandContext, field: str, text: str) -> None:
    """Answer what it says now, in mrkdwn, with a button that opens the form for it."""
    ctx.reply(
        text, blocks=[_section(text), _buttons(ctx.incident, field, [_change_button(field, asked_in="", now=ctx.now)])]
    )


def write(ctx: CommandContext, field: str, text: str) -> None:
    """Write a text where there is none; ask before one that somebody wrote is replaced by another. Markdown."""
    incident = ctx.incident
    present = str(getattr(incident, field))
    if present and present != text and typed_length(text) <= Incident.TEXT_MAX:
        blocks = _question(incident, field, text, asked_in=ctx.question, now=ctx.now)
        ctx.ask(f"Replace the {field} of {incident.reference}?", blocks=blocks)
        return
    _save(ctx, field, text, seen=services.fingerprint(incident)[field])


@action_handler(CHANGE)
def change_clicked(ctx: ActionContext) -> None:
    incident, asked = ctx.incident, stored_values.read(ctx.value)
    field = asked.get("field", ctx.value)
    entry = form.field(incident, field)
    if not form.fits(entry):
        raise IncidentError(f"The {form.NAMES[field]} is too long for Slack's form. Edit it in the incident document.")
    ctx.open_dialog(
        Dialog(
            id=CHANGE,
            title=f"{incident.reference} {form.NAMES[field]}",
            fields=[entry],
            incident_number=incident.number,
            state={
                "field": field,
                "seen": {field: services.fingerprint(incident)[field]},
                "question": asked.get("question", ""),
            },
        )
    )


@dialog_handler(CHANGE)
def changed(ctx: DialogContext) -> str | None:
    if ctx.incident is None:
        raise IncidentError("This form is no longer linked to an incident. Open it again.")
    incident, field = ctx.incident, ctx.state["field"]
    wanted = form.edit(ctx, incident, field)
    if wanted.get("status") == Status.RESOLVED and incident.is_open:
        ctx.open_dialog(resolve_dialog(incident, question=str(ctx.state.get("question", ""))))
        return None
    if not services.edit_incident(incident, wanted=wanted, seen=ctx.state["seen"], by=ctx.actor, at=ctx.now):
        return f"The {form.NAMES[field]} is unchanged."
    ctx.answered(ctx.state.get("question", ""))
    ctx.replace(f"✅ {_now_says(incident, field)}")
    return None


@action_handler(REPLACE)
def replace_clicked(ctx: ActionContext) -> None:
    """Replace the text that the person saw, and no other: somebody may have written since."""
    asked = stored_values.read(ctx.value)
    if not asked:
        raise IncidentError("This question has expired. Run the command again.")
    incident, field, text = ctx.incident, asked["field"], asked["text"]
    present = str(getattr(incident, field))
    if present != text and services.fingerprint(incident)[field] != asked["seen"]:
        note = f"⚠️ Someone changed the {field} in the meantime, so we overwrote nothing."
        question = _question(incident, field, text, asked_in=asked.get("question", ""), now=ctx.now)
        ctx.replace(note, blocks=[_section(note), *question])
        return
    _save(ctx, field, text, seen=asked["seen"])
    ctx.answered(asked.get("question", ""))
    ctx.replace(f"✅ {_now_says(incident, field)}")


def _save(ctx: CommandContext | ActionContext, field: str, text: str, *, seen: str) -> None:
    wanted: Edits = {"summary": text} if field == "summary" else {"impact": text}
    if not services.edit_incident(ctx.incident, wanted=wanted, seen={field: seen}, by=ctx.actor, at=ctx.now):
        raise Unchanged(f"The {field} of {ctx.incident.reference} already says that.")


def _now_says(incident: Incident, field: str) -> str:
    """Say in mrkdwn what was just written."""
    if field == "started_at":
        return f"The incident began {display.slack_time(incident.started_at)}."
    if field in ("summary", "impact"):
        return f"The {field} now says:\n{limits.cut(from_markdown(str(getattr(incident, field))), ROOM) or '_nothing_'}"
    (newest,) = queries.as_read_by_everybody([incident.entries.latest("seq")])
    return from_markdown(newest.text)


def _question(incident: Incident, field: str, text: str, *, asked_in: str, now: datetime) -> list[Block]:
    present = limits.cut(from_markdown(str(getattr(incident, field))), ROOM)
    stored = {"field": field, "text": text, "seen": services.fingerprint(incident)[field], "question": asked_in}
    yes = Button(
        text=YES.plain(), action_id=REPLACE, value=stored_values.button_value(stored, now=now), style="primary"
    )
    return [
        _section(IT_SAYS(field=field, text=Mrkdwn(present))),
        DividerBlock(),
        _section(OR_THIS(text=Mrkdwn(limits.cut(from_markdown(text), ROOM)))),
        _buttons(incident, field, [yes, _change_button(field, asked_in=asked_in, now=now)]),
    ]


def _change_button(field: str, *, asked_in: str, now: datetime) -> Button:
    value = stored_values.button_value({"field": field, "question": asked_in}, now=now)
    return Button(text=CHANGE_BUTTON.plain(), action_id=CHANGE, value=value)


def _buttons(incident: Incident, field: str, buttons: list[Button]) -> Block:
    return ActionsBlock(block_id=f"incident-{incident.number}-{field}", elements=list(buttons))


def _section(text: str) -> Block:
    return SectionBlock(text=MarkdownTextObject(text=limits.cut(text, limits.SECTION)))

"""What an incident says now, a button to change it, and a question before a text that somebody wrote is replaced."""

from __future__ import annotations

from typing import Final

from slack_sdk.models.blocks import ActionsBlock, Block, DividerBlock, MarkdownTextObject, SectionBlock

from incidents import services
from incidents.errors import Unchanged
from incidents.models import Incident
from incidents.services import Edits
from slackbot import kept, limits
from slackbot.mrkdwn import from_markdown
from slackbot.plugins import (
    ActionContext,
    Button,
    CommandContext,
    Dialog,
    DialogContext,
    IncidentError,
    action_handler,
    dialog_handler,
)
from slackbot.slack_handlers import form
from slackbot.words import Mrkdwn, sentence

YES: Final = sentence("button.replace", "Yes, replace it", limit=limits.BUTTON)
CHANGE_BUTTON: Final = sentence("button.change", "✏️ Change", limit=limits.BUTTON)
IT_SAYS: Final = sentence("change.it_says", "*The {field} says*\n{text}")
OR_THIS: Final = sentence("change.or_this", "*… or would you like to update it to this?*\n{text}")
CHANGE: Final = "change-field"
REPLACE: Final = "replace-text"
ROOM: Final = 1400  # characters for each of the two texts: a message takes some more than 3,000 and shows fewer


def show(ctx: CommandContext, field: str, text: str) -> None:
    """Answer what it says now, in mrkdwn, with a button that opens the form for it."""
    ctx.reply(text, blocks=[_section(text), _buttons(ctx.incident, field, [_change_button(field)])])


def write(ctx: CommandContext, field: str, text: str) -> None:
    """Write a text where there is none; ask before one that somebody wrote is replaced by another. Markdown."""
    incident = ctx.incident
    present = str(getattr(incident, field))
    if present and present != text and len(text) <= Incident.TEXT_MAX:
        question = _question(incident, field, text, value=_value(incident, field, text, ctx))
        ctx.ask(f"The {field} says something already", blocks=question)
        return
    _save(ctx, field, text, seen=services.fingerprint(incident)[field])


@action_handler(CHANGE)
def change_clicked(ctx: ActionContext) -> None:
    incident, field = ctx.incident, ctx.value
    ctx.open_dialog(
        Dialog(
            id=CHANGE,
            title=f"{incident.reference} {form.NAMES[field]}",
            fields=[form.field(incident, field)],
            incident_number=incident.number,
            state={"field": field, "seen": {field: services.fingerprint(incident)[field]}},
        )
    )


@dialog_handler(CHANGE)
def changed(ctx: DialogContext) -> str:
    if ctx.incident is None:
        raise IncidentError("This form has lost its incident. Please open it again.")
    field = ctx.state["field"]
    wanted = form.edit(ctx, ctx.incident, field)
    if not services.edit_incident(ctx.incident, wanted=wanted, seen=ctx.state["seen"], by=ctx.actor, at=ctx.now):
        return f"The {form.NAMES[field].lower()} stays as it was."
    return f"✅ The {form.NAMES[field].lower()} is changed."


@action_handler(REPLACE)
def replace_clicked(ctx: ActionContext) -> None:
    """Replace the text that the person saw, and no other: somebody may have written since."""
    asked = kept.read(ctx.value)
    if not asked:
        raise IncidentError("This question is too old. Please say it once more.")
    incident, field, text = ctx.incident, asked["field"], asked["text"]
    present = str(getattr(incident, field))
    if present != text and services.fingerprint(incident)[field] != asked["seen"]:
        note = f"⚠️ Somebody changed the {field} in the meantime, and nothing was overwritten."
        question = _question(incident, field, text, value=_value(incident, field, text, ctx))
        ctx.replace(note, blocks=[_section(note), *question])
        return
    _save(ctx, field, text, seen=asked["seen"])
    ctx.replace(f"✅ The {field} now says:\n{limits.cut(from_markdown(text), ROOM)}")


def _save(ctx: CommandContext | ActionContext, field: str, text: str, *, seen: str) -> None:
    wanted: Edits = {"summary": text} if field == "summary" else {"impact": text}
    if not services.edit_incident(ctx.incident, wanted=wanted, seen={field: seen}, by=ctx.actor, at=ctx.now):
        raise Unchanged(f"The {field} of {ctx.incident.reference} already says that.")


def _question(incident: Incident, field: str, text: str, *, value: str) -> list[Block]:
    present = limits.cut(from_markdown(str(getattr(incident, field))), ROOM)
    yes = Button(text=YES.plain(), action_id=REPLACE, value=value, style="primary")
    return [
        _section(IT_SAYS(field=field, text=Mrkdwn(present))),
        DividerBlock(),
        _section(OR_THIS(text=Mrkdwn(limits.cut(from_markdown(text), ROOM)))),
        _buttons(incident, field, [yes, _change_button(field)]),
    ]


def _value(incident: Incident, field: str, text: str, ctx: CommandContext | ActionContext) -> str:
    seen = services.fingerprint(incident)[field]
    return kept.button_value({"field": field, "text": text, "seen": seen}, now=ctx.now)


def _change_button(field: str) -> Button:
    return Button(text=CHANGE_BUTTON.plain(), action_id=CHANGE, value=field)


def _buttons(incident: Incident, field: str, buttons: list[Button]) -> Block:
    return ActionsBlock(block_id=f"incident-{incident.number}-{field}", elements=list(buttons))


def _section(text: str) -> Block:
    return SectionBlock(text=MarkdownTextObject(text=limits.cut(text, limits.SECTION)))

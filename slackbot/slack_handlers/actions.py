"""`@incident action …`: what is still to be done, by whom, and when it is done."""

from __future__ import annotations

import re

from django.db.models import Case, Value, When
from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, MarkdownTextObject, SectionBlock

from incidents import services
from incidents.models import Action, Incident
from people.models import Person
from slackbot.plugins import (
    ActionContext,
    Button,
    Choice,
    CommandContext,
    Dialog,
    DialogContext,
    IncidentError,
    Moment,
    PersonChoice,
    Prose,
    action_handler,
    arguments,
    dialog_handler,
    display,
    from_markdown,
    incident_command,
    limits,
    literal,
    markdown,
    sentence,
    slack_ids,
)

DIALOG = "add-action"
DONE = "complete-action"
NEW = "new-action"
NEW_BUTTON = sentence("button.new_action", "📝 Add action item", limit=limits.BUTTON)
SHOWN = 20
LETTERS = 400  # of each, as a message has a limit for all its blocks
HANDLE_AT_AN_END = re.compile(r"^@[\w.-]+(?:[\s:,]+|$)|(?<=\s)@[\w.-]+$")
AT_AN_END = re.compile(r"^<@[^<>]+>[\s:,]*|\s*<@[^<>]+>$")


@incident_command(
    "action",
    "actions",
    "todo",
    usage="<text> [@someone]",
    help="add an action item; without text, list them; `new` opens a form",
)
def action(ctx: CommandContext) -> None:
    if not ctx.text:
        _list(ctx)
        return
    if ctx.text.lower() == "new":
        ctx.open_dialog(_dialog(ctx.incident))
        return
    owner, text = _owner_and_text(ctx)
    services.add_action(ctx.incident, text=markdown(text), by=ctx.actor, at=ctx.now, owner=owner)


def _owner_and_text(ctx: CommandContext) -> tuple[Person | None, str]:
    """Read who owns it: whoever is named before or after it, who need not stand in the text as well."""
    mentioned = arguments.mentioned_users(ctx.text)
    if len(mentioned) == 1:
        return arguments.mentioned_people(ctx.text, now=ctx.now)[0], AT_AN_END.sub("", ctx.text)
    if not mentioned and (handle := HANDLE_AT_AN_END.search(ctx.text)):
        return ctx.person(handle[0].strip(" :,")), HANDLE_AT_AN_END.sub("", ctx.text)
    return None, ctx.text


@dialog_handler(DIALOG)
def added(ctx: DialogContext) -> str:
    if ctx.incident is None:
        raise IncidentError("This form is no longer linked to an incident. Open it again.")
    made = services.add_action(
        ctx.incident,
        text=ctx.text("action"),
        owner=ctx.person("owner"),
        priority=Action.Priority(ctx.text("priority") or Action.Priority.NORMAL),
        type=Action.Type(ctx.text("type") or Action.Type.FOLLOW_UP),
        due_at=ctx.moment("due_at"),
        by=ctx.actor,
        at=ctx.now,
    )
    return f"✅ Action item added: {from_markdown(made.text)}"


@action_handler(DONE)
def done(ctx: ActionContext) -> str:
    found = Action.objects.filter(pk=int(ctx.value), incident=ctx.incident_or_none).first()
    if found is None:
        raise IncidentError("That action item no longer exists.")
    services.complete_action(ctx.incident, action=found, by=ctx.actor, at=ctx.now)
    return f"✅ Done: {from_markdown(found.text)}"


def _list(ctx: CommandContext) -> None:
    is_done = Case(When(done_at=None, then=Value(0)), default=Value(1))
    is_urgent = Case(When(priority=Action.Priority.HIGH, then=Value(0)), default=Value(1))
    # What is left to do comes first: a long list is cut.
    in_order = ctx.incident.actions.select_related("owner").order_by(is_done, is_urgent, "created_at", "pk")
    found, count = list(in_order[:SHOWN]), ctx.incident.actions.count()
    if not found:
        none = "There are no action items yet. To add one, write `@incident action` and what to do."
        ctx.reply(none, blocks=[SectionBlock(text=MarkdownTextObject(text=none)), _new_button(ctx.incident)])
        return
    names = slack_ids(each.owner for each in found if each.owner)
    lines = [_line(each, names) for each in found]
    if count > SHOWN:
        more = f"… and {count - SHOWN} more in the incident document"
        lines.append(SectionBlock(text=MarkdownTextObject(text=more)))
    ctx.reply(f"{count} action item{'' if count == 1 else 's'}", blocks=[*lines, _new_button(ctx.incident)])


@action_handler(NEW)
def new_clicked(ctx: ActionContext) -> None:
    ctx.open_dialog(_dialog(ctx.incident))


def _new_button(incident: Incident) -> Block:
    button = Button(text=NEW_BUTTON.plain(), action_id=NEW)
    return ActionsBlock(block_id=f"incident-{incident.number}-actions", elements=[button])


def _line(action: Action, names: dict[int, str]) -> Block:
    owner = ""
    if action.owner:
        owner = f" · <@{names[action.owner.pk]}>" if action.owner.pk in names else f" · {literal(action.owner.name)}"
    urgent = "❗ " if action.priority == Action.Priority.HIGH else ""
    due = f" · due {display.slack_time(action.due_at)}" if action.due_at else ""
    kind = "" if action.type == Action.Type.FOLLOW_UP else f" · {action.get_type_display()}"
    text = f"{'☑️' if action.done_at else '⬜'} {urgent}{from_markdown(action.text)}{owner}{kind}{due}"
    button = ButtonElement(text="Complete", action_id=DONE, value=str(action.pk))
    return SectionBlock(
        block_id=f"incident-{action.incident.number}-action-{action.pk}",
        text=MarkdownTextObject(text=limits.cut(text, LETTERS)),
        accessory=None if action.done_at else button,
    )


def _dialog(incident: Incident) -> Dialog:
    return Dialog(
        id=DIALOG,
        title="New action item",
        incident_number=incident.number,
        fields=[
            Prose(name="action", label="What needs to be done?"),
            PersonChoice(name="owner", label="Owner", optional=True),
            Choice(name="priority", label="Priority", options=Action.Priority.choices, value=Action.Priority.NORMAL),
            Choice(name="type", label="Type", options=Action.Type.choices, value=Action.Type.FOLLOW_UP),
            Moment(name="due_at", label="Due", optional=True),
        ],
    )

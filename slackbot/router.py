"""From what somebody does in Slack to the one handler that serves it, and to the answer.

A handler runs in a transaction; a refusal undoes what it did and becomes an answer. Everything it wants said is written
to the outbox in the same transaction. Only a dialog cannot wait: whoever asked opens it right after the commit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeAlias

from django.db import transaction

from incidents import queries
from incidents.errors import IncidentError
from incidents.models import Incident
from slackbot import commands, kept, limits
from slackbot.arguments import UsageError
from slackbot.contexts import ActionContext, CommandContext, DialogContext, Effects, Origin
from slackbot.effects import carry_out, whisper
from slackbot.incoming import Click, SlashCommand, Submission
from slackbot.mrkdwn import escape
from slackbot.people import person_for
from slackbot.registry import Action, Command, DialogForm, registry
from slackbot.work_log import note

DECLARE: Final = "declare"
RUN_COMMAND: Final = "run-command"  # a button that runs the command in its value, with a trigger for a dialog
RUN_ACTION: Final = "run-action"  # a button that does once more what another button should have done
INCIDENT_BLOCK: Final = re.compile(r"incident-(\d+)(?:-.*)?")
ONLY_IN_CHANNELS: Final = (
    "`{name}` works in an incident's channel, and this is none. To declare an incident, type `/incident` and a title, "
    "or, as this title begins with a command, `/incident declare {name} …`."
)

Request: TypeAlias = SlashCommand | Click | Submission
Handler: TypeAlias = Command | Action | DialogForm


@dataclass(frozen=True)
class Answer:
    """What Slack is answered, and the dialog to open after the commit. Kept as JSON for a second delivery."""

    ack: str = ""
    blocks: list[dict[str, Any]] = field(default_factory=list)
    view: Mapping[str, Any] | None = None
    action: str = ""  # of a submission: "errors", "update", "push", or "" to close
    errors: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return dict(vars(self))


class FormRefused(Exception):
    """The dialog stays open and shows these sentences under its fields."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(str(errors))
        self.errors = errors


def handler_of(request: Request) -> Handler | None:
    """Return who serves a request; None for a control that nobody asked about."""
    match request:
        case SlashCommand():
            return registry.commands.get(commands.split(request.text).name) or registry.commands[DECLARE]
        case Submission():
            return registry.dialogs.get(request.dialog_id)
        case Click(action_id=action_id) if action_id == RUN_COMMAND:
            return registry.commands.get(str(kept.read(request.value).get("name")))
        case Click(action_id=action_id) if action_id == RUN_ACTION:
            return registry.actions.get(str(kept.read(request.value).get("action_id")))
        case Click():
            return registry.actions.get(request.action_id)


def answer(request: Request, *, now: datetime) -> Answer:
    """Run the handler. Raise `FormRefused` when a dialog refuses."""
    match request:
        case SlashCommand():
            return _slash_command(request, now=now)
        case Submission():
            return _submission(request, now=now)
        case Click():
            return _click(request, now=now)


# Commands -------------------------------------------------------------------------------------------------------------


def _slash_command(typed: SlashCommand, *, now: datetime) -> Answer:
    """Run `/incident name …`; when the first word is no command, the words are the title of a new incident."""
    said = commands.split(typed.text)
    command = registry.commands.get(said.name)
    if command is None:
        command, said = registry.commands[DECLARE], commands.Said(DECLARE, typed.text)
    try:
        effects = run_command(command, said, typed.origin, key=typed.key, name=typed.user_name, now=now)
    except IncidentError as refusal:
        return Answer(ack=f"❓ {escape(refusal.message)}")
    if effects.dialog is not None:
        return Answer(view=_view(effects, typed.origin))
    return Answer(ack="\n".join(effects.replies) or "✅ Done", blocks=_blocks(effects))


def run_command(
    command: Command,
    said: commands.Said,
    origin: Origin,
    *,
    key: str,
    now: datetime,
    name: str = "",
    question: str = "",
) -> Effects:
    """Run a command's handler and return what is left to show; its text, when it returned one, is the last reply."""
    incident = incident_of(origin.channel_id)
    if incident is None and not command.anywhere:
        raise IncidentError(ONLY_IN_CHANNELS.format(name=command.name))
    context = CommandContext(
        now=now,
        actor=person_for(origin.user_id, name=name, now=now),
        origin=origin,
        key=key,
        name=command.name,
        text=said.text,
        incident_or_none=incident,
        question=question,
    )
    try:
        with transaction.atomic():
            _add_reply(context.effects, command.handler(context))
    except UsageError as refusal:
        form = f"@incident {command.name} {command.usage}".strip()
        raise IncidentError(f"{refusal.message} Write `{form}`.") from refusal
    carry_out(context.effects, key=key, origin=origin, incident=incident, by=context.actor, now=now)
    return context.effects


# Buttons --------------------------------------------------------------------------------------------------------------


def _click(clicked: Click, *, now: datetime) -> Answer:
    """Run the handler of a button or menu. Controls that nobody asked about are acknowledged and left alone."""
    handler = handler_of(clicked)
    if handler is None and clicked.action_id in (RUN_COMMAND, RUN_ACTION):
        whisper(clicked.origin, "❓ This button is too old. Please say it once more.", key=clicked.key, now=now)
    if handler is None:
        return Answer()
    try:
        if isinstance(handler, Command):
            said = commands.Said(handler.name, str(kept.read(clicked.value).get("text", "")))
            effects = run_command(handler, said, clicked.origin, key=clicked.key, name=clicked.user_name, now=now)
        else:
            effects = _run_action(handler, clicked, now=now)
    except IncidentError as refusal:
        whisper(clicked.origin, f"❓ {escape(refusal.message)}", key=clicked.key, now=now)
        return Answer()
    if effects.replies:
        text = "\n".join(effects.replies)
        in_place = effects.in_place and clicked.is_ephemeral
        whisper(
            clicked.origin,
            text,
            key=f"{clicked.key}:reply",
            now=now,
            blocks=effects.reply_blocks,
            in_place=in_place,
        )
    return Answer(view=_view(effects, clicked.origin, from_ephemeral=clicked.is_ephemeral))


def _run_action(action: Action | DialogForm, clicked: Click, *, now: datetime) -> Effects:
    again = kept.read(clicked.value) if clicked.action_id == RUN_ACTION else {}
    block_id, value = str(again.get("block_id", clicked.block_id)), str(again.get("value", clicked.value))
    incident = _incident_of_block(block_id) or incident_of(clicked.origin.channel_id)
    context = ActionContext(
        now=now,
        actor=person_for(clicked.origin.user_id, name=clicked.user_name, now=now),
        origin=clicked.origin,
        key=clicked.key,
        value=value,
        incident_or_none=incident,
        message=clicked.message,
    )
    with nullcontext() if action.background else transaction.atomic():
        _add_reply(context.effects, action.handler(context))
    carry_out(context.effects, key=clicked.key, origin=clicked.origin, incident=incident, by=context.actor, now=now)
    return context.effects


def try_again(request: Request, *, now: datetime) -> list[dict[str, Any]]:
    """Draw a button that does the same once more: a dialog did not open, as Slack gives us only three seconds."""
    match request:
        case SlashCommand():
            said = commands.split(request.text)
            known = said.name in registry.commands
            stored = {"name": said.name, "text": said.text} if known else {"name": DECLARE, "text": request.text}
            return form_button(stored, action_id=RUN_COMMAND, label="Try again", now=now)
        case Click() if request.action_id in (RUN_COMMAND, RUN_ACTION):
            return form_button(kept.read(request.value), action_id=request.action_id, label="Try again", now=now)
        case Click():
            stored = {"action_id": request.action_id, "block_id": request.block_id, "value": request.value}
            return form_button(stored, action_id=RUN_ACTION, label="Try again", now=now)
        case Submission():
            return []


def form_button(stored: Mapping[str, str], *, action_id: str, label: str, now: datetime) -> list[dict[str, Any]]:
    """Draw a button with which a dialog can be opened."""
    button = {
        "type": "button",
        "action_id": action_id,
        "text": {"type": "plain_text", "text": label},
        "value": kept.button_value(stored, now=now),
        "style": "primary",
    }
    return [{"type": "actions", "elements": [button]}]


# Dialogs --------------------------------------------------------------------------------------------------------------


def _submission(submitted: Submission, *, now: datetime) -> Answer:
    form = registry.dialogs.get(submitted.dialog_id)
    if form is None:
        raise FormRefused(_under_a_field(submitted, "", "This form belongs to a plugin that is no longer here."))
    context = _dialog_context(submitted, now=now)
    try:
        errors = form.validate(context) if form.validate else {}
        if errors:
            raise FormRefused(errors)
        if form.background and not submitted.in_background:
            return Answer()
        with nullcontext() if form.background else transaction.atomic():
            _add_reply(context.effects, form.handler(context))
    except IncidentError as refusal:
        if submitted.in_background:
            whisper(context.origin, f"❓ {escape(refusal.message)}", key=submitted.key, now=now)
            return Answer()
        field_name = getattr(refusal, "field", "")
        raise FormRefused(_under_a_field(submitted, field_name, refusal.message)) from refusal
    carry_out(
        context.effects, key=submitted.key, origin=context.origin, incident=context.incident, by=context.actor, now=now
    )
    if context.effects.replies:
        text, blocks = "\n".join(context.effects.replies), context.effects.reply_blocks
        in_place = context.effects.in_place and submitted.metadata.get("from_ephemeral") is True
        whisper(context.origin, text, key=f"{submitted.key}:reply", now=now, blocks=blocks, in_place=in_place)
    return _next_step(context)


def _dialog_context(submitted: Submission, *, now: datetime) -> DialogContext:
    number = submitted.metadata.get("incident")
    return DialogContext(
        now=now,
        actor=person_for(submitted.user_id, name=submitted.user_name, now=now),
        origin=submitted.origin,
        key=submitted.key,
        values={name: value.read(now) for name, value in submitted.values.items()},
        state=submitted.metadata.get("state", {}),
        incident=queries.incident(queries.RESPONSE, number=number) if number else None,
    )


def _next_step(context: DialogContext) -> Answer:
    origin = context.origin.as_json()
    if context.effects.dialog is not None:
        return Answer(action="update", view=context.effects.dialog.view(origin=origin).to_dict())
    if context.pushed:
        return Answer(action="push", view=context.pushed[-1].view(origin=origin).to_dict())
    return Answer()


def _under_a_field(submitted: Submission, field: str, message: str) -> dict[str, str]:
    """Slack shows errors only under fields: one that is about none goes under the first."""
    place = field if field in submitted.values else next(iter(submitted.values), "")
    return {place: message[:2000]}


# Where somebody is ----------------------------------------------------------------------------------------------------


def incident_of(channel_id: str) -> Incident | None:
    """Return the incident whose channel this is."""
    if not channel_id:
        return None
    return _found(comms_channel__channel_id=channel_id)


def _incident_of_block(block_id: str) -> Incident | None:
    match = INCIDENT_BLOCK.fullmatch(block_id)
    return _found(number=int(match[1])) if match else None


def _found(**where: Any) -> Incident | None:
    """Read an incident as briefly as possible, as somebody waits, and have the log say which one it is."""
    brief = queries.incidents(queries.RESPONSE).select_related(None).prefetch_related(None).order_by()
    incident = brief.filter(**where).first()
    if incident is not None:
        note(incident=incident.reference)
    return incident


def _add_reply(effects: Effects, text: str | None) -> None:
    if text is not None and not isinstance(text, str):
        raise TypeError(f"A handler returns a text or None, not {type(text).__name__}")
    if text:
        effects.replies.append(text)


def _view(effects: Effects, origin: Origin, *, from_ephemeral: bool = False) -> dict[str, Any] | None:
    if effects.dialog is None:
        return None
    return effects.dialog.view(origin=origin.as_json(), from_ephemeral=from_ephemeral).to_dict()


def _blocks(effects: Effects) -> list[dict[str, Any]]:
    return limits.fitted([block.to_dict() for block in effects.reply_blocks])

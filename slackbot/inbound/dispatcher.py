"""From what somebody does in Slack to the one handler that serves it, and to the answer.

A handler runs in a transaction; a refusal undoes what it did and becomes an answer. Everything it wants said is written
to the outbox in the same transaction. Only a dialog cannot wait: whoever asked opens it right after the commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TypeAlias

from django.db import transaction
from slack_sdk.models.blocks import ContextBlock, MarkdownTextObject

from incidents import access, activity
from incidents.models import Activity, Incident
from people.access import USE
from people.errors import NotFound, Refusal, Unchanged
from slackbot.api import limits
from slackbot.api.mrkdwn import escape
from slackbot.directory.people import person_for
from slackbot.inbound import submissions
from slackbot.inbound.answers import UNKNOWN_INCIDENT, Answer, add_reply, reply_blocks, view
from slackbot.inbound.effects import carry_out, whisper
from slackbot.inbound.payloads import Click, SlashCommand, Submission
from slackbot.inbound.places import for_viewer, incident_of, incident_of_block
from slackbot.kit import commands, stored_values
from slackbot.kit.arguments import UsageError, as_said
from slackbot.kit.contexts import ActionContext, CommandContext, Origin
from slackbot.kit.effects import Effects
from slackbot.kit.registry import Action, Command, DialogForm, registry
from slackbot.kit.words import Mrkdwn, sentence
from slackbot.models import CommsChannel
from slackbot.outbound import closures

DECLARE: Final = "declare"
# A button that runs the command in its value, with a trigger for a dialog. Two in one block need two ids.
RUN_COMMAND: Final = "run-command"
DIRECT: Final = "D"  # begins the ids of direct messages
RUN_OTHER: Final = "run-other-command"
RUN_ACTION: Final = "run-action"  # a button that does once more what another button should have done
ONLY_IN_CHANNELS: Final = "Use `{name}` in an incident channel."
MISTYPED: Final = sentence(
    "form.mistyped", "Did you mean the command `{command}`? If so, cancel this form: it declares a new incident."
)
NO_COMMAND: Final = sentence(
    "form.no_command", "This form declares a new incident. If you meant the command, cancel the form. {why}"
)
ASK_FIRST: Final = sentence("command.ask_first", "Run `@incident {command}` in this channel's incident?")
ASK_WHICH: Final = sentence(
    "command.ask_which",
    "Run `@incident {command}` in this channel's incident, or declare a new incident with these words as its title?",
)
DONE_AS_COMMAND: Final = sentence(
    "command.done",
    "✅ Done: `@incident {command}`. If you meant these words as the title of a new incident, declare one.",
)
DECLARE_INSTEAD: Final = sentence("button.declare_instead", "Declare a new incident", limit=limits.BUTTON)

Request: TypeAlias = SlashCommand | Click | Submission
Handler: TypeAlias = Command | Action | DialogForm


class NotUnderstood(Refusal):
    """The command does not read these words, or does not work in this channel."""


def handler_of(request: Request) -> Handler | None:
    """Return who serves a request; None for a control that nobody asked about."""
    match request:
        case SlashCommand():
            return registry.commands.get(commands.split(request.text).name) or registry.commands[DECLARE]
        case Submission():
            return registry.dialogs.get(request.dialog_id)
        case Click(action_id=action_id) if action_id in (RUN_COMMAND, RUN_OTHER):
            return registry.commands.get(str(stored_values.read(request.value).get("name")))
        case Click(action_id=action_id) if action_id == RUN_ACTION:
            return registry.actions.get(str(stored_values.read(request.value).get("action_id")))
        case Click():
            return registry.actions.get(request.action_id)


def answer(request: Request, *, now: datetime) -> Answer:
    """Run the handler. Raise `FormRefused` when a dialog refuses."""
    match request:
        case SlashCommand():
            return _slash_command(request, now=now)
        case Submission():
            return submissions.submit(request, now=now)
        case Click():
            return _click(request, now=now)


# Commands -------------------------------------------------------------------------------------------------------------


def _slash_command(typed: SlashCommand, *, now: datetime) -> Answer:
    """Run `/incident name …` if the command reads all its words; otherwise all words are a new incident's title."""
    said = commands.split(typed.text)
    command = registry.commands.get(said.name)
    try:
        if command is None or (command.name == DECLARE and said.name != DECLARE):
            return _declare(typed, hint=_perhaps_mistyped(typed, said, now=now), now=now)
        return _obey(command, said, typed, now=now)
    except NotUnderstood as refusal:
        if said.text:
            return _declare_instead(typed, refusal, now=now)
        return Answer(ack=f"❓ {escape(refusal.message)}")
    except Refusal as refusal:
        ack = f"{_mark(refusal)} {escape(refusal.message)}"
        may_declare = access.may(person_for(typed.origin.user_id, now=now), access.DECLARE)
        return Answer(ack=ack, blocks=_choice(typed, said, ack, now=now) if said.text and may_declare else [])


def _mark(refusal: Refusal) -> str:
    """Return ✅ when it is as they wish: somebody was faster, or they said it twice."""
    return "✅" if isinstance(refusal, Unchanged) else "❓"


def _obey(command: Command, said: commands.Said, typed: SlashCommand, *, now: datetime) -> Answer:
    question = _question(command, said, typed, now=now)
    effects = _tried(command, said, typed, now=now) if question else _run(command, said, typed, now=now)
    if effects.dialog is not None and not (question and said.text):
        if effects.replies and not question:
            text, shown = "\n".join(effects.replies), effects.reply_blocks
            whisper(typed.origin, text, key=f"{typed.key}:reply", now=now, blocks=shown, incident=effects.about)
        return Answer(view=view(effects, typed.origin), again={"name": said.name, "text": said.text})
    if question:
        ack = (ASK_WHICH if said.text else ASK_FIRST)(command=as_said(typed.text))
        return Answer(ack=ack, blocks=_choice(typed, said, ack, yes=question, now=now))
    if said.text and command.is_built_in and command.takes_any_text and not effects.replies:
        # Any words are a text that this command takes, a title's as well.
        ack = DONE_AS_COMMAND(command=as_said(typed.text))
        return Answer(ack=ack, blocks=_choice(typed, said, ack, now=now))
    return _noted(Answer(ack="\n".join(effects.replies) or "✅ Done", blocks=reply_blocks(effects)), effects.about)


def _noted(answer: Answer, incident: Incident | None) -> Answer:
    """Add why the incident's channel doesn't show what was done, if it doesn't."""
    channel = CommsChannel.of(incident) if incident is not None else None
    if channel is None or not channel.closed_as:
        return answer
    why = closures.sentence(channel)
    section = {"type": "section", "text": {"type": "mrkdwn", "text": f"⚠️ {escape(why)}"}}
    return replace(
        answer, ack=f"{answer.ack}\n⚠️ {escape(why)}", blocks=[*answer.blocks, section] if answer.blocks else []
    )


def _declare_instead(typed: SlashCommand, refusal: Refusal, *, now: datetime) -> Answer:
    try:
        return _declare(typed, hint=NO_COMMAND(why=Mrkdwn(escape(refusal.message))), now=now)
    except Refusal as again:
        return Answer(ack=f"❓ {escape(again.message)}")


def _run(command: Command, said: commands.Said, typed: SlashCommand, *, now: datetime) -> Effects:
    return run_command(command, said, typed.origin, key=typed.key, name=typed.user_name, now=now)


def _tried(command: Command, said: commands.Said, typed: SlashCommand, *, now: datetime) -> Effects:
    """Return what the command would show, and undo what it did. Raise its refusal."""
    try:
        with transaction.atomic():
            effects = _run(command, said, typed, now=now)
            raise _OnlyTried
    except _OnlyTried:
        return effects


class _OnlyTried(Exception):
    """Undo the transaction."""


def _question(command: Command, said: commands.Said, typed: SlashCommand, *, now: datetime) -> str:
    """Return the label of the button that this command needs first; "" if it needs none here."""
    label = command.asks(said.text)
    incident = incident_of(typed.origin.channel_id, viewer=person_for(typed.origin.user_id, now=now)) if label else None
    return label.format(reference=incident.reference) if incident else ""


def _declare(typed: SlashCommand, *, hint: str, now: datetime) -> Answer:
    """Open the form that declares an incident, with all words as its title."""
    stored = {"name": DECLARE, "text": typed.text}
    effects = _run(registry.commands[DECLARE], commands.Said(DECLARE, typed.text), typed, now=now)
    if hint and effects.dialog is not None:
        intro = [ContextBlock(elements=[MarkdownTextObject(text=limits.cut(hint, limits.FIELD))])]
        effects.dialog = replace(effects.dialog, intro=[*intro, *effects.dialog.intro])
    return Answer(view=view(effects, typed.origin), again=stored)


def _perhaps_mistyped(typed: SlashCommand, said: commands.Said, *, now: datetime) -> str:
    """Name the command that was probably meant, if it would read the words that follow."""
    meant = commands.nearest(said.name, registry.commands)
    command = registry.commands[meant] if meant else None
    if command is None or command.name == DECLARE or not command.is_built_in:
        return ""
    try:
        _tried(command, commands.Said(command.name, said.text), typed, now=now)
    except NotUnderstood:
        return ""
    except Refusal:
        pass
    return MISTYPED(command=f"/incident {meant} {limits.cut(as_said(said.text), 60)}".strip())


def _choice(
    typed: SlashCommand, said: commands.Said, text: str, *, now: datetime, yes: str = ""
) -> list[dict[str, Any]]:
    """Draw the text with a button that runs the command, and one that declares an incident with all words."""
    run = [_form_button({"name": said.name, "text": said.text}, RUN_COMMAND, yes, now=now)] if yes else []
    instead = {"name": DECLARE, "text": typed.text}
    declare = [_form_button(instead, RUN_OTHER, DECLARE_INSTEAD.plain(), now=now)] if said.text else []
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    return [section, {"type": "actions", "elements": [*run, *declare]}]


def run_command(
    command: Command,
    said: commands.Said,
    origin: Origin,
    *,
    key: str,
    now: datetime,
    name: str = "",
    question: str = "",
    about: Incident | None = None,
    here: Incident | None = None,
) -> Effects:
    """Run a command's handler and return what is left to show; its text, when it returned one, is the last reply.

    It is about the incident of the channel, or, where that is none of an incident's, `about`. `here` is the channel's
    incident if this transaction has read it and changed nothing since.
    """
    actor = person_for(origin.user_id, name=name, now=now)
    if about is not None and not access.may(actor, access.CHANGE, about):
        raise NotFound(UNKNOWN_INCIDENT)
    incident = about or (for_viewer(here, actor) if here else incident_of(origin.channel_id, viewer=actor))
    # Built-in commands that work anywhere check by themselves: guests of an incident may ask for help and for its list.
    if incident is None or (command.anywhere and not command.is_built_in):
        access.check(actor, USE)
    if incident is None and not command.anywhere:
        raise NotUnderstood(ONLY_IN_CHANNELS.format(name=command.name))
    context = CommandContext(
        now=now,
        actor=actor,
        origin=origin,
        key=key,
        name=command.name,
        text=said.text,
        incident_or_none=incident,
        question=question,
    )
    try:
        # The form that declares is about another incident, and nothing is written before it opens.
        acts_on = None if command.reads_only or command.name == DECLARE else incident
        sign = activity.sign(acts_on, by=actor, kind=Activity.Kind.COMMAND, at=now)
        with nullcontext() if command.reads_only else transaction.atomic(), sign:
            add_reply(context.effects, command.handler(context))
    except UsageError as refusal:
        raise NotUnderstood(f"{refusal.message} Usage: `{command.form}`.") from refusal
    carry_out(context.effects, key=key, origin=origin, incident=incident, by=context.actor, now=now)
    context.effects.about = incident
    return context.effects


# Buttons --------------------------------------------------------------------------------------------------------------


def _click(clicked: Click, *, now: datetime) -> Answer:
    """Run the handler of a button or menu. Controls that nobody asked about are acknowledged and left alone."""
    handler = handler_of(clicked)
    if handler is None and clicked.action_id in (RUN_COMMAND, RUN_OTHER, RUN_ACTION):
        whisper(clicked.origin, "❓ This button has expired. Run the command again.", key=clicked.key, now=now)
    if handler is None:
        return Answer()
    try:
        if isinstance(handler, Command):
            stored = stored_values.read(clicked.value)
            said = commands.Said(handler.name, str(stored.get("text", "")))
            effects = run_command(
                handler,
                said,
                clicked.origin,
                key=clicked.key,
                name=clicked.user_name,
                question=str(stored.get("question", "")),
                about=incident_of_block(clicked.block_id),
                now=now,
            )
        else:
            effects = _run_action(handler, clicked, now=now)
    except Refusal as refusal:
        sentence = f"{_mark(refusal)} {escape(refusal.message)}"
        whisper(
            clicked.origin,
            sentence,
            key=clicked.key,
            now=now,
            in_place=_is_answered_question(clicked),
            incident=_seen_by_who_clicked(clicked, now=now),
        )
        return Answer()
    if _is_answered_question(clicked) and effects.dialog is None and not effects.replies:
        effects.replies.append(
            "✅ Done" if clicked.is_ephemeral or not effects.about else f"✅ {effects.about.reference}: done."
        )
    if effects.dialog is None and (why := closures.note(effects.about)):
        effects.replies.append(f"⚠️ {escape(why)}")
    if effects.replies:
        text = "\n".join(effects.replies)
        in_place = (effects.in_place and clicked.is_ephemeral) or _is_answered_question(clicked)
        whisper(
            clicked.origin,
            text,
            key=f"{clicked.key}:reply",
            now=now,
            blocks=effects.reply_blocks,
            in_place=in_place,
            incident=effects.about,
        )
    return Answer(view=view(effects, clicked.origin, from_ephemeral=clicked.is_ephemeral))


def _is_answered_question(clicked: Click) -> bool:
    """Return whether the click answers a question that only they see: its buttons have had their use then."""
    only_they_see_it = clicked.is_ephemeral or clicked.origin.channel_id.startswith(DIRECT)
    return only_they_see_it and clicked.action_id in (RUN_COMMAND, RUN_OTHER)


def _seen_by_who_clicked(clicked: Click, *, now: datetime) -> Incident | None:
    actor = person_for(clicked.origin.user_id, name=clicked.user_name, now=now)
    incident = incident_of_block(clicked.block_id) or incident_of(clicked.origin.channel_id)
    return incident if incident is not None and access.may(actor, access.SEE, incident) else None


def _run_action(action: Action | DialogForm, clicked: Click, *, now: datetime) -> Effects:
    again = stored_values.read(clicked.value) if clicked.action_id == RUN_ACTION else {}
    block_id, value = str(again.get("block_id", clicked.block_id)), str(again.get("value", clicked.value))
    actor = person_for(clicked.origin.user_id, name=clicked.user_name, now=now)
    named = incident_of_block(block_id) or incident_of(clicked.origin.channel_id)
    if named is not None and not access.may(actor, access.CHANGE, named):
        raise NotFound(UNKNOWN_INCIDENT)
    if named is None:
        access.check(actor, USE)
    incident = named
    context = ActionContext(
        now=now,
        actor=actor,
        origin=clicked.origin,
        key=clicked.key,
        value=value,
        incident_or_none=incident,
        message=clicked.message,
        in_background=action.background,
    )
    sign = activity.sign(incident, by=actor, kind=Activity.Kind.CLICK, at=now)
    with nullcontext() if action.background else transaction.atomic(), sign:
        add_reply(context.effects, action.handler(context))
    carry_out(context.effects, key=clicked.key, origin=clicked.origin, incident=incident, by=context.actor, now=now)
    context.effects.about = incident
    return context.effects


def try_again(request: Request, again: Mapping[str, str], *, now: datetime) -> list[dict[str, Any]]:
    """Draw a button that does the same once more: a dialog did not open, as Slack gives us only three seconds."""
    match request:
        case SlashCommand():
            return form_button(again, action_id=RUN_COMMAND, label="Try again", now=now)
        case Click() if request.action_id in (RUN_COMMAND, RUN_OTHER, RUN_ACTION):
            return form_button(
                stored_values.read(request.value), action_id=request.action_id, label="Try again", now=now
            )
        case Click():
            stored = {"action_id": request.action_id, "block_id": request.block_id, "value": request.value}
            return form_button(stored, action_id=RUN_ACTION, label="Try again", now=now)
        case Submission():
            return []


def form_button(
    stored: Mapping[str, str], *, action_id: str, label: str, now: datetime, about: Incident | None = None
) -> list[dict[str, Any]]:
    """Draw a button with which a dialog can be opened; `about` names the incident where its channel doesn't."""
    block = {"type": "actions", "elements": [{**_form_button(stored, action_id, label, now=now), "style": "primary"}]}
    return [block if about is None else {**block, "block_id": f"incident-{about.number}-form"}]


def _form_button(stored: Mapping[str, str], action_id: str, label: str, *, now: datetime) -> dict[str, Any]:
    return {
        "type": "button",
        "action_id": action_id,
        "text": {"type": "plain_text", "text": label},
        "value": stored_values.button_value(stored, now=now),
    }

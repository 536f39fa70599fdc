"""Run the handler of a dialog that somebody submitted."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime

from django.db import transaction

from incidents import activity, queries
from incidents.models import Activity
from people.access import USE, check
from people.errors import NotFound, Refusal
from slackbot.api.mrkdwn import escape
from slackbot.directory.people import person_for
from slackbot.inbound.answers import UNKNOWN_INCIDENT, Answer, FormRefused, add_reply
from slackbot.inbound.effects import carry_out, whisper
from slackbot.inbound.payloads import Submission
from slackbot.kit.contexts import DialogContext
from slackbot.kit.registry import registry
from slackbot.outbound import closures


def submit(submitted: Submission, *, now: datetime) -> Answer:
    """Run the handler and return what the dialog shows next. Raise `FormRefused` when it stays open."""
    form = registry.dialogs.get(submitted.dialog_id)
    if form is None:
        raise FormRefused(_under_a_field(submitted, "", "This form belongs to a plugin that is no longer installed."))
    try:
        context = _dialog_context(submitted, now=now)
    except Refusal as refusal:
        if submitted.in_background:
            whisper(submitted.origin, f"❓ {escape(refusal.message)}", key=submitted.key, now=now)
            return Answer()
        raise FormRefused(_under_a_field(submitted, "", refusal.message)) from refusal
    try:
        errors = form.validate(context) if form.validate else {}
        if errors:
            raise FormRefused(errors)
        if form.background and not submitted.in_background:
            return Answer()
        click = activity.sign(context.incident, by=context.actor, kind=Activity.Kind.CLICK, at=now)
        with nullcontext() if form.background else transaction.atomic(), click:
            add_reply(context.effects, form.handler(context))
    except Refusal as refusal:
        if submitted.in_background:
            sentence = f"❓ {escape(refusal.message)}"
            whisper(context.origin, sentence, key=submitted.key, now=now, incident=context.incident)
            return Answer()
        field_name = getattr(refusal, "field", "")
        raise FormRefused(_under_a_field(submitted, field_name, refusal.message)) from refusal
    carry_out(
        context.effects, key=submitted.key, origin=context.origin, incident=context.incident, by=context.actor, now=now
    )
    if context.effects.dialog is None and (why := closures.note(context.incident)):
        context.effects.replies.append(f"⚠️ {escape(why)}")
    if context.effects.replies:
        text, blocks = "\n".join(context.effects.replies), context.effects.reply_blocks
        in_place = context.effects.in_place and submitted.metadata.get("from_ephemeral") is True
        whisper(
            context.origin,
            text,
            key=f"{submitted.key}:reply",
            now=now,
            blocks=blocks,
            in_place=in_place,
            incident=context.incident,
        )
    return _next_step(context)


def _dialog_context(submitted: Submission, *, now: datetime) -> DialogContext:
    number = submitted.metadata.get("incident")
    actor = person_for(submitted.user_id, name=submitted.user_name, now=now)
    incident = queries.incidents(actor).filter(number=number).first() if number else None
    if number and incident is None:
        raise NotFound(UNKNOWN_INCIDENT)
    if incident is None:
        check(actor, USE)
    return DialogContext(
        now=now,
        actor=actor,
        origin=submitted.origin,
        key=submitted.key,
        values={name: value.read(now) for name, value in submitted.values.items()},
        state=submitted.metadata.get("state", {}),
        incident=incident,
        in_background=submitted.in_background,
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

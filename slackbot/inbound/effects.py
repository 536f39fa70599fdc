"""Carry out what a handler asked for: rows in the outbox, written in the handler's transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from slack_sdk.models.blocks import Block

from incidents.models import Incident
from jobs import storing
from people.models import Person
from slackbot.directory.people import slack_ids
from slackbot.kit.contexts import Origin
from slackbot.kit.effects import Effects, Later
from slackbot.kit.plugin_settings import without_secrets
from slackbot.kit.registry import ScheduledWork, registry
from slackbot.models import Scheduled
from slackbot.outbound import outbox
from slackbot.outbound.deliveries.call import CallKind, ReactionKind
from slackbot.outbound.deliveries.direct import tell
from slackbot.outbound.deliveries.elsewhere import say_elsewhere
from slackbot.outbound.deliveries.home import draw_home
from slackbot.outbound.deliveries.invite import invite
from slackbot.outbound.deliveries.keep_message import keep_message
from slackbot.outbound.deliveries.kind import NORMAL
from slackbot.outbound.deliveries.post import say_in_channel
from slackbot.outbound.deliveries.whisper import answer_declared
from slackbot.outbound.deliveries.whisper import whisper as send_whisper

STALE: Final = timedelta(hours=1)  # a reminder that could not be sent for so long helps nobody


def carry_out(
    effects: Effects,
    *,
    key: str,
    origin: Origin | None,
    incident: Incident | None,
    now: datetime,
    by: Person | None = None,
    expires_at: datetime | None = None,
) -> None:
    """Have the posts and direct messages said. Replies are the caller's: how they are told depends on the door."""
    for number, post in enumerate(effects.posts):
        about = post.incident or incident
        if post.channel:
            say_elsewhere(post, key=f"{key}:post:{number}", incident=about, by=by, now=now, expires_at=expires_at)
        elif about is not None:
            say_in_channel(about, post, key=f"{key}:post:{number}", now=now, expires_at=expires_at)
        elif origin is not None:
            whisper(origin, post.text, key=f"{key}:post:{number}", now=now, blocks=post.blocks)
        else:
            raise LookupError("This call has no incident to post in. Name a channel, as in ctx.post(…, channel=…).")
    for number, (person, text) in enumerate(effects.direct):
        tell(person, text, key=f"{key}:direct:{number}", now=now, incident=incident)
    for number, later in enumerate(effects.later):
        asked_by = by if origin is not None else None
        _plan(later, key=f"{key}:later:{number}", incident=incident, by=asked_by, now=now)
    for drawn in effects.redraws:
        if (shown := drawn or incident) is None:
            raise LookupError("This call has no incident. Name one, as in ctx.redraw_headline(incident).")
        outbox.draw(shown, outbox.HEADLINE, now=now)
    for person in effects.homes:
        for user_id in slack_ids([person]).values():
            draw_home(user_id, now=now)
    if effects.invited:
        if incident is None:
            raise LookupError("This call has no incident to whose channel it could invite people.")
        can_come = slack_ids(person for person in effects.invited if person.can_respond)
        invite(incident, can_come.values(), key=key, now=now)
    for pinned in effects.pinned:
        if incident is None:
            raise LookupError("This call has no incident to whose timeline it could add the message.")
        keep_message(incident, channel_id=pinned.channel_id, ts=pinned.ts, by=by, now=now, how=pinned.how)
    for declared in effects.declared:
        if origin is not None:
            answer_declared(declared, origin=origin.as_json(), now=now)
    if effects.answered:
        _answered(effects.answered, now=now)
    for number, order in enumerate(effects.orders):
        outbox.say(
            key=f"{key}:order:{number}",
            kind=order.kind,
            priority=NORMAL,  # a plugin chose the kind, and nobody waits for it
            now=now,
            args=dict(order.args),
            order_key=order.order_key,
            incident=order.incident,
            expires_at=expires_at,
        )


def whisper(
    origin: Origin,
    text: str,
    *,
    key: str,
    now: datetime,
    blocks: Sequence[Block] = (),
    in_place: bool = False,
    drawn: Sequence[dict[str, Any]] = (),
    incident: Incident | None = None,
) -> None:
    """Say something that one person sees. `text` is mrkdwn; blocks come as models, or drawn already.

    What is about `incident` is said only if they may see that when it is sent.

    `in_place` puts it where the message stands on which they clicked, which only they see, too.
    """
    all_blocks = [*(block.to_dict() for block in blocks), *drawn]
    send_whisper(
        origin.as_json(),
        text,
        key=f"whisper:{key}",
        now=now,
        blocks=all_blocks,
        in_place=in_place,
        incident=incident,
    )


def question_at(channel_id: str, ts: str) -> str:
    """Name the message with a question, for a button's value."""
    return f"{channel_id}:{ts}"


def _answered(question: str, *, now: datetime) -> None:
    channel_id, _, ts = question.partition(":")
    args = {"channel": channel_id, "timestamp": ts, "name": "question"}
    outbox.say(
        key=f"answered:{question}",
        kind=CallKind.name,
        now=now,
        args={"method": "reactions.remove", "args": args, "fine": ["no_reaction", "message_not_found"]},
        order_key=f"reaction:{channel_id}",
    )
    react(channel_id, ts, "white_check_mark", now=now)


def react(channel_id: str, ts: str, emoji: str, *, now: datetime) -> None:
    outbox.say(
        key=f"reaction:{channel_id}:{ts}:{emoji}",
        kind=ReactionKind.name,
        now=now,
        args={"channel": channel_id, "timestamp": ts, "name": emoji},
        order_key=f"reaction:{channel_id}",
    )


def _plan(later: Later, *, key: str, incident: Incident | None, by: Person | None, now: datetime) -> None:
    """Store what a handler asked for, once. Raise LookupError if the function isn't a scheduled handler."""
    row = Scheduled(
        key=storing.short(key),
        handler=_registered(later.handler).id,
        due_at=later.at,
        data=without_secrets(dict(later.data)),
        incident=later.incident or incident,
        asked_by=by,
        created_at=now,
    )
    Scheduled.objects.bulk_create([row], ignore_conflicts=True)


def _registered(handler: Callable[..., Any]) -> ScheduledWork:
    for each in registry.scheduled.values():
        if each.handler is handler:
            return each
    raise LookupError(f"{handler!r} is not decorated with @scheduled_handler()")

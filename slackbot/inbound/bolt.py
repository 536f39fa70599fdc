"""The Bolt app: Slack's signatures and protocol, and one listener for each kind of request.

Bolt runs only the first listener that matches, so each of ours takes everything of its kind and the router fans out.
"""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.db import DataError
from django.utils import timezone
from slack_bolt import Ack, App, BoltResponse
from slack_bolt.authorization import AuthorizeResult

from jobs import wakeup
from jobs.group_commit import GroupCommit
from people.texts import without_directions
from slackbot.api import client
from slackbot.api.client import LockedOut, Refused, SlackProblem
from slackbot.api.mrkdwn import escape
from slackbot.api.shapes import Malformed, reads
from slackbot.directory import workspace
from slackbot.inbound import dispatcher, inbox, interactive, our_channels, payloads
from slackbot.inbound.answers import FormRefused
from slackbot.inbound.effects import whisper
from slackbot.inbound.job_kinds.direct_message import DirectMessageKind
from slackbot.inbound.job_kinds.mention import MentionKind
from slackbot.inbound.payloads import Click, SlashCommand
from slackbot.kit.registry import registry
from slackbot.models import InboxEntry

logger = logging.getLogger(__name__)

WRITTEN = ("", "file_share", "me_message", "thread_broadcast")  # subtypes of what a person wrote just now
ANYTHING = re.compile(r".*", re.DOTALL)


@cache
def bolt_app() -> App:
    app = App(
        request_verification_enabled=False,  # `envelope` has looked, before anything was parsed
        authorize=_authorize,
        process_before_response=True,
        raise_error_for_unhandled_request=False,
        logger=logger,
    )
    app.event(ANYTHING)(_on_event)  # first: Bolt tries them in this order, and most of what comes are events
    app.command(ANYTHING)(_on_command)
    app.block_action(ANYTHING)(_on_action)
    app.view_submission(ANYTHING)(_on_submission)
    app.view_closed(ANYTHING)(_acknowledge)
    app.shortcut(ANYTHING)(_on_shortcut)
    app.options(ANYTHING)(_on_options)
    app.error(_on_error)
    return app


def _on_error(error: Exception) -> BoltResponse:
    """Refuse what Slack does not document, or no column can hold. After a mistake of ours, somebody tries again."""
    if isinstance(error, Malformed | DataError) or not _happened_in_ours(error):
        logger.warning("Slack sent an undocumented payload: %s", error)
        return BoltResponse(status=400)
    logger.error("A request failed", exc_info=error)
    return BoltResponse(status=500)


def _happened_in_ours(error: Exception) -> bool:
    """Say whether it came that far: Bolt's own code trips over shapes that Slack does not document."""
    return any(frame.f_globals.get("__name__") == __name__ for frame, _ in traceback.walk_tb(error.__traceback__))


def _authorize(**_context: Any) -> AuthorizeResult:
    """Answer from what a worker has noted: no request of Slack's may wait for a call to Slack."""
    known = workspace.present()
    return AuthorizeResult(
        enterprise_id=None,
        team_id=known.team_id if known else None,
        bot_token=settings.SLACK_BOT_TOKEN,
        bot_id=known.bot_id if known else None,
        bot_user_id=known.bot_user_id if known else None,
    )


def _on_command(ack: Ack, body: dict[str, Any]) -> None:
    command = payloads.slash_command(body)
    answer = interactive.answer(command, now=timezone.now())
    trouble = _open_dialog(answer.view, command)
    blocks = dispatcher.try_again(command, answer.again, now=timezone.now()) if trouble else answer.blocks
    text = trouble or answer.ack
    if blocks:
        section = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
        ack(**client.plain({"text": text, "blocks": [section, *blocks] if trouble else blocks}))
    else:
        ack(without_directions(text))


def _on_action(ack: Ack, body: dict[str, Any]) -> None:
    for click in payloads.clicks(body):
        _serve_click(click)
    ack()


def _serve_click(click: Click) -> None:
    now = timezone.now()
    answer = interactive.answer(click, now=now)
    trouble = _open_dialog(answer.view, click)
    if trouble:
        _offer_again(click, trouble)
    elif answer.ack:
        whisper(click.origin, answer.ack, key=f"{click.key}:ack", now=now)


def _on_shortcut(ack: Ack, body: dict[str, Any]) -> None:
    _serve_click(payloads.shortcut(body))
    ack()


def _offer_again(click: Click, trouble: str) -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": trouble}}
    blocks = [section, *dispatcher.try_again(click, {}, now=timezone.now())]
    whisper(click.origin, trouble, key=f"{click.key}:trouble", now=timezone.now(), drawn=blocks)


def _on_submission(ack: Ack, body: dict[str, Any]) -> BoltResponse:
    submitted, now = payloads.submission(body), timezone.now()
    try:
        answer = interactive.answer(submitted, now=now)
    except FormRefused as refusal:
        if submitted.values:
            return ack(response_action="errors", errors=client.plain(dict(refusal.errors)))
        # It has no field under which Slack could show a sentence.
        sentences = "\n".join(f"❓ {escape(sentence)}" for sentence in refusal.errors.values())
        whisper(submitted.origin, sentences, key=f"{submitted.key}:refused", now=now)
        return ack()
    if answer.action and answer.view is not None:
        return ack(response_action=answer.action, view=client.plain(dict(answer.view)))
    return ack()


def _on_options(ack: Ack, body: dict[str, Any]) -> None:
    ack(options=client.plain(interactive.find(payloads.option_search(body), now=timezone.now())))


def _on_event(ack: Ack, body: dict[str, Any]) -> None:
    """Keep what somebody will want to know, in one statement, before Slack is told that we have it."""
    entries = _entries(body)
    if entries:
        _store(entries)
        for queue in {entry.queue for entry in entries}:
            wakeup.wake(queue)
    ack()


_store = GroupCommit(inbox.store)


def _acknowledge(ack: Ack) -> None:
    ack()


def _open_dialog(view: Mapping[str, Any] | None, request: SlashCommand | Click) -> str:
    """Open a dialog while Slack waits; return a sentence for the person when that fails."""
    if view is None:
        return ""
    try:
        client.call("views.open", {"trigger_id": request.trigger_id, "view": view}, timeout=client.IMPATIENT)
    except SlackProblem as problem:
        logger.warning("The dialog %s did not open: %s", view.get("callback_id"), problem)
        return f"❓ {_why_closed(problem)} Nothing is lost. Try again."
    return ""


def _why_closed(problem: SlackProblem) -> str:
    match problem:
        case Refused(error="expired_trigger_id"):
            return "Slack didn't open the form, because we responded more than three seconds after your request."
        case Refused() | LockedOut():
            return "Slack didn't open the form. Ask your Response administrator; the log has the reason."
        case _:
            return "Slack isn't responding, so the form didn't open."


def _direct_message(body: Mapping[str, Any], event: Mapping[str, Any], subtype: str, now: datetime) -> list[InboxEntry]:
    """Keep what a person wrote to us directly: no edits, and nothing of a bot's, our own answers included."""
    user = payloads.actor_of(event)
    if not user or subtype not in WRITTEN:
        return []
    key = f"event:{body['event_id']}"
    return [inbox.entry(DirectMessageKind, key=key, payload=event, order_key=f"direct:{user}", now=now)]


@reads
def _event_of(body: Mapping[str, Any]) -> tuple[Mapping[str, Any], str, str, str]:
    """Return an event with its type, its subtype and its channel."""
    event = body["event"]
    return event, str(event["type"]), str(event.get("subtype") or ""), payloads.channel_of(event)


def _entries(body: Mapping[str, Any]) -> list[InboxEntry]:
    """One row for each handler of the event; none when it is about a channel that is no concern of ours."""
    event, event_type, subtype, channel_id = _event_of(body)
    now = timezone.now()
    if event_type == "app_mention":
        if not payloads.actor_of(event):
            return []  # another bot talks to us: two bots that answer each other never end
        key = f"event:{body['event_id']}"
        return [inbox.entry(MentionKind, key=key, payload=event, order_key=f"{channel_id}:slackbot", now=now)]
    if event_type == "message" and event.get("channel_type") == "im":
        return _direct_message(body, event, subtype, now)
    handlers = [each for each in registry.events.get(event_type, []) if each.wants(subtype or None)]
    if not all(handler.anywhere for handler in handlers) and not our_channels.is_ours(channel_id):
        for_headlines = workspace.is_for_headlines(channel_id)
        handlers = [each for each in handlers if each.hears(is_incidents=False, is_for_headlines=for_headlines)]
    return [
        inbox.entry_for(
            handler,
            key=f"event:{body['event_id']}:{handler.id}",
            payload=event,
            order_key=inbox.order_of(channel_id, handler),
            now=now,
        )
        for handler in handlers
    ]

"""The Bolt app: Slack's signatures and protocol, and one listener for each kind of request.

Bolt runs only the first listener that matches, so each of ours takes everything of its kind and the router fans out.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from django.conf import settings
from django.utils import timezone
from slack_bolt import Ack, App, BoltResponse
from slack_bolt.authorization import AuthorizeResult

from slackbot import client, doorbell, inbox, incoming, router, workspace
from slackbot.client import SlackProblem
from slackbot.models import CommsChannel, InboxEntry
from slackbot.registry import registry

logger = logging.getLogger(__name__)

ANYTHING = re.compile(r".*", re.DOTALL)


@cache
def bolt_app() -> App:
    app = App(
        signing_secret=settings.SLACK_SIGNING_SECRET,
        authorize=_authorize,
        process_before_response=True,
        raise_error_for_unhandled_request=False,
        logger=logger,
    )
    app.command(ANYTHING)(_on_command)
    app.block_action(ANYTHING)(_on_action)
    app.view_submission(ANYTHING)(_on_submission)
    app.view_closed(ANYTHING)(_acknowledge)
    app.shortcut(ANYTHING)(_acknowledge)
    app.event(ANYTHING)(_on_event)
    return app


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
    command = incoming.slash_command(body)
    now = timezone.now()
    answer = inbox.answer_once(
        key=command.key, kind="command", now=now, work=lambda: router.slash_command(command, now=now).as_json()
    )
    trouble = _open_dialog(answer["view"], command.trigger_id)
    ack(trouble or answer["ack"])


def _on_action(ack: Ack, body: dict[str, Any]) -> None:
    for click in incoming.clicks(body):
        _run_click(click)
    ack()


def _run_click(click: incoming.Click) -> None:
    now = timezone.now()
    answer = inbox.answer_once(
        key=click.key, kind="action", now=now, work=lambda: router.click(click, now=now).as_json()
    )
    trouble = _open_dialog(answer["view"], click.trigger_id)
    if trouble:
        router.whisper(click.origin, trouble, key=f"{click.key}:trouble", now=now)


def _on_submission(ack: Ack, body: dict[str, Any]) -> BoltResponse:
    submitted = incoming.submission(body)
    now = timezone.now()
    try:
        inbox.answer_once(
            key=submitted.key, kind="submission", now=now, work=lambda: router.submission(submitted, now=now).as_json()
        )
    except router.FormRefused as refusal:
        return ack(response_action="errors", errors=refusal.errors)
    return ack()


def _on_event(ack: Ack, body: dict[str, Any]) -> None:
    """Keep what somebody will want to know, in one statement, before Slack is told that we have it."""
    rows = _rows(body)
    if rows:
        inbox.store(rows)
        doorbell.ring("inbox")
    ack()


def _acknowledge(ack: Ack) -> None:
    ack()


def _open_dialog(view: Mapping[str, Any] | None, trigger_id: str) -> str:
    """Open a dialog while Slack waits; return a sentence for the person when that fails."""
    if view is None:
        return ""
    try:
        client.call("views.open", {"trigger_id": trigger_id, "view": view}, timeout=client.IMPATIENT)
    except SlackProblem as problem:
        logger.warning("The dialog %s did not open: %s", view.get("callback_id"), problem)
        return f"❓ Slack did not open the form ({problem}). Nothing is lost: please try once more."
    return ""


def _rows(body: Mapping[str, Any]) -> list[InboxEntry]:
    """One row for each handler of the event; none when it is about a channel that is no concern of ours."""
    event = body["event"]
    event_type, channel_id = str(event.get("type")), incoming.channel_of(event)
    now = timezone.now()
    if event_type == "app_mention":
        if not incoming.actor_of(event):
            return []  # another bot talks to us: two bots that answer each other never end
        key = f"event:{body['event_id']}"
        return [inbox.entry(key=key, kind="mention", payload=event, order_key=f"{channel_id}:slackbot", now=now)]
    handlers = registry.events.get(event_type, [])
    if not all(handler.anywhere for handler in handlers) and not _is_ours(channel_id):
        handlers = [handler for handler in handlers if handler.anywhere]
    return [
        inbox.entry(
            key=f"event:{body['event_id']}:{handler.id}",
            kind="event",
            payload=event,
            order_key=f"{channel_id}:{handler.plugin}",
            now=now,
            handler=handler.id,
        )
        for handler in handlers
    ]


def _is_ours(channel_id: str) -> bool:
    return CommsChannel.objects.filter(channel_id=channel_id).exists() or router.channel_is_being_made()

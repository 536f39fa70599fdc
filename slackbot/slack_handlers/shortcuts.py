"""Declare an incident from anywhere, or from a message that says what is wrong."""

from __future__ import annotations

from incidents.models import Incident
from slackbot import limits
from slackbot.mrkdwn import mentioned_users, to_markdown, to_plain
from slackbot.people import names_of
from slackbot.plugins import ActionContext, action_handler
from slackbot.slack_handlers.declare import declare_dialog

GLOBAL = "declare-incident"
MESSAGE = "declare-from-message"


@action_handler(GLOBAL)
def from_anywhere(ctx: ActionContext) -> None:
    ctx.open_dialog(declare_dialog())


@action_handler(MESSAGE)
def from_message(ctx: ActionContext) -> None:
    text = ctx.message.text if ctx.message else ""
    names = names_of(mentioned_users(text))
    first_line = to_plain(text, names=names).strip().partition("\n")[0]
    said = to_markdown(text, names=names)
    source = f"\n\n[The message]({ctx.message.permalink})" if ctx.message else ""
    ctx.open_dialog(
        declare_dialog(title=limits.cut(first_line, Incident.TITLE_MAX), summary=f"{limits.cut(said, 2000)}{source}")
    )

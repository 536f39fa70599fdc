"""Declare an incident from anywhere, or from a message that says what is wrong."""

from __future__ import annotations

from slack_sdk.models.blocks import ContextBlock, MarkdownTextObject

from incidents.models import Incident
from slackbot.plugins import ActionContext, action_handler, limits, sentence
from slackbot.slack_handlers.declare import declare_dialog

GLOBAL = "declare-incident"
MESSAGE = "declare-from-message"
LONG_MESSAGE = sentence("form.long_message", "The message is too long for the summary, so the summary links to it.")


@action_handler(GLOBAL)
def from_anywhere(ctx: ActionContext) -> None:
    ctx.open_dialog(declare_dialog())


@action_handler(MESSAGE)
def from_message(ctx: ActionContext) -> None:
    first_line = ctx.message.plain.strip().partition("\n")[0] if ctx.message else ""
    said = ctx.message.markdown if ctx.message else ""
    source = f"\n\n[The message]({ctx.message.permalink})" if ctx.message else ""
    room = limits.TEXT_INPUT - limits.utf16_length(source)
    is_whole = limits.utf16_length(said) <= room
    intro = [] if is_whole else [ContextBlock(elements=[MarkdownTextObject(text=LONG_MESSAGE())])]
    summary = f"{limits.cut(said, room)}{source}"
    ctx.open_dialog(declare_dialog(title=limits.cut(first_line, Incident.TITLE_MAX), summary=summary, intro=intro))

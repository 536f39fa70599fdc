"""`@incident invite @linus @radia`: call people into the channel."""

from __future__ import annotations

from slackbot import outgoing
from slackbot.arguments import UsageError
from slackbot.people import slack_ids
from slackbot.plugins import CommandContext, incident_command


@incident_command("invite", "call", usage="@someone …", help="call people into this channel")
def invite(ctx: CommandContext) -> None:
    people = [person for person in ctx.people() if person.can_respond]
    ids = slack_ids(people)
    if not ids:
        raise UsageError("None of them can come: bots and deactivated people stay out.")
    outgoing.invite(ctx.incident, list(ids.values()), key=ctx.key, now=ctx.now)

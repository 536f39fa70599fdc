"""`@incident list`: what is going on."""

from __future__ import annotations

from incidents import queries
from slackbot import arguments, render
from slackbot.models import CommsChannel
from slackbot.mrkdwn import escape, link
from slackbot.plugins import CommandContext, incident_command

SHOWN = 20


@incident_command("list", "ls", help="the open incidents", anywhere=True)
def list_open(ctx: CommandContext) -> str:
    arguments.nothing(ctx.text)
    found = list(queries.open_incidents(ctx.actor)[: SHOWN + 1])
    if not found:
        return "No incident is open. To declare one, type `/incident` and its title."
    channels = dict(CommsChannel.objects.filter(incident__in=found).values_list("incident_id", "channel_id"))
    lines = []
    for each in found[:SHOWN]:
        where = f" · <#{channels[each.pk]}>" if each.pk in channels else ""
        lead = f" · {escape(each.lead.name)}" if each.lead else ""
        severity = f" · {render.severity_words(each)}" if each.severity else ""
        reference = link(render.document_url(each), each.reference)
        lines.append(f"{render.status_words(each)} · {reference} *{escape(each.title)}*{severity}{lead}{where}")
    if len(found) > SHOWN:
        lines.append("… and more in the list on the web.")
    return "\n".join(lines)

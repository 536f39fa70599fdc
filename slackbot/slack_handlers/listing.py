"""`@incident list`: what is going on."""

from __future__ import annotations

from incidents import queries
from slackbot.plugins import CommandContext, arguments, channels, display, incident_command, link, literal

SHOWN = 20
LETTERS = 3000  # of all lines: Slack cuts what is much longer, and the last line would be gone


@incident_command("list", "ls", help="list the open incidents", anywhere=True, reads_only=True)
def list_open(ctx: CommandContext) -> str:
    arguments.nothing(ctx.text)
    found = list(queries.open_incidents(ctx.actor)[:SHOWN])
    if not found:
        return "No incidents are open. To declare one, type `/incident` and its title."
    ids = channels.channel_ids(found)
    lines: list[str] = []
    for each in found:
        where = f" · <#{ids[each.pk]}>" if each.pk in ids else ""
        lead = f" · {literal(each.lead.name)}" if each.lead else ""
        lead = lead if each.lead == each.active_lead else f" · {display.NO_ACTIVE_LEAD()}"
        severity = f" · {display.severity_words(each)}" if each.severity else ""
        reference = link(display.document_url(each), each.reference)
        line = f"{display.status_words(each)} · {reference} *{literal(each.title)}*{severity}{lead}{where}"
        if sum(map(len, lines)) + len(line) > LETTERS:
            break
        lines.append(line)
    if more := queries.open_incidents(ctx.actor).count() - len(lines):
        lines.append(display.more_open(more))
    return "\n".join(lines)

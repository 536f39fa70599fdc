"""What the incident says about itself: title, summary, impact."""

from __future__ import annotations

from incidents import services
from slackbot.mrkdwn import from_markdown, mentioned_users, to_markdown, to_plain
from slackbot.people import names_of
from slackbot.plugins import CommandContext, incident_command


@incident_command("summary", usage="text", help="write what we know (alone: show it)")
def summary(ctx: CommandContext) -> str | None:
    if not ctx.text:
        return (
            from_markdown(ctx.incident.summary)
            or "There is no summary yet. Write `@incident summary` and what we know."
        )
    services.write_summary(ctx.incident, text=markdown(ctx.text), by=ctx.actor, at=ctx.now)
    return None


@incident_command("impact", usage="text", help="write who is affected, and how (alone: show it)")
def impact(ctx: CommandContext) -> str | None:
    if not ctx.text:
        return (
            from_markdown(ctx.incident.impact)
            or "No impact is noted yet. Write `@incident impact` and who is affected."
        )
    services.write_impact(ctx.incident, text=markdown(ctx.text), by=ctx.actor, at=ctx.now)
    return None


@incident_command("title", "rename", usage="text", help="give the incident another title")
def title(ctx: CommandContext) -> str | None:
    if not ctx.text:
        return f"{ctx.incident.title}\nTo change it: `@incident title` and the new one."
    services.rename_incident(
        ctx.incident, to=to_plain(ctx.text, names=names_of(mentioned_users(ctx.text))), by=ctx.actor, at=ctx.now
    )
    return None


def markdown(mrkdwn: str) -> str:
    return to_markdown(mrkdwn, names=names_of(mentioned_users(mrkdwn)))

"""What the incident says about itself: title, summary, impact."""

from __future__ import annotations

from incidents import services
from slackbot.plugins import CommandContext, from_markdown, incident_command, literal, markdown
from slackbot.slack_handlers import change


@incident_command("summary", usage="<text>", help="set the summary; without text, show it")
def summary(ctx: CommandContext) -> None:
    if ctx.text:
        change.write(ctx, "summary", markdown(ctx.text))
        return
    none = "There is no summary yet. To add one, write `@incident summary` and what you know."
    change.show(ctx, "summary", from_markdown(ctx.incident.summary) or none)


@incident_command("impact", usage="<text>", help="set the impact (who is affected, and how); without text, show it")
def impact(ctx: CommandContext) -> None:
    if ctx.text:
        change.write(ctx, "impact", markdown(ctx.text))
        return
    none = "There is no impact yet. To add it, write `@incident impact` and who is affected."
    change.show(ctx, "impact", from_markdown(ctx.incident.impact) or none)


@incident_command("title", "rename", usage="<text>", help="change the title; without text, show it")
def title(ctx: CommandContext) -> None:
    if not ctx.text:
        change.show(
            ctx, "title", f"*{literal(ctx.incident.title)}*\nTo change it, write `@incident title` and the new title."
        )
        return
    services.rename_incident(ctx.incident, to=ctx.plain, by=ctx.actor, at=ctx.now)

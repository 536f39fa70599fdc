"""Who comes late into a channel is told what it is about, so that nobody else has to."""

from __future__ import annotations

from slackbot.plugins import EventContext, escape, events, from_markdown, mention, slack_event


@slack_event(events.MemberJoined)
def brief(ctx: EventContext[events.MemberJoined]) -> None:
    incident, newcomer = ctx.incident, ctx.actor
    if incident is None or newcomer is None or newcomer.is_bot or newcomer in (incident.reporter, incident.lead):
        return
    lead = f"{mention(incident.lead)} is the lead." if incident.lead else "There is no lead yet."
    title, summary = escape(incident.title), from_markdown(incident.summary)
    ctx.tell(newcomer, f"Welcome to {incident.reference} *{title}*. {lead}\n{summary}")

"""`@incident invite @linus @radia`: call people into the channel."""

from __future__ import annotations

from incidents import services
from people.models import Person
from slackbot.plugins import (
    CommandContext,
    IncidentError,
    UsageError,
    arguments,
    channels,
    escape,
    incident_command,
    literal,
    slack_ids,
)


@incident_command("invite", "call", usage="@someone …", help="invite people to this channel")
def invite(ctx: CommandContext) -> str | None:
    """Invite who can come, and name everybody else."""
    named, unknown = arguments.people_and_rest(ctx.text, me=ctx.actor, now=ctx.now)
    ids = slack_ids(person for person in named if person.can_respond)
    invited = [person for person in named if person.pk in ids]
    problems = [f"We couldn't find anyone called {arguments.quoted(unknown)}."] if unknown else []
    problems += [_why_not(person) for person in named if person.pk not in ids]
    if not invited:
        raise UsageError(" ".join(problems))
    has_channel = channels.channel_of(ctx.incident) is not None
    if not has_channel and not ctx.incident.private:
        raise IncidentError(
            f"{ctx.incident.reference} has no channel. Choose “Create channel” under its headline first."
        )
    if not has_channel:
        problems.append("They can see the incident on the web. We'll invite them to its channel once it has one.")
    for person in invited:
        services.invite_member(ctx.incident, person=person, by=ctx.actor, at=ctx.now)
    ctx.invite(invited)
    if not problems:
        return None
    names = ", ".join(person.name for person in invited)
    return f"✅ Invited: {literal(names)}.\n⚠️ {escape(' '.join(problems))}"


def _why_not(person: Person) -> str:
    if person.is_bot:
        return f"{person} is a bot and can't be invited."
    if not person.is_active:
        return f"{person} is deactivated and can't be invited."
    return f"{person} has no Slack account."

"""`@incident role scribe @grace`: who does what."""

from __future__ import annotations

from incidents import services
from incidents.models import Role
from slackbot.plugins import CommandContext, UsageError, arguments, incident_command, literal


@incident_command("role", "roles", usage="<role> @someone", help="give someone a role; without a name, list the roles")
def role(ctx: CommandContext) -> str | None:
    if not ctx.text:
        return _list(ctx)
    found, rest = _which(ctx.text)
    if rest.lower() in ("nobody", "none", "off"):
        services.remove_role(ctx.incident, role=found, by=ctx.actor, at=ctx.now)
    else:
        services.assign_role(ctx.incident, role=found, to=ctx.person(rest), by=ctx.actor, at=ctx.now)
    return None


def _which(words: str) -> tuple[Role, str]:
    """Read a role's name, which may be several words, and return what follows it."""
    lowered = words.lower()
    for each in sorted(Role.objects.all(), key=lambda each: -len(each.name)):
        for name in (each.name.lower(), each.key):
            if lowered == name or lowered.startswith(f"{name} "):
                return each, words[len(name) :].strip()
    known = arguments.choices(each.key for each in Role.objects.all())
    raise UsageError(f"“{arguments.as_said(words.split()[0])}” isn't a role. {known}")


def _list(ctx: CommandContext) -> str:
    holders = {each.role_id: each.person for each in ctx.incident.role_assignments.all() if each.ended_at is None}
    lines = []
    for each in Role.objects.all():
        holder = holders.get(each.pk)
        who = literal(holder.name) if holder else "_nobody_"
        lines.append(f"• *{literal(each.name)}*: {who}. {literal(each.description)}")
    return "\n".join(lines)

"""`@incident help`: everything one can say, generated from what is registered."""

from __future__ import annotations

from itertools import groupby

from slackbot.plugins import CommandContext, incident_command
from slackbot.registry import Command, registry


@incident_command("help", help="this list", anywhere=True)
def help(ctx: CommandContext) -> str:
    if ctx.text:
        return _about(ctx.text.split()[0].lower())
    parts = ["Say these in an incident's channel, or type them after `/incident`:"]
    for plugin, commands in groupby(registry.listed_commands(), key=lambda command: command.plugin):
        if plugin != "slackbot":
            parts.append(f"*From {plugin}*")
        parts += [_line(command) for command in commands]
    parts.append("To declare an incident, type `/incident` and its title, in any channel.")
    return "\n".join(parts)


def _about(name: str) -> str:
    command = registry.commands.get(name)
    if command is None:
        return f"There is no command `{name[:50]}`. `@incident help` lists all."
    also = f" Also: {', '.join(f'`{alias}`' for alias in command.aliases)}." if command.aliases else ""
    return f"{_line(command)}{also}"


def _line(command: Command) -> str:
    form = f"@incident {command.name} {command.usage}".strip()
    return f"• `{form}` {command.help}"

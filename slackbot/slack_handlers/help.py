"""`@incident help`: everything one can say, generated from what is registered."""

from __future__ import annotations

from collections.abc import Iterator

from slack_sdk.models.blocks import Block, MarkdownTextObject, SectionBlock

from slackbot.plugins import (
    Command,
    CommandContext,
    UsageError,
    arguments,
    command_named,
    command_names,
    commands,
    escape,
    incident_command,
    limits,
    listed_commands,
    sentence,
)

INTRODUCTION = sentence(
    "help.introduction",
    "Say these to me in a channel, or type them after `/incident`. `@incident help lead` tells of one.",
)
ANYWHERE = sentence("help.anywhere", "*In every channel*")
IN_CHANNELS = sentence("help.in_channels", "*In an incident's channel*")
WORKS_ANYWHERE = sentence("help.works_anywhere", "(in every channel)")
FROM_PLUGIN = sentence("help.from_plugin", "*From the plugin {plugin}*")
DECLARE = sentence("help.declare", "To declare an incident, type `/incident` and its title, in any channel.")


@incident_command("help", usage="command", help="this list, or how to use a command", anywhere=True, reads_only=True)
def help(ctx: CommandContext) -> str | None:
    if ctx.text:
        return _about(ctx.text)
    parts = [INTRODUCTION(), *_groups(), DECLARE()]
    ctx.reply("\n".join(parts), blocks=[block for part in parts for block in _blocks(part)])
    return None


def _groups() -> Iterator[str]:
    """Yield what is built in, by where it works, and then each plugin's."""
    found = listed_commands()
    ours = [command for command in found if command.is_built_in]
    yield _group(ANYWHERE(), [_line(command) for command in ours if command.anywhere])
    yield _group(IN_CHANNELS(), [_line(command) for command in ours if not command.anywhere])
    for plugin in dict.fromkeys(command.plugin for command in found if not command.is_built_in):
        yield _group(
            FROM_PLUGIN(plugin=plugin), [_line_with_place(command) for command in found if command.plugin == plugin]
        )


def _group(heading: str, lines: list[str]) -> str:
    return "\n".join([heading, *lines])


def _blocks(text: str) -> Iterator[Block]:
    """Draw a group in as many blocks as Slack needs for it."""
    room: list[str] = []
    for line in text.split("\n"):
        if room and limits.utf16_length("\n".join([*room, line])) > limits.FIELD:
            yield SectionBlock(text=MarkdownTextObject(text="\n".join(room)))
            room = []
        room.append(limits.cut(line, limits.FIELD))
    yield SectionBlock(text=MarkdownTextObject(text="\n".join(room)))


def _about(words: str) -> str:
    command = command_named(words.lower())
    if command is None:
        meant = commands.nearest(words.lower(), command_names())
        hint = f" Did you mean `{meant}`?" if meant else ""
        raise UsageError(f"There is no command “{escape(arguments.as_said(words))}”.{hint} `@incident help` lists all.")
    aliases = [f"`{alias}`" for alias in command.aliases if command_named(alias) is command]  # a plugin may take one
    also = f" Also: {', '.join(aliases)}." if aliases else ""
    where = " In every channel." if command.anywhere else " In an incident's channel."
    plugin = "" if command.is_built_in else f" From the plugin {command.plugin}."
    return f"{_line(command)}{also}{where}{plugin}"


def _line(command: Command) -> str:
    form = escape(f"@incident {command.name} {command.usage}".strip())
    return f"• `{form}` {command.help}"


def _line_with_place(command: Command) -> str:
    return f"{_line(command)} {WORKS_ANYWHERE()}" if command.anywhere else _line(command)

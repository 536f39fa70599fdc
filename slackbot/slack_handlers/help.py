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
    "Mention me with one of these commands, or type it after `/incident`. `@incident help lead` explains one command.",
)
ANYWHERE = sentence("help.anywhere", "*In any channel*")
IN_CHANNELS = sentence("help.in_channels", "*In incident channels*")
WORKS_ANYWHERE = sentence("help.works_anywhere", "(in any channel)")
FROM_PLUGIN = sentence("help.from_plugin", "*Commands from the {plugin} plugin*")
DECLARE = sentence("help.declare", "To declare an incident, type `/incident` and its title, in any channel.")


@incident_command(
    "help",
    usage="<command>",
    help="explain a command; without a name, list all commands",
    anywhere=True,
    reads_only=True,
)
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
        raise UsageError(
            f"There is no command “{escape(arguments.as_said(words))}”.{hint} `@incident help` lists all commands."
        )
    aliases = [f"`{alias}`" for alias in command.aliases if command_named(alias) is command]  # a plugin may take one
    also = f" Also: {', '.join(aliases)}." if aliases else ""
    where = " It works in any channel." if command.anywhere else " It works in incident channels."
    plugin = "" if command.is_built_in else f" It comes from the {command.plugin} plugin."
    return f"{_line(command)}.{also}{where}{plugin}"


def _line(command: Command) -> str:
    return f"• `{escape(command.form)}` {command.help}"


def _line_with_place(command: Command) -> str:
    return f"{_line(command)} {WORKS_ANYWHERE()}" if command.anywhere else _line(command)

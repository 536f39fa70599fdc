from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar

from slackbot.kit.contexts import CommandContext
from slackbot.kit.registry import Command, RegistrationError, registry
from slackbot.monzo import gone, running
from slackbot.monzo.models import Incident

Handler: TypeAlias = Callable[[Incident, str, str], tuple[bool, str | None]]
H = TypeVar("H", bound=Handler)


def incident_command(commands: Sequence[str], func: Handler | None = None, helptext: str = "") -> Callable[[H], H]:
    """Serve `@incident name …`, as `handler(incident, user_id, message)`, which returns (handled, text).

    The text is said in the channel. When it was not handled, the author reads the text with ❓; what the handler did
    stays. As in the ancestor, a plugin's command takes the place of a built-in one of the same name.
    """

    def register(handler: H) -> H:
        running.check_form(handler, "incident, user_id, message")
        if isinstance(commands, str) or not commands:
            raise RegistrationError(f"Commands are a list of names, not {commands!r}: {running.place(handler)}")

        def serve(context: CommandContext) -> None:
            _answer(context, handler(Incident(context.incident), context.origin.user_id, context.text), handler)

        name, *aliases = [each.lower() for each in commands]
        served = running.serving(handler, serve)
        _make_room(name, *aliases)
        command = Command(name, served, helptext, usage="", aliases=tuple(aliases), anywhere=False)
        registry.add(command, replace=False)
        return handler

    if func is not None:
        register(func)
    return register


# What monzo/response registered its own commands with. Here it takes the place of a built-in command as well.
__default_incident_command = incident_command


def get_commands() -> Sequence[str]:
    """Return the names of all commands."""
    return [name for each in registry.listed_commands() for name in (each.name, *each.aliases)]


def get_help() -> str:
    """Return all commands with what they do, a line each."""
    return "".join(f"`{', '.join((each.name, *each.aliases))}` -  {each.help}\n" for each in registry.listed_commands())


def _make_room(*names: str) -> None:
    for name in names:
        known = registry.commands.get(name)
        if known is not None and known.is_built_in:
            del registry.commands[name]


def _answer(context: CommandContext, result: object, handler: Handler) -> None:
    match result:
        case (bool(handled), str() | None as text):
            if not handled:
                context.ask(f"❓ {text or f'`{context.name}` could not make sense of that.'}")
            elif text:
                context.post(text)
        case _:
            raise TypeError(f"A command returns (handled, text), not {result!r}: {running.place(handler)}")


__getattr__ = gone.instead(gone.DECORATORS, module=__name__)

"""What people type, and Slack's tokens: `@grace` ↔ `<@U0GRACE>`."""

import re
from collections.abc import Callable
from html import unescape

from sandbox.workspace import Workspace

_INTERESTING = re.compile(
    r"(?P<code>```.*?```|`[^`\n]+`)"
    r"|(?P<token><(?:@[UW]\w+|#[CG]\w+|![a-z]+(?:\^[^<>]*)?|https?://[^<>\s]+|mailto:[^<>\s]+)(?:\|[^<>]*)?>)"
    r"|(?P<url>https?://[^\s<>|]+)"
    r"|(?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<mark>(?<![\w@#/.])[@#](?=\w))"
    r"|(?P<escape>[&<>])",
    re.DOTALL,
)
_TOKEN = re.compile(r"<([@#!]?)([^|>]*)(?:\|([^>]*))?>")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_SPECIAL = {"here": "<!here>", "channel": "<!channel>", "everyone": "<!everyone>"}


def escape(text: str) -> str:
    return "".join(_ESCAPES.get(char, char) for char in text)


def to_tokens(workspace: Workspace, typed: str, *, with_names: bool = False) -> str:
    """Return the text with Slack's tokens. `with_names` writes `<@U0GRACE|grace>`, as slash commands get it."""
    people = _names_of_people(workspace, with_names=with_names)
    channels = {one.name: f"<#{one.id}|{one.name}>" for one in workspace.channels.values() if not one.is_direct}
    written: list[str] = []
    position = 0
    while (found := _INTERESTING.search(typed, position)) is not None:
        written.append(typed[position : found.start()])
        position = found.end()
        text = found.group()
        match found.lastgroup:
            case "mark":
                token, position = _longest(typed, found.end(), people if text == "@" else channels)
                written.append(token or text)
            case "token":
                written.append(text)
            case "url":
                address = text.rstrip(".,;:!?)'\"")
                written.append(f"<{escape(address)}>")
                position -= len(text) - len(address)
            case "email":
                written.append(f"<mailto:{text}|{text}>")
            case _:
                written.append(escape(text))
    return "".join(written) + typed[position:]


def _names_of_people(workspace: Workspace, *, with_names: bool) -> dict[str, str]:
    names: dict[str, str] = {}
    for user in workspace.users.values():
        token = f"<@{user.id}|{user.name}>" if with_names else f"<@{user.id}>"
        for name in (user.name, user.real_name, user.display_name):
            if name:
                names.setdefault(name.lower(), token)
    for group in workspace.groups.values():
        if not group.disabled:
            names[group.handle.lower()] = f"<!subteam^{group.id}|@{group.handle}>"
    return names | _SPECIAL


def _longest(typed: str, start: int, names: dict[str, str]) -> tuple[str, int]:
    """Return the token of the longest name that stands here, and where the text goes on ('' and `start` for none)."""
    lower = typed[start : start + 100].lower()
    for name in sorted(names, key=len, reverse=True):
        rest = lower[len(name) : len(name) + 1]
        if lower.startswith(name) and not (rest.isalnum() or rest in ("_", "-")):
            return names[name], start + len(name)
    return "", start


def to_typed(workspace: Workspace, text: str) -> str:
    """Return the text as one would type it again."""

    def spelled(found: re.Match[str]) -> str:
        kind, name, label = found.groups()
        return _SPELLING[kind](workspace, name, label)

    return unescape(_TOKEN.sub(spelled, text))


def _spelled_user(workspace: Workspace, name: str, label: str | None) -> str:
    user = workspace.users.get(name)
    return f"@{user.name if user else label or name}"


def _spelled_channel(workspace: Workspace, name: str, label: str | None) -> str:
    channel = workspace.channels.get(name)
    return f"#{channel.name if channel else label or name}"


def _spelled_special(workspace: Workspace, name: str, label: str | None) -> str:
    return label or f"@{name.partition('^')[0]}"


def _spelled_link(workspace: Workspace, name: str, label: str | None) -> str:
    return name.removeprefix("mailto:")


_SPELLING: dict[str, Callable[[Workspace, str, str | None], str]] = {
    "@": _spelled_user,
    "#": _spelled_channel,
    "!": _spelled_special,
    "": _spelled_link,
}

"""Find what a step names: people, places, messages, buttons, forms. As people name them, not by ids that change."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox import conversations, interactions
from sandbox.blocks import elements
from sandbox.interactions import Place
from sandbox.messages import QUIET
from sandbox.typed_text import to_typed
from sandbox.workspace import Channel, Json, Message, User, View, Workspace
from sandbox.world import World

FORM = "form"
HOME = "home"
IT = "it"


class NotThere(Exception):
    """What a step names is not there (yet); the sentence says what."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a rule answers to: where it happened, and the message. A plain step has none."""

    channel: Channel | None = None
    message: Message | None = None
    who: User | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """An element, where it stands, and how the client says that."""

    place: Place
    block: Json
    element: Json

    @property
    def address(self) -> Json:
        if self.place.view is not None:
            where: Json = {"view_id": self.place.view.id}
        else:
            assert self.place.channel is not None  # noqa: S101
            assert self.place.message is not None  # noqa: S101
            where = {"channel": self.place.channel.id, "ts": self.place.message.ts}
        return {**where, "block_id": self.block["block_id"], "action_id": self.element["action_id"]}


# Words


def contains(text: str, words: str) -> bool:
    """Say whether the text contains the words, whatever their case and line breaks; * stands for anything."""
    return bool(_pattern(words).search(" ".join(text.split())))


def is_like(name: str, pattern: str) -> bool:
    """Say whether the whole name is like the pattern."""
    return bool(_pattern(pattern).fullmatch(name))


def _pattern(words: str) -> re.Pattern[str]:
    parts = [re.escape(part) for part in " ".join(words.split()).split("*")]
    return re.compile(".*".join(parts), re.IGNORECASE | re.DOTALL)


def text_of(workspace: Workspace, message: Message) -> str:
    """Return all that a reader sees of a message, as one would type it."""
    own = [block for block in message.blocks if block["type"] != "rich_text"]
    parts = [words(own)] if own else [message.text]
    for attachment in message.attachments:
        parts += [str(attachment.get("text", "")), words(attachment.get("blocks") or [])]
    return to_typed(workspace, "\n".join(part for part in parts if part))


def words(value: object) -> str:
    """Return all texts in blocks, in reading order."""
    if isinstance(value, list):
        return "\n".join(part for part in map(words, value) if part)
    if not isinstance(value, dict):
        return ""
    if value.get("type") == "user":
        return f"<@{value['user_id']}>"
    if isinstance(value.get("text"), str):
        return str(value["text"])
    names = ("title", "label", "text", "fields", "elements", "accessory", "element", "hint", "placeholder", "blocks")
    return "\n".join(part for name in names if (part := words(value.get(name))))


# People and places


def person(world: World, name: str) -> User:
    """Return somebody by handle, name or id. Raises `NotThere`."""
    wanted = name.strip().removeprefix("@").lower()
    users = world.workspace.users.values()
    for user in users:
        if wanted in (user.name.lower(), user.id.lower(), user.display_name.lower(), user.real_name.lower()):
            return user
    known = ", ".join(user.name for user in users if not user.deleted)
    raise NotThere(f"There is nobody called {name}. There are {known}.")


def channel(world: World, name: str, *, viewer: User | None, it: Occasion) -> Channel:
    """Return the channel that somebody means: "#incidents", the newest like "#inc-*", "@grace" for a direct message."""
    if name == IT:
        if it.channel is None:
            raise NotThere('Only what a rule does can say "it" for a place.')
        return it.channel
    if name.startswith("@"):
        return _direct(world, name, viewer)
    wanted = name.removeprefix("#")
    workspace = world.workspace
    exact = workspace.channels.get(wanted) or workspace.channel_called(wanted)
    if exact is not None and _is_seen(exact, viewer):
        return exact
    like = [one for one in workspace.channels.values() if not one.is_direct and is_like(one.name, wanted)]
    seen = [one for one in like if _is_seen(one, viewer)]
    if not seen:
        hidden = f" that {viewer.display_name or viewer.name} sees" if viewer and (like or exact) else ""
        raise NotThere(f"There is no channel {name}{hidden}.")
    return newest([one for one in seen if not one.is_archived] or seen)


def newest(channels: list[Channel]) -> Channel:
    """Return the one that was made last; of those of one second, the last that we have."""
    return max(reversed(channels), key=lambda one: one.created)


def _is_seen(one: Channel, viewer: User | None) -> bool:
    return viewer is None or one.is_visible_to(viewer.id)


def _direct(world: World, names: str, viewer: User | None) -> Channel:
    if viewer is None:
        raise NotThere(f'A direct message with {names} has two sides. Say "who" looks.')
    people = [person(world, name) for name in names.split()]
    found, _ = conversations.open_direct(world, [viewer.id, *(one.id for one in people)])
    return found


# Messages


def messages(world: World, where: Channel, text: str, *, viewer: User | None, it: Occasion) -> list[Message]:
    """Return the messages in which these words stand, newest first, with those that only the viewer sees."""
    if text == IT:
        return [it.message] if it.message is not None else []
    seen = [one for one in where.messages.values() if one.subtype not in QUIET]
    if viewer is not None:
        seen += where.ephemerals.get(viewer.id, {}).values()
    seen.sort(key=lambda one: one.ts, reverse=True)
    return [one for one in seen if contains(text_of(world.workspace, one), text)]


def message(world: World, where: Channel, text: str, *, viewer: User | None, it: Occasion, which: int = 1) -> Message:
    found = messages(world, where, text, viewer=viewer, it=it)
    if len(found) < which:
        many = f"{_ordinal(which)} message" if which > 1 else "message"
        raise NotThere(f"There is no {many} with {text!r} in {shown(world, where, viewer)}.")
    return found[which - 1]


def shown(world: World, where: Channel, viewer: User | None) -> str:
    """Return the place's name as people say it."""
    if not where.is_direct:
        return f"#{where.name}"
    others = [one for one in where.members if viewer is None or one != viewer.id] or where.members
    return " ".join(f"@{world.workspace.users[one].name}" for one in others)


def _ordinal(which: int) -> str:
    return {2: "second", 3: "third"}.get(which, f"{which}th")


# Forms, and what can be used


def form(world: World, user: User, title: str) -> View:
    """Return the dialog in front of somebody, if it has this title. Raises `NotThere`."""
    stack = world.stacks.get(user.id, [])
    if not stack:
        raise NotThere(f"No form is open for {user.display_name or user.name}.")
    view = world.views[stack[-1]]
    present = str(view.content["title"]["text"])
    if not is_like(present, title) and not contains(present, title):
        raise NotThere(f"The form that is open for {user.display_name or user.name} is {present!r}, not {title!r}.")
    return view


def surfaces(world: World, where: str, on: str | None, *, viewer: User, it: Occasion) -> Iterator[Place]:
    """Yield where somebody may look for a button: their form or Home tab, or a channel's messages, newest first."""
    if where == FORM:
        yield interactions.view_place(form(world, viewer, "*"))
    elif where == HOME:
        view = world.workspace.homes.get(viewer.id)
        if view is None:
            raise NotThere(f"{viewer.display_name or viewer.name} has no Home tab yet.")
        yield interactions.view_place(view)
    else:
        found = channel(world, where, viewer=viewer, it=it)
        for one in messages(world, found, on or "*", viewer=viewer, it=it):
            if interactions.may_be_used(one):
                yield interactions.message_place(found, one)


def used(places: Iterator[Place], name: str, which: int, *, buttons: bool) -> Found:
    """Return the element that is called so: first by its exact name, else by a part of it. Raises `NotThere`."""
    there = [
        Found(place, block, element)
        for place in places
        for block in place.blocks
        for element in elements(block)
        if (element["type"] == "button") == buttons
    ]
    exact = [one for one in there if name.casefold() in {other.casefold() for other in names_of(one)}]
    found = exact or [one for one in there if any(contains(other, name) for other in names_of(one))]
    if len(found) >= which:
        return found[which - 1]
    what = "button" if buttons else "menu or field"
    known = list(dict.fromkeys(names_of(one)[0] for one in there))[:12]
    raise NotThere(f"There is no {what} {name!r}." + (f" There are {', '.join(map(repr, known))}." if known else ""))


def names_of(found: Found) -> list[str]:
    """Return what people, and programs, may call an element."""
    block, element = found.block, found.element
    texts = [element.get("text"), block.get("label"), element.get("placeholder")]
    named = [str(one["text"]) for one in texts if isinstance(one, dict)]
    if block["type"] == "section" and element["type"] != "button" and block.get("text"):
        named.append(str(block["text"]["text"]))
    return [*named, element["action_id"], *([block["block_id"]] if block["type"] == "input" else [])]

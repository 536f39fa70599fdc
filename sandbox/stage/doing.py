"""Do what a step says, through the same verbs as somebody who clicks and types in the client."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sandbox import interactions
from sandbox.client import VERBS, Act
from sandbox.client.sentences import SENTENCES
from sandbox.errors import ClientError, SlackError
from sandbox.form_values import INPUT_TYPES
from sandbox.interactions import Place
from sandbox.stage import filling, finding
from sandbox.stage.finding import HOME, Found, NotThere, Occasion
from sandbox.stage.reading import Step
from sandbox.workspace import Channel, Json, Message, User
from sandbox.world import World


class Trouble(Exception):
    """A step cannot be done; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A step, who does it, and what it answers to."""

    world: World
    step: Step
    user: User
    it: Occasion

    def more(self, name: str, default: object = None) -> object:
        return self.step.more.get(name, default)

    @property
    def what(self) -> str:
        return self.text(self.step.what)

    @property
    def which(self) -> int:
        return int(self.step.more.get("which", 1))

    def text(self, given: object) -> str:
        """Return the text with what a rule answers to in it."""
        text = str(given)
        if self.it.channel is not None:
            text = text.replace("{channel}", finding.shown(self.world, self.it.channel, self.user))
        if self.it.who is not None:
            text = text.replace("{who}", f"@{self.it.who.name}")
        return text

    def channel(self, name: str = "in", *, of: str | None = None) -> Channel:
        return finding.channel(self.world, of or self.text(self.more(name)), viewer=self.user, it=self.it)

    def own_channel(self, name: str = "in") -> Channel:
        """Return the channel of the step, in which somebody must be to act there."""
        found = self.channel(name)
        if not found.has(self.user.id):
            where = finding.shown(self.world, found, self.user)
            raise NotThere(f"{self.user.display_name or self.user.name} is not in {where}.")
        return found

    def message(self, where: Channel, words: str) -> Message:
        return finding.message(self.world, where, words, viewer=self.user, it=self.it, which=self.which)

    def on(self, where: Channel) -> Json:
        return {"channel": where.id, "ts": self.message(where, self.text(self.more("on"))).ts}

    def element(self, name: str, *, buttons: bool) -> Found:
        places = finding.surfaces(self.world, self.text(self.more("in")), self._on(), viewer=self.user, it=self.it)
        return finding.used(places, name, self.which, buttons=buttons)

    def _on(self) -> str | None:
        return self.text(self.more("on")) if "on" in self.step.more else None

    async def fields(self, place: Place) -> Json:
        fields = {name: self._value(one) for name, one in dict(self.step.more.get("with") or {}).items()}
        return await filling.filled(self.world, self.user, place, fields)

    def _value(self, given: object) -> object:
        if isinstance(given, list):
            return [self.text(one) for one in given]
        return given if given is None else self.text(given)


Order = tuple[str, Json]
Way = Callable[[Scene], Awaitable[list[Order]]]
WAYS: dict[str, Way] = {}


def way(name: str) -> Callable[[Way], Way]:
    """Register how a step of this word is done: as which orders to the client."""

    def register(function: Way) -> Way:
        WAYS[name] = function
        return function

    return register


async def orders(scene: Scene) -> list[Order]:
    """Return the client's verbs and bodies for a step. Raises `NotThere`."""
    return await WAYS[scene.step.action](scene)


async def do(world: World, user: User, verb: str, body: Json) -> Json:
    """Do it as this person. Raises `Trouble` when the client refuses."""
    try:
        return await VERBS[verb](Act(world, user, {"user": user.id, **body}))
    except ClientError as refusal:
        fields = refusal.extras.get("errors") or {}
        under = "".join(f" {name}: {sentence}" for name, sentence in fields.items())
        raise Trouble(f"{refusal}{under}") from refusal
    except SlackError as refusal:
        raise Trouble(SENTENCES.get(refusal.code, refusal.code)) from refusal


# Saying


@way("says")
async def _says(scene: Scene) -> list[Order]:
    where = scene.own_channel()
    body: Json = {"channel": where.id, "text": scene.what}
    if "thread" in scene.step.more:
        parent = scene.message(where, scene.text(scene.more("thread")))
        body["thread_ts"] = parent.thread_ts or parent.ts
        body["broadcast"] = bool(scene.more("broadcast"))
    return [("message.send", body)]


@way("edits")
async def _edits(scene: Scene) -> list[Order]:
    where = scene.own_channel()
    return [("message.edit", {"channel": where.id, "ts": _own(scene, where).ts, "text": scene.text(scene.more("to"))})]


@way("deletes")
async def _deletes(scene: Scene) -> list[Order]:
    where = scene.channel()
    return [("message.delete", {"channel": where.id, "ts": _own(scene, where).ts})]


def _own(scene: Scene, where: Channel) -> Message:
    found = [
        one
        for one in finding.messages(scene.world, where, scene.what, viewer=scene.user, it=scene.it)
        if one.user == scene.user.id or one.ephemeral_to
    ]
    if len(found) < scene.which:
        raise NotThere(f"There is no message of {scene.user.name}'s own with {scene.what!r}.")
    return found[scene.which - 1]


@way("uploads")
async def _uploads(scene: Scene) -> list[Order]:
    body = {"channel": scene.own_channel().id, "name": scene.what, "content": scene.text(scene.more("base64"))}
    kind = scene.text(scene.more("type", "application/octet-stream"))
    return [("file.upload", body | {"mimetype": kind, "text": scene.text(scene.more("says", ""))})]


# On messages


def _on_message(verb: str, *, by_on: bool) -> Way:
    async def do_it(scene: Scene) -> list[Order]:
        where = scene.own_channel()
        if by_on:
            return [(verb, {**scene.on(where), "name": scene.what.strip(":")})]
        return [(verb, {"channel": where.id, "ts": scene.message(where, scene.what).ts})]

    return do_it


for _word, _verb, _by_on in (
    ("reacts", "reaction.add", True),
    ("unreacts", "reaction.remove", True),
    ("pins", "pin.add", False),
    ("unpins", "pin.remove", False),
):
    way(_word)(_on_message(_verb, by_on=_by_on))


# Buttons, menus, forms


@way("clicks")
async def _clicks(scene: Scene) -> list[Order]:
    found = scene.element(scene.what, buttons=True)
    return [("block.act", {**found.address, "values": await scene.fields(found.place)})]


@way("chooses")
async def _chooses(scene: Scene) -> list[Order]:
    found = scene.element(scene.text(scene.more("of")), buttons=False)
    wanted = [scene.text(one) for one in scene.step.what if one]
    several = found.element["type"] in INPUT_TYPES and INPUT_TYPES[found.element["type"]].empty is not None
    value = wanted if several else next(iter(wanted), None)
    entered = await filling.entered_value(scene.world, scene.user, found, value)
    return [("block.act", {**found.address, **entered, "values": await scene.fields(found.place)})]


@way("submits")
async def _submits(scene: Scene) -> list[Order]:
    view = finding.form(scene.world, scene.user, scene.what)
    values = await scene.fields(interactions.view_place(view))
    return [("view.submit", {"view_id": view.id, "values": values})]


@way("closes")
async def _closes(scene: Scene) -> list[Order]:
    return [("view.close", {"view_id": finding.form(scene.world, scene.user, scene.what).id})]


@way("starts")
async def _starts(scene: Scene) -> list[Order]:
    shortcuts = scene.world.manifest.shortcuts.values()
    found = next((one for one in shortcuts if scene.what in (one.callback_id, one.name)), None)
    if found is None:
        known = ", ".join(one.name for one in shortcuts) or "none"
        raise Trouble(f"The app has no shortcut {scene.what!r}. It has {known}.")
    body: Json = {"callback_id": found.callback_id}
    if "in" in scene.step.more:
        where = scene.channel()
        body |= scene.on(where) if "on" in scene.step.more else {"channel": where.id}
    return [("shortcut.run", body)]


@way("opens")
async def _opens(scene: Scene) -> list[Order]:
    return [("home.open", {"tab": HOME})]


# Channels and oneself


def _on_channel(verb: str) -> Way:
    async def do_it(scene: Scene) -> list[Order]:
        return [(verb, {"channel": scene.channel(of=scene.what).id})]

    return do_it


for _word in ("join", "leave", "archive", "unarchive"):
    way(f"{_word}s")(_on_channel(f"channel.{_word}"))


@way("invites")
async def _invites(scene: Scene) -> list[Order]:
    people = [finding.person(scene.world, one).id for one in scene.step.what]
    return [("channel.invite", {"channel": scene.own_channel("to").id, "users": people})]


@way("removes")
async def _removes(scene: Scene) -> list[Order]:
    where = scene.own_channel("from")
    people = [finding.person(scene.world, one).id for one in scene.step.what]
    return [("channel.kick", {"channel": where.id, "member": one}) for one in people]


@way("creates")
async def _creates(scene: Scene) -> list[Order]:
    return [("channel.create", {"name": scene.what.removeprefix("#"), "private": bool(scene.more("private"))})]


@way("renames")
async def _renames(scene: Scene) -> list[Order]:
    where = scene.channel(of=scene.what)
    return [("channel.rename", {"channel": where.id, "name": scene.text(scene.more("to")).removeprefix("#")})]


@way("sets topic")
async def _sets_topic(scene: Scene) -> list[Order]:
    return [("channel.set_topic", {"channel": scene.own_channel().id, "text": scene.what})]


@way("sets purpose")
async def _sets_purpose(scene: Scene) -> list[Order]:
    return [("channel.set_purpose", {"channel": scene.own_channel().id, "text": scene.what})]


@way("sets profile")
async def _sets_profile(scene: Scene) -> list[Order]:
    return [("profile.set", {name: str(value or "") for name, value in scene.step.what.items()})]


@way("bookmarks")
async def _bookmarks(scene: Scene) -> list[Order]:
    body = {"channel": scene.own_channel().id, "title": scene.text(scene.more("title")), "link": scene.what}
    return [("bookmark.add", body | {"emoji": scene.text(scene.more("emoji", ""))})]


@way("unbookmarks")
async def _unbookmarks(scene: Scene) -> list[Order]:
    where = scene.own_channel()
    for mark in where.bookmarks.values():
        if finding.contains(mark.title, scene.what):
            return [("bookmark.remove", {"channel": where.id, "bookmark_id": mark.id})]
    raise NotThere(f"There is no bookmark {scene.what!r} in #{where.name}.")

"""Write down what people do, as steps that can be played again: named as people name things, not by ids that change."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox import cast, interactions
from sandbox.errors import ClientError
from sandbox.form_values import INPUT_TYPES
from sandbox.interactions import Place
from sandbox.stage import filling, finding
from sandbox.stage.filling import Unreadable
from sandbox.stage.finding import FORM, HOME, NotThere, Occasion
from sandbox.typed_text import to_typed
from sandbox.workspace import Channel, Json, Message, User
from sandbox.world import World

MOST_STEPS = 2000
MOST_FILE = 100_000
SHORTEST, LONGEST = 12, 60  # of the words that name a message
FIRST_CHANNELS = frozenset(one.name for one in cast.first_day(0).channels.values())
# A number of its own, as in INC-7: it differs next time. That of a word, as in 500s or p95, does not.
_NUMBER = re.compile(r"(?<![^\W_])\d+(?![^\W_])")


@dataclass(slots=True)
class Sketch:
    """What somebody is about to do: its step if it can be written down, else why not."""

    began: float
    step: Json | None = None
    lost: str = ""


@dataclass(slots=True)
class Recording:
    steps: list[Json] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    scripts: set[str] = field(default_factory=set)  # by which some of it was done
    ended: float = 0.0


class Recorder:
    """Where the client's orders pass by. It writes nothing while it is off."""

    def __init__(self, world: World, changed: Callable[[], None]) -> None:
        self._world, self._changed = world, changed
        self.recording: Recording | None = None

    @property
    def is_on(self) -> bool:
        return self.recording is not None

    def start(self) -> None:
        self.recording = Recording(ended=time.monotonic())
        self._changed()

    def stop(self) -> Recording:
        found = self.recording or Recording()
        self.recording = None
        self._changed()
        return found

    def sketch(self, user: User, verb: str, body: Json) -> Sketch | None:
        """Describe what somebody is about to do, while what it names is still there."""
        if self.recording is None or verb not in _WRITERS:
            return None
        sketch = Sketch(time.monotonic())
        try:
            step = _WRITERS[verb](_Writer(self._world, user, body))
            sketch.step = {"who": user.name, **step} if step else None
        except (NotThere, Unreadable, ClientError, KeyError, ValueError) as reason:
            sketch.lost = f"{user.name}: {verb} ({reason})"
        return sketch

    def keep(self, sketch: Sketch | None, *, script: str = "") -> None:
        """Note it, now that it has worked; with the script, when that did it."""
        recording = self.recording
        if sketch is None or recording is None or len(recording.steps) >= MOST_STEPS:
            return
        if script:
            recording.scripts.add(script)
        if sketch.lost:
            recording.lost.append(sketch.lost)
        if sketch.step is not None:
            # People are never faster than the answer they wait for; a script that overlaps is.
            pause = max(0.0, round(sketch.began - recording.ended, 1))
            recording.steps.append({**({"after": pause} if pause else {}), **sketch.step})
            recording.ended = time.monotonic()
        self._changed()


@dataclass(frozen=True, slots=True)
class _Writer:
    """One order of somebody, and how to name what it is about."""

    world: World
    user: User
    body: Json

    def channel(self) -> Channel:
        given = str(self.body["channel"])
        workspace = self.world.workspace
        found = workspace.channels.get(given) or workspace.channel_called(given)
        if found is None:
            raise NotThere(given)
        return found

    def place(self, where: Channel | None = None) -> str:
        """Return the channel's name, with stars for the numbers when it was made later: next time they differ."""
        where = where or self.channel()
        name = finding.shown(self.world, where, self.user)
        if where.is_direct or where.name in FIRST_CHANNELS:
            return name
        like = _NUMBER.sub("*", name)
        return like if self._means(like, where) else name

    def _means(self, name: str, where: Channel) -> bool:
        try:
            return finding.channel(self.world, name, viewer=self.user, it=Occasion()) is where
        except NotThere:
            return False

    def message(self, ts: str | None = None, *, own: bool = False) -> tuple[str, int]:
        """Return words that name the message, and which one it is among those that have them, newest first."""
        where = self.channel()
        wanted = ts or str(self.body["ts"])
        found = where.messages.get(wanted) or where.ephemerals.get(self.user.id, {}).get(wanted)
        if found is None:
            raise NotThere("the message is gone")
        text = " ".join(finding.text_of(self.world.workspace, found).replace("*", " ").split())
        best: tuple[str, int] | None = None
        for words in _wordings(text, by_app=found.bot_id is not None):
            place = self._place_among(where, found, words, own=own)
            if place is not None and (best is None or place < best[1]):
                best = words, place
        if best is None:
            raise NotThere("the message cannot be named")
        return best

    def _place_among(self, where: Channel, wanted: Message, words: str, *, own: bool) -> int | None:
        there = finding.messages(self.world, where, words, viewer=self.user, it=Occasion())
        there = [one for one in there if not own or one.user == self.user.id or one.ephemeral_to]
        return there.index(wanted) + 1 if wanted in there else None

    def about(self, word: str, *, own: bool = False) -> Json:
        """Return a step about one message: `pins: words`."""
        words, which = self.message(own=own)
        return {word: words, "in": self.place(), **_which(which)}

    def on(self, *, ts: str | None = None, word: str = "on") -> Json:
        words, which = self.message(ts)
        return {word: words, **_which(which)}

    def surface(self) -> Place:
        if "view_id" in self.body:
            return interactions.view_place(self.world.views[str(self.body["view_id"])])
        where = self.channel()
        ts = str(self.body["ts"])
        return interactions.message_place(where, where.messages.get(ts) or where.ephemerals[self.user.id][ts])

    def fields(self, place: Place) -> Json:
        changed = filling.changed_fields(self.world, place, self.body.get("values") or {})
        return {"with": changed} if changed else {}


def _which(place: int) -> Json:
    return {"which": place} if place > 1 else {}


def _wordings(text: str, *, by_app: bool) -> list[str]:
    """Return what may name a message with this text: its first words, more of them, all; an app's numbers as stars."""
    cuts = [
        text[:length].rpartition(" ")[0] or text[:length] for length in (SHORTEST * 2, LONGEST) if len(text) > length
    ]
    wordings = [*cuts, text[: LONGEST * 3]]
    starred = [_NUMBER.sub("*", one) for one in wordings]
    return starred + wordings if by_app else wordings + starred


# What each verb is as a step

Write = Callable[[_Writer], Json | None]


def _send(writer: _Writer) -> Json | None:
    text = str(writer.body.get("text", ""))
    if writer.body.get("files"):
        raise Unreadable("files")
    if writer.body.get("raw"):
        text = to_typed(writer.world.workspace, text)
    step: Json = {"says": text, "in": writer.place()}
    if thread := writer.body.get("thread_ts"):
        step |= writer.on(ts=str(thread), word="thread")
        step |= {"broadcast": True} if writer.body.get("broadcast") else {}
    return step


def _upload(writer: _Writer) -> Json | None:
    body = writer.body
    if len(str(body["content"])) > MOST_FILE:
        raise Unreadable("a file this large")
    says = {"says": body["text"]} if body.get("text") else {}
    kind = {"type": body["mimetype"]} if body.get("mimetype") else {}
    return {"uploads": body["name"], "in": writer.place(), "base64": body["content"], **kind, **says}


def _act(writer: _Writer) -> Json | None:
    place = writer.surface()
    _, element = interactions.find_element(place, str(writer.body["block_id"]), str(writer.body["action_id"]))
    is_button = element["type"] == "button"
    where = (HOME if place.view.kind == "home" else FORM) if place.view else writer.place()
    found = finding.Found(place, *interactions.find_element(place, writer.body["block_id"], writer.body["action_id"]))
    for name in finding.names_of(found):
        for on in ({}, *([] if place.view else [writer.on()])):
            step = _use(writer, found, name, where, on.get("on"), is_button=is_button)
            if step is not None:
                return {**step, **writer.fields(place)}
    raise NotThere("what was used cannot be named")


def _use(
    writer: _Writer, found: finding.Found, name: str, where: str, on: str | None, *, is_button: bool
) -> Json | None:
    """Return the step when the element is among the first with this name: looked for as the player looks for it."""
    for which in range(1, 6 if on is not None or where in (FORM, HOME) else 2):
        surfaces = finding.surfaces(writer.world, where, on, viewer=writer.user, it=Occasion())
        try:
            same = finding.used(surfaces, name, which, buttons=is_button)
        except NotThere:
            return None
        if same.address != found.address:
            continue
        words: Json = {"clicks": name} if is_button else {"chooses": _chosen(writer, found), "of": name}
        return {**words, "in": where, **({"on": on} if on is not None else {}), **_which(which)}
    return None


def _chosen(writer: _Writer, found: finding.Found) -> object:
    kind = INPUT_TYPES.get(found.element["type"])
    field_name = kind.field if kind else "selected_option"
    value = filling.readable(writer.world, field_name, writer.body.get(field_name))
    return "" if value is None else value


def _submit(writer: _Writer) -> Json | None:
    place = writer.surface()
    return {"submits": _title(place), **writer.fields(place)}


def _close(writer: _Writer) -> Json | None:
    return {"closes": _title(writer.surface())}


def _title(place: Place) -> str:
    assert place.view is not None  # noqa: S101
    return _NUMBER.sub("*", str(place.view.content["title"]["text"]))


def _shortcut(writer: _Writer) -> Json | None:
    found = writer.world.manifest.shortcuts[str(writer.body["callback_id"])]
    where = {"in": writer.place()} if writer.body.get("channel") else {}
    return {"starts": found.name, **where, **(writer.on() if where and writer.body.get("ts") else {})}


def _home(writer: _Writer) -> Json | None:
    return {"opens": HOME} if writer.body.get("tab", HOME) == HOME else None


def _names(writer: _Writer, ids: object) -> list[str]:
    users = writer.world.workspace.users
    return [users[str(one)].name for one in ids] if isinstance(ids, list) else []


def _reaction(word: str) -> Write:
    return lambda writer: {word: str(writer.body["name"]).strip(":"), **writer.on(), "in": writer.place()}


def _bookmark_gone(writer: _Writer) -> Json | None:
    mark = writer.channel().bookmarks[str(writer.body["bookmark_id"])]
    return {"unbookmarks": mark.title, "in": writer.place()}


_WRITERS: dict[str, Write] = {
    "message.send": _send,
    "message.edit": lambda writer: {**writer.about("edits", own=True), "to": writer.body["text"]},
    "message.delete": lambda writer: writer.about("deletes", own=True),
    "file.upload": _upload,
    "reaction.add": _reaction("reacts"),
    "reaction.remove": _reaction("unreacts"),
    "pin.add": lambda writer: writer.about("pins"),
    "pin.remove": lambda writer: writer.about("unpins"),
    "block.act": _act,
    "view.submit": _submit,
    "view.close": _close,
    "shortcut.run": _shortcut,
    "home.open": _home,
    "channel.create": lambda writer: {
        "creates": writer.body["name"],
        **({"private": True} if writer.body.get("private") else {}),
    },
    "channel.join": lambda writer: {"joins": writer.place()},
    "channel.leave": lambda writer: {"leaves": writer.place()},
    "channel.archive": lambda writer: {"archives": writer.place()},
    "channel.unarchive": lambda writer: {"unarchives": writer.place()},
    "channel.invite": lambda writer: {"invites": _names(writer, writer.body["users"]), "to": writer.place()},
    "channel.kick": lambda writer: {"removes": _names(writer, [writer.body["member"]]), "from": writer.place()},
    "channel.rename": lambda writer: {"renames": writer.place(), "to": writer.body["name"]},
    "channel.set_topic": lambda writer: {"sets topic": writer.body["text"], "in": writer.place()},
    "channel.set_purpose": lambda writer: {"sets purpose": writer.body["text"], "in": writer.place()},
    "bookmark.add": lambda writer: {
        "bookmarks": writer.body["link"],
        "title": writer.body["title"],
        "in": writer.place(),
        **({"emoji": writer.body["emoji"]} if writer.body.get("emoji") else {}),
    },
    "bookmark.remove": _bookmark_gone,
    "profile.set": lambda writer: {
        "sets profile": {name: value for name, value in writer.body.items() if name != "user"}
    },
}

"""Play a script: steps one after the other, rules whenever something happens that they answer to.

speed 2       twice as fast as it is written
speed "fast"  as fast as the app answers: each step when nothing has moved for a moment
speed "step"  one step each time somebody asks for it, in the order in which they are due
"""

import asyncio
import heapq
import itertools
from collections import Counter
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal

from sandbox.messages import QUIET
from sandbox.news import ChannelMade, FormOpened, Item, Posted, WasReset
from sandbox.stage import doing, expecting, finding
from sandbox.stage.doing import Scene, Trouble
from sandbox.stage.finding import FORM, HOME, NotThere, Occasion
from sandbox.stage.reading import Rule, Script, ScriptError, Step
from sandbox.stage.recording import Recorder
from sandbox.typed_text import to_typed
from sandbox.workspace import Channel, Json, User
from sandbox.world import World

Speed = float | Literal["fast", "step"]

PATIENCE = 15.0  # seconds until something that is not there is called missing
LOOKS_EVERY = 0.1
QUIET_FOR = 0.2
TYPES_FOR = 2.0
MOST_LINES = 1000
MOST_CHAINS = 100

# True while a script acts: what it says must not start its own rules, or those of another script.
_scripted: ContextVar[bool] = ContextVar("scripted", default=False)


@dataclass(order=True, slots=True)
class _Turn:
    """A step that waits to be done, where somebody else decides when."""

    due: float
    number: int
    step: Step = field(compare=False)
    go: asyncio.Future[None] = field(compare=False)
    done: asyncio.Future[None] = field(compare=False)


class Play:
    def __init__(
        self,
        world: World,
        recorder: Recorder,
        script: Script,
        *,
        number: int,
        speed: Speed,
        when_watched: bool,
        changed: Callable[[], None],
    ) -> None:
        self.id = number
        self.script = script
        self.speed = speed
        self.state = "waiting" if when_watched else "playing"
        self.step: Step | None = None
        self.caption: Json | None = None
        self.problems: list[str] = []
        self.lines: list[Json] = []
        self._world, self._recorder, self._changed = world, recorder, changed
        self._started = 0.0
        self._now = 0.0  # where no clock decides: when the step that was done last was due
        self._numbers = itertools.count()
        self._turns: list[_Turn] = []
        self._turn_waits = asyncio.Event()
        self._chains: set[asyncio.Task[None]] = set()
        self._fired: Counter[tuple[int, str]] = Counter()
        self._done_steps = 0
        self._task: asyncio.Task[None] | None = None

    # Starting and stopping

    async def start(self) -> None:
        check_people(self._world, self.script)
        self._task = asyncio.create_task(self._run())
        await _what_follows()

    def stop(self, why: str = "stopped") -> None:
        if self.is_over:
            return
        self.state = why
        for task in (*self._chains, self._task):
            if task is not None:
                task.cancel()
        self._turns.clear()
        self.caption = None
        self._changed()

    @property
    def is_over(self) -> bool:
        return self.state not in ("waiting", "playing")

    def shape(self, *, since: int = 0) -> Json:
        return {
            "id": self.id,
            "name": self.script.name,
            "about": self.script.about,
            "next": self.script.next,
            "state": self.state,
            "speed": self.speed,
            "done": self._done_steps,
            "steps": len(self.script.steps),
            "rules": len(self.script.rules),
            "doing": tell(self._world, self.step) if self.step else "",
            "due": len(self._turns),
            "caption": self.caption,
            "problems": self.problems,
            "lines": self.lines[since:],
            "next_line": len(self.lines),
        }

    # Running

    async def _run(self) -> None:
        while self.state == "waiting" and not self._world.hub.watchers():
            await asyncio.sleep(LOOKS_EVERY)
        self.state = "playing"
        self._started = asyncio.get_running_loop().time()
        self._changed()
        for rule in self.script.rules:
            self._begin_with_what_is_there(rule)
        driver = asyncio.create_task(self._drive()) if self.speed == "fast" else None
        try:
            await self._chain(self.script.steps, Occasion())
            while self._chains:
                await asyncio.wait(set(self._chains))
            if not self.script.steps:
                await asyncio.Event().wait()  # Until somebody stops it.
            self._end("finished")
        except Trouble as trouble:
            self._complain(str(trouble))
            self._end("failed")
        finally:
            if driver is not None:
                driver.cancel()

    def _end(self, state: str) -> None:
        self.state = state
        for chain in self._chains:
            chain.cancel()
        self.step = None
        self._changed()

    async def _chain(self, steps: tuple[Step, ...], it: Occasion, *, rule: Rule | None = None) -> None:
        clock = self._elapsed()
        for step in steps:
            clock = max(clock + step.after, step.at or 0.0)
            turn = await self._turn(step, clock, it)
            try:
                if rule is not None and it.channel is not None and self._is_over_in(it.channel, rule):
                    return
                await self._do(step, it)
            finally:
                if turn is not None and not turn.done.done():
                    turn.done.set_result(None)
            clock = self._elapsed()
            if steps is self.script.steps:
                self._done_steps += 1
            self._changed()

    async def _answer(self, rule: Rule, it: Occasion) -> None:
        try:
            await self._chain(rule.steps, it, rule=rule)
        except Trouble as trouble:
            self._complain(str(trouble))

    def _elapsed(self) -> float:
        """Return how many of the script's seconds have passed."""
        if isinstance(self.speed, str):
            return self._now
        return (asyncio.get_running_loop().time() - self._started) * self.speed

    # Whose turn it is

    async def _turn(self, step: Step, due: float, it: Occasion) -> _Turn | None:
        if not isinstance(self.speed, str):
            await self._wait_until(step, due, it)
            return None
        loop = asyncio.get_running_loop()
        turn = _Turn(due, next(self._numbers), step, loop.create_future(), loop.create_future())
        heapq.heappush(self._turns, turn)
        self._turn_waits.set()
        await turn.go
        self._now = max(self._now, due)
        return turn

    async def _wait_until(self, step: Step, due: float, it: Occasion) -> None:
        assert not isinstance(self.speed, str)  # noqa: S101
        left = (due - self._elapsed()) / self.speed
        if step.action == "says" and not str(step.what).startswith("/") and left > 0:
            typing = min(left, TYPES_FOR / self.speed)
            await asyncio.sleep(left - typing)
            self._show_typing(step, it)
            left = typing
        if left > 0:
            await asyncio.sleep(left)

    def _show_typing(self, step: Step, it: Occasion) -> None:
        try:
            scene = self._scene(step, it)
            where = scene.channel()
        except NotThere:
            return
        push = {"type": "typing", "channel": where.id, "user": scene.user.id}
        self._world.hub.push([one for one in where.members if one != scene.user.id], push)

    async def take_turn(self) -> bool:
        """Do the step that is due next. Say whether there was one."""
        if not self._turns:
            return False
        turn = heapq.heappop(self._turns)
        turn.go.set_result(None)
        await asyncio.wait({turn.done, *([self._task] if self._task else [])}, return_when=asyncio.FIRST_COMPLETED)
        await _what_follows()
        return True

    async def _drive(self) -> None:
        while True:
            self._turn_waits.clear()
            if not self._turns:
                await self._turn_waits.wait()
            if self._turns[0].step.action not in ("caption", "look"):
                await self._until_quiet()
            await self.take_turn()

    async def _until_quiet(self) -> None:
        """Wait until the app has been at rest for a moment; not for ever."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE
        rest_began, moves = loop.time(), self._world.activity.begun
        while loop.time() < deadline and loop.time() - rest_began < QUIET_FOR:
            await asyncio.sleep(QUIET_FOR / 6)
            if self._world.activity.count or self._world.activity.begun != moves:
                rest_began, moves = loop.time(), self._world.activity.begun

    # Doing

    async def _do(self, step: Step, it: Occasion) -> None:
        self.step = step
        kind = step.action if step.action in ("caption", "look", "expect") else "step"
        self._tell(kind, tell(self._world, step))
        self._changed()
        loop = asyncio.get_running_loop()
        patience = 0.0 if self.speed == "step" else float(step.more.get("within", PATIENCE))
        deadline = loop.time() + patience
        while True:
            try:
                await self._try(step, it)
            except NotThere as missing:
                if loop.time() >= deadline:
                    raise Trouble(f"{self._where(step)}: {missing}") from missing
                await asyncio.sleep(LOOKS_EVERY)
            except Trouble as trouble:
                raise Trouble(f"{self._where(step)}: {tell(self._world, step)}: {trouble}") from trouble
            else:
                return

    async def _try(self, step: Step, it: Occasion) -> None:
        match step.action:
            case "expect":
                viewer = finding.person(self._world, step.more["who"]) if "who" in step.more else None
                expecting.check(self._world, step, viewer=viewer, it=it)
            case "caption":
                self._show_caption(step, it)
            case "look":
                self._look(str(step.what), step.more.get("on"), it)
            case _:
                await self._act(self._scene(step, it))

    def _scene(self, step: Step, it: Occasion) -> Scene:
        return Scene(self._world, step, finding.person(self._world, step.who), it)

    async def _act(self, scene: Scene) -> None:
        for verb, body in await doing.orders(scene):
            sketch = self._recorder.sketch(scene.user, verb, body)
            token = _scripted.set(True)
            try:
                await doing.do(self._world, scene.user, verb, body)
            finally:
                _scripted.reset(token)
            self._recorder.keep(sketch, script=self.script.title)

    def _where(self, step: Step) -> str:
        return f"{self.script.name}, line {step.line} ({step.name})"

    # Telling

    def _tell(self, kind: str, text: str) -> None:
        if len(self.lines) < MOST_LINES:
            self.lines.append({"at": round(self._elapsed(), 1), "kind": kind, "text": text})

    def _complain(self, sentence: str) -> None:
        self.problems.append(sentence)
        self._tell("problem", sentence)
        self._changed()

    def _show_caption(self, step: Step, it: Occasion) -> None:
        if "look" in step.more:
            self._look(step.more["look"], step.more.get("on"), it)
        self.caption = {"text": str(step.what), "link": self._link(step, it)}

    def _link(self, step: Step, it: Occasion) -> Json | None:
        """Return the bookmark that the caption points at."""
        wanted = step.more.get("link")
        if wanted is None:
            return None
        where = finding.channel(self._world, str(step.more.get("in", "it")), viewer=None, it=it)
        for mark in where.bookmarks.values():
            if finding.contains(mark.title, wanted):
                return {"title": mark.title, "url": mark.link}
        raise NotThere(f"There is no bookmark {wanted!r} in #{where.name}.")

    def _look(self, place: str, on: str | None, it: Occasion) -> None:
        hub = self._world.hub
        if place in (HOME, FORM):
            hub.push_all({"type": "look", "place": place})
            return
        where = finding.channel(self._world, place, viewer=None, it=it)
        look: Json = {"type": "look", "channel": where.id}
        if on is not None:
            found = finding.message(self._world, where, on, viewer=None, it=it)
            look |= {"ts": found.ts, "thread_ts": found.thread_ts}
        hub.push([one for one in hub.watchers() if where.is_visible_to(one)], look)

    # Rules

    def hear(self, item: Item) -> None:
        """Answer what has just happened, where a rule says so."""
        if self.state != "playing":
            return
        match item:
            case WasReset():
                self.stop("stopped")
            case ChannelMade(channel):
                self._fire_all(
                    "channel", lambda rule: self._is_named(channel, rule.like), channel.id, Occasion(channel)
                )
            case Posted(channel, message):
                author = self._world.workspace.users.get(message.user)
                if author is not None and not _scripted.get() and message.subtype not in QUIET:
                    it = Occasion(channel, message, author)
                    self._fire_all("message", lambda rule: self._is_meant(rule, it), channel.id, it)
            case FormOpened(view):
                user = self._world.workspace.users[view.user]
                title = str(view.content["title"]["text"])
                self._fire_all("form", lambda rule: self._is_form(rule, title, user), user.id, Occasion(who=user))

    def _begin_with_what_is_there(self, rule: Rule) -> None:
        if rule.kind != "channel" or not rule.more.get("already"):
            return
        there = [one for one in self._world.workspace.channels.values() if not one.is_archived]
        named = [one for one in there if self._is_named(one, rule.like) and not self._is_over_in(one, rule)]
        if named:
            newest = finding.newest(named)
            self._fire(rule, newest.id, Occasion(newest))

    def _fire_all(self, kind: str, matches: Callable[[Rule], bool], key: str, it: Occasion) -> None:
        for rule in self.script.rules:
            if rule.kind == kind and matches(rule):
                self._fire(rule, key, it)

    def _fire(self, rule: Rule, key: str, it: Occasion) -> None:
        total = sum(count for (line, _), count in self._fired.items() if line == rule.line)
        if total >= rule.times or self._fired[rule.line, key] >= rule.each or len(self._chains) >= MOST_CHAINS:
            return
        self._fired[rule.line, key] += 1
        chain = asyncio.create_task(self._answer(rule, it))
        self._chains.add(chain)
        chain.add_done_callback(self._chains.discard)

    def _is_over_in(self, channel: Channel, rule: Rule) -> bool:
        topic = to_typed(self._world.workspace, channel.topic.value)
        return any(finding.contains(topic, one) for one in rule.more.get("until topic", ()))

    def _is_named(self, channel: Channel, like: tuple[str, ...]) -> bool:
        return not channel.is_direct and any(finding.is_like(channel.name, one.removeprefix("#")) for one in like)

    def _is_meant(self, rule: Rule, it: Occasion) -> bool:
        channel, message, author = it.channel, it.message, it.who
        assert channel is not None and message is not None and author is not None  # noqa: S101, PT018
        if ("in" in rule.more and not self._is_in(channel, str(rule.more["in"]))) or self._is_over_in(channel, rule):
            return False
        if message.is_reply and not rule.more.get("thread"):
            return False
        if "from" in rule.more:
            if author is not finding.person(self._world, rule.more["from"]):
                return False
        elif author.is_bot:
            return False
        text = finding.text_of(self._world.workspace, message)
        return any(finding.contains(text, one) for one in rule.like)

    def _is_in(self, channel: Channel, place: str) -> bool:
        if not place.startswith("@"):
            return self._is_named(channel, (place,))
        return channel.is_direct and finding.person(self._world, place).id in channel.members

    def _is_form(self, rule: Rule, title: str, user: User) -> bool:
        if "for" in rule.more and finding.person(self._world, rule.more["for"]) is not user:
            return False
        return any(finding.is_like(title, one) or finding.contains(title, one) for one in rule.like)


async def _what_follows() -> None:
    """Let what was begun take its place in the queue, or end: that takes a few turns of the loop."""
    for _ in range(5):
        await asyncio.sleep(0)


def check_people(world: World, script: Script) -> None:
    """Raise `ScriptError` when the script names somebody who is not here."""
    named = [(step.line, one) for step in script.everything() for one in _people(step)]
    named += [(rule.line, rule.more[word]) for rule in script.rules for word in ("from", "for") if word in rule.more]
    for line, name in named:
        try:
            user = finding.person(world, name)
        except NotThere as missing:
            raise ScriptError(f"{script.name}, line {line}: {missing}") from None
        if user.deleted:
            raise ScriptError(f"{script.name}, line {line}: {user.real_name} has been deactivated.")
    for step in script.everything():
        if step.who and finding.person(world, step.who).is_bot:
            raise ScriptError(f"{script.name}, line {step.line}: {step.who} is an app. Scripts play people.")


def _people(step: Step) -> list[str]:
    several = [*(step.what if step.action in ("invites", "removes") else []), *step.more.get("members", [])]
    return [one for one in (step.who, step.more.get("who"), *several) if one]


def tell(world: World, step: Step) -> str:
    """Return a step as a sentence: `Ada says "Hello" in #general`."""
    if step.action == "caption":
        return str(step.what)
    what = ", ".join(map(str, step.what)) if isinstance(step.what, list | dict) else str(step.what)
    what = " ".join(what.split())
    what = what if len(what) <= 100 else f"{what[:99]}…"
    quoted = f'"{what}"' if step.action in ("says", "clicks", "submits", "closes", "pins", "edits", "deletes") else what
    parts = [_name(world, step.who), step.action, quoted]
    parts += [f"{word} {step.more[word]}" for word in ("on", "of", "in", "to", "from", "look") if word in step.more]
    if step.action == "expect":
        seen = {word: one for word, one in step.more.items() if word not in ("on", "within", "which")}
        parts += [f"{word} {', '.join(one) if isinstance(one, list) else one}" for word, one in seen.items()]
    return " ".join(part for part in parts if part)


def _name(world: World, handle: str) -> str:
    try:
        user = finding.person(world, handle)
    except NotThere:
        return handle
    return user.display_name or user.real_name

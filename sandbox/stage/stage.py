"""The plays that are on, the recording, and the scripts to choose from; and `/sandbox/…` for all of it."""

import itertools
from typing import cast as as_type

from aiohttp import web
from aiohttp.web import UrlDispatcher

from sandbox.news import Item, WasReset
from sandbox.stage.library import SHIPPED, Library
from sandbox.stage.playing import Play, Speed
from sandbox.stage.reading import ScriptError, read_script
from sandbox.stage.recording import Recorder, Recording
from sandbox.stage.writing import write_script
from sandbox.verbs import Verb, answering
from sandbox.workspace import Json
from sandbox.world import World

MOST_ON = 20
REMEMBERED = 20
FASTEST, SLOWEST = 1000.0, 0.1


class Stage:
    def __init__(self, world: World) -> None:
        config = world.config
        kept = config.data_dir / "scripts" if config.data_dir else None
        self._world = world
        self.library = Library((SHIPPED, *config.scripts), kept)
        self.recorder = Recorder(world, self._show)
        self.plays: list[Play] = []
        self._numbers = itertools.count(1)
        world.news.listen(self._hear)

    def add_routes(self, router: UrlDispatcher) -> None:
        get: dict[str, Verb] = {
            "scripts": self.list_scripts,
            "plays": self.list_plays,
            "plays/{id}": self.show_play,
            "recording": self.show_recording,
        }
        post: dict[str, Verb] = {
            "scripts/{name}": self.keep_script,
            "scripts/{name}/delete": self.delete_script,
            "plays": self.start_play,
            "plays/{id}/stop": self.stop_play,
            "plays/{id}/step": self.step_play,
            "recording": self.record,
        }
        router.add_get("/sandbox/scripts/{name}", self.download)
        for name, verb in get.items():
            router.add_get(f"/sandbox/{name}", answering(verb))
        for name, verb in post.items():
            router.add_post(f"/sandbox/{name}", answering(verb))

    async def close(self, app: web.Application) -> None:
        for play in self.plays:
            play.stop()

    def _hear(self, item: Item) -> None:
        for play in list(self.plays):
            play.hear(item)
        if isinstance(item, WasReset) and self.recorder.is_on:
            self.recorder.start()  # What was recorded happened in a workspace that is gone.

    def _show(self) -> None:
        self._world.hub.push_all({"type": "stage", **self.shape()})

    def shape(self) -> Json:
        recording = self.recorder.recording
        return {
            "plays": [{**play.shape(), "lines": play.lines[-3:]} for play in self.plays],
            "recording": None if recording is None else {"steps": len(recording.steps), "lost": len(recording.lost)},
        }

    # Scripts

    async def list_scripts(self, http: web.Request, body: Json) -> Json:
        return {"scripts": [one.shape() for one in self.library.entries()], **self.shape()}

    async def download(self, http: web.Request) -> web.Response:
        name = http.match_info["name"]
        try:
            entry = self.library.find(name)
        except ScriptError as wrong:
            raise web.HTTPNotFound(text=str(wrong)) from wrong
        headers = {"Content-Disposition": f'attachment; filename="{entry.name}.yaml"'}
        return web.Response(text=entry.text, content_type="application/yaml", headers=headers)

    async def keep_script(self, http: web.Request, body: Json) -> Json:
        return {"script": self.library.keep(http.match_info["name"], _text(body, "text")).shape()}

    async def delete_script(self, http: web.Request, body: Json) -> Json:
        self.library.delete(http.match_info["name"])
        return {}

    # Plays

    async def list_plays(self, http: web.Request, body: Json) -> Json:
        return self.shape()

    async def show_play(self, http: web.Request, body: Json) -> Json:
        return {"play": self._find(http).shape(since=int(http.query.get("since", 0)))}

    async def start_play(self, http: web.Request, body: Json) -> Json:
        """Start a script of the library, or the one that comes along."""
        if "text" in body:
            script = read_script(_text(body, "text"), name=str(body.get("name") or "script.yaml"))
        else:
            script = self.library.find(_text(body, "script")).script()
        if sum(not play.is_over for play in self.plays) >= MOST_ON:
            raise ScriptError(f"{MOST_ON} scripts are playing already. Stop one first.")
        speed = _speed(body.get("speed", 1))
        if body.get("reset"):
            await self._world.reset(keep_faults=True)
        play = Play(
            self._world,
            self.recorder,
            script,
            number=next(self._numbers),
            speed=speed,
            when_watched=bool(body.get("when_watched")),
            changed=self._show,
        )
        for other in self.plays:
            if other.script.title in script.instead_of:
                other.stop()
        await play.start()
        over = [one for one in self.plays if one.is_over]
        self.plays = [one for one in self.plays if one not in over[: len(over) - REMEMBERED]] if over else self.plays
        self.plays.append(play)
        self._show()
        return {"play": play.shape()}

    async def stop_play(self, http: web.Request, body: Json) -> Json:
        play = self._find(http)
        play.stop()
        return {"play": play.shape()}

    async def step_play(self, http: web.Request, body: Json) -> Json:
        play = self._find(http)
        if play.speed != "step":
            raise ValueError('Only a play that was started with {"speed": "step"} waits for its next step.')
        moved = await play.take_turn()
        return {"moved": moved, "play": play.shape(since=int(body.get("since", 0)))}

    def _find(self, http: web.Request) -> Play:
        for play in self.plays:
            if str(play.id) == http.match_info["id"]:
                return play
        raise ValueError("There is no such play.")

    # Recording

    async def show_recording(self, http: web.Request, body: Json) -> Json:
        recording = self.recorder.recording
        text = _written("Recording", recording) if recording else None
        return {"recording": self.shape()["recording"], "text": text}

    async def record(self, http: web.Request, body: Json) -> Json:
        """Start recording, or stop and keep what was recorded when it has a name."""
        if not isinstance(body.get("on"), bool):
            raise ValueError('Say {"on": true} to record, {"on": false, "name": "monday"} to stop and keep it.')
        if body["on"]:
            if self.recorder.is_on:
                raise ValueError("It is recording already.")
            self.recorder.start()
            return {"recording": self.shape()["recording"]}
        recording = self.recorder.recording
        if recording is None:
            raise ValueError("It is not recording.")
        if not recording.steps:
            self.recorder.stop()
            return {"script": None, "text": None, "recording": None}
        about = str(body.get("about") or "What people did in the sandbox.")
        text = _written(about, recording)
        # Kept before it stops: a name that is taken must not cost the recording.
        kept = self.library.keep(str(body["name"]), text).shape() if body.get("name") else None
        self.recorder.stop()
        return {"script": kept, "text": text, "recording": None}


def _written(about: str, recording: Recording) -> str:
    return write_script(about, recording.steps, recording.lost, instead_of=recording.scripts)


def _text(body: Json, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise ValueError(f"{name} is missing.")
    return value


def _speed(given: object) -> Speed:
    if given in ("fast", "step"):
        return as_type(Speed, given)
    if isinstance(given, bool) or not isinstance(given, int | float) or not SLOWEST <= given <= FASTEST:
        raise ValueError(f'speed is a number from {SLOWEST:g} to {FASTEST:g}, "fast" or "step".')
    return float(given)

"""`python -m sandbox replay FILE` and its neighbours: scripts from the command line, asked of a sandbox that runs."""

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox.stage.reading import ScriptError, read_script

ASKS_EVERY = 0.2
PATIENCE = 30
Speed = float | str


class NoAnswer(Exception):
    """The sandbox refused, or is not there; the sentence says which."""


class Caller:
    """Asks a sandbox over HTTP."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    def get(self, path: str) -> dict[str, Any]:
        return self._ask(path, None)

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        return self._ask(path, json.dumps(body).encode())

    def _ask(self, path: str, body: bytes | None) -> dict[str, Any]:
        request = urllib.request.Request(f"{self._url}/sandbox/{path}", data=body)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
                found: dict[str, Any] = json.load(answer)
                return found
        except urllib.error.HTTPError as refusal:
            raise NoAnswer(json.load(refusal).get("error", str(refusal))) from refusal
        except (OSError, ValueError) as missing:
            raise NoAnswer(
                f"No sandbox answers at {self._url}/ ({missing}). Start one, or say where: --url"
            ) from missing


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(words: list[str]) -> int:
    """Do what the words say, and return the exit code."""
    given = _parser().parse_args(words)
    run: Callable[[argparse.Namespace], int] = given.run
    try:
        return run(given)
    except (NoAnswer, ScriptError) as wrong:
        say(f"sandbox: {wrong}")
    except OSError as wrong:
        say(f"sandbox: {wrong.filename}: {wrong.strerror}")
    except KeyboardInterrupt:
        return 130
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Scripts of people who act. See SCRIPTS.md.")
    parts = parser.add_subparsers(required=True)
    port = os.environ.get("SANDBOX_PORT") or "8001"

    def part(name: str, run: Callable[[argparse.Namespace], int], help: str) -> argparse.ArgumentParser:
        added = parts.add_parser(name, help=help, description=help)
        added.set_defaults(run=run)
        added.add_argument("--url", default=f"http://127.0.0.1:{port}/", help="where the sandbox is")
        return added

    part("scripts", _scripts, "list the scripts, and what is playing")
    start = part("start", _start, "start one of the scripts")
    stop = part("stop", _stop, "stop a script that plays")
    replay = part("replay", _replay, "play a file, and tell each step")
    record = part("record", _record, "write down what people do until Ctrl-C")
    check = part("check", _check, "say what is wrong in files")
    start.add_argument("name")
    stop.add_argument("name", help="a script's name, or all")
    replay.add_argument("file", type=Path)
    record.add_argument("file", type=Path)
    record.add_argument("--about", default="", help="one line that says what it is")
    check.add_argument("file", type=Path, nargs="+")
    for one in (start, replay):
        one.add_argument("--speed", type=_speed, default=1.0, help="2 is twice as fast; fast: as the app answers")
        one.add_argument("--reset", action="store_true", help="in a fresh workspace")
    replay.add_argument("--when-watched", action="store_true", help="begin when somebody opens a window")
    replay.add_argument("--stay", action="store_true", help="go on waiting when it is over, until Ctrl-C")
    return parser


def _speed(given: str) -> Speed:
    return given if given == "fast" else float(given)


def _scripts(given: argparse.Namespace) -> int:
    answer = Caller(given.url).get("scripts")
    playing = {one["name"]: one for one in answer["plays"] if one["state"] in ("playing", "waiting")}
    for one in answer["scripts"]:
        play = playing.get(f"{one['name']}.yaml")
        state = f"  [{play['state']}, {play['done']} of {play['steps']} steps]" if play else ""
        say(f"{one['name']:<20} {one['problem'] or one['about']}{state}")
    return 0


def _start(given: argparse.Namespace) -> int:
    play = Caller(given.url).post("plays", script=given.name, speed=given.speed, reset=given.reset)["play"]
    say(f"{play['name']} plays. Stop it: python -m sandbox stop {given.name}")
    return 0


def _stop(given: argparse.Namespace) -> int:
    caller = Caller(given.url)
    stopped = 0
    for play in caller.get("plays")["plays"]:
        named = given.name in ("all", play["name"], play["name"].removesuffix(".yaml"))
        if named and play["state"] in ("playing", "waiting"):
            caller.post(f"plays/{play['id']}/stop")
            stopped += 1
    say(f"Stopped {stopped}." if stopped else f"{given.name} does not play.")
    return 0 if stopped else 1


def _replay(given: argparse.Namespace) -> int:
    text = given.file.read_text("utf-8")
    read_script(text, name=str(given.file))
    caller = Caller(given.url)
    options = {"speed": given.speed, "reset": given.reset, "when_watched": given.when_watched}
    play = caller.post("plays", text=text, name=given.file.name, **options)["play"]
    try:
        play = _follow(caller, play)
    except KeyboardInterrupt:
        caller.post(f"plays/{play['id']}/stop")
        raise
    say(f"{play['name']} {play['state']}." if play["state"] != "finished" or play["problems"] else play["next"].strip())
    while given.stay:
        time.sleep(3600)
    return 0 if play["state"] == "finished" and not play["problems"] else 1


def _follow(caller: Caller, play: dict[str, Any]) -> dict[str, Any]:
    """Tell each line of the play until it is over."""
    since = 0
    while True:
        play = caller.get(f"plays/{play['id']}?since={since}")["play"]
        for line in play["lines"]:
            if line["kind"] not in ("look", "expect"):
                say(_told(line))
        since = play["next_line"]
        if play["state"] not in ("waiting", "playing"):
            return play
        time.sleep(ASKS_EVERY)


def _told(line: dict[str, Any]) -> str:
    minutes, seconds = divmod(int(line["at"]), 60)
    mark = {"caption": "» ", "problem": "! "}.get(line["kind"], "  ")
    return f"{minutes}:{seconds:02d} {mark}{line['text']}"


def _record(given: argparse.Namespace) -> int:
    caller = Caller(given.url)
    caller.post("recording", on=True)
    try:
        say("Recording what people do in the sandbox. Ctrl-C stops.")
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        text = caller.post("recording", on=False, about=given.about)["text"]
    if text is None:
        say("Nobody did anything, so there is nothing to write.")
        return 1
    given.file.write_text(text, encoding="utf-8")
    say(f"\nWritten: {given.file}. Play it: python -m sandbox replay {given.file}")
    return 0


def _check(given: argparse.Namespace) -> int:
    wrong = 0
    for path in given.file:
        try:
            script = read_script(path.read_text("utf-8"), name=str(path))
        except ScriptError as mistake:
            say(str(mistake))
            wrong += 1
        else:
            say(f"{path} is in order: {len(script.steps)} steps, {len(script.rules)} rules.")
    return 1 if wrong else 0


COMMANDS = frozenset({"scripts", "start", "stop", "replay", "record", "check"})

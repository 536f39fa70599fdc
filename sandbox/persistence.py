"""What survives a restart: one SQLite file, written a moment after things change."""

import asyncio
import json
import sqlite3
from collections.abc import Coroutine
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from sandbox.errors import CannotStart
from sandbox.messages import recount_unread
from sandbox.web_api.chat import set_timer
from sandbox.workspace import (
    BOT_USER,
    Bookmark,
    Channel,
    File,
    Json,
    Message,
    Note,
    Pin,
    ScheduledMessage,
    User,
    UserGroup,
    View,
    Workspace,
)
from sandbox.world import World

PAUSE = 0.2
_NOT_SAVED = frozenset({"messages", "timeline", "threads", "ephemerals", "unread"})
_SCHEMA = "CREATE TABLE IF NOT EXISTS object (kind TEXT, name TEXT, body TEXT, PRIMARY KEY (kind, name)) WITHOUT ROWID"


class Store:
    """Writes behind. Without a data directory it does nothing."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._database: sqlite3.Connection | None = None
        if world.config.data_dir is not None:
            self._database = _open(world.config.data_dir)

    def load(self) -> None:
        """Fill the world with what was written, if anything was; else note the first day for writing."""
        if self._database is None:
            return
        rows: dict[str, list[tuple[str, Json]]] = {}
        for kind, name, body in self._database.execute("SELECT kind, name, body FROM object ORDER BY kind, name"):
            rows.setdefault(kind, []).append((name, json.loads(body)))
        if "channel" in rows:
            _fill(self._world, rows)
        else:
            self._world.changes.everything()

    async def run(self) -> None:
        if self._database is None:
            return
        while True:
            await asyncio.sleep(PAUSE)
            rows, everything = self._rows()
            if rows or everything:
                await _to_the_end(asyncio.to_thread(self._write, rows, everything=everything))

    def close(self) -> None:
        """Write what is left."""
        if self._database is not None:
            rows, everything = self._rows()
            self._write(rows, everything=everything)
            self._database.close()

    def _rows(self) -> tuple[list[tuple[str, str, str | None]], bool]:
        everything, names = self._world.changes.take()
        if everything:
            names = _all_names(self._world)
        if names:
            names.append(("world", "world"))
        rows = []
        for kind, name in names:
            body = _body(self._world, kind, name)
            rows.append((kind, name, None if body is None else json.dumps(body, separators=(",", ":"))))
        return rows, everything

    def _write(self, rows: list[tuple[str, str, str | None]], *, everything: bool) -> None:
        database = self._database
        if database is None:
            return
        with database:
            if everything:
                database.execute("DELETE FROM object")
            for kind, name, body in rows:
                if body is None:
                    database.execute("DELETE FROM object WHERE kind = ? AND name = ?", (kind, name))
                else:
                    database.execute("INSERT OR REPLACE INTO object VALUES (?, ?, ?)", (kind, name, body))


async def _to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Await the work even when cancelled meanwhile: two threads in one SQLite connection would stop each other."""
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


def _open(folder: Path) -> sqlite3.Connection:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(folder / "sandbox.sqlite3", check_same_thread=False)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=NORMAL")
        database.execute(_SCHEMA)
    except (OSError, sqlite3.Error) as wrong:
        raise CannotStart(f"cannot keep the workspace in {folder}: {wrong}") from wrong
    return database


def _all_names(world: World) -> list[tuple[str, str]]:
    workspace = world.workspace
    names = [("user", one) for one in workspace.users]
    names += [("view", one) for stack in world.stacks.values() for one in stack]
    names += [("group", one) for one in workspace.groups]
    names += [("file", one) for one in workspace.files]
    names += [("home", one) for one in workspace.homes]
    names += [("canvas", one) for one in workspace.canvases]
    names += [("scheduled", one) for one in workspace.scheduled]
    for channel in workspace.channels.values():
        names.append(("channel", channel.id))
        names += [("message", f"{channel.id} {ts}") for ts in channel.messages]
        for reader, whispers in channel.ephemerals.items():
            names += [("ephemeral", f"{channel.id} {ts} {reader}") for ts in whispers]
    return names


def _body(world: World, kind: str, name: str) -> Json | None:
    """Return what to write about an object, None when it is gone."""
    workspace = world.workspace
    tables: dict[str, dict[str, Any]] = {
        "user": workspace.users,
        "group": workspace.groups,
        "file": workspace.files,
        "home": workspace.homes,
        "view": world.views,
        "scheduled": workspace.scheduled,
    }
    if kind == "world":
        return {"ids": world.ids.count, "clock": world.clock.offset}
    if kind == "canvas":
        return workspace.canvases.get(name)
    if kind in tables:
        found = tables[kind].get(name)
        return asdict(found) if found is not None else None
    channel_id, _, rest = name.partition(" ")
    channel = workspace.channels.get(channel_id)
    if channel is None:
        return None
    if kind == "channel":
        return _channel_body(channel)
    ts, _, reader = rest.partition(" ")
    message = channel.ephemerals.get(reader, {}).get(ts) if reader else channel.messages.get(ts)
    return _message_body(message) if message is not None else None


def _channel_body(channel: Channel) -> Json:
    saved = {field.name: getattr(channel, field.name) for field in fields(Channel) if field.name not in _NOT_SAVED}
    saved["topic"], saved["purpose"] = asdict(channel.topic), asdict(channel.purpose)
    saved["bookmarks"] = {name: asdict(one) for name, one in channel.bookmarks.items()}
    saved["pins"] = {name: asdict(one) for name, one in channel.pins.items()}
    return saved


def _message_body(message: Message) -> Json:
    # asdict copies deeply, which costs more than the message itself; what we write is not changed afterwards.
    return {name: value for name in Message.__slots__ if (value := getattr(message, name)) not in (None, [], {}, False)}


def _fill(world: World, rows: dict[str, list[tuple[str, Json]]]) -> None:
    workspace = Workspace(
        users={name: User(**body) for name, body in rows.get("user", [])},
        groups={name: UserGroup(**body) for name, body in rows.get("group", [])},
        files={name: File(**body) for name, body in rows.get("file", [])},
        homes={name: View(**body) for name, body in rows.get("home", [])},
        scheduled={name: ScheduledMessage(**body) for name, body in rows.get("scheduled", [])},
        canvases=dict(rows.get("canvas", [])),
    )
    for name, body in rows.get("channel", []):
        workspace.channels[name] = _read_channel(body)
    for name, body in rows.get("message", []):
        message = _read_message(body)
        workspace.channels[name.partition(" ")[0]].add_message(message)
        world.clock.never_before(message.ts)
    for name, body in rows.get("ephemeral", []):
        channel_id, ts, reader = name.split(" ")
        workspace.channels[channel_id].ephemerals.setdefault(reader, {})[ts] = _read_message(body)
        world.clock.never_before(ts)
    for _, body in rows.get("world", []):
        world.ids.count, world.clock.offset = body["ids"], body["clock"]
    world.workspace = workspace
    world.views.update({view.id: view for view in workspace.homes.values()})
    _open_again(world, [View(**body) for _, body in rows.get("view", [])])
    for channel in workspace.channels.values():
        for member in channel.members:
            if member != BOT_USER:
                recount_unread(world, channel, member)
    for scheduled in workspace.scheduled.values():
        set_timer(world, scheduled)


def _open_again(world: World, open_views: list[View]) -> None:
    """Lay each dialog on top of the one it was opened from."""
    world.views.update({view.id: view for view in open_views})
    under = {view.previous: view for view in open_views if view.previous}
    for bottom in open_views:
        view: View | None = bottom if bottom.previous is None else None
        while view is not None:
            world.stacks.setdefault(view.user, []).append(view.id)
            view = under.get(view.id)


def _read_channel(body: Json) -> Channel:
    body["topic"], body["purpose"] = Note(**body["topic"]), Note(**body["purpose"])
    body["bookmarks"] = {name: Bookmark(**one) for name, one in body["bookmarks"].items()}
    body["pins"] = {name: Pin(**one) for name, one in body["pins"].items()}
    return Channel(**body)


def _read_message(body: Json) -> Message:
    return Message(**{"mrkdwn": False, "text": "", **body})

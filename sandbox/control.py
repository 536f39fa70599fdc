"""`/sandbox/<verb>`: tests and panels look at the world from outside, and move it."""

import asyncio
import pickle

from aiohttp import web
from aiohttp.web import UrlDispatcher

from sandbox import client_shapes, messages, views
from sandbox.clock import Clock
from sandbox.events import send_event
from sandbox.faults import changed_faults
from sandbox.manifest import read_manifest
from sandbox.message_content import checked_content
from sandbox.people import add_person, change_person
from sandbox.socket_mode import DISCONNECTS
from sandbox.verbs import Verb, answering
from sandbox.workspace import BOT_USER, TEAM_ID, Channel, Json, Message, Workspace
from sandbox.world import World


class Control:
    def __init__(self, world: World) -> None:
        self._world = world

    def add_routes(self, router: UrlDispatcher) -> None:
        get: dict[str, Verb] = {
            "health": self.health,
            "calls": self.calls,
            "deliveries": self.deliveries,
            "faults": self.faults,
            "clock": self.clock,
            "manifest": self.manifest,
            "messages": self.messages,
            "channels": self.channels,
            "views": self.views,
            "home": self.home,
        }
        post: dict[str, Verb] = {
            "settle": self.settle,
            "reset": self.reset,
            "snapshot": self.snapshot,
            "restore": self.restore,
            "deliveries/{id}/redeliver": self.redeliver,
            "faults": self.change_faults,
            "clock": self.move_clock,
            "manifest": self.load_manifest,
            "app": self.set_app,
            "socket": self.disconnect,
            "people": self.add_person,
            "people/{id}": self.change_person,
            "event": self.event,
            "apps/messages": self.post_of_another_app,
            "unfurls": self.unfurl,
            "request": self.request,
        }
        for name, verb in get.items():
            router.add_get(f"/sandbox/{name}", answering(verb))
        for name, verb in post.items():
            router.add_post(f"/sandbox/{name}", answering(verb))

    # Waiting and starting over

    async def health(self, http: web.Request, body: Json) -> Json:
        world = self._world
        return {
            "app_url": world.url_for("events"),
            "team": TEAM_ID,
            "pending": world.activity.count,
            "waiting": world.deliveries.waiting,
            "now": world.clock.now(),
        }

    async def settle(self, http: web.Request, body: Json) -> Json:
        world = self._world
        try:
            async with asyncio.timeout(float(body.get("timeout", 5))):
                await world.activity.wait_until_idle()
                while body.get("retries") and world.deliveries.waiting:
                    await asyncio.sleep(0.02)
                    await world.activity.wait_until_idle()
        except TimeoutError:
            return {"ok": False, "error": "still busy", **self._left()}
        return self._left()

    def _left(self) -> Json:
        return {"pending": self._world.activity.count, "waiting": self._world.deliveries.waiting}

    async def reset(self, http: web.Request, body: Json) -> Json:
        await self._world.reset(keep_faults=bool(body.get("keep_faults")))
        return {}

    async def snapshot(self, http: web.Request, body: Json) -> Json:
        kept = (self._world.workspace, self._world.ids.count, self._world.clock.offset)
        self._world.snapshots[str(body.get("name", ""))] = pickle.dumps(kept)
        return {}

    async def restore(self, http: web.Request, body: Json) -> Json:
        world = self._world
        kept = world.snapshots.get(str(body.get("name", "")))
        if kept is None:
            raise ValueError("There is no such snapshot.")
        await world.reset(keep_faults=True)
        workspace: Workspace
        # Our own bytes, made in `snapshot`, never from outside.
        workspace, world.ids.count, world.clock.offset = pickle.loads(kept)  # noqa: S301
        world.workspace = workspace
        world.views.update({view.id: view for view in workspace.homes.values()})
        world.changes.everything()
        return {}

    # Under the hood

    async def calls(self, http: web.Request, body: Json) -> Json:
        method, since, limit = _filter(http, "method")
        found = [one for one in self._world.calls if one.id > since and (not method or one.method == method)]
        return {"calls": [one.shape() for one in found[-limit:]]}

    async def deliveries(self, http: web.Request, body: Json) -> Json:
        kind, since, limit = _filter(http, "kind")
        found = [one for one in self._world.deliveries.kept if one.id > since and (not kind or one.kind == kind)]
        return {"deliveries": [one.shape() for one in found[-limit:]]}

    async def redeliver(self, http: web.Request, body: Json) -> Json:
        delivery = self._world.deliveries.find(int(http.match_info["id"]))
        if delivery is None:
            raise ValueError("There is no such delivery.")
        return {"delivery": self._world.deliveries.redeliver(delivery).shape()}

    # Faults and clock

    async def faults(self, http: web.Request, body: Json) -> Json:
        return {"faults": self._world.faults.shape()}

    async def change_faults(self, http: web.Request, body: Json) -> Json:
        self._world.faults = changed_faults(self._world.faults, body, at=self._world.clock.now())
        self._world.show_faults()
        return {"faults": self._world.faults.shape()}

    async def clock(self, http: web.Request, body: Json) -> Json:
        return {"now": self._world.clock.now()}

    async def move_clock(self, http: web.Request, body: Json) -> Json:
        clock: Clock = self._world.clock
        if "set" in body:
            clock.set(float(body["set"]))
        else:
            clock.advance(float(body.get("advance", 0)))
        clock.app_moves_too = bool(body.get("app_moves_too", clock.app_moves_too))
        # What fell due begins before this answers, so that a settle right after it waits for it.
        self._world.timers.run_due()
        self._world.timers.clock_was_moved()
        self._world.hub.push_all({"type": "clock", "now": clock.now()})
        return {"now": clock.now()}

    # The app

    async def manifest(self, http: web.Request, body: Json) -> Json:
        return {"manifest": self._world.manifest.document, "warnings": self._world.manifest.warnings()}

    async def load_manifest(self, http: web.Request, body: Json) -> Json:
        self._world.manifest = read_manifest(body.get("manifest") or body)
        self._world.hub.push_all({"type": "reset"})
        return await self.manifest(http, body)

    async def set_app(self, http: web.Request, body: Json) -> Json:
        self._world.app_url = body.get("url")
        self._world.app_silent = body.get("url") is None
        return {"url": self._world.url_for("events")}

    async def disconnect(self, http: web.Request, body: Json) -> Json:
        reason = str(body.get("reason", "refresh_requested"))
        if reason not in DISCONNECTS:
            raise ValueError(f"reason is one of {', '.join(DISCONNECTS)}.")
        await self._world.lines.disconnect(reason)
        return {}

    async def event(self, http: web.Request, body: Json) -> Json:
        if not isinstance(body.get("event"), dict) or "type" not in body["event"]:
            raise ValueError("event must be an object with a type.")
        send_event(self._world, dict(body["event"]), body.get("channel"))
        return {}

    async def post_of_another_app(self, http: web.Request, body: Json) -> Json:
        channel = self._channel(str(body.get("channel", "")))
        content = checked_content(body)
        message = messages.post_of_another_app(self._world, channel, str(body.get("name") or "another app"), content)
        return {"message": client_shapes.message(self._world, message, channel)}

    async def unfurl(self, http: web.Request, body: Json) -> Json:
        channel = self._channel(str(body.get("channel", "")))
        message = channel.messages.get(str(body.get("ts", "")))
        if message is None:
            raise ValueError("There is no such message.")
        messages.unfurl(self._world, channel, message, checked_content(body)["attachments"])
        return {"message": client_shapes.message(self._world, message, channel)}

    async def request(self, http: web.Request, body: Json) -> Json:
        shape = body.get("shape", "json")
        if not isinstance(body.get("payload"), dict) or shape not in ("json", "form", "payload"):
            raise ValueError("payload must be an object, and shape json, form or payload.")
        signed = bool(body.get("signed", True))
        reply = await self._world.deliveries.send_raw(dict(body["payload"]), shape=shape, signed=signed)
        return {"status": reply.status, "body": reply.body}

    # What is there

    async def messages(self, http: web.Request, body: Json) -> Json:
        world, viewer = self._world, http.query.get("user")
        channel = self._channel(http.query.get("channel", ""))
        if viewer and not channel.is_visible_to(viewer):
            return {"messages": []}
        found: list[Message] = list(channel.messages.values())
        if viewer:
            found += channel.ephemerals.get(viewer, {}).values()
        found.sort(key=lambda one: one.ts)
        return {"messages": [client_shapes.message(world, one, channel) for one in found]}

    def _channel(self, given: str) -> Channel:
        workspace = self._world.workspace
        channel = workspace.channels.get(given) or workspace.channel_called(given)
        if channel is None:
            raise ValueError(f"There is no channel {given}.")
        return channel

    async def channels(self, http: web.Request, body: Json) -> Json:
        viewer = http.query.get("user")
        found = [one for one in self._world.workspace.channels.values() if viewer is None or one.is_visible_to(viewer)]
        return {"channels": [client_shapes.channel(one, viewer or BOT_USER) for one in found]}

    async def views(self, http: web.Request, body: Json) -> Json:
        stack = self._world.stacks.get(http.query.get("user", ""), [])
        return {"views": [views.shape(self._world.views[view_id]) for view_id in stack]}

    async def home(self, http: web.Request, body: Json) -> Json:
        view = self._world.workspace.homes.get(http.query.get("user", ""))
        return {"view": views.shape(view) if view else None}

    async def add_person(self, http: web.Request, body: Json) -> Json:
        if not body.get("name"):
            raise ValueError("A person needs a name (the handle).")
        return {"user": client_shapes.user(self._world, add_person(self._world, body))}

    async def change_person(self, http: web.Request, body: Json) -> Json:
        user = self._world.workspace.users.get(http.match_info["id"])
        if user is None:
            raise ValueError("There is nobody with this id.")
        known = {"deleted", "real_name", "display_name", "title", "email", "tz", "name", "is_admin", "is_restricted"}
        if unknown := set(body) - known:
            raise ValueError(f"Unknown: {', '.join(sorted(unknown))}.")
        change_person(self._world, user, body)
        return {"user": client_shapes.user(self._world, user)}


def _filter(http: web.Request, name: str) -> tuple[str, int, int]:
    return http.query.get(name, ""), int(http.query.get("since", 0)), int(http.query.get("limit", 1000))

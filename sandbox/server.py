"""The HTTP server: which address leads where, and how the sandbox starts and stops."""

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from sandbox import avatars
from sandbox.api_door import ApiDoor
from sandbox.client_door import ClientDoor
from sandbox.config import Config, is_loopback
from sandbox.control import Control
from sandbox.errors import CannotStart
from sandbox.file_door import FileDoor
from sandbox.manifest import read_manifest
from sandbox.persistence import Store
from sandbox.response_urls import ResponseUrlDoor
from sandbox.sign_in import SignInDoor
from sandbox.stage.stage import Stage
from sandbox.world import World

HERE = Path(__file__).parent
STATIC = HERE / "static"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

MOST_BYTES = 32 * 1024 * 1024


def build_app(world: World) -> web.Application:
    app = web.Application(client_max_size=MOST_BYTES, middlewares=[_own_pages_only, _fresh])
    stage = Stage(world)
    api, client, control = ApiDoor(world), ClientDoor(world, stage.recorder), Control(world)
    files, response_urls, sign_in = FileDoor(world), ResponseUrlDoor(world), SignInDoor(world)

    async def avatar(request: web.Request) -> web.Response:
        drawing = avatars.draw(world.workspace, request.match_info["name"])
        if drawing is None:
            raise web.HTTPNotFound
        return web.Response(text=drawing, content_type="image/svg+xml")

    app.router.add_route("GET", "/api/{method}", api.handle)
    app.router.add_route("POST", "/api/{method}", api.handle)
    app.router.add_get("/client/ws", client.socket)
    app.router.add_get("/client/cast", client.cast)
    app.router.add_post("/client/{verb}", client.handle)
    app.router.add_get("/link/", world.lines.open)
    app.router.add_get("/openid/connect/authorize", sign_in.authorize)
    app.router.add_get("/openid/connect/keys", sign_in.keys)
    app.router.add_get("/oauth/v2/authorize", sign_in.authorize)
    app.router.add_get("/.well-known/openid-configuration", sign_in.configuration)
    app.router.add_post("/commands/{token}", response_urls.handle)
    app.router.add_post("/upload/v1/{file}", files.upload)
    app.router.add_get("/files/{file}/{name}", files.download)
    app.router.add_get("/avatars/{name}.svg", avatar)
    control.add_routes(app.router)
    stage.add_routes(app.router)
    app.on_shutdown.append(client.close)
    app.on_shutdown.append(stage.close)
    app.router.add_get("/", _face)
    app.router.add_get("/archives/{rest:.*}", _face)
    if STATIC.is_dir():
        app.router.add_static("/static/", STATIC)
    return app


async def _face(request: web.Request) -> web.StreamResponse:
    page = STATIC / "index.html"
    if not page.is_file():
        raise web.HTTPNotFound(text="The sandbox runs, but its face (static/index.html) is missing.")
    return web.FileResponse(page)


@web.middleware
async def _own_pages_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what other web sites make this machine's browser send: the sandbox has no passwords."""
    host = urlsplit(f"//{request.host}").hostname or ""
    origin = request.headers.get("Origin")
    if not is_loopback(host) or (origin is not None and urlsplit(origin).netloc != request.host):
        raise web.HTTPForbidden(text="The sandbox answers this machine only.")
    return await handler(request)


@web.middleware
async def _fresh(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let nothing be cached: what changes on disk or in the workspace shows at once."""
    response = await handler(request)
    response.headers["Cache-Control"] = "no-cache"
    return response


def build_world(config: Config) -> World:
    path = config.manifest or HERE / "default_manifest.json"
    try:
        return World(config, read_manifest(json.loads(path.read_text("utf-8"))))
    except OSError as wrong:
        raise CannotStart(f"cannot read the manifest {path}: {wrong.strerror}") from wrong
    except (ValueError, TypeError, KeyError) as wrong:
        raise CannotStart(f"{path} is not an app manifest: {wrong}") from wrong


async def run(config: Config) -> None:
    """Serve until SIGTERM or Ctrl-C, then write what is not on disk yet."""
    world = build_world(config)
    store = Store(world)
    store.load()
    runner = await _listen(world)
    await world.deliveries.start()
    work = [asyncio.create_task(world.timers.run()), asyncio.create_task(store.run())]
    print(f"sandbox: listening on {world.base_url}", flush=True)  # noqa: T201
    await _asked_to_stop()
    for task in work:
        task.cancel()
    await asyncio.gather(*work, return_exceptions=True)
    await world.lines.hang_up()
    await world.deliveries.stop()
    await runner.cleanup()
    store.close()


async def _listen(world: World) -> web.AppRunner:
    config = world.config
    runner = web.AppRunner(build_app(world), access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, config.host, config.port).start()
    except OSError as refused:
        await runner.cleanup()
        reason = os.strerror(refused.errno or 0)
        raise CannotStart(
            f"cannot listen on {config.host}:{config.port}: {reason}. Choose another --port."
        ) from refused
    _learn_port(world, runner)
    return runner


def _learn_port(world: World, runner: web.AppRunner) -> None:
    """Find out which port it became, when any free one was asked for."""
    port = runner.addresses[0][1]
    world.config = replace(world.config, port=port)
    host = f"[{world.config.host}]" if ":" in world.config.host else world.config.host
    world.base_url = f"http://{host}:{port}/"


async def _asked_to_stop() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()

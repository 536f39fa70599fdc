"""Verbs that the app hears of: clicks, dialogs, shortcuts, the Home tab."""

from sandbox import conversations, interactions, views
from sandbox.client.registry import Act, verb
from sandbox.errors import ClientError
from sandbox.events import tell_app
from sandbox.interactions import Place
from sandbox.workspace import BOT_USER, Json, View


def _view(act: Act) -> View:
    view = act.world.views.get(act.text("view_id"))
    if view is None or view.user != act.user.id:
        raise ClientError("This dialog is not open any more.")
    return view


def _place(act: Act) -> Place:
    if act.body.get("view_id"):
        return interactions.view_place(_view(act))
    channel = act.channel()
    message = act.message(channel)
    if not interactions.may_be_used(message):
        raise ClientError("No app is behind this message.")
    return interactions.message_place(channel, message)


@verb("block.act")
async def block_act(act: Act) -> Json:
    await interactions.act(act.world, act.user, _place(act), act.body, act.values())
    return {}


@verb("options.load")
async def options_load(act: Act) -> Json:
    place = _place(act)
    return await interactions.load_options(
        act.world, act.user, place, act.text("block_id"), act.text("action_id"), act.text("query", "")
    )


@verb("view.submit")
async def view_submit(act: Act) -> Json:
    view = _view(act)
    if view.kind != "modal":
        raise ClientError("The Home tab is not submitted.")
    await interactions.submit(act.world, act.user, view, act.values())
    return {}


@verb("view.close")
async def view_close(act: Act) -> Json:
    await interactions.close(act.world, act.user, _view(act), everything=act.flag("all"))
    return {}


@verb("shortcut.run")
async def shortcut_run(act: Act) -> Json:
    shortcut = act.world.manifest.shortcuts.get(act.text("callback_id"))
    if shortcut is None:
        raise ClientError("The app has no such shortcut.")
    channel = act.channel() if act.body.get("channel") else None
    message = act.message(channel) if channel is not None and act.body.get("ts") else None
    await interactions.run_shortcut(act.world, act.user, shortcut, channel, message)
    return {}


@verb("home.open")
async def home_open(act: Act) -> Json:
    channel, _ = conversations.open_direct(act.world, [BOT_USER, act.user.id])
    tab = act.text("tab", "home")
    view = act.world.workspace.homes.get(act.user.id)
    event: Json = {"type": "app_home_opened", "user": act.user.id, "channel": channel.id, "tab": tab}
    if view is not None and tab == "home":
        event["view"] = views.shape(view)
    tell_app(act.world, event)
    return {"view": views.shape(view) if view else None, "channel": channel.id}

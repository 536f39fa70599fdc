"""Dialogs and Home tabs: opened with a trigger, stacked, updated, closed; and the values people put into them."""

import secrets

from sandbox import shapes
from sandbox.blocks import checked_view
from sandbox.errors import SlackError
from sandbox.limits import LIMITS
from sandbox.news import FormOpened
from sandbox.workspace import BOT_ID, Json, View
from sandbox.world import Trigger, World


def new_trigger(world: World, user: str, *, view: str | None = None) -> str:
    """Return a trigger_id: it opens one view within three seconds."""
    number = next(world.numbers)
    trigger_id = f"{number}.{number * 7919}.{secrets.token_hex(16)}"
    world.triggers[trigger_id] = Trigger(user, world.clock.now(), view)
    return trigger_id


def use_trigger(world: World, trigger_id: str) -> Trigger:
    trigger = world.triggers.get(trigger_id)
    if trigger is None:
        raise SlackError("invalid_trigger_id")
    if world.clock.now() - trigger.created > LIMITS["trigger life"].most:
        raise SlackError("expired_trigger_id")
    if trigger.used:
        raise SlackError("exchanged_trigger_id")
    return trigger


def new_hash(world: World) -> str:
    return f"{int(world.clock.now())}.{secrets.token_hex(4)}"


def open_modal(world: World, user: str, raw: Json) -> View:
    """Open a dialog as the only one of this person."""
    content = _checked(world, raw, kind="modal")
    close_all(world, user)
    view = _new(world, user, content)
    world.stacks[user] = [view.id]
    _show(world, view, "view_opened")
    return view


def push_modal(world: World, user: str, raw: Json) -> View:
    """Open a dialog on top of those this person has open."""
    stack = world.stacks.get(user, [])
    if not stack:
        raise SlackError("not_found")
    if len(stack) >= LIMITS["views in a stack"].most:
        raise SlackError("push_limit_reached")
    view = _new(world, user, _checked(world, raw, kind="modal"))
    view.root, view.previous = stack[0], stack[-1]
    stack.append(view.id)
    _show(world, view, "view_opened")
    return view


def update_modal(world: World, view: View, raw: Json) -> View:
    """Give an open dialog new content. What was typed stays where block and action are the same."""
    view.content = _checked(world, raw, kind=view.kind, instead_of=view)
    view.hash = new_hash(world)
    view.values = _kept_values(view)
    _show(world, view, "view_updated" if view.kind == "modal" else "home_updated")
    return view


def publish_home(world: World, user: str, raw: Json, given_hash: str) -> View:
    present = world.workspace.homes.get(user)
    if given_hash and present and present.hash != given_hash:
        raise SlackError("hash_conflict")
    content = _checked(world, raw, kind="home", instead_of=present)
    if present is None:
        view_id = world.ids.new("V")
        present = View(view_id, user, "home", content, new_hash(world), view_id)
        world.workspace.homes[user] = present
        world.views[view_id] = present
    present.content, present.hash = content, new_hash(world)
    world.changes.note("home", user)
    _show(world, present, "home_updated")
    return present


def close(world: World, view: View) -> None:
    """Take one dialog away."""
    stack = world.stacks.get(view.user, [])
    if view.id in stack:
        stack.remove(view.id)
        world.views.pop(view.id, None)
        world.changes.note("view", view.id)
        world.hub.push([view.user], {"type": "view_closed", "view_id": view.id})


def close_all(world: World, user: str) -> list[View]:
    closed = [world.views[view_id] for view_id in reversed(world.stacks.get(user, []))]
    for view in closed:
        close(world, view)
    return closed


def find(world: World, view_id: str, external_id: str) -> View:
    """Return an open view by one of its ids. Raises `SlackError`."""
    view = world.views.get(view_id) if view_id else None
    if view is None and external_id:
        view = next((one for one in world.views.values() if one.content.get("external_id") == external_id), None)
    if view is None:
        raise SlackError("not_found")
    return view


def shape(view: View) -> Json:
    return shapes.view(view, BOT_ID)


def _new(world: World, user: str, content: Json) -> View:
    view_id = world.ids.new("V")
    view = View(view_id, user, "modal", content, new_hash(world), view_id)
    world.views[view_id] = view
    return view


def _checked(world: World, raw: Json, *, kind: str, instead_of: View | None = None) -> Json:
    content = checked_view(raw, kind=kind)
    external_id = content.get("external_id")
    if external_id and any(
        one.content.get("external_id") == external_id for one in world.views.values() if one is not instead_of
    ):
        raise SlackError("duplicate_external_id")
    return content


def _kept_values(view: View) -> Json:
    names = {block["block_id"] for block in view.content["blocks"]}
    return {block_id: values for block_id, values in view.values.items() if block_id in names}


def _show(world: World, view: View, push: str) -> None:
    if view.kind == "modal":
        world.changes.note("view", view.id)
    world.hub.push([view.user], {"type": push, "view": shape(view)})
    if push == "view_opened":
        world.news.tell(FormOpened(view))

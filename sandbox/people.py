"""People come, change and go."""

from sandbox import client_shapes, shapes
from sandbox.events import tell_app
from sandbox.workspace import Json, User
from sandbox.world import World

_COLORS = ("#7c3aed", "#0f766e", "#b45309", "#be185d", "#1d4ed8", "#4d7c0f", "#0e7490", "#9f1239")


def add_person(world: World, given: Json) -> User:
    """Let somebody new into the workspace: they join #general. Raises `ValueError` when the handle is taken."""
    name = str(given["name"])
    if world.workspace.user_called(name):
        raise ValueError(f"There is a {name} already.")
    known = {"real_name", "display_name", "title", "email", "tz", "is_admin", "is_restricted", "is_stranger", "team_id"}
    fields = {field: value for field, value in given.items() if field in known}
    fields.setdefault("real_name", name.title())
    fields.setdefault("email", f"{name}@example.com")
    color = _COLORS[len(world.workspace.users) % len(_COLORS)]
    user = User(world.ids.new("U"), name, color=color, updated=int(world.clock.now()), **fields)
    world.workspace.users[user.id] = user
    general = next(one for one in world.workspace.channels.values() if one.is_general)
    general.members.append(user.id)
    _show(world, user)
    tell_app(world, {"type": "team_join", "user": event_shape(world, user)})
    return user


def change_person(world: World, user: User, changed: Json) -> None:
    """Change a person's profile, or deactivate them."""
    for name, value in changed.items():
        setattr(user, name, value)
    user.updated = int(world.clock.now())
    _show(world, user)
    event: Json = {"type": "user_change", "user": event_shape(world, user), "cache_ts": user.updated}
    tell_app(world, event)


def event_shape(world: World, user: User) -> Json:
    with_email = "users:read.email" in world.manifest.scopes
    return shapes.user(user, world.base_url, world.clock.now(), with_email=with_email)


def _show(world: World, user: User) -> None:
    world.changes.note("user", user.id)
    world.hub.push_all({"type": "user", "user": client_shapes.user(world, user)})

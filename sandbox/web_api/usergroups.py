"""usergroups.*"""

from sandbox import shapes
from sandbox.errors import SlackError
from sandbox.events import tell_app
from sandbox.web_api.registry import ApiCall, method
from sandbox.workspace import BOT_USER, TEAM_ID, Json, UserGroup


def _group(call: ApiCall, code: str) -> UserGroup:
    group = call.world.workspace.groups.get(call.text("usergroup"))
    if group is None:
        raise SlackError(code)
    return group


def _save(call: ApiCall, group: UserGroup) -> None:
    group.updated = int(call.world.clock.now())
    call.world.workspace.groups[group.id] = group
    call.world.changes.note("group", group.id)


@method("usergroups.list")
def list_all(call: ApiCall) -> Json:
    return {
        "usergroups": [
            shapes.usergroup(one, count=call.flag("include_count"), users=call.flag("include_users"))
            for one in call.world.workspace.groups.values()
            if call.flag("include_disabled") or not one.disabled
        ]
    }


@method("usergroups.create")
def create(call: ApiCall) -> Json:
    name = call.text("name")
    handle = call.text("handle", name.lower().replace(" ", "-"))
    groups = call.world.workspace.groups.values()
    if not name:
        raise SlackError("missing_subteam_name")
    if any(one.name == name for one in groups):
        raise SlackError("name_already_exists")
    if any(one.handle == handle for one in groups):
        raise SlackError("handle_already_exists")
    now = int(call.world.clock.now())
    group = UserGroup(call.world.ids.new("S"), handle, name, [], call.text("description"), now, BOT_USER, now)
    _save(call, group)
    shape = shapes.usergroup(group, users=True)
    tell_app(call.world, {"type": "subteam_created", "subteam": shape})
    return {"usergroup": shapes.usergroup(group, count=call.flag("include_count"), users=True)}


@method("usergroups.update")
def update(call: ApiCall) -> Json:
    group = _group(call, "permission_denied")
    for name in ("name", "handle", "description"):
        if name in call.args:
            setattr(group, name, call.text(name))
    _save(call, group)
    shape = shapes.usergroup(group, users=True)
    tell_app(call.world, {"type": "subteam_updated", "subteam": shape})
    return {"usergroup": shapes.usergroup(group, count=call.flag("include_count"), users=True)}


@method("usergroups.users.list")
def users_list(call: ApiCall) -> Json:
    return {"users": list(_group(call, "no_such_subteam").users)}


@method("usergroups.users.update")
def users_update(call: ApiCall) -> Json:
    group = _group(call, "permission_denied")
    users = [str(one) for one in call.args.get("users", [])]
    if not users:
        raise SlackError("no_users_provided")
    if any(one not in call.world.workspace.users for one in users):
        raise SlackError("invalid_users")
    added, removed = [u for u in users if u not in group.users], [u for u in group.users if u not in users]
    before = group.updated
    group.users = list(dict.fromkeys(users))
    _save(call, group)
    event: Json = {
        "type": "subteam_members_changed",
        "subteam_id": group.id,
        "team_id": TEAM_ID,
        "date_previous_update": before,
        "date_update": group.updated,
        "added_users": added,
        "added_users_count": len(added),
        "removed_users": removed,
        "removed_users_count": len(removed),
    }
    tell_app(call.world, event)
    return {"usergroup": shapes.usergroup(group, count=call.flag("include_count"), users=True)}

"""users.*, bots.info and dnd.teamInfo: who people are."""

from sandbox import shapes
from sandbox.errors import SlackError
from sandbox.web_api.registry import ApiCall, method
from sandbox.workspace import BOT_USER, Json, User


def _shape(call: ApiCall, user: User) -> Json:
    with_email = "users:read.email" in call.world.manifest.scopes
    shape = shapes.user(user, call.world.base_url, call.world.clock.now(), with_email=with_email)
    if call.flag("include_locale"):
        shape["locale"] = "en-US"
    return shape


@method("users.info")
def info(call: ApiCall) -> Json:
    return {"user": _shape(call, call.user())}


@method("users.list")
def list_all(call: ApiCall) -> Json:
    found, cursor = call.page(list(call.world.workspace.users.values()), default=1000, most=1000)
    return {
        "members": [_shape(call, user) for user in found],
        "cache_ts": int(call.world.clock.now()),
        "response_metadata": {"next_cursor": cursor},
    }


@method("users.lookupByEmail")
def lookup_by_email(call: ApiCall) -> Json:
    user = call.world.workspace.user_with_email(call.text("email"))
    if user is None or user.deleted:
        raise SlackError("users_not_found")
    return {"user": _shape(call, user)}


@method("users.profile.get")
def profile_get(call: ApiCall) -> Json:
    user = call.world.workspace.users.get(call.text("user", BOT_USER))
    if user is None:
        raise SlackError("user_not_found")
    return {"profile": _shape(call, user)["profile"]}


@method("bots.info")
def bots_info(call: ApiCall) -> Json:
    wanted = call.text("bot")
    if not wanted:
        return {}
    bot = next((user for user in call.world.workspace.users.values() if user.bot_id == wanted), None)
    if bot is None:
        raise SlackError("bot_not_found")
    shape = shapes.bot_profile(bot, call.world.base_url)
    shape.pop("team_id")
    return {"bot": shape}


@method("dnd.teamInfo")
def dnd_team_info(call: ApiCall) -> Json:
    asked = [one.strip() for one in call.text("users").split(",") if one.strip()]
    if not asked:
        raise SlackError("no_users_provided")
    known = [one for one in asked if one in call.world.workspace.users]
    nothing = {"dnd_enabled": False, "next_dnd_start_ts": 1, "next_dnd_end_ts": 1}
    return {"users": {one: dict(nothing) for one in known}}

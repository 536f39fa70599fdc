"""api.test, auth.test, team.info, emoji.list, blocks.validate."""

from sandbox.blocks import message_problems, view_problems
from sandbox.errors import SlackError
from sandbox.web_api.registry import ApiCall, method
from sandbox.workspace import APP_ID, BOT_ID, BOT_USER, TEAM_DOMAIN, TEAM_ID, TEAM_NAME, Json


@method("api.test")
def api_test(call: ApiCall) -> Json:
    if error := call.text("error"):
        raise SlackError(error, args=call.args)
    return {"args": call.args}


@method("auth.test")
def auth_test(call: ApiCall) -> Json:
    return {
        "url": call.world.base_url,
        "team": TEAM_NAME,
        "user": call.world.bot.name,
        "team_id": TEAM_ID,
        "user_id": BOT_USER,
        "bot_id": BOT_ID,
        "app_id": APP_ID,
        "app_name": call.world.manifest.name,
        "is_enterprise_install": False,
    }


@method("team.info")
def team_info(call: ApiCall) -> Json:
    if call.text("team", TEAM_ID) != TEAM_ID:
        raise SlackError("team_not_found")
    image = f"{call.world.base_url}avatars/{TEAM_ID}.svg"
    icons = {f"image_{size}": image for size in (34, 44, 68, 88, 102, 132, 230)}
    return {
        "team": {
            "id": TEAM_ID,
            "name": TEAM_NAME,
            "url": call.world.base_url,
            "domain": TEAM_DOMAIN,
            "email_domain": "example.com",
            "icon": {**icons, "image_default": True},
        }
    }


@method("emoji.list")
def emoji_list(call: ApiCall) -> Json:
    # Only custom emoji are listed, and the sandbox has none; Slack's own are known to every client.
    return {"emoji": {}, "cache_ts": f"{call.world.clock.now():.6f}"}


@method("blocks.validate")
def blocks_validate(call: ApiCall) -> Json:
    if "blocks" in call.args:
        problems = message_problems(call.args["blocks"])
        code = "invalid_blocks"
    elif "message" in call.args:
        problems = message_problems((call.args["message"] or {}).get("blocks", []))
        code = "invalid_message"
    elif "view" in call.args:
        problems = view_problems(call.args["view"])
        code = "invalid_view"
    else:
        raise SlackError("invalid_arguments", "[ERROR] must provide one of: blocks, message, view")
    if problems:
        raise SlackError(code, *problems)
    return {}

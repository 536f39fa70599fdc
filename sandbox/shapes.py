"""Slack's shapes of people, channels, messages and the rest, as the Web API and events show them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sandbox.workspace import (
    APP_ID,
    BOT_USER,
    TEAM_ID,
    Bookmark,
    Channel,
    File,
    Json,
    Message,
    Note,
    User,
    UserGroup,
    View,
    Workspace,
)

# What opens a system message's channel mark: Slack's names of the kinds of conversations.
CHANNEL_TYPES = {"public": "channel", "private": "group", "im": "im", "mpim": "mpim"}
CHANNEL_LETTERS = {"public": "C", "private": "G", "im": "D", "mpim": "G"}


def tz_offset(user: User, now: float) -> int:
    """Return how many seconds the person's clock is ahead of UTC."""
    moment = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(user.tz))
    offset = moment.utcoffset()
    return int(offset.total_seconds()) if offset else 0


def tz_label(user: User, now: float) -> str:
    return datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(user.tz)).strftime("%Z")


def profile(user: User, base_url: str) -> Json:
    image = f"{base_url}avatars/{user.id}.svg"
    shape: Json = {
        "title": user.title,
        "phone": "",
        "skype": "",
        "real_name": user.real_name,
        "real_name_normalized": user.real_name,
        "display_name": user.display_name,
        "display_name_normalized": user.display_name,
        "fields": {},
        "status_text": user.status_text,
        "status_emoji": user.status_emoji,
        "status_emoji_display_info": [],
        "status_expiration": 0,
        "avatar_hash": f"sandbox{user.id.lower()}",
        "first_name": user.real_name.partition(" ")[0],
        "last_name": user.real_name.partition(" ")[2],
        "team": TEAM_ID,
        **{f"image_{size}": image for size in (24, 32, 48, 72, 192, 512)},
    }
    if user.email:
        shape["email"] = user.email
    if user.bot_id:
        shape |= {"bot_id": user.bot_id, "api_app_id": APP_ID if user.id == BOT_USER else ""}
    return shape


def user(one: User, base_url: str, now: float, *, with_email: bool = True) -> Json:
    shape: Json = {
        "id": one.id,
        "team_id": one.team_id or TEAM_ID,
        "name": one.name,
        "deleted": one.deleted,
        "color": one.color.removeprefix("#"),
        "real_name": one.real_name,
        "tz": one.tz,
        "tz_label": tz_label(one, now),
        "tz_offset": tz_offset(one, now),
        "profile": profile(one, base_url),
        "is_admin": one.is_admin,
        "is_owner": one.is_admin,
        "is_primary_owner": one.is_admin,
        "is_restricted": one.is_restricted,
        "is_ultra_restricted": False,
        "is_bot": one.is_bot,
        "is_app_user": False,
        "updated": one.updated,
        "is_email_confirmed": bool(one.email),
        "who_can_share_contact_card": "EVERYONE",
    }
    if one.is_stranger:
        shape["is_stranger"] = True
    if one.deleted:
        # Slack tells less of people who left.
        for gone in ("tz", "tz_label", "tz_offset", "color", "real_name", "is_admin", "is_owner", "is_primary_owner"):
            shape.pop(gone)
    if not with_email:
        shape["profile"].pop("email", None)
    return shape


def note(one: Note) -> Json:
    return {"value": one.value, "creator": one.creator, "last_set": one.last_set}


def channel(one: Channel, viewer: str) -> Json:
    """Return the conversation as `conversations.info` shows it to `viewer`."""
    if one.kind == "im":
        return direct_message(one, viewer)
    return {
        "id": one.id,
        "name": one.name,
        "is_channel": one.kind == "public",
        "is_group": one.kind == "private",
        "is_im": False,
        "is_mpim": one.kind == "mpim",
        "is_private": one.kind != "public",
        "created": one.created,
        "is_archived": one.is_archived,
        "is_general": one.is_general,
        "unlinked": 0,
        "name_normalized": one.name,
        "is_shared": False,
        "is_frozen": False,
        "is_org_shared": False,
        "is_pending_ext_shared": False,
        "pending_shared": [],
        "context_team_id": TEAM_ID,
        "updated": one.updated_ms or one.created * 1000,
        "parent_conversation": None,
        "creator": one.creator,
        "is_ext_shared": False,
        "shared_team_ids": [TEAM_ID],
        "pending_connected_team_ids": [],
        "is_member": one.has(viewer),
        "topic": note(one.topic),
        "purpose": note(one.purpose),
        "previous_names": list(one.previous_names),
        **({"last_read": one.last_read.get(viewer, "0000000000.000000")} if one.has(viewer) else {}),
    }


def direct_message(one: Channel, viewer: str) -> Json:
    return {
        "id": one.id,
        "created": one.created,
        "is_archived": False,
        "is_im": True,
        "is_org_shared": False,
        "context_team_id": TEAM_ID,
        "updated": one.updated_ms or one.created * 1000,
        "user": one.other(viewer),
        "last_read": one.last_read.get(viewer, "0000000000.000000"),
        "latest": None,
        "unread_count": 0,
        "unread_count_display": 0,
        "is_open": True,
        "is_user_deleted": False,
        "priority": 0,
    }


def bot_profile(bot: User, base_url: str) -> Json:
    image = f"{base_url}avatars/{bot.id}.svg"
    return {
        "id": bot.bot_id,
        "deleted": bot.deleted,
        "name": bot.real_name,
        "updated": bot.updated,
        "app_id": APP_ID,
        "user_id": bot.id,
        "icons": {"image_36": image, "image_48": image, "image_72": image},
        "team_id": TEAM_ID,
    }


def message(one: Message, where: Channel, workspace: Workspace, base_url: str, *, metadata: bool = False) -> Json:
    """Return Slack's message object, without the channel's id, as `conversations.history` shows it."""
    author = workspace.users.get(one.user)
    shape: Json = {"type": "message", "user": one.user, "ts": one.ts, "text": one.text, "team": TEAM_ID}
    if not one.user:
        del shape["user"]
    if subtype := one.subtype or ("thread_broadcast" if one.broadcast else None):
        shape["subtype"] = subtype
    if one.client_msg_id:
        shape["client_msg_id"] = one.client_msg_id
    if one.bot_id:
        shape |= {"bot_id": one.bot_id, "app_id": APP_ID}
        if author:
            shape["bot_profile"] = bot_profile(author, base_url)
    if one.username:
        shape["username"] = one.username
    if one.icons:
        shape["icons"] = one.icons
    if one.blocks:
        shape["blocks"] = one.blocks
    if one.attachments:
        shape["attachments"] = one.attachments
    if one.edited_ts:
        shape["edited"] = {"user": one.edited_by, "ts": one.edited_ts}
    if one.files:
        shape["files"] = [file(workspace.files[name], base_url) for name in one.files if name in workspace.files]
        shape["upload"] = False
    if one.reactions:
        shape["reactions"] = reactions(one)
    if metadata and one.metadata:
        shape["metadata"] = one.metadata
    if one.ephemeral_to:
        shape["is_ephemeral"] = True
    shape |= one.extra
    _add_thread(shape, one, where)
    if (pin := where.pins.get(one.ts)) is not None:
        shape["pinned_to"] = [where.id]
        shape["pinned_info"] = {"channel": where.id, "pinned_by": pin.by, "pinned_ts": pin.at}
    return shape


def _add_thread(shape: Json, one: Message, where: Channel) -> None:
    if one.is_reply and one.thread_ts:
        shape["thread_ts"] = one.thread_ts
        if (parent := where.messages.get(one.thread_ts)) is not None:
            shape["parent_user_id"] = parent.user
        return
    if not (replies := where.threads.get(one.ts)):
        return
    users = list(dict.fromkeys(where.messages[ts].user for ts in replies))
    shape |= {
        "thread_ts": one.ts,
        "reply_count": len(replies),
        "reply_users_count": len(users),
        "latest_reply": replies[-1],
        "reply_users": users[:5],
        "is_locked": False,
        "subscribed": BOT_USER in users,
    }


def reactions(one: Message) -> list[Json]:
    return [{"name": name, "users": list(users), "count": len(users)} for name, users in one.reactions.items()]


def permalink(one: Message, base_url: str) -> str:
    link = f"{base_url}archives/{one.channel}/p{one.ts.replace('.', '')}"
    if one.is_reply:
        link += f"?thread_ts={one.thread_ts}&cid={one.channel}"
    return link


def bookmark(one: Bookmark, channel_id: str) -> Json:
    return {
        "id": one.id,
        "channel_id": channel_id,
        "title": one.title,
        "link": one.link,
        "emoji": one.emoji or None,
        "icon_url": None,
        "type": one.type,
        "entity_id": None,
        "date_created": one.created,
        "date_updated": one.updated,
        "rank": "U",
        "last_updated_by_user_id": one.by,
        "last_updated_by_team_id": TEAM_ID,
        "shortcut_id": None,
        "app_id": None,
        "app_action_id": None,
    }


def usergroup(one: UserGroup, *, count: bool = False, users: bool = False) -> Json:
    shape: Json = {
        "id": one.id,
        "team_id": TEAM_ID,
        "is_usergroup": True,
        "is_subteam": True,
        "name": one.name,
        "description": one.description,
        "handle": one.handle,
        "is_external": False,
        "date_create": one.created,
        "date_update": one.updated,
        "date_delete": one.updated if one.disabled else 0,
        "auto_type": None,
        "auto_provision": False,
        "enterprise_subteam_id": "",
        "created_by": one.created_by,
        "updated_by": one.created_by,
        "deleted_by": None,
        "prefs": {"channels": [], "groups": []},
    }
    if count:
        shape["user_count"] = len(one.users)
    if users:
        shape["users"] = list(one.users)
    return shape


def file(one: File, base_url: str) -> Json:
    url = f"{base_url}files/{one.id}/{one.name}"
    return {
        "id": one.id,
        "created": one.created,
        "timestamp": one.created,
        "name": one.name,
        "title": one.title,
        "mimetype": one.mimetype,
        "filetype": one.name.rpartition(".")[2],
        "pretty_type": one.name.rpartition(".")[2].upper(),
        "user": one.user,
        "user_team": TEAM_ID,
        "editable": False,
        "size": one.size,
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": True,
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": url,
        "url_private_download": url,
        "permalink": url,
        "channels": list(one.channels),
        "groups": [],
        "ims": [],
        "comments_count": 0,
    }


def view(one: View, bot_id: str) -> Json:
    """Return the view object that answers, interactions and the client show."""
    content = one.content
    shape: Json = {
        "id": one.id,
        "team_id": TEAM_ID,
        "type": one.kind,
        "blocks": content.get("blocks", []),
        "private_metadata": content.get("private_metadata", ""),
        "callback_id": content.get("callback_id", ""),
        "state": {"values": one.values},
        "hash": one.hash,
        "title": content.get("title") or {"type": "plain_text", "text": "View Title", "emoji": True},
        "clear_on_close": bool(content.get("clear_on_close", False)),
        "notify_on_close": bool(content.get("notify_on_close", False)),
        "close": content.get("close"),
        "submit": content.get("submit"),
        "previous_view_id": one.previous,
        "root_view_id": one.root,
        "app_id": APP_ID,
        "external_id": content.get("external_id", ""),
        "app_installed_team_id": TEAM_ID,
        "bot_id": bot_id,
    }
    if one.kind == "modal":
        shape["submit_disabled"] = bool(content.get("submit_disabled", False))
    return shape

"""conversations.*: channels, direct messages and who is in them."""

from sandbox import conversations, shapes
from sandbox.errors import SlackError
from sandbox.limits import LIMITS
from sandbox.web_api.registry import ApiCall, method, read_cursor, write_cursor
from sandbox.workspace import BOT_USER, Channel, Json, Message

KINDS = {"public_channel": "public", "private_channel": "private", "mpim": "mpim", "im": "im"}
KIND_SCOPES = {"public": "channels:read", "private": "groups:read", "mpim": "mpim:read", "im": "im:read"}
MOST_IN_HISTORY = 999


@method("conversations.create")
def create(call: ApiCall) -> Json:
    private = call.flag("is_private")
    call.needs_scope(*(("groups:write",) if private else ("channels:manage", "channels:write")))
    channel = conversations.create(call.world, call.text("name"), private=private, by=BOT_USER)
    return {"channel": shapes.channel(channel, BOT_USER)}


@method("conversations.info")
def info(call: ApiCall) -> Json:
    channel = call.channel()
    shape = shapes.channel(channel, BOT_USER)
    if call.flag("include_num_members"):
        shape["num_members"] = len(channel.members)
    return {"channel": shape}


@method("conversations.list")
def list_all(call: ApiCall) -> Json:
    kinds = _kinds(call)
    channels = [
        one
        for one in call.world.workspace.channels.values()
        if one.kind in kinds
        and (one.kind == "public" or one.has(BOT_USER))
        and not (call.flag("exclude_archived") and one.is_archived)
    ]
    found, cursor = call.page(channels, default=100, most=999)
    described = [{**shapes.channel(one, BOT_USER), "num_members": len(one.members)} for one in found]
    return {"channels": described, "response_metadata": {"next_cursor": cursor}}


@method("users.conversations")
def of_user(call: ApiCall) -> Json:
    kinds = _kinds(call)
    user = call.text("user", BOT_USER)
    channels = [
        one
        for one in call.world.workspace.channels_of(user)
        if one.kind in kinds
        and (one.kind == "public" or one.has(BOT_USER))
        and not (call.flag("exclude_archived") and one.is_archived)
    ]
    found, cursor = call.page(channels, default=100, most=999)
    described = [shapes.channel(one, user) for one in found]
    return {"channels": described, "response_metadata": {"next_cursor": cursor}}


@method("conversations.members")
def members(call: ApiCall) -> Json:
    channel = call.channel()
    found, cursor = call.page(channel.members, default=100, most=1000)
    return {"members": found, "response_metadata": {"next_cursor": cursor}}


@method("conversations.history")
def history(call: ApiCall) -> Json:
    channel = call.channel_of_bot()
    found, has_more = _slice(call, channel, channel.timeline, newest_first=True)
    answer: Json = {
        "messages": [_shape(call, channel, one) for one in found],
        "has_more": has_more,
        "pin_count": len(channel.pins),
        "channel_actions_ts": None,
        "channel_actions_count": 0,
    }
    answer |= {name: call.text(name) for name in ("oldest", "latest") if name in call.args}
    if has_more:
        answer["response_metadata"] = {"next_cursor": write_cursor("next_ts", found[-1].ts.replace(".", ""))}
    return answer


@method("conversations.replies")
def replies(call: ApiCall) -> Json:
    channel = call.channel_of_bot()
    asked = channel.messages.get(call.text("ts"))
    if asked is None:
        raise SlackError("thread_not_found")
    parent_ts = asked.thread_ts if asked.is_reply and asked.thread_ts else asked.ts
    parent = channel.messages.get(parent_ts, asked)
    found, has_more = _slice(call, channel, channel.threads.get(parent_ts, []), newest_first=False)
    # The parent comes first on every page, as in Slack.
    answer: Json = {"messages": [_shape(call, channel, one) for one in (parent, *found)], "has_more": has_more}
    if has_more:
        answer["response_metadata"] = {"next_cursor": write_cursor("next_ts", found[-1].ts.replace(".", ""))}
    return answer


@method("conversations.join")
def join(call: ApiCall) -> Json:
    channel = call.channel()
    if channel.kind != "public":
        raise SlackError("method_not_supported_for_channel_type")
    _open(channel)
    if channel.has(BOT_USER):
        metadata = {"warnings": ["already_in_channel"]}
        shape = shapes.channel(channel, BOT_USER)
        return {"channel": shape, "warning": "already_in_channel", "response_metadata": metadata}
    conversations.add_member(call.world, channel, BOT_USER)
    return {"channel": shapes.channel(channel, BOT_USER)}


@method("conversations.leave")
def leave(call: ApiCall) -> Json:
    channel = call.channel()
    _no_direct(channel)
    if not channel.has(BOT_USER):
        return {"not_in_channel": True}
    _open(channel)
    if channel.is_general:
        raise SlackError("cant_leave_general")
    if channel.kind == "private" and len(channel.members) == 1:
        raise SlackError("last_member")
    conversations.remove_member(call.world, channel, BOT_USER, by=BOT_USER)
    return {}


@method("conversations.invite")
def invite(call: ApiCall) -> Json:
    channel = call.channel_of_bot()
    _no_direct(channel)
    _open(channel)
    asked = [one.strip() for one in call.text("users").split(",") if one.strip()]
    if not asked:
        raise SlackError("no_user")
    if len(asked) > LIMITS["users invited at once"].most:
        raise SlackError("invalid_arguments", "[ERROR] no more than 100 items allowed [json-pointer:/users]")
    refusals = [{"user": one, "ok": False, "error": code} for one in asked if (code := _refusal(call, channel, one))]
    refused = {one["user"] for one in refusals}
    welcome = [one for one in dict.fromkeys(asked) if one not in refused]
    if refusals and (not call.flag("force") or not welcome):
        raise SlackError(str(refusals[0]["error"]), errors=refusals)
    for user in welcome:
        conversations.add_member(call.world, channel, user, inviter=BOT_USER)
    shape: Json = {"channel": shapes.channel(channel, BOT_USER)}
    return shape | ({"errors": refusals} if refusals else {})


@method("conversations.kick")
def kick(call: ApiCall) -> Json:
    channel = call.channel_of_bot()
    _no_direct(channel)
    user = call.user()
    if user.id == BOT_USER:
        raise SlackError("cant_kick_self")
    if channel.is_general:
        raise SlackError("cant_kick_from_general")
    if not channel.has(user.id):
        raise SlackError("not_in_channel")
    conversations.remove_member(call.world, channel, user.id, by=BOT_USER)
    return {}


@method("conversations.open")
def open_(call: ApiCall) -> Json:
    if call.text("channel"):
        channel = call.channel()
        if not channel.is_direct:
            raise SlackError("method_not_supported_for_channel_type")
        return _opened(call, channel, existed=True)
    asked = [one.strip() for one in call.text("users").split(",") if one.strip()]
    if not asked:
        raise SlackError("users_list_not_supplied")
    if len(asked) > LIMITS["people in a group message"].most:
        raise SlackError("too_many_users")
    for one in asked:
        user = call.world.workspace.users.get(one)
        if user is None:
            raise SlackError("user_not_found")
        if user.deleted:
            raise SlackError("user_disabled")
    call.needs_scope(*(("im:write",) if len(asked) == 1 else ("mpim:write",)))
    return _opened(call, *conversations.open_direct(call.world, [BOT_USER, *asked]))


@method("conversations.rename")
def rename(call: ApiCall) -> Json:
    channel = call.channel_of_bot()
    _no_direct(channel)
    _open(channel)
    # Slack lets an app rename only the channels it made.
    if channel.creator != BOT_USER:
        raise SlackError("not_authorized")
    conversations.rename(call.world, channel, call.text("name"), by=BOT_USER)
    return {"channel": shapes.channel(channel, BOT_USER)}


@method("conversations.archive")
def archive(call: ApiCall) -> Json:
    channel = call.channel_of_bot()
    _no_direct(channel)
    conversations.archive(call.world, channel, by=BOT_USER)
    return {}


@method("conversations.unarchive")
def unarchive(call: ApiCall) -> Json:
    channel = call.channel()
    _no_direct(channel)
    conversations.unarchive(call.world, channel, by=BOT_USER)
    return {}


@method("conversations.setTopic")
def set_topic(call: ApiCall) -> Json:
    channel = _noted_channel(call)
    conversations.set_topic(call.world, channel, call.text("topic"), by=BOT_USER)
    return {"channel": shapes.channel(channel, BOT_USER)}


@method("conversations.setPurpose")
def set_purpose(call: ApiCall) -> Json:
    channel = _noted_channel(call)
    conversations.set_purpose(call.world, channel, call.text("purpose"), by=BOT_USER)
    return {"channel": shapes.channel(channel, BOT_USER)}


def _kinds(call: ApiCall) -> set[str]:
    asked = [one.strip() for one in call.text("types", "public_channel").split(",") if one.strip()]
    if not asked or any(one not in KINDS for one in asked):
        raise SlackError("invalid_types")
    kinds = {KINDS[one] for one in asked}
    for kind in sorted(kinds):
        call.needs_scope(KIND_SCOPES[kind])
    return kinds


def _slice(call: ApiCall, channel: Channel, timestamps: list[str], *, newest_first: bool) -> tuple[list[Message], bool]:
    """Return the messages between `oldest` and `latest` that fit the limit, and whether there are more."""
    oldest, latest = _bound(call, "oldest"), _bound(call, "latest")
    inclusive = call.flag("inclusive")
    limit = min(max(call.number("limit", 100) or 100, 1), MOST_IN_HISTORY)
    cursor = read_cursor(call.text("cursor"), "next_ts")
    after = f"{cursor[:-6]}.{cursor[-6:]}" if cursor else None
    found: list[Message] = []
    for ts in reversed(timestamps) if newest_first else timestamps:
        if after and (ts >= after if newest_first else ts <= after):
            continue
        if (oldest and (ts < oldest or (ts == oldest and not inclusive))) or (
            latest and (ts > latest or (ts == latest and not inclusive))
        ):
            continue
        if len(found) == limit:
            return found, True
        found.append(channel.messages[ts])
    return found, False


def _bound(call: ApiCall, name: str) -> str:
    """Return a time bound written like our timestamps, so that they compare as text."""
    given = call.text(name)
    if given in ("", "0", "now"):
        return ""
    seconds, _, rest = given.partition(".")
    if not seconds.isdigit() or (rest and not rest.isdigit()):
        raise SlackError(f"invalid_ts_{name}")
    return f"{seconds}.{rest.ljust(6, '0')[:6]}"


def _shape(call: ApiCall, channel: Channel, message: Message) -> Json:
    return shapes.message(
        message,
        channel,
        call.world.workspace,
        call.world.base_url,
        metadata=call.flag("include_all_metadata"),
    )


def _refusal(call: ApiCall, channel: Channel, user_id: str) -> str | None:
    user = call.world.workspace.users.get(user_id)
    if user is None:
        return "user_not_found"
    if user_id == BOT_USER:
        return "cant_invite_self"
    if user.deleted or user.id == "USLACKBOT":
        return "cant_invite"
    return "already_in_channel" if channel.has(user_id) else None


def _opened(call: ApiCall, channel: Channel, existed: bool) -> Json:  # noqa: FBT001
    shape: Json = {"channel": {"id": channel.id}}
    if call.flag("return_im"):
        shape["channel"] = shapes.channel(channel, BOT_USER)
    return shape | ({"no_op": True, "already_open": True} if existed else {})


def _noted_channel(call: ApiCall) -> Channel:
    channel = call.channel_of_bot()
    if channel.kind == "im":
        raise SlackError("method_not_supported_for_channel_type")
    _open(channel)
    return channel


def _open(channel: Channel) -> None:
    if channel.is_archived:
        raise SlackError("is_archived")


def _no_direct(channel: Channel) -> None:
    if channel.is_direct:
        raise SlackError("method_not_supported_for_channel_type")

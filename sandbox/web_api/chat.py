"""chat.*: say, change and take back messages."""

from sandbox import conversations, messages, shapes
from sandbox.arguments import METHODS
from sandbox.errors import SlackError
from sandbox.limits import LIMITS
from sandbox.message_content import checked_content
from sandbox.web_api.registry import ApiCall, method
from sandbox.workspace import BOT_ID, BOT_USER, Channel, Json, Message, ScheduledMessage
from sandbox.world import World


@method("chat.postMessage")
def post_message(call: ApiCall) -> Json:
    channel = _postable_channel(call)
    message = new_bot_message(call, channel)
    if call.world.faults.enforce_rates == "all" and (wait := call.world.rates.wait_for_post(channel.id)):
        raise SlackError("ratelimited", retry_after=wait)
    messages.post(call.world, channel, message)
    return {"channel": channel.id, "ts": message.ts, "message": _shape(call, channel, message)}


@method("chat.postEphemeral")
def post_ephemeral(call: ApiCall) -> Json:
    channel = _postable_channel(call)
    reader = call.world.workspace.users.get(call.text("user"))
    if reader is None or not channel.has(reader.id):
        raise SlackError("user_not_in_channel")
    message = new_bot_message(call, channel)
    message.ephemeral_to = reader.id
    messages.post_ephemeral(call.world, channel, message)
    return {"message_ts": message.ts}


@method("chat.update")
def update(call: ApiCall) -> Json:
    channel = _updatable_channel(call)
    message = call.message(channel)
    if message.bot_id != BOT_ID:
        raise SlackError("cant_update_message")
    given = {"text": message.text, **call.args} if "blocks" not in call.args else dict(call.args)
    given.setdefault("attachments", message.attachments)
    if "blocks" not in given and "text" not in call.args and "markdown_text" not in call.args:
        given["blocks"] = message.blocks
    content = checked_content(given, text_limit="updated message text")
    if "metadata" not in call.args:
        content.pop("metadata")
    messages.update(call.world, channel, message, content, by=BOT_USER)
    shape = _shape(call, channel, message)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shape}


@method("chat.delete")
def delete(call: ApiCall) -> Json:
    channel = _updatable_channel(call)
    message = call.message(channel)
    if message.bot_id != BOT_ID:
        raise SlackError("cant_delete_message")
    messages.delete(call.world, channel, message)
    return {"channel": channel.id, "ts": message.ts}


@method("chat.getPermalink")
def get_permalink(call: ApiCall) -> Json:
    channel = call.channel()
    message = call.message(channel, "message_ts")
    return {"channel": channel.id, "permalink": shapes.permalink(message, call.world.base_url)}


@method("chat.scheduleMessage")
def schedule_message(call: ApiCall) -> Json:
    channel = _postable_channel(call)
    post_at, now = call.number("post_at", 0), call.world.clock.now()
    if post_at <= now:
        raise SlackError("time_in_past")
    if post_at > now + LIMITS["time until a scheduled message"].most:
        raise SlackError("time_too_far")
    content = checked_content(call.args)
    kept = {name: value for name, value in call.args.items() if name not in ("channel", "post_at")}
    scheduled = ScheduledMessage(call.world.ids.new("Q"), channel.id, post_at, kept, BOT_USER)
    call.world.workspace.scheduled[scheduled.id] = scheduled
    call.world.changes.note("scheduled", scheduled.id)
    set_timer(call.world, scheduled)
    described = {
        "text": content["text"],
        "user": BOT_USER,
        "bot_id": BOT_ID,
        "type": "delayed_message",
        **({"blocks": content["blocks"]} if content["blocks"] else {}),
    }
    return {
        "channel": channel.id,
        "scheduled_message_id": scheduled.id,
        "post_at": post_at,
        "message": described,
    }


@method("chat.deleteScheduledMessage")
def delete_scheduled_message(call: ApiCall) -> Json:
    channel = call.channel()
    scheduled = call.world.workspace.scheduled.get(call.text("scheduled_message_id"))
    if scheduled is None or scheduled.channel != channel.id:
        raise SlackError("invalid_scheduled_message_id")
    del call.world.workspace.scheduled[scheduled.id]
    call.world.changes.note("scheduled", scheduled.id)
    return {}


def set_timer(world: World, scheduled: ScheduledMessage) -> None:
    """Say the message when its time has come, unless it was deleted or its channel closed meanwhile."""

    def fire() -> None:
        if world.workspace.scheduled.pop(scheduled.id, None) is None:
            return
        world.changes.note("scheduled", scheduled.id)
        channel = world.workspace.channels.get(scheduled.channel)
        if channel is not None and not channel.is_archived and channel.has(BOT_USER):
            call = ApiCall(world, METHODS["chat.postMessage"], scheduled.arguments)
            messages.post(world, channel, new_bot_message(call, channel))

    world.timers.at(scheduled.post_at, fire)


def new_bot_message(call: ApiCall, channel: Channel) -> Message:
    content = checked_content(call.args)
    thread_ts = _thread(call, channel)
    username, icons = _costume(call)
    return Message(
        ts=call.world.clock.next_ts(),
        channel=channel.id,
        user=BOT_USER,
        bot_id=BOT_ID,
        thread_ts=thread_ts,
        broadcast=bool(thread_ts and call.flag("reply_broadcast")),
        username=username,
        icons=icons,
        mrkdwn=call.flag("mrkdwn", default=True),
        **content,
    )


def _thread(call: ApiCall, channel: Channel) -> str | None:
    """Return the parent's ts. A reply's own ts leads to its parent; one that nobody knows is taken as it is."""
    given = call.text("thread_ts")
    if not given:
        return None
    parent = channel.messages.get(given)
    return parent.thread_ts if parent is not None and parent.is_reply else given


def _costume(call: ApiCall) -> tuple[str | None, Json | None]:
    username = call.text("username") or None
    icons: Json = {}
    if emoji := call.text("icon_emoji"):
        icons["emoji"] = emoji
    if url := call.text("icon_url"):
        icons["image_48"] = url
    if username or icons:
        call.needs_scope("chat:write.customize")
    return username, icons or None


def _postable_channel(call: ApiCall) -> Channel:
    """Return the channel to say something in: an id, a name, or a person (then it is their direct message)."""
    given = call.text("channel")
    workspace = call.world.workspace
    if given in workspace.users:
        if given == BOT_USER or workspace.users[given].deleted:
            raise SlackError("channel_not_found")
        return conversations.open_direct(call.world, [BOT_USER, given])[0]
    channel = call.channel(by_name=True)
    if not channel.has(BOT_USER) and "chat:write.public" not in call.world.manifest.scopes:
        raise SlackError("not_in_channel")
    if channel.is_archived:
        raise SlackError("is_archived")
    return channel


def _updatable_channel(call: ApiCall) -> Channel:
    channel = call.channel()
    if channel.is_archived:
        raise SlackError("is_archived")
    return channel


def _shape(call: ApiCall, channel: Channel, message: Message) -> Json:
    return shapes.message(message, channel, call.world.workspace, call.world.base_url, metadata=True)

"""files.*: the upload in three steps."""

from sandbox import messages, shapes
from sandbox.errors import SlackError
from sandbox.web_api.registry import ApiCall, method
from sandbox.workspace import BOT_ID, BOT_USER, File, Json, Message


@method("files.getUploadURLExternal")
def get_upload_url(call: ApiCall) -> Json:
    world = call.world
    name = call.text("filename")
    file = File(
        world.ids.new("F"),
        name,
        name,
        "application/octet-stream",
        call.number("length", 0),
        BOT_USER,
        int(world.clock.now()),
    )
    world.workspace.files[file.id] = file
    return {"file_id": file.id, "upload_url": f"{world.base_url}upload/v1/{file.id}"}


@method("files.completeUploadExternal")
def complete_upload(call: ApiCall) -> Json:
    world = call.world
    done: list[File] = []
    for one in call.args["files"]:
        file = world.workspace.files.get(str(one.get("id")))
        if file is None or not file.uploaded:
            raise SlackError("file_not_found")
        file.title = str(one.get("title") or file.name)
        file.completed = True
        done.append(file)
    channel_id = call.text("channel_id") or call.text("channels").partition(",")[0]
    if channel_id:
        _share(call, channel_id, done)
    for file in done:
        world.changes.note("file", file.id)
    return {"files": [shapes.file(file, world.base_url) for file in done]}


def _share(call: ApiCall, channel_id: str, files: list[File]) -> None:
    channel = call.find_channel(channel_id)
    if channel is None:
        raise SlackError("channel_not_found")
    if not channel.has(BOT_USER):
        raise SlackError("not_in_channel")
    for file in files:
        file.channels.append(channel.id)
    message = Message(
        call.world.clock.next_ts(),
        channel.id,
        BOT_USER,
        call.text("initial_comment"),
        subtype="file_share",
        bot_id=BOT_ID,
        thread_ts=call.text("thread_ts") or None,
        files=[file.id for file in files],
    )
    messages.post(call.world, channel, message)


@method("files.info")
def info(call: ApiCall) -> Json:
    file = call.world.workspace.files.get(call.text("file"))
    if file is None or not file.completed:
        raise SlackError("file_not_found")
    return {"file": shapes.file(file, call.world.base_url), "comments": []}

"""canvases.*: kept as Markdown text, shown nowhere yet."""

from typing import Any

from sandbox.errors import SlackError
from sandbox.web_api.registry import ApiCall, method
from sandbox.workspace import BOT_USER, Json


def _markdown(raw: Any) -> str:
    if raw is None:
        return ""
    if not isinstance(raw, dict) or raw.get("type") != "markdown" or not isinstance(raw.get("markdown"), str):
        raise SlackError("invalid_arguments", "[ERROR] must be a markdown document [json-pointer:/document_content]")
    return str(raw["markdown"])


def _new(call: ApiCall, channel_id: str | None) -> Json:
    canvas_id = call.world.ids.new("F")
    call.world.workspace.canvases[canvas_id] = {
        "id": canvas_id,
        "title": call.text("title"),
        "markdown": _markdown(call.args.get("document_content")),
        "channel": channel_id,
        "user": BOT_USER,
    }
    call.world.changes.note("canvas", canvas_id)
    return {"canvas_id": canvas_id}


@method("canvases.create")
def create(call: ApiCall) -> Json:
    return _new(call, call.channel("channel_id").id if call.text("channel_id") else None)


@method("conversations.canvases.create")
def create_for_channel(call: ApiCall) -> Json:
    channel = call.channel("channel_id")
    if any(one["channel"] == channel.id for one in call.world.workspace.canvases.values()):
        raise SlackError("channel_canvas_already_exists")
    return _new(call, channel.id)


@method("canvases.edit")
def edit(call: ApiCall) -> Json:
    canvas = call.world.workspace.canvases.get(call.text("canvas_id"))
    if canvas is None:
        raise SlackError("canvas_not_found")
    for change in call.args["changes"]:
        operation, new = change.get("operation"), _markdown(change.get("document_content"))
        if operation == "insert_at_end":
            canvas["markdown"] += f"\n{new}"
        elif operation == "insert_at_start":
            canvas["markdown"] = f"{new}\n{canvas['markdown']}"
        elif operation == "replace" and not change.get("section_id"):
            canvas["markdown"] = new
        elif operation == "rename":
            canvas["title"] = _markdown(change.get("title_content"))
        else:
            raise SlackError("canvas_editing_failed", f"The sandbox cannot do {operation} with sections yet.")
    call.world.changes.note("canvas", canvas["id"])
    return {}

"""bookmarks.*"""

from urllib.parse import urlsplit

from sandbox import conversations, shapes
from sandbox.errors import SlackError
from sandbox.web_api.registry import ApiCall, method
from sandbox.workspace import BOT_USER, Channel, Json


def _channel(call: ApiCall) -> Channel:
    channel = call.channel("channel_id")
    if not channel.has(BOT_USER):
        raise SlackError("channel_not_found" if channel.kind == "private" else "permission_denied")
    return channel


def _checked_link(link: str) -> str:
    parts = urlsplit(link)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise SlackError("invalid_link")
    return link


@method("bookmarks.add")
def add(call: ApiCall) -> Json:
    channel = _channel(call)
    if call.text("type") != "link":
        raise SlackError("invalid_bookmark_type")
    bookmark = conversations.add_bookmark(
        call.world,
        channel,
        call.text("title"),
        _checked_link(call.text("link")),
        call.text("emoji"),
        by=BOT_USER,
    )
    return {"bookmark": shapes.bookmark(bookmark, channel.id)}


@method("bookmarks.edit")
def edit(call: ApiCall) -> Json:
    channel = _channel(call)
    bookmark = channel.bookmarks.get(call.text("bookmark_id"))
    if bookmark is None:
        raise SlackError("not_found")
    changed: Json = {name: call.text(name) for name in ("title", "link", "emoji") if name in call.args}
    if "link" in changed:
        _checked_link(changed["link"])
    conversations.change_bookmark(call.world, channel, bookmark, changed, by=BOT_USER)
    return {"bookmark": shapes.bookmark(bookmark, channel.id)}


@method("bookmarks.list")
def list_all(call: ApiCall) -> Json:
    channel = _channel(call)
    return {"bookmarks": [shapes.bookmark(one, channel.id) for one in channel.bookmarks.values()]}


@method("bookmarks.remove")
def remove(call: ApiCall) -> Json:
    conversations.remove_bookmark(call.world, _channel(call), call.text("bookmark_id"))
    return {}

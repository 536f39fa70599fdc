"""Slack's payloads as types. What is missing or of another shape than documented ends here, in `Malformed`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from inspect import signature
from typing import Any, Final, TypeVar

from slackbot.api.mrkdwn import words_to_markdown
from slackbot.api.shapes import Malformed, reads
from slackbot.directory.people import person_for
from slackbot.directory.workspace import permalink
from slackbot.inbound.json_bodies import json_object, keepable
from slackbot.kit.contexts import Origin
from slackbot.kit.dialogs import WORDS, Value
from slackbot.kit.messages import SaidMessage

T = TypeVar("T")


@dataclass(frozen=True)
class SlashCommand:
    text: str
    origin: Origin
    user_name: str
    trigger_id: str

    @property
    def key(self) -> str:
        return f"command:{self.trigger_id}"


@dataclass(frozen=True)
class Click:
    """One action of a `block_actions` payload."""

    action_id: str
    value: str
    block_id: str
    origin: Origin
    user_name: str
    trigger_id: str
    action_ts: str
    message: SaidMessage | None = None
    is_ephemeral: bool = False  # only they see the message on which they clicked

    @property
    def key(self) -> str:
        return f"action:{self.trigger_id}:{self.action_id}:{self.action_ts}"


@dataclass(frozen=True)
class Entered:
    """What a field of a dialog holds, as Slack sent it.

    `kind` is "text", "words" (to be Markdown), "user", "users", "texts" or "moment".
    """

    kind: str
    value: Any

    def read(self, now: datetime) -> Value:
        """Return the value typed: Markdown for words, people for Slack ids, an aware datetime for Unix seconds."""
        match self.kind:
            case "user":
                return person_for(self.value, now=now)
            case "users":
                return [person_for(user_id, now=now) for user_id in self.value]
            case "moment":
                return datetime.fromtimestamp(self.value, tz=UTC)
            case "words":
                return words_to_markdown(self.value)
            case "texts":
                return list(self.value)
            case _:
                return str(self.value)


@dataclass(frozen=True)
class Submission:
    """A `view_submission`. `values` are what its fields hold, by block id."""

    dialog_id: str
    view_id: str
    view_hash: str
    user_id: str
    user_name: str
    metadata: Mapping[str, Any]
    values: Mapping[str, Entered]
    in_background: bool = False  # run by a worker, after the dialog has closed

    @property
    def key(self) -> str:
        return f"view:{self.view_id}:{self.view_hash}"

    @property
    def origin(self) -> Origin:
        """Where they were when the dialog was opened."""
        return revived(Origin, self.metadata.get("origin", {"user_id": self.user_id}))


@dataclass(frozen=True)
class OptionSearch:
    """A `block_suggestion`: somebody types into a field whose choices are searched."""

    dialog_id: str
    field: str
    query: str
    user_id: str = ""
    incident: int | None = None  # the number of the dialog's, if it is about one


@dataclass(frozen=True)
class Mention:
    text: str
    ts: str
    origin: Origin


@reads
def slash_command(body: Mapping[str, Any]) -> SlashCommand:
    origin = Origin(
        user_id=_text(body, "user_id"),
        channel_id=_text(body, "channel_id"),
        response_url=str(body.get("response_url", "")),
    )
    return SlashCommand(
        str(body.get("text") or "").strip(), origin, str(body.get("user_name", "")), _text(body, "trigger_id")
    )


@reads
def clicks(body: Mapping[str, Any]) -> list[Click]:
    user = _mapping(body, "user")
    container = body.get("container") or {}
    channel = body.get("channel") or {}
    message = body.get("message") or {}
    origin = Origin(
        user_id=_text(user, "id"),
        channel_id=str(channel.get("id") or container.get("channel_id") or ""),
        thread_ts=str(message.get("thread_ts") or ""),
        response_url=str(body.get("response_url") or ""),
    )
    name = str(user.get("username") or user.get("name") or "")
    trigger = str(body.get("trigger_id") or "")
    return [
        Click(
            action_id=str(action.get("action_id") or ""),
            value=_chosen(action),
            block_id=str(action.get("block_id") or ""),
            origin=origin,
            user_name=name,
            trigger_id=trigger,
            action_ts=str(action.get("action_ts") or ""),
            message=_message(message, origin.channel_id),
            is_ephemeral=container.get("is_ephemeral") is True,
        )
        for action in body.get("actions") or []
        if isinstance(action, Mapping)
    ]


@reads
def shortcut(body: Mapping[str, Any]) -> Click:
    """Read a global or a message shortcut: a click on what its callback id names."""
    user = _mapping(body, "user")
    channel_id = str((body.get("channel") or {}).get("id") or "")
    return Click(
        action_id=_text(body, "callback_id"),
        value="",
        block_id="",
        origin=Origin(_text(user, "id"), channel_id, response_url=str(body.get("response_url") or "")),
        user_name=str(user.get("username") or user.get("name") or ""),
        trigger_id=_text(body, "trigger_id"),
        action_ts=str(body.get("action_ts") or ""),
        message=_message(body.get("message") or {}, channel_id),
    )


@reads
def submission(body: Mapping[str, Any]) -> Submission:
    view, user = _mapping(body, "view"), _mapping(body, "user")
    state = (view.get("state") or {}).get("values") or {}
    values = {block_id: _entered(*next(iter(block.items()))) for block_id, block in state.items() if block}
    return Submission(
        dialog_id=_text(view, "callback_id"),
        view_id=_text(view, "id"),
        view_hash=str(view.get("hash") or ""),
        user_id=_text(user, "id"),
        user_name=str(user.get("username") or user.get("name") or ""),
        metadata=_metadata(view),
        values=values,
    )


@reads
def mention(event: Mapping[str, Any]) -> Mention:
    origin = Origin(
        user_id=_text(event, "user"),
        channel_id=_text(event, "channel"),
        thread_ts=str(event.get("thread_ts") or ""),
    )
    return Mention(str(event.get("text") or ""), _text(event, "ts"), origin)


@reads
def option_search(body: Mapping[str, Any]) -> OptionSearch:
    view = body.get("view") or {}
    number = _metadata(view).get("incident")
    return OptionSearch(
        str(view.get("callback_id") or ""),
        str(body.get("action_id") or ""),
        str(body.get("value") or ""),
        _text(_mapping(body, "user"), "id"),
        number if isinstance(number, int) else None,
    )


def _metadata(view: Mapping[str, Any]) -> dict[str, Any]:
    metadata: dict[str, Any] = keepable(json_object(view.get("private_metadata") or "{}"))
    _check_metadata(metadata)
    return metadata


def as_json(request: SlashCommand | Click | Submission) -> dict[str, Any]:
    """Return a request as a row of the inbox keeps it."""
    return {"type": type(request).__name__, **asdict(request)}


def from_json(stored: Mapping[str, Any]) -> SlashCommand | Click | Submission:
    """Return the request that `as_json` was given."""
    parts = dict(stored)
    if stored["type"] == "Submission":
        parts["values"] = {name: revived(Entered, entered) for name, entered in parts["values"].items()}
        return revived(Submission, parts)
    parts["origin"] = revived(Origin, parts["origin"])
    if stored["type"] == "SlashCommand":
        return revived(SlashCommand, parts)
    parts["message"] = revived(SaidMessage, parts["message"]) if parts["message"] else None
    return revived(Click, parts)


def revived(type_: Callable[..., T], stored: Mapping[str, Any]) -> T:
    """Return a dataclass from its JSON, which a newer version may have written that knows more parts of it."""
    return type_(**{name: stored[name] for name in signature(type_).parameters if name in stored})


@reads
def channel_of(event: Mapping[str, Any]) -> str:
    """Return the channel an event is about, wherever its type keeps it; "" when it is about none."""
    item = event.get("item")
    for place in (
        event.get("channel"),
        event.get("channel_id"),
        item.get("channel") if isinstance(item, Mapping) else None,
    ):
        if isinstance(place, str):
            return place
        if isinstance(place, Mapping) and isinstance(place.get("id"), str):
            return str(place["id"])
    return ""


@reads
def actor_of(event: Mapping[str, Any]) -> str:
    """Return the Slack id of who caused an event; "" when it was a bot, or nobody in particular."""
    if event.get("bot_id"):
        return ""
    user = event.get("user")
    if isinstance(user, Mapping):
        user = user.get("id")
    return user if isinstance(user, str) else ""


# Where a message has its words.
SAID_IN: Final = ("text", "blocks", "attachments", "files", "bot_id", "username", "bot_profile")


def _message(message: Mapping[str, Any], channel_id: str) -> SaidMessage | None:
    """Return the message of a click or a shortcut, with no more of it than its words: a row of the inbox keeps it."""
    found = said_message(message, channel_id)
    return replace(found, raw={name: message[name] for name in SAID_IN if name in message}) if found else None


def said_message(message: Mapping[str, Any], channel_id: str) -> SaidMessage | None:
    """Read a message as Slack sends it. Return None if the payload has no message."""
    ts = message.get("ts")
    if not isinstance(ts, str) or not channel_id:
        return None
    blocks = message.get("blocks")
    return SaidMessage(
        channel_id,
        ts,
        str(message.get("text") or ""),
        permalink(channel_id, ts, thread_ts=str(message.get("thread_ts") or "")),
        blocks if isinstance(blocks, list) else [],
        str(message.get("thread_ts") or ""),
        message,
    )


def _chosen(action: Mapping[str, Any]) -> str:
    option = action.get("selected_option") or {}
    for name in (
        "value",
        "selected_user",
        "selected_channel",
        "selected_conversation",
        "selected_date",
        "selected_time",
    ):
        if isinstance(action.get(name), str):
            return str(action[name])
    return str(option.get("value") or "")


def _entered(action_id: str, element: Mapping[str, Any]) -> Entered:
    """Read one element of `view.state.values` (docs.slack.dev, view interactions payload)."""
    if element.get("selected_user"):
        return Entered("user", str(element["selected_user"]))
    if "selected_users" in element:
        return Entered("users", [str(each) for each in element["selected_users"] or []])
    if "selected_options" in element:
        return Entered("texts", [str(each.get("value")) for each in element["selected_options"] or []])
    if element.get("selected_date_time"):
        moment = int(element["selected_date_time"])
        datetime.fromtimestamp(moment, tz=UTC)  # raises what `reads` knows when there is no such moment
        return Entered("moment", moment)
    return Entered("words" if action_id.startswith(WORDS) else "text", _chosen(element))


def _check_metadata(metadata: Mapping[str, Any]) -> None:
    """Refuse what we did not write ourselves when we opened the dialog."""
    number, origin = metadata.get("incident"), metadata.get("origin", {"user_id": ""})
    if number is not None and (not isinstance(number, int) or isinstance(number, bool)):
        raise Malformed("The incident in private_metadata is no number")
    if not isinstance(origin, dict) or not all(
        isinstance(part, str) for part in (origin.get("user_id"), *origin.values())
    ):
        raise Malformed("The origin in private_metadata is not ours")
    if not isinstance(metadata.get("state", {}), dict):
        raise Malformed("The state in private_metadata is no object")


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise Malformed(f"{name} is missing")
    return value


def _mapping(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name)
    if not isinstance(value, Mapping):
        raise Malformed(f"{name} is missing")
    return value

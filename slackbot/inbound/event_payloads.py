"""Read Slack's events into the types of `slackbot.kit.events`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from slackbot.api.shapes import Malformed, moment_of, reads
from slackbot.inbound import payloads
from slackbot.kit import events
from slackbot.kit.events import SlackEvent

Raw: TypeAlias = Mapping[str, Any]
EventClass: TypeAlias = type[SlackEvent]


def read(raw: Raw, *, wanted: Sequence[EventClass] = ()) -> SlackEvent:
    """Return an event as one of the classes `wanted`, and raise `Malformed` if it can't be read as one.

    Without `wanted`, return a plain `SlackEvent` for an event that has no class, or lacks a field that its class needs.
    """
    kind = next((each for each in wanted or KNOWN if _is_one(raw, each)), None)
    if kind is not None:
        try:
            return _read_as(kind, raw)
        except Malformed:
            if wanted:
                raise
    elif wanted:
        raise Malformed(f"{raw.get('type')} {raw.get('subtype') or ''} isn't {' or '.join(_names(wanted))}")
    return _read_as(SlackEvent, raw)


def _is_one(raw: Raw, kind: EventClass) -> bool:
    """Return whether an event has the type of this class, and of messages the subtype."""
    return raw.get("type") in kind.TYPES and (kind.SUBTYPES is None or (raw.get("subtype") or None) in kind.SUBTYPES)


def _names(kinds: Sequence[EventClass]) -> list[str]:
    return [each.__name__ for each in kinds]


@reads
def _read_as(kind: EventClass, raw: Raw) -> SlackEvent:
    details = _DETAILS.get(kind)
    return kind(
        raw=raw,
        channel_id=payloads.channel_of(raw),
        user_id=payloads.actor_of(raw),
        **(details(raw) if details else {}),
    )


def _posted(raw: Raw) -> Raw:
    return {
        "text": _text(raw, "text"),
        "ts": str(raw["ts"]),
        "posted_at": moment_of(raw["ts"]),
        "thread_ts": _text(raw, "thread_ts"),
    }


def _edited(raw: Raw) -> Raw:
    return {"message": payloads.said_message(_part(raw, "message"), payloads.channel_of(raw))}


def _deleted(raw: Raw) -> Raw:
    return {"ts": _text(raw, "deleted_ts")}


def _reaction(raw: Raw) -> Raw:
    item = _part(raw, "item")
    return {"reaction": _text(raw, "reaction"), "ts": _text(item, "ts") if item.get("type") == "message" else ""}


def _pin(raw: Raw) -> Raw:
    return {"message": payloads.said_message(_part(_part(raw, "item"), "message"), payloads.channel_of(raw))}


def _joined(raw: Raw) -> Raw:
    return {"inviter_id": _text(raw, "inviter")}


def _renamed(raw: Raw) -> Raw:
    return {"name": str(raw["channel"]["name"])}


def _id_changed(raw: Raw) -> Raw:
    return {"old_id": _text(raw, "old_channel_id"), "new_id": _text(raw, "new_channel_id")}


def _user(raw: Raw) -> Raw:
    if not isinstance(raw["user"], Mapping):
        raise Malformed("The user is no object")
    return {"user": raw["user"]}


def _opened(raw: Raw) -> Raw:
    return {"tab": _text(raw, "tab") or "home"}


_DETAILS: Final[Mapping[EventClass, Callable[[Raw], Raw]]] = {
    events.MessagePosted: _posted,
    events.MessageEdited: _edited,
    events.MessageDeleted: _deleted,
    events.ReactionAdded: _reaction,
    events.ReactionRemoved: _reaction,
    events.PinAdded: _pin,
    events.PinRemoved: _pin,
    events.MemberJoined: _joined,
    events.ChannelRenamed: _renamed,
    events.ChannelIdChanged: _id_changed,
    events.UserChanged: _user,
    events.UserJoined: _user,
    events.AppHomeOpened: _opened,
}


def _classes(of: EventClass) -> list[EventClass]:
    return [each for child in of.__subclasses__() for each in (child, *_classes(child))]


KNOWN: Final = tuple(_classes(SlackEvent))


def _text(raw: Raw, name: str) -> str:
    value = raw.get(name)
    return value if isinstance(value, str) else ""


def _part(raw: Raw, name: str) -> Raw:
    value = raw.get(name)
    return value if isinstance(value, Mapping) else {}

"""What exists in the workspace: people, channels, messages. Plain data and look-ups; others make the changes."""

import bisect
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

# Slack's payloads are open-ended JSON objects: blocks, metadata, views.
Json = dict[str, Any]
Kind = Literal["public", "private", "im", "mpim"]

TEAM_ID = "T0SANDBOX"
TEAM_NAME = "Sandbox"
TEAM_DOMAIN = "sandbox"
APP_ID = "A0RESPONSE"
BOT_ID = "B0RESPONSE"
BOT_USER = "U0RESPONSE"
SLACKBOT = "USLACKBOT"


@dataclass(slots=True)
class User:
    id: str
    name: str
    real_name: str
    display_name: str = ""
    title: str = ""
    email: str = ""
    tz: str = "Europe/London"
    color: str = "#4a154b"
    is_bot: bool = False
    is_admin: bool = False
    is_restricted: bool = False
    is_stranger: bool = False
    team_id: str = ""  # another workspace's, of somebody in a shared channel
    deleted: bool = False
    bot_id: str | None = None
    status_text: str = ""
    status_emoji: str = ""
    updated: int = 0


@dataclass(slots=True)
class UserGroup:
    id: str
    handle: str
    name: str
    users: list[str]
    description: str = ""
    created: int = 0
    created_by: str = ""
    updated: int = 0
    disabled: bool = False


@dataclass(slots=True)
class Note:
    """A channel's topic or purpose."""

    value: str = ""
    creator: str = ""
    last_set: int = 0


@dataclass(slots=True)
class Bookmark:
    id: str
    title: str
    link: str
    emoji: str
    type: str
    created: int
    updated: int
    by: str


@dataclass(slots=True)
class Pin:
    by: str
    at: int


@dataclass(slots=True)
class File:
    id: str
    name: str
    title: str
    mimetype: str
    size: int
    user: str
    created: int
    content: str = ""  # base64
    channels: list[str] = field(default_factory=list)
    uploaded: bool = False
    completed: bool = False


@dataclass(slots=True)
class Message:
    ts: str
    channel: str
    user: str
    text: str
    subtype: str | None = None
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    thread_ts: str | None = None
    broadcast: bool = False
    reactions: dict[str, list[str]] = field(default_factory=dict)
    edited_by: str | None = None
    edited_ts: str | None = None
    bot_id: str | None = None
    username: str | None = None
    icons: Json | None = None
    files: list[str] = field(default_factory=list)
    client_msg_id: str | None = None
    mrkdwn: bool = True
    ephemeral_to: str | None = None
    # Fields that only one subtype has: topic, inviter, old_name …
    extra: Json = field(default_factory=dict)

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass(slots=True)
class Unread:
    messages: int = 0
    mentions: int = 0


@dataclass(slots=True)
class Channel:
    id: str
    name: str
    kind: Kind
    created: int
    creator: str
    members: list[str] = field(default_factory=list)
    topic: Note = field(default_factory=Note)
    purpose: Note = field(default_factory=Note)
    is_archived: bool = False
    is_general: bool = False
    previous_names: list[str] = field(default_factory=list)
    bookmarks: dict[str, Bookmark] = field(default_factory=dict)
    pins: dict[str, Pin] = field(default_factory=dict)
    last_read: dict[str, str] = field(default_factory=dict)
    updated_ms: int = 0
    # Not part of the saved channel: messages are saved one by one, the rest is counted again from them.
    messages: dict[str, Message] = field(default_factory=dict)
    timeline: list[str] = field(default_factory=list)
    threads: dict[str, list[str]] = field(default_factory=dict)
    ephemerals: dict[str, dict[str, Message]] = field(default_factory=dict)
    unread: dict[str, Unread] = field(default_factory=dict)

    @property
    def is_direct(self) -> bool:
        return self.kind in ("im", "mpim")

    def has(self, user_id: str) -> bool:
        return user_id in self.members

    def is_visible_to(self, user_id: str) -> bool:
        return self.kind == "public" or user_id in self.members

    def other(self, user_id: str) -> str:
        """Return the other person of a direct message (oneself, when it is with oneself)."""
        return next((member for member in self.members if member != user_id), user_id)

    def add_message(self, message: Message) -> None:
        """Put the newest message in its places. A reply shows in the timeline only when it was broadcast."""
        self.messages[message.ts] = message
        if message.is_reply and message.thread_ts:
            self.threads.setdefault(message.thread_ts, []).append(message.ts)
        if not message.is_reply or message.broadcast:
            self.timeline.append(message.ts)

    def remove_message(self, message: Message) -> None:
        del self.messages[message.ts]
        if message.thread_ts in self.threads and message.is_reply:
            self.threads[message.thread_ts].remove(message.ts)
            if not self.threads[message.thread_ts]:
                del self.threads[message.thread_ts]
        if not message.is_reply or message.broadcast:
            del self.timeline[bisect.bisect_left(self.timeline, message.ts)]

    def replies(self, parent_ts: str) -> list[Message]:
        return [self.messages[ts] for ts in self.threads.get(parent_ts, [])]

    def latest_ts(self) -> str:
        return self.timeline[-1] if self.timeline else "0000000000.000000"


@dataclass(slots=True)
class View:
    id: str
    user: str
    kind: Literal["modal", "home"]
    content: Json
    hash: str
    root: str
    previous: str | None = None
    values: Json = field(default_factory=dict)


@dataclass(slots=True)
class ScheduledMessage:
    id: str
    channel: str
    post_at: int
    arguments: Json
    user: str


@dataclass(slots=True)
class Workspace:
    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, UserGroup] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    scheduled: dict[str, ScheduledMessage] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)
    canvases: dict[str, Json] = field(default_factory=dict)

    def channel_called(self, name: str) -> Channel | None:
        wanted = name.removeprefix("#")
        return next((one for one in self.channels.values() if one.name == wanted and not one.is_direct), None)

    def direct_between(self, members: set[str]) -> Channel | None:
        return next((one for one in self.channels.values() if one.is_direct and set(one.members) == members), None)

    def channels_of(self, user_id: str) -> Iterator[Channel]:
        return (one for one in self.channels.values() if user_id in one.members)

    def people(self) -> list[User]:
        return [user for user in self.users.values() if not user.is_bot]

    def user_called(self, handle: str) -> User | None:
        wanted = handle.lower()
        return next((one for one in self.users.values() if one.name.lower() == wanted), None)

    def user_with_email(self, email: str) -> User | None:
        return next((one for one in self.users.values() if one.email and one.email.lower() == email.lower()), None)

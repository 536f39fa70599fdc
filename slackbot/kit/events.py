"""Slack's events as types, for `@slack_event(PinAdded)` and `EventContext[PinAdded]`.

Each one also reads like the dict that Slack sent, `event["type"]`, so that nothing in it is out of reach. What is "" or
None was not in it. Types without a class here are a plain `SlackEvent`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from slackbot.directory import workspace
from slackbot.kit import commands
from slackbot.kit.messages import SaidMessage


@dataclass(frozen=True, kw_only=True, eq=False)
class SlackEvent(Mapping[str, Any]):
    """Something happened in Slack: in which channel, and who did it or whom it is about ("" for bots and nobody)."""

    TYPES: ClassVar[tuple[str, ...]] = ()
    SUBTYPES: ClassVar[tuple[str | None, ...] | None] = None  # of messages; None in it is an ordinary one

    raw: Mapping[str, Any] = field(repr=False)
    channel_id: str = ""
    user_id: str = ""

    def __getitem__(self, name: str) -> Any:
        return self.raw[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.raw)

    def __len__(self) -> int:
        return len(self.raw)

    @property
    def is_about_us(self) -> bool:
        """Whether the app did it, or it happened to the app."""
        present = workspace.present()
        return present is not None and bool(self.user_id) and self.user_id == present.bot_user_id


# Messages -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, eq=False)
class MessagePosted(SlackEvent):
    """Somebody wrote something. `text` is mrkdwn."""

    TYPES = ("message",)
    SUBTYPES = (None, "file_share", "thread_broadcast", "me_message")

    text: str
    ts: str
    posted_at: datetime
    thread_ts: str = ""

    @property
    def is_for_us(self) -> bool:
        """Whether it begins with a mention of the app: then it is a command."""
        present = workspace.present()
        return present is not None and commands.said_to(present.bot_user_id, self.text) is not None


@dataclass(frozen=True, kw_only=True, eq=False)
class MessageEdited(SlackEvent):
    """A message says something else now, or only `message.is_deleted`, if it has replies."""

    TYPES = ("message",)
    SUBTYPES = ("message_changed",)

    message: SaidMessage | None


@dataclass(frozen=True, kw_only=True, eq=False)
class MessageDeleted(SlackEvent):
    """A message is gone; `ts` is what Slack called it."""

    TYPES = ("message",)
    SUBTYPES = ("message_deleted",)

    ts: str


@dataclass(frozen=True, kw_only=True, eq=False)
class ReactionAdded(SlackEvent):
    """`reaction` is the emoji's name, with its skin tone. `ts` is the message's, "" when it is something else."""

    TYPES = ("reaction_added",)

    reaction: str
    ts: str


@dataclass(frozen=True, kw_only=True, eq=False)
class ReactionRemoved(ReactionAdded):
    """See `ReactionAdded`."""

    TYPES = ("reaction_removed",)


@dataclass(frozen=True, kw_only=True, eq=False)
class PinAdded(SlackEvent):
    """`message` is None when something else was pinned, such as a file."""

    TYPES = ("pin_added",)

    message: SaidMessage | None


@dataclass(frozen=True, kw_only=True, eq=False)
class PinRemoved(SlackEvent):
    """See `PinAdded`."""

    TYPES = ("pin_removed",)

    message: SaidMessage | None


# Channels -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, eq=False)
class MemberJoined(SlackEvent):
    """`user_id` joined; `inviter_id` invited them, "" if nobody did."""

    TYPES = ("member_joined_channel",)

    inviter_id: str


@dataclass(frozen=True, kw_only=True, eq=False)
class MemberLeft(SlackEvent):
    """`user_id` left, or was removed."""

    TYPES = ("member_left_channel",)


@dataclass(frozen=True, kw_only=True, eq=False)
class AppLeft(SlackEvent):
    """The app left the channel, or was removed from it."""

    TYPES = ("channel_left", "group_left")


@dataclass(frozen=True, kw_only=True, eq=False)
class ChannelRenamed(SlackEvent):
    TYPES = ("channel_rename", "group_rename")

    name: str


@dataclass(frozen=True, kw_only=True, eq=False)
class ChannelArchived(SlackEvent):
    TYPES = ("channel_archive", "group_archive")


@dataclass(frozen=True, kw_only=True, eq=False)
class ChannelUnarchived(SlackEvent):
    TYPES = ("channel_unarchive", "group_unarchive")


@dataclass(frozen=True, kw_only=True, eq=False)
class ChannelDeleted(SlackEvent):
    TYPES = ("channel_deleted", "group_deleted")


@dataclass(frozen=True, kw_only=True, eq=False)
class ChannelIdChanged(SlackEvent):
    """A channel was shared with another workspace, or is no longer."""

    TYPES = ("channel_id_changed",)

    old_id: str
    new_id: str


@dataclass(frozen=True, kw_only=True, eq=False)
class ChannelMadePrivate(SlackEvent):
    TYPES = ("message",)
    SUBTYPES = ("channel_convert_to_private",)


# People ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, eq=False)
class UserChanged(SlackEvent):
    """`user` is Slack's user object: https://docs.slack.dev/reference/objects/user-object."""

    TYPES = ("user_change",)

    user: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class UserJoined(UserChanged):
    """Somebody new is in the workspace. See `UserChanged`."""

    TYPES = ("team_join",)


@dataclass(frozen=True, kw_only=True, eq=False)
class AppHomeOpened(SlackEvent):
    """`tab` is "home" or "messages"."""

    TYPES = ("app_home_opened",)

    tab: str

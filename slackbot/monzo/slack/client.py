"""The ancestor's client. What it says goes through the outbox; what it reads of people, Response knows already.

The other calls are made while the handler runs, and take of its two seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

from django.db.models import QuerySet
from django.utils import timezone

from slackbot.api import rate_limits
from slackbot.api.client import LockedOut, Refused, SlackProblem
from slackbot.directory import workspace
from slackbot.directory.people import keep_user
from slackbot.kit.contexts import Origin
from slackbot.models import CommsChannel, SlackUser
from slackbot.monzo import models, running
from slackbot.monzo.slack.dialog_builder import open_legacy
from slackbot.monzo.slack.reference_utils import (
    channel_reference,
    reference_to_id,
    slack_to_human_readable,
    user_ref_to_username,
    user_reference,
)
from slackbot.outbound.deliveries.whisper import WhisperKind

__all__ = [
    "Later",
    "SlackClient",
    "SlackError",
    "channel_reference",
    "reference_to_id",
    "slack_to_human_readable",
    "user_ref_to_username",
    "user_reference",
]

RETIRED: Final = ("channels.", "groups.", "im.", "mpim.")
READING: Final = ("list", "info", "history", "replies", "members", "lookupByEmail", "getPermalink", "get")


class SlackError(Exception):
    """Slack said no; `slack_error` is what it said, when that is known."""

    def __init__(self, message: str, slack_error: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.slack_error = slack_error


class Later(dict[str, Any]):
    """What stands for Slack's answer: the call is made after the handler has ended."""

    def __init__(self) -> None:
        super().__init__(ok=True)

    def __missing__(self, name: str) -> Any:
        raise SlackError(
            f"{name!r} of Slack's answer cannot be read: Response sends this after your handler has ended, once, and "
            "again when Slack is down."
        )


class SlackClient:
    def __init__(self, api_token: str = "") -> None:
        """Take a token as monzo/response did, and leave it: Response calls Slack with its own."""

    def api_call(self, api_endpoint: str, **kwargs: Any) -> dict[str, Any]:
        """Call a method of Slack's. Messages and dialogs go the way of all others, and are answered by `Later`."""
        args = {name: value for name, value in kwargs.items() if value is not None}
        match api_endpoint:
            case "chat.postMessage" | "chat.update":
                return self._say(args)
            case "chat.postEphemeral":
                return self.send_ephemeral_message(args["channel"], args["user"], args.get("text", ""))
            case "dialog.open":
                return self.dialog_open(args["dialog"], args.get("trigger_id", ""))
            case name if name.startswith(RETIRED) and name != "im.open":
                now = f"conversations.{name.partition('.')[2]}"
                raise SlackError(f"Slack has retired {name}: call {now}.", slack_error="method_deprecated")
        return _call(api_endpoint, args)

    # Saying

    def send_message(
        self,
        channel_id: str,
        text: str | None,
        attachments: Sequence[Mapping[str, Any]] | None = None,
        thread_ts: str | None = None,
    ) -> dict[str, Any]:
        running.say_in(channel_id, text or "", thread_ts=thread_ts or "", attachments=attachments or ())
        return Later()

    def send_ephemeral_message(
        self, channel_id: str, user_id: str, text: str, attachments: Sequence[Mapping[str, Any]] | None = None
    ) -> dict[str, Any]:
        if attachments:
            raise SlackError("Slack's old attachments are not sent to one person alone: put them into the text.")
        here = getattr(running.present().context, "origin", None)
        is_answer = isinstance(here, Origin) and (here.user_id, here.channel_id) == (user_id, channel_id)
        origin = (here if is_answer and here else Origin(user_id, channel_id)).as_json()
        running.order(
            WhisperKind,
            {"origin": origin, "text": text, "blocks": []},
            order_key=f"whisper:{channel_id}",
            incident=running.present().incident,
        )
        return Later()

    def send_or_update_message_block(
        self, channel_id: str, blocks: Sequence[Mapping[str, Any]], fallback_text: str | None, ts: str | None = None
    ) -> dict[str, Any]:
        running.say_in(channel_id, fallback_text or _words(blocks), blocks=blocks, ts=ts or "")
        return Later()

    def add_reaction(self, reaction: str, channel_id: str, thread_ts: str) -> dict[str, Any]:
        args = {"name": reaction, "channel": channel_id, "timestamp": thread_ts}
        running.call("reactions.add", args, fine=["already_reacted", "message_not_found"])
        return Later()

    def remove_reaction(self, reaction: str, channel_id: str, thread_ts: str) -> dict[str, Any]:
        args = {"name": reaction, "channel": channel_id, "timestamp": thread_ts}
        running.call("reactions.remove", args, fine=["no_reaction", "message_not_found"])
        return Later()

    def dialog_open(self, dialog: Mapping[str, Any], trigger_id: str) -> dict[str, Any]:
        """Open one of Slack's old dialogs, as the modal that has taken their place."""
        open_legacy(dialog)
        return Later()

    def open_modal(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise TypeError("open_modal is not in slackbot.monzo: open a dialog_builder.Dialog as a modal instead.")

    # Channels

    def rename_channel(self, channel_id: str, new_name: str) -> dict[str, Any]:
        models.rename_channel(channel_id, new_name)
        return Later()

    def set_channel_topic(self, channel_id: str, channel_topic: str) -> dict[str, Any]:
        """Have the topic set. In an incident's channel it stands until the incident changes: ours shows its state."""
        running.call("conversations.setTopic", {"channel": channel_id, "topic": channel_topic})
        return Later()

    def invite_user_to_channel(self, user_id: str, channel_id: str) -> dict[str, Any]:
        args = {"channel": channel_id, "users": user_id}
        running.call("conversations.invite", args, fine=["already_in_channel", "cant_invite_self"])
        return Later()

    def join_channel(self, channel_id: str) -> dict[str, Any]:
        running.call("conversations.join", {"channel": channel_id})
        return Later()

    def leave_channel(self, channel_id: str) -> dict[str, Any]:
        running.call("conversations.leave", {"channel": channel_id}, fine=["not_in_channel"])
        return Later()

    def unarchive_channel(self, channel_id: str) -> dict[str, Any]:
        running.call("conversations.unarchive", {"channel": channel_id}, fine=["not_archived"])
        return Later()

    def create_channel(self, name: str) -> str:
        return str(_call("conversations.create", {"name": name})["channel"]["id"])

    def get_or_create_channel(self, channel_name: str, auto_unarchive: bool = False) -> str:  # noqa: FBT001, FBT002
        try:
            return self.create_channel(channel_name)
        except SlackError as error:
            if error.slack_error != "name_taken":
                raise
        return self.get_channel_id(channel_name, auto_unarchive)

    def get_channel_id(self, name: str, auto_unarchive: bool = False) -> str:  # noqa: FBT001, FBT002
        known = CommsChannel.objects.filter(name=name).first()
        if known is not None:
            return known.channel_id
        found = _found(name)
        if found is None or (found.get("is_archived") and not auto_unarchive):
            raise SlackError(f"Channel '{name}' not found", slack_error="channel_not_found")
        if found.get("is_archived"):
            self.unarchive_channel(str(found["id"]))
        return str(found["id"])

    def get_channel_name(self, id_: str) -> str | None:
        known = CommsChannel.objects.filter(channel_id=id_).first()
        if known is not None:
            return known.name
        try:
            return str(_call("conversations.info", {"channel": id_})["channel"]["name"])
        except SlackError as error:
            if error.slack_error == "channel_not_found":
                return None
            raise

    # People

    def users_list(self) -> dict[str, Any]:
        return {"ok": True, "members": [_member(each) for each in _accounts()]}

    def get_paginated_users(self, limit: int = 0, cursor: str | None = None) -> dict[str, Any]:
        return {**self.users_list(), "response_metadata": {"next_cursor": ""}}

    def get_user_id(self, name: str) -> str:
        account = _accounts().filter(handle=name).first()
        if account is None:
            raise SlackError(f"User '{name}' not found", slack_error="user_not_found")
        return account.user_id

    def get_user_profile(self, user_id: str | None) -> dict[str, str] | None:
        if not user_id:
            return None
        if not SlackUser.objects.filter(user_id=user_id).exists():
            keep_user(_call("users.info", {"user": user_id})["user"], now=timezone.now())
        return _profile(_accounts().get(user_id=user_id))

    def get_user_profile_by_email(self, email: str | None) -> dict[str, str] | None:
        if not email:
            return None
        account = _accounts().filter(person__email__iexact=email).first()
        if account is None:
            raise SlackError(f"Nobody has the address {email}", slack_error="users_not_found")
        return _profile(account)

    def get_usergroup_id(self, group_handle: str) -> str | None:
        """Needs the scope usergroups:read, for which the manifest does not ask."""
        groups = _call("usergroups.list", {})["usergroups"]
        return next((str(group["id"]) for group in groups if group["handle"] == group_handle), None)

    def get_usergroup_users(self, group_id: str) -> list[str] | None:
        """Needs the scope usergroups:read, for which the manifest does not ask."""
        groups = _call("usergroups.list", {"include_users": True})["usergroups"]
        return next((list(group["users"]) for group in groups if group["id"] == group_id), None)

    def get_slack_token_owner(self) -> str:
        place = workspace.present()
        return place.bot_user_id if place else ""

    def _say(self, args: Mapping[str, Any]) -> dict[str, Any]:
        blocks = args.get("blocks") or ()
        running.say_in(
            args["channel"],
            args.get("text") or _words(blocks),
            blocks=blocks,
            thread_ts=args.get("thread_ts", ""),
            attachments=args.get("attachments", ()),
            ts=args.get("ts", ""),
        )
        return Later()


def _call(method: str, args: Mapping[str, Any]) -> dict[str, Any]:
    try:
        if method.rpartition(".")[2] in READING:
            return rate_limits.read(method, dict(args))
        return rate_limits.call(method, dict(args))
    except SlackProblem as problem:
        raise _error(method, problem) from problem


def _found(name: str) -> dict[str, Any] | None:
    try:
        return workspace.find_channel(name)
    except SlackProblem as problem:
        raise _error("conversations.list", problem) from problem


def _error(method: str, problem: SlackProblem) -> SlackError:
    code = problem.error if isinstance(problem, LockedOut | Refused) else None
    return SlackError(f"Error calling Slack API endpoint '{method}': {problem}", slack_error=code)


def _accounts() -> QuerySet[SlackUser]:
    return SlackUser.objects.select_related("person")


def _member(account: SlackUser) -> dict[str, Any]:
    person = account.person
    return {
        "id": account.user_id,
        "name": account.handle,
        "deleted": not person.is_active,
        "is_bot": person.is_bot,
        "tz": person.time_zone,
        "profile": {
            "real_name": person.name,
            "display_name": account.handle,
            "display_name_normalized": account.handle,
            "email": person.email,
        },
    }


def _profile(account: SlackUser) -> dict[str, str]:
    person = account.person
    return {"id": account.user_id, "name": account.handle, "fullname": person.name, "email": person.email}


def _words(blocks: Sequence[Mapping[str, Any]]) -> str:
    """Return what notifications say of a message that has blocks only."""
    texts = ((block.get("text") or {}).get("text") for block in blocks)
    return next((str(text) for text in texts if text), "…")

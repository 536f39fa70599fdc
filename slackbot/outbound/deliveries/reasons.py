"""What Slack's refusals mean, in people's words."""

from __future__ import annotations

from typing import Final

from slackbot.api import client

WHY: Final = {
    "app_cannot_join_channel": "Slack doesn't let this app be in that channel",
    "cant_invite": "this person can't be invited to that channel",
    "channel_not_found": "there is no such channel, or it is private and nobody invited this app",
    "invitee_cant_see_channel": "this person isn't in a workspace that has the channel",
    "is_inactive": "the channel is archived or deleted",
    "message_not_found": "the message was deleted",
    "no_external_invite_permission": "this app can't invite people from other organizations",
    "org_user_not_in_team": "this person isn't a member of this workspace",
    "restricted_action_read_only_channel": "the channel is read-only",
    "restricted_action_thread_only_channel": "the channel only allows replies in threads",
    "too_many_members": "the channel is full",
    "ura_max_channels": "this guest can't be in any more channels",
    "user_disabled": "this person's account is deactivated",
    "user_is_restricted": "this person is a guest, and guests can't be invited by this app",
    "user_not_found": "Slack doesn't know this person",
    "user_not_visible": "this app can't see this person",
    "is_archived": "the channel is archived",
    "missing_scope": "this app lacks that permission",
    "name_taken": "the name is taken",
    "no_permission": "the workspace doesn't let this app do that",
    "not_in_channel": "this app is not in the channel",
    "restricted_action": "the workspace doesn't let this app do that",
}
CHANNEL_CLOSED: Final = frozenset({"channel_not_found", "is_archived", "not_in_channel"})


def why(reason: str) -> str:
    """Say in people's words why something was given up; the whole reason is for those who run Response."""
    code = reason.partition(" ")[0]
    if not client.CODE.fullmatch(code):
        return "an error in Response or in a plugin; ask your Response administrator"
    return f"{WHY[code]} (`{code}`)" if code in WHY else f"`{code}`"

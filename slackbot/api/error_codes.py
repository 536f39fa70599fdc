"""What each Slack error code means for us: one table, for all methods.

Source: the error lists of https://docs.slack.dev/reference/methods. `tests/slackbot/test_error_codes.py` compares the
table with the published reference. A code that is missing here is retried, because Slack adds codes without notice.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import Final


class Meaning(Enum):
    """What happens to a row of the outbox when Slack answers with a code."""

    DONE = auto()  # nothing is left to do
    FINAL = auto()  # Slack rejects the content, or its time is over: a retry would change nothing
    REPAIRABLE = auto()  # there is another way, see `deliveries.kind.Kind` and `repairs`; without one, as RETRYABLE
    RETRYABLE = auto()  # a setting, a permission or a limit that can change: retried for days
    WORKSPACE = auto()  # about the token or the whole workspace: everything waits, and only operators are notified
    UNSURE = auto()  # an internal error at Slack, which may or may not have done what we asked
    RATE_LIMIT = auto()  # Slack says how long to wait


CODES: Final[Mapping[Meaning, tuple[str, ...]]] = {
    Meaning.DONE: (
        "already_archived",
        "already_in_channel",
        "already_pinned",
        "already_reacted",
        "no_pin",
        "no_reaction",
        "not_archived",
        "not_pinned",
    ),
    Meaning.FINAL: (
        # Our request has a form, a size or a part that Slack doesn't accept.
        "attachment_payload_limit_exceeded",
        "duplicate_external_id",
        "invalid_app_action_type",
        "invalid_arg_name",
        "invalid_arguments",
        "invalid_array_arg",
        "invalid_attachments",
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_bookmark_type",
        "invalid_child_type",
        "invalid_emoji",
        "invalid_entity_id",
        "invalid_link",
        "invalid_metadata_format",
        "invalid_metadata_schema",
        "invalid_name",
        "invalid_name_maxlength",
        "invalid_name_punctuation",
        "invalid_name_required",
        "invalid_name_specials",
        "invalid_parent_type",
        "invalid_shortcut_type",
        "markdown_text_conflict",
        "metadata_too_large",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
        "parent_with_link",
        "too_long",
        "too_many_attachments",
        "too_many_contact_cards",
        "view_too_large",
        # Its time is over.
        "exchanged_trigger_id",
        "expired_trigger_id",
        "expired_url",
        "invalid_trigger_id",
        "used_url",
    ),
    Meaning.REPAIRABLE: (
        "block_mismatch",
        "cant_delete_message",
        "cant_update_message",
        "channel_not_found",
        "edit_window_closed",
        "hash_conflict",
        "invalid_cursor",
        "is_archived",
        "is_inactive",
        "message_not_found",
        "name_taken",
        "not_found",
        "not_in_channel",
        "thread_not_found",
        "user_not_in_channel",
    ),
    Meaning.RETRYABLE: (
        # People who can't join, aren't visible, or don't exist.
        "app_cannot_join_channel",
        "cant_invite",
        "cant_invite_self",
        "cant_kick_from_general",
        "cant_kick_self",
        "invalid_user_combination",
        "invitee_cant_see_channel",
        "last_member",
        "no_external_invite_permission",
        "org_user_not_in_team",
        "ura_max_channels",
        "user_disabled",
        "user_is_restricted",
        "user_not_found",
        "user_not_visible",
        "users_not_found",
        # Settings or the plan of the workspace, or of the channel, don't allow it.
        "app_access_restricted",
        "canvas_disabled_user_team",
        "cannot_create_channel",
        "cannot_reply_to_message",
        "cant_archive_general",
        "cant_archive_required",
        "cant_leave_general",
        "channel_is_limited_access",
        "messages_tab_disabled",
        "method_not_supported_for_channel_type",
        "no_access",
        "no_permission",
        "not_authorized",
        "not_enabled",
        "not_implemented",
        "not_pinnable",
        "not_reactable",
        "not_supported",
        "parent_bookmark_disabled",
        "permission_denied",
        "plan_upgrade_required",
        "posting_to_channel_denied",
        "restricted_action",
        "restricted_action_non_threadable_channel",
        "restricted_action_read_only_channel",
        "restricted_action_thread_locked",
        "restricted_action_thread_only_channel",
        "send_on_behalf_not_allowed",
        "thread_locked",
        # An administrator currently blocks files or shared content.
        "cannot_bookmark_from_external_org",
        "cannot_bookmark_restricted_sharing_enabled",
        "blocked_file_type",
        "file_share_limit_reached",
        "max_file_sharing_exceeded",
        "slack_connect_blocked_file_type",
        "slack_connect_canvas_sharing_blocked",
        "slack_connect_clip_sharing_blocked",
        "slack_connect_file_link_sharing_blocked",
        "slack_connect_file_upload_sharing_blocked",
        "slack_connect_lists_sharing_blocked",
        "unable_to_share_files",
        # A limit is currently reached.
        "message_limit_exceeded",
        "too_many_bookmarks",
        "too_many_emoji",
        "too_many_members",
        "too_many_pins",
        "too_many_reactions",
        "too_many_requests",
        "too_many_tabs",
        # We never make such calls: the cause can't be what people wrote.
        "as_user_not_supported",
        "bad_timestamp",
        "cant_broadcast_message",
        "duplicate_channel_not_found",
        "duplicate_message_not_found",
        "draft_already_deleted",
        "draft_already_sent",
        "draft_has_conflict",
        "draft_not_found",
        "invalid_charset",
        "invalid_form_data",
        "invalid_json",
        "invalid_limit",
        "invalid_metadata_filter_keys",
        "invalid_post_type",
        "invalid_team",
        "invalid_ts_latest",
        "invalid_ts_oldest",
        "invalid_types",
        "json_not_object",
        "limit_required",
        "metadata_must_be_sent_from_app",
        "missing_argument",
        "missing_file_data",
        "missing_post_type",
        "missing_profile_id",
        "no_channel",
        "no_dual_broadcast_content_update",
        "no_item_specified",
        "no_user",
        "not_enough_users",
        "too_many_users",
        "users_list_not_supplied",
        "file_already_added",
        "file_comment_not_found",
        "file_deleted",
        "file_is_deleted",
        "file_not_found",
        "file_not_shared",
        "push_limit_reached",
        # Something is in progress, or temporarily missing.
        "bot_not_found",
        "bots_not_found",
        "external_channel_migrating",
        "fetch_members_failed",
        "list_record_comment_fetch_failed",
        "no_such_subteam",
        "streaming_state_conflict",
        "team_not_found",
        "update_failed",
    ),
    Meaning.WORKSPACE: (
        "access_denied",
        "accesslimited",
        "account_inactive",
        "deprecated_endpoint",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "invalid_auth",
        "method_deprecated",
        "missing_scope",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "team_added_to_org",
        "team_disabled",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
        "unknown_method",
        "upgrade_required",
    ),
    Meaning.UNSURE: ("fatal_error", "internal_error", "request_timeout", "service_unavailable"),
    Meaning.RATE_LIMIT: ("rate_limited", "ratelimited"),
}

_MEANINGS: Final[Mapping[str, Meaning]] = {code: meaning for meaning, codes in CODES.items() for code in codes}

# Codes that mean something else for one method.
_BY_METHOD: Final[Mapping[tuple[str, str], Meaning]] = {
    # The goal is reached: the person who is to leave isn't in the channel.
    ("conversations.kick", "not_in_channel"): Meaning.DONE,
    ("conversations.leave", "not_in_channel"): Meaning.DONE,
    ("bookmarks.remove", "not_found"): Meaning.DONE,
    # This is about one channel's bookmarks, not about the workspace.
    **{(f"bookmarks.{what}", "access_denied"): Meaning.RETRYABLE for what in ("add", "edit", "list", "remove")},
    # Only this method needs the permission. The rest continues, and people are notified: somebody is waiting for a
    # channel, or relies on others no longer reading one.
    **{
        (method, "missing_scope"): Meaning.RETRYABLE
        for method in (
            "bookmarks.remove",
            "chat.delete",
            "conversations.archive",
            "conversations.create",
            "conversations.kick",
            "conversations.rename",
            "conversations.setTopic",
        )
    },
    # Slack doesn't know the emoji, not the message: somebody may add it.
    ("reactions.add", "invalid_name"): Meaning.RETRYABLE,
    # The view is gone because the person closed it.
    ("views.push", "not_found"): Meaning.FINAL,
    ("views.update", "not_found"): Meaning.FINAL,
}


REFUSES_ALL: Final = "Slack refuses all calls: "  # how the error of each row that waits for this begins


def meaning_of(code: str, *, method: str = "") -> Meaning:
    """Return what `code` means as an answer of `method`; unknown codes are retried."""
    return _BY_METHOD.get((method, code)) or _MEANINGS.get(code, Meaning.RETRYABLE)


def is_classified(code: str, *, method: str = "") -> bool:
    return (method, code) in _BY_METHOD or code in _MEANINGS

"""Where Slack does otherwise than its published reference says. The tests allow these and no others."""

# Slack answers these from every method (docs.slack.dev: "Common errors" of each method's page).
COMMON_ERRORS = frozenset(
    {
        "access_denied",
        "account_inactive",
        "invalid_arg_name",
        "invalid_arguments",
        "invalid_auth",
        "invalid_json",
        "json_not_object",
        "invalid_post_type",
        "missing_scope",
        "not_allowed_token_type",
        "not_authed",
        "ratelimited",
        "service_unavailable",
        "token_revoked",
        "fatal_error",
        "internal_error",
    }
)

# Codes in the text of a method's page that its data file lacks.
MORE_ERRORS: dict[str, frozenset[str]] = {
    "chat.postMessage": frozenset({"msg_too_long", "invalid_attachments"}),
    "chat.postEphemeral": frozenset({"msg_blocks_too_long", "invalid_metadata_format", "missing_charset"}),
    "chat.update": frozenset({"is_archived", "msg_blocks_too_long"}),
    "chat.scheduleMessage": frozenset({"msg_blocks_too_long", "invalid_attachments"}),
    "chat.delete": frozenset({"is_archived"}),
    "views.open": frozenset({"not_found"}),
    "views.publish": frozenset({"user_not_found", "not_enabled"}),
    "conversations.kick": frozenset({"is_archived"}),
    "conversations.setTopic": frozenset({"missing_argument"}),
    "conversations.canvases.create": frozenset({"channel_not_found"}),
    "canvases.create": frozenset({"channel_not_found"}),
    "pins.add": frozenset({"is_archived"}),
    "users.lookupByEmail": frozenset({"user_not_found"}),
    "conversations.join": frozenset({"already_in_channel"}),
}

# Slack takes it with every method; slack-bolt's client sends it with every call.
EVERYWHERE_ARGUMENTS = frozenset({"team_id"})

# Arguments that Slack takes although the data file does not list them.
MORE_ARGUMENTS: dict[str, frozenset[str]] = {
    # client libraries send it and Slack deduplicates by it
    "chat.postMessage": frozenset({"client_msg_id"}),
    "files.completeUploadExternal": frozenset({"channel"}),
}

# Required in the data file, not required by Slack.
NOT_REQUIRED: dict[str, frozenset[str]] = {}

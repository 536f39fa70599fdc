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

# Codes that a method's data file lacks: code → (why it is answered all the same, a method whose data file has it).
_SAME_CONTENT = "The method checks the same content."
_ARCHIVED = "An archived channel takes no changes."
_NO_CHANNEL = "The channel may not exist, as everywhere."
MORE_ERRORS: dict[str, dict[str, tuple[str, str]]] = {
    "chat.postMessage": {
        "msg_too_long": (_SAME_CONTENT, "chat.postEphemeral"),
        "invalid_attachments": (_SAME_CONTENT, "chat.postEphemeral"),
    },
    "chat.postEphemeral": {
        "msg_blocks_too_long": (_SAME_CONTENT, "chat.postMessage"),
        "invalid_metadata_format": (_SAME_CONTENT, "chat.postMessage"),
    },
    "chat.update": {
        "is_archived": (_ARCHIVED, "chat.postMessage"),
        "msg_blocks_too_long": (_SAME_CONTENT, "chat.postMessage"),
    },
    "chat.scheduleMessage": {
        "msg_blocks_too_long": (_SAME_CONTENT, "chat.postMessage"),
        "invalid_attachments": (_SAME_CONTENT, "chat.postEphemeral"),
    },
    "chat.delete": {"is_archived": (_ARCHIVED, "chat.postMessage")},
    "pins.add": {"is_archived": (_ARCHIVED, "reactions.add")},
    "views.publish": {"user_not_found": ("The person may not exist, as everywhere.", "users.info")},
    "canvases.create": {"channel_not_found": (_NO_CHANNEL, "conversations.info")},
    "conversations.canvases.create": {"channel_not_found": (_NO_CHANNEL, "conversations.info")},
}

# Arguments that Slack takes although no data file, or only some, list them: argument → why.
EVERYWHERE_ARGUMENTS = {"team_id": "Slack takes it with every method; slack-bolt's client sends it with every call."}

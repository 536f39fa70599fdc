"""How Response shows an incident in Slack, for handlers' own messages. All of it is pure."""

from __future__ import annotations

from slackbot.rendering.render import (
    A_PRIVATE_ONE,
    CHANGE_FIELD,
    DOCUMENT,
    NO_ACTIVE_LEAD,
    POST_UPDATE,
    QUIET_REMINDERS,
    STATUS_EMOJI,
    TAKE_LEAD,
    UNSET,
    buttons_block,
    document_url,
    length_words,
    more_open,
    severity_button,
    severity_words,
    similar_incidents,
    slack_time,
    status_words,
    take_lead_button,
    update_button,
)

__all__ = [
    "A_PRIVATE_ONE",
    "CHANGE_FIELD",
    "DOCUMENT",
    "NO_ACTIVE_LEAD",
    "POST_UPDATE",
    "QUIET_REMINDERS",
    "STATUS_EMOJI",
    "TAKE_LEAD",
    "UNSET",
    "buttons_block",
    "document_url",
    "length_words",
    "more_open",
    "severity_button",
    "severity_words",
    "similar_incidents",
    "slack_time",
    "status_words",
    "take_lead_button",
    "update_button",
]

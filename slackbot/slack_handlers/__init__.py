"""The built-in features, one file each, written with the same building blocks as any plugin."""

from slackbot.slack_handlers import (
    channel,
    close,
    declare,
    edit,
    help,
    keywords,
    lead,
    participants,
    people,
    pins,
    quiet,
    severity,
    texts,
)

__all__ = [
    "channel",
    "close",
    "declare",
    "edit",
    "help",
    "keywords",
    "lead",
    "participants",
    "people",
    "pins",
    "quiet",
    "severity",
    "texts",
]

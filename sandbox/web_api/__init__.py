"""Slack's Web API: every method the sandbox knows, by being imported here."""

from sandbox.web_api import (
    bookmarks,
    canvases,
    chat,
    conversations,
    files,
    oauth,
    pins,
    reactions,
    team,
    usergroups,
    users,
    views,
)
from sandbox.web_api.registry import HANDLERS

__all__ = [
    "HANDLERS",
    "bookmarks",
    "canvases",
    "chat",
    "conversations",
    "files",
    "oauth",
    "pins",
    "reactions",
    "team",
    "usergroups",
    "users",
    "views",
]

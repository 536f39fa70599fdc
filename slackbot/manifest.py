"""The app manifest: what a workspace is asked for, exactly what we call and listen to.

Paste it at https://api.slack.com/apps ("From a manifest"). Format: https://docs.slack.dev/reference/app-manifest
"""

from __future__ import annotations

from typing import Any, Final

from slackbot.kit.registry import registry

# Why each scope is asked for. Scopes of a method or an event are Slack's published ones.
SCOPES: Final = {
    "app_mentions:read": "hear @incident",
    "bookmarks:read": "see whether it is bookmarked already, when Slack's answer was lost",
    "bookmarks:write": "bookmark the document",
    "channels:history": "hear messages in incident channels, and find what was said already",
    "channels:join": "join the headline channel",
    "channels:manage": "make channels, invite people, set topics",
    "channels:read": "find channels, hear of joins and renames",
    "chat:write": "speak",
    "commands": "/incident, shortcuts",
    "groups:history": "the same in private channels",
    "groups:read": "the same in private channels",
    "groups:write": "the same in private channels",
    "im:history": "read direct messages to the app, and find what it said there already",
    "im:write": "send direct messages",
    "metadata.message:read": "know a message of ours again by its key",
    "pins:read": "hear of pins",
    "reactions:read": "hear of reactions",
    "reactions:write": "answer with ✅ and ❓",
    "usergroups:read": "know user groups by name",
    "users:read": "know people by name",
    "users:read.email": "know people by address",
}
# Slack delivers some events under other names than the ones one subscribes to.
SUBSCRIPTIONS: Final = {"message": ("message.channels", "message.groups", "message.im")}


def manifest(*, site_url: str) -> dict[str, Any]:
    """Return the manifest of this deployment, with the events that its plugins listen to."""
    address = f"{site_url.rstrip('/')}/slack/events"
    return {
        "display_information": {
            "name": "Response",
            "description": "Runs incidents: one headline, a channel, a live document",
            "background_color": "#1d4ed8",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "incident", "always_online": True},
            "slash_commands": [
                {
                    "command": "/incident",
                    "url": address,
                    "description": "Declare an incident, or run a command",
                    "usage_hint": "[what is broken]",
                    "should_escape": True,
                }
            ],
            "shortcuts": [
                _shortcut("Declare an incident", "global", "declare-incident", "Report that something is broken"),
                _shortcut(
                    "Declare this as incident",
                    "message",
                    "declare-from-message",
                    "Declare an incident from this message",
                ),
                _shortcut(
                    "Add to timeline", "message", "add-to-timeline", "Keep this message in the incident document"
                ),
                _shortcut(
                    "Redact from the incident", "message", "redact-message", "Permanently remove this message's text"
                ),
            ],
        },
        "oauth_config": {"scopes": {"bot": sorted(SCOPES)}},
        "settings": {
            "event_subscriptions": {"request_url": address, "bot_events": events()},
            "interactivity": {"is_enabled": True, "request_url": address, "message_menu_options_url": address},
            "org_deploy_enabled": False,
            "socket_mode_enabled": False,
        },
    }


def events() -> list[str]:
    """Return the events to subscribe to: mentions, and whatever a handler listens to."""
    subscribed = {"app_mention"}
    for event_type in registry.events:
        subscribed.update(SUBSCRIPTIONS.get(event_type, (event_type,)))
    return sorted(subscribed)


def _shortcut(name: str, kind: str, callback_id: str, description: str) -> dict[str, str]:
    return {"name": name, "type": kind, "callback_id": callback_id, "description": description}

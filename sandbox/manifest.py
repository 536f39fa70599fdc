"""The app's manifest: what the app may do (scopes), wants to hear (events) and offers (commands, shortcuts)."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.event_scopes import EVENT_SCOPES
from sandbox.workspace import Json


@dataclass(frozen=True, slots=True)
class Command:
    command: str
    description: str
    usage_hint: str
    should_escape: bool
    url: str | None


@dataclass(frozen=True, slots=True)
class Shortcut:
    name: str
    type: str
    callback_id: str
    description: str


@dataclass(frozen=True, slots=True)
class Manifest:
    document: Json
    name: str
    handle: str
    scopes: frozenset[str]
    events: frozenset[str]
    commands: dict[str, Command]
    shortcuts: dict[str, Shortcut]
    home_tab: bool
    messages_tab: bool
    interactive: bool
    socket_mode: bool
    redirect_urls: tuple[str, ...]
    urls: dict[str, str] = field(default_factory=dict)

    def warnings(self) -> list[str]:
        """Return what Slack would not let an app with this manifest do, though it asks for it."""
        return [
            f"{event} is never delivered: it needs one of the scopes {', '.join(EVENT_SCOPES[event])}"
            for event in sorted(self.events)
            if EVENT_SCOPES.get(event) and not self.scopes.intersection(EVENT_SCOPES[event])
        ]


def read_manifest(document: Json) -> Manifest:
    """Read a manifest. Raises `ValueError` with a sentence when it is not one."""
    if not isinstance(document, dict) or "display_information" not in document:
        raise ValueError("A manifest is an object with display_information, features, oauth_config and settings.")
    features = _part(document, "features")
    settings = _part(document, "settings")
    events = _part(settings, "event_subscriptions")
    interactivity = _part(settings, "interactivity")
    home = _part(features, "app_home")
    oauth = _part(document, "oauth_config")
    name = _part(document, "display_information").get("name", "App")
    commands = [_command(one) for one in features.get("slash_commands", [])]
    shortcuts = [_shortcut(one) for one in features.get("shortcuts", [])]
    urls = {
        "events": events.get("request_url"),
        "interactivity": interactivity.get("request_url"),
        "options": interactivity.get("message_menu_options_url"),
    }
    return Manifest(
        document=document,
        name=name,
        handle=_part(features, "bot_user").get("display_name", name),
        scopes=frozenset(_part(oauth, "scopes").get("bot", [])),
        events=frozenset(events.get("bot_events", [])),
        commands={one.command: one for one in commands},
        shortcuts={one.callback_id: one for one in shortcuts},
        home_tab=bool(home.get("home_tab_enabled", False)),
        messages_tab=bool(home.get("messages_tab_enabled", True)),
        interactive=bool(interactivity.get("is_enabled", False)),
        socket_mode=bool(settings.get("socket_mode_enabled", False)),
        redirect_urls=tuple(oauth.get("redirect_urls", [])),
        urls={purpose: url for purpose, url in urls.items() if url},
    )


def _part(document: Json, name: str) -> dict[str, Any]:
    part = document.get(name) or {}
    if not isinstance(part, dict):
        raise ValueError(f"{name} in the manifest must be an object.")
    return part


def _command(raw: Json) -> Command:
    return Command(
        command=raw["command"],
        description=raw.get("description", ""),
        usage_hint=raw.get("usage_hint", ""),
        should_escape=bool(raw.get("should_escape", False)),
        url=raw.get("url"),
    )


def _shortcut(raw: Json) -> Shortcut:
    return Shortcut(
        name=raw["name"], type=raw["type"], callback_id=raw["callback_id"], description=raw.get("description", "")
    )

"""What handlers ask about switches."""

from __future__ import annotations

from typing import Final

from jobs import switches
from slackbot.kit.registry import Registered

REMINDERS: Final = "reminders"
PLUGIN: Final = "plugin:"
EXTRAS: Final = "tier-2"  # reminders and plugins belong to this tier


def reminders_are_off() -> bool:
    return switches.is_off(REMINDERS) or switches.is_off(EXTRAS)


def why_held(handler: Registered) -> str | None:
    """Return a sentence for whoever asked a plugin for something that is switched off, None when it may run."""
    if handler.is_built_in:
        return None
    if switches.is_off(f"{PLUGIN}{handler.plugin}"):
        return f"An operator disabled the plugin {handler.plugin}."
    if switches.is_off(EXTRAS):
        return "An operator disabled plugins for now, so that the rest of Response works."
    return None

"""Names of the ancestor that mean something else here: whoever imports one is told at the start what to use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NoReturn

MODELS: Final = {
    "Event": "what happens to an incident comes to @incident_event of slackbot.plugins.",
    "IncidentExtension": "keep it in a model of your own, with a ForeignKey to 'incidents.Incident'.",
    "Notification": "reminders are kept by Response itself.",
    "PinnedMessage": "pins are kept by Response itself: incidents.queries.pins(incident.record) lists them.",
    "StatusUpdate": "updates are entries of the timeline: incidents.services.post_update writes one.",
    "UserStats": "incidents.queries.participants(incident.record) counts who said how much.",
}
DECORATORS: Final = {
    "handle_action": "Response calls handlers by itself.",
    "handle_dialog": "Response calls handlers by itself.",
    "handle_event": "Response calls handlers by itself.",
    "handle_incident_command": "Response calls handlers by itself.",
    "handle_keywords": "Response calls handlers by itself.",
    "handle_notifications": "Response asks reminders when they are due: take the cron job away.",
    "modal_handler": "use dialog_handler, or @dialog_handler of slackbot.plugins.",
    "view_handler": "use dialog_handler, or @dialog_handler of slackbot.plugins.",
}


def instead(names: Mapping[str, str], *, module: str) -> Callable[[str], NoReturn]:
    """Return the `__getattr__` of a module from which these names are gone."""

    def __getattr__(name: str) -> NoReturn:  # noqa: N807 — it becomes the module's
        if name in names:
            raise ImportError(f"{name} of monzo/response is not in {module}: {names[name]}")
        raise AttributeError(f"module {module!r} has no attribute {name!r}")

    return __getattr__

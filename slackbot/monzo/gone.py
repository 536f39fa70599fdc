"""Names of monzo/response that don't exist here. Importing one raises an error that names the replacement.

`instead` serves modules that exist here and lack some names. `Finder` serves the modules that don't exist here at all.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Final, NoReturn

PACKAGE: Final = "slackbot.monzo"
MODELS: Final = {
    "CommsChannelManager": "Response creates the channels. Set their names with COMMS_CHANNEL_NAME or channel.name of "
    "RESPONSE_TEXTS; create one with incidents.services.request_channel.",
    "Event": "use @incident_event of slackbot.plugins to follow what happens to an incident.",
    "EVENT_TYPES": "use incidents.models.EntryKind.",
    "ExternalUserManager": "use ExternalUser.objects.",
    "HeadlinePostManager": "Response posts the headlines. Use HeadlinePost.objects.",
    "IncidentExtension": "use a model of your own, with a ForeignKey to 'incidents.Incident'.",
    "IncidentManager": "use Incident.objects.",
    "Notification": "Response keeps track of reminders.",
    "PinnedMessage": "Response keeps track of pins. incidents.queries.pins(incident.record) lists them.",
    "PinnedMessageManager": "Response keeps track of pins. incidents.queries.pins(incident.record) lists them.",
    "StatusUpdate": "updates are entries of the timeline: incidents.services.post_update writes one.",
    "UserStats": "incidents.queries.participants(incident.record) counts who wrote how many messages.",
    "Workflow": "use a plugin of RESPONSE_PLUGINS, which `manage.py switch` turns on and off.",
    "WorkflowParameters": "use `setting` of slackbot.plugins.",
    "close_incident_button": "Response draws the Resolve button.",
    "create_comms_channel_action": "Response draws the Create channel button.",
    "edit_incident_button": "Response draws the Edit button.",
}
_CALLED: Final = "Response calls handlers itself."
_MAPPING: Final = "Response has a register of its own. Use the decorator; it also replaces a built-in handler."
DECORATORS: Final = {
    "COMMAND_HELP": "use get_help.",
    "COMMAND_MAPPINGS": "use get_commands.",
    "COMMAND_MAPPINGS_CUSTOM": "use get_commands.",
    "DIALOG_HANDLERS": _MAPPING,
    "EVENT_MAPPINGS": _MAPPING,
    "KEYWORD_HANDLERS": _MAPPING,
    "NOTIFICATION_HANDLERS": _MAPPING,
    "NotificationHandler": "use recurring_notification or single_notification.",
    "SLACK_ACTION_MAPPINGS": _MAPPING,
    "SLACK_HEADLINE_POST_ACTION_MAPPINGS": _MAPPING,
    "VIEW_HANDLERS": "use dialog_handler, or @dialog_handler of slackbot.plugins.",
    "ViewContext": "use dialog_handler, or @dialog_handler of slackbot.plugins.",
    "handle_action": _CALLED,
    "handle_dialog": _CALLED,
    "handle_event": _CALLED,
    "handle_incident_command": _CALLED,
    "handle_keywords": _CALLED,
    "handle_notifications": "Response runs reminders when they are due: remove the cron job.",
    "handle_view": _CALLED,
    "modal_handler": "use dialog_handler, or @dialog_handler of slackbot.plugins.",
    "react_not_ok": "return (False, text) from the command.",
    "react_ok": "return (True, text) from the command.",
    "remove_action_handler": "register your handler under the same id: it replaces the built-in one.",
    "remove_dialog_handler": "register your handler under the same id: it replaces the built-in one.",
    "view_handler": "use dialog_handler, or @dialog_handler of slackbot.plugins.",
}
_INPUT: Final = "open a dialog_builder.Dialog: it opens as a modal."
BLOCKS: Final = {"PlainTextInput": _INPUT, "StaticSelectInput": _INPUT, "UserSelect": _INPUT}
SETTINGS: Final = {"SLACK_API_MOCK": "set SLACK_API_URL, or test with slackbot.testing."}

# Modules that plugins import for their effect alone. They load; none of their names exists.
_COMMANDS: Final = "Response has these commands. Use @incident_command, which also replaces a built-in one."
EMPTY: Final = {
    "core.signals": "use @incident_event of slackbot.plugins.",
    "slack.action_handlers": "Response has these buttons. Use @action_handler, which also replaces a built-in one.",
    "slack.dialog_handlers": "Response has these forms. Use @dialog_handler, which also replaces a built-in one.",
    "slack.event_handlers": "Response follows these events. Use @slack_event for your own.",
    "slack.incident_commands": _COMMANDS,
    "slack.incident_commands.impact": _COMMANDS,
    "slack.incident_commands.incident_commands": _COMMANDS,
    "slack.incident_commands.summary": _COMMANDS,
    "slack.incident_notifications": "Response has these reminders. Use @recurring_notification for your own; "
    "`manage.py switch` turns reminders off.",
    "slack.keyword_handlers": "use @keyword_handler.",
    "slack.signals": "use @incident_event of slackbot.plugins.",
}

# Modules that cannot be imported.
_API: Final = "Response has an API of its own: see docs/api.md."
_PAGES: Final = "Response has pages of its own: remove the URLs, views and templates."
_ADMIN: Final = "Response has no Django admin: remove the registration. Edit rows in a command or in `manage.py shell`."
_PLUGIN: Final = "write a plugin with @incident_event, as examples/status_page shows."
REFUSED: Final = {
    "admin": _ADMIN,
    "apps": "Response loads itself: name your plugin in RESPONSE_PLUGINS.",
    "core.admin": _ADMIN,
    "core.apps": "Response loads itself: name your plugin in RESPONSE_PLUGINS.",
    "core.context_processors": _PAGES,
    "core.models.event": MODELS["Event"],
    "core.serializers": _API,
    "core.urls": _API,
    "core.views": _API,
    "decorators": _PAGES,
    "errors": "use IncidentError of slackbot.plugins.",
    "grafana": _PLUGIN,
    "grafana.client": _PLUGIN,
    "grafana.signals": _PLUGIN,
    "migrations": 'in your migrations, depend on ("incidents", "0001_initial").',
    "pagerduty": "write a plugin, as examples/pager shows.",
    "serializers": _API,
    "slack.admin": _ADMIN,
    "slack.apps": "Response loads itself: name your plugin in RESPONSE_PLUGINS.",
    "slack.authentication": "use @inbound_request of slackbot.plugins with a signature.",
    "slack.decorators.workflow": MODELS["Workflow"],
    "slack.models.notification": MODELS["Notification"],
    "slack.models.pinned_message": MODELS["PinnedMessage"],
    "slack.models.user_stats": MODELS["UserStats"],
    "slack.models.workflow": MODELS["Workflow"],
    "slack.report_flow": "open a Dialog with INCIDENT_REPORT_DIALOG of slackbot.monzo.slack.settings.",
    "slack.response_urls": "use settings.SLACK_CLIENT.send_ephemeral_message.",
    "slack.slack_utils": "use settings.SLACK_CLIENT, slackbot.monzo.slack.client and …slack.reference_utils.",
    "slack.urls": "Response receives Slack's requests itself: remove the URLs.",
    "slack.views": "Response receives Slack's requests itself: remove the URLs.",
    "slack.workflows": MODELS["Workflow"],
    "templatetags": _PAGES,
    "ui": _PAGES,
    "urls": _PAGES,
    "zoom": _PLUGIN,
}


def instead(names: Mapping[str, str], *, module: str) -> Callable[[str], NoReturn]:
    """Return the `__getattr__` of a module that lacks these names."""

    def __getattr__(name: str) -> NoReturn:  # noqa: N807 — it becomes the module's
        if name in names:
            raise ImportError(f"{name} of monzo/response is not in {module}: {names[name]}")
        raise AttributeError(f"module {module!r} has no attribute {name!r}")

    return __getattr__


class Finder(MetaPathFinder, Loader):
    """Stands in for the modules of `EMPTY` and `REFUSED`, which have no files."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        name = fullname.removeprefix(f"{PACKAGE}.")
        if name == fullname or not (name in EMPTY or name in REFUSED):
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__.removeprefix(f"{PACKAGE}.")
        if name in REFUSED:
            raise ImportError(f"monzo/response's module {name} is not in {PACKAGE}: {REFUSED[name]}")

        def __getattr__(wanted: str) -> NoReturn:  # noqa: N807 — it becomes the module's
            if wanted.startswith("__"):  # Python asks for these itself.
                raise AttributeError(wanted)
            raise ImportError(f"{wanted} of monzo/response is not in {module.__name__}: {EMPTY[name]}")

        module.__dict__["__getattr__"] = __getattr__


def stand_in() -> None:
    if not any(isinstance(each, Finder) for each in sys.meta_path):
        sys.meta_path.append(Finder())

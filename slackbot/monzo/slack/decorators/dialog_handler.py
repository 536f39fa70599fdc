from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

from people.models import Person
from slackbot.kit import contexts
from slackbot.kit.dialogs import Value
from slackbot.kit.registry import DialogForm, registry
from slackbot.monzo import forms, gone, running
from slackbot.monzo.models import ExternalUser
from slackbot.monzo.slack.dialog_builder import STATE

Handler: TypeAlias = Callable[[str, str, Any, str, Any], Any]
H = TypeVar("H", bound=Handler)


def dialog_handler(callback_id: str, func: Handler | None = None) -> Callable[[H], H]:
    """Serve a submitted dialog, as `handler(user_id, channel_id, submission, response_url, state)`.

    `submission` has what was entered by the elements' names, None where nothing was; of a person, the Slack id.
    """

    def register(handler: H) -> H:
        running.check_form(handler, "user_id, channel_id, submission, response_url, state")

        def serve(context: contexts.DialogContext) -> None:
            submission = {name: _legacy(value) for name, value in context.values.items()}
            submission = forms.from_built_in(callback_id, submission)
            origin = context.origin
            number = str(context.incident.number) if context.incident else ""
            state = context.state.get(STATE, number)
            handler(origin.user_id, origin.channel_id, submission, origin.response_url, state)

        known = registry.dialogs.get(callback_id)
        replace = known is not None and known.is_built_in
        form = DialogForm(callback_id, running.serving(handler, serve), background=False, searches={}, validate=None)
        registry.add(form, replace=replace)
        return handler

    if func is not None:
        register(func)
    return register


def _legacy(value: Value) -> str | None:
    if isinstance(value, Person):
        return ExternalUser(value).external_id
    return value if isinstance(value, str) and value else None


__getattr__ = gone.instead(gone.DECORATORS, module=__name__)

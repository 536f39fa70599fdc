from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from incidents import models, queries
from incidents.errors import IncidentError
from slackbot.kit import contexts
from slackbot.kit.registry import Action, registry
from slackbot.monzo import gone, running
from slackbot.monzo.models import Incident


@dataclass
class ActionContext:
    """Somebody clicked a button. `message` is the one on which it stands, as Slack draws it."""

    incident: Incident
    user_id: str
    message: dict[str, Any]
    value: str
    trigger_id: str
    response_url: str

    @property
    def button_value(self) -> str:
        return self.value


Handler: TypeAlias = Callable[[ActionContext], Any]
H = TypeVar("H", bound=Handler)


def action_handler(callback_id: str, func: Handler | None = None) -> Callable[[H], H]:
    """Serve clicks on buttons with this id. As in the ancestor, a plugin's handler replaces a built-in one."""

    def register(handler: H) -> H:
        running.check_form(handler, "action_context")

        def serve(context: contexts.ActionContext) -> None:
            handler(_context(context))

        known = registry.actions.get(callback_id)
        replace = known is not None and known.is_built_in
        registry.add(Action(callback_id, running.serving(handler, serve), background=False), replace=replace)
        return handler

    if func is not None:
        register(func)
    return register


def _context(context: contexts.ActionContext) -> ActionContext:
    said = context.message
    message = {"ts": said.ts, "text": said.text, "blocks": [dict(block) for block in said.blocks]} if said else {}
    return ActionContext(
        incident=Incident(context.incident_or_none or _by_value(context.value)),
        user_id=context.origin.user_id,
        message=message,
        value=context.value,
        trigger_id=context.key,
        response_url=context.origin.response_url,
    )


def _by_value(value: str) -> models.Incident:
    """In any other channel, a button's value says which incident it is about."""
    found = queries.incidents(queries.SYSTEM).filter(number=int(value)).first() if value.isdecimal() else None
    if found is None:
        raise IncidentError("This button isn't linked to an incident. Use it in an incident channel.")
    return found


__getattr__ = gone.instead(gone.DECORATORS, module=__name__)

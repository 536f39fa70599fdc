from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeAlias, TypeVar

from slack_sdk.models.blocks import ButtonElement, ConfirmObject

from incidents import models
from slackbot.kit.registry import HeadlineButton, registry
from slackbot.monzo import gone, running
from slackbot.monzo.models import HeadlinePost
from slackbot.monzo.slack.block_kit import Button

Handler: TypeAlias = Callable[[HeadlinePost], Button | None]
H = TypeVar("H", bound=Handler)


def headline_post_action(order: int = 0, func: Handler | None = None) -> Callable[[H], H]:
    """Put a button under the headlines of open incidents, in this order; None leaves it out."""

    def register(handler: H) -> H:
        running.check_form(handler, "headline_post")

        @wraps(handler)
        def drawn(incident: models.Incident) -> ButtonElement | None:
            button = handler(HeadlinePost(incident)) if incident.is_open else None
            return _element(button.serialize()) if button is not None else None

        registry.add(HeadlineButton(f"headline:{order}", drawn, order))
        return handler

    if func is not None:
        register(func)
    return register


def _element(drawn: dict[str, Any]) -> ButtonElement:
    if drawn["type"] != "button":
        raise TypeError(f"Under a headline stand buttons, and no {drawn['type']}.")
    confirm = drawn.get("confirm")
    return ButtonElement(
        text=drawn["text"]["text"],
        action_id=drawn["action_id"],
        value=drawn.get("value"),
        confirm=ConfirmObject(**{name: part["text"] for name, part in confirm.items()}) if confirm else None,
    )


__getattr__ = gone.instead(gone.DECORATORS, module=__name__)

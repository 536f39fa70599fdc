"""Register what the decorators of `slackbot.plugins` declare."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from slackbot.kit.registry import Registered, registry

H = TypeVar("H", bound=Callable[..., Any])


def registering(make: Callable[[H], Registered | Sequence[Registered]], *, replace: bool = False) -> Callable[[H], H]:
    """Return a decorator that registers what `make` makes of a function, and returns the function unchanged."""

    def register(handler: H) -> H:
        made = make(handler)
        for each in [made] if isinstance(made, Registered) else made:
            registry.add(each, replace=replace)
        return handler

    return register

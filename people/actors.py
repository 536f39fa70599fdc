"""Who acts: a person, or Response itself, which may do only what is listed.

A service says by its annotations who may call it, and at run time: only one with `allowed_to_system` takes a `System`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from people.models import Person

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class System:
    """Response itself. `cause` is what it acts on, as "the command line"."""

    cause: str


Actor = Person | System
Viewer = Person | System | None
SYSTEM: Final = System("a query")  # a viewer who sees everything

_allowed: set[str] = set()


def allowed_to_system(service: Callable[P, R]) -> Callable[P, R]:
    """Decorate a service that Response may call for itself, below what checks its actors."""
    _allowed.add(_name(service))
    return service


def is_allowed_to_system(service: Callable[..., object]) -> bool:
    return _name(service) in _allowed


def checks_actors(service: Callable[P, R]) -> Callable[P, R]:
    """Decorate a service: raise TypeError if it is given a `System` and isn't `allowed_to_system`."""

    @wraps(service)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        actor = next((each for each in (*args, *kwargs.values()) if isinstance(each, System)), None)
        if actor is not None and not is_allowed_to_system(service):
            raise TypeError(f"{actor} may not call {_name(service)}. Decorate it with allowed_to_system if it should.")
        return service(*args, **kwargs)

    return checked


def person_of(actor: Actor) -> Person | None:
    """Return the person whom a row names as the actor: None for Response itself."""
    return actor if isinstance(actor, Person) else None


def _name(service: Callable[..., object]) -> str:
    return f"{service.__module__}.{service.__qualname__}"

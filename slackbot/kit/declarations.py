"""Check a decorator's arguments while a plugin loads, so that a mistake doesn't first show during an incident.

Each decorator declares what it expects of each argument. A wrong one raises `RegistrationError`, which stops the start
with a sentence that names the plugin's function, the argument, and what is expected.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from reprlib import Repr
from types import FunctionType
from typing import Any, Final, ParamSpec, TypeVar

from django.core.exceptions import ImproperlyConfigured

P = ParamSpec("P")
H = TypeVar("H", bound=Callable[..., Any])

LONGEST: Final = timedelta(days=3660)  # a date plus this must still be a valid date
ID_MAX: Final = 255  # Slack's limit for action ids and callback ids

_short = Repr()
_short.maxstring = _short.maxother = 60


class RegistrationError(ImproperlyConfigured):
    """A building block is declared wrongly. It stops the start; the message names the places."""


@dataclass(frozen=True)
class Expected:
    """What an argument must be, in words that follow "must be"."""

    words: str
    fits: Callable[[Any], bool]

    def or_none(self) -> Expected:
        return Expected(f"{self.words}, or None", lambda value: value is None or self.fits(value))


def _is_callable(value: object, arguments: int) -> bool:
    if not callable(value) or _runs_later(value):
        return False
    try:
        inspect.signature(value).bind(*[None] * arguments)
    except (TypeError, ValueError):
        return False
    return True


def _runs_later(value: object) -> bool:
    kinds = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
    return any(is_kind(value) for is_kind in kinds)


def _is_list_of(value: object, fits: Callable[[Any], bool]) -> bool:
    """Return whether it is a list of such things; a text doesn't count as a list of its letters."""
    return (
        isinstance(value, Sequence | set | frozenset) and not isinstance(value, str | bytes) and all(map(fits, value))
    )


TEXT: Final = Expected("a text", lambda value: isinstance(value, str))
ID: Final = Expected(
    f"a text of 1 to {ID_MAX} characters",
    lambda value: isinstance(value, str) and bool(value.strip()) and len(value) <= ID_MAX,
)
TEXTS: Final = Expected("texts", lambda value: _is_list_of(value, lambda each: isinstance(each, str)))
YES_NO: Final = Expected("True or False", lambda value: isinstance(value, bool))
LENGTH: Final = Expected(
    "a timedelta of at most ten years", lambda value: isinstance(value, timedelta) and abs(value) <= LONGEST
)
WHOLE: Final = Expected("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool))
COUNT: Final = Expected("a whole number from 1", lambda value: WHOLE.fits(value) and value >= 1)


def function(arguments: int = 1) -> Expected:
    words = "a function that takes one argument" if arguments == 1 else f"a function that takes {arguments} arguments"
    return Expected(words, lambda value: _is_callable(value, arguments))


FUNCTION: Final = function()


def one_of(values: Collection[str]) -> Expected:
    return Expected(
        f"one of {', '.join(map(repr, values))}", lambda value: isinstance(value, str) and value in tuple(values)
    )


def some_of(values: Collection[str], what: str) -> Expected:
    """Expect a non-empty list of some of these."""
    fits = one_of(values).fits
    words = f"a list of {what}: {', '.join(values)}"
    return Expected(words, lambda value: _is_list_of(value, fits) and len(value) > 0)


def list_of(what: str, fits: Callable[[Any], bool]) -> Expected:
    return Expected(f"a list of {what}", lambda value: _is_list_of(value, fits))


def functions_by_name() -> Expected:
    takes_one = function().fits

    def fits(value: object) -> bool:
        return isinstance(value, Mapping) and all(
            isinstance(name, str) and takes_one(each) for name, each in value.items()
        )

    return Expected("functions that take one argument, by the name of a field", fits)


def instance_of(kind: type, words: str) -> Expected:
    return Expected(words, lambda value: isinstance(value, kind))


def checked(
    *, handler_takes: int = 1, **expected: Expected
) -> Callable[[Callable[P, Callable[[H], H]]], Callable[P, Callable[[H], H]]]:
    """Check each argument of a decorator, and the decorated function, before it registers anything."""

    def of(decorator: Callable[P, Callable[[H], H]]) -> Callable[P, Callable[[H], H]]:
        name, parameters = decorator.__name__, inspect.signature(decorator)

        @wraps(decorator)
        def with_checks(*args: P.args, **kwargs: P.kwargs) -> Callable[[H], H]:
            if args and isinstance(args[0], FunctionType):
                raise RegistrationError(f"@{name} needs parentheses and its arguments: {place_of(args[0])}")

            def register(handler: H) -> H:
                _check_handler(name, handler, handler_takes)
                try:
                    given = parameters.bind(*args, **kwargs)
                except TypeError as error:
                    raise RegistrationError(f"@{name}: {error}. {place_of(handler)}") from error
                given.apply_defaults()
                for argument, value in given.arguments.items():
                    check(f"@{name}", argument, value, expected[argument], place=place_of(handler))
                return decorator(*args, **kwargs)(handler)

            return register

        return with_checks

    return of


def check(what: str, argument: str, value: object, expected: Expected, *, place: str) -> None:
    """Raise `RegistrationError` when an argument is not what is expected."""
    if not expected.fits(value):
        raise RegistrationError(f"{what}: {argument} must be {expected.words}, not {_short.repr(value)}. {place}")


def _check_handler(name: str, handler: object, takes: int) -> None:
    if not isinstance(handler, FunctionType):
        raise RegistrationError(f"@{name} must decorate a function, not {_short.repr(handler)}. {_where(handler)}")
    if _runs_later(handler):
        raise RegistrationError(f"@{name}: the function must not use async or yield. {place_of(handler)}")
    if not _is_callable(handler, takes):
        raise RegistrationError(f"@{name}: the function must take one argument. {place_of(handler)}")


def _where(thing: object) -> str:
    return f"{getattr(thing, '__module__', '?')}.{getattr(thing, '__qualname__', type(thing).__qualname__)}"


def place_of(handler: Callable[..., Any]) -> str:
    """Return the file, the line and the name of a function."""
    code = inspect.unwrap(handler).__code__
    return f"{code.co_filename}:{code.co_firstlineno} ({handler.__qualname__})"


def caller_of(depth: int = 2) -> str:
    """Return the file and the line that called the caller of this; for a dataclass, `depth` is one frame more."""
    frame = sys._getframe(depth)  # `inspect.stack` reads every source file on the way: seconds at each start
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"

"""Kinds of durable work: each declares what it is in one class, in one file, and nothing else lists them.

Importing the module of a kind registers it. `load` imports a whole package of them.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Generic, TypeVar

K = TypeVar("K")


class Kinds(Generic[K]):
    """The kinds of rows of one table, by the name that a row has in its column `kind`."""

    def __init__(self, table: str) -> None:
        """`table` names the rows in error messages: "inbox" or "outbox"."""
        self._table = table
        self._kinds: dict[str, K] = {}

    def add(self, name: str, kind: K) -> None:
        """Register a kind. Raise LookupError if another one has the name: a second use must stop the start."""
        known = self._kinds.get(name)
        if known is not None:
            raise LookupError(f"{_place(kind)} and {_place(known)} are both the {self._table} kind {name!r}")
        self._kinds[name] = kind

    def get(self, name: str) -> K | None:
        """Return the kind with this name; None if only another version has it."""
        return self._kinds.get(name)

    def __getitem__(self, name: str) -> K:
        return self._kinds[name]

    def __contains__(self, name: object) -> bool:
        return name in self._kinds

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def items(self) -> Iterator[tuple[str, K]]:
        return iter(self._kinds.items())

    def remove(self, name: str) -> None:
        """Forget a kind that a test registered."""
        del self._kinds[name]


def load(package: str) -> None:
    """Import every module of a package, so that each registers its kinds."""
    folder = import_module(package)
    for each in pkgutil.iter_modules(folder.__path__, prefix=f"{package}."):
        import_module(each.name)


def _place(kind: object) -> str:
    owner = kind if isinstance(kind, type) else type(kind)
    return f"{owner.__module__}.{owner.__qualname__}"

"""Read the environment, typed. An empty variable counts as absent, as compose files like to pass empty ones."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def secret(name: str) -> str:
    """Return the variable, or what stands in the file that `<name>_FILE` points to, or ""."""
    path = text(f"{name}_FILE")
    if path and not text(name):
        return Path(path).read_text(encoding="utf-8").strip()
    return text(name)


def number(name: str, default: int) -> int:
    value = text(name)
    if not value:
        return default
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def switch(name: str, *, default: bool) -> bool:
    value = text(name).lower()
    if not value:
        return default
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")
    return value in TRUE


def words(name: str) -> list[str]:
    """Split at commas: "a, b" → ["a", "b"]."""
    return [word.strip() for word in text(name).split(",") if word.strip()]

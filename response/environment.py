"""Read the environment, typed. An empty variable counts as absent, as compose files like to pass empty ones."""

import os
import re
import tomllib
from collections.abc import Collection
from importlib.machinery import PathFinder
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})
HOST = re.compile(r"(?=.*[a-z])[\w-]+(\.[\w-]+)*", re.ASCII | re.IGNORECASE)  # digits alone are a mistyped address


class WrongSettingError(ImproperlyConfigured):
    """A sentence that names the variable and says what it may be."""


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def secret(name: str) -> str:
    """Return the variable, or what stands in the file that `<name>_FILE` points to, or ""."""
    path = text(f"{name}_FILE")
    if path and not text(name):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise WrongSettingError(f"{name}_FILE is {path}, which Response can't read ({error.strerror}).") from error
    return text(name)


def number(name: str, default: int) -> int:
    value = text(name)
    if not value:
        return default
    if not value.isdecimal():
        raise WrongSettingError(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def switch(name: str, *, default: bool) -> bool:
    value = text(name).lower()
    if not value:
        return default
    if value not in TRUE | FALSE:
        raise WrongSettingError(f"{name} must be 1 or 0, not {value!r}.")
    return value in TRUE


def choice(name: str, default: str, *, choices: Collection[str]) -> str:
    value = text(name, default)
    if value not in choices:
        raise WrongSettingError(f"{name} must be one of {', '.join(choices)}, not {value!r}.")
    return value


def words(name: str) -> list[str]:
    """Split at commas: "a, b" → ["a", "b"]."""
    return [word.strip() for word in text(name).split(",") if word.strip()]


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Return the addresses and networks that the variable names; refuse anything else, and networks of everybody."""
    found = []
    for word in words(name):
        try:
            network = ip_network(word, strict=False)
        except ValueError:
            raise WrongSettingError(f"{name} contains {word}, which is not an IP address or network.") from None
        if network.prefixlen == 0:
            raise WrongSettingError(f"{name} contains {word}, which is every address. List only your own proxies.")
        found.append(network)
    return found


def networks_and_hosts(name: str) -> list[str]:
    """Return the networks, addresses and host names that the variable names; refuse anything else, and all networks."""
    found = words(name)
    for word in found:
        try:
            everything = ip_network(word, strict=False).prefixlen == 0
        except ValueError:
            if not HOST.fullmatch(word):
                raise WrongSettingError(f"{name} contains {word}, which is not an IP network or a host name.") from None
        else:
            if everything:
                raise WrongSettingError(f"{name} contains {word}, which is every address. List only your own networks.")
    return found


def apps(name: str) -> list[str]:
    """Return the Django apps that the variable names; refuse one that Python does not find. Nothing is loaded yet."""
    found = words(name)
    for app in found:
        if missing := _missing_module(app):
            raise WrongSettingError(
                f"{name} contains {app}, but Python can't find the module {missing}. Check the spelling. "
                "If the folder is elsewhere, add its parent folder to PYTHONPATH."
            )
    return found


def _missing_module(app: str) -> str:
    """Return the first part of a dotted name that is not there, or ""."""
    name, *rest = app.split(".")
    spec = find_spec(name) if name else None
    for part in rest:
        if spec is None or part[:1].isupper():  # Django takes the name of an AppConfig's class, too.
            break
        name = f"{name}.{part}"
        spec = PathFinder.find_spec(name, spec.submodule_search_locations or [])
    return "" if spec else name or app


def tables(name: str) -> dict[str, Any]:
    """Return what stands in the TOML file that the variable names; nothing when it names none."""
    path = text(name)
    if not path:
        return {}
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise WrongSettingError(f"{name} is {path}, which Response can't read ({error.strerror}).") from error
    except ValueError as error:
        raise WrongSettingError(f"{name} is {path}, which isn't a valid TOML file: {error}.") from error

"""What a plugin needs from its deployment: settings and secrets, declared where they are used and checked at the start.

They are read from the environment at each access. An empty variable counts as absent. A secret may also be in the file
that `<NAME>_FILE` names, and is removed from everything that we log, store as an error, or post.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar
from urllib.parse import quote

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured

from slackbot.kit.declarations import TEXT, Expected, RegistrationError, caller_of, check, function

NAME: Final = re.compile(r"[A-Z][A-Z0-9_]{1,99}")
SHORTEST: Final = 8  # a shorter secret couldn't be hidden without hiding ordinary words
HIDDEN: Final = "[hidden]"

declared: Final[dict[str, Setting[Any]]] = {}  # by name

T = TypeVar("T")
Complain = Callable[[T], str | None]


class MissingSetting(ImproperlyConfigured):
    """A setting that a plugin needs is not set."""


@dataclass(frozen=True)
class Setting(Generic[T]):
    """One declared setting. `value` reads it now."""

    name: str
    help: str
    place: str = field(repr=False)
    is_secret: bool = field(repr=False)
    default: T | None = field(repr=False)  # None: it is required
    read: Callable[[str], T] = field(repr=False)
    complain: Complain[T] = field(repr=False)

    @property
    def value(self) -> T:
        """Return the setting, or its default. Raise `MissingSetting` when it is required and not set."""
        text = self._text()
        if text:
            return self.read(text)
        if self.default is None:
            raise MissingSetting(f"{self.name} is not set: {self.help}")
        return self.default

    def complaint(self) -> str | None:
        """Return what is wrong with it, as a sentence without its value; None if nothing is."""
        try:
            value = self.value
        except MissingSetting as missing:
            return str(missing)
        except ImproperlyConfigured as error:
            return str(error)
        except UnicodeError:
            return f"{self.name}_FILE names a file that is not UTF-8 text."
        if self.is_secret and value and len(str(value)) < SHORTEST:
            return f"{self.name} is a secret, so it needs at least {SHORTEST} characters."
        wrong = self.complain(value)
        return f"{self.name} {wrong}." if wrong else None

    def _text(self) -> str:
        text = str((settings.READ_PLUGIN_SECRET if self.is_secret else settings.READ_PLUGIN_SETTING)(self.name))
        if self.is_secret and len(text) >= SHORTEST:
            settings.PLUGIN_SECRETS.add(text)
        return text


def setting(
    name: str, *, help: str, default: str | None = None, complain: Complain[str] = lambda _value: None
) -> Setting[str]:
    """Declare a text that the deployment sets. Without a `default`, the setting is required to start.

    `help` explains the setting to the person who must set it. `complain` returns what is wrong with a value, phrased to
    follow its name ("must be a whole address, such as https://pager.example.com"), or None.
    """
    return _declare(Setting(name, help, caller_of(), False, default, str, complain))  # noqa: FBT003


def setting_list(
    name: str,
    *,
    help: str,
    default: Sequence[str] | None = None,
    complain: Complain[list[str]] = lambda _value: None,
) -> Setting[list[str]]:
    """Declare a list that the deployment sets: "a, b" → ["a", "b"]. No element is ever empty."""
    place = caller_of()
    is_list = Expected("a list of texts, or None", lambda value: value is None or _is_texts(value))
    check("setting_list()", "default", default, is_list, place=place)
    usual = None if default is None else list(default)
    return _declare(Setting(name, help, place, False, usual, _split, complain))  # noqa: FBT003


def secret(name: str, *, help: str, default: str | None = None) -> Setting[str]:
    """Declare a secret of at least eight characters. It never appears in a log, a stored error or a message.

    It may be in the file that `<name>_FILE` names instead. With `default=""`, it is optional.
    """
    return _declare(Setting(name, help, caller_of(), True, default, str, lambda _value: None))  # noqa: FBT003


def _declare(new: Setting[T]) -> Setting[T]:
    what = "A plugin's setting"
    is_name = Expected("a name such as PAGER_URL", lambda value: isinstance(value, str) and bool(NAME.fullmatch(value)))
    check(what, "its name", new.name, is_name, place=new.place)
    check(what, "help", new.help, TEXT, place=new.place)
    check(what, "complain", new.complain, function(), place=new.place)
    if new.read is not _split:
        check(what, "default", new.default, TEXT.or_none(), place=new.place)
    known = declared.get(new.name)
    if known is not None and known.place != new.place:
        raise RegistrationError(
            f"The setting {new.name} is declared twice:\n  {known.place}\n  {new.place}\n"
            "Rename one, or import it from the other plugin."
        )
    declared[new.name] = new
    return new


def _split(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _is_texts(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(each, str) for each in value)


def check_settings(**_kwargs: Any) -> list[CheckMessage]:
    """Report the settings that plugins lack: a system check, so that the start and doctor show them."""
    found = [(each, each.complaint()) for each in declared.values()]
    return [
        Error(complaint, hint=f"It is declared in {each.place}", id="slackbot.E050")
        for each, complaint in found
        if complaint
    ]


# Secrets --------------------------------------------------------------------------------------------------------------


def without_secrets(value: T) -> T:
    """Return a text, or JSON with texts in it, without any plugin's secrets."""
    forms = _forms()
    return _without(value, forms) if forms else value


def _forms() -> list[str]:
    """Return every form in which a secret may be written, the longest first."""
    ways: tuple[Callable[[str], str], ...] = (
        str,
        lambda text: quote(text, safe=""),
        lambda text: quote(text),
        lambda text: json.dumps(text)[1:-1],
        lambda text: repr(text)[1:-1],
    )
    for each in declared.values():
        if each.is_secret:
            each.complaint()  # this reads it, so that a secret that was just changed is hidden too
    found = {way(secret) for secret in settings.PLUGIN_SECRETS for way in ways}
    return sorted(found, key=len, reverse=True)


def _without(value: Any, forms: Sequence[str]) -> Any:
    match value:
        case str():
            for form in forms:
                value = value.replace(form, HIDDEN)
            return value
        case dict():
            return {_without(key, forms): _without(each, forms) for key, each in value.items()}
        case list() | tuple():
            return [_without(each, forms) for each in value]
        case _:
            return value

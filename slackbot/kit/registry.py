"""Which handler serves what. Filled by the decorators while `slack_handlers` modules load, complete at start."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any, Final, get_args

import regex
from django.apps import apps
from django.utils.module_loading import autodiscover_modules

from incidents import entries
from incidents.vetoes import NEVER
from slackbot.kit.contexts import (
    DialogContext,
)
from slackbot.kit.declarations import RegistrationError as RegistrationError
from slackbot.kit.declarations import place_of
from slackbot.kit.events import SlackEvent
from slackbot.kit.handler_types import LineStyle, Search
from slackbot.kit.signatures import Signature
from slackbot.kit.working_hours import WorkingHours

BUILT_IN: Final = "slackbot"
SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True)
class Registered:
    """One handler, where it was written, and the name under which its rows are kept."""

    name: str
    handler: Callable[..., Any]

    @property
    def id(self) -> str:
        name = f"{self.handler.__module__}.{self.handler.__qualname__}"
        return f"{name}[{self.name}]" if self.handler in _namesakes else name

    @cached_property
    def plugin(self) -> str:
        config = apps.get_containing_app_config(self.handler.__module__)
        return config.label if config else self.handler.__module__.partition(".")[0]

    @property
    def is_built_in(self) -> bool:
        return self.plugin == BUILT_IN

    @property
    def place(self) -> str:
        return place_of(self.handler)

    def add_to(self, registry: Registry, *, replace: bool) -> None:
        """Enter it where it is looked up. Raise `RegistrationError` if it is declared wrongly.

        `replace` matters only for what has a name that another one may have.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class Command(Registered):
    """`asks` names the button that a slash command with these words needs first; "" runs it at once.

    A command that `reads_only` may run again when Slack delivers a request twice, so no record of it is kept.
    """

    help: str
    usage: str | Callable[[], str]
    aliases: tuple[str, ...]
    anywhere: bool
    asks: Callable[[str], str] = field(default=lambda _text: "")
    reads_only: bool = False

    @property
    def form(self) -> str:
        """Return how to write the command, as in "@incident lead @someone"."""
        return f"@incident {self.name} {self.usage if isinstance(self.usage, str) else self.usage()}".strip()

    @property
    def takes_any_text(self) -> bool:
        """Return whether it takes any words, so that they could have been meant as a title as well."""
        return isinstance(self.usage, str) and "text" in self.usage

    def add_to(self, registry: Registry, *, replace: bool) -> None:
        for name in (self.name, *self.aliases):
            if name != name.lower() or name.split() != [name]:
                raise RegistrationError(f"A command's name must be one lower-case word, not {name!r}: {self.place}")
            registry.put(registry.commands, name, self, what="command", replace=replace)


@dataclass(frozen=True)
class Keyword(Registered):
    """`pattern` has its own time limit: a plugin's expression may be slow on some text."""

    pattern: regex.Pattern[str]
    every: timedelta

    def find(self, text: str) -> str | None:
        """Return the words of the text that match."""
        try:
            found = self.pattern.search(text, timeout=0.2)
        except TimeoutError:
            return None
        return found[0] if found else None

    def add_to(self, registry: Registry, *, replace: bool) -> None:
        registry.keywords.append(self)
        registry.remember(self)


@dataclass(frozen=True)
class Action(Registered):
    background: bool

    def add_to(self, registry: Registry, *, replace: bool) -> None:
        registry.put(registry.actions, self.name, self, what="action", replace=replace)


@dataclass(frozen=True)
class DialogForm(Registered):
    background: bool
    searches: Mapping[str, Search]
    validate: Callable[[DialogContext], Mapping[str, str]] | None

    def add_to(self, registry: Registry, *, replace: bool) -> None:
        registry.put(registry.dialogs, self.name, self, what="dialog", replace=replace)


@dataclass(frozen=True)
class Notification(Registered):
    """It is asked `after` the opening, and then `every` so often until it has spoken `times`."""

    after: timedelta
    every: timedelta | None
    times: int
    hours: WorkingHours | None
    kinds: tuple[str, ...]

    def add_to(self, registry: Registry, *, replace: bool) -> None:
        if self.after < timedelta(0) or (self.every is not None and self.every <= timedelta(0)):
            raise RegistrationError(f"A notification's times must be in the future: {self.place}")
        registry.notifications[self.id] = self
        registry.remember(self)


@dataclass(frozen=True)
class Event(Registered):
    """`classes` are what the handler takes as its event; with none, it takes any.

    An `extra` is work that an incident can do without, as all that plugins do.
    """

    anywhere: bool
    subtypes: tuple[str | None, ...] | None
    headlines: bool = False
    classes: tuple[type[SlackEvent], ...] = ()
    extra: bool = False

    def hears(self, *, is_incidents: bool, is_for_headlines: bool) -> bool:
        """Return whether it is for events of a channel that is an incident's, or the one for headlines."""
        return self.anywhere or is_incidents or (self.headlines and is_for_headlines)

    def wants(self, subtype: str | None) -> bool:
        return self.subtypes is None or subtype in self.subtypes

    def add_to(self, registry: Registry, *, replace: bool) -> None:
        registry.events.setdefault(self.name, []).append(self)
        registry.remember(self)


@dataclass(frozen=True)
class IncidentEvent(Registered):
    background: bool

    def add_to(self, registry: Registry, *, replace: bool) -> None:
        if self.name not in entries.known_kinds():
            known = ", ".join(entries.known_kinds())
            raise RegistrationError(f"{self.name!r} isn't an incident event ({self.place}). The events are: {known}.")
        registry.incident_events.setdefault(self.name, []).append(self)
        registry.remember(self)


@dataclass(frozen=True)
class TimelineFollower(Registered):
    background: bool

    def add_to(self, registry: Registry, *, replace: bool) -> None:
        if not SLUG.fullmatch(self.name):
            raise RegistrationError(f"A follower's name has lower-case letters, digits and hyphens: {self.place}")
        registry.put(registry.followers, self.name, self, what="follower", replace=replace)


@dataclass(frozen=True)
class Inbound(Registered):
    """`headers` are kept for the handler; the signature's never are."""

    signature: Signature
    headers: tuple[str, ...]
    max_bytes: int
    background: bool

    def add_to(self, registry: Registry, *, replace: bool) -> None:
        if not SLUG.fullmatch(self.name):
            raise RegistrationError(
                f"A name of @inbound_request must have only lower-case letters, digits and hyphens, not {self.name!r}: "
                f"{self.place}"
            )
        registry.put(registry.inbound, self.name, self, what="inbound request", replace=replace)


@dataclass(frozen=True)
class ScheduledWork(Registered):
    background: bool

    def add_to(self, registry: Registry, *, replace: bool) -> None:
        registry.remember(self)
        registry.scheduled[self.id] = self


@dataclass(frozen=True)
class Periodic(ScheduledWork):
    every: timedelta

    def add_to(self, registry: Registry, *, replace: bool) -> None:
        registry.remember(self)
        registry.periodic[self.id] = self


@dataclass(frozen=True)
class Veto(Registered):
    """It may refuse a change before it is made."""

    def add_to(self, registry: Registry, *, replace: bool) -> None:
        possible = [kind for kind in entries.known_kinds() if kind not in NEVER]
        if self.name not in possible:
            raise RegistrationError(
                f"The change {self.name!r} can't be refused ({self.place}). These can: {', '.join(possible)}."
            )
        registry.vetoes.setdefault(self.name, []).append(self)
        registry.remember(self)


@dataclass(frozen=True)
class HeadlineButton(Registered):
    order: int

    def add_to(self, registry: Registry, *, replace: bool) -> None:
        registry.headline_buttons.append(self)
        registry.headline_buttons.sort(key=lambda button: (button.order, button.id))
        registry.remember(self)


@dataclass(frozen=True)
class HeadlineLine(Registered):
    """`instead_of` is the line it took the place of, which is shown when this one fails."""

    order: int
    style: LineStyle
    instead_of: HeadlineLine | None = None

    def add_to(self, registry: Registry, *, replace: bool) -> None:
        if not self.name or self.name != self.name.lower() or len(self.name.split()) != 1:
            raise RegistrationError(f"A headline line's name must be one lower-case word: {self.place}")
        if self.style not in get_args(LineStyle):
            raise RegistrationError(
                f"A headline line's style must be short, long or small, not {self.style!r}: {self.place}"
            )
        lines = registry.headline_lines
        line = dataclasses.replace(self, instead_of=lines.get(self.name)) if replace else self
        registry.put(lines, self.name, line, what="headline line", replace=replace)


@dataclass
class Registry:
    commands: dict[str, Command] = field(default_factory=dict)
    keywords: list[Keyword] = field(default_factory=list)
    actions: dict[str, Action] = field(default_factory=dict)
    dialogs: dict[str, DialogForm] = field(default_factory=dict)
    notifications: dict[str, Notification] = field(default_factory=dict)
    events: dict[str, list[Event]] = field(default_factory=dict)
    incident_events: dict[str, list[IncidentEvent]] = field(default_factory=dict)
    followers: dict[str, TimelineFollower] = field(default_factory=dict)
    inbound: dict[str, Inbound] = field(default_factory=dict)
    scheduled: dict[str, ScheduledWork] = field(default_factory=dict)  # by id
    periodic: dict[str, Periodic] = field(default_factory=dict)  # by id
    vetoes: dict[str, list[Veto]] = field(default_factory=dict)  # by kind of change
    headline_buttons: list[HeadlineButton] = field(default_factory=list)
    headline_lines: dict[str, HeadlineLine] = field(default_factory=dict)
    by_id: dict[str, Registered] = field(default_factory=dict)

    def add(self, new: Registered, *, replace: bool = False) -> None:
        """Add what a decorator declares; with `replace`, in place of what has its name."""
        new.add_to(self, replace=replace)

    @property
    def plugins_draw_headlines(self) -> bool:
        return any(not each.is_built_in for each in (*self.headline_buttons, *self.headline_lines.values()))

    def listed_commands(self) -> list[Command]:
        """Each command once, built-ins first, then by name."""
        own = [command for name, command in self.commands.items() if name == command.name]
        return sorted(own, key=lambda command: (not command.is_built_in, command.plugin, command.name))

    def put(self, table: dict[str, Any], name: str, new: Registered, *, what: str, replace: bool) -> None:
        old = table.get(name)
        if old is not None and old is not new and not replace:
            raise RegistrationError(
                f"The {what} {name!r} is registered twice:\n  {old.place}\n  {new.place}\n"
                "Rename one, or use replace=True to replace the other."
            )
        if old is None and replace:
            raise RegistrationError(f"There is no {what} {name!r} to replace: {new.place}")
        table[name] = new
        self.remember(new)

    def remember(self, new: Registered) -> None:
        """Rows name handlers by id, so two different functions must not share one.

        Functions that a loop makes have one name: what they are registered as tells them apart, if that differs.
        """
        known = self.by_id.get(new.id)
        if known is None and new.handler not in _namesakes:
            known = next((each for each in self.by_id.values() if _are_namesakes(each, new)), None)
        if known is None or known.handler is new.handler:
            self.by_id.setdefault(new.id, new)
            return
        if not new.name or known.name == new.name or isinstance(new, HeadlineButton):
            raise RegistrationError(
                f"Two handlers have the name {new.id}:\n  {known.place}\n  {new.place}\n"
                "Give each a different name. In a loop, set its __qualname__ before you decorate it."
            )
        self.by_id = {key: each for key, each in self.by_id.items() if each is not known}
        _namesakes.update((known.handler, new.handler))
        for each in (known, new):
            self.remember(each)


def _are_namesakes(one: Registered, other: Registered) -> bool:
    def name(each: Registered) -> tuple[str, str]:
        return each.handler.__module__, each.handler.__qualname__

    return one.handler is not other.handler and name(one) == name(other)


_namesakes: Final[set[Callable[..., Any]]] = set()  # handlers that share their name with another one
registry = Registry()


def listed_commands() -> list[Command]:
    """Return each command once: the built-in ones first, then each plugin's, by name."""
    return registry.listed_commands()


def command_named(name: str) -> Command | None:
    """Return the command with this name or alias."""
    return registry.commands.get(name)


def command_names() -> list[str]:
    """Return the names and aliases of all commands."""
    return list(registry.commands)


def load_handlers() -> None:
    """Import the `slack_handlers` of every installed app. One that does not import stops the start."""
    autodiscover_modules("slack_handlers")

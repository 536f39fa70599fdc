"""Keep the list of people in step with wherever an interface knows them from."""

from __future__ import annotations

from datetime import datetime
from typing import NotRequired, Protocol, TypedDict, Unpack

from django.db import transaction

from people.models import Person
from people.texts import one_line

NAME_MAX = 200


class Departure(Protocol):
    def __call__(self, person: Person, /, *, at: datetime) -> None: ...


_departures: list[Departure] = []


def on_departure(follow: Departure) -> None:
    """Call `follow` in the transaction in which somebody is deactivated."""
    if follow not in _departures:
        _departures.append(follow)


class Profile(TypedDict):
    """What an interface knows of somebody. `time_zone` is a name like "Europe/London"."""

    name: str
    email: str
    time_zone: str
    is_active: bool
    is_bot: bool
    is_guest: NotRequired[bool]


def add_person(**profile: Unpack[Profile]) -> Person:
    profile["name"] = _kept_name(profile["name"])
    return Person.objects.create(**profile)


def update_person(person: Person, *, at: datetime, **profile: Unpack[Profile]) -> None:
    """Write what changed, and nothing when nothing did. Deactivating keeps the history; who was erased stays so.

    Deactivating also calls what `on_departure` registered.
    """
    if person.erased_at is not None:
        return
    profile["name"] = _kept_name(profile["name"])
    leaves = person.is_active and not profile["is_active"]
    changed = [field for field, value in profile.items() if getattr(person, field) != value]
    for field in changed:
        setattr(person, field, profile[field])  # type: ignore[literal-required]
    if not changed:
        return
    with transaction.atomic():
        person.save(update_fields=changed)
        if leaves:
            for follow in _departures:
                follow(person, at=at)


def _kept_name(name: str) -> str:
    return one_line(name)[:NAME_MAX]

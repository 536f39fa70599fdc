"""Keep the list of people in step with wherever a door knows them from."""

from __future__ import annotations

from typing import TypedDict, Unpack

from incidents.models import Person
from incidents.texts import one_line

NAME_MAX = 200


class Profile(TypedDict):
    """What a door knows of somebody. `time_zone` is a name like "Europe/London"."""

    name: str
    email: str
    time_zone: str
    is_active: bool
    is_bot: bool


def add_person(**profile: Unpack[Profile]) -> Person:
    profile["name"] = _kept_name(profile["name"])
    return Person.objects.create(**profile)


def update_person(person: Person, **profile: Unpack[Profile]) -> None:
    """Write what changed, and nothing when nothing did. Deactivating keeps the history."""
    profile["name"] = _kept_name(profile["name"])
    changed = [field for field, value in profile.items() if getattr(person, field) != value]
    for field in changed:
        setattr(person, field, profile[field])  # type: ignore[literal-required]
    if changed:
        person.save(update_fields=changed)


def _kept_name(name: str) -> str:
    return one_line(name)[:NAME_MAX]

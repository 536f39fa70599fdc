"""Keep the list of people in step with wherever a door knows them from."""

from __future__ import annotations

from datetime import datetime
from typing import NotRequired, TypedDict, Unpack
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction

from incidents import services
from incidents.models import Person
from people.texts import one_line

NAME_MAX = 200


class Profile(TypedDict):
    """What a door knows of somebody. `time_zone` is a name like "Europe/London"."""

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

    Open incidents are told when somebody whom they need is deactivated.
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
            services.record_departure(person, at=at)


def _kept_name(name: str) -> str:
    return one_line(name)[:NAME_MAX]


def zone_of(person: Person) -> ZoneInfo:
    """Return the time zone in which `person` reads clocks: UTC if this computer doesn't know theirs."""
    try:
        return ZoneInfo(person.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")

"""Turn what calls send into the domain's types, and what changed into their answers."""

from __future__ import annotations

from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Status as Answer

from incidents import queries, services
from incidents.models import Incident, Kind, Severity, Status
from people.errors import InvalidValue
from people.models import Person
from people.texts import cleaned
from ui.api.door import Call
from ui.api.shapes import (
    Change,
    EntryOut,
    IncidentDetail,
    Skipped,
    Somebody,
)

T = TypeVar("T")


def viewer_of(request: HttpRequest) -> Person:
    viewer: Person = cast(Call, request).auth.person
    return viewer


def seen(request: HttpRequest, number: int) -> Incident:
    return queries.incident(viewer_of(request), number=number)


def edits(request: HttpRequest, body: Change) -> services.Edits:
    """Return what was sent, in the domain's types."""
    said = body.dict(exclude_unset=True, exclude={"seen"})
    if said.get("started_at", ...) is None:
        raise InvalidValue("You can't remove the start time.", field="started_at")
    if "severity" in said:
        said["severity"] = severity_called(said["severity"])
    if "lead" in said:
        said["lead"] = person_called(request, said["lead"], "lead")
    if "kind" in said:
        said["kind"] = Kind(said["kind"])
    if "status" in said:
        said["status"] = Status(said["status"])
    return cast(services.Edits, said)


def severity_called(key: str) -> Severity:
    for each in queries.severities():
        if each.key == key:
            return each
    known = ", ".join(each.key for each in queries.severities())
    raise InvalidValue(f"“{key[:40]}” isn't a severity. Choose one of: {known}.", field="severity")


def status_called(name: str) -> Status:
    if name not in Status.values:
        raise InvalidValue(f"“{name[:40]}” isn't a status. Choose one of: {', '.join(Status.values)}.", field="status")
    return Status(name)


def person_called(request: HttpRequest, said: Somebody, field: str) -> Person:
    """Find a person by number or by e-mail address. Whether they may do it, the domain knows."""
    viewer = viewer_of(request)
    found = queries.known_people(viewer).filter(pk=said) if isinstance(said, int) else _by_address(viewer, said)
    people = list(found[:2])
    if len(people) != 1:
        raise InvalidValue(f"{'Several people match' if people else 'Nobody matches'} “{said}”.", field=field)
    return people[0]


def _by_address(viewer: Person, address: str) -> QuerySet[Person]:
    address = cleaned(address)
    return queries.responders_at(viewer, address) if address else Person.objects.none()


def detail(request: HttpRequest, changed: Incident, *, status: int = 200) -> Answer[IncidentDetail | None]:
    """Show it as it is now, read anew: who leads is kept with the object. What one no longer sees is not shown."""
    viewer = viewer_of(request)
    found = queries.incidents(viewer).filter(number=changed.number).first()
    if found is None:
        return Answer(204, None)
    return Answer(status, IncidentDetail.of_one(found, viewer=viewer))


def newest_entry(changed: Incident) -> EntryOut:
    return EntryOut.of(queries.history(changed).get(seq=changed.version))


def page_address(request: HttpRequest, **place: object) -> str:
    """Return the address of the same call at another place."""
    asked = request.GET.copy()
    for name, value in place.items():
        asked[name] = str(value)
    return f"{settings.SITE_URL}{request.path}?{urlencode(list(asked.lists()), doseq=True)}"


def some_of(request: HttpRequest, found: QuerySet[Any, T], asked: Skipped) -> tuple[list[T], str | None]:
    """Return a page of what is found, and the address of the next."""
    rows = list(found[asked.skip : asked.skip + asked.limit + 1])
    more = page_address(request, skip=asked.skip + asked.limit) if len(rows) > asked.limit else None
    return rows[: asked.limit], more

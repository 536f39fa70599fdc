"""What one can ask and change. Each call reads by one query of the domain, or makes one service call."""

from __future__ import annotations

from typing import Annotated, Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.core.paginator import EmptyPage, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from ninja import Query
from ninja import Status as Answer

from incidents import fields, queries, services
from incidents.errors import InvalidValue, NotFound
from incidents.models import Action, Incident, Kind, Person, Severity, Status
from incidents.texts import cleaned
from ui.api.door import WRITE, Call, api
from ui.api.repeats import once
from ui.api.shapes import (
    MOST_ON_A_PAGE,
    ActionOut,
    Asked,
    Change,
    Declaration,
    EntryOut,
    FieldOut,
    IncidentDetail,
    IncidentOut,
    Incidents,
    Me,
    Merge,
    NewAction,
    Note,
    PersonOut,
    Refusal,
    SeverityOut,
    Somebody,
    Timeline,
    Update,
    Words,
)

REFUSALS: dict[Any, Any] = {400: Refusal, 404: Refusal, 409: Refusal, 422: Refusal}

api.add_decorator(once, mode="operation")


# Reading --------------------------------------------------------------------------------------------------------------


@api.get("/incidents", response={200: Incidents, 400: Refusal}, summary="The incidents you may see, newest first")
def incidents(request: HttpRequest, asked: Query[Asked]) -> Incidents:
    found = queries.search(_viewer(request), words=cleaned(asked.q)).select_related("merged_into").order_by("-number")
    if asked.open is not None:
        working = Status.working()
        found = found.filter(status__in=working) if asked.open else found.exclude(status__in=working)
    if asked.status:
        found = found.filter(status__in=[_status(each) for each in asked.status.split(",")])
    if asked.severity:
        found = found.filter(severity__in=[_severity(each) for each in asked.severity.split(",")])
    if asked.kind is not None:
        found = found.filter(kind=asked.kind)
    for each in asked.field:
        name, _, value = each.partition(":")
        found = queries.with_field(found, fields.registry.get(name), cleaned(value))
    pages = Paginator(found, asked.per_page)
    try:
        items = [IncidentOut.of(incident) for incident in pages.page(asked.page)]
    except EmptyPage:
        items = []
    more = asked.page < pages.num_pages
    return Incidents(items=items, total=pages.count, next=_page(request, asked.page + 1) if more else None)


@api.get("/incidents/{int:number}", response={200: IncidentDetail, 404: Refusal}, summary="One incident")
def incident(request: HttpRequest, number: int) -> IncidentDetail:
    return IncidentDetail.of(queries.incident(_viewer(request), number=number))


@api.get(
    "/incidents/{int:number}/timeline",
    response={200: Timeline, 404: Refusal},
    summary="Everything recorded, in the order of recording",
)
def timeline(
    request: HttpRequest,
    number: int,
    after: Annotated[int, Query(ge=0, description="The seq of the last entry that you know")] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_ON_A_PAGE)] = MOST_ON_A_PAGE,
) -> Timeline:
    found = queries.history(queries.incident(_viewer(request), number=number)).filter(seq__gt=after)
    entries = list(found[: limit + 1])
    items = [EntryOut.of(entry) for entry in entries[:limit]]
    return Timeline(items=items, next_after=items[-1].seq if len(entries) > limit else None)


@api.get("/people", response=list[PersonOut], summary="Who may lead, or own an action")
def people(request: HttpRequest, email: Words = "") -> list[PersonOut]:
    found = queries.responders()
    return [PersonOut.of(each) for each in (found.filter(email__iexact=cleaned(email)) if email else found)[:1000]]


@api.get("/severities", response=list[SeverityOut], summary="How bad it may be, the worst first")
def severities(request: HttpRequest) -> list[SeverityOut]:
    return [SeverityOut.of(each) for each in queries.severities()]


@api.get("/fields", response=list[FieldOut], summary="The custom fields")
def custom_fields(request: HttpRequest) -> list[FieldOut]:
    return [FieldOut.of(each) for each in fields.registry.all()]


@api.get("/me", response=Me, summary="Who you are here")
def me(request: HttpRequest) -> Me:
    token = cast(Call, request).auth
    return Me(person=PersonOut.of(token.person), token=token.name, scope=token.scope)


# Changing -------------------------------------------------------------------------------------------------------------


@api.post(
    "/incidents", auth=WRITE, response={201: IncidentDetail, 400: Refusal, 422: Refusal}, summary="Declare an incident"
)
def declare(request: HttpRequest, body: Declaration) -> Answer[IncidentDetail]:
    declared = services.declare_incident(
        title=body.title,
        summary=body.summary,
        impact=body.impact,
        severity=_severity(body.severity) if body.severity is not None else None,
        lead=_somebody(body.lead, "lead") if body.lead is not None else None,
        kind=Kind(body.kind),
        started_at=body.started_at,
        private=body.private,
        fields=body.fields,
        reporter=_viewer(request),
        at=timezone.now(),
    )
    return Answer(201, _detail(request, declared))


@api.patch(
    "/incidents/{int:number}",
    auth=WRITE,
    response={200: IncidentDetail, **REFUSALS},
    summary="Change what an incident says",
)
def change(request: HttpRequest, number: int, body: Change) -> IncidentDetail:
    found = queries.incident(_viewer(request), number=number)
    services.edit_incident(found, wanted=_edits(body), seen=body.seen, by=_viewer(request), at=timezone.now())
    return _detail(request, found)


@api.post("/incidents/{int:number}/close", auth=WRITE, response={200: IncidentDetail, **REFUSALS}, summary="It is over")
def close(request: HttpRequest, number: int) -> IncidentDetail:
    found = queries.incident(_viewer(request), number=number)
    services.resolve_incident(found, by=_viewer(request), at=timezone.now())
    return _detail(request, found)


@api.post(
    "/incidents/{int:number}/cancel",
    auth=WRITE,
    response={200: IncidentDetail, **REFUSALS},
    summary="It was none: a false alarm, or declared by mistake",
)
def cancel(request: HttpRequest, number: int) -> IncidentDetail:
    found = queries.incident(_viewer(request), number=number)
    services.cancel_incident(found, by=_viewer(request), at=timezone.now())
    return _detail(request, found)


@api.post(
    "/incidents/{int:number}/merge",
    auth=WRITE,
    response={200: IncidentDetail, **REFUSALS},
    summary="It is the same trouble as another, and goes on there",
)
def merge(request: HttpRequest, number: int, body: Merge) -> IncidentDetail:
    found = queries.incident(_viewer(request), number=number)
    into = queries.incidents(_viewer(request)).filter(number=body.into).first()
    if into is None:
        raise InvalidValue(f"There is no incident INC-{body.into}.", field="into")
    services.merge_incident(found, into=into, by=_viewer(request), at=timezone.now())
    return _detail(request, found)


@api.post(
    "/incidents/{int:number}/reopen",
    auth=WRITE,
    response={200: IncidentDetail, **REFUSALS},
    summary="It is not over after all",
)
def reopen(request: HttpRequest, number: int) -> IncidentDetail:
    found = queries.incident(_viewer(request), number=number)
    services.reopen_incident(found, by=_viewer(request), at=timezone.now())
    return _detail(request, found)


@api.delete(
    "/incidents/{int:number}/lead",
    auth=WRITE,
    response={200: IncidentDetail, **REFUSALS},
    summary="Nobody leads any more",
)
def remove_lead(request: HttpRequest, number: int) -> IncidentDetail:
    found = queries.incident(_viewer(request), number=number)
    services.remove_lead(found, by=_viewer(request), at=timezone.now())
    return _detail(request, found)


@api.post(
    "/incidents/{int:number}/timeline",
    auth=WRITE,
    response={201: EntryOut, **REFUSALS},
    summary="Write onto the timeline",
)
def add_note(request: HttpRequest, number: int, body: Note) -> Answer[EntryOut]:
    found = queries.incident(_viewer(request), number=number)
    now = timezone.now()
    services.add_note(found, text=body.text, happened_at=body.happened_at, by=_viewer(request), at=now)
    return Answer(201, _newest(found))


@api.post(
    "/incidents/{int:number}/updates",
    auth=WRITE,
    response={201: EntryOut, **REFUSALS},
    summary="Tell everybody how it stands",
)
def post_update(request: HttpRequest, number: int, body: Update) -> Answer[EntryOut]:
    found = queries.incident(_viewer(request), number=number)
    services.post_update(found, text=body.text, by=_viewer(request), at=timezone.now())
    return Answer(201, _newest(found))


@api.post(
    "/incidents/{int:number}/actions", auth=WRITE, response={201: ActionOut, **REFUSALS}, summary="Note a follow-up"
)
def add_action(request: HttpRequest, number: int, body: NewAction) -> Answer[ActionOut]:
    added = services.add_action(
        queries.incident(_viewer(request), number=number),
        text=body.text,
        owner=_somebody(body.owner, "owner") if body.owner is not None else None,
        priority=Action.Priority(body.priority),
        type=Action.Type(body.type),
        due_at=body.due_at,
        by=_viewer(request),
        at=timezone.now(),
    )
    return Answer(201, ActionOut.of(added))


@api.post(
    "/incidents/{int:number}/actions/{int:action_id}/complete",
    auth=WRITE,
    response={200: ActionOut, **REFUSALS},
    summary="A follow-up is done",
)
def complete_action(request: HttpRequest, number: int, action_id: int) -> ActionOut:
    found = queries.incident(_viewer(request), number=number)
    action = queries.action(found, pk=action_id)
    services.complete_action(found, action=action, by=_viewer(request), at=timezone.now())
    return ActionOut.of(action)


# From the wire to the domain ------------------------------------------------------------------------------------------


def _viewer(request: HttpRequest) -> Person:
    viewer: Person = cast(Call, request).auth.person
    return viewer


def _edits(body: Change) -> services.Edits:
    """Return what was sent, in the domain's types."""
    said = body.dict(exclude_unset=True, exclude={"seen"})
    if said.get("started_at", ...) is None:
        raise InvalidValue("The start time cannot be emptied.", field="started_at")
    if "severity" in said:
        said["severity"] = _severity(said["severity"])
    if "lead" in said:
        said["lead"] = _somebody(said["lead"], "lead")
    if "kind" in said:
        said["kind"] = Kind(said["kind"])
    if "status" in said:
        said["status"] = Status(said["status"])
    return cast(services.Edits, said)


def _severity(key: str) -> Severity:
    for each in queries.severities():
        if each.key == key:
            return each
    known = ", ".join(each.key for each in queries.severities())
    raise InvalidValue(f"There is no severity “{key[:40]}”. There are {known}.", field="severity")


def _status(name: str) -> Status:
    if name not in Status.values:
        raise InvalidValue(f"There is no status “{name[:40]}”. There are {', '.join(Status.values)}.", field="status")
    return Status(name)


def _somebody(said: Somebody, field: str) -> Person:
    """Find a person by number or by e-mail address. Whether they may do it, the domain knows."""
    found = Person.objects.filter(pk=said) if isinstance(said, int) else _by_address(said)
    people = list(found[:2])
    if len(people) != 1:
        raise InvalidValue(f"{'Several people have' if people else 'Nobody has'} “{said}”.", field=field)
    return people[0]


def _by_address(address: str) -> QuerySet[Person]:
    address = cleaned(address)
    return queries.responders().filter(email__iexact=address) if address else Person.objects.none()


def _detail(request: HttpRequest, changed: Incident) -> IncidentDetail:
    """Show it as it is now, read anew: who leads is kept with the object."""
    try:
        return IncidentDetail.of(queries.incident(_viewer(request), number=changed.number))
    except NotFound:
        return IncidentDetail.of(queries.incident(queries.RESPONSE, number=changed.number))


def _newest(changed: Incident) -> EntryOut:
    return EntryOut.of(queries.history(changed).get(seq=changed.version))


def _page(request: HttpRequest, number: int) -> str:
    asked = request.GET.copy()
    asked["page"] = str(number)
    return f"{settings.SITE_URL}{request.path}?{urlencode(list(asked.lists()), doseq=True)}"

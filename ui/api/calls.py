"""What one can ask and change. Each call reads by one query of the domain, or makes one service call."""

from __future__ import annotations

from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from ninja import Query
from ninja import Status as Answer

from incidents import corrections, fields, queries, services
from incidents.errors import InvalidValue
from incidents.models import Action, EntryKind, Incident, Kind, Person, Severity, Status
from incidents.texts import cleaned
from ui.api.door import WRITE, Call, api, takes_every_word
from ui.api.repeats import once
from ui.api.shapes import (
    ActionOut,
    Actions,
    Asked,
    AskedOfPeople,
    AskedOfTimeline,
    Cancellation,
    Change,
    Correction,
    Declaration,
    Ending,
    EntryOut,
    FieldOut,
    IncidentDetail,
    IncidentOut,
    Incidents,
    LinkOut,
    Links,
    Me,
    Merge,
    MergedHere,
    NewAction,
    Note,
    ParticipantOut,
    Participants,
    PersonOut,
    SeverityOut,
    Skipped,
    Somebody,
    Timeline,
    Update,
)

T = TypeVar("T")
# Nothing is shown when the change took the incident out of sight: who led a private one, and does no longer, say.
CHANGED: dict[Any, Any] = {200: IncidentDetail, 204: None}

api.add_decorator(once, mode="operation")
api.add_decorator(takes_every_word, mode="operation")


# Reading --------------------------------------------------------------------------------------------------------------


@api.get("/incidents", response=Incidents, summary="The incidents you may see")
def incidents(request: HttpRequest, asked: Query[Asked]) -> Incidents:
    found = queries.search(_viewer(request), words=cleaned(asked.q)).order_by("-number")
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
    total = found.count()
    # By number, not by position: incidents that are declared meanwhile move nothing to another page.
    if asked.sort == "severity":
        rest = queries.most_severe_first(found, viewer=_viewer(request), after=asked.before)
    else:
        rest = found.filter(number__lt=asked.before) if asked.before is not None else found
    shown = list(rest[: asked.per_page + 1])
    into = queries.where_they_go_on(_viewer(request), shown)
    items = [IncidentOut.of(each, merged_into=into.get(each.pk)) for each in shown[: asked.per_page]]
    more = _page(request, before=items[-1].number) if len(shown) > asked.per_page else None
    return Incidents(items=items, total=total, next=more)


@api.get("/incidents/{int:number}", response=IncidentDetail, summary="One incident")
def incident(request: HttpRequest, number: int) -> IncidentDetail:
    viewer = _viewer(request)
    return IncidentDetail.of_one(queries.incident(viewer, number=number), viewer=viewer)


@api.get(
    "/incidents/{int:number}/timeline",
    response=Timeline,
    summary="Everything recorded, in the order of recording",
)
def timeline(request: HttpRequest, number: int, asked: Query[AskedOfTimeline]) -> Timeline:
    incident = _seen(request, number)
    found = queries.history(incident).filter(seq__gt=asked.after)
    entries = queries.as_read_by(_viewer(request), found[: asked.limit + 1])
    notes = [entry.seq for entry in entries if entry.kind == EntryKind.NOTE_ADDED]
    newest = corrections.newest_by_note(incident, notes)
    items = [EntryOut.of(entry, newest=newest.get(entry.seq)) for entry in entries[: asked.limit]]
    return Timeline(items=items, next_after=items[-1].seq if len(entries) > asked.limit else None)


@api.get("/incidents/{int:number}/links", response=Links, summary="Where more of it is")
def links(request: HttpRequest, number: int, asked: Query[Skipped]) -> Links:
    rows, following = _some(request, queries.links(_seen(request, number)), asked)
    return Links(items=[LinkOut.of(each) for each in rows], next=following)


@api.get("/incidents/{int:number}/actions", response=Actions, summary="Its actions, the open ones first")
def actions(request: HttpRequest, number: int, asked: Query[Skipped]) -> Actions:
    rows, following = _some(request, queries.actions(_seen(request, number)), asked)
    return Actions(items=[ActionOut.of(each) for each in rows], next=following)


@api.get("/incidents/{int:number}/participants", response=Participants, summary="Who took part")
def participants(request: HttpRequest, number: int, asked: Query[Skipped]) -> Participants:
    rows, following = _some(request, queries.participants(_seen(request, number)), asked)
    return Participants(items=[ParticipantOut.of(each) for each in rows], next=following)


@api.get("/incidents/{int:number}/merged_here", response=MergedHere, summary="What was merged into it")
def merged_here(request: HttpRequest, number: int, asked: Query[Skipped]) -> MergedHere:
    # What the viewer may not see is not skipped either: they count what they see.
    merged = queries.incidents(_viewer(request)).filter(merged_into=_seen(request, number)).order_by("number")
    rows, following = _some(request, merged.values_list("number", flat=True), asked)
    return MergedHere(items=rows, next=following)


@api.get("/people", response=list[PersonOut], summary="Who may lead, or own an action")
def people(request: HttpRequest, asked: Query[AskedOfPeople]) -> list[PersonOut]:
    viewer = _viewer(request)
    found = queries.responders_at(viewer, cleaned(asked.email)) if asked.email else queries.responders(viewer)
    return [PersonOut.of(each) for each in found.filter(pk__gt=asked.after).order_by("pk")[: asked.limit]]


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


@api.post("/incidents", auth=WRITE, response={201: IncidentDetail}, summary="Declare an incident")
def declare(request: HttpRequest, body: Declaration) -> Answer[IncidentDetail | None]:
    declared = services.declare_incident(
        title=body.title,
        summary=body.summary,
        impact=body.impact,
        severity=_severity(body.severity) if body.severity is not None else None,
        lead=_somebody(request, body.lead, "lead") if body.lead is not None else None,
        kind=Kind(body.kind),
        started_at=body.started_at,
        private=body.private,
        fields=body.fields,
        reporter=_viewer(request),
        at=timezone.now(),
    )
    return _detail(request, declared, status=201)


@api.patch(
    "/incidents/{int:number}",
    auth=WRITE,
    response=CHANGED,
    summary="Change what an incident says",
)
def change(request: HttpRequest, number: int, body: Change) -> Answer[IncidentDetail | None]:
    found = queries.incident(_viewer(request), number=number)
    services.edit_incident(found, wanted=_edits(request, body), seen=body.seen, by=_viewer(request), at=timezone.now())
    return _detail(request, found)


@api.post("/incidents/{int:number}/close", auth=WRITE, response=CHANGED, summary="It is over")
def close(request: HttpRequest, number: int, body: Ending | None = None) -> Answer[IncidentDetail | None]:
    found = queries.incident(_viewer(request), number=number)
    said = body or Ending(final_update="", fields={})
    services.resolve_incident(
        found, final_update=said.final_update, answers=said.fields, by=_viewer(request), at=timezone.now()
    )
    return _detail(request, found)


@api.post(
    "/incidents/{int:number}/cancel",
    auth=WRITE,
    response=CHANGED,
    summary="It was none: a false alarm, or declared by mistake",
)
def cancel(request: HttpRequest, number: int, body: Cancellation | None = None) -> Answer[IncidentDetail | None]:
    found = queries.incident(_viewer(request), number=number)
    said = body or Cancellation(final_update="")
    services.cancel_incident(found, final_update=said.final_update, by=_viewer(request), at=timezone.now())
    return _detail(request, found)


@api.post(
    "/incidents/{int:number}/merge",
    auth=WRITE,
    response=CHANGED,
    summary="It is the same trouble as another, and goes on there",
)
def merge(request: HttpRequest, number: int, body: Merge) -> Answer[IncidentDetail | None]:
    found = queries.incident(_viewer(request), number=number)
    into = queries.incidents(_viewer(request)).filter(number=body.into).first()
    if into is None:
        raise InvalidValue(f"There is no incident INC-{body.into}.", field="into")
    services.merge_incident(found, into=into, by=_viewer(request), at=timezone.now())
    return _detail(request, found)


@api.post(
    "/incidents/{int:number}/reopen",
    auth=WRITE,
    response=CHANGED,
    summary="It is not over after all",
)
def reopen(request: HttpRequest, number: int) -> Answer[IncidentDetail | None]:
    found = queries.incident(_viewer(request), number=number)
    services.reopen_incident(found, by=_viewer(request), at=timezone.now())
    return _detail(request, found)


@api.delete(
    "/incidents/{int:number}/lead",
    auth=WRITE,
    response=CHANGED,
    summary="Nobody leads any more",
)
def remove_lead(request: HttpRequest, number: int) -> Answer[IncidentDetail | None]:
    found = queries.incident(_viewer(request), number=number)
    services.remove_lead(found, by=_viewer(request), at=timezone.now())
    return _detail(request, found)


@api.post(
    "/incidents/{int:number}/timeline",
    auth=WRITE,
    response={201: EntryOut},
    summary="Write onto the timeline",
)
def add_note(request: HttpRequest, number: int, body: Note) -> Answer[EntryOut]:
    found = queries.incident(_viewer(request), number=number)
    now = timezone.now()
    services.add_note(found, text=body.text, happened_at=body.happened_at, by=_viewer(request), at=now)
    return Answer(201, _newest(found))


@api.post(
    "/incidents/{int:number}/timeline/{int:seq}/correction",
    auth=WRITE,
    response={201: EntryOut},
    summary="Correct a note, by a new entry",
)
def correct_note(request: HttpRequest, number: int, seq: int, body: Correction) -> Answer[EntryOut]:
    found = _seen(request, number)
    corrected = corrections.correct_note(
        found,
        note=queries.entry(found, seq=seq),
        text=body.text,
        happened_at=body.happened_at,
        seen=body.seen,
        by=_viewer(request),
        at=timezone.now(),
    )
    return Answer(201, EntryOut.of(corrected))


@api.post(
    "/incidents/{int:number}/timeline/{int:seq}/withdrawal",
    auth=WRITE,
    response={201: EntryOut},
    summary="Withdraw a note, by a new entry",
)
def withdraw_note(request: HttpRequest, number: int, seq: int) -> Answer[EntryOut]:
    found = _seen(request, number)
    note = queries.entry(found, seq=seq)
    withdrawn = corrections.withdraw_note(found, note=note, by=_viewer(request), at=timezone.now())
    return Answer(201, EntryOut.of(withdrawn))


@api.post(
    "/incidents/{int:number}/updates",
    auth=WRITE,
    response={201: EntryOut},
    summary="Tell everybody how it stands",
)
def post_update(request: HttpRequest, number: int, body: Update) -> Answer[EntryOut]:
    found = queries.incident(_viewer(request), number=number)
    services.post_update(found, text=body.text, by=_viewer(request), at=timezone.now())
    return Answer(201, _newest(found))


@api.post("/incidents/{int:number}/actions", auth=WRITE, response={201: ActionOut}, summary="Note a follow-up")
def add_action(request: HttpRequest, number: int, body: NewAction) -> Answer[ActionOut]:
    added = services.add_action(
        queries.incident(_viewer(request), number=number),
        text=body.text,
        owner=_somebody(request, body.owner, "owner") if body.owner is not None else None,
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
    response=ActionOut,
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


def _seen(request: HttpRequest, number: int) -> Incident:
    return queries.incident(_viewer(request), number=number)


def _edits(request: HttpRequest, body: Change) -> services.Edits:
    """Return what was sent, in the domain's types."""
    said = body.dict(exclude_unset=True, exclude={"seen"})
    if said.get("started_at", ...) is None:
        raise InvalidValue("The start time cannot be emptied.", field="started_at")
    if "severity" in said:
        said["severity"] = _severity(said["severity"])
    if "lead" in said:
        said["lead"] = _somebody(request, said["lead"], "lead")
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


def _somebody(request: HttpRequest, said: Somebody, field: str) -> Person:
    """Find a person by number or by e-mail address. Whether they may do it, the domain knows."""
    viewer = _viewer(request)
    found = queries.known_people(viewer).filter(pk=said) if isinstance(said, int) else _by_address(viewer, said)
    people = list(found[:2])
    if len(people) != 1:
        raise InvalidValue(f"{'Several people have' if people else 'Nobody has'} “{said}”.", field=field)
    return people[0]


def _by_address(viewer: Person, address: str) -> QuerySet[Person]:
    address = cleaned(address)
    return queries.responders_at(viewer, address) if address else Person.objects.none()


def _detail(request: HttpRequest, changed: Incident, *, status: int = 200) -> Answer[IncidentDetail | None]:
    """Show it as it is now, read anew: who leads is kept with the object. What one no longer sees is not shown."""
    viewer = _viewer(request)
    found = queries.incidents(viewer).filter(number=changed.number).first()
    if found is None:
        return Answer(204, None)
    return Answer(status, IncidentDetail.of_one(found, viewer=viewer))


def _newest(changed: Incident) -> EntryOut:
    return EntryOut.of(queries.history(changed).get(seq=changed.version))


def _page(request: HttpRequest, **place: int) -> str:
    """Return the address of the same call at another place."""
    asked = request.GET.copy()
    for name, value in place.items():
        asked[name] = str(value)
    return f"{settings.SITE_URL}{request.path}?{urlencode(list(asked.lists()), doseq=True)}"


def _some(request: HttpRequest, found: QuerySet[Any, T], asked: Skipped) -> tuple[list[T], str | None]:
    """Return a page of what is found, and the address of the next."""
    rows = list(found[asked.skip : asked.skip + asked.limit + 1])
    more = _page(request, skip=asked.skip + asked.limit) if len(rows) > asked.limit else None
    return rows[: asked.limit], more

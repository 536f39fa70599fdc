"""What one can ask and change. Each call reads by one query of the domain, or makes one service call."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query
from ninja import Status as Answer

from incidents import corrections, fields, queries, services
from incidents.models import Action, EntryKind, Kind, Status
from people.errors import InvalidValue
from people.texts import cleaned
from ui.api.door import WRITE, Call, api, takes_every_word
from ui.api.idempotency import once
from ui.api.shapes import (
    ActionOut,
    Actions,
    ActivityOut,
    Asked,
    AskedOfActivity,
    AskedOfPeople,
    AskedOfTimeline,
    Cancellation,
    Change,
    Correction,
    CountedOut,
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
    Timeline,
    Update,
)
from ui.api.wire import (
    detail,
    edits,
    newest_entry,
    page_address,
    person_called,
    seen,
    severity_called,
    some_of,
    status_called,
    viewer_of,
)

# Nothing is shown when the change took the incident out of sight: who led a private one, and does no longer, say.
CHANGED: dict[Any, Any] = {200: IncidentDetail, 204: None}

api.add_decorator(once, mode="operation")
api.add_decorator(takes_every_word, mode="operation")


# Reading --------------------------------------------------------------------------------------------------------------


@api.get("/incidents", response=Incidents, summary="List the incidents you can see")
def incidents(request: HttpRequest, asked: Query[Asked]) -> Incidents:
    found = queries.search(viewer_of(request), words=cleaned(asked.q)).order_by("-number")
    if asked.open is not None:
        working = Status.working()
        found = found.filter(status__in=working) if asked.open else found.exclude(status__in=working)
    if asked.status:
        found = found.filter(status__in=[status_called(each) for each in asked.status.split(",")])
    if asked.severity:
        found = found.filter(severity__in=[severity_called(each) for each in asked.severity.split(",")])
    if asked.kind is not None:
        found = found.filter(kind=asked.kind)
    for each in asked.field:
        name, _, value = each.partition(":")
        found = queries.with_field(found, fields.registry.get(name), cleaned(value))
    total = found.count()
    # By number, not by position: incidents that are declared meanwhile move nothing to another page.
    if asked.sort == "severity":
        rest = queries.most_severe_first(found, viewer=viewer_of(request), after=asked.before)
    else:
        rest = found.filter(number__lt=asked.before) if asked.before is not None else found
    shown = list(rest[: asked.per_page + 1])
    into = queries.where_they_go_on(viewer_of(request), shown)
    items = [IncidentOut.of(each, merged_into=into.get(each.pk)) for each in shown[: asked.per_page]]
    more = page_address(request, before=items[-1].number) if len(shown) > asked.per_page else None
    return Incidents(items=items, total=total, next=more)


@api.get("/incidents/{int:number}", response=IncidentDetail, summary="Get an incident")
def incident(request: HttpRequest, number: int) -> IncidentDetail:
    viewer = viewer_of(request)
    return IncidentDetail.of_one(queries.incident(viewer, number=number), viewer=viewer)


@api.get(
    "/incidents/{int:number}/timeline",
    response=Timeline,
    summary="List all timeline entries, in recording order",
)
def timeline(request: HttpRequest, number: int, asked: Query[AskedOfTimeline]) -> Timeline:
    incident = seen(request, number)
    found = queries.history(incident).filter(seq__gt=asked.after)
    entries = queries.as_read_by(viewer_of(request), found[: asked.limit + 1])
    notes = [entry.seq for entry in entries if entry.kind == EntryKind.NOTE_ADDED]
    newest = corrections.newest_by_note(incident, notes)
    items = [EntryOut.of(entry, newest=newest.get(entry.seq)) for entry in entries[: asked.limit]]
    return Timeline(items=items, next_after=items[-1].seq if len(entries) > asked.limit else None)


@api.get("/incidents/{int:number}/links", response=Links, summary="List the links")
def links(request: HttpRequest, number: int, asked: Query[Skipped]) -> Links:
    rows, following = some_of(request, queries.links(seen(request, number)), asked)
    return Links(items=[LinkOut.of(each) for each in rows], next=following)


@api.get("/incidents/{int:number}/actions", response=Actions, summary="List the action items, open ones first")
def actions(request: HttpRequest, number: int, asked: Query[Skipped]) -> Actions:
    rows, following = some_of(request, queries.actions(seen(request, number)), asked)
    return Actions(items=[ActionOut.of(each) for each in rows], next=following)


@api.get("/incidents/{int:number}/participants", response=Participants, summary="List the participants")
def participants(request: HttpRequest, number: int, asked: Query[Skipped]) -> Participants:
    rows, following = some_of(request, queries.participants(seen(request, number)), asked)
    return Participants(items=[ParticipantOut.of(each) for each in rows], next=following)


@api.get("/incidents/{int:number}/merged_here", response=MergedHere, summary="List the incidents merged into it")
def merged_here(request: HttpRequest, number: int, asked: Query[Skipped]) -> MergedHere:
    # What the viewer may not see is not skipped either: they count what they see.
    merged = queries.incidents(viewer_of(request)).filter(merged_into=seen(request, number)).order_by("number")
    rows, following = some_of(request, merged.values_list("number", flat=True), asked)
    return MergedHere(items=rows, next=following)


@api.get("/people", response=list[PersonOut], summary="List the people who can be lead or own action items")
def people(request: HttpRequest, asked: Query[AskedOfPeople]) -> list[PersonOut]:
    viewer = viewer_of(request)
    found = queries.responders_at(viewer, cleaned(asked.email)) if asked.email else queries.responders(viewer)
    return [PersonOut.of(each) for each in found.filter(pk__gt=asked.after).order_by("pk")[: asked.limit]]


@api.get("/severities", response=list[SeverityOut], summary="List the severities, most severe first")
def severities(request: HttpRequest) -> list[SeverityOut]:
    return [SeverityOut.of(each) for each in queries.severities()]


@api.get("/fields", response=list[FieldOut], summary="List the custom fields")
def custom_fields(request: HttpRequest) -> list[FieldOut]:
    return [FieldOut.of(each) for each in fields.registry.all()]


@api.get("/me", response=Me, summary="Get the token's person and scope")
def me(request: HttpRequest) -> Me:
    token = cast(Call, request).auth
    return Me(person=PersonOut.of(token.person), token=token.name, scope=token.scope)


@api.get("/me/activity", response=ActivityOut, summary="What you did, counted per day, kind and incident")
def own_activity(request: HttpRequest, asked: Query[AskedOfActivity]) -> ActivityOut:
    found = queries.own_activity(viewer_of(request), before=asked.before, days=asked.days)
    following = page_address(request, before=found.earlier) if found.earlier is not None else None
    return ActivityOut(items=[CountedOut.of(each) for each in found.counted], next=following)


# Changing -------------------------------------------------------------------------------------------------------------


@api.post("/incidents", auth=WRITE, response={201: IncidentDetail}, summary="Declare an incident")
def declare(request: HttpRequest, body: Declaration) -> Answer[IncidentDetail | None]:
    declared = services.declare_incident(
        title=body.title,
        summary=body.summary,
        impact=body.impact,
        severity=severity_called(body.severity) if body.severity is not None else None,
        lead=person_called(request, body.lead, "lead") if body.lead is not None else None,
        kind=Kind(body.kind),
        started_at=body.started_at,
        private=body.private,
        fields=body.fields,
        reporter=viewer_of(request),
        at=timezone.now(),
    )
    return detail(request, declared, status=201)


@api.patch(
    "/incidents/{int:number}",
    auth=WRITE,
    response=CHANGED,
    summary="Change an incident",
)
def change(request: HttpRequest, number: int, body: Change) -> Answer[IncidentDetail | None]:
    found = queries.incident(viewer_of(request), number=number)
    services.edit_incident(found, wanted=edits(request, body), seen=body.seen, by=viewer_of(request), at=timezone.now())
    return detail(request, found)


@api.post("/incidents/{int:number}/resolve", auth=WRITE, response=CHANGED, summary="Resolve an incident")
def resolve(request: HttpRequest, number: int, body: Ending | None = None) -> Answer[IncidentDetail | None]:
    found = queries.incident(viewer_of(request), number=number)
    said = body or Ending(final_update="", fields={})
    services.resolve_incident(
        found, final_update=said.final_update, answers=said.fields, by=viewer_of(request), at=timezone.now()
    )
    return detail(request, found)


@api.post(
    "/incidents/{int:number}/cancel",
    auth=WRITE,
    response=CHANGED,
    summary="Cancel an incident: a false alarm, or declared by mistake",
)
def cancel(request: HttpRequest, number: int, body: Cancellation | None = None) -> Answer[IncidentDetail | None]:
    found = queries.incident(viewer_of(request), number=number)
    said = body or Cancellation(final_update="")
    services.cancel_incident(found, final_update=said.final_update, by=viewer_of(request), at=timezone.now())
    return detail(request, found)


@api.post(
    "/incidents/{int:number}/merge",
    auth=WRITE,
    response=CHANGED,
    summary="Merge an incident into the one that it duplicates",
)
def merge(request: HttpRequest, number: int, body: Merge) -> Answer[IncidentDetail | None]:
    found = queries.incident(viewer_of(request), number=number)
    into = queries.incidents(viewer_of(request)).filter(number=body.into).first()
    if into is None:
        raise InvalidValue(f"There is no incident INC-{body.into}.", field="into")
    services.merge_incident(found, into=into, by=viewer_of(request), at=timezone.now())
    return detail(request, found)


@api.post(
    "/incidents/{int:number}/reopen",
    auth=WRITE,
    response=CHANGED,
    summary="Reopen an incident",
)
def reopen(request: HttpRequest, number: int) -> Answer[IncidentDetail | None]:
    found = queries.incident(viewer_of(request), number=number)
    services.reopen_incident(found, by=viewer_of(request), at=timezone.now())
    return detail(request, found)


@api.delete(
    "/incidents/{int:number}/lead",
    auth=WRITE,
    response=CHANGED,
    summary="Remove the lead",
)
def remove_lead(request: HttpRequest, number: int) -> Answer[IncidentDetail | None]:
    found = queries.incident(viewer_of(request), number=number)
    services.remove_lead(found, by=viewer_of(request), at=timezone.now())
    return detail(request, found)


@api.post(
    "/incidents/{int:number}/timeline",
    auth=WRITE,
    response={201: EntryOut},
    summary="Add a note to the timeline",
)
def add_note(request: HttpRequest, number: int, body: Note) -> Answer[EntryOut]:
    found = queries.incident(viewer_of(request), number=number)
    now = timezone.now()
    services.add_note(found, text=body.text, happened_at=body.happened_at, by=viewer_of(request), at=now)
    return Answer(201, newest_entry(found))


@api.post(
    "/incidents/{int:number}/timeline/{int:seq}/correction",
    auth=WRITE,
    response={201: EntryOut},
    summary="Correct a note with a new entry",
)
def correct_note(request: HttpRequest, number: int, seq: int, body: Correction) -> Answer[EntryOut]:
    found = seen(request, number)
    corrected = corrections.correct_note(
        found,
        note=queries.entry(found, seq=seq),
        text=body.text,
        happened_at=body.happened_at,
        seen=body.seen,
        by=viewer_of(request),
        at=timezone.now(),
    )
    return Answer(201, EntryOut.of(corrected))


@api.post(
    "/incidents/{int:number}/timeline/{int:seq}/withdrawal",
    auth=WRITE,
    response={201: EntryOut},
    summary="Withdraw a note with a new entry",
)
def withdraw_note(request: HttpRequest, number: int, seq: int) -> Answer[EntryOut]:
    found = seen(request, number)
    note = queries.entry(found, seq=seq)
    withdrawn = corrections.withdraw_note(found, note=note, by=viewer_of(request), at=timezone.now())
    return Answer(201, EntryOut.of(withdrawn))


@api.post(
    "/incidents/{int:number}/updates",
    auth=WRITE,
    response={201: EntryOut},
    summary="Post an update",
)
def post_update(request: HttpRequest, number: int, body: Update) -> Answer[EntryOut]:
    found = queries.incident(viewer_of(request), number=number)
    services.post_update(found, text=body.text, by=viewer_of(request), at=timezone.now())
    return Answer(201, newest_entry(found))


@api.post("/incidents/{int:number}/actions", auth=WRITE, response={201: ActionOut}, summary="Add an action item")
def add_action(request: HttpRequest, number: int, body: NewAction) -> Answer[ActionOut]:
    added = services.add_action(
        queries.incident(viewer_of(request), number=number),
        text=body.text,
        owner=person_called(request, body.owner, "owner") if body.owner is not None else None,
        priority=Action.Priority(body.priority),
        type=Action.Type(body.type),
        due_at=body.due_at,
        by=viewer_of(request),
        at=timezone.now(),
    )
    return Answer(201, ActionOut.of(added))


@api.post(
    "/incidents/{int:number}/actions/{int:action_id}/complete",
    auth=WRITE,
    response=ActionOut,
    summary="Complete an action item",
)
def complete_action(request: HttpRequest, number: int, action_id: int) -> ActionOut:
    found = queries.incident(viewer_of(request), number=number)
    action = queries.action(found, pk=action_id)
    services.complete_action(found, action=action, by=viewer_of(request), at=timezone.now())
    return ActionOut.of(action)

"""Pages that change something: a form or a button, one call to a service, and back to the document."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from incidents import access, queries, services
from incidents.errors import AlreadyResolved
from incidents.models import Incident, Link, Status
from people.errors import Conflict, InvalidValue, NotFound
from people.models import Person
from ui.door import Request, back, change, page
from ui.forms import (
    ActionForm,
    DeclareForm,
    EditForm,
    Form,
    LeadForm,
    MemberForm,
    MergeForm,
    NoteForm,
    PrivacyForm,
    ResolveForm,
    field_names,
)
from ui.views import show, show_parts

# Where on the page the form for a field opens. Texts open below themselves, the rest below the list of facts.
SLOTS = {"title": "title", "summary": "summary", "impact": "impact"}

OPEN_SHOWN = 20  # action items, before an incident is resolved


@page
def declare(request: Request, viewer: Person) -> HttpResponse:
    access.check(viewer, access.DECLARE)  # before they type anything
    form = DeclareForm(viewer, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            incident = services.declare_incident(**form.declaration(), reporter=viewer, at=timezone.now())
            return back(incident.number)
        except InvalidValue as refusal:
            form.refuse(refusal)
    return render(request, "ui/declare.html", {"form": form}, status=422 if form.errors else 200)


@page
def edit(request: Request, viewer: Person, *, number: int) -> HttpResponse:
    """Edit everything on a page of its own."""
    incident = queries.incident(viewer, number=number)
    form = EditForm(incident, viewer, request.POST or None)
    if request.method == "POST" and _saved(form, by=viewer):
        _say_what_was_saved(request, form)
        return _done(request, viewer, number)
    incident.refresh_from_db()
    context = {"form": form, "incident": incident}
    return render(request, "ui/edit.html", context, status=422 if form.errors else 200)


@page
def edit_field(request: Request, viewer: Person, *, number: int, name: str) -> HttpResponse:
    """Edit one field: within the document, or on a page of its own where there is no JavaScript."""
    incident = queries.incident(viewer, number=number)
    if name not in field_names():
        raise NotFound(f"There is no incident field “{name}”.")
    form = EditForm(incident, viewer, request.POST or None, names=[name])
    if request.method == "POST" and _saved(form, by=viewer):
        return _done(request, viewer, number, "Saved.")
    incident.refresh_from_db()
    context = {"form": form, "incident": incident, "name": name, "slot": SLOTS.get(name, "facts")}
    template = "ui/document/editor.html" if request.htmx else "ui/edit.html"
    return render(request, template, context, status=422 if form.errors else 200)


def _saved(form: EditForm, *, by: Person) -> bool:
    if not form.is_valid():
        return False
    try:
        form.changed_names = services.edit_incident(
            form.incident, wanted=form.wanted(), seen=form.cleaned_data["seen"], by=by, at=timezone.now()
        )
    except (Conflict, InvalidValue) as refusal:
        form.refuse(refusal)
        return False
    return True


def _say_what_was_saved(request: Request, form: EditForm) -> None:
    if form.changed_names:
        words = ", ".join(str(form[name].label).lower() for name in form.changed_names)
        messages.success(request, f"Saved: {words}.")
    else:
        messages.info(request, "Nothing changed, so nothing was saved.")


@change
def change_status(request: Request, viewer: Person, *, number: int) -> HttpResponse:
    incident = queries.incident(viewer, number=number)
    wanted = request.POST.get("status", "")
    if wanted not in Status.working():
        raise InvalidValue("Choose one of the listed statuses.", field="status")
    services.change_status(incident, to=Status(wanted), by=viewer, at=timezone.now())
    return _done(request, viewer, number, f"Status is now {Status(wanted).label}.")


@page
def resolve(request: Request, viewer: Person, *, number: int) -> HttpResponse:
    """Ask first: show what is still open, and offer a final update."""
    incident = queries.incident(viewer, number=number)
    if incident.is_resolved:
        raise AlreadyResolved(f"{incident.reference} is already resolved.")
    form = ResolveForm(incident, viewer, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.resolve_incident(incident, by=viewer, at=timezone.now(), **form.ending())
            return _done(request, viewer, number, f"{incident.reference} is resolved.")
        except InvalidValue as refusal:
            form.refuse(refusal)
    found = queries.open_actions(incident)
    context = {"form": form, "incident": incident, "open_actions": found[:OPEN_SHOWN], "open_count": found.count()}
    template = "ui/document/resolve.html" if request.htmx else "ui/resolve.html"
    return render(request, template, context, status=422 if form.errors else 200)


@change
def cancel(request: Request, viewer: Person, *, number: int) -> HttpResponse:
    incident = queries.incident(viewer, number=number)
    services.cancel_incident(incident, by=viewer, at=timezone.now())
    return _done(request, viewer, number, f"{incident.reference} is canceled.")


@page
def merge(request: Request, viewer: Person, *, number: int) -> HttpResponse:
    """Choose where it goes on: within the document, or on a page of its own where there is no JavaScript."""
    incident = queries.incident(viewer, number=number)
    form = MergeForm(incident, viewer, request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.merge_incident(incident, into=form.cleaned_data["into"], by=viewer, at=timezone.now())
        return _done(request, viewer, number, f"{incident.reference} is merged.")
    template = "ui/document/set_aside.html" if request.htmx else "ui/set_aside.html"
    return render(request, template, {"form": form, "incident": incident}, status=422 if form.errors else 200)


@change
def reopen(request: Request, viewer: Person, *, number: int) -> HttpResponse:
    incident = queries.incident(viewer, number=number)
    services.reopen_incident(incident, by=viewer, at=timezone.now())
    return _done(request, viewer, number, f"{incident.reference} is open again.")


@change
def assign_lead(request: Request, viewer: Person, *, number: int) -> HttpResponse:
    """Make the chosen person the lead; nobody chosen: the one who leads no longer does."""
    incident = queries.incident(viewer, number=number)
    form = LeadForm(viewer, request.POST)
    if not form.is_valid():
        raise InvalidValue("Choose a person from the list.", field="lead")
    lead = form.cleaned_data["lead"]
    if lead is None:
        services.remove_lead(incident, by=viewer, at=timezone.now())
    else:
        services.assign_lead(incident, to=lead, by=viewer, at=timezone.now())
    return _done(
        request, viewer, number, f"{lead} is now the lead." if lead else f"{incident.reference} no longer has a lead."
    )


@page
def make_private(request: Request, viewer: Person, *, number: int) -> HttpResponse:
    """Choose who stays in: within the document, or on a page of its own where there is no JavaScript."""
    incident = queries.incident(viewer, number=number)
    if incident.private and request.method != "POST":
        return back(number)
    form = PrivacyForm(incident, viewer, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            at, preselected = timezone.now(), form.preselected()
            services.make_private(incident, by=viewer, at=at, members=form.chosen(), preselected=preselected)
            member_form = MemberForm(queries.insiders(incident), viewer)
            return _done(request, viewer, number, f"{incident.reference} is private.", member_form=member_form)
        except InvalidValue as refusal:
            form.add_error(None, refusal.message)
    has_channel = queries.links(incident).filter(kind=Link.CHANNEL).exists()
    template = "ui/document/make_private.html" if request.htmx else "ui/make_private.html"
    context = {"form": form, "incident": incident, "has_channel": has_channel}
    return render(request, template, context, status=422 if form.errors else 200)


@change
def make_public(request: Request, viewer: Person, *, number: int) -> HttpResponse:
    incident = queries.incident(viewer, number=number)
    services.make_public(incident, by=viewer, at=timezone.now())
    return _done(request, viewer, number, f"{incident.reference} is public.")


@change
def invite_member(request: Request, viewer: Person, *, number: int) -> HttpResponse:
    incident = queries.incident(viewer, number=number)
    form = MemberForm(queries.insiders(incident), viewer, request.POST)
    if form.is_valid():
        try:
            person = form.cleaned_data["person"]
            services.invite_member(incident, person=person, by=viewer, at=timezone.now())
            return _done(
                request,
                viewer,
                number,
                f"You invited {person}.",
                member_form=MemberForm(queries.insiders(incident), viewer),
            )
        except InvalidValue as refusal:
            form.add_error("person", refusal.message)
    return _not_done(request, incident, member_form=form)


@page
def remove_member(request: Request, viewer: Person, *, number: int, person_id: int) -> HttpResponse:
    """Ask first: who is removed must be invited by somebody to come back."""
    incident = queries.incident(viewer, number=number)
    person = Person.objects.filter(pk=person_id).first()
    if person is None or not queries.members(incident).filter(person=person).exists():
        raise NotFound(f"This person isn't a member of {incident.reference}.")
    if request.method != "POST":
        return render(request, "ui/remove_member.html", {"incident": incident, "person": person})
    services.expel_member(incident, person=person, by=viewer, at=timezone.now())
    messages.success(request, f"{person} can no longer see {incident.reference}.")
    return back(number if person != viewer else None)


@change
def request_channel(request: Request, viewer: Person, *, number: int) -> HttpResponse:
    incident = queries.incident(viewer, number=number)
    services.request_channel(incident, by=viewer, at=timezone.now())
    return _done(request, viewer, number, "Response is creating a channel.")


@change
def add_note(request: Request, viewer: Person, *, number: int) -> HttpResponse:
    incident = queries.incident(viewer, number=number)
    form = NoteForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            services.add_note(
                incident, text=said["note"], happened_at=said["happened_at"], by=viewer, at=timezone.now()
            )
            return _done(request, viewer, number, "Note added.", note_form=NoteForm())
        except InvalidValue as refusal:
            form.add_error(refusal.field, refusal.message)
    return _not_done(request, incident, note_form=form)


@change
def add_action(request: Request, viewer: Person, *, number: int) -> HttpResponse:
    incident = queries.incident(viewer, number=number)
    form = ActionForm(viewer, request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            services.add_action(incident, text=said["action"], owner=said["owner"], by=viewer, at=timezone.now())
            return _done(request, viewer, number, "Action item added.", action_form=ActionForm(viewer))
        except InvalidValue as refusal:
            form.add_error(refusal.field, refusal.message)
    return _not_done(request, incident, action_form=form)


@change
def complete_action(request: Request, viewer: Person, *, number: int, action_id: int) -> HttpResponse:
    incident = queries.incident(viewer, number=number)
    action = queries.action(incident, pk=action_id)
    services.complete_action(incident, action=action, by=viewer, at=timezone.now())
    return _done(request, viewer, number, "Action item completed.")


def _done(request: Request, viewer: Person, number: int, announcement: str = "", **emptied: Form) -> HttpResponse:
    """Show the incident as it now is: in place, or by its page. Lead to the list if `viewer` no longer sees it.

    A screen reader reads out the `announcement` of what changed elsewhere on the page.
    """
    incident = queries.incidents(viewer).filter(number=number).first()
    if incident is None:
        messages.info(request, f"Your change was saved. You no longer have access to INC-{number}.")
        return HttpResponseClientRedirect(reverse("ui:incidents")) if request.htmx else back(None)
    if not request.htmx:
        return back(number)
    return show_parts(request, incident, emptied, announcement=announcement)


def _not_done(request: Request, incident: Incident, **refused: Form) -> HttpResponse:
    """Show the form again with its errors and what was typed."""
    answer = show_parts if request.htmx else show
    return answer(request, incident, refused, status=422)

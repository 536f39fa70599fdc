"""Pages that show: the list, and the incident document that keeps itself up to date."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlsplit

from django.contrib.auth.models import User
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from incidents import access, queries
from incidents.models import Incident
from incidents.stretches import Place
from people.errors import NotFound
from people.models import Person
from ui import accounts, document, pieces
from ui.activity_page import note_view
from ui.door import Request, page
from ui.forms import ActionForm, Form, MemberForm, NoteForm, SearchForm

Forms = dict[str, Form]

INCIDENTS_ON_A_PAGE = 50


@require_safe
@page
def incidents(request: Request, viewer: Person) -> HttpResponse:
    search = SearchForm(request.GET)
    asked = search.cleaned_data if search.is_valid() else {"q": request.GET.get("q", ""), "state": ""}
    found = queries.search(viewer, words=asked["q"]) if search.is_valid() else queries.incidents(viewer).none()
    if asked["state"] == "open":
        found = found.filter(pk__in=queries.open_incidents(viewer).values("pk"))
    number = request.GET.get("page", "")[:6]
    context = {
        "page": queries.page(found, number=int(number) if number.isdecimal() else 1, size=INCIDENTS_ON_A_PAGE),
        "asked": asked,
        "is_narrowed": bool(asked["q"] or asked["state"]) or not search.is_valid(),
        "search_errors": [error for errors in search.errors.values() for error in errors],
        "now": timezone.now(),
        "may_declare": access.may(viewer, access.DECLARE),
    }
    return render(request, "ui/incidents.html", context)


@require_safe
@page
def incident(request: Request, viewer: Person, *, number: int) -> HttpResponse:
    found = queries.incident(viewer, number=number)
    response = show(request, found)
    note_view(response, request, found, by=viewer, at=timezone.now())
    return response


@require_safe
@page
def whole_list(request: Request, viewer: Person, *, number: int, part: str) -> HttpResponse:
    """Show a list of the document of which that shows only the beginning, page by page."""
    incident = queries.incident(viewer, number=number)
    if part not in document.LISTS:
        raise NotFound(f"There is no list “{part}” on incident pages.")
    asked = request.GET.get("page", "")[:6]
    page_number = max(1, int(asked)) if asked.isdecimal() else 1
    shown = document.page_of(incident, part, viewer=viewer, number=page_number)
    context = {"document": shown, "incident": incident, "part": part, "number": page_number}
    context |= {"heading": document.LISTS[part], "has_more": shown[part].has_more, "is_whole": True}
    return render(request, "ui/list.html", context)


@require_safe
@page
def live(request: Request, viewer: Person, *, number: int) -> HttpResponse:
    """Answer 204 as long as nothing changed, else the parts of the document, drawn anew."""
    known = (request.GET.get("version"), request.GET.get("messages"))
    if known == tuple(map(str, queries.freshness(viewer, number=number))):
        return HttpResponse(status=204)
    if request.headers.get(pieces.HEADER) == pieces.LATER:
        return HttpResponse(status=204, headers={"HX-Trigger": "news"})  # it asks again, and says what it shows
    context = _context(request, queries.incident(viewer, number=number), {}) | {"is_news": True}
    return render(request, "ui/document/parts.html", context)


def show(request: Request, incident: Incident, refused: Forms | None = None, *, status: int = 200) -> HttpResponse:
    """Draw the whole document, with the forms that were `refused` and what was typed in them."""
    viewer = accounts.person_of(cast(User, request.user))
    forms = {"note_form": NoteForm(), "action_form": ActionForm(viewer)} | (refused or {})
    context = _context(request, incident, forms)
    member_form: Forms = {"member_form": MemberForm(context["document"].insiders, viewer)} if incident.private else {}
    return render(request, "ui/incident.html", member_form | context, status=status)


def show_parts(
    request: Request, incident: Incident, forms: Forms | None = None, *, status: int = 200, announcement: str = ""
) -> HttpResponse:
    """Draw what changes by itself, for a page that is open already.

    Of the forms in which people may be typing only those that are given: the ones that were just sent.
    """
    context = _context(request, incident, forms or {}) | {"announcement": announcement}
    return render(request, "ui/document/parts.html", context, status=status)


def _context(request: Request, incident: Incident, forms: Forms) -> dict[str, Any]:
    asked = _asked(request)
    place = _place(asked)
    note = forms.get("note_form")
    if place.last is not None and note is not None and not note.is_bound:
        place = Place()  # their note was added: they see it, though they looked at earlier entries
    gathered = document.gather(
        incident,
        viewer=accounts.person_of(cast(User, request.user)),
        everything=asked.get("timeline") == "all",
        place=place,
        now=timezone.now(),
    )
    known = pieces.marks_in(request.headers.get(pieces.HEADER, "")) if request.htmx else frozenset()
    return {"document": gathered, "incident": incident, "known_marks": known} | forms


def _asked(request: Request) -> QueryDict:
    """Return which entries the page wants, or, of a page that holds a form, which it shows.

    A page says so in a header, as it may show more by now than its address says.
    """
    if not request.htmx:
        return request.GET
    shown = request.headers.get("Shown-Entries") or _query(request.htmx.current_url or "")
    return request.GET if "first" in request.GET else QueryDict(shown)


def _query(address: str) -> str:
    try:
        return urlsplit(address).query
    except ValueError:  # anybody may write the header
        return ""


def _place(asked: QueryDict) -> Place:
    numbers = {name: asked.get(name, "")[:9] for name in ("before", "after", "entry", "first", "last")}
    found = {name: int(said) if said.isdecimal() else None for name, said in numbers.items()}
    return Place(
        before=found["before"],
        after=found["after"],
        around=found["entry"],
        first=found["first"],
        last=found["last"],
        more=asked.get("more", ""),
    )

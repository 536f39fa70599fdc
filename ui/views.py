"""Pages that show: the list, and the incident document that keeps itself up to date."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlsplit

from django.contrib.auth.models import User
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from incidents import queries
from incidents.models import Incident, Person
from ui import accounts, document
from ui.door import Request, page
from ui.forms import ActionForm, Form, NoteForm, SearchForm

Forms = dict[str, Form]

INCIDENTS_ON_A_PAGE = 50


@require_safe
@page
def incidents(request: Request, viewer: Person) -> HttpResponse:
    search = SearchForm(request.GET)
    asked = search.cleaned_data if search.is_valid() else {"q": "", "state": ""}
    found = queries.search(viewer, words=asked["q"])
    if asked["state"] == "open":
        found = found.filter(pk__in=queries.open_incidents(viewer).values("pk"))
    number = request.GET.get("page", "")[:6]
    context = {
        "page": queries.page(found, number=int(number) if number.isdecimal() else 1, size=INCIDENTS_ON_A_PAGE),
        "asked": asked,
        "is_narrowed": bool(asked["q"] or asked["state"]),
        "now": timezone.now(),
    }
    return render(request, "ui/incidents.html", context)


@require_safe
@page
def incident(request: Request, viewer: Person, *, number: int) -> HttpResponse:
    return show(request, queries.incident(viewer, number=number))


@require_safe
@page
def live(request: Request, viewer: Person, *, number: int) -> HttpResponse:
    """Answer 204 as long as nothing changed, else the parts of the document, drawn anew."""
    known = (request.GET.get("version"), request.GET.get("messages"))
    if known == tuple(map(str, queries.freshness(viewer, number=number))):
        return HttpResponse(status=204)
    context = _context(request, queries.incident(viewer, number=number)) | {"is_news": True}
    return render(request, "ui/document/parts.html", context)


def show(request: Request, incident: Incident, refused: Forms | None = None, *, status: int = 200) -> HttpResponse:
    """Draw the whole document, with the forms that were `refused` and what was typed in them."""
    forms = {"note_form": NoteForm(), "action_form": ActionForm()} | (refused or {})
    return render(request, "ui/incident.html", _context(request, incident) | forms, status=status)


def show_parts(request: Request, incident: Incident, forms: Forms | None = None, *, status: int = 200) -> HttpResponse:
    """Draw what changes by itself, for a page that is open already.

    Of the forms in which people may be typing only those that are given: the ones that were just sent.
    """
    return render(request, "ui/document/parts.html", _context(request, incident) | (forms or {}), status=status)


def _context(request: Request, incident: Incident) -> dict[str, Any]:
    gathered = document.gather(
        incident,
        viewer=accounts.person_of(cast(User, request.user)),
        everything=_wants_everything(request),
        now=timezone.now(),
    )
    return {"document": gathered, "incident": incident}


def _wants_everything(request: Request) -> bool:
    """Is the page that asks, or that holds the form, showing everything recorded?"""
    address = (request.htmx.current_url if request.htmx else None) or request.get_full_path()
    return QueryDict(urlsplit(address).query).get("timeline") == "all"

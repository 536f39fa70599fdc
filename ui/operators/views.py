from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from incidents.references import without_hidden
from jobs import backlog, heartbeats, panels, switches
from jobs.errors import NotPossible
from jobs.models import Heartbeat, OperatorEntry
from jobs.panels import Place
from people.errors import Refusal
from people.models import Person
from ui.operators.banner import is_operator

P = ParamSpec("P")

DOOR: Final = "web"
ENTRIES: Final = 50  # rows of each list
ON_PAGE: Final = (Place.REPAIRS, Place.DELAYS, Place.FAILURES)


def for_operators(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Let only those in who run Response; a refusal is shown on their page."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not is_operator(request):
            raise PermissionDenied
        try:
            return view(request, *args, **kwargs)
        except (Refusal, NotPossible) as refusal:
            messages.error(request, refusal.message)
            return redirect("operators:overview")

    return never_cache(answer)


@require_safe
@for_operators
def overview(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    audit = Heartbeat.objects.filter(name=heartbeats.AUDITOR).first()
    context: dict[str, Any] = {
        "now": now,
        "added": {place.value: panels.lines(place, now=now, viewer=_person(request)) for place in ON_PAGE},
        "audit": audit,
        "findings": without_hidden(audit.findings if audit else [], viewer=_person(request)),
        "workers": [(beat, now - beat.seen_at > heartbeats.SILENT) for beat in heartbeats.workers(now)],
        "waiting": [(line, line.is_late(now)) for line in backlog.waiting() if line.count],
        "held": backlog.held(),
        "given_up": backlog.shown(backlog.given_up(ENTRIES), viewer=_person(request)),
        "failing": backlog.shown(backlog.failing(ENTRIES), viewer=_person(request)),
        "shown": ENTRIES,
        "switches": switches.positions(),
        "why_max": switches.WHY_MAX,
        "entries": _entries(viewer=_person(request)),
    }
    return render(request, "ui/operators/overview.html", context)


@require_safe
@never_cache
def banner_part(request: HttpRequest) -> HttpResponse:
    """Answer with the banner alone, for pages that stay open."""
    return render(request, "ui/operators/banner.html")


@require_POST
@for_operators
def turn(request: HttpRequest) -> HttpResponse:
    key, now = request.POST.get("switch", ""), timezone.now()
    if request.POST.get("to") == "on":
        switches.turn_on(key, by=_person(request), door=DOOR, at=now)
    else:
        why = request.POST.get("why", "").strip()
        switches.turn_off(key, by=_person(request), door=DOOR, why=why, at=now)
    return redirect("operators:overview")


@require_POST
@for_operators
def settle(request: HttpRequest, *, table: str, pk: int, order: str) -> HttpResponse:
    does = {"retry": backlog.retry, "discard": backlog.discard}.get(order)
    if does is None:
        raise Refusal("You can only retry or discard a job.")
    does(table, pk, by=_person(request), door=DOOR, at=timezone.now())
    return redirect("operators:overview")


def _person(request: HttpRequest) -> Person | None:
    return getattr(request.user, "person", None)


def _entries(*, viewer: Person | None) -> list[OperatorEntry]:
    """Return what was done lately; an incident that an entry names may have become private since."""
    entries = list(OperatorEntry.objects.select_related("actor").order_by("-at", "-pk")[:ENTRIES])
    for entry, text in zip(entries, without_hidden([each.text for each in entries], viewer=viewer), strict=True):
        entry.text = text
    return entries

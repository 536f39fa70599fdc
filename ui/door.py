"""What every page does at its door: know who looks, tell the time as they do, turn a refusal into an answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers
from django_htmx.middleware import HtmxDetails

from people.errors import NotAllowed, NotFound, Refusal, Unchanged
from people.models import Person
from ui import accounts

P = ParamSpec("P")

METHODS: Final = ("GET", "HEAD", "POST")


class OwnTime:
    """A middleware: every page tells the time in the zone of the signed-in person, whichever app draws it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with timezone.override(None):  # so that a zone that is set meanwhile ends with the request
            return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: object, kwargs: object
    ) -> None:
        if getattr(view, "login_required", True):
            tell_own_time(request)


def tell_own_time(request: HttpRequest) -> None:
    """From here to the end of the request, tell the time as the signed-in person does."""
    person: Person | None = getattr(request.user, "person", None)
    if person is not None:
        timezone.activate(person.zone)


class Request(HttpRequest):
    """A request as our middleware hands it on."""

    htmx: HtmxDetails


def page(
    view: Callable[Concatenate[Request, Person, P], HttpResponse],
) -> Callable[Concatenate[Request, P], HttpResponse]:
    """Give the view its viewer, and answer with the refusal when it is refused something."""

    @wraps(view)
    def answer(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        viewer = accounts.person_of(cast(User, request.user))
        if not viewer.is_active:
            sentence = f"{viewer}'s account is deactivated. Ask your Response administrator."
            return render(request, "403.html", {"sentence": sentence}, status=403)
        with timezone.override(viewer.zone):
            try:
                response = view(request, viewer, *args, **kwargs)
            except Refusal as refusal:
                response = refused(request, refusal, number=kwargs.get("number"))
        # The same address answers with a page or a part of one, and nobody else may keep either.
        patch_vary_headers(response, ["HX-Request"])
        patch_cache_control(response, private=True, no_cache=True)
        return response

    return answer


def change(
    view: Callable[Concatenate[Request, Person, P], HttpResponse],
) -> Callable[Concatenate[Request, P], HttpResponse]:
    """Make a page that only takes POST. Who looks at its address, say after signing in anew, gets to the incident."""

    @wraps(view)
    def answer(request: Request, viewer: Person, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method in ("GET", "HEAD"):
            return back(kwargs.get("number"))
        return view(request, viewer, *args, **kwargs)

    return page(answer)


def refused(request: Request, refusal: Refusal, *, number: object) -> HttpResponse:
    """Say why not, on the page the person came from."""
    if isinstance(refusal, NotFound):
        return render(request, "404.html", {"sentence": refusal.message}, status=404)
    if isinstance(refusal, NotAllowed) and not request.htmx:
        return render(request, "403.html", {"sentence": refusal.message}, status=403)
    messages.add_message(request, messages.INFO if isinstance(refusal, Unchanged) else messages.ERROR, refusal.message)
    if request.htmx:
        return render(request, "ui/document/refusal.html", status=409)
    return back(number)


def back(number: object) -> HttpResponse:
    """Lead to the incident's page, or to the list when there is no number."""
    return redirect("ui:incident", number=number) if number is not None else redirect("ui:incidents")

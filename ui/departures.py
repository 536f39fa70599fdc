"""End the sessions of deactivated people on their next request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from people.models import Person
from ui import accounts


class EndSessions:
    """A middleware. Pages then ask for sign-in as usual, including Operations and plugins' pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Mapping[str, Any]
    ) -> None:
        """Check only views that require sign-in: probes must not query the database."""
        if not getattr(view, "login_required", True) or not request.user.is_authenticated:
            return
        person: Person | None = getattr(request.user, "person", None)
        if person is not None and not accounts.is_active(person):
            logout(request)

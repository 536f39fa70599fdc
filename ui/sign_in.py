"""Signing in: by Django's accounts, and beside the sandbox by one click."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.contrib.auth import login, views
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from incidents import queries
from ui import accounts, limits

CAST_SHOWN: Final = 50


class SignIn(views.LoginView):
    template_name = "ui/login.html"
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user = form.get_user()
        limits.signed_in(self.request, form.cleaned_data["username"])
        person = accounts.person_of(user)
        if not person.is_active:
            form.add_error(None, f"{person}'s account is deactivated. Ask your Response administrator.")
            return self.form_invalid(form)
        response = super().form_valid(form)
        limits.remember_browser(response, form.cleaned_data["username"])
        return response

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"label_suffix": ""}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs) | {"sandbox": settings.SANDBOX}
        if settings.SANDBOX:
            context["cast"] = list(queries.responders()[:CAST_SHOWN])
            # The cast stands first. Who tried an account before stays there.
            is_cast_first = bool(context["cast"]) and not context["form"].is_bound
            context["form"].fields["username"].widget.attrs["autofocus"] = not is_cast_first
        return context


@login_not_required
@require_POST
def sign_in_as(request: HttpRequest, person_id: int) -> HttpResponse:
    """Sign in as one of the sandbox's cast. With a real workspace this address does not exist."""
    if not settings.SANDBOX:
        raise Http404
    person = get_object_or_404(queries.responders(), pk=person_id)
    login(request, accounts.login_of(person), backend="django.contrib.auth.backends.ModelBackend")
    return HttpResponseRedirect(_next_page(request))


def _next_page(request: HttpRequest) -> str:
    """Return where the person was going, never another site."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else resolve_url(settings.LOGIN_REDIRECT_URL)

"""The page of one's own keys to the API."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_cache_control

from people.errors import InvalidValue
from people.models import Person
from ui import tokens
from ui.door import Request, change, page
from ui.forms import Form
from ui.models import ApiToken


class TokenForm(Form):
    name = forms.CharField(
        required=False, label="Purpose", widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": 100})
    )
    scope = forms.ChoiceField(
        label="Permissions", choices=ApiToken.Scope.choices, initial=ApiToken.Scope.READ, widget=forms.RadioSelect
    )


@page
def own_tokens(request: Request, viewer: Person) -> HttpResponse:
    """List the valid tokens, and make one. Its secret is shown in the answer and never again."""
    form = TokenForm(request.POST or None)
    secret = ""
    if request.method == "POST" and form.is_valid():
        scope = ApiToken.Scope(form.cleaned_data["scope"])
        try:
            secret = tokens.make_token(viewer, name=form.cleaned_data["name"], scope=scope, at=timezone.now())
            form = TokenForm()
        except InvalidValue as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    context = {"form": form, "secret": secret, "tokens": tokens.tokens_of(viewer)}
    response = render(request, "ui/tokens.html", context, status=422 if form.errors else 200)
    patch_cache_control(response, no_store=True)
    return response


@change
def revoke_token(request: Request, viewer: Person, *, token_id: int) -> HttpResponse:
    tokens.revoke_token(viewer, pk=token_id, at=timezone.now())
    return redirect("ui:tokens")

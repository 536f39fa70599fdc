"""The page to redact a text: it says what will happen, asks for a reason, and does it."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from incidents import queries, redaction
from incidents.models import Action, Incident, TimelineEntry
from incidents.redaction import Redaction
from people.errors import InvalidValue
from people.models import Person
from ui.door import Request, back, page
from ui.forms import Form


class RedactionForm(Form):
    reason = forms.CharField(
        required=False,
        label="Reason (stays visible)",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "maxlength": redaction.REASON_MAX, "placeholder": "contained a password"}
        ),
    )


@page
def redact_entry(request: Request, viewer: Person, *, number: int, seq: int) -> HttpResponse:
    incident = queries.incident(viewer, number=number)
    return _redact(request, viewer, incident, queries.entry(incident, seq=seq))


@page
def redact_action(request: Request, viewer: Person, *, number: int, action_id: int) -> HttpResponse:
    incident = queries.incident(viewer, number=number)
    return _redact(request, viewer, incident, queries.action(incident, pk=action_id))


def _redact(request: Request, viewer: Person, incident: Incident, what: TimelineEntry | Action) -> HttpResponse:
    if request.method != "POST":
        redaction.check_may(what, by=viewer)
    form = RedactionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _say(request, _done(incident, what, by=viewer, reason=form.cleaned_data["reason"]))
            return back(incident.number)
        except InvalidValue as refusal:
            form.add_error("reason", refusal.message)
    context = {"form": form, "incident": incident, "what": what}
    return render(request, "ui/redact.html", context, status=422 if form.errors else 200)


def _done(incident: Incident, what: TimelineEntry | Action, *, by: Person, reason: str) -> Redaction:
    if isinstance(what, Action):
        return redaction.redact_action(incident, action=what, by=by, reason=reason, at=timezone.now())
    return redaction.redact_entry(incident, entry=what, by=by, reason=reason, at=timezone.now())


def _say(request: Request, done: Redaction) -> None:
    if not done.is_new:
        messages.info(request, f"✅ Entry {done.entry.seq} is already redacted.")
        return
    messages.success(request, "You redacted the text.")
    if done.elsewhere:
        addresses = " ".join(done.elsewhere)
        messages.warning(
            request, f"Response can't delete people's own messages. Ask their authors to do it: {addresses}"
        )
    if done.others:
        messages.warning(request, redaction.others_sentence(done.others))

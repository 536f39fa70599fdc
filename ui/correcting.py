"""The page to correct or withdraw a note."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from incidents import corrections, queries
from incidents.models import TimelineEntry
from people.errors import Conflict, InvalidValue
from people.models import Person
from ui.door import Request, back, page
from ui.forms import Form, Moment


class CorrectionForm(Form):
    note = forms.CharField(
        required=False,
        label="What happened",
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    happened_at = Moment(required=False, label="When (empty keeps the current time)")
    seen = forms.IntegerField(min_value=1, max_value=2**31 - 1, required=False, widget=forms.HiddenInput)


@page
def correct_note(request: Request, viewer: Person, *, number: int, seq: int) -> HttpResponse:
    incident = queries.incident(viewer, number=number)
    note = queries.entry(incident, seq=seq)
    first, *_, newest = [*corrections.versions(incident, note)] * 2
    if request.method != "POST":
        corrections.check_may(first, incident=incident, by=viewer)
    form = CorrectionForm(request.POST or None, initial={"note": newest.text, "seen": newest.seq})
    if request.method == "POST" and form.is_valid() and _is_done(request, form, note, by=viewer):
        return back(incident.number)
    context = {"form": form, "incident": incident}
    return render(request, "ui/correct_note.html", context, status=422 if form.errors else 200)


def _is_done(request: Request, form: CorrectionForm, note: TimelineEntry, *, by: Person) -> bool:
    said, incident, at = form.cleaned_data, note.incident, timezone.now()
    if request.POST.get("do") == "withdraw":
        corrections.withdraw_note(incident, note=note, by=by, at=at)
        messages.success(request, "You withdrew the note.")
        return True
    try:
        corrections.correct_note(
            incident, note=note, text=said["note"], happened_at=said["happened_at"], seen=said["seen"], by=by, at=at
        )
    except (Conflict, InvalidValue) as refusal:
        form.add_error(refusal.field, refusal.message)
        return False
    messages.success(request, "You corrected the note.")
    return True

"""Add a note, or an action item."""

from __future__ import annotations

from typing import Any, cast

from django import forms

from incidents import queries
from people.models import Person
from ui.forms.fields import Form, Moment, PersonChoice


class NoteForm(Form):
    note = forms.CharField(
        required=False,
        label="Add to the timeline",
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "What happened? You can use Markdown."}),
    )
    happened_at = Moment(required=False, label="When (empty means now)")


class ActionForm(Form):
    action = forms.CharField(
        required=False, label="New action item", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    owner = PersonChoice(queryset=Person.objects.none(), required=False, empty_label="No owner")

    def __init__(self, viewer: Person, data: Any = None) -> None:
        super().__init__(data)
        cast(PersonChoice, self.fields["owner"]).offer_to(viewer, queries.responders(viewer))

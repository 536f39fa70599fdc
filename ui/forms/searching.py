"""Search the list of incidents."""

from __future__ import annotations

from django import forms

from ui.forms.fields import Form


class SearchForm(Form):
    q = forms.CharField(
        required=False, max_length=200, error_messages={"max_length": "Search for at most 200 characters."}
    )
    state = forms.ChoiceField(
        required=False,
        choices=[("", "All"), ("open", "Open")],
        error_messages={"invalid_choice": "Choose all incidents or the open ones."},
    )

"""Define the fields that forms are made of: choices of people and incidents, and times."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from django import forms
from django.db.models import Model, Q, QuerySet
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from incidents import queries
from incidents.models import Incident, Severity
from people.models import Person
from people.texts import cleaned
from ui.clock import on_own_clock

MOST_OPTIONS: Final = 200  # in a list to choose from
SUGGESTIONS: Final = 100
NOBODY = dict.fromkeys(
    ("invalid_choice", "invalid_pk_value", "invalid_list"),
    "Response doesn't know one of these people. Choose from the list.",
)


class Form(forms.Form):
    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, label_suffix="", **kwargs)


class Suggested(forms.TextInput):
    """A line to type in, with suggestions: for a choice among more than a list can show."""

    def __init__(self, suggestions: Iterable[tuple[str, str]], attrs: Mapping[str, Any] | None = None) -> None:
        self._suggestions = list(suggestions)
        super().__init__(attrs={"autocomplete": "off", **(attrs or {})})

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        place = f"{(attrs or {}).get('id') or name}-suggestions"
        line = super().render(name, value, {**(attrs or {}), "list": place}, renderer)
        options = format_html_join("", '<option value="{}">{}</option>', self._suggestions)
        return format_html('{}<datalist id="{}">{}</datalist>', line, place, options)


class Choice(forms.ModelChoiceField):  # type: ignore[type-arg]  # only the stubs know a parameter
    """A choice among rows: from a list, or, when there are more than a list can show, typed with suggestions."""

    placeholder = ""

    def offer(self, found: QuerySet[Any]) -> None:
        self.queryset = found
        if found[MOST_OPTIONS : MOST_OPTIONS + 1].exists():
            suggestions = [(self.typed(row), self.label_from_instance(row)) for row in found[:SUGGESTIONS]]
            self.widget = Suggested(suggestions, {"placeholder": self.placeholder})

    def typed(self, row: Any) -> str:
        """Return what somebody types to choose this row."""
        raise NotImplementedError

    def named(self, said: str) -> Q:
        """Return which rows somebody may mean by what they typed."""
        raise NotImplementedError

    def prepare_value(self, value: Any) -> Any:
        if isinstance(self.widget, Suggested) and isinstance(value, int):
            value = self.queryset.filter(pk=value).first() if self.queryset is not None else value
        if isinstance(self.widget, Suggested) and isinstance(value, Model):
            return self.typed(value)
        return super().prepare_value(value)

    def to_python(self, value: Any) -> Any:
        said = cleaned(str(value or "")).strip()[:300]
        if not said or (said.isascii() and said.isdecimal()) or self.queryset is None:
            return super().to_python(said)
        found = list(self.queryset.filter(self.named(said))[:2])
        if len(found) != 1:
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return found[0]


class PersonChoice(Choice):
    placeholder = "Name or e-mail address"
    default_error_messages = {"invalid_choice": "Type the full name or e-mail address of one person."}

    takes_addresses = True

    def offer_to(self, viewer: Person, found: QuerySet[Person]) -> None:
        """Offer these people. Guests, who read no e-mail addresses, choose by name."""
        self.takes_addresses = not viewer.is_guest
        self.offer(found)

    def typed(self, row: Person) -> str:
        return (row.email if self.takes_addresses else "") or row.name

    def named(self, said: str) -> Q:
        by_name = queries.is_called(said)
        return by_name | Q(email__iexact=said) if self.takes_addresses else by_name


class Moment(forms.DateTimeField):
    """A time on the viewer's clock."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return on_own_clock(value) if isinstance(value, datetime) else value


class SeverityChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # only the stubs know a parameter
    widget = forms.RadioSelect

    def label_from_instance(self, severity: Severity) -> str:
        return format_html("<span><strong>{}</strong> {}</span>", severity.label, severity.when_to_choose)


class Seen(forms.CharField):
    """What the fields said when the form was opened: carried along, so that nobody's newer words are undone."""

    widget = forms.HiddenInput(attrs={"id": False})  # several forms may be open on one page

    def prepare_value(self, value: Any) -> Any:
        return json.dumps(value) if isinstance(value, dict) else value

    def clean(self, value: Any) -> dict[str, str]:
        try:
            seen = json.loads(value or "")
        except (ValueError, RecursionError):
            seen = None
        if not isinstance(seen, dict) or not all(isinstance(digest, str) for digest in seen.values()):
            raise forms.ValidationError("This form is out of date. Copy what you wrote and open the form again.")
        return seen


class PeopleChoice(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # only the stubs know a parameter
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Person.objects.all(), required=False, error_messages=NOBODY, **kwargs)

    def clean(self, value: Any) -> Any:
        # No column holds longer numbers, and SQLite fails on them.
        if any(not str(each).isdecimal() or len(str(each)) > 18 for each in value or []):
            raise forms.ValidationError(self.error_messages["invalid_choice"])
        return super().clean(value)


class IncidentChoice(Choice):
    placeholder = "INC-7"

    def typed(self, row: Incident) -> str:
        return row.reference

    def named(self, said: str) -> Q:
        digits = said.upper().removeprefix("INC-")[:9]
        return (
            Q(number=int(digits))
            if digits.isascii() and digits.isdecimal()
            else queries.is_called(said, column="title")
        )

    def label_from_instance(self, incident: Incident) -> str:
        return f"{incident.reference} {incident.title}"

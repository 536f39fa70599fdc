"""Declare an incident, change it, resolve it, and merge it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

from django import forms

from incidents import fields, queries, services
from incidents.fields import CustomField, Stored
from incidents.models import Incident, Kind, Severity, Status
from people.errors import Conflict, InvalidValue
from people.models import Person
from ui.forms.custom_fields import form_field, initial_value
from ui.forms.fields import Choice, Form, IncidentChoice, Moment, PersonChoice, Seen, SeverityChoice

FIELD_NAMES = ("title", "summary", "impact", "severity", "status", "lead", "kind", "started_at")


def field_names() -> list[str]:
    """Return everything of an incident that has a form, the custom fields by their keys."""
    return [*FIELD_NAMES, *(field.key for field in fields.registry.all())]


class IncidentForm(Form):
    """Everything one can say about an incident."""

    title = forms.CharField(required=False, widget=forms.TextInput(attrs={"required": True, "autocomplete": "off"}))
    summary = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="What you know so far. You can use Markdown.",
    )
    impact = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Who is affected, and how. You can use Markdown.",
    )
    severity = SeverityChoice(queryset=Severity.objects.none(), required=False, blank=True, empty_label="Not set")
    status = forms.ChoiceField(choices=[(each.value, each.label) for each in (*Status.working(), Status.RESOLVED)])
    lead = PersonChoice(queryset=Person.objects.none(), required=False, empty_label="Not assigned")
    kind = forms.ChoiceField(choices=Kind.choices)
    started_at = Moment(required=False, label="Started", help_text="When the problem began.")

    def __init__(self, viewer: Person, data: Any = None, **kwargs: Any) -> None:
        self.viewer = viewer
        super().__init__(data, **kwargs)

    def refuse(self, refusal: InvalidValue | Conflict) -> None:
        """Show a refusal at its field."""
        self.add_error(refusal.field if refusal.field in self.fields else None, refusal.message)

    def ask(self, custom: CustomField, stored: Stored) -> None:
        """Add a custom field that says `stored` so far."""
        self.fields[custom.key] = form_field(custom, stored, self.viewer)
        self.initial[custom.key] = initial_value(custom, stored)

    def custom_values(self) -> dict[str, Any]:
        """Return what its custom fields say, by name."""
        named = {fields.name_of(key): value for key, value in self.cleaned_data.items()}
        return {name: value for name, value in named.items() if name is not None}

    def field(self, name: str) -> forms.ModelChoiceField[Any]:
        return cast("forms.ModelChoiceField[Any]", self.fields[name])


class DeclareForm(IncidentForm):
    started_at = Moment(
        required=False, label="Started", help_text="When the problem began. Leave empty for the current time."
    )
    private = forms.BooleanField(
        required=False,
        help_text="Visible only to you, the lead and people you invite. The channel is private; there is no headline.",
    )

    def __init__(self, viewer: Person, data: Any = None) -> None:
        super().__init__(viewer, data, initial={"kind": Kind.LIVE})
        del self.fields["status"]
        self.field("severity").queryset = queries.severities()
        cast(PersonChoice, self.fields["lead"]).offer_to(viewer, queries.responders(viewer))
        for custom in fields.registry.all():
            if custom.is_asked_when_declaring:
                self.ask(custom, custom.default)

    def declaration(self) -> dict[str, Any]:
        """Return what `declare_incident` takes."""
        own = {name: value for name, value in self.cleaned_data.items() if fields.name_of(name) is None}
        return own | {"fields": self.custom_values()}


class EditForm(IncidentForm):
    """An incident's fields, or some of them, and what they said when the form was opened."""

    seen = Seen()

    def __init__(
        self, incident: Incident, viewer: Person, data: Any = None, *, names: Sequence[str] | None = None
    ) -> None:
        self.incident = incident
        self.changed_names: list[str] = []
        wanted = field_names() if names is None else names
        self.names = [name for name in wanted if name != "status" or incident.is_open or incident.is_resolved]
        initial = {name: getattr(incident, name) for name in self.names if name in FIELD_NAMES}
        super().__init__(viewer, data, initial=initial | {"seen": self._fingerprint()})
        for custom in fields.registry.all():
            if custom.key in self.names:
                self.ask(custom, incident.field_values.get(custom.name))
        for name in set(FIELD_NAMES) - set(self.names):
            del self.fields[name]
        if "status" in self.fields and incident.is_open:
            # Resolving asks first, in a form of its own.
            cast(forms.ChoiceField, self.fields["status"]).choices = [
                (each.value, each.label) for each in Status.working()
            ]
        if "severity" in self.fields:
            self._offer_severities()
        if "lead" in self.fields:
            self._offer_leads()

    def wanted(self) -> services.Edits:
        """What the person wants the incident to say."""
        said = {name: self.cleaned_data[name] for name in self.names if name in FIELD_NAMES}
        said["fields"] = self.custom_values()
        if "status" in said:
            said["status"] = Status(said["status"])
        if "kind" in said:
            said["kind"] = Kind(said["kind"])
        return cast(services.Edits, said)

    def refuse(self, refusal: InvalidValue | Conflict) -> None:
        """Show a refusal at its field. Who saves again after a conflict has seen the other's words of that field."""
        super().refuse(refusal)
        if isinstance(refusal, Conflict):
            seen = self.cleaned_data["seen"] | {refusal.field: services.fingerprint(self.incident)[refusal.field]}
            self.data = dict(self.data.items()) | {"seen": json.dumps(seen)}

    def _fingerprint(self) -> dict[str, str]:
        present = services.fingerprint(self.incident)
        return {name: present[name] for name in self.names}

    def _offer_severities(self) -> None:
        choice = self.field("severity")
        present = self.incident.severity
        choice.queryset = queries.severities()
        if present is not None:
            choice.queryset = queries.severities() | Severity.objects.filter(pk=present.pk)
            choice.empty_label = None

    def _offer_leads(self) -> None:
        choice = cast(PersonChoice, self.fields["lead"])
        present = self.incident.lead
        if present is None:
            choice.offer_to(self.viewer, queries.responders(self.viewer))
            return
        choice.offer_to(self.viewer, queries.responders(self.viewer) | Person.objects.filter(pk=present.pk))
        choice.empty_label = None


class ResolveForm(Form):
    """What must be said before the end, and what everybody is told."""

    final_update = forms.CharField(
        required=False,
        label="Final update",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Describe how it ended. You can use Markdown. If empty, the page stops showing the latest update.",
    )

    def __init__(self, incident: Incident, viewer: Person, data: Any = None) -> None:
        super().__init__(data)
        asked = fields.registry.needed_to_resolve(incident.field_values) if incident.is_open else []
        self.fields = {custom.key: form_field(custom, None, viewer) for custom in asked} | self.fields

    def ending(self) -> dict[str, Any]:
        """Return what `resolve_incident` takes."""
        answers = {fields.name_of(key): value for key, value in self.cleaned_data.items() if key != "final_update"}
        return {"final_update": self.cleaned_data["final_update"], "answers": answers}

    def refuse(self, refusal: InvalidValue) -> None:
        self.add_error(refusal.field if refusal.field in self.fields else None, refusal.message)


class MergeForm(Form):
    into = IncidentChoice(
        queryset=Incident.objects.none(),
        empty_label="Choose an open incident",
        label="Duplicate of",
        help_text="Work continues there. This incident ends as merged, not as resolved.",
        error_messages={
            "required": "Choose the incident where work continues.",
            "invalid_choice": "Choose one of the open incidents.",
        },
    )

    def __init__(self, incident: Incident, viewer: Person, data: Any = None) -> None:
        super().__init__(data)
        others = queries.open_incidents(viewer).exclude(pk=incident.pk)
        cast(Choice, self.fields["into"]).offer(others)

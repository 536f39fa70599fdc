"""What people may write. Rules live in the domain: these only turn what a browser sends into its types."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.html import format_html

from incidents import fields, queries, services
from incidents.errors import Conflict, InvalidValue
from incidents.fields import CustomField, FieldKind, Required, Stored
from incidents.models import Incident, Kind, Person, Severity, Status

FIELD_NAMES = ("title", "summary", "impact", "severity", "status", "lead", "kind", "started_at")


def field_names() -> list[str]:
    """Return everything of an incident that has a form, the custom fields by their keys."""
    return [*FIELD_NAMES, *(field.key for field in fields.registry.all())]


class Form(forms.Form):
    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, label_suffix="", **kwargs)


class Moment(forms.DateTimeField):
    """A time on the viewer's clock."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **kwargs)


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
        except ValueError:
            seen = None
        if not isinstance(seen, dict) or not all(isinstance(digest, str) for digest in seen.values()):
            raise forms.ValidationError("This form is too old. Copy what you wrote and open it again.")
        return seen


class IncidentForm(Form):
    """Everything one can say about an incident."""

    title = forms.CharField(required=False, widget=forms.TextInput(attrs={"required": True, "autocomplete": "off"}))
    summary = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 5}), help_text="What we know so far. Markdown."
    )
    impact = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 4}), help_text="Who is affected, and how. Markdown."
    )
    severity = SeverityChoice(queryset=Severity.objects.none(), required=False, blank=True, empty_label="Not set")
    status = forms.ChoiceField(choices=[(each.value, each.label) for each in (*Status.working(), Status.RESOLVED)])
    lead = forms.ModelChoiceField(queryset=Person.objects.none(), required=False, empty_label="Nobody")
    kind = forms.ChoiceField(choices=Kind.choices)
    started_at = Moment(required=False, label="Started", help_text="When the trouble began.")

    def refuse(self, refusal: InvalidValue | Conflict) -> None:
        """Show a refusal at its field."""
        self.add_error(refusal.field if refusal.field in self.fields else None, refusal.message)

    def ask(self, custom: CustomField, stored: Stored) -> None:
        """Add a custom field that says `stored` so far."""
        self.fields[custom.key] = _form_field(custom, stored)
        self.initial[custom.key] = _initial(custom, stored)

    def custom_values(self) -> dict[str, Any]:
        """Return what its custom fields say, by name."""
        named = {fields.name_of(key): value for key, value in self.cleaned_data.items()}
        return {name: value for name, value in named.items() if name is not None}

    def field(self, name: str) -> forms.ModelChoiceField[Any]:
        return cast("forms.ModelChoiceField[Any]", self.fields[name])


class DeclareForm(IncidentForm):
    started_at = Moment(required=False, label="Started", help_text="When the trouble began. Empty: now.")
    private = forms.BooleanField(
        required=False,
        help_text="Only those who take part see it. Its channel will be private too, and there is no headline.",
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"kind": Kind.LIVE})
        del self.fields["status"]
        self.field("severity").queryset = queries.severities()
        self.field("lead").queryset = queries.responders()
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

    def __init__(self, incident: Incident, data: Any = None, *, names: Sequence[str] | None = None) -> None:
        self.incident = incident
        self.changed_names: list[str] = []
        wanted = field_names() if names is None else names
        self.names = [name for name in wanted if name != "status" or incident.is_open or incident.is_resolved]
        initial = {name: getattr(incident, name) for name in self.names if name in FIELD_NAMES}
        super().__init__(data, initial=initial | {"seen": self._fingerprint()})
        for custom in fields.registry.all():
            if custom.key in self.names:
                self.ask(custom, incident.field_values.get(custom.name))
        for name in set(FIELD_NAMES) - set(self.names):
            del self.fields[name]
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
        choice = self.field("lead")
        present = self.incident.lead
        choice.queryset = queries.responders()
        if present is not None:
            choice.queryset = queries.responders() | Person.objects.filter(pk=present.pk)
            choice.empty_label = None


class NoteForm(Form):
    note = forms.CharField(
        required=False,
        label="Add to the timeline",
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "What happened? Markdown."}),
    )
    happened_at = Moment(required=False, label="When (empty: now)")


class ActionForm(Form):
    action = forms.CharField(
        required=False, label="What is to be done", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    owner = forms.ModelChoiceField(queryset=Person.objects.none(), required=False, empty_label="Nobody yet")

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        cast("forms.ModelChoiceField[Any]", self.fields["owner"]).queryset = queries.responders()


class LeadForm(Form):
    lead = forms.ModelChoiceField(queryset=Person.objects.none(), required=False)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        cast("forms.ModelChoiceField[Any]", self.fields["lead"]).queryset = queries.responders()


class IncidentChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # only the stubs know a parameter
    def label_from_instance(self, incident: Incident) -> str:
        return f"{incident.reference} {incident.title}"


class MergeForm(Form):
    into = IncidentChoice(
        queryset=Incident.objects.none(),
        empty_label="Choose an open incident",
        label="It is the same trouble as",
        help_text="People go on there. This one is over then, and not resolved.",
        error_messages={
            "required": "Choose the incident in which it goes on.",
            "invalid_choice": "Choose one of the open incidents.",
        },
    )

    def __init__(self, incident: Incident, viewer: Person, data: Any = None) -> None:
        super().__init__(data)
        others = queries.open_incidents(viewer).exclude(pk=incident.pk)
        cast("forms.ModelChoiceField[Any]", self.fields["into"]).queryset = others


class SearchForm(Form):
    q = forms.CharField(required=False, max_length=200)
    state = forms.ChoiceField(required=False, choices=[("", "All"), ("open", "Open")])


# Custom fields: rules and limits are the domain's, so every field takes text, and what it refuses it says itself.


def _form_field(custom: CustomField, stored: Stored) -> forms.Field:
    must = custom.required == Required.DECLARING
    common: dict[str, Any] = {"required": False, "label": custom.label, "help_text": custom.hint}
    present = fields.typed(custom, stored)
    match custom.kind:
        case FieldKind.PARAGRAPH:
            return forms.CharField(**common, widget=forms.Textarea(attrs={"rows": 4}))
        case FieldKind.CHOICE:
            nothing = [] if must and stored is not None else [("", "Not said")]
            return forms.ChoiceField(**common, choices=[*nothing, *_options(custom, [stored])])
        case FieldKind.CHOICES:
            chosen = present if isinstance(present, list) else []
            return forms.MultipleChoiceField(
                **common, choices=_options(custom, chosen), widget=forms.CheckboxSelectMultiple
            )
        case FieldKind.YES_NO:
            return forms.ChoiceField(**common, choices=[("", "Not said"), ("yes", "Yes"), ("no", "No")])
        case FieldKind.DATE:
            return forms.CharField(**common, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        case FieldKind.MOMENT:
            return Moment(**common)
        case FieldKind.PERSON:
            return _person_field(present, **common)
        case kind:
            return forms.CharField(**common, widget=forms.TextInput(attrs=_LINES.get(kind, {})))


_LINES = {FieldKind.NUMBER: {"inputmode": "decimal"}, FieldKind.LINK: {"inputmode": "url", "placeholder": "https://…"}}


def _person_field(present: Any, **common: Any) -> forms.Field:
    people = queries.responders() | Person.objects.filter(pk__in=[present] if isinstance(present, int) else [])
    return forms.ModelChoiceField(queryset=people, empty_label="Nobody", **common)


def _options(custom: CustomField, present: Sequence[Any]) -> list[tuple[str, str]]:
    """Return the options, and what is said already although it is no longer offered."""
    gone = [value for value in present if value is not None and value not in custom.options]
    return [*custom.options.items(), *((str(value), str(value)) for value in gone)]


def _initial(custom: CustomField, stored: Stored) -> Any:
    if isinstance(stored, bool):
        return "yes" if stored else "no"
    value = fields.typed(custom, stored)
    return timezone.localtime(value) if isinstance(value, datetime) else value

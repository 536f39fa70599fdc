"""What people may write. Rules live in the domain: these only turn what a browser sends into its types."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast

from django import forms
from django.db.models import Model, Q, QuerySet
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from incidents import fields, queries, services
from incidents.errors import Conflict, InvalidValue
from incidents.fields import CustomField, FieldKind, Required, Stored
from incidents.models import Incident, Kind, Person, Severity, Status
from incidents.queries import Insider
from incidents.texts import cleaned
from ui.clock import on_own_clock

MOST_OPTIONS: Final = 200  # in a list to choose from
SUGGESTIONS: Final = 100
NOBODY = dict.fromkeys(
    ("invalid_choice", "invalid_pk_value", "invalid_list"),
    "One of these people isn't known here. Choose from the list.",
)
FIELD_NAMES = ("title", "summary", "impact", "severity", "status", "lead", "kind", "started_at")


def field_names() -> list[str]:
    """Return everything of an incident that has a form, the custom fields by their keys."""
    return [*FIELD_NAMES, *(field.key for field in fields.registry.all())]


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
    default_error_messages = {"invalid_choice": "Type the name or e-mail address of one person."}

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
    lead = PersonChoice(queryset=Person.objects.none(), required=False, empty_label="Nobody")
    kind = forms.ChoiceField(choices=Kind.choices)
    started_at = Moment(required=False, label="Started", help_text="When the trouble began.")

    def __init__(self, viewer: Person, data: Any = None, **kwargs: Any) -> None:
        self.viewer = viewer
        super().__init__(data, **kwargs)

    def refuse(self, refusal: InvalidValue | Conflict) -> None:
        """Show a refusal at its field."""
        self.add_error(refusal.field if refusal.field in self.fields else None, refusal.message)

    def ask(self, custom: CustomField, stored: Stored) -> None:
        """Add a custom field that says `stored` so far."""
        self.fields[custom.key] = _form_field(custom, stored, self.viewer)
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
        help_text="Only you, the lead and people you invite see it. Its channel is private, and no headline is posted.",
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
        help_text="How it ended. Markdown. Without a final update, the latest update is no longer shown.",
    )

    def __init__(self, incident: Incident, viewer: Person, data: Any = None) -> None:
        super().__init__(data)
        asked = fields.registry.needed_to_close(incident.field_values) if incident.is_open else []
        self.fields = {custom.key: _form_field(custom, None, viewer) for custom in asked} | self.fields

    def ending(self) -> dict[str, Any]:
        """Return what `resolve_incident` takes."""
        answers = {fields.name_of(key): value for key, value in self.cleaned_data.items() if key != "final_update"}
        return {"final_update": self.cleaned_data["final_update"], "answers": answers}

    def refuse(self, refusal: InvalidValue) -> None:
        self.add_error(refusal.field if refusal.field in self.fields else None, refusal.message)


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
    owner = PersonChoice(queryset=Person.objects.none(), required=False, empty_label="Nobody yet")

    def __init__(self, viewer: Person, data: Any = None) -> None:
        super().__init__(data)
        cast(PersonChoice, self.fields["owner"]).offer_to(viewer, queries.responders(viewer))


class LeadForm(Form):
    lead = PersonChoice(queryset=Person.objects.none(), required=False)

    def __init__(self, viewer: Person, data: Any = None) -> None:
        super().__init__(data)
        cast(PersonChoice, self.fields["lead"]).offer_to(viewer, queries.responders(viewer))


class PeopleChoice(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # only the stubs know a parameter
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Person.objects.all(), required=False, error_messages=NOBODY, **kwargs)

    def clean(self, value: Any) -> Any:
        # No column holds longer numbers, and SQLite fails on them.
        if any(not str(each).isdecimal() or len(str(each)) > 18 for each in value or []):
            raise forms.ValidationError(self.error_messages["invalid_choice"])
        return super().clean(value)


class PrivacyForm(Form):
    """Who may see an incident from now on, besides the people for whom it exists in any case.

    Anybody may be sent: whether they can be invited, the domain knows, and says so.
    """

    people = PeopleChoice(label="Who took part and stays in", widget=forms.CheckboxSelectMultiple)
    others = PeopleChoice(
        label="Who else may see it",
        widget=forms.SelectMultiple(attrs={"size": 6}),
        help_text="Hold Ctrl or ⌘ to choose several.",
    )

    def __init__(self, incident: Incident, viewer: Person, data: Any = None) -> None:
        inside = queries.people_inside(incident)
        super().__init__(data, initial={"people": [person.pk for person in inside]})
        always = {insider.person for insider in queries.insiders(incident) if insider.member is None} | {viewer}
        self.always = sorted(always - {viewer}, key=str)
        offered = [person for person in inside if person not in always]
        _offer(self, "people", offered, viewer)
        others = queries.responders(viewer).exclude(pk__in=[person.pk for person in [*always, *offered]])
        _offer(self, "others", others[:MOST_OPTIONS], viewer)
        if others[MOST_OPTIONS : MOST_OPTIONS + 1].exists():
            self.fields[
                "others"
            ].help_text += f" The first {MOST_OPTIONS} are listed; you can invite others afterwards."
        for name in ("people", "others"):
            if not cast("forms.ModelMultipleChoiceField[Any]", self.fields[name]).choices and name not in self.data:
                del self.fields[name]

    def chosen(self) -> list[Person]:
        return [*self.cleaned_data.get("people", []), *self.cleaned_data.get("others", [])]

    def preselected(self) -> set[int]:
        """Return the keys of the people who were offered as taking part. They may have left since."""
        return {person.pk for person in self.cleaned_data.get("people", [])}


class MemberForm(Form):
    person = PersonChoice(
        queryset=Person.objects.none(),
        label="Invite",
        empty_label="Choose somebody",
        error_messages={"required": "Choose somebody to invite.", **NOBODY},
    )

    def __init__(self, insiders: Iterable[Insider], viewer: Person, data: Any = None) -> None:
        super().__init__(data)
        person = cast(PersonChoice, self.fields["person"])
        person.offer_to(viewer, queries.responders(viewer).exclude(pk__in=[insider.person.pk for insider in insiders]))
        offered = list(cast("Iterable[Any]", person.choices))
        # What is sent is compared with all whom `viewer` knows, so that a refusal can name the person it is about.
        person.queryset = queries.known_people(viewer)
        if not isinstance(person.widget, Suggested):
            person.choices = offered


def _offer(form: Form, name: str, people: Iterable[Person], viewer: Person) -> None:
    """Show these people. What is sent is compared with all whom `viewer` knows: a refusal can name who it is about."""
    choice = cast("forms.ModelChoiceField[Any]", form.fields[name])
    choice.queryset = queries.known_people(viewer)
    choice.choices = [(person.pk, str(person)) for person in people]


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
        cast(Choice, self.fields["into"]).offer(others)


class SearchForm(Form):
    q = forms.CharField(
        required=False, max_length=200, error_messages={"max_length": "Search for at most 200 characters."}
    )
    state = forms.ChoiceField(
        required=False,
        choices=[("", "All"), ("open", "Open")],
        error_messages={"invalid_choice": "Choose all incidents or the open ones."},
    )


# Custom fields: rules and limits are the domain's, so every field takes text, and what it refuses it says itself.


def _form_field(custom: CustomField, stored: Stored, viewer: Person) -> forms.Field:
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
            return _person_field(present, viewer, **common)
        case kind:
            return forms.CharField(**common, widget=forms.TextInput(attrs=_LINES.get(kind, {})))


_LINES = {FieldKind.NUMBER: {"inputmode": "decimal"}, FieldKind.LINK: {"inputmode": "url", "placeholder": "https://…"}}


def _person_field(present: Any, viewer: Person, **common: Any) -> forms.Field:
    people = queries.responders(viewer) | Person.objects.filter(pk__in=[present] if isinstance(present, int) else [])
    choice = PersonChoice(queryset=people, empty_label="Nobody", **common)
    choice.offer_to(viewer, people)
    return choice


def _options(custom: CustomField, present: Sequence[Any]) -> list[tuple[str, str]]:
    """Return the options, and what is said already although it is no longer offered."""
    gone = [value for value in present if value is not None and value not in custom.options]
    return [*custom.options.items(), *((str(value), str(value)) for value in gone)]


def _initial(custom: CustomField, stored: Stored) -> Any:
    if isinstance(stored, bool):
        return "yes" if stored else "no"
    return fields.typed(custom, stored)

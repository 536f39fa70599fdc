"""Choose a lead, and who may see an incident."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django import forms

from incidents import queries
from incidents.models import Incident
from incidents.queries import Insider
from people.models import Person
from ui.forms.fields import MOST_OPTIONS, NOBODY, Form, PeopleChoice, PersonChoice, Suggested


class LeadForm(Form):
    lead = PersonChoice(queryset=Person.objects.none(), required=False)

    def __init__(self, viewer: Person, data: Any = None) -> None:
        super().__init__(data)
        cast(PersonChoice, self.fields["lead"]).offer_to(viewer, queries.responders(viewer))


class PrivacyForm(Form):
    """Who may see an incident from now on, besides the people for whom it exists in any case.

    Anybody may be sent: whether they can be invited, the domain knows, and says so.
    """

    people = PeopleChoice(label="Participants who keep access", widget=forms.CheckboxSelectMultiple)
    others = PeopleChoice(
        label="Other people who get access",
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
            ].help_text += f" This list shows the first {MOST_OPTIONS} people; you can invite others afterwards."
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
        empty_label="Choose a person",
        error_messages={"required": "Choose a person to invite.", **NOBODY},
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

"""A deployment's own fields, as people in Slack meet them. Other processes do not know the fields of a test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from incidents import services
from incidents.fields import CustomField
from incidents.models import Incident
from slackbot.testing import Actor, FormRefused, Workspace

pytestmark = pytest.mark.in_this_process

AddField = Callable[..., CustomField]
KINDS = ("text", "paragraph", "choice", "choices", "yes_no", "number", "date", "moment", "person", "link")


@pytest.fixture
def region(add_field: AddField) -> CustomField:
    options = {"eu": "Europe", "us": "United States"}
    return add_field("region", "Affected region", "choice", options=options, asked=True, headline=True)


@pytest.fixture
def informed(add_field: AddField) -> CustomField:
    return add_field("informed", "Regulator informed?", "yes_no", required="resolving", hint="Within 72 hours.")


@pytest.fixture
def tier(add_field: AddField) -> CustomField:
    return add_field("tier", "Tier", "number")


def test_declaring_asks_only_what_is_asked_there(
    workspace: Workspace, ada: Actor, region: CustomField, informed: CustomField
) -> None:
    ada.says("/incident Checkout returns 500s")
    assert "field_region" in ada.dialog_values
    assert "field_informed" not in ada.dialog_values

    ada.submits({"Affected region": "Europe"})

    incident = Incident.objects.get()
    assert incident.field_values == {"region": "eu"}
    assert "*Affected region*  Europe" in workspace.headline(incident).text
    assert workspace.channel(incident).shows("Before you resolve it, set “Regulator informed?”")


def test_a_required_field_is_no_longer_skipped(ada: Actor, add_field: AddField) -> None:
    add_field("ticket", "Ticket", "text", required="declaring")
    ada.says("/incident Checkout returns 500s")

    with pytest.raises(FormRefused) as refused:
        ada.submits({})

    assert list(refused.value.errors) == ["field_ticket"]
    ada.submits({"Ticket": "OPS-7"})
    assert Incident.objects.get().field_values == {"ticket": "OPS-7"}


def test_the_edit_form_shows_and_changes_every_field(
    workspace: Workspace, incident: Incident, ada: Actor, region: CustomField, tier: CustomField
) -> None:
    ada.says("@incident field region eu", in_=incident)
    ada.clicks("Edit")
    assert (ada.dialog_values["field_region"], ada.dialog_values["field_tier"]) == ("eu", "")

    ada.submits({"Affected region": "United States", "Tier": "3"})

    incident.refresh_from_db()
    assert incident.field_values == {"region": "us", "tier": 3}
    assert "*Affected region*  United States" in workspace.headline(incident).text


def test_a_bad_value_is_refused_under_its_field_and_nothing_is_saved(
    incident: Incident, ada: Actor, tier: CustomField
) -> None:
    ada.clicks("Edit")

    with pytest.raises(FormRefused) as refused:
        ada.submits({"title": "Renamed", "Tier": "many"})

    assert refused.value.errors == {"field_tier": "“Tier” must be a number like 42 or 3.5, not “many”."}
    incident.refresh_from_db()
    assert incident.title == "Checkout returns 500s"


def test_a_conflict_is_shown_under_its_field(incident: Incident, ada: Actor, grace: Actor, tier: CustomField) -> None:
    ada.clicks("Edit")
    grace.clicks("Edit")
    grace.submits({"Tier": "1"})

    with pytest.raises(FormRefused) as refused:
        ada.submits({"Tier": "2"})

    assert "It now says: 1" in refused.value.errors["field_tier"]


def test_a_field_of_every_kind_can_be_asked_and_left_as_it_is(
    incident: Incident, ada: Actor, add_field: AddField
) -> None:
    for kind in KINDS:
        add_field(f"my_{kind}", f"My {kind}", kind, options=["A", "B"] if kind.startswith("choice") else ())
    values: dict[str, Any] = {
        "my_text": "a <b> & c",
        "my_paragraph": "one\ntwo",
        "my_choice": "A",
        "my_choices": ["A", "B"],
        "my_yes_no": False,
        "my_number": 3.5,
        "my_date": "2026-11-21",
        "my_moment": "2026-11-21T03:00:00+00:00",
        "my_person": ada.person.pk,
        "my_link": "https://example.com/?a=1&b=2",
    }
    services.edit_incident(incident, wanted={"fields": values}, seen={}, by=ada.person, at=timezone.now())
    version = incident.version

    ada.clicks("Edit")
    ada.submits({})

    incident.refresh_from_db()
    assert (incident.field_values, incident.version) == (values, version)


def test_an_option_that_is_gone_may_stay_in_the_form(incident: Incident, ada: Actor, region: CustomField) -> None:
    Incident.objects.filter(pk=incident.pk).update(field_values={"region": "mars"})
    ada.clicks("Edit")
    assert ada.dialog_values["field_region"] == "mars"

    ada.submits({"title": "Renamed"})

    incident.refresh_from_db()
    assert (incident.title, incident.field_values) == ("Renamed", {"region": "mars"})


# The command ----------------------------------------------------------------------------------------------------------


def test_a_field_is_set_by_name_or_label(
    workspace: Workspace, incident: Incident, ada: Actor, region: CustomField
) -> None:
    for words in ("region EU", "Affected region united states", "region: europe", "affected REGION  us", "region=eu"):
        ada.says(f"@incident field {words}", in_=incident)

    changed = [entry.data["value"] for entry in incident.entries.filter(kind="field_changed")]
    assert changed == ["eu", "us", "eu", "us", "eu"]
    assert "*Affected region*  Europe" in workspace.headline(incident).text
    assert not workspace.channel(incident).shows("“Affected region” changed")  # people saw the commands
    ada.says("/incident field region us", in_=incident)
    assert workspace.channel(incident).shows("“Affected region” changed from Europe to United States · by Ada")


def test_each_kind_can_be_written(incident: Incident, ada: Actor, add_field: AddField) -> None:
    said = {
        "text": ("a & b", "a & b"),
        "paragraph": ("*bold*\nand more", "**bold**\nand more"),
        "yes_no": ("yes", True),
        "number": ("42", 42),
        "date": ("2026-11-20", "2026-11-20"),
        "choices": ("b, A", ["A", "B"]),
        "link": ("<https://example.com/?a=1&amp;b=2|example>", "https://example.com/?a=1&b=2"),
    }
    for kind, (words, _) in said.items():
        add_field(f"my_{kind}", f"My {kind}", kind, options=["A", "B"] if kind == "choices" else ())
        ada.says(f"@incident field my_{kind} {words}", in_=incident)

    incident.refresh_from_db()
    assert incident.field_values == {f"my_{kind}": kept for kind, (_, kept) in said.items()}


def test_people_and_times_are_written_as_everywhere(
    incident: Incident, ada: Actor, grace: Actor, add_field: AddField
) -> None:
    add_field("press", "Talks to the press", "person")
    add_field("told_at", "Customers told at", "moment")

    ada.says("@incident field press @grace", in_=incident)
    ada.says("@incident field told_at 10 minutes ago", in_=incident)
    ada.says("@incident fields", in_=incident)

    incident.refresh_from_db()
    assert incident.fields["press"] == grace.person
    assert abs((timezone.now() - incident.fields["told_at"]).total_seconds() - 600) < 120
    assert str(grace) in ada.told(in_=incident)


def test_fields_are_listed_with_what_they_say(
    incident: Incident, ada: Actor, region: CustomField, informed: CustomField
) -> None:
    Incident.objects.filter(pk=incident.pk).update(field_values={"region": "eu", "colour": "<red>"})

    ada.says("@incident fields", in_=incident)

    assert ada.told(in_=incident).splitlines()[:3] == [
        "• *Affected region* (`region`)  Europe",
        "• *Regulator informed?* (`informed`)  _not set_",
        "• colour  &lt;red&gt;  _no longer in use_",
    ]


def test_a_field_without_a_value_is_shown_with_how_to_change_it(
    incident: Incident, ada: Actor, region: CustomField, informed: CustomField
) -> None:
    ada.says("@incident field region", in_=incident)
    assert "one of `Europe`, `United States`" in ada.told(in_=incident)

    ada.says("/incident field regulator informed", in_=incident)
    assert "Within 72 hours." in ada.told(in_=incident)


def test_a_field_can_be_emptied(workspace: Workspace, incident: Incident, ada: Actor, region: CustomField) -> None:
    ada.says("@incident field region eu", in_=incident)
    ada.says("/incident field region empty", in_=incident)

    assert "Affected region" not in workspace.headline(incident).text
    assert workspace.channel(incident).shows("“Affected region” emptied; it said Europe")


def test_what_cannot_be_read_is_answered(incident: Incident, ada: Actor, region: CustomField) -> None:
    ada.says("@incident field regoin eu", in_=incident)
    assert "“regoin” isn't a field. Did you mean `region`?" in ada.told(in_=incident)

    ada.says("@incident field region Mars", in_=incident)
    assert "“Affected region” must be one of Europe, United States, not “Mars”." in ada.told(in_=incident)


def test_without_fields_the_command_says_so(incident: Incident, ada: Actor) -> None:
    ada.says("@incident fields", in_=incident)

    assert "There are no custom fields" in ada.told(in_=incident)


# Elsewhere ------------------------------------------------------------------------------------------------------------


def test_a_field_that_is_not_for_the_headline_draws_and_says_nothing(
    workspace: Workspace, incident: Incident, ada: Actor, tier: CustomField
) -> None:
    before = len(workspace.calls("chat.update")) + len(workspace.calls("chat.postMessage"))
    services.set_field(incident, name="tier", value=1, by=ada.person, at=timezone.now())
    workspace.settle()

    assert len(workspace.calls("chat.update")) + len(workspace.calls("chat.postMessage")) == before


def test_what_is_written_cannot_call_people(
    workspace: Workspace, incident: Incident, ada: Actor, add_field: AddField
) -> None:
    add_field("note", "Note", "text", headline=True)
    services.set_field(incident, name="note", value="<!channel> *b* & <@U1>", by=ada.person, at=timezone.now())
    workspace.settle()

    assert "&lt;!channel&gt;" in workspace.headline(incident).text
    assert not workspace.channel(incident).shows("<!channel>")


def test_the_words_after_resolve_wait_in_the_form_for_what_must_be_set(
    workspace: Workspace, incident: Incident, ada: Actor, informed: CustomField
) -> None:
    ada.says("/incident resolve The rollback helped", in_=incident)
    ada.clicks("Resolve INC-1", in_=incident)
    ada.submits({"Regulator informed?": "No"})

    assert "The rollback helped" in workspace.headline(incident).text
    assert "Resolved" in workspace.headline(incident).text


@pytest.mark.parametrize("way", ["button", "command"])
def test_resolving_asks_first_for_what_must_be_set(
    workspace: Workspace, incident: Incident, ada: Actor, informed: CustomField, way: str
) -> None:
    if way == "button":
        ada.clicks("Resolve")
    else:
        ada.says("/incident resolve", in_=incident)
    assert list(ada.dialog_values) == ["field_informed", "final_update"]

    ada.submits({"Regulator informed?": "No"})

    assert "Resolved" in workspace.headline(incident).text
    incident.refresh_from_db()
    assert incident.field_values == {"informed": False}

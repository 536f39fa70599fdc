"""What the testing kit says when a test asks for what is not there."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from incidents.models import Incident
from slackbot.testing import Actor, FormRefused, Workspace
from slackbot.testing.filling import choice, entered

OPTIONS = [
    {"value": "eu", "text": {"type": "plain_text", "text": "Europe"}},
    {"value": "us", "text": {"type": "plain_text", "text": "America"}},
]


def test_a_button_that_is_not_there_is_answered_with_those_that_are(incident: Incident, ada: Actor) -> None:
    with pytest.raises(AssertionError, match=r"no button 'Explode' in incidents. There are, newest first: .*Resolve"):
        ada.clicks("Explode")


def test_a_field_that_is_not_there_is_answered_with_those_that_are(workspace: Workspace, ada: Actor) -> None:
    ada.says("/incident Checkout returns 500s")

    with pytest.raises(AssertionError, match=r"has no field 'colour'. It has: title \(“Title”\)"):
        ada.submits({"colour": "red"})


def test_a_choice_that_is_not_there_is_answered_with_those_that_are(workspace: Workspace, ada: Actor) -> None:
    ada.says("/incident Checkout returns 500s")

    with pytest.raises(AssertionError, match=r"no choice 'horrible'. There is: .*[Cc]ritical"):
        ada.submits({"severity": "horrible"})


def test_nothing_can_be_submitted_where_no_dialog_is_open(workspace: Workspace, ada: Actor) -> None:
    with pytest.raises(AssertionError, match="No dialog is open in front of Ada Lovelace"):
        ada.submits({"title": "x"})


def test_a_refused_form_says_which_field_and_why(workspace: Workspace, ada: Actor) -> None:
    ada.says("/incident Checkout returns 500s")

    with pytest.raises(FormRefused, match=r"The dialog stayed open. title: Please complete"):
        ada.submits({"title": None})


def test_a_failing_test_reads_what_the_channel_shows(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("All is lost", in_=incident)
    shown = workspace.channel(incident).shows("All is well")

    assert not shown
    assert f"'All is well' not in {workspace.channel(incident).name}, which shows: All is lost | " in repr(shown)


@pytest.mark.parametrize(
    ("kind", "value", "sent"),
    [
        ("plain_text_input", "words", {"value": "words"}),
        ("number_input", 3, {"value": "3"}),
        ("users_select", "U0ADA", {"selected_user": "U0ADA"}),
        ("multi_users_select", ["U0ADA"], {"selected_users": ["U0ADA"]}),
        ("static_select", "Europe", {"selected_option": OPTIONS[0]}),
        ("radio_buttons", "us", {"selected_option": OPTIONS[1]}),
        ("checkboxes", ["us", "Europe"], {"selected_options": [OPTIONS[1], OPTIONS[0]]}),
        ("datepicker", date(2026, 11, 21), {"selected_date": "2026-11-21"}),
        ("timepicker", time(14, 5), {"selected_time": "14:05"}),
        ("datetimepicker", datetime(2026, 11, 21, 12, tzinfo=UTC), {"selected_date_time": 1795262400}),
        ("static_select", None, {"selected_option": None}),
    ],
)
def test_a_field_takes_what_a_person_would_put_there(kind: str, value: object, sent: object) -> None:
    assert entered({"type": kind, "options": OPTIONS}, value) == sent


def test_a_time_without_a_zone_and_one_where_several_belong_are_refused() -> None:
    with pytest.raises(AssertionError, match="in no time zone"):
        entered({"type": "datetimepicker"}, datetime(2026, 11, 21, 12))  # noqa: DTZ001
    with pytest.raises(AssertionError, match="give a list"):
        entered({"type": "checkboxes", "options": OPTIONS}, "eu")


def test_what_is_typed_into_a_search_chooses_the_only_one_that_fits() -> None:
    assert choice(OPTIONS[:1], "euro") == OPTIONS[0]
    with pytest.raises(AssertionError, match="There is: Europe, America"):
        choice(OPTIONS, "a")

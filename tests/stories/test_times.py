"""Times that people type in Slack, as the document shows them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from incidents.fields import CustomField
from incidents.models import Incident
from people.models import Person
from slackbot.testing import Actor, FormRefused, Workspace


def _note(incident: Incident) -> tuple[str, datetime | None]:
    entry = incident.entries.filter(kind="note_added").get()
    return entry.text, entry.happened_at


def test_a_note_is_filed_when_it_happened(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    before = timezone.now()
    ada.says("@incident timeline 10 minutes ago the disk was full", in_=incident)

    text, happened_at = _note(incident)
    assert text == "the disk was full"
    assert happened_at is not None
    assert timedelta(0) <= happened_at - (before - timedelta(minutes=10)) < timedelta(minutes=1)


def test_a_note_of_yesterday_in_utc_is_filed_there(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("@incident timeline yesterday 17:00 UTC the disk was full", in_=incident)

    text, happened_at = _note(incident)
    yesterday = timezone.now().astimezone(UTC).date() - timedelta(days=1)
    assert (text, happened_at) == (
        "the disk was full",
        datetime(yesterday.year, yesterday.month, yesterday.day, 17, tzinfo=UTC),
    )


def test_a_note_of_tomorrow_is_refused(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("@incident timeline tomorrow 10:00 maintenance", in_=incident)

    assert "is in the future" in ada.told(in_=incident)
    assert not incident.entries.filter(kind="note_added").exists()


@pytest.mark.parametrize("zone", ["Mars/Phobos", "", "../etc/passwd"])
def test_a_time_zone_that_nobody_here_knows_fails_nothing(
    workspace: Workspace, incident: Incident, ada: Actor, zone: str
) -> None:
    Person.objects.filter(pk=ada.person.pk).update(time_zone=zone)
    ada.says("@incident duration since 2026-11-20 09:15", in_=incident)

    incident.refresh_from_db()
    assert incident.started_at == datetime(2026, 11, 20, 9, 15, tzinfo=UTC)


@pytest.mark.in_this_process  # other processes do not know the field
@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Tokyo"])
@pytest.mark.parametrize("far", ["0001-01-01 00:00", "9999-12-31 23:59", "0001-01-01 00:00 UTC", "1 Jan 0001 10:00"])
def test_a_time_that_some_clocks_cannot_show_is_refused(
    workspace: Workspace,
    incident: Incident,
    ada: Actor,
    add_field: Callable[..., CustomField],
    zone: str,
    far: str,
) -> None:
    add_field("told_at", "Customers told at", "moment")
    Person.objects.filter(pk=ada.person.pk).update(time_zone=zone)
    version = incident.version

    ada.says(f"@incident field told_at {far}", in_=incident)
    assert "Choose a time between the years 1970 and 9000." in ada.told(in_=incident)

    refused = "is in the future." if far.startswith("9") else "Choose a time between the years 1970 and 9000."
    ada.says(f"@incident duration since {far}", in_=incident)
    assert refused in ada.told(in_=incident)
    if not far.startswith("1 "):  # a note begins with it as with any other words
        ada.says(f"@incident timeline {far} the disk was full", in_=incident)
        assert refused in ada.told(in_=incident)

    incident.refresh_from_db()
    assert incident.version == version


@pytest.mark.in_this_process  # other processes do not know the field
def test_a_time_before_1970_that_is_chosen_in_a_form_is_refused(
    workspace: Workspace, incident: Incident, ada: Actor, add_field: Callable[..., CustomField]
) -> None:
    add_field("told_at", "Customers told at", "moment")
    ada.clicks("Edit")

    with pytest.raises(FormRefused, match="a time between the years 1970 and 9000"):
        ada.submits({"field_told_at": datetime(1969, 12, 31, 23, 59, tzinfo=UTC)})

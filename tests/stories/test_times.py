"""Times that people type in Slack, as the document shows them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from incidents.models import Incident, Person
from slackbot.testing import Actor, Workspace


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

    assert "still to come" in ada.told(in_=incident)
    assert not incident.entries.filter(kind="note_added").exists()


@pytest.mark.parametrize("zone", ["Mars/Phobos", "", "../etc/passwd"])
def test_a_time_zone_that_nobody_here_knows_fails_nothing(
    workspace: Workspace, incident: Incident, ada: Actor, zone: str
) -> None:
    Person.objects.filter(pk=ada.person.pk).update(time_zone=zone)
    ada.says("@incident duration since 2026-11-20 09:15", in_=incident)

    incident.refresh_from_db()
    assert incident.started_at == datetime(2026, 11, 20, 9, 15, tzinfo=UTC)

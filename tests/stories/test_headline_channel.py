"""What people do to #incidents by hand: headlines wait, or follow, and operators read what to do."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone

from incidents import services
from incidents.models import EntryKind, Incident, Link
from slackbot.directory import workspace as slack
from slackbot.models import OutboxEntry
from slackbot.models import Workspace as Place
from slackbot.outbound.housekeeping import connect
from slackbot.testing import Actor, Workspace

pytestmark = pytest.mark.in_this_process  # the clock of another one cannot be moved


def _connect() -> Place:
    place = connect(now=timezone.now())
    slack.sync_people(place, now=timezone.now())
    return place


def _declare(workspace: Workspace, ada: Actor, title: str = "Search is down") -> Incident:
    found = services.declare_incident(title=title, reporter=ada.person, at=timezone.now())
    workspace.settle()
    return found


def _doctor() -> str:
    out = StringIO()
    try:
        call_command("doctor", stdout=out)
    except SystemExit as end:
        out.write(f"exit {end.code}")
    return out.getvalue()


def _troubles(incident: Incident) -> list[str]:
    return list(incident.entries.filter(kind=EntryKind.TROUBLE).values_list("text", flat=True))


def test_an_archived_one_makes_headlines_wait_and_lets_the_rest_go_on(
    workspace: Workspace, ada: Actor, grace: Actor, browser_of: Any
) -> None:
    ada.does("channel.archive", channel="incidents")
    before = timezone.now()
    synced_at = _connect().people_synced_at
    assert synced_at is not None
    assert synced_at > before
    incident = _declare(workspace, ada)
    workspace.after(minutes=30)

    assert ada.id in workspace.channel(incident).members
    assert "#incidents is archived, so headlines can't be posted." in _doctor()
    assert "Unarchive it in Slack, or set INCIDENT_CHANNEL" in _doctor()
    browser = browser_of(ada.person)
    User.objects.filter(person=ada.person).update(is_staff=True)
    assert "#incidents is archived" in browser.get("/operators/").content.decode()
    assert _troubles(incident) == []
    assert not OutboxEntry.objects.exclude(given_up_at=None).exists()

    ada.does("channel.unarchive", channel="incidents")
    assert "Search is down" in workspace.headline(incident).text
    assert "is archived" not in _doctor()
    assert workspace.refused_calls() == []


def test_one_that_is_archived_without_a_word_is_found_out_by_one_refusal(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    workspace.sandbox.control("faults", deliveries={"drop": 2})
    ada.does("channel.archive", channel="incidents")
    workspace.sandbox.control("faults", clear=True)
    workspace.expected_refusals.add("is_archived")
    services.rename_incident(incident, to="Payments fail", by=ada.person, at=timezone.now())
    workspace.settle()
    services.post_update(incident, text="Half of it works", by=ada.person, at=timezone.now())
    workspace.settle()
    workspace.after(minutes=30)

    assert sum(call["error"] == "is_archived" for call in workspace.sandbox.get("calls", limit=5000)["calls"]) == 1
    assert _troubles(incident) == []
    workspace.sandbox.control("faults", deliveries={"drop": 2})
    ada.does("channel.unarchive", channel="incidents")
    workspace.after(hours=2)
    assert "Payments fail" in workspace.headline(incident).text
    assert any("Half of it works" in text for text in workspace.channel("#incidents").texts)


@pytest.mark.parametrize("told", [True, False])
def test_a_renamed_one_is_followed(workspace: Workspace, incident: Incident, ada: Actor, told: bool) -> None:
    where = workspace.channel("#incidents").id
    if not told:
        workspace.sandbox.control("faults", deliveries={"drop": 2})
    ada.does("channel.rename", channel="incidents", name="outages")
    workspace.sandbox.control("faults", clear=True)
    _connect()
    other = _declare(workspace, ada)

    assert workspace.headline(other) in workspace.channel("#outages").messages()
    assert workspace.channel("#outages").id == where
    assert "#incidents was renamed; headlines go to #outages" in _doctor()
    labels = Link.objects.filter(kind=Link.HEADLINE).values_list("label", flat=True)
    assert set(labels) == {"Headline in #outages"}


def test_a_deleted_one_is_made_anew(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    gone = workspace.channel("#incidents").id
    workspace.expected_refusals.add("channel_not_found")
    ada.does("channel.delete", channel="incidents")

    other = _declare(workspace, ada)
    assert workspace.channel("#incidents").id != gone
    assert "Search is down" in workspace.headline(other).text
    assert "Checkout returns 500s" in workspace.headline(incident).text
    assert Link.objects.filter(incident=incident, kind=Link.HEADLINE).count() == 1


def test_a_public_one_is_joined_again(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.does("channel.kick", channel=workspace.channel("#incidents").id, member=workspace.BOT)

    assert "Search is down" in workspace.headline(_declare(workspace, ada)).text


def test_a_private_one_needs_an_invitation(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    where = workspace.channel("#incidents").id
    ada.does("channel.convert_to_private", channel=where)
    _connect()
    ada.does("channel.kick", channel=where, member=workspace.BOT)
    other = _declare(workspace, ada)

    assert "Response doesn't see #incidents" in _doctor()
    assert "/invite @incident" in _doctor()
    _connect()  # makes no public one in its place
    workspace.expected_refusals.add("channel_not_found")
    ada.does("channel.invite", channel=where, users=[workspace.BOT])
    assert "Search is down" in workspace.headline(other).text


def test_an_id_is_joined(workspace: Workspace, ada: Actor, settings: Any) -> None:
    ada.does("channel.create", name="ops-room")
    settings.INCIDENT_CHANNEL = workspace.channel("#ops-room").id
    _connect()

    assert workspace.headline(_declare(workspace, ada)) in workspace.channel("#ops-room").messages()
    assert "headlines go to #ops-room" in _doctor()


def test_an_id_that_changed_when_the_channel_was_shared_is_followed(
    workspace: Workspace, ada: Actor, settings: Any
) -> None:
    settings.INCIDENT_CHANNEL = workspace.channel("#incidents").id
    _connect()
    ada.does("channel.share", channel=workspace.channel("#incidents").id)
    _connect()

    assert workspace.headline(_declare(workspace, ada)) in workspace.channel("#incidents").messages()
    assert "✗ Headlines" not in _doctor()


def test_an_id_that_we_do_not_see_is_no_success(workspace: Workspace, ada: Actor, settings: Any) -> None:
    ada.does("channel.create", name="secret-ops", private=True)
    settings.INCIDENT_CHANNEL = workspace.channel("#secret-ops").id
    workspace.expected_refusals.add("channel_not_found")
    _connect()
    incident = _declare(workspace, ada)

    assert "✗ Headlines: Response doesn't see" in _doctor()
    ada.does("channel.invite", channel="secret-ops", users=[workspace.BOT])
    workspace.after(minutes=5)
    assert "Search is down" in workspace.headline(incident).text


def test_headlines_move_to_the_channel_that_is_configured_instead(
    workspace: Workspace, incident: Incident, ada: Actor, settings: Any
) -> None:
    ada.does("channel.archive", channel="incidents")
    services.rename_incident(incident, to="Payments fail", by=ada.person, at=timezone.now())
    workspace.settle()
    ada.does("channel.create", name="outages")
    settings.INCIDENT_CHANNEL = "outages"
    workspace.expected_refusals.add("is_archived")
    _connect()
    workspace.settle()

    assert "Payments fail" in "\n".join(workspace.channel("#outages").texts)
    assert _troubles(incident) == []


@pytest.mark.parametrize("error", ["restricted_action", "channel_is_limited_access", "missing_scope", "any_new_code"])
def test_whatever_slack_refuses_people_are_still_synced(workspace: Workspace, ada: Actor, error: str) -> None:
    rules = [
        {"method": method, "fault": f"error:{error}"}
        for method in ("conversations.info", "conversations.list", "conversations.create", "conversations.join")
    ]
    workspace.sandbox.control("faults", rules=rules)
    before = timezone.now()

    synced_at = _connect().people_synced_at
    assert synced_at is not None
    assert synced_at > before
    assert f"(`{error}`)" in _doctor()
    workspace.sandbox.control("faults", clear=True)
    workspace.after(hours=1)
    assert f"(`{error}`)" not in _doctor()
    assert "Search is down" in workspace.headline(_declare(workspace, ada)).text


@pytest.mark.long
@pytest.mark.parametrize("error", ["is_archived", "not_in_channel", "channel_not_found"])
@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
def test_a_refusal_that_is_not_true_delays_headlines_and_no_more(
    workspace: Workspace, incident: Incident, ada: Actor, error: str, method: str
) -> None:
    workspace.sandbox.control("faults", rules=[{"method": method, "channel": "C0INCIDENTS", "fault": f"error:{error}"}])
    other = _declare(workspace, ada)
    services.rename_incident(incident, to="Payments fail", by=ada.person, at=timezone.now())
    services.post_update(incident, text="Half of it works", by=ada.person, at=timezone.now())
    workspace.settle()
    workspace.after(minutes=20)
    refused = sum(call["error"] == error for call in workspace.sandbox.get("calls", limit=5000)["calls"])
    assert refused < 40
    workspace.sandbox.control("faults", clear=True)
    workspace.after(hours=1)

    assert "Search is down" in workspace.headline(other).text
    assert "Payments fail" in workspace.headline(incident).text
    assert sum(text.startswith("*Ada Lovelace*: Half") for text in workspace.channel("#incidents").texts) == 1
    assert max(len(_troubles(each)) for each in (incident, other)) <= 1  # Slack did refuse it, for minutes

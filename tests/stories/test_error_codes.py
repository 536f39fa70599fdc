"""Slack answers with error codes: what can pass is tried again, and one refusal stops nothing else."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from incidents import services
from incidents.models import EntryKind, Incident
from slackbot.directory import workspace as slack
from slackbot.models import OutboxEntry
from slackbot.models import Workspace as KnownWorkspace
from slackbot.operators import auditor
from slackbot.outbound import refusals
from slackbot.outbound.housekeeping import connect
from slackbot.testing import Actor, Workspace

pytestmark = pytest.mark.in_this_process  # the clock of another one cannot be moved

CHANNEL = "#inc-1-search-is-down"


def _answers(workspace: Workspace, code: str, *, method: str = "*", **rule: Any) -> None:
    workspace.sandbox.control("faults", rules=[{"method": method, "fault": f"error:{code}", **rule}])


def _clear(workspace: Workspace) -> None:
    workspace.sandbox.control("faults", clear=True)


def _declare(ada: Actor, **values: Any) -> None:
    ada.says("/incident Search is down")
    ada.submits(values)


def _troubles(incident: Incident) -> list[str]:
    return list(incident.entries.filter(kind=EntryKind.TROUBLE).values_list("text", flat=True))


@pytest.mark.long
@pytest.mark.parametrize(
    "code",
    ["team_added_to_org", "org_login_required", "token_revoked", "missing_scope", "restricted_action", "brand_new"],
)
def test_headline_and_channel_appear_once_slack_takes_calls_again(workspace: Workspace, ada: Actor, code: str) -> None:
    ada.says("/incident Search is down")
    _answers(workspace, code)
    ada.submits()
    workspace.after(minutes=50)

    _clear(workspace)
    workspace.after(minutes=11)

    assert "Search is down" in workspace.headline(Incident.objects.get()).text
    channel = workspace.channel(CHANNEL)
    assert ada.id in channel.members
    assert "Search is down" in channel.topic
    assert channel.bookmarks
    assert not OutboxEntry.objects.filter(is_open=True).exists()
    assert not OutboxEntry.objects.exclude(given_up_at=None).exists()


def test_a_refusal_of_the_whole_workspace_is_logged_once_and_blamed_on_no_incident(
    workspace: Workspace, incident: Incident, ada: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    _answers(workspace, "org_login_required")
    for number in range(4):
        services.post_update(incident, text=f"News {number}", by=ada.person, at=timezone.now())
    workspace.settle()
    workspace.after(hours=2)

    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert [record.getMessage() for record in errors] == [
        "Slack refuses all calls: org_login_required. Nothing is lost: Response keeps retrying."
    ]
    assert _troubles(incident) == []


def test_operators_read_once_why_everything_waits(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    _answers(workspace, "team_added_to_org")
    services.post_update(incident, text="One", by=ada.person, at=timezone.now())
    services.rename_incident(incident, to="Cards are refused", by=ada.person, at=timezone.now())
    workspace.settle()
    workspace.after(minutes=3)

    about_all = [text for text in auditor.audit(timezone.now()) if "refuses all calls" in text]
    assert len(about_all) == 1
    assert about_all[0].startswith("Slack refuses all calls: team_added_to_org. A message has been waiting since ")
    said = io.StringIO()
    with suppress(SystemExit):  # it found something
        call_command("doctor", stdout=said)
    assert said.getvalue().count("✗ Slack refuses all calls: team_added_to_org.") == 1

    _clear(workspace)
    workspace.after(minutes=6)
    assert not [text for text in auditor.audit(timezone.now()) if "refuses all calls" in text]


def test_what_an_older_version_gave_up_is_tried_again(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    _answers(workspace, "too_long", method="conversations.setTopic", times=1)
    services.rename_incident(incident, to="Cards are refused", by=ada.person, at=timezone.now())
    workspace.settle()
    assert "Cards are refused" not in workspace.channel(incident).topic
    auditor.audit(timezone.now())
    workspace.settle()
    assert "Cards are refused" not in workspace.channel(incident).topic

    OutboxEntry.objects.filter(kind="topic").update(error="team_added_to_org")
    auditor.audit(timezone.now())
    workspace.settle()
    assert "Cards are refused" in workspace.channel(incident).topic


def test_one_who_cannot_be_invited_keeps_nobody_out_and_comes_when_slack_lets_them(
    workspace: Workspace, ada: Actor, grace: Actor, linus: Actor
) -> None:
    ada.says("/incident Search is down")
    rule = {"method": "conversations.invite", "fault": "error:org_user_not_in_team", "args": {"users": ada.id}}
    workspace.sandbox.control("faults", rules=[rule])
    ada.submits({"lead": grace})
    workspace.after(minutes=3)
    grace.says("@incident lead @linus", in_=CHANNEL)
    incident = Incident.objects.get()

    members = workspace.channel(CHANNEL).members
    assert grace.id in members
    assert linus.id in members
    assert ada.id not in members
    assert _troubles(incident) == [
        (
            "We couldn't invite Ada Lovelace to the channel: this person isn't a member of this workspace "
            "(`org_user_not_in_team`). We keep trying. You can also invite them in Slack yourself."
        )
    ]
    assert sum("couldn't invite Ada Lovelace" in text for text in grace.direct_messages()) == 1

    _clear(workspace)
    workspace.after(minutes=11)
    assert ada.id in workspace.channel(CHANNEL).members
    assert len(_troubles(incident)) == 1


def test_what_slack_refuses_steps_aside_after_a_minute(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor
) -> None:
    _answers(workspace, "restricted_action", method="chat.postMessage")
    services.post_update(incident, text="The first", by=ada.person, at=timezone.now())
    workspace.settle()
    workspace.after(minutes=3)
    rule = {
        "method": "chat.postMessage",
        "fault": "error:restricted_action",
        "args": {"text": "*Ada Lovelace*: The first"},
    }
    workspace.sandbox.control("faults", rules=[rule])
    services.post_update(incident, text="The second", by=ada.person, at=timezone.now())
    workspace.settle()
    assert workspace.channel("#incidents").shows("The second")
    assert not workspace.channel("#incidents").shows("The first")
    assert sum("refused the update" in text for text in _troubles(incident)) == 1
    assert refusals.count() > 0

    _clear(workspace)
    workspace.after(minutes=11)
    assert workspace.channel("#incidents").shows("The first")


@pytest.mark.parametrize("code", ["message_not_found", "channel_not_found", "is_archived"])
def test_a_headline_that_slack_says_is_gone_and_is_not_stays_one(
    workspace: Workspace, incident: Incident, ada: Actor, code: str
) -> None:
    _answers(workspace, code, method="chat.update")
    services.rename_incident(incident, to="Cards are refused", by=ada.person, at=timezone.now())
    workspace.after(minutes=5)
    _clear(workspace)
    workspace.after(minutes=11)

    assert "Cards are refused" in workspace.headline(incident).text
    headlines = [message for message in workspace.channel("#incidents").messages() if "INC-1" in message.text]
    assert len(headlines) == 1


def test_content_that_slack_rejects_is_given_up_at_once(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    _answers(workspace, "too_long", method="conversations.setTopic", times=1)
    services.rename_incident(incident, to="Cards are refused", by=ada.person, at=timezone.now())
    workspace.settle()

    assert OutboxEntry.objects.get(kind="topic").given_up_at is not None
    assert _troubles(incident) == ["Slack refused the topic: `too_long`"]


def test_the_bot_that_was_removed_from_the_headlines_channel_comes_back(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    workspace.sandbox.control("faults", deliveries={"drop": 1})  # so that only the refusal tells us
    workspace.expected_refusals.add("not_in_channel")
    ada.does("channel.kick", channel=workspace.channel("#incidents").id, member=workspace.BOT)
    services.post_update(incident, text="Half of it works", by=ada.person, at=timezone.now())
    workspace.settle()

    assert workspace.channel("#incidents").shows("Half of it works")
    assert len(workspace.calls("conversations.join")) == 1


def test_a_missing_permission_for_one_thing_does_not_stop_getting_to_know_people(workspace: Workspace) -> None:
    _answers(workspace, "missing_scope", method="bots.info")

    place = connect(now=timezone.now())
    slack.sync_people(place, now=timezone.now())

    assert KnownWorkspace.objects.get().people_synced_at is not None


def test_the_work_moves_to_a_private_channel_once_slack_lets_it(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    ada.says("Nobody else reads this", in_=incident)
    public = workspace.channel(incident).id
    _answers(workspace, "restricted_action", method="conversations.*")
    ada.says("@incident private on", in_=incident)
    workspace.after(minutes=20)
    _clear(workspace)
    workspace.after(minutes=11)

    private = workspace.channel(incident)
    assert private.id != public
    assert ada.id in private.members
    old = workspace.channel(public)
    assert old.raw["is_archived"]
    assert old.topic == "Closed"
    assert "closed" in old.name

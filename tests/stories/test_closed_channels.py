"""What people do to an incident's channel by hand: it is reported once, and caught up with afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from incidents import services
from incidents.models import EntryKind, Incident, Link, Status
from slackbot.kit.effects import Post
from slackbot.models import CommsChannel, Headline, OutboxEntry
from slackbot.outbound.deliveries.post import say_in_channel
from slackbot.testing import Actor, Workspace
from tests.stories.test_headline_channel import _doctor

pytestmark = pytest.mark.in_this_process  # the clock of another one cannot be moved

REFUSALS = ("is_archived", "not_in_channel", "channel_not_found", "permission_denied")


def _troubles(incident: Incident) -> list[str]:
    return list(incident.entries.filter(kind=EntryKind.TROUBLE).values_list("text", flat=True))


def _refused(workspace: Workspace) -> int:
    return sum(call["error"] in REFUSALS for call in workspace.sandbox.get("calls", limit=5000)["calls"])


def _set_status(workspace: Workspace, incident: Incident, by: Actor, status: Status = Status.IDENTIFIED) -> None:
    services.change_status(incident, to=status, by=by.person, at=timezone.now())
    workspace.settle()


def _unseen(workspace: Workspace, number: int = 3) -> None:
    """Lose the next events."""
    workspace.sandbox.control("faults", deliveries={"drop": number})


def _seen(workspace: Workspace) -> None:
    workspace.sandbox.control("faults", deliveries={"drop": 0})


@pytest.mark.parametrize("private", [False, True])
def test_an_archived_channel_is_quiet_and_caught_up_with(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor, private: bool
) -> None:
    if private:
        ada.says("@incident private on", in_=incident)
    channel = workspace.channel(incident)
    ada.does("channel.archive", channel=channel.id)
    reported = _troubles(incident)
    services.assign_lead(incident, to=ada.person, by=ada.person, at=timezone.now())
    _set_status(workspace, incident, ada)
    workspace.after(hours=3)

    assert _troubles(incident) == reported
    assert [text for text in reported if "archived" in text] == reported[-1:]
    assert sum("archived" in text for text in ada.direct_messages()) == 1
    assert _refused(workspace) == 0
    assert not OutboxEntry.objects.exclude(given_up_at=None).exists()
    before = len(workspace.channel(incident).messages())

    ada.does("channel.unarchive", channel=channel.id)
    assert "Identified" in workspace.channel(incident).topic
    texts = workspace.channel(incident).texts[before:]
    assert sum("Identified" in text for text in texts) == 1
    assert len(texts) < 8
    assert _troubles(incident) == reported
    assert _refused(workspace) == 0


def test_archiving_after_the_end_is_no_trouble(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    services.resolve_incident(incident, by=ada.person, at=timezone.now())
    workspace.settle()
    ada.does("channel.archive", channel=workspace.channel(incident).id)
    workspace.after(hours=3)

    assert _troubles(incident) == []
    assert not any("archived" in text for text in ada.direct_messages())


def test_old_messages_are_not_posted_when_the_channel_is_back(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    channel = workspace.channel(incident)
    ada.does("channel.archive", channel=channel.id)
    _set_status(workspace, incident, ada)
    workspace.after(days=2)
    _set_status(workspace, incident, ada, Status.MONITORING)
    ada.does("channel.unarchive", channel=channel.id)

    assert not workspace.channel(incident).shows("Identified")
    assert workspace.channel(incident).shows("Monitoring")
    assert "Monitoring" in workspace.channel(incident).topic


def test_we_join_a_public_channel_again_when_there_is_something_to_post(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    channel = workspace.channel(incident)
    ada.does("channel.kick", channel=channel.id, member=workspace.BOT)
    assert len(_troubles(incident)) == 1
    assert "It joins again when it has something to post" in _troubles(incident)[0]
    workspace.after(hours=1)
    assert workspace.BOT not in workspace.channel(incident).members

    ada.says("/incident status identified", in_=incident)
    assert "It joins again" in ada.told(in_=incident)
    assert workspace.BOT in workspace.channel(incident).members
    assert workspace.channel(incident).shows("Identified")
    assert "Identified" in workspace.channel(incident).topic
    assert len(_troubles(incident)) == 1
    assert _refused(workspace) == 0
    assert CommsChannel.objects.get(incident=incident).closed_as == ""


def test_a_private_channel_needs_an_invitation(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor
) -> None:
    ada.says("@incident private on @grace", in_=incident)
    channel = workspace.channel(incident)
    before = _troubles(incident)
    ada.does("channel.kick", channel=channel.id, member=workspace.BOT)
    _set_status(workspace, incident, ada)
    workspace.after(hours=3)

    assert len(_troubles(incident)) == len(before) + 1
    assert "Invite it back" in _troubles(incident)[-1]
    workspace.expected_refusals.add("channel_not_found")  # Slack is asked now and then whether we are back
    ada.does("channel.invite", channel=channel.id, users=[workspace.BOT])
    assert workspace.channel(incident).shows("Identified")
    assert "Identified" in workspace.channel(incident).topic
    assert len(_troubles(incident)) == len(before) + 1


@pytest.mark.parametrize("deed", ["archive", "kick", "kick private"])
def test_what_slack_did_not_tell_is_found_out_by_one_refusal(
    workspace: Workspace, incident: Incident, ada: Actor, deed: str
) -> None:
    workspace.expected_refusals.update(REFUSALS)
    if "private" in deed:
        ada.says("@incident private on", in_=incident)
    channel = workspace.channel(incident)
    before = len(_troubles(incident))
    _unseen(workspace)
    if deed == "archive":
        ada.does("channel.archive", channel=channel.id)
    else:
        ada.does("channel.kick", channel=channel.id, member=workspace.BOT)
    _seen(workspace)
    refused = _refused(workspace)
    _set_status(workspace, incident, ada)
    ada.says("/incident summary Cards are refused", in_="#general")
    workspace.after(hours=1)

    assert len(_troubles(incident)) == before + (deed != "kick")
    if deed != "kick":
        assert _refused(workspace) - refused <= 12
        _unseen(workspace)
        if deed == "archive":
            ada.does("channel.unarchive", channel=channel.id)
        else:
            ada.does("channel.invite", channel=channel.id, users=[workspace.BOT])
        _seen(workspace)
        workspace.after(hours=2)
    assert workspace.channel(incident).shows("Identified")
    assert "Identified" in workspace.channel(incident).topic
    assert not OutboxEntry.objects.exclude(given_up_at=None).exists()


@pytest.mark.parametrize("error", ["is_archived", "not_in_channel", "channel_not_found"])
def test_a_refusal_that_is_not_true_delays_and_no_more(
    workspace: Workspace, incident: Incident, ada: Actor, error: str
) -> None:
    channel = workspace.channel(incident).id
    rules = [
        {"method": method, "channel": channel, "fault": f"error:{error}"}
        for method in ("chat.postMessage", "conversations.setTopic", "conversations.invite", "bookmarks.add")
    ]
    workspace.sandbox.control("faults", rules=rules)
    _set_status(workspace, incident, ada)
    services.rename_incident(incident, to="Payments fail", by=ada.person, at=timezone.now())
    workspace.settle()
    workspace.after(minutes=30)
    assert sum(call["error"] == error for call in workspace.sandbox.get("calls", limit=5000)["calls"]) < 60
    workspace.sandbox.control("faults", clear=True)
    workspace.after(hours=1)

    assert "Payments fail" in workspace.channel(incident).topic
    assert sum("Identified" in text for text in workspace.channel(incident).texts) == 1
    assert _troubles(incident) == []
    assert not OutboxEntry.objects.exclude(given_up_at=None).exists()


def test_a_single_post_that_slack_refused_by_mistake_is_posted(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    channel = workspace.channel(incident)
    rule = {"method": "chat.postMessage", "channel": channel.id, "fault": "error:channel_not_found", "times": 1}
    workspace.sandbox.control("faults", rules=[rule])
    say_in_channel(incident, Post("The pager rings"), key="ring", now=timezone.now())
    workspace.settle()
    workspace.after(hours=1)

    assert workspace.channel(incident).texts.count("The pager rings") == 1
    assert not OutboxEntry.objects.exclude(given_up_at=None).exists()


def test_commands_from_elsewhere_work_and_say_that_the_channel_is_archived(
    workspace: Workspace, incident: Incident, ada: Actor, browser_of: Any
) -> None:
    channel = workspace.channel(incident)
    ada.does("channel.archive", channel=channel.id)

    ada.clicks("Edit")
    ada.submits({"title": "Payments fail"})
    assert f"#{channel.name} is archived" in ada.told(in_="#incidents")
    assert "Payments fail" in workspace.headline(incident).text
    page = browser_of(ada.person).get(f"/incidents/{incident.number}/").content.decode()
    assert f"#{channel.name} is archived" in page
    assert f"INC-1: #{channel.name} is archived" in _doctor()
    User.objects.filter(person=ada.person).update(is_staff=True)
    assert f"#{channel.name} is archived" in browser_of(ada.person).get("/operators/").content.decode()


@pytest.mark.parametrize("private", [False, True])
def test_a_renamed_channel_has_its_new_name_everywhere(
    workspace: Workspace, incident: Incident, ada: Actor, private: bool, browser_of: Any
) -> None:
    if private:
        ada.says("@incident private on", in_=incident)
    ada.does("channel.rename", channel=workspace.channel(incident).id, name="checkout-war-room")

    assert CommsChannel.objects.get(incident=incident).name == "checkout-war-room"
    page = browser_of(ada.person).get(f"/incidents/{incident.number}/").content.decode()
    assert "#checkout-war-room" in page


def test_a_topic_by_hand_stays_until_something_that_it_shows_changes(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    ada.does("channel.set_topic", channel=workspace.channel(incident).id, text="Call: https://meet.example/1")
    services.write_summary(incident, text="Cards are refused", by=ada.person, at=timezone.now())
    workspace.settle()
    assert "meet.example" in workspace.channel(incident).topic

    _set_status(workspace, incident, ada)
    assert "Identified" in workspace.channel(incident).topic


def test_a_shared_channel_is_known_by_its_new_id(
    workspace: Workspace, incident: Incident, ada: Actor, browser_of: Any
) -> None:
    old = workspace.channel(incident).id
    said = ada.says("The disk is full", in_=incident)
    ada.pins(said, in_=incident)
    ada.does("channel.share", channel=old)
    new = CommsChannel.objects.get(incident=incident).channel_id
    assert new != old

    _set_status(workspace, incident, ada)
    ada.says("@incident sev major", in_=incident)
    ada.unpins(said, in_=incident)
    assert workspace.channel(new).shows("Identified")
    assert "Major" in workspace.channel(new).topic
    assert incident.pins.filter(removed_at=None).count() == 0
    assert f"/archives/{new}" in Link.objects.get(incident=incident, kind=Link.CHANNEL).url
    assert _troubles(incident) == []
    assert _refused(workspace) == 0


def test_a_shared_headline_channel_is_known_by_its_new_id(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    old = workspace.channel("#incidents").id
    ada.does("channel.share", channel=old)
    services.rename_incident(incident, to="Payments fail", by=ada.person, at=timezone.now())
    workspace.settle()

    assert "Payments fail" in workspace.headline(incident).text
    assert Headline.objects.get(incident=incident).channel_id == workspace.channel("#incidents").id != old
    assert len(workspace.channel("#incidents").messages()) > 0
    assert f"/archives/{workspace.channel('#incidents').id}/" in Link.objects.get(kind=Link.HEADLINE).url
    assert _refused(workspace) == 0


def test_what_is_said_at_once_in_a_shared_channel_is_heard(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    answer = workspace.sandbox.act("channel.share", ada.id, channel=workspace.channel(incident).id)
    new = answer["channel"]["id"]
    workspace.sandbox.act("message.send", ada.id, channel=new, text="@incident sev major")
    workspace.settle()

    assert "Major" in workspace.channel(new).topic


def test_an_id_that_changed_without_a_word_is_found_out(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    workspace.expected_refusals.update(REFUSALS)
    _unseen(workspace)
    ada.does("channel.share", channel=workspace.channel(incident).id)
    _seen(workspace)
    _set_status(workspace, incident, ada)
    workspace.after(minutes=5)

    assert workspace.channel(incident).shows("Identified")
    assert _troubles(incident) == []


@pytest.mark.parametrize("how", ["archive", "delete"])
def test_a_new_lead_is_told_although_the_channel_is_closed(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor, how: str
) -> None:
    grace.joins(incident)
    ada.does(f"channel.{how}", channel=workspace.channel(incident).id)
    services.assign_lead(incident, to=grace.person, by=ada.person, at=timezone.now())
    workspace.settle()

    (told,) = grace.direct_messages()
    assert "made you the lead" in told
    assert "join" not in told


def test_what_waited_for_a_deleted_channel_is_posted_in_the_next(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    ada.does("channel.delete", channel=workspace.channel(incident).id)
    say_in_channel(incident, Post("The vendor is called"), key="vendor", now=timezone.now())
    workspace.settle()
    ada.clicks("Create channel")

    assert workspace.channel(incident).shows("The vendor is called")


def test_a_deleted_channel_can_be_made_anew(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    old = workspace.channel(incident).id
    ada.does("channel.delete", channel=old)
    _set_status(workspace, incident, ada)
    assert len(_troubles(incident)) == 1
    assert sum("was deleted in Slack" in text for text in ada.direct_messages()) == 1

    ada.clicks("Create channel")
    assert workspace.channel(incident).id != old
    assert ada.id in workspace.channel(incident).members
    assert "Identified" in workspace.channel(incident).topic
    assert _refused(workspace) == 0

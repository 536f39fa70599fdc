"""Private means private: who sees an incident, what moves in Slack, and who is turned away."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from incidents import queries, services
from incidents.models import EntryKind, Incident
from slackbot.models import CommsChannel, Headline
from slackbot.testing import Actor, FormRefused, Workspace
from tests import signed


@pytest.fixture
def guest(workspace: Workspace) -> Actor:
    made = workspace.sandbox.control("people", name="visitor", real_name="Visiting Guest", is_restricted=True)
    workspace.settle()
    return Actor(workspace, made["user"]["id"])


@pytest.fixture
def foreigner(workspace: Workspace) -> Actor:
    made = workspace.sandbox.control(
        "people", name="partner", real_name="Partner", team_id="T0PARTNER", is_stranger=True
    )
    workspace.settle()
    return Actor(workspace, made["user"]["id"])


def _sees(actor: Actor, incident: Incident) -> bool:
    return queries.incidents(actor.person).filter(pk=incident.pk).exists()


def _texts(actor: Actor, place: str) -> str:
    return "\n".join(message.text for message in actor.sees(place))


def test_an_incident_declared_private_never_reaches_the_headline_channel(
    workspace: Workspace, ada: Actor, grace: Actor
) -> None:
    ada.says("/incident Acquisition leaked")
    ada.submits({"private": ["Private"]})
    incident = Incident.objects.get()

    assert incident.private
    assert "Acquisition" not in _texts(grace, "#incidents")
    assert workspace.channel(incident).raw["kind"] == "private"
    assert not _sees(grace, incident)


def test_the_work_moves_to_a_private_channel_and_the_old_one_is_cleared(
    incident: Incident, workspace: Workspace, ada: Actor, grace: Actor, linus: Actor
) -> None:
    grace.joins(incident)
    grace.says("I can help", in_=incident)
    ada.says("@incident update Customer data is affected", in_=incident)
    old = CommsChannel.objects.get(incident=incident).channel_id
    headline = Headline.objects.get(incident=incident)

    ada.says("@incident private on", in_=incident)

    channel = workspace.channel(incident)
    assert channel.id != old
    assert channel.raw["kind"] == "private"
    assert {ada.id, grace.id} <= set(channel.members)
    assert linus.id not in channel.members
    cleared = workspace.channel(old)
    assert cleared.raw["is_archived"]
    assert cleared.name == "inc-1-closed"
    assert cleared.raw["topic"]["value"] == "Closed"
    ours = [
        message.text for message in cleared.messages() if message.raw.get("bot_id") and not message.raw.get("subtype")
    ]
    assert ours == ["This channel is closed. The work continues elsewhere."]
    replies = workspace.calls("conversations.replies")
    assert any(call["args"]["ts"] == headline.ts for call in replies)
    assert "Customer data" not in _texts(linus, "#incidents")
    assert _sees(grace, incident)
    assert not _sees(linus, incident)
    assert "Slack can't undo everything" in ada.told(in_=old)
    assert not incident.entries.filter(kind=EntryKind.TROUBLE).exists()


def test_only_the_people_who_were_chosen_come_along(
    incident: Incident, workspace: Workspace, ada: Actor, grace: Actor, linus: Actor
) -> None:
    for each in (grace, linus):
        each.joins(incident)
        each.says("I can help", in_=incident)
    ada.says("@incident private", in_=incident)
    ada.clicks("make-private", in_=incident)
    ada.submits({"people": [linus]})

    assert _sees(linus, incident)
    assert not _sees(grace, incident)
    assert grace.id not in workspace.channel(incident).members


def test_the_form_says_what_slack_cannot_take_back_before_anybody_confirms(
    incident: Incident, workspace: Workspace, ada: Actor
) -> None:
    ada.says("@incident private", in_=incident)
    ada.clicks("make-private", in_=incident)

    assert "Slack can't undo everything: the archived channel stays readable" in json.dumps(ada.dialog)
    assert not Incident.objects.get().private


def test_a_bot_or_somebody_deactivated_cannot_be_chosen(incident: Incident, workspace: Workspace, ada: Actor) -> None:
    workspace.sandbox.control("people/U0RADIA", deleted=True)
    workspace.settle()
    ada.says("@incident private", in_=incident)
    ada.clicks("make-private", in_=incident)

    with pytest.raises(FormRefused) as refused:
        ada.submits({"people": ["U0RADIA"]})

    assert "is deactivated and can't be invited." in str(refused.value)
    assert not Incident.objects.get().private


def _page(actor: Actor) -> str:
    person = actor.person
    if person.login is None:
        person.login = User.objects.create_user(f"login-{person.pk}")
        person.save(update_fields=["login"])
    browser = Client()
    browser.force_login(person.login)
    return browser.get("/incidents/1/").content.decode()


def test_who_is_removed_on_the_web_is_removed_from_the_channel_and_can_be_invited_again(
    incident: Incident, workspace: Workspace, ada: Actor, grace: Actor
) -> None:
    ada.says("@incident private on @grace", in_=incident)
    private = workspace.channel(incident).id
    assert grace.id in workspace.channel(private).members

    services.expel_member(incident, person=grace.person, by=ada.person, at=timezone.now())
    workspace.settle()
    assert grace.id not in workspace.channel(private).members
    assert not _sees(grace, incident)

    services.invite_member(incident, person=grace.person, by=ada.person, at=timezone.now())
    workspace.settle()
    assert grace.id in workspace.channel(private).members
    assert _sees(grace, incident)
    assert len(workspace.calls("conversations.kick")) == 1


@pytest.mark.in_this_process  # a worker elsewhere would be faster than the next line
def test_who_is_invited_again_before_slack_heard_of_it_stays(
    incident: Incident, workspace: Workspace, ada: Actor, grace: Actor
) -> None:
    ada.says("@incident private on @grace", in_=incident)

    services.expel_member(incident, person=grace.person, by=ada.person, at=timezone.now())
    services.invite_member(incident, person=grace.person, by=ada.person, at=timezone.now())
    workspace.settle()

    assert grace.id in workspace.channel(incident).members
    assert workspace.calls("conversations.kick") == []


def test_a_removal_that_slack_refuses_is_reported(
    incident: Incident, workspace: Workspace, ada: Actor, grace: Actor
) -> None:
    ada.says("@incident private on @grace", in_=incident)
    workspace.sandbox.control("faults", rules=[{"method": "conversations.kick", "fault": "error:restricted_action"}])

    services.expel_member(incident, person=grace.person, by=ada.person, at=timezone.now())
    workspace.settle()

    assert not _sees(grace, incident)
    trouble = incident.entries.get(kind=EntryKind.TROUBLE)
    assert "Slack didn't let us remove somebody whose access ended from the private channel" in trouble.text


def test_the_page_warns_while_the_membership_is_frozen(
    incident: Incident, workspace: Workspace, ada: Actor, grace: Actor
) -> None:
    ada.says("@incident private on @grace", in_=incident)
    private = workspace.channel(incident)
    warning = "Response was removed from the private channel"
    assert warning not in _page(ada)

    ada.does("channel.kick", channel=private.id, member=workspace.BOT)
    assert warning in _page(ada)

    ada.does("channel.invite", channel=private.id, users=[workspace.BOT])
    assert warning not in _page(ada)


def test_who_leaves_the_private_channel_or_is_removed_no_longer_sees_it(
    incident: Incident, workspace: Workspace, ada: Actor, grace: Actor, linus: Actor
) -> None:
    ada.says("@incident private on @grace @linus", in_=incident)
    private = workspace.channel(incident)

    grace.does("channel.leave", channel=private.id)
    ada.does("channel.kick", channel=private.id, member=linus.id)

    assert not _sees(grace, incident)
    assert not _sees(linus, incident)
    assert _sees(ada, incident)
    incident.refresh_from_db()
    assert incident.entries.filter(kind=EntryKind.MEMBER_REMOVED).count() == 2


def test_who_is_brought_into_the_private_channel_sees_it_until_they_leave(
    incident: Incident, workspace: Workspace, ada: Actor, katherine: Actor
) -> None:
    ada.says("@incident private on", in_=incident)
    private = workspace.channel(incident)

    ada.does("channel.invite", channel=private.id, users=[katherine.id])
    assert _sees(katherine, incident)
    katherine.says("@incident timeline I am here", in_=private)
    katherine.does("channel.leave", channel=private.id)

    assert not _sees(katherine, incident)
    assert incident.entries.filter(kind=EntryKind.NOTE_ADDED).count() == 1


def test_a_removed_bot_freezes_the_membership_and_warns(
    incident: Incident, workspace: Workspace, ada: Actor, grace: Actor
) -> None:
    ada.says("@incident private on @grace", in_=incident)
    private = workspace.channel(incident)

    ada.does("channel.kick", channel=private.id, member=workspace.BOT)

    assert CommsChannel.objects.get(incident=incident).frozen_at is not None
    assert _sees(grace, incident)
    assert any("removed Response from the channel" in text for text in ada.direct_messages())
    ada.does("channel.kick", channel=private.id, member=grace.id)
    ada.does("channel.invite", channel=private.id, users=[workspace.BOT])
    assert CommsChannel.objects.get(incident=incident).frozen_at is None
    assert not _sees(grace, incident)


def test_a_channel_that_an_owner_converted_is_adopted(
    incident: Incident, workspace: Workspace, ada: Actor, grace: Actor, linus: Actor
) -> None:
    grace.joins(incident)
    channel = workspace.channel(incident)
    ada.does("channel.convert_to_private", channel=channel.id)

    ada.says("@incident private on", in_=incident)

    assert workspace.channel(incident).id == channel.id
    assert workspace.calls("conversations.archive") == []
    assert _sees(grace, incident)
    assert not _sees(linus, incident)


def test_an_old_form_neither_shows_nor_changes_what_became_private(
    incident: Incident, ada: Actor, linus: Actor, workspace: Workspace
) -> None:
    linus.clicks("edit-incident")
    ada.says("@incident private on", in_=incident)
    ada.says("@incident summary Customer data was taken", in_=workspace.channel(incident))

    with pytest.raises(AssertionError) as refused:
        linus.submits({"summary": "Mine", "title": "Mine"})

    assert "There is no such incident, or you don't have access to it." in str(refused.value)
    assert "Customer data" not in str(refused.value)
    incident.refresh_from_db()
    assert incident.title == "Checkout returns 500s"


@pytest.mark.parametrize("button", ["edit-incident", "resolve-incident"])
def test_an_old_headline_button_does_nothing_for_an_outsider(
    incident: Incident, workspace: Workspace, ada: Actor, linus: Actor, button: str
) -> None:
    shown = workspace.headline(incident)
    ada.says("@incident private on", in_=incident)

    for block_id, element in shown.elements():
        if element["action_id"] == button:
            _clicks_as_it_was(workspace, linus, Headline.objects.get(incident=incident), block_id, button)

    incident.refresh_from_db()
    assert incident.is_open
    assert "you don't have access to it" in linus.told(in_="#incidents")


def _clicks_as_it_was(workspace: Workspace, actor: Actor, headline: Headline, block_id: str, action_id: str) -> None:
    """Click what the client drew before: the sandbox's client knows only the message as it is now."""
    signed.interaction(
        workspace,
        actor.id,
        type="block_actions",
        container={"type": "message", "message_ts": headline.ts, "channel_id": headline.channel_id},
        channel={"id": headline.channel_id, "name": "incidents"},
        actions=[{"action_id": action_id, "block_id": block_id, "type": "button", "action_ts": "1.1"}],
    )
    workspace.settle()


def test_in_the_old_public_channel_an_outsider_finds_nothing(
    incident: Incident, workspace: Workspace, ada: Actor, linus: Actor
) -> None:
    old = CommsChannel.objects.get(incident=incident).channel_id
    rule = {"method": "conversations.create", "fault": "error:restricted_action"}
    workspace.sandbox.control("faults", rules=[rule])
    ada.says("@incident private on", in_=incident)
    linus.joins(old)

    for words in ("summary", "resolve", "private off", "title Mine", "lead me"):
        linus.says(f"@incident {words}", in_=old)
        assert "in an incident channel" in linus.told(in_=old)

    incident.refresh_from_db()
    assert incident.private
    assert incident.is_open
    assert not _sees(linus, incident)
    assert incident.entries.filter(kind=EntryKind.TROUBLE, text__contains="create a private channel").exists()


def test_posts_that_slack_does_not_let_us_delete_are_reported_once(
    incident: Incident, workspace: Workspace, ada: Actor
) -> None:
    for status in ("identified", "monitoring", "investigating"):
        ada.says(f"/incident status {status}", in_=incident)
    rule = {"method": "chat.delete", "fault": "error:cant_delete_message", "times": 99}
    workspace.sandbox.control("faults", rules=[rule])

    ada.says("@incident private on", in_=incident)

    refused = len({call["args"]["ts"] for call in workspace.calls("chat.delete") if not call["answer"].get("ok")})
    reports = incident.entries.filter(kind=EntryKind.TROUBLE, data__with="privacy").values_list("text", flat=True)
    assert refused > 1
    assert list(reports) == [f"Slack didn't let us delete {refused} of our messages: `cant_delete_message`"]


@pytest.mark.parametrize("who", ["guest", "foreigner"])
def test_a_guest_can_do_nothing_until_they_are_invited(
    request: pytest.FixtureRequest, incident: Incident, ada: Actor, who: str
) -> None:
    outsider: Actor = request.getfixturevalue(who)
    outsider.says("/incident Something is wrong")
    assert "Guests can't do that. Ask a full member of this workspace." in outsider.told()
    outsider.joins("#incidents")
    outsider.says("@incident resolve", in_="#incidents")
    assert "Guests can't do that. Ask a full member of this workspace." in outsider.told(in_="#incidents")
    assert not _sees(outsider, incident)

    ada.says(f"@incident invite {outsider}", in_=incident)
    outsider.says("@incident timeline I looked", in_=incident)

    assert _sees(outsider, incident)
    assert incident.entries.filter(kind=EntryKind.NOTE_ADDED, actor=outsider.person).exists()


def test_a_deactivated_account_is_turned_away(
    incident: Incident, workspace: Workspace, ada: Actor, grace: Actor
) -> None:
    workspace.sandbox.control(f"people/{grace.id}", deleted=True)
    workspace.settle()

    signed.command(workspace, grace.id, "timeline I am still here", channel=workspace.channel(incident).id)
    workspace.settle()

    assert not incident.entries.filter(kind=EntryKind.NOTE_ADDED).exists()

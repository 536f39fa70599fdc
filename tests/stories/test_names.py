"""Nobody reads an id: people, channels and groups that a message names are named on the page."""

from __future__ import annotations

import pytest

from incidents.models import Incident
from slackbot.models import SlackName
from slackbot.testing import Actor, Workspace


def _newest(incident: Incident) -> str:
    return incident.entries.latest("seq").text


def test_a_group_without_a_label_has_its_handle(incident: Incident, ada: Actor) -> None:
    ada.says("@incident note Asked <!subteam^S0ONCALL> to look", in_=incident)

    assert _newest(incident) == "Asked @oncall to look"


def test_a_channel_without_a_label_has_its_name(incident: Incident, ada: Actor) -> None:
    ada.says("@incident note Customers ask in <#C0SUPPORT>", in_=incident)

    assert _newest(incident) == "Customers ask in #support"


def test_a_private_channel_is_not_named(incident: Incident, ada: Actor) -> None:
    made = ada.does("channel.create", name="layoffs", private=True)["channel"]["id"]
    ada.does("channel.invite", channel=made, users=["U0RESPONSE"])
    ada.says(f"@incident note See <#{made}>", in_=incident)

    assert _newest(incident) == "See #private-channel"


def test_somebody_of_another_workspace_has_a_name(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    workspace.sandbox.control("faults", deliveries={"drop": 1})  # of their coming we hear nothing
    foreign = {"name": "mae", "real_name": "Mae Jemison", "is_stranger": True, "team_id": "T0OTHER"}
    person = workspace.sandbox.control("people", **foreign)["user"]["id"]
    workspace.settle()
    said = ada.says(f"<@{person}> says their side is fine", in_=incident)
    ada.pins(said, in_=incident)

    assert _newest(incident) == "@Mae Jemison says their side is fine"


def test_what_slack_does_not_tell_is_no_id(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    workspace.expected_refusals |= {"channel_not_found"}
    ada.says("@incident note <@U0NOBODY1> of <!subteam^S0NOTHING> in <#C0NOWHERE1>", in_=incident)

    assert _newest(incident) == "@someone of @user-group in #private-channel"


def test_slack_is_asked_once_a_day(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    for _ in range(3):
        ada.says("@incident note <!subteam^S0ONCALL> in <#C0SUPPORT>", in_=incident)

    assert len(workspace.calls("usergroups.list")) == 1
    assert len([call for call in workspace.calls("conversations.info") if call["args"]["channel"] == "C0SUPPORT"]) == 1


@pytest.mark.parametrize("fault", ["error:internal_error", "server_error"])
def test_without_an_answer_the_message_is_kept_all_the_same(
    workspace: Workspace, incident: Incident, ada: Actor, fault: str
) -> None:
    workspace.sandbox.control("faults", rules=[{"method": "usergroups.*", "fault": fault}])
    ada.says("@incident note Asked <!subteam^S0ONCALL>", in_=incident)
    workspace.sandbox.control("faults", clear=True)

    assert _newest(incident) == "Asked @user-group"
    assert not SlackName.objects.exists()


@pytest.mark.in_this_process
def test_a_reaction_counts_whatever_its_skin_tone(
    workspace: Workspace, incident: Incident, ada: Actor, settings: object
) -> None:
    settings.TIMELINE_EMOJI = "raised_hands"  # type: ignore[attr-defined]
    said = ada.says("The deploy of 10:02 did it", in_=incident)
    where = workspace.channel(incident).id
    ada.does("reaction.add", channel=where, ts=said.ts, name="raised_hands::skin-tone-4")

    assert incident.pins.get().text == "The deploy of 10:02 did it"


def test_an_emoji_is_drawn_in_a_title_and_a_note(incident: Incident, ada: Actor) -> None:
    ada.says("@incident title Checkout :fire: is back", in_=incident)
    ada.says("@incident note Fixed :tada: :+1::skin-tone-3: :our_own:", in_=incident)

    assert Incident.objects.get().title == "Checkout 🔥 is back"
    assert _newest(incident) == "Fixed 🎉 👍🏼 :our_own:"

"""A signature says that a request is Slack's, not that it is for us: see `slackbot.inbound.signature.check_ours`."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.models import Incident
from slackbot.models import InboxEntry
from slackbot.testing import Actor, Workspace
from tests import signed

FOREIGN = [{"team": "T0PARTNER"}, {"app": "A0OTHER"}]


@pytest.mark.parametrize("where", FOREIGN, ids=["team", "app"])
def test_what_is_for_another_workspace_or_app_changes_nothing(
    workspace: Workspace, incident: Incident, ada: Actor, where: dict[str, str]
) -> None:
    channel = workspace.channel(incident).id
    mention = {
        "type": "app_mention",
        "user": ada.id,
        "channel": channel,
        "text": "<@U0RESPONSE> severity major",
        "ts": "1.1",
    }
    before = InboxEntry.objects.count()
    action = {"action_id": "resolve-incident", "block_id": f"incident-{incident.number}", "action_ts": "1.1"}
    view = {"id": "V1", "callback_id": "declare-incident", "private_metadata": "{}", "state": {"values": {}}}

    answers = [
        signed.command(workspace, ada.id, "resolve", channel=channel, **where),
        signed.event(workspace, mention, **where),
        signed.interaction(workspace, ada.id, type="block_actions", actions=[action], channel={"id": channel}, **where),
        signed.interaction(workspace, ada.id, type="view_submission", view=view, **where),
        signed.interaction(workspace, ada.id, type="shortcut", callback_id="declare-incident", **where),
        signed.interaction(workspace, ada.id, type="block_suggestion", action_id="who", value="a", view=view, **where),
    ]

    workspace.settle()
    assert [answer.status_code for answer in answers] == [403] * len(answers)
    incident.refresh_from_db()
    assert incident.is_open
    assert incident.severity is None
    assert Incident.objects.count() == 1
    assert InboxEntry.objects.count() == before


def test_an_event_of_a_shared_channel_that_we_are_authorized_for_is_heard(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    channel = workspace.channel(incident).id
    mention = {
        "type": "app_mention",
        "user": ada.id,
        "channel": channel,
        "text": "<@U0RESPONSE> severity major",
        "ts": "1795231200.1",
    }
    workspace.sandbox.control("faults", rules=[{"method": "reactions.add", "fault": "error:message_not_found"}])

    answer = signed.event(workspace, mention, team="T0PARTNER", authorized=signed.TEAM)
    workspace.settle()

    assert answer.status_code == 200
    incident.refresh_from_db()
    assert incident.severity is not None
    assert incident.severity.name == "Major"


@pytest.fixture
def partner(workspace: Workspace) -> Actor:
    """Somebody of another workspace, in a channel that both share."""
    made = workspace.sandbox.control(
        "people", name="partner", real_name="Partner", team_id="T0PARTNER", is_stranger=True
    )
    workspace.settle()
    return Actor(workspace, made["user"]["id"])


def test_a_guest_of_another_workspace_clicks_and_submits_where_they_are_invited(
    workspace: Workspace, incident: Incident, ada: Actor, partner: Actor
) -> None:
    ada.says(f"@incident invite {partner}", in_=incident)
    partner.says("@incident edit", in_=incident)
    partner.clicks("Open the form", in_=incident)
    partner.submits({"title": "Checkout is slow"})

    incident.refresh_from_db()
    assert incident.title == "Checkout is slow"


OURS, PARTNERS = signed.TEAM, "T0PARTNER"
# What a click on a button says of teams, and whose installation it is for.
CLICKS = [
    ("in a shared channel, by a guest", {"team": OURS, "of_user": PARTNERS}, 200),
    ("all of it names the guest's team, under a message of ours", {"team": PARTNERS, "message": True}, 200),
    ("by one of us, under another installation's message", {"team": PARTNERS, "of_user": OURS}, 403),
    ("in a view of ours", {"team": PARTNERS, "view": OURS}, 200),
    ("in a view of another installation", {"team": OURS, "view": PARTNERS}, 403),
    ("no team, as with an installation for an organization", {"team": "", "of_user": OURS}, 200),
    ("another team's, of an organization", {"team": "", "of_user": PARTNERS}, 403),
]


@pytest.mark.parametrize(("says", "status"), [each[1:] for each in CLICKS], ids=[each[0] for each in CLICKS])
def test_a_click_is_for_the_installation_that_it_names(
    workspace: Workspace, incident: Incident, partner: Actor, says: dict[str, Any], status: int
) -> None:
    more: dict[str, Any] = {name: says[name] for name in ("team", "of_user") if name in says}
    if says.get("message"):
        more["message"] = {"type": "message", "ts": "1.1", "user": workspace.BOT, "bot_id": "B0RESPONSE", "text": "x"}
    if "view" in says:
        more["view"] = {"id": "V1", "app_installed_team_id": says["view"], "state": {"values": {}}}
    action = {"action_id": "resolve-incident", "block_id": f"incident-{incident.number}", "action_ts": "1.1"}

    answer = signed.interaction(workspace, partner.id, type="block_actions", actions=[action], **more)
    workspace.settle()

    assert answer.status_code == status
    incident.refresh_from_db()
    assert incident.is_open, "Nobody invited them."


EVENTS = [
    ("ours alone", {"team": OURS}, 200),
    ("shared, and we are authorized", {"team": PARTNERS, "authorized": OURS}, 200),
    ("from our workspace, for another's installation", {"team": OURS, "authorized": PARTNERS}, 403),
]


@pytest.mark.parametrize(("says", "status"), [each[1:] for each in EVENTS], ids=[each[0] for each in EVENTS])
def test_an_event_is_for_the_installation_that_is_authorized(
    workspace: Workspace, says: dict[str, str], status: int
) -> None:
    answer = signed.event(workspace, {"type": "team_join", "user": {"id": "U0ADA"}}, **says)

    assert answer.status_code == status

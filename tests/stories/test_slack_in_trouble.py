"""Slack loses answers, limits, fails and refuses: what was to be said is said, once."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from incidents import services
from incidents.models import Incident, Kind
from slackbot.models import OutboxEntry
from slackbot.outbound.deliveries.direct import tell
from slackbot.testing import Actor, Workspace

pytestmark = pytest.mark.in_this_process  # the clock of another one cannot be moved


def _fault(workspace: Workspace, **rule: Any) -> None:
    workspace.sandbox.control("faults", rules=[rule])


def _says(workspace: Workspace, words: str) -> int:
    return sum(words in text for text in workspace.channel("#incidents").texts)


@pytest.mark.parametrize("fault", ["lost_answer", "server_error_after", "garbage", "server_error", "lost_request"])
def test_a_message_is_said_once_whatever_becomes_of_the_answer(
    workspace: Workspace, incident: Incident, ada: Actor, fault: str
) -> None:
    _fault(workspace, method="chat.postMessage", fault=fault, times=1)
    services.post_update(incident, text="Half of it works", by=ada.person, at=timezone.now())
    workspace.settle()
    for _ in range(3):
        workspace.after(seconds=12)

    thread = [text for text in workspace.channel("#incidents").texts if text.startswith("*Ada Lovelace*: Half")]
    assert len(thread) == 1
    assert not OutboxEntry.objects.filter(is_open=True).exists()
    assert not OutboxEntry.objects.exclude(given_up_at=None).exists()


def test_a_limit_is_waited_for(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    _fault(workspace, method="chat.update", fault="ratelimited", retry_after=30, times=1)
    services.write_summary(incident, text="Payments fail", by=ada.person, at=timezone.now())
    workspace.settle()
    assert _says(workspace, "Payments fail") == 0
    calls = len(workspace.calls("chat.update"))

    workspace.after(seconds=20)
    assert len(workspace.calls("chat.update")) == calls
    workspace.after(seconds=11)
    assert _says(workspace, "Payments fail") == 1


def test_a_limit_on_looking_for_lost_messages_is_waited_for_by_all(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    lost = {"method": "chat.postMessage", "fault": "lost_answer", "times": 2}
    limited = {"method": "conversations.history", "fault": "ratelimited", "retry_after": 30, "times": 1}
    workspace.sandbox.control("faults", rules=[lost, limited])
    services.assign_lead(incident, to=ada.person, by=ada.person, at=timezone.now())
    tell(ada.person, "Look at the runbook", key="hint", now=timezone.now())
    workspace.settle()
    workspace.after(seconds=12)
    assert len(workspace.calls("conversations.history")) == 1

    workspace.after(seconds=25)
    assert len(workspace.calls("conversations.history")) == 1
    workspace.after(seconds=10)
    assert sum("took the lead" in text for text in workspace.channel(incident).texts) == 1
    assert sum("runbook" in text for text in ada.direct_messages()) == 1


# What asks Slack with a method, and asks again when it happens a second time.
ASKING = {
    "usergroups.list": (
        "@incident note Asked <!subteam^S0ONCALL> to look",
        "@incident note And <!subteam^S0NOBODY> too",
    ),
    "conversations.info": ("@incident note See <#C0SUPPORT>", "@incident note And <#C0RANDOM> as well"),
    "users.info": ("@incident note <@U0NOBODY1> knows", "@incident note <@U0NOBODY2> does, too"),
}


@pytest.mark.parametrize("method", ASKING)
def test_a_limit_on_a_question_beside_the_work_is_waited_for(
    workspace: Workspace, incident: Incident, ada: Actor, method: str
) -> None:
    workspace.expected_refusals |= {"user_not_found"}
    before = len(workspace.calls(method))
    _fault(workspace, method=method, fault="ratelimited", retry_after=30, times=1)

    for text in ASKING[method]:
        ada.says(text, in_=incident)
    assert len(workspace.calls(method)) == before + 1
    workspace.after(seconds=31)
    ada.says(ASKING[method][0], in_=incident)

    assert len(workspace.calls(method)) == before + 2


def test_a_limit_on_what_verifies_a_refusal_is_waited_for(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor
) -> None:
    invites = {"method": "conversations.invite", "fault": "error:already_in_channel", "times": 2}
    limited = {"method": "conversations.members", "fault": "ratelimited", "retry_after": 30, "times": 1}
    workspace.sandbox.control("faults", rules=[invites, limited])
    before = len(workspace.calls("conversations.members"))
    ada.says("@incident invite @grace", in_=incident)
    ada.says("@incident invite @linus", in_=incident)
    workspace.after(seconds=12)
    workspace.after(seconds=12)

    assert len(workspace.calls("conversations.members")) == before + 1


def test_slack_gone_for_an_hour_is_caught_up_with_one_call_each(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    workspace.sandbox.control("faults", down=True)
    for number in range(5):
        services.rename_incident(incident, to=f"Name {number}", by=ada.person, at=timezone.now())
        workspace.settle()
        workspace.after(minutes=12)
    workspace.sandbox.control("faults", clear=True)
    before = len(workspace.calls("chat.update"))
    workspace.after(minutes=6)

    assert "Name 4" in workspace.headline(incident).text
    assert "Name 4" in workspace.channel(incident).topic
    assert len(workspace.calls("chat.update")) == before + 2  # the headline and the welcome


def test_a_refused_channel_is_told_and_can_be_asked_for_again(workspace: Workspace, ada: Actor) -> None:
    _fault(workspace, method="conversations.create", fault="error:restricted_action")
    ada.says("/incident Search is down")
    ada.submits()
    workspace.after(minutes=3)

    told = "Slack refused the channel: the workspace doesn't let this app do that"
    assert sum(told in text for text in ada.direct_messages()) == 1
    workspace.sandbox.control("faults", clear=True)
    ada.clicks("Create channel")
    assert ada.id in workspace.channel("#inc-1-search-is-down").members


def test_a_title_that_became_private_is_not_told_afterwards(workspace: Workspace, ada: Actor) -> None:
    incident = services.declare_incident(title="A", reporter=ada.person, at=timezone.now(), kind=Kind.REPORT)
    workspace.settle()
    _fault(workspace, method="chat.postMessage", fault="ratelimited", retry_after=5, times=1)
    services.post_update(incident, text="A secret", by=ada.person, at=timezone.now())
    workspace.settle()
    services.make_private(incident, by=ada.person, at=timezone.now())
    workspace.settle()
    workspace.after(seconds=10)

    assert _says(workspace, "A secret") == 0


@pytest.mark.parametrize("title", ["障害" * 100, "💥" * 900])
def test_a_form_that_did_not_open_can_be_tried_again_with_any_words(
    workspace: Workspace, incident: Incident, ada: Actor, title: str
) -> None:
    _fault(workspace, method="views.open", fault="error:expired_trigger_id", times=1)
    ada.says(f"/incident {title} {'よ' * 1900}", in_=incident)
    assert "Nothing is lost" in ada.told(in_=incident)
    ada.clicks("Try again", in_=incident)

    assert ada.dialog_values["title"].startswith(title[:90])


@pytest.mark.parametrize("fault", ["server_error", "garbage", "ratelimited"])
def test_a_form_that_slack_did_not_answer_for_is_told_in_plain_words(
    workspace: Workspace, incident: Incident, ada: Actor, fault: str
) -> None:
    _fault(workspace, method="views.open", fault=fault, times=1)
    ada.says("/incident edit", in_=incident)

    told = "❓ Slack isn't responding, so the form didn't open. Nothing is lost. Try again."
    assert ada.told(in_=incident).splitlines()[0] == told
    ada.clicks("Try again", in_=incident)
    assert ada.dialog["title"]["text"] == "Edit INC-1"


def test_the_form_that_a_mention_offers_keeps_any_words(incident: Incident, ada: Actor) -> None:
    ada.says(f"@incident declare {'障害' * 900}", in_=incident)
    ada.clicks("Open the form", in_=incident)

    assert ada.dialog_values["title"].startswith("障害" * 90)


def test_a_headline_whose_answer_was_lost_tells_what_changed_meanwhile(workspace: Workspace, ada: Actor) -> None:
    _fault(workspace, method="chat.postMessage", fault="lost_answer", times=1)
    ada.says("/incident Checkout is slow")
    ada.submits()
    incident = Incident.objects.get()
    services.rename_incident(incident, to="Checkout is down", by=ada.person, at=timezone.now())
    workspace.settle()
    for _ in range(3):
        workspace.after(seconds=12)

    assert "Checkout is down" in workspace.headline(incident).text
    assert _says(workspace, "Checkout is slow") == 0

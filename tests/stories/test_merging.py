"""What turns out to be no incident of its own: canceled, or merged into another; and its return."""

from __future__ import annotations

import pytest
from django.utils import timezone

from incidents import services
from incidents.models import Incident, Status
from slackbot.rendering.render import document_url
from slackbot.testing import Actor, Workspace


@pytest.fixture
def other(workspace: Workspace, incident: Incident, grace: Actor) -> Incident:
    found = services.declare_incident(title="Payments <time> out", reporter=grace.person, at=timezone.now())
    workspace.settle()
    return found


def _now(incident: Incident) -> Incident:
    return Incident.objects.get(pk=incident.pk)


@pytest.mark.parametrize("how", ["INC-2", "inc-2", "2", "into INC-2", "<#{channel}>", "<{document}>"])
def test_a_merged_incident_leads_to_where_it_goes_on(
    workspace: Workspace, incident: Incident, other: Incident, ada: Actor, how: str
) -> None:
    here, there = workspace.channel(incident), workspace.channel(other)
    named = how.format(channel=there.id, document=document_url(other))

    ada.says(f"@incident merge {named}", in_=incident)

    assert (_now(incident).status, _now(incident).merged_into) == (Status.MERGED, other)
    headline = workspace.headline(incident)
    assert f"🔀 Merged into <{document_url(other)}|INC-2>" in headline.text
    assert headline.text.startswith("🔀 INC-1")
    assert "Reopen" in " ".join(headline.buttons)
    assert "Resolve" not in " ".join(headline.buttons)
    assert "🔀 Merged into INC-2" in workspace.channel(incident).topic
    assert here.shows("Merged into INC-2 · by Ada Lovelace")
    assert here.shows(f"Work continues in <{document_url(other)}|INC-2 Payments &lt;time&gt; out> · <#{there.id}>")
    assert there.shows("INC-1 was merged into this incident · by Ada Lovelace")
    assert there.shows(f"<{document_url(incident)}|INC-1 Checkout returns 500s> · <#{here.id}>")


def test_reopening_undoes_a_merge_in_both_channels(
    workspace: Workspace, incident: Incident, other: Incident, ada: Actor, grace: Actor
) -> None:
    ada.says("@incident merge INC-2", in_=incident)

    grace.clicks("Reopen", in_="#incidents")

    assert (_now(incident).status, _now(incident).merged_into) == (Status.INVESTIGATING, None)
    assert "*Status*\nInvestigating" in workspace.headline(incident).text
    assert "Resolve" in " ".join(workspace.headline(incident).buttons)
    assert workspace.channel(incident).shows("Reopened · by Grace Hopper")
    assert workspace.channel(other).shows("INC-1 was reopened as a separate incident · by Grace Hopper")


def test_a_private_incident_is_not_named_at_all(
    workspace: Workspace, incident: Incident, other: Incident, ada: Actor, grace: Actor
) -> None:
    ada.says("@incident private on", in_=incident)

    services.merge_incident(_now(incident), into=_now(other), by=ada.person, at=timezone.now())
    workspace.settle()

    told = "\n".join(workspace.channel(other).texts)
    assert "A private incident was merged into this incident · by Ada Lovelace" in told
    assert "INC-1" not in told
    assert "Checkout" not in told
    assert f"<#{workspace.channel(incident).id}>" not in told


def test_what_one_may_not_see_cannot_be_named(
    workspace: Workspace, incident: Incident, other: Incident, ada: Actor, grace: Actor
) -> None:
    grace.says("@incident private on", in_=other)

    for named in ("INC-2", "99"):
        ada.says(f"@incident merge {named}", in_=incident)
        assert ada.told(in_=incident) == f"❓ There is no incident INC-{named.removeprefix('INC-')}."
    ada.says(f"@incident merge <#{workspace.channel(other).id}>", in_=incident)
    assert "That channel doesn't belong to an incident." in ada.told(in_=incident)

    assert _now(incident).is_open


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("INC-1", "INC-1 can't be merged into itself."),
        ("the other one", "“the other one” isn't an incident. Usage: `@incident merge &lt;incident&gt;`."),
        ("<#C0GENERAL>", "That channel doesn't belong to an incident. Usage: `@incident merge &lt;incident&gt;`."),
    ],
)
def test_what_cannot_be_merged_is_refused_with_a_sentence(
    incident: Incident, other: Incident, ada: Actor, words: str, answer: str
) -> None:
    ada.says(f"@incident merge {words}", in_=incident)

    assert answer in ada.told(in_=incident)
    assert _now(incident).is_open


def test_merge_alone_says_how_and_lists_what_is_open(incident: Incident, other: Incident, ada: Actor) -> None:
    ada.says("/incident merge", in_=incident)

    told = ada.told(in_=incident)
    assert "Write `@incident merge INC-2`" in told
    assert f"• <{document_url(other)}|INC-2> Payments &lt;time&gt; out" in told
    assert "INC-1" not in told


def test_merge_alone_says_when_nothing_else_is_open(incident: Incident, ada: Actor) -> None:
    ada.says("@incident merge", in_=incident)

    assert ada.told(in_=incident) == "No other incident is open, so you can't merge this one."


def test_a_false_alarm_is_canceled_with_a_last_word(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("@incident cancel The dashboard was *wrong*", in_=incident)

    headline = workspace.headline(incident)
    assert headline.text.startswith("🚫 INC-1")
    assert "*Status*\nCanceled" in headline.text
    assert "canceled <!date" in headline.text
    assert "The dashboard was *wrong*" in headline.text
    assert "🚫 Canceled" in workspace.channel(incident).topic
    assert workspace.channel(incident).shows("Canceled · by Ada Lovelace")
    assert ada.direct_messages() == []

    ada.says("@incident reopen", in_=incident)
    assert _now(incident).is_open


def test_what_is_canceled_is_neither_resolved_nor_moved_on(incident: Incident, ada: Actor) -> None:
    ada.says("@incident cancel", in_=incident)

    for words in ("resolve Done", "status monitoring", "merge INC-1"):
        ada.says(f"@incident {words}", in_=incident)
        assert ada.told(in_=incident).startswith("❓ INC-1")
    ada.says("@incident status", in_=incident)
    assert ada.told(in_=incident) == "🚫 Canceled\nTo reopen it, write `@incident reopen`."
    ada.says("@incident duration", in_=incident)
    assert ada.told(in_=incident).startswith("The incident lasted")

    assert _now(incident).status == Status.CANCELED
    assert not incident.entries.filter(kind="update_posted").exists()


def test_a_status_that_has_a_command_of_its_own_is_answered_with_it(incident: Incident, ada: Actor) -> None:
    ada.says("@incident status canceled", in_=incident)

    assert "`@incident cancel`" in ada.told(in_=incident)

from __future__ import annotations

import pytest

from incidents.models import Incident
from slackbot.testing import Actor, Workspace


@pytest.fixture(autouse=True)
def customer_operations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTOMER_OPS", "katherine@example.com,nobody@example.com")


def test_customer_operations_hear_who_leads(incident: Incident, ada: Actor, katherine: Actor) -> None:
    ada.says("@incident lead @grace", in_=incident)

    assert katherine.direct_messages() == [
        f"Grace Hopper leads {incident.reference}: Checkout returns 500s. Ask them what customers may hear."
    ]


def test_they_hear_of_every_new_lead_once(incident: Incident, ada: Actor, katherine: Actor) -> None:
    ada.says("@incident lead @grace", in_=incident)
    ada.says("@incident lead me", in_=incident)
    ada.says("@incident lead me", in_=incident)

    assert [message.split(" leads")[0] for message in katherine.direct_messages()] == ["Grace Hopper", "Ada Lovelace"]


def test_a_private_incident_stays_private(incident: Incident, ada: Actor, katherine: Actor) -> None:
    ada.says("@incident private on", in_=incident)
    ada.says("@incident lead @grace", in_=incident)

    assert katherine.direct_messages() == []


def test_a_critical_incident_asks_for_the_status_page_until_an_update_is_posted(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    ada.says("@incident severity major", in_=incident)
    assert not workspace.channel(incident).shows("status page")

    ada.says("@incident severity critical", in_=incident)
    assert workspace.channel(incident).shows("Does the status page say so?")

    ada.says("@incident update The status page is up.", in_=incident)
    question = next(text for text in workspace.channel(incident).texts if "It is critical" in text)
    assert question.startswith("✅")
    assert "The status page is up. · by Ada Lovelace" in question


def test_one_that_was_critical_from_the_start_asks_once_there_is_a_channel(workspace: Workspace, ada: Actor) -> None:
    ada.says("/incident Checkout returns 500s")
    ada.submits({"severity": "critical"})

    channel = workspace.channel(Incident.objects.get())
    assert sum("Does the status page say so?" in text for text in channel.texts) == 1


def test_words_that_call_everybody_call_nobody(
    workspace: Workspace, incident: Incident, ada: Actor, katherine: Actor
) -> None:
    ada.says("@incident edit", in_=incident)
    ada.clicks("Open the form", in_=incident)
    ada.submits({"title": "Down <!channel>", "lead": ada})

    assert "Down &lt;!channel&gt;" in katherine.direct_messages()[-1]

from __future__ import annotations

from incidents.models import Incident
from slackbot.testing import Actor, Workspace


def test_a_call_is_on_the_timeline_and_in_the_channel(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("@incident customer Initech: they can't pay", in_=incident)

    entry = incident.entries.get(kind="customer_calls.called")
    assert (entry.text, entry.data) == (
        "Initech called: they can't pay",
        {"customer": "Initech", "wish": "they can't pay"},
    )
    assert workspace.channel(incident).shows("📞 Initech called: they can't pay · by Ada Lovelace")


def test_the_third_call_asks_for_an_update(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    for customer in ("Initech", "Hooli"):
        ada.says(f"@incident customer {customer}", in_=incident)
    assert not workspace.channel(incident).shows("Three customers called")

    ada.says("@incident customer Globex", in_=incident)

    assert workspace.channel(incident).shows("Three customers called")


def test_a_call_names_the_customer(incident: Incident, ada: Actor) -> None:
    ada.says("@incident customer", in_=incident)

    assert "Name the customer" in ada.told(in_=incident)

"""Step 5: a pinned message is on the timeline, once; unpinned it leaves the page, not history."""

from __future__ import annotations

from incidents import queries
from incidents.models import Incident
from slackbot.testing import Actor, Workspace


def _on_the_page(incident: Incident) -> list[str]:
    return [entry.text for entry in queries.timeline(incident) if entry.kind == "pin_added"]


def test_a_pinned_message_is_on_the_timeline(incident: Incident, ada: Actor, grace: Actor) -> None:
    grace.joins(incident)
    said = grace.says("The *deploy* of 10:02 did it", in_=incident)
    ada.pins(said, in_=incident)

    entry = queries.timeline(incident).get(kind="pin_added")
    pin = incident.pins.get()
    assert entry.text == "The **deploy** of 10:02 did it"
    assert entry.actor == ada.person
    assert pin.author == grace.person
    assert pin.permalink.endswith(f"/p{said.ts.replace('.', '')}")
    assert entry.happened_at == pin.said_at


def test_pinning_delivered_twice_shows_once(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    said = ada.says("It began at noon", in_=incident)
    ada.pins(said, in_=incident)
    pin = [each for each in workspace.sandbox.get("deliveries")["deliveries"] if each["type"] == "pin_added"][-1]
    workspace.sandbox.control(f"deliveries/{pin['id']}/redeliver")
    workspace.settle()

    assert _on_the_page(incident) == ["It began at noon"]


def test_unpinning_takes_it_off_the_page_but_not_out_of_history(incident: Incident, ada: Actor) -> None:
    said = ada.says("It began at noon", in_=incident)
    ada.pins(said, in_=incident)
    ada.unpins(said, in_=incident)

    assert _on_the_page(incident) == []
    kinds = list(queries.history(incident).values_list("kind", flat=True))
    assert kinds.count("pin_added") == 1
    assert kinds.count("pin_removed") == 1


def test_pinning_again_brings_it_back_once(incident: Incident, ada: Actor) -> None:
    said = ada.says("It began at noon", in_=incident)
    for _ in range(2):
        ada.pins(said, in_=incident)
        ada.unpins(said, in_=incident)
    ada.pins(said, in_=incident)

    assert _on_the_page(incident) == ["It began at noon"]


def test_pins_elsewhere_are_nobodys_business(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    said = ada.says("Lunch?", in_="#incidents")
    ada.pins(said, in_="#incidents")

    assert _on_the_page(incident) == []

"""What one does with a message: keep it, wherever it was said, or declare an incident from it."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings

from incidents import queries
from incidents.models import Incident
from slackbot.manifest import manifest
from slackbot.testing import Actor, Message, Workspace


@pytest.fixture(autouse=True)
def _shortcuts(workspace: Workspace) -> None:
    """The sandbox knows the shortcuts of our manifest."""
    workspace.sandbox.control("manifest", manifest=manifest(site_url=settings.SITE_URL))


def _choose(actor: Actor, shortcut: str, message: Message, place: Any) -> None:
    channel = actor.workspace.channel(place)
    actor.does("shortcut.run", callback_id=shortcut, channel=channel.id, ts=message.ts)


@pytest.mark.parametrize("in_thread", [False, True])
@pytest.mark.parametrize("way", ["shortcut", "reaction"])
def test_a_message_is_kept_with_its_own_time_and_address(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor, way: str, in_thread: bool
) -> None:
    grace.joins(incident)
    first = grace.says("Who knows the cache?", in_=incident)
    said = ada.says("It is *cold*", in_=incident, thread=first) if in_thread else ada.says("It is *cold*", in_=incident)
    channel = workspace.channel(incident)
    if way == "shortcut":
        _choose(grace, "add-to-timeline", said, incident)
        assert "timeline of INC-1" in grace.told(in_=incident)
    else:
        grace.does("reaction.add", channel=channel.id, ts=said.ts, name="pushpin")

    pin = incident.pins.get()
    assert (pin.text, pin.author, pin.pinned_by) == ("It is **cold**", ada.person, grace.person)
    assert pin.said_at.timestamp() == pytest.approx(float(said.ts))
    assert f"/archives/{channel.id}/p{said.ts.replace('.', '')}" in pin.permalink
    assert (f"thread_ts={first.ts}" in pin.permalink) == in_thread
    assert queries.timeline(incident).get(kind="pin_added").happened_at == pin.said_at


def test_a_message_elsewhere_cannot_be_kept_and_that_is_said(incident: Incident, ada: Actor) -> None:
    said = ada.says("Lunch?", in_="#general")
    _choose(ada, "add-to-timeline", said, "#general")

    assert "in an incident channel" in ada.told(in_="#general")
    assert not incident.pins.exists()


def test_an_incident_is_declared_from_a_message(workspace: Workspace, ada: Actor, grace: Actor) -> None:
    said = grace.says("*Checkout* is down\nsee <https://status.example.com>, <@U0ADA>", in_="#general")
    _choose(ada, "declare-from-message", said, "#general")
    assert ada.dialog_values["title"] == "Checkout is down"
    ada.submits()

    incident = Incident.objects.get()
    assert incident.summary.startswith("**Checkout** is down\nsee <https://status.example.com>, @Ada Lovelace")
    assert f"/p{said.ts.replace('.', '')})" in incident.summary
    assert incident.reporter == ada.person


def test_an_incident_is_declared_from_anywhere(workspace: Workspace, ada: Actor) -> None:
    ada.does("shortcut.run", callback_id="declare-incident")
    ada.submits({"title": "Checkout is down"})

    assert Incident.objects.get().title == "Checkout is down"


def test_a_pinned_message_with_a_file_keeps_where_the_file_is(incident: Incident, ada: Actor) -> None:
    channel = ada.workspace.channel(incident)
    answer = ada.does(
        "file.upload", channel=channel.id, name="graph.png", content="aGk=", mimetype="image/png", text="The graph"
    )
    ada.does("pin.add", channel=channel.id, ts=answer["message"]["ts"])

    pin = incident.pins.get()
    assert pin.text == "The graph"
    assert pin.files[0]["name"] == "graph.png"
    assert pin.files[0]["url"].startswith("http")

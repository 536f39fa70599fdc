"""Somebody who leads, has a role or owns action items leaves the company: the open incidents ask who takes over."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from incidents import erasure, services
from incidents.models import EntryKind, Incident
from people.actors import System
from slackbot.directory.people import keep_user
from slackbot.testing import Actor, Workspace

pytestmark = pytest.mark.in_this_process

ASKED = "Who takes the lead?"


def deactivate(workspace: Workspace, somebody: Actor, *, by_event: bool = True, deleted: bool = True) -> None:
    """Have Slack report it by an event, or only when we next read the list of people."""
    user = {"id": somebody.id, "name": "grace", "deleted": deleted, "profile": {"real_name": "Grace Hopper"}}
    if by_event:
        workspace.sandbox.control("event", event={"type": "user_change", "user": user})
    else:
        keep_user(user, now=timezone.now())  # what reading the list does with each person
    workspace.settle()


@pytest.fixture
def led(workspace: Workspace, incident: Incident, ada: Actor, grace: Actor) -> Incident:
    services.assign_lead(incident, to=grace.person, by=ada.person, at=timezone.now())
    workspace.settle()
    return incident


def _asked(workspace: Workspace, incident: Incident) -> int:
    return sum(ASKED in text for text in workspace.channel(incident).texts)


@pytest.mark.parametrize("by_event", [True, False])
def test_the_channel_asks_once_who_takes_over(
    workspace: Workspace, led: Incident, ada: Actor, grace: Actor, by_event: bool
) -> None:
    deactivate(workspace, grace, by_event=by_event)
    deactivate(workspace, grace, by_event=by_event)

    assert _asked(workspace, led) == 1
    assert workspace.channel(led).shows("Grace Hopper was deactivated, and is still")
    assert "no active lead" in workspace.headline(led).text
    assert "no active lead" in workspace.channel(led).topic

    ada.clicks("Take the lead", in_=led)

    led = Incident.objects.get(pk=led.pk)
    assert led.lead == ada.person
    assert str(ada) in workspace.headline(led).text
    assert "no active lead" not in workspace.headline(led).text


def test_a_lead_who_comes_back_leads_again(workspace: Workspace, led: Incident, grace: Actor) -> None:
    deactivate(workspace, grace)
    deactivate(workspace, grace, deleted=False)

    assert str(grace) in workspace.headline(led).text


def test_the_page_the_list_and_the_api_show_it(
    workspace: Workspace, led: Incident, ada: Actor, grace: Actor, browser_of: Any
) -> None:
    deactivate(workspace, grace)
    browser: Client = browser_of(ada.person)

    assert "no active lead" in browser.get(f"/incidents/{led.number}/").content.decode()
    assert "Take the lead" in browser.get(f"/incidents/{led.number}/").content.decode()
    assert "No active lead" in browser.get("/").content.decode()
    ada.says("@incident list", in_=led)
    assert "no active lead" in ada.told(in_=led)


def test_owners_of_open_action_items_are_asked_for_as_well(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor
) -> None:
    services.add_action(incident, text="Order a pump", owner=grace.person, by=ada.person, at=timezone.now())
    workspace.settle()

    deactivate(workspace, grace)

    assert workspace.channel(incident).shows(
        "Grace Hopper was deactivated, and owns 1 open action item. Who takes over?"
    )


def test_resolved_incidents_ask_nothing(workspace: Workspace, led: Incident, ada: Actor, grace: Actor) -> None:
    services.resolve_incident(led, by=ada.person, at=timezone.now())
    workspace.settle()

    deactivate(workspace, grace)

    assert _asked(workspace, led) == 0


def test_the_reminder_counts_a_deactivated_lead_as_none(workspace: Workspace, led: Incident, grace: Actor) -> None:
    deactivate(workspace, grace)
    workspace.after(minutes=6)

    assert workspace.channel(led).shows("This incident has no lead yet")


def test_the_sentence_about_a_departure_does_not_keep_the_name_of_somebody_who_was_erased(
    workspace: Workspace, led: Incident, grace: Actor
) -> None:
    deactivate(workspace, grace)

    erasure.erase_person(grace.person, by=System("a test"), reason="asked for it", at=timezone.now())

    told = led.entries.get(kind=EntryKind.TROUBLE)
    assert told.text == "a former colleague was deactivated, and is still lead"

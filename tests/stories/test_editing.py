"""Steps 6 and 7 from Slack: edit, resolve, reopen; and what the web changes, Slack shows."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from incidents import services
from incidents.models import Incident
from slackbot.testing import Actor, FormRefused, Workspace


def test_the_edit_form_says_what_the_incident_says(incident: Incident, ada: Actor, grace: Actor) -> None:
    ada.says("@incident summary Payments **fail**", in_=incident)
    ada.says("@incident lead @grace", in_=incident)
    ada.clicks("Edit")

    assert ada.dialog_values | {"kind": "live"} == {
        "title": "Checkout returns 500s",
        "summary": "Payments **fail**",
        "impact": "",
        "severity": "",
        "lead": grace.id,
        "kind": "live",
    }


def test_a_title_of_emoji_can_be_edited(incident: Incident, ada: Actor) -> None:
    """Slack counts an emoji as two characters, so a title of 200 may have 400 there."""
    title = "🔥" * Incident.TITLE_MAX
    services.edit_incident(
        incident, wanted={"title": title}, seen=services.fingerprint(incident), by=ada.person, at=timezone.now()
    )

    ada.clicks("Edit")
    shown = ada.dialog_values["title"]
    ada.submits({"title": f"{shown[:-1]}!"})

    incident.refresh_from_db()
    assert shown == title
    assert incident.title == f"{title[:-1]}!"


def test_editing_changes_headline_topic_and_document(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.clicks("Edit")
    ada.submits({"title": "Checkout is slow", "severity": "minor"})

    assert "Checkout is slow" in workspace.headline(incident).text
    assert "Minor" in workspace.channel(incident).topic
    assert "Checkout is slow" in workspace.channel(incident).topic


def test_two_editors_do_not_undo_each_other(workspace: Workspace, incident: Incident, ada: Actor, grace: Actor) -> None:
    ada.clicks("Edit")
    grace.clicks("Edit")
    grace.submits({"summary": "Payments fail"})
    ada.submits({"title": "Checkout is slow"})

    incident.refresh_from_db()
    assert (incident.title, incident.summary) == ("Checkout is slow", "Payments fail")


def test_a_conflict_is_shown_under_the_field(incident: Incident, ada: Actor, grace: Actor) -> None:
    ada.clicks("Edit")
    grace.clicks("Edit")
    grace.submits({"summary": "Payments fail"})

    with pytest.raises(FormRefused) as refused:
        ada.submits({"summary": "Everything fails"})

    assert "Payments fail" in refused.value.errors["summary"]


@pytest.mark.parametrize("way", ["button", "command"])
def test_resolving_says_so_and_offers_to_reopen(workspace: Workspace, incident: Incident, ada: Actor, way: str) -> None:
    if way == "button":
        ada.clicks("Resolve")
    else:
        ada.says("@incident resolve", in_=incident)
        ada.clicks("Resolve INC-1", in_=incident)
    ada.submits()

    headline = workspace.headline(incident)
    assert "Resolved" in headline.text
    assert headline.buttons == ["✏️ Edit", "🔁 Reopen"]
    assert "Resolved" in workspace.channel(incident).topic


def test_resolving_asks_the_lead_to_complete_the_document(incident: Incident, ada: Actor, grace: Actor) -> None:
    ada.says("@incident lead @grace", in_=incident)
    ada.says("@incident resolve Done", in_=incident)

    assert len(grace.direct_messages()) == 1
    assert "Please complete the" in grace.direct_messages()[0]
    assert "/incidents/1/" in grace.direct_messages()[0]
    assert ada.direct_messages() == []


def test_resolving_twice_is_refused_kindly(incident: Incident, ada: Actor, grace: Actor) -> None:
    grace.joins(incident)
    ada.says("@incident resolve Done", in_=incident)
    grace.says("@incident resolve", in_=incident)

    assert "already resolved" in grace.told(in_=incident)
    assert incident.entries.filter(kind="resolved").count() == 1


@pytest.mark.parametrize("way", ["button", "command"])
def test_reopening_brings_it_back(workspace: Workspace, incident: Incident, ada: Actor, way: str) -> None:
    ada.clicks("Resolve")
    ada.submits()
    if way == "button":
        ada.clicks("Reopen")
    else:
        ada.says("@incident reopen", in_=incident)

    headline = workspace.headline(incident)
    assert "Investigating" in headline.text
    assert "✅ Resolve" in headline.buttons


def test_what_the_web_changes_slack_shows(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    services.rename_incident(incident, to="Renamed on the web", by=ada.person, at=timezone.now())
    workspace.settle()

    assert "Renamed on the web" in workspace.headline(incident).text
    assert "Renamed on the web" in workspace.channel(incident).topic


def test_many_changes_are_drawn_with_few_calls(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    before = len(workspace.calls("chat.update"))
    with transaction.atomic():  # so that all of it becomes known at once, however fast the worker is
        for number in range(10):
            services.write_summary(incident, text=f"Version {number}", by=ada.person, at=timezone.now())
    workspace.settle()

    assert len(workspace.calls("chat.update")) == before + 2  # the headline, and the first message of the channel
    assert "Version 9" in workspace.headline(incident).text


def test_a_topic_that_says_the_same_is_not_set_again(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    before = len(workspace.calls("conversations.setTopic"))
    ada.says("@incident summary Nothing of this is in the topic", in_=incident)

    assert len(workspace.calls("conversations.setTopic")) == before


def test_strangers_see_nothing(incident: Incident, client: Client) -> None:
    response = client.get(f"/incidents/{incident.number}/")

    assert response.status_code == 302
    assert response["Location"].startswith("/login/")

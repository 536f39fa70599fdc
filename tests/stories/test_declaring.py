"""Steps 1 to 3: from `/incident` to a headline and a channel that is ready to work in."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.models import Incident
from slackbot.testing import Actor, FormRefused, Workspace


def test_the_slash_command_opens_a_form_with_its_words_as_the_title(ada: Actor) -> None:
    ada.says("/incident Checkout returns 500s")

    assert ada.dialog["title"]["text"] == "Declare an incident"
    assert ada.dialog_values["title"] == "Checkout returns 500s"
    assert list(ada.dialog_values) == ["title", "summary", "impact", "severity", "lead", "kind", "private"]


def test_declaring_answers_the_reporter_alone_with_a_link_to_the_headline(
    workspace: Workspace, ada: Actor, grace: Actor
) -> None:
    ada.says("/incident Checkout returns 500s")
    ada.submits({"summary": "Since the *deploy*", "severity": "major", "lead": grace})

    incident = Incident.objects.get()
    headline = workspace.headline(incident)
    assert f"/p{headline.ts.replace('.', '')}|headline>" in ada.told(in_="#general")
    assert grace.told(in_="#general") == ""


def test_the_headline_shows_what_matters_and_what_one_can_do(workspace: Workspace, ada: Actor, grace: Actor) -> None:
    ada.says("/incident Checkout returns 500s")
    ada.submits({"severity": "major", "lead": grace, "kind": "report"})

    headline = workspace.headline(Incident.objects.get())
    for words in ("Checkout returns 500s", "INC-1", "Investigating", "Major", str(grace), str(ada), "/incidents/1/"):
        assert words in headline.text
    assert headline.buttons == ["💬 Create channel", "✏️ Edit", "✅ Resolve"]


def test_a_live_incident_gets_its_channel_at_once(workspace: Workspace, ada: Actor, grace: Actor) -> None:
    ada.says("/incident Checkout returns 500s")
    ada.submits({"severity": "major", "lead": grace})

    channel = workspace.channel("#inc-1-checkout-returns-500s")
    assert {ada.id, grace.id} <= set(channel.members)
    for words in ("Investigating", "Major", str(grace), "/incidents/1/"):
        assert words in channel.topic
    assert len(channel.bookmarks) == 1
    assert channel.bookmarks[0].endswith("/incidents/1/")
    assert channel.shows("What to do next")
    assert f"<#{channel.id}>" in workspace.headline(Incident.objects.get()).text


def test_a_report_gets_a_channel_only_by_the_button(workspace: Workspace, ada: Actor) -> None:
    ada.says("/incident Mails came late yesterday")
    ada.submits({"kind": "report"})
    ada.clicks("Create channel")

    assert ada.id in workspace.channel("#inc-1-mails-came-late-yesterday").members
    assert workspace.headline(Incident.objects.get()).buttons == ["✏️ Edit", "✅ Resolve"]


def test_two_clicks_on_create_channel_make_one(workspace: Workspace, ada: Actor, grace: Actor) -> None:
    ada.says("/incident Mails came late yesterday")
    ada.submits({"kind": "report"})
    button = next(message for message in ada.sees("#incidents") if message.buttons)
    block_id, element = button.elements()[0]
    where = {"channel": workspace.channel("#incidents").id, "ts": button.ts, "block_id": block_id}
    for actor in (ada, grace):  # both before anything is drawn anew
        workspace.sandbox.act("block.act", actor.id, action_id=element["action_id"], **where)
    workspace.settle()

    assert len(workspace.calls("conversations.create")) == 1


def test_a_taken_channel_name_gets_a_number(workspace: Workspace, grace: Actor, ada: Actor) -> None:
    grace.does("channel.create", name="inc-1-checkout-returns-500s")
    ada.says("/incident Checkout returns 500s")
    ada.submits()

    assert ada.id in workspace.channel("#inc-1-checkout-returns-500s-2").members


@pytest.mark.parametrize(
    "title", ["<!channel> & <b>", "💥" * 60, "ünïcödé ネットワーク障害", "a" * 200, "*bold* `code` ~no~"]
)
def test_any_title_makes_a_headline_and_a_channel(workspace: Workspace, ada: Actor, title: str) -> None:
    ada.says("/incident")
    ada.submits({"title": title})

    incident = Incident.objects.get()
    assert incident.title == title
    assert incident.reference in workspace.headline(incident).text
    assert workspace.channel(incident).name.startswith("inc-1")


def test_an_empty_title_is_refused_under_its_field_and_keeps_the_form(ada: Actor) -> None:
    ada.says("/incident")

    with pytest.raises(FormRefused) as refused:
        ada.submits({"title": "   ", "summary": "typed already"})

    assert list(refused.value.errors) == ["title"]
    assert ada.dialog["title"]["text"] == "Declare an incident"
    ada.submits({"title": "Now with a title"})
    assert Incident.objects.get().title == "Now with a title"


def test_a_bot_cannot_be_made_lead(ada: Actor, workspace: Workspace) -> None:
    ada.says("/incident Checkout returns 500s")

    with pytest.raises(FormRefused) as refused:
        ada.submits({"lead": workspace.BOT})

    assert "bot" in refused.value.errors["lead"]


def test_the_same_submission_delivered_twice_declares_once(workspace: Workspace, ada: Actor) -> None:
    ada.says("/incident Checkout returns 500s")
    ada.submits()
    delivery = _deliveries(workspace, "view_submission")[-1]
    workspace.sandbox.control(f"deliveries/{delivery['id']}/redeliver")
    workspace.settle()

    assert Incident.objects.count() == 1
    assert len(workspace.calls("conversations.create")) == 1


def test_incidents_are_numbered_one_after_the_other(workspace: Workspace, ada: Actor, grace: Actor) -> None:
    for actor, title in ((ada, "Checkout"), (grace, "Search"), (ada, "Mails")):
        actor.says(f"/incident {title} is down")
        actor.submits()

    assert sorted(Incident.objects.values_list("number", flat=True)) == [1, 2, 3]
    assert [
        message.text.splitlines()[0] for message in workspace.channel("#incidents").messages() if message.buttons
    ] == [
        "🚨 INC-1  Checkout is down",
        "🚨 INC-2  Search is down",
        "🚨 INC-3  Mails is down",
    ]


def _deliveries(workspace: Workspace, kind: str) -> list[dict[str, Any]]:
    return list(workspace.sandbox.get("deliveries", kind=kind)["deliveries"])

"""The other commands, and what one can do without typing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents import queries, services
from incidents.models import Incident, Kind, Role, Status
from slackbot.testing import Actor, Workspace


@pytest.mark.parametrize(("words", "status"), [("monitoring", Status.MONITORING), ("Identified", Status.IDENTIFIED)])
def test_status_moves_on(workspace: Workspace, incident: Incident, ada: Actor, words: str, status: Status) -> None:
    ada.says(f"@incident status {words}", in_=incident)

    assert status.label in workspace.headline(incident).text
    assert status.label in workspace.channel(incident).topic


def test_a_mistyped_status_suggests_the_right_one(incident: Incident, ada: Actor) -> None:
    ada.says("@incident status montoring", in_=incident)

    assert "Did you mean `monitoring`?" in ada.told(in_=incident)


def test_what_cannot_be_read_is_quoted_as_it_was_said(incident: Incident, ada: Actor) -> None:
    ada.says("@incident status better & <@U0ALAN> thinks so", in_=incident)

    assert "“better &amp; @Alan Turing thinks so” isn't a status." in ada.told(in_=incident)


def test_the_title_is_shown_as_it_is(incident: Incident, ada: Actor) -> None:
    ada.says("@incident title `<!channel>` is slow", in_=incident)
    ada.says("@incident title", in_=incident)

    assert ada.told(in_=incident).startswith("`@channel` is slow") or "&lt;!channel&gt;" in ada.told(in_=incident)


def test_an_update_is_in_the_headline_and_its_thread(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("@incident update *Payments* work again in Europe", in_=incident)

    assert "*Payments* work again in Europe" in workspace.headline(incident).text
    assert any("work again in Europe" in text and "Ada" in text for text in workspace.channel("#incidents").texts)


def test_a_note_can_say_when_it_happened(incident: Incident, ada: Actor) -> None:
    ada.says("@incident timeline 00:01 The deploy began", in_=incident)

    note = queries.timeline(incident).get(kind="note_added")
    assert note.text == "The deploy began"
    assert note.happened_at < note.recorded_at
    assert (note.happened_at.hour, note.happened_at.minute) == (0, 1)


def test_a_time_that_is_still_to_come_was_yesterdays(incident: Incident, ada: Actor) -> None:
    later = (timezone.now() + timedelta(hours=1)).strftime("%H:%M")
    ada.says(f"@incident timeline {later} It began", in_=incident)

    note = queries.timeline(incident).get(kind="note_added")
    assert timedelta(hours=22) < note.recorded_at - note.happened_at < timedelta(hours=24)


@pytest.mark.parametrize("no_time", ["99:99", "24:00", "14:60", "14:05:73", "25:10:"])
def test_a_note_whose_time_is_none_is_refused_with_the_form(incident: Incident, ada: Actor, no_time: str) -> None:
    ada.says(f"@incident timeline {no_time} The deploy began", in_=incident)

    assert f"“{no_time.rstrip(':')}” isn't a time of day" in ada.told(in_=incident)
    assert "`@incident timeline [time] &lt;text&gt;`" in ada.told(in_=incident)
    assert not incident.entries.filter(kind="note_added").exists()


@pytest.mark.parametrize("words", ["99.95% of requests fail", "12.50% fail", "10:1 odds", "00:01amplifier"])
def test_a_note_that_begins_with_a_number_needs_no_time(incident: Incident, ada: Actor, words: str) -> None:
    ada.says(f"@incident timeline {words}", in_=incident)

    assert incident.entries.get(kind="note_added").text == words


@pytest.mark.parametrize("time", ["00:01", "00:01:", "00:01,", "0.01", "12:01 am"])
def test_a_note_takes_its_time_however_it_ends(incident: Incident, ada: Actor, time: str) -> None:
    ada.says(f"@incident timeline {time} The deploy began", in_=incident)

    assert incident.entries.get(kind="note_added").text == "The deploy began"


def test_a_reaction_keeps_a_message(workspace: Workspace, incident: Incident, ada: Actor, grace: Actor) -> None:
    grace.joins(incident)
    said = grace.says("The cache is cold", in_=incident)
    ada.does("reaction.add", channel=workspace.channel(incident).id, ts=said.ts, name="pushpin")

    pin = incident.pins.get()
    assert (pin.text, pin.author, pin.pinned_by) == ("The cache is cold", grace.person, ada.person)


def test_another_reaction_keeps_nothing(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    said = ada.says("The cache is cold", in_=incident)
    ada.does("reaction.add", channel=workspace.channel(incident).id, ts=said.ts, name="tada")

    assert not incident.pins.exists()


def test_a_pinned_message_follows_its_edits(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    said = ada.says("It began at noon", in_=incident)
    ada.pins(said, in_=incident)
    ada.does("message.edit", channel=workspace.channel(incident).id, ts=said.ts, text="It began at eleven")

    assert incident.pins.get().text == "It began at eleven"
    ada.does("message.delete", channel=workspace.channel(incident).id, ts=said.ts)
    assert incident.pins.get().removed_at is not None


def test_actions_are_noted_listed_and_done(incident: Incident, ada: Actor, grace: Actor) -> None:
    ada.says("@incident action Roll back the deploy @grace", in_=incident)
    assert incident.actions.get().text == "Roll back the deploy"
    ada.says("@incident action", in_=incident)
    assert "Roll back the deploy" in ada.told(in_=incident)

    ada.clicks("Complete", in_=incident)

    action = incident.actions.get()
    assert (action.owner, action.done_by) == (grace.person, ada.person)


@pytest.mark.parametrize("words", ["Roll back @nobody", "@nobody Roll back", "@nobody: Roll back"])
def test_an_action_of_nobody_is_refused(incident: Incident, ada: Actor, words: str) -> None:
    ada.says(f"@incident action {words}", in_=incident)

    assert "We couldn't find anyone called “@nobody”. Usage: `@incident action &lt;text&gt; [@someone]`." in ada.told(
        in_=incident
    )
    assert not incident.actions.exists()


@pytest.mark.parametrize("words", ["Upgrade @types/node", "Roll back to v1.2@stable", "Ask @nobody about it"])
def test_an_at_sign_that_names_nobody_stays_in_the_action(incident: Incident, ada: Actor, words: str) -> None:
    ada.says(f"@incident action {words}", in_=incident)

    action = incident.actions.get()
    assert (action.text, action.owner) == (words, None)


def test_an_action_can_be_noted_in_a_form(incident: Incident, ada: Actor, grace: Actor) -> None:
    ada.says("/incident action new", in_=incident)
    ada.submits({"action": "Write the postmortem", "owner": grace, "priority": "high"})

    action = incident.actions.get()
    assert (action.text, action.owner, action.priority) == ("Write the postmortem", grace.person, "high")


def test_roles_are_given_and_listed(incident: Incident, ada: Actor, grace: Actor) -> None:
    Role.objects.create(key="scribe", name="Scribe", description="Writes things down.")
    ada.says("@incident role scribe @grace", in_=incident)
    ada.says("@incident role", in_=incident)

    assert "*Scribe*: Grace Hopper" in ada.told(in_=incident)
    assert "*Lead*: _nobody_" in ada.told(in_=incident)


def test_an_unknown_role_shows_which_there_are(incident: Incident, ada: Actor) -> None:
    ada.says("@incident role cook @grace", in_=incident)

    assert "The only choice is `lead`." in ada.told(in_=incident)

    Role.objects.create(key="scribe", name="Scribe", description="Writes things down.")
    ada.says("@incident role cook @grace", in_=incident)

    assert "Choose one of: `lead`, `scribe`." in ada.told(in_=incident)


def test_people_are_called_into_the_channel(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor, linus: Actor
) -> None:
    ada.says("@incident invite @grace @linus", in_=incident)

    assert {grace.id, linus.id} <= set(workspace.channel(incident).members)


def test_list_shows_what_is_open(incident: Incident, katherine: Actor) -> None:
    katherine.says("/incident list", in_="#general")

    assert "Checkout returns 500s" in katherine.told(in_="#general")


def test_a_private_incident_is_hidden_from_the_headline_and_the_list(
    workspace: Workspace, incident: Incident, ada: Actor, katherine: Actor
) -> None:
    ada.says("@incident private on", in_=incident)

    assert "Checkout" not in workspace.headline(incident).text
    katherine.says("/incident list", in_="#general")
    assert "Checkout" not in katherine.told(in_="#general")


def test_duration_tells_and_corrects(incident: Incident, ada: Actor) -> None:
    ada.says("@incident duration since 2 hours ago", in_=incident)
    ada.says("@incident duration", in_=incident)

    assert "The incident has lasted 2 h" in ada.told(in_=incident)


def test_the_home_tab_shows_what_is_open_and_declares(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.does("home.open")

    view = workspace.sandbox.get("home", user=ada.id)["view"]
    assert "Checkout returns 500s" in str(view)
    button = next(block for block in view["blocks"] if block["type"] == "actions")
    ada.does("block.act", view_id=view["id"], block_id=button["block_id"], action_id=button["elements"][0]["action_id"])
    assert ada.dialog["title"]["text"] == "Declare an incident"


def test_a_renamed_channel_is_known_by_its_new_name(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.does("channel.rename", channel=workspace.channel(incident).id, name="war-room")

    incident.refresh_from_db()
    assert incident.comms_channel.name == "war-room"
    assert incident.links.get(kind="channel").label == "#war-room"


def test_the_most_severe_open_incident_is_in_every_list(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("@incident severity critical", in_=incident)
    for number in range(25):
        services.declare_incident(title=f"Newer {number}", kind=Kind.REPORT, reporter=ada.person, at=timezone.now())

    ada.says("/incident list")
    ada.does("home.open")

    assert "|INC-1>" in ada.told().splitlines()[0]
    assert "INC-1 Checkout" in str(workspace.sandbox.get("home", user=ada.id)["view"])

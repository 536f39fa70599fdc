"""A plugin as those of monzo/response were written, with its imports changed, by the doors."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents import queries, services
from incidents.models import Incident, Kind, Status
from slackbot.models import InboxEntry
from slackbot.testing import Actor, Workspace


def texts(workspace: Workspace, incident: Incident) -> list[str]:
    return workspace.channel(incident).texts


def now(incident: Incident) -> Incident:
    return queries.incident(queries.SYSTEM, number=incident.number)


# Commands -------------------------------------------------------------------------------------------------------------


def test_a_command_posts_in_the_channel_and_is_ticked(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    begun = timezone.now() - timedelta(hours=2, minutes=5)
    services.correct_start(incident, to=begun, by=ada.person, at=timezone.now())

    ada.says("@incident elapsed", in_=incident)

    assert "Going on for 2 hrs 5 mins, 125 in all" in texts(workspace, incident)
    assert _reactions(workspace, incident, "elapsed") == ["white_check_mark"]


def test_what_it_returns_is_said_in_the_channel(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("@incident assess major", in_=incident)

    assert any("It is major (2)" in text for text in texts(workspace, incident))
    assert str(now(incident).severity) == "Major"
    assert now(incident).entries.filter(kind="severity_changed", actor=ada.person).exists()


def test_an_alias_is_found_whatever_its_case(incident: Incident, ada: Actor) -> None:
    ada.says("@incident rate 1", in_=incident)

    assert str(now(incident).severity) == "Critical"


def test_what_was_not_handled_is_told_to_the_author(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("@incident assess dreadful", in_=incident)

    assert ada.told(in_=incident) == "❓ `assess` could not make sense of that."
    assert _reactions(workspace, incident, "dreadful") == ["question"]


def test_the_text_of_what_was_not_handled_is_told_to_the_author(incident: Incident, ada: Actor) -> None:
    ada.says("@incident handover somebody", in_=incident)
    assert ada.told(in_=incident) == "❓ Hand over to whom?"

    ada.says("/incident handover", in_=incident)
    assert ada.told(in_=incident) == "❓ Hand over to whom?"


def test_a_lead_is_a_person_by_their_slack_id(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor
) -> None:
    ada.says(f"@incident handover {grace}", in_=incident)

    assert now(incident).lead == grace.person
    assert any(f"nobody hands over to {grace} (grace, new: False)" in text for text in texts(workspace, incident))


def test_saving_an_incident_writes_what_was_changed_and_tells_of_it(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    ada.says("@incident rewrite Fish & chips", in_=incident)

    found = now(incident)
    assert (found.title, found.summary, found.impact) == ("Fish & chips", "**What** we know", "Everybody")
    assert any("Fish &amp; chips / *What* we know / Everybody / live" in text for text in texts(workspace, incident))
    assert "Fish & chips" in workspace.headline(incident).text
    kinds = found.entries.filter(actor=ada.person).values_list("kind", flat=True)
    assert {"title_changed", "summary_changed", "impact_changed"} <= set(kinds)


def test_a_command_takes_the_place_of_a_built_in_one(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("@incident close Done", in_=incident)

    assert now(incident).status == Status.RESOLVED
    assert "Closed: True, open ones: 0" in texts(workspace, incident)
    assert "Closed, our way" in workspace.channel("#incidents").texts


def test_what_was_merged_is_over_too(workspace: Workspace, incident: Incident, ada: Actor, grace: Actor) -> None:
    other = services.declare_incident(title="Search is slow", reporter=grace.person, at=timezone.now())
    workspace.settle()
    ada.says(f"@incident merge {other.reference}", in_=incident)
    workspace.after(minutes=1)

    grace.says("@incident ended", in_=other)

    assert f"Over: ['{incident.title}'], closed: True" in texts(workspace, other)


def test_a_refusal_of_the_house_is_told(incident: Incident, ada: Actor) -> None:
    ada.says("@incident handover me", in_=incident)
    ada.says(f"@incident handover {ada}", in_=incident)
    ada.says("@incident assess 2", in_=incident)
    ada.says("/incident rewrite", in_=incident)

    assert "title" in ada.told(in_=incident).lower()
    assert now(incident).summary == ""


def test_actions_and_events_are_noted(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("@incident todo Call the bank", in_=incident)

    assert "['Call the bank'], told: True" in texts(workspace, incident)
    assert now(incident).actions.get().created_by == ada.person
    assert now(incident).entries.get(text="It came up").happened_at == now(incident).started_at


def test_others_are_found_counted_and_spoken_to(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    other = services.declare_incident(title="Search is slow", reporter=ada.person, at=timezone.now())
    worst = queries.severities().get(key="critical")
    services.set_severity(other, to=worst, by=ada.person, at=timezone.now())
    services.assign_lead(other, to=ada.person, by=ada.person, at=timezone.now())
    workspace.settle()

    ada.says("@incident count", in_=incident)
    ada.says("@incident wave", in_=incident)

    assert "[1, 1, True, ['Search is slow'], True, 2]" in texts(workspace, incident)
    assert "Checkout returns 500s waves to Search is slow" in texts(workspace, other)


def test_the_client_tells_others(
    workspace: Workspace, incident: Incident, ada: Actor, linus: Actor, grace: Actor
) -> None:
    ada.says("@incident tell Please wait", in_=incident)

    assert workspace.channel("#general").shows(f"{ada} tells of Checkout returns 500s: Please wait")
    assert ada.told(in_=incident) == "They are told"
    assert "eyes" in workspace.headline(incident).reactions
    assert grace.direct_messages() == ["You lead the next one"]
    assert linus.id in workspace.channel(incident).members
    said = [call["args"] for call in workspace.calls("chat.postMessage") if call["args"]["text"] == "In the thread"]
    assert [each["thread_ts"] for each in said] == [workspace.headline(incident).ts]


def test_the_client_knows_channels_and_people(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    workspace.expected_refusals |= {"message_not_found", "channel_not_found"}

    ada.says("@incident announce Cards are down", in_=incident)
    ada.says("@incident missing nowhere", in_=incident)

    assert "['news', None, True, 'news', True, True, True]" in texts(workspace, incident)
    assert "Channel 'nowhere' not found (channel_not_found)" in texts(workspace, incident)
    news = workspace.channel("#news")
    assert news.topic == "What is broken"
    assert [each.raw["attachments"][0]["text"] for each in news.messages() if each.text == "Cards are down"] == [
        "In short"
    ]


def test_the_channel_is_renamed(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("@incident renamed Cards are down", in_=incident)

    assert workspace.channel(incident).name == "inc-cards-are-down"


def test_an_answer_of_slack_cannot_be_read_before_it_is_there(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    ada.says("@incident mistake", in_=incident)

    assert any("'ts' of Slack's answer cannot be read" in text for text in texts(workspace, incident))
    assert "Said all the same" in workspace.channel("#incidents").texts


def test_help_has_them_all(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("@incident everything", in_=incident)
    assert any("`escalate, esc` -  Page another team" in text for text in texts(workspace, incident))

    ada.says("@incident help", in_=incident)
    assert "Commands from the ancestor plugin" in ada.told(in_=incident)
    assert "Page another team" in ada.told(in_=incident)


def test_an_incident_is_declared(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("@incident raise Card readers fail", in_=incident)

    made = queries.incidents(queries.SYSTEM).get(title="Card readers fail")
    assert (made.kind, made.reporter, str(made.severity)) == (Kind.REPORT, ada.person, "Major")
    assert f"Card readers fail is number {made.number}, reported, major" in texts(workspace, incident)


def test_a_command_that_returns_something_else_is_a_mistake(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    ada.says("@incident forgetful", in_=incident)

    row = InboxEntry.objects.get(kind="plugin_command", payload__line="forgetful")
    assert "A command returns (handled, text), not None" in row.error
    assert "commands.py:" in row.error
    assert "I forget what to return" not in texts(workspace, incident)


# Buttons and dialogs --------------------------------------------------------------------------------------------------


def test_a_message_a_button_a_dialog_and_what_it_says(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("@incident esc", in_=incident)
    ada.clicks("📟 Page Payments", in_=incident)

    assert ada.dialog["title"]["text"] == "Escalate to a specialis…"
    assert ada.dialog_values == {
        "message": "*Payments*\nCards and transfers",
        "details": "",
        "who": ada.id,
        "when": "now",
    }

    ada.submits({"Message": "Every third payment fails", "who": "U0LINUS", "When": "Soon"})

    said = '{"details": null, "message": "Every third payment fails", "when": "15", "who": "U0LINUS"}'
    assert f"Payments by {ada.id}: {said}" in texts(workspace, incident)


def test_a_message_is_changed(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("@incident escalate after all", in_=incident)
    ada.clicks("Nobody", in_=incident)

    assert f"{ada} needs nobody: after all" in texts(workspace, incident)
    assert not workspace.channel(incident).shows("Whom do you need?")


def test_in_another_channel_a_buttons_value_names_the_incident(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor
) -> None:
    ada.says("@incident callout Who speaks COBOL?", in_=incident)
    grace.clicks("I can help", in_="#general")

    assert f"{grace} can help" in texts(workspace, incident)


def test_a_headline_button_opens_a_dialog(workspace: Workspace, incident: Incident, ada: Actor, grace: Actor) -> None:
    ada.says("@incident summary Cards fail", in_=incident)
    assert "📣 Status page" in workspace.headline(incident).buttons

    grace.clicks("📣 Status page", in_="#incidents")
    assert grace.dialog_values == {"text": "Cards fail"}
    grace.submits({"text": "Cards may fail"})

    assert "📣 On the status page: Cards may fail" in texts(workspace, incident)
    assert "The status page is up" in workspace.channel("#incidents").texts
    buttons = [element for _, element in workspace.headline(incident).elements()]
    assert [each["confirm"]["confirm"]["text"] for each in buttons if "confirm" in each] == ["Go on"]


def test_headline_buttons_stand_in_their_order_while_it_is_open(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    assert workspace.headline(incident).buttons == ["📣 Status page", "✏️ Edit", "✅ Resolve"]

    ada.says("@incident resolve Done", in_=incident)

    assert "📣 Status page" not in workspace.headline(incident).buttons


def test_a_buttons_handler_takes_the_place_of_a_built_in_one(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    ada.clicks("✏️ Edit", in_="#incidents")

    assert f"{ada} wants to edit it" in texts(workspace, incident)
    assert ada.dialog["title"]["text"] == "Edit Incident 1"


def test_a_form_of_a_plugin_is_saved_by_the_built_in_handler(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    """As in monzo/response, whose Edit button could be replaced alone."""
    ada.clicks("✏️ Edit", in_="#incidents")
    ada.submits({"title": "Login is slow", "summary": "A certificate expired", "severity": "minor", "lead": ada})

    after = now(incident)
    assert (after.title, after.summary, str(after.severity)) == ("Login is slow", "A certificate expired", "Minor")
    assert after.lead == ada.person
    assert (after.kind, after.impact) == (incident.kind, incident.impact)


def test_a_handler_of_a_plugin_takes_the_built_in_form(workspace: Workspace, ada: Actor) -> None:
    ada.says("/incident Checkout fails", in_="#general")
    ada.submits({"summary": "Since *noon*", "severity": "major", "kind": "report"})

    made = Incident.objects.get(title="Checkout fails, our way")
    assert (str(made.severity), made.kind, made.reporter) == ("Major", Kind.REPORT, ada.person)


def test_a_command_of_the_old_default_kind_replaces_a_built_in_one(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    ada.says("@incident impact Everybody", in_=incident)

    assert now(incident).impact == "Everybody"
    assert "It hurts Everybody; commands: True" in texts(workspace, incident)


# What people say, and what happens ------------------------------------------------------------------------------------


def test_keywords_are_heard_inside_words(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    message = ada.says("Who has the STATUSPAGES?", in_=incident)

    assert f"{ada} said statuspage in “Who has the STATUSPAGES?” at {message.ts}" in texts(workspace, incident)


def test_keyword_handlers_of_older_plugins_have_no_keyword(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    ada.says("Runbooks?", in_=incident)

    name = workspace.channel(incident).name
    assert f"There are runbooks for #{name}: Runbooks?" in texts(workspace, incident)


def test_a_handler_of_two_events_hears_both(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    message = ada.says("This matters", in_=incident)
    ada.pins(message, in_=incident)
    ada.unpins(message, in_=incident)

    said = [text for text in texts(workspace, incident) if text.startswith("📌")]
    assert said == ["📌 pin_added: This matters", "📌 pin_removed: This matters"]


def test_a_handler_of_messages_does_not_hear_bots(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("An echo, please", in_=incident)

    assert [text for text in texts(workspace, incident) if text.startswith("echo")] == ["echo An echo, please"]


# Reminders ------------------------------------------------------------------------------------------------------------


@pytest.mark.in_this_process
def test_reminders_come_when_they_are_due_and_so_often(workspace: Workspace, incident: Incident) -> None:
    def said(words: str) -> int:
        return sum(words in text for text in texts(workspace, incident))

    workspace.after(minutes=19)
    assert (said("✍️"), said("👋")) == (0, 0)

    workspace.after(minutes=2)
    assert (said("✍️ ada, what is it about?"), said("👋")) == (1, 0)

    written = now(incident).entries.get(kind="summary_changed")
    assert written.actor is not None
    assert written.actor.is_bot, "What happens by itself is done by the bot"

    workspace.after(minutes=10)
    assert (said("✍️"), said("👋")) == (1, 1)

    for _ in range(3):
        workspace.after(minutes=31)
    assert (said("✍️"), said("👋"), said("🌡️ Still")) == (1, 2, 0)

    severity = queries.severities().get(key="minor")
    services.set_severity(incident, to=severity, by=incident.reporter, at=timezone.now())
    for _ in range(2):
        workspace.after(minutes=46)
    assert said("🌡️ Still minor?") == 1


def _reactions(workspace: Workspace, incident: Incident, words: str) -> list[str]:
    return next(each.reactions for each in workspace.channel(incident).messages() if words in each.text)

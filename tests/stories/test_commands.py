"""Step 4: what one says to the bot in an incident's channel, and elsewhere."""

from __future__ import annotations

import json

import pytest
from django.utils import timezone

from incidents.models import Action, Incident, Member
from people.models import Person
from slackbot.models import OutboxEntry
from slackbot.testing import Actor, Message, Workspace


def _reactions(workspace: Workspace, incident: Incident, message: Message) -> list[str]:
    return next(each.reactions for each in workspace.channel(incident).messages() if each.ts == message.ts)


def test_lead_makes_somebody_lead(workspace: Workspace, incident: Incident, ada: Actor, grace: Actor) -> None:
    said = ada.says("@incident lead @grace", in_=incident)

    assert _reactions(workspace, incident, said) == ["white_check_mark"]
    assert str(grace) in workspace.headline(incident).text
    assert str(grace) in workspace.channel(incident).topic
    assert grace.id in workspace.channel(incident).members


@pytest.mark.parametrize("words", ["@grace", "Grace Hopper", "grace"])
def test_lead_understands_a_mention_a_handle_and_a_name(
    incident: Incident, ada: Actor, grace: Actor, words: str
) -> None:
    ada.says(f"@incident lead {words}", in_=incident)

    incident.refresh_from_db()
    assert incident.lead == grace.person


@pytest.mark.parametrize("words", ["somebody", "@oncall", "@grace @linus", "@incident", "<@W0NOBODY99>"])
def test_lead_never_makes_the_sender_lead_by_mistake(incident: Incident, ada: Actor, words: str) -> None:
    ada.says(f"@incident lead {words}", in_=incident)

    incident.refresh_from_db()
    assert incident.lead is None or incident.lead != ada.person


def test_severity_is_set_and_shown(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    said = ada.says("@incident severity major", in_=incident)

    assert _reactions(workspace, incident, said) == ["white_check_mark"]
    assert "Major" in workspace.headline(incident).text
    assert "Major" in workspace.channel(incident).topic


@pytest.mark.parametrize("words", ["10", "sev1 not 2", "mjor", "0", "-1", "major please"])
def test_an_unclear_severity_changes_nothing_and_shows_the_choices(
    workspace: Workspace, incident: Incident, ada: Actor, words: str
) -> None:
    said = ada.says(f"@incident severity {words}", in_=incident)

    assert _reactions(workspace, incident, said) == ["question"]
    assert "`critical`, `major`, `minor`, `trivial`" in ada.told(in_=incident)
    incident.refresh_from_db()
    assert incident.severity is None


@pytest.mark.parametrize(
    ("words", "name"), [("1", "Critical"), ("SEV2", "Major"), ("Minor", "Minor"), ("🔵", "Trivial")]
)
def test_severity_understands_ranks_and_any_case(
    workspace: Workspace, incident: Incident, ada: Actor, words: str, name: str
) -> None:
    ada.says(f"@incident sev {words}", in_=incident)

    assert name in workspace.headline(incident).text


def test_summary_takes_several_lines_and_keeps_their_meaning(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    ada.says("@incident summary *Payments* fail\nsee https://status.example.com & ask @grace", in_=incident)

    incident.refresh_from_db()
    assert incident.summary == "**Payments** fail\nsee <https://status.example.com> & ask @Grace Hopper"
    assert "*Payments* fail" in workspace.headline(incident).text


def test_help_lists_everything_to_the_author_alone(incident: Incident, ada: Actor, grace: Actor) -> None:
    grace.joins(incident)
    ada.says("@incident help", in_=incident)

    for command in ("lead", "severity", "summary", "resolve", "help"):
        assert f"@incident {command}" in ada.told(in_=incident)
    assert grace.told(in_=incident) == ""


def test_an_unknown_command_suggests_the_nearest(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    said = ada.says("@incident laed @grace", in_=incident)

    assert _reactions(workspace, incident, said) == ["question"]
    assert "Did you mean `@incident lead`?" in ada.told(in_=incident)


def test_a_bare_mention_says_what_to_do(incident: Incident, ada: Actor) -> None:
    ada.says("@incident", in_=incident)

    assert "`@incident help`" in ada.told(in_=incident)


@pytest.mark.parametrize(
    "text", ["  @incident   severity \u00a0 major  ", "@incident: severity major", "@incident, Severity MAJOR"]
)
def test_odd_spacing_and_punctuation_are_understood(
    workspace: Workspace, incident: Incident, ada: Actor, text: str
) -> None:
    ada.says(text, in_=incident)

    assert "Major" in workspace.headline(incident).text


def test_several_commands_in_one_message_are_all_obeyed(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor
) -> None:
    said = ada.says("@incident severity major\n@incident lead @grace", in_=incident)

    assert _reactions(workspace, incident, said) == ["white_check_mark"]
    assert "Major" in workspace.headline(incident).text
    assert str(grace) in workspace.headline(incident).text


def test_one_wrong_command_of_several_is_named_and_the_others_obeyed(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    said = ada.says("@incident severity huge\n@incident summary All is slow", in_=incident)

    assert _reactions(workspace, incident, said) == ["question"]
    assert "huge" in ada.told(in_=incident)
    assert "All is slow" in workspace.headline(incident).text


def test_words_after_resolve_and_reopen_become_updates(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    resolved = ada.says("@incident resolve The *rollback* helped", in_=incident)

    assert _reactions(workspace, incident, resolved) == ["white_check_mark"]
    assert "Resolved" in workspace.headline(incident).text
    assert "The *rollback* helped" in workspace.headline(incident).text

    ada.says("@incident reopen It is back", in_=incident)

    assert "Investigating" in workspace.headline(incident).text
    assert "It is back" in workspace.headline(incident).text


def test_words_after_a_resolve_that_is_refused_are_told_nobody(incident: Incident, ada: Actor) -> None:
    ada.says("@incident resolve Done", in_=incident)
    ada.says("@incident resolve once more", in_=incident)

    assert "❓ INC-1 is already resolved" in ada.told(in_=incident)
    assert not incident.entries.filter(kind="update_posted", text="once more").exists()


@pytest.mark.parametrize("command", ["edit", "list"])
def test_words_that_no_command_would_read_are_refused(incident: Incident, ada: Actor, command: str) -> None:
    ada.says(f"@incident {command} everything", in_=incident)

    assert "takes no text, but you wrote “everything”" in ada.told(in_=incident)
    assert f"Usage: `@incident {command}`." in ada.told(in_=incident)


def test_a_mention_in_passing_obeys_nothing_and_says_how(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    said = ada.says("could @incident resolve please?", in_=incident)

    assert _reactions(workspace, incident, said) == []
    assert "begin the message with the mention" in ada.told(in_=incident)
    assert "Investigating" in workspace.headline(incident).text


def test_outside_an_incident_channel_a_command_says_where_it_works(workspace: Workspace, ada: Actor) -> None:
    ada.says("@incident severity major", in_="#incidents")

    assert "Use `severity` in an incident channel." in ada.told(in_="#incidents")


def test_help_works_anywhere(ada: Actor) -> None:
    ada.says("@incident help", in_="#incidents")

    assert "@incident lead" in ada.told(in_="#incidents")


def test_commands_work_as_slash_commands_too(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("/incident severity major", in_=incident)

    assert "Major" in workspace.headline(incident).text
    assert ada.told(in_=incident) == "✅ Done"


def test_a_slash_command_that_is_refused_says_why(incident: Incident, ada: Actor) -> None:
    ada.says("/incident reopen once more", in_=incident)

    assert "❓ INC-1 is investigating, not resolved." in ada.told(in_=incident)


def test_a_command_that_needs_a_form_offers_a_button_after_a_mention(incident: Incident, ada: Actor) -> None:
    ada.says("@incident edit", in_=incident)
    ada.clicks("Open the form", in_=incident)

    assert ada.dialog["title"]["text"] == "Edit INC-1"


def test_words_that_are_refused_can_mention_nobody(incident: Incident, ada: Actor) -> None:
    ada.says("@incident severity <!channel>", in_=incident)

    assert "<!channel>" not in ada.told(in_=incident)


def test_the_same_mention_delivered_twice_is_obeyed_once(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("@incident severity major", in_=incident)
    mention = [each for each in workspace.sandbox.get("deliveries")["deliveries"] if each["type"] == "app_mention"][-1]
    workspace.sandbox.control(f"deliveries/{mention['id']}/redeliver")
    workspace.settle()

    assert incident.entries.filter(kind="severity_changed").count() == 1
    assert "already" not in ada.told(in_=incident)


def test_long_lists_are_cut_to_what_slack_takes(incident: Incident, workspace: Workspace, ada: Actor) -> None:
    now = timezone.now()
    people = Person.objects.bulk_create(Person(name=f"Somebody with a long name {n}") for n in range(300))
    Member.objects.bulk_create(Member(incident=incident, person=each, since=now) for each in people)
    Action.objects.bulk_create(
        Action(incident=incident, text="word " * 500, created_by=ada.person, created_at=now) for _ in range(300)
    )
    Incident.objects.bulk_create(
        Incident(number=n, title="t" * 200, reporter=ada.person, started_at=now, reported_at=now)
        for n in range(10, 130)
    )
    Incident.objects.filter(pk=incident.pk).update(private=True)

    for command, more in (
        ("action", "and 280 more in the incident document"),
        ("private", "and 251 more"),
        ("list", "more in the"),
    ):
        ada.says(f"@incident {command}", in_=incident)
        whispers = [message.raw for message in ada.sees(incident) if message.is_ephemeral]
        assert more in json.dumps(whispers[-1], ensure_ascii=False), command
    ada.does("home.open")

    blocks = workspace.sandbox.get("home", user=ada.id)["view"]["blocks"]
    assert len(blocks) < 100
    assert "and 81 more in the" in json.dumps(blocks[-1], ensure_ascii=False)
    assert "/?state=open|list on the web>" in json.dumps(blocks[-1], ensure_ascii=False)
    # The sandbox refuses what Slack would refuse, and then a row is left over.
    assert not workspace.app.work()
    assert not OutboxEntry.objects.filter(given_up_at__isnull=False).exists()

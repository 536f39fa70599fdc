"""What a channel hears of us: few messages, and at once what nobody may miss."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle
from threading import Thread

import pytest
from django.db import connection
from django.utils import timezone

from incidents import services
from incidents.models import Incident, Severity, Status
from slackbot.plugins import CommandContext, incident_command
from slackbot.testing import Actor, Workspace
from slackbot.testing.workspace import Message

pytestmark = pytest.mark.in_this_process  # the clock of another one cannot be moved


def _ours(workspace: Workspace, incident: Incident) -> list[Message]:
    """Everything in the channel that is ours, Slack's notices of what we did included."""
    channel = workspace.channel(incident)
    return [each for each in channel.messages() if each.raw.get("user") == workspace.BOT or each.raw.get("bot_id")]


def _topics(workspace: Workspace, incident: Incident) -> int:
    return sum(each.raw.get("subtype") == "channel_topic" for each in _ours(workspace, incident))


def _newest(workspace: Workspace, incident: Incident) -> str:
    return [each for each in _ours(workspace, incident) if not each.raw.get("subtype")][-1].text


@pytest.fixture
def people(workspace: Workspace, incident: Incident) -> list[Actor]:
    found = [Actor(workspace, f"U0{name}") for name in ("ADA", "GRACE", "LINUS", "KATHERINE", "RADIA")]
    for actor in found[1:]:
        actor.joins(incident)
    return found


def _in_the_channel() -> list[str]:
    return [
        *("severity minor", "lead me", "note It began with the deploy", "summary Payments fail", "status identified"),
        *("action Roll back", "update We found it", "impact Half of Europe", "severity major", "lead @grace"),
        *("note Rolled back one shard", "action Widen the pool", "role lead @linus", "title Shard three is full"),
        *("update Rolling back", "note Two shards are back", "severity critical", "note It is back again"),
        *("status investigating", "action Call the vendor", "update The vendor looks", "status monitoring"),
        *("severity minor", "note All green", "update All shards are back", "lead @ada"),
    ]


def _elsewhere(incident: Incident, person: Actor) -> Iterator[None]:
    """Change it on the web, by the API or a slash command, a change a step."""
    by = person.person
    severities = {each.key: each for each in Severity.objects.all()}
    for number in range(7):
        services.add_note(incident, text=f"Looked at shard {number}", by=by, at=timezone.now())
        yield
        to = incident.reporter if incident.lead == by else by
        services.assign_lead(incident, to=to, by=by, at=timezone.now())
        yield
        key = "major" if incident.severity and incident.severity.key == "minor" else "minor"
        services.set_severity(incident, to=severities[key], by=by, at=timezone.now())
        yield
        services.post_update(incident, text=f"News {number}", by=by, at=timezone.now())
        yield


def test_an_hour_of_five_people_and_forty_changes(
    workspace: Workspace, incident: Incident, people: list[Actor]
) -> None:
    begun, said = timezone.now(), 0
    elsewhere = _elsewhere(Incident.objects.get(pk=incident.pk), people[1])
    for number, (words, actor) in enumerate(zip(_in_the_channel(), cycle(people), strict=False)):
        actor.says(f"@incident {words}", in_=incident)
        people[(number + 2) % 5].says("I look at the graphs", in_=incident)
        people[(number + 4) % 5].says("What do you see?", in_=incident)
        said += 3
        if number % 2:
            next(elsewhere)
            workspace.settle()
            people[(number + 3) % 5].says("Seen, thanks", in_=incident)
            said += 1
        workspace.after(seconds=135)
    services.resolve_incident(incident, by=people[0].person, at=timezone.now())
    workspace.settle()
    assert timezone.now() - begun > timedelta(minutes=57)

    ours = _ours(workspace, incident)
    assert len(ours) * 5 <= said, [each.text[:60] for each in ours]
    assert _newest(workspace, incident).startswith("Resolved · by Ada Lovelace")
    assert "Resolved" in workspace.channel(incident).topic


@pytest.mark.long
def test_an_hour_of_hardly_anything_but_commands(workspace: Workspace, incident: Incident, people: list[Actor]) -> None:
    said = 0
    for number, (words, actor) in enumerate(zip([*_in_the_channel(), *_in_the_channel()[:14]], cycle(people))):
        actor.says(f"@incident {words}", in_=incident)
        said += 1
        if number % 4 == 0:
            actor.says("I look at the graphs", in_=incident)
            said += 1
        workspace.after(seconds=90)

    ours = _ours(workspace, incident)
    assert len(ours) * 5 <= said, [each.text[:60] for each in ours]


def test_a_command_typed_into_the_channel_has_its_check_mark_and_no_answer(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    before = len(_ours(workspace, incident))
    said = ada.says("@incident status identified", in_=incident)

    shown = next(each for each in workspace.channel(incident).messages() if each.ts == said.ts)
    assert shown.reactions == ["white_check_mark"]
    assert len(_ours(workspace, incident)) == before + 1  # the notice of the first new topic
    assert "Identified" in workspace.channel(incident).topic


def test_a_command_in_a_thread_is_told_in_the_channel(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    first = ada.says("Look here", in_=incident)
    ada.says("@incident status identified", in_=incident, thread=first)

    assert _newest(workspace, incident) == "Status changed from investigating to identified · by Ada Lovelace"


def test_changes_elsewhere_are_told_in_one_message(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("/incident status identified", in_=incident)
    before = len(_ours(workspace, incident))
    services.post_update(incident, text="It is the *disk*", by=ada.person, at=timezone.now())
    ada.says("/incident lead me", in_=incident)
    workspace.settle()

    lines = _newest(workspace, incident).splitlines()
    assert [line.split("  ", 1)[1] for line in lines] == [
        "Status changed from investigating to identified · by Ada Lovelace",
        "📣 Update: It is the _disk_ · by Ada Lovelace",
        "Ada Lovelace took the lead",
    ]
    assert len(_ours(workspace, incident)) == before


def test_what_nobody_may_miss_is_a_new_message(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    severities = {each.key: each for each in Severity.objects.all()}
    for key in ("minor", "critical", "major"):
        services.set_severity(incident, to=severities[key], by=ada.person, at=timezone.now())
        workspace.settle()
    notices = [each.text for each in _ours(workspace, incident) if each.raw.get("subtype") == "channel_topic"]
    assert ["Minor" in notices[1], "Critical" in notices[2], len(notices)] == [True, True, 3]
    services.resolve_incident(incident, by=ada.person, at=timezone.now())
    workspace.settle()

    assert _newest(workspace, incident) == "Resolved · by Ada Lovelace"


def test_a_change_that_people_would_miss_is_told_anew(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    services.change_status(incident, to=Status.IDENTIFIED, by=ada.person, at=timezone.now())
    workspace.settle()
    workspace.after(minutes=11)
    ada.says("Let me look", in_=incident)
    services.change_status(incident, to=Status.MONITORING, by=ada.person, at=timezone.now())
    workspace.settle()

    assert _newest(workspace, incident) == "Status changed from identified to monitoring · by Ada Lovelace"


def test_topic_is_set_at_once_only_when_it_matters(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    channel = incident
    ada.says("@incident severity minor", in_=channel)
    before = _topics(workspace, incident)
    for words in ("status identified", "severity trivial", "title Search", "status monitoring"):
        ada.says(f"@incident {words}", in_=channel)
    assert _topics(workspace, incident) == before

    ada.says("@incident severity critical", in_=channel)
    assert "Critical" in workspace.channel(incident).topic
    assert _topics(workspace, incident) == before + 1
    ada.says("@incident title Search is slow", in_=channel)
    ada.says("@incident lead me", in_=channel)
    workspace.after(minutes=3)
    assert str(ada) in workspace.channel(incident).topic
    ada.says("@incident severity major", in_=channel)
    workspace.after(minutes=21)
    assert "Major" in workspace.channel(incident).topic
    assert _topics(workspace, incident) == before + 3


def test_a_redacted_text_leaves_the_announcement(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("/incident status identified", in_=incident)
    ada.says("/incident update The password is Zanzibar-7", in_=incident)
    ada.clicks("Post update", in_=incident)
    assert workspace.channel(incident).shows("Zanzibar-7")
    entry = incident.entries.get(kind="update_posted")
    ada.says(f"@incident redact {entry.seq} contained a password", in_=incident)
    ada.clicks("Redact it", in_=incident)

    channel = workspace.channel(incident)
    assert not channel.shows("Zanzibar")
    assert channel.shows("Redacted by Ada Lovelace")
    assert channel.shows("Status changed from investigating to identified")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="An embedded database lets nobody write at the same time")
def test_what_somebody_else_does_while_a_command_runs_is_told(
    workspace: Workspace, incident: Incident, people: list[Actor], registers: None
) -> None:
    grace = people[1].person

    def leads() -> None:
        services.assign_lead(incident, to=grace, by=grace, at=timezone.now())
        connection.close()

    @incident_command("slow", help="take a while")
    def slow(ctx: CommandContext) -> None:
        other = Thread(target=leads)
        other.start()
        other.join()
        assert ctx.incident is not None
        services.set_severity(
            ctx.incident, to=Severity.objects.get(key="critical"), by=people[2].person, at=timezone.now()
        )

    people[2].says("@incident slow", in_=incident)

    assert "Grace Hopper took the lead" in _newest(workspace, incident)
    assert "Critical" not in _newest(workspace, incident)

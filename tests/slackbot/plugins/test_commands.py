"""What docs/plugins.md promises of commands and keywords."""

from __future__ import annotations

from datetime import timedelta

import pytest

from incidents.models import Incident
from slackbot.plugins import CommandContext, KeywordContext, incident_command, keyword_handler
from slackbot.testing import Actor, Workspace

pytestmark = [pytest.mark.in_this_process, pytest.mark.usefixtures("registers")]


def test_one_function_serves_mention_slash_and_alias_and_sees_what_was_typed(incident: Incident, ada: Actor) -> None:
    heard: list[tuple[str, str, str, int]] = []

    @incident_command("try-it", "try-that", help="try it")
    def try_it(ctx: CommandContext) -> None:
        heard.append((ctx.name, ctx.text, ctx.actor.name, ctx.incident.number))

    ada.says("@incident try-it  Some   Thing ", in_=incident)
    ada.says("/incident try-that Some   Thing", in_=incident)
    ada.says("@incident TRY-IT", in_=incident)

    assert heard == [("try-it", "Some   Thing", "Ada Lovelace", 1)] * 2 + [("try-it", "", "Ada Lovelace", 1)]


def test_nothing_returned_is_a_tick_and_a_text_is_seen_by_the_author_alone(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor
) -> None:
    @incident_command("silent", help="say nothing")
    def silent(ctx: CommandContext) -> None: ...

    @incident_command("loud", help="say something")
    def loud(ctx: CommandContext) -> str:
        return "Heard."

    grace.joins(incident)
    said = ada.says("@incident silent", in_=incident)
    ada.says("@incident loud", in_=incident)

    ticked = next(message for message in workspace.channel(incident).messages() if message.ts == said.ts)
    assert ticked.reactions == ["white_check_mark"]
    assert ada.told(in_=incident) == "Heard."
    assert grace.told(in_=incident) == ""


def test_outside_incident_channels_only_what_works_anywhere_works(workspace: Workspace, ada: Actor) -> None:
    @incident_command("inside", help="inside")
    def inside(ctx: CommandContext) -> str:
        return "Never."

    @incident_command("everywhere", help="everywhere", anywhere=True)
    def everywhere(ctx: CommandContext) -> str:
        return f"{ctx.incident_or_none}"

    ada.says("/incident inside")
    assert "Use `inside` in an incident channel." in ada.told()

    ada.says("/incident everywhere")
    assert ada.told() == "None"


def test_what_cannot_be_read_is_answered_with_the_form(incident: Incident, ada: Actor) -> None:
    @incident_command("at", help="when", usage="14:05")
    def at(ctx: CommandContext) -> str:
        return f"{ctx.moment():%H:%M}"

    ada.says("@incident at the moon", in_=incident)

    assert "Usage: `@incident at 14:05`" in ada.told(in_=incident)


def test_the_readers_read_the_text_or_the_words_they_are_given(incident: Incident, ada: Actor, grace: Actor) -> None:
    read: list[object] = []

    @incident_command("read", help="read")
    def reader(ctx: CommandContext) -> None:
        person, severity, length, place = ctx.text.split()
        read.extend([ctx.person(person).name, [each.name for each in ctx.people(person)], ctx.person("me").name])
        read.extend(
            [ctx.severity(severity).key, ctx.duration(length), ctx.channel(place), ctx.moment("in 10m") > ctx.now]
        )

    ada.says("@incident read @grace major 1h #general", in_=incident)

    assert read == ["Grace Hopper", ["Grace Hopper"], "Ada Lovelace", "major", timedelta(hours=1), "C0GENERAL", True]


def test_help_shows_each_with_its_form_and_its_plugin(incident: Incident, ada: Actor) -> None:
    @incident_command("defrost", help="thaw the database", usage="minutes")
    def defrost(ctx: CommandContext) -> None: ...

    ada.says("@incident help", in_=incident)

    assert "defrost minutes" in ada.told(in_=incident)
    assert "thaw the database" in ada.told(in_=incident)


def test_a_replacement_serves_instead_of_the_built_in(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    @incident_command("resolve", help="never", replace=True)
    def resolve(ctx: CommandContext) -> str:
        return "We never resolve."

    ada.says("@incident resolve", in_=incident)

    assert ada.told(in_=incident) == "We never resolve."
    incident.refresh_from_db()
    assert incident.is_open


def test_what_a_refused_or_failing_handler_changed_is_undone(incident: Incident, ada: Actor) -> None:
    @incident_command("half", help="half")
    def half(ctx: CommandContext) -> None:
        ctx.incident.participants.all().delete()
        ctx.post("Never said")
        ctx.severity("no such thing")

    before = incident.participants.count()
    ada.says("@incident half", in_=incident)

    assert before > 0
    assert incident.participants.count() == before
    assert "isn't a severity" in ada.told(in_=incident)


# Keywords -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("the run book please", "run book"),
        ("The RUN   Book!", "RUN   Book"),
        ("ticket ABC-123, see there", "ABC-123"),
        ("runbook", None),
        ("a run bookshelf", None),
        ("outrun book", None),
        ("@incident run book", None),
        ("/incident help run book", None),
    ],
)
def test_whole_words_phrases_and_patterns_are_heard_and_commands_are_not(
    incident: Incident, ada: Actor, said: str, heard: str | None
) -> None:
    keywords: list[str] = []

    @keyword_handler("run book", pattern=r"\b[A-Z]+-\d+\b")
    def hear(ctx: KeywordContext) -> None:
        keywords.append(ctx.keyword)

    ada.says(said, in_=incident)

    assert keywords == ([heard] if heard else [])


def test_a_keyword_is_answered_once_in_half_an_hour_in_each_incident(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    @keyword_handler("rollback")
    def one(ctx: KeywordContext) -> str:
        return "One hears rollback."

    @keyword_handler("rollback", "revert")
    def two(ctx: KeywordContext) -> str:
        return "Two hears it, too."

    ada.says("/incident Search is down")
    ada.submits()
    for place in (incident, "#inc-2-search-is-down"):
        ada.says("rollback? rollback!", in_=place)
        ada.says("Shall we rollback?", in_=place)
        assert workspace.channel(place).texts.count("One hears rollback.") == 1
        assert workspace.channel(place).texts.count("Two hears it, too.") == 1

    workspace.after(minutes=31)
    ada.says("rollback now", in_=incident)
    assert workspace.channel(incident).texts.count("One hears rollback.") == 2


def test_a_handler_that_said_nothing_is_asked_again(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    asked: list[str] = []

    @keyword_handler("panic")
    def calm(ctx: KeywordContext) -> None:
        asked.append(ctx.message)

    ada.says("panic", in_=incident)
    ada.says("more panic", in_=incident)

    assert asked == ["panic", "more panic"]


def test_bots_are_not_heard(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    heard: list[str] = []

    @keyword_handler("echo")
    def echo(ctx: KeywordContext) -> str:
        heard.append(ctx.message)
        return "echo echo echo"

    ada.says("echo", in_=incident)
    workspace.after(hours=1)

    assert heard == ["echo"]  # our own answer, which holds the word, comes back as an event of a bot


def test_outside_incident_channels_nothing_is_heard(workspace: Workspace, ada: Actor) -> None:
    heard: list[str] = []

    @keyword_handler("echo")
    def echo(ctx: KeywordContext) -> None:
        heard.append(ctx.message)

    ada.says("echo", in_="#general")

    assert heard == []

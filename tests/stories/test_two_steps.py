"""A command alone shows what is there and offers to change it; a text in the place of another is asked about first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import timezone

from incidents import services
from incidents.models import Incident
from incidents.texts import without_escapes
from slackbot.testing import Actor, FormRefused, Message, Workspace

NOW_IT_SAYS = "Every third payment fails"


@pytest.fixture
def described(incident: Incident, ada: Actor) -> Incident:
    services.write_summary(incident, text=NOW_IT_SAYS, by=ada.person, at=timezone.now())
    return incident


def _reactions(workspace: Workspace, incident: Incident, message: Message) -> list[str]:
    return next(each.reactions for each in workspace.channel(incident).messages() if each.ts == message.ts)


def _newest(actor: Actor, incident: Incident) -> Any:
    return [message for message in actor.sees(incident) if message.is_ephemeral][-1]


@pytest.mark.parametrize(
    ("command", "shows", "field", "value", "then"),
    [
        ("summary", NOW_IT_SAYS, "summary", "All payments fail", ("summary", "All payments fail")),
        ("impact", "There is no impact yet", "impact", "Everybody", ("impact", "Everybody")),
        ("rename", "Checkout returns 500s", "title", "Checkout is slow", ("title", "Checkout is slow")),
        ("sev", "No severity is set", "severity", "major", ("severity.key", "major")),
        ("lead", "There is no lead yet", "lead", "U0GRACE", ("lead.name", "Grace Hopper")),
        ("status", "Investigating", "status", "monitoring", ("status", "monitoring")),
    ],
)
def test_a_command_alone_shows_what_is_there_and_changes_it_in_a_form(
    described: Incident, ada: Actor, command: str, shows: str, field: str, value: str, then: tuple[str, str]
) -> None:
    ada.says(f"@incident {command}", in_=described)
    assert shows in ada.told(in_=described)
    ada.clicks("Change", in_=described)
    assert list(ada.dialog_values) == [field]
    ada.submits({field: value})

    assert "✅" in ada.told(in_=described)
    found: Any = Incident.objects.get()
    for name in then[0].split("."):
        found = getattr(found, name)
    assert found == then[1]


@pytest.mark.parametrize("door", ["@incident", "/incident"])
@pytest.mark.parametrize(
    ("command", "old", "values", "new"),
    [
        ("summary", NOW_IT_SAYS, {"summary": "All payments fail"}, "The summary now says:\nAll payments fail"),
        ("severity", "No severity is set", {"severity": "major"}, "Severity set to"),
        ("duration", "has lasted", {"started_at": datetime(2026, 1, 2, 3, 4, tzinfo=UTC)}, "The incident began"),
    ],
)
def test_what_the_form_changed_takes_the_place_of_the_old_answer(
    described: Incident, ada: Actor, door: str, command: str, old: str, values: dict[str, Any], new: str
) -> None:
    ada.says(f"{door} {command}", in_=described)
    ada.clicks("Change", in_=described)
    ada.submits(values)

    assert new in ada.told(in_=described)
    assert not [message for message in ada.sees(described) if message.is_ephemeral and old in message.text]


def test_a_form_sent_as_it_was_leaves_the_answer_with_its_button(described: Incident, ada: Actor) -> None:
    ada.says("@incident summary", in_=described)
    ada.clicks("Change", in_=described)
    ada.submits()

    assert "is unchanged" in ada.told(in_=described)
    assert [message for message in ada.sees(described) if message.buttons == ["✏️ Change"]]


def test_a_question_answered_in_the_form_is_answered(workspace: Workspace, described: Incident, ada: Actor) -> None:
    said = ada.says("@incident summary All payments fail", in_=described)
    ada.clicks("Change", in_=described)
    ada.submits({"summary": "Half of the payments fail"})

    assert _reactions(workspace, described, said) == ["white_check_mark"]
    assert "Half of the payments fail" in ada.told(in_=described)
    assert not [message for message in ada.sees(described) if "Replace it" in message.buttons]


def test_a_slash_command_alone_does_the_same(described: Incident, ada: Actor, grace: Actor) -> None:
    grace.joins(described)
    ada.says("/incident summary", in_=described)
    assert NOW_IT_SAYS in ada.told(in_=described)
    assert grace.told(in_=described) == ""

    ada.clicks("Change", in_=described)
    assert ada.dialog_values == {"summary": NOW_IT_SAYS}


def test_a_start_time_that_nobody_touched_in_the_form_stays_to_the_second(described: Incident, ada: Actor) -> None:
    began = described.started_at
    ada.says("@incident duration", in_=described)
    ada.clicks("Change", in_=described)
    ada.submits()

    described.refresh_from_db()
    assert described.started_at == began
    assert not described.entries.filter(kind="started_at_changed").exists()


def test_what_others_wrote_while_the_form_was_open_is_not_undone(described: Incident, ada: Actor, grace: Actor) -> None:
    ada.says("@incident summary", in_=described)
    ada.clicks("Change", in_=described)
    services.write_summary(described, text="By Grace", by=grace.person, at=timezone.now())

    with pytest.raises(FormRefused) as refused:
        ada.submits({"summary": "By Ada"})

    assert "By Grace" in refused.value.errors["summary"]


@pytest.mark.parametrize("door", ["@incident", "/incident"])
def test_a_text_that_stands_already_is_replaced_only_after_a_yes(
    workspace: Workspace, described: Incident, ada: Actor, grace: Actor, door: str
) -> None:
    grace.joins(described)
    said = ada.says(f"{door} summary *All* payments fail", in_=described)
    for words in (NOW_IT_SAYS, "Replace it with this?", "*All* payments fail"):
        assert words in ada.told(in_=described)
    assert NOW_IT_SAYS in workspace.headline(described).text
    if door == "@incident":
        assert _reactions(workspace, described, said) == ["question"]
    assert grace.told(in_=described) == ""

    ada.clicks("Replace it", in_=described)

    assert "*All* payments fail" in workspace.headline(described).text
    assert "✅" in _newest(ada, described).text
    assert not [message for message in ada.sees(described) if "Replace it" in message.buttons]
    if door == "@incident":
        assert _reactions(workspace, described, said) == ["white_check_mark"]


def test_a_yes_that_comes_too_late_overwrites_nothing_and_asks_again(
    workspace: Workspace, described: Incident, ada: Actor, grace: Actor
) -> None:
    ada.says("@incident impact Everybody", in_=described)
    said = ada.says("@incident impact Only Europe", in_=described)
    services.write_impact(described, text="Half of Asia", by=grace.person, at=timezone.now())
    ada.clicks("Replace it", in_=described)

    assert _reactions(workspace, described, said) == ["question"]
    described.refresh_from_db()
    assert described.impact == "Half of Asia"
    for words in ("Someone changed the impact in the meantime", "Half of Asia", "Only Europe"):
        assert words in _newest(ada, described).text

    ada.clicks("Replace it", in_=described)
    described.refresh_from_db()
    assert described.impact == "Only Europe"
    assert _reactions(workspace, described, said) == ["white_check_mark"]


@pytest.mark.parametrize("text", ["障" * 2900, "💥" * 1450, "a <b> & c " * 280])
def test_a_long_text_in_any_script_survives_the_question(described: Incident, ada: Actor, text: str) -> None:
    ada.says(f"@incident summary {text}", in_=described)
    ada.clicks("Replace it", in_=described)

    described.refresh_from_db()
    assert without_escapes(described.summary) == text.strip()
    ada.says("@incident summary", in_=described)
    ada.clicks("Change", in_=described)
    assert ada.dialog_values["summary"] == text.strip()


def test_saying_again_what_it_says_is_told_and_not_asked(described: Incident, ada: Actor) -> None:
    ada.says(f"@incident summary {NOW_IT_SAYS}", in_=described)

    assert "already says that" in ada.told(in_=described)


def test_a_text_that_is_too_long_is_refused_before_it_is_asked_about(described: Incident, ada: Actor) -> None:
    ada.says(f"@incident summary {'a' * 3100}", in_=described)

    assert "3,000" in ada.told(in_=described) or "3000" in ada.told(in_=described)
    assert not _newest(ada, described).buttons

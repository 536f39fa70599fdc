"""No command drops, cuts or ignores a word: it takes all of them, or says which it cannot do anything with."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from incidents import services
from incidents.fields import CustomField
from incidents.models import Incident, TimelineEntry
from slackbot.kit.registry import registry
from slackbot.testing import Actor, Workspace

pytestmark = pytest.mark.in_this_process

WORDS = "xyzzy plugh"  # that name nobody and nothing
# What one may write after each built-in command. A command that is new must be added.
TAKES_TEXT = {
    "action": "mend the pump",
    "cancel": "a false alarm",
    "impact": "everybody",
    "reopen": "it is back",
    "resolve": "all is well",
    "summary": "it is slow",
    "timeline": "14:05 rolled back",
    "title": "Checkout is slow",
    "update": "we know more",
}
TAKES_NO_MORE = {
    "duration": ["", "since 14:05", "since yesterday 5pm"],
    "edit": [""],
    "field": ["", "region EU", "owner @grace", "since 2026-11-21", "tier 3", "urgent yes"],
    "help": ["", "lead"],
    "invite": ["", "@grace", "Grace Hopper", "@grace @linus", "me"],
    "lead": ["", "@grace", "grace", "me"],
    "list": [""],
    "merge": ["", "INC-2", "2"],
    "operate": ["", "on tier-2"],
    "private": ["", "on", "off", "on @grace"],
    "quiet": ["", "1h", "off"],
    "role": ["", "lead @grace", "lead nobody"],
    "severity": ["", "major", "sev2"],
    "status": ["", "monitoring"],
    "withdraw": ["", "1"],
}
FREE_LAST = {
    "correct": "a note takes every word",
    "declare": "a form takes every word",
    "redact": "a reason takes every word",
}
CASES = [(name, words) for name, several in TAKES_NO_MORE.items() for words in several]


@pytest.fixture(autouse=True)
def our_fields(add_field: Callable[..., CustomField]) -> None:
    add_field("region", "Region", "choice", options=["EU", "US"])
    add_field("owner", "Owner", "person")
    add_field("since", "Since", "date")
    add_field("tier", "Tier", "number")
    add_field("urgent", "Urgent", "yes_no")


def _stored() -> str:
    """Return everything that is kept of the incidents, and of what was said about them."""
    kept: list[Any] = [
        list(Incident.objects.order_by("pk").values("title", "summary", "impact", "status", "field_values", "private"))
    ]
    kept += [list(TimelineEntry.objects.order_by("pk").values("incident", "kind", "text"))]
    return json.dumps(kept, default=str, ensure_ascii=False)


def test_every_command_is_tried_here() -> None:
    built_in = {command.name for command in registry.listed_commands() if command.is_built_in}

    assert built_in == {*TAKES_TEXT, *TAKES_NO_MORE, *FREE_LAST}


@pytest.mark.long
@pytest.mark.parametrize(("command", "words"), CASES, ids=[" ".join(case) for case in CASES])
def test_a_command_that_takes_no_more_words_changes_nothing_and_names_them(
    incident: Incident, ada: Actor, command: str, words: str
) -> None:
    services.declare_incident(title="Mails are late", reporter=ada.person, at=timezone.now())
    ada.workspace.settle()
    before = _stored()

    ada.says(f"@incident {command} {words} {WORDS}".replace("  ", " "), in_=incident)

    assert "xyzzy" in ada.told(in_=incident)
    if command != "invite":
        assert _stored() == before


@pytest.mark.parametrize(("command", "words"), TAKES_TEXT.items())
def test_a_command_that_takes_a_text_keeps_every_word(incident: Incident, ada: Actor, command: str, words: str) -> None:
    if command == "reopen":
        services.resolve_incident(incident, by=ada.person, at=timezone.now())

    ada.says(f"@incident {command} {words} {WORDS}", in_=incident)

    assert WORDS in _stored()


def test_invite_calls_those_it_knows_and_names_the_others(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor
) -> None:
    ada.says("@incident invite @grace, @nosuch and @incident", in_=incident)

    assert grace.id in workspace.channel(incident).members
    assert "Invited: Grace Hopper" in ada.told(in_=incident)
    assert "We couldn't find anyone called “@nosuch”." in ada.told(in_=incident)
    assert "is a bot" in ada.told(in_=incident)


def test_a_list_of_a_thousand_names_is_refused_in_time(incident: Incident, ada: Actor) -> None:
    # After three seconds, Slack would answer with an error, which `says` raises.
    ada.says(f"/incident lead {', '.join(f'x{number}' for number in range(1000))}", in_=incident)

    assert "Name at most 50 people at a time." in ada.dialog_text


def test_people_are_read_in_any_order_and_by_any_name(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor, linus: Actor
) -> None:
    ada.says("@incident invite Grace Hopper and linus", in_=incident)

    assert {grace.id, linus.id} <= set(workspace.channel(incident).members)
    assert ada.told(in_=incident) == ""


@pytest.mark.parametrize("words", ["3 weeks", "8 days", "0m"])
def test_a_length_that_is_not_taken_is_refused_and_not_changed(incident: Incident, ada: Actor, words: str) -> None:
    ada.says(f"@incident quiet {words}", in_=incident)

    assert "❓ " in ada.told(in_=incident)
    incident.comms_channel.refresh_from_db()
    assert incident.comms_channel.quiet_until is None


@pytest.mark.parametrize(
    "words", ["status monitoring", "severity major", "lead @grace", "title Slow", "field tier 3", "private on"]
)
def test_what_is_so_already_is_confirmed(workspace: Workspace, incident: Incident, ada: Actor, words: str) -> None:
    ada.says(f"@incident {words}", in_=incident)
    again = ada.says(f"@incident {words}", in_=incident)

    assert ada.told(in_=incident).startswith("✅ ")
    assert "already" in ada.told(in_=incident)
    shown = next(each for each in workspace.channel(incident).messages() if each.ts == again.ts)
    assert shown.reactions == ["white_check_mark"]


def test_names_given_with_a_second_private_are_not_dropped(incident: Incident, ada: Actor) -> None:
    ada.says("@incident private on", in_=incident)
    ada.says("@incident private on @grace", in_=incident)

    assert "Use `@incident invite` to add people" in ada.told(in_=incident)


def test_a_long_title_goes_into_the_summary_and_the_form_says_so(ada: Actor) -> None:
    words = " ".join(["word"] * 60)

    ada.says(f"/incident {words}")

    assert "The summary contains your whole text" in ada.dialog_text
    assert ada.dialog_values["summary"] == words


def test_a_text_that_slack_would_cut_is_left_out_of_the_form_and_kept(incident: Incident, ada: Actor) -> None:
    value = "🔥" * 2000
    Incident.objects.filter(pk=incident.pk).update(summary=value)

    ada.says("/incident edit", in_=incident)
    assert "summary" not in ada.dialog_values
    assert "too long for Slack's form" in ada.dialog_text
    ada.submits({"impact": "Everybody"})

    incident.refresh_from_db()
    assert (incident.summary, incident.impact) == (value, "Everybody")


def test_a_long_search_on_the_web_is_refused_and_not_ignored(
    incident: Incident, ada: Actor, browser_of: Callable[..., Client]
) -> None:
    answer = browser_of(ada.person).get("/", {"q": "x" * 201})

    assert "at most 200 characters" in answer.content.decode()
    assert "Checkout" not in answer.content.decode()

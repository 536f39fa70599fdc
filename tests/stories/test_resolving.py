"""The end of an incident: a question that shows what is left open, and a final update instead of a promise."""

from __future__ import annotations

import pytest
from django.utils import timezone

from incidents import services
from incidents.models import Incident
from slackbot.testing import Actor, FormRefused, Workspace

pytestmark = pytest.mark.in_this_process

PROMISE = "Next news in 15 minutes"
COMMANDS = {"mention": "resolve", "alias": "close", "status": "status resolved", "with words": "resolve Done"}


@pytest.fixture
def promising(incident: Incident, ada: Actor) -> Incident:
    services.post_update(incident, text=PROMISE, by=ada.person, at=timezone.now())
    services.add_action(incident, text="Order a pump", by=ada.person, at=timezone.now(), owner=ada.person)
    ada.workspace.settle()
    return incident


@pytest.mark.parametrize("way", ["button", "mention", "alias", "slash", "status", "change", "with words"])
def test_every_way_to_resolve_shows_what_is_open_and_offers_a_final_update(
    workspace: Workspace, promising: Incident, ada: Actor, way: str
) -> None:
    match way:
        case "button":
            ada.clicks("Resolve")
        case "slash":
            ada.says("/incident resolve", in_=promising)
        case "change":
            ada.says("/incident status", in_=promising)
            ada.clicks("Change", in_=promising)
            ada.submits({"status": "Resolved"})
        case _:
            ada.says(f"@incident {COMMANDS[way]}", in_=promising)
            assert "1 action item is still open" in ada.told(in_=promising)
            ada.clicks("Resolve INC-1", in_=promising)
    promising.refresh_from_db()
    assert promising.is_open
    assert "Order a pump · Ada Lovelace" in ada.dialog_text
    assert ada.dialog_values["final_update"] == ("Done" if way == "with words" else "")

    ada.submits({"final_update": "All payments work"})

    promising.refresh_from_db()
    assert promising.is_resolved
    assert "*Final update*" in workspace.headline(promising).text
    assert "All payments work" in workspace.headline(promising).text
    assert PROMISE not in workspace.headline(promising).text


def test_a_mention_shows_that_the_question_is_open_and_then_answered(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    said = ada.says("@incident resolve", in_=incident)
    assert _reactions(workspace, incident, said.ts) == ["question"]

    ada.clicks("Resolve INC-1", in_=incident)
    ada.submits()

    assert _reactions(workspace, incident, said.ts) == ["white_check_mark"]


def test_a_free_title_still_reaches_the_form_when_action_items_are_open(promising: Incident, ada: Actor) -> None:
    ada.says("/incident Close button does nothing", in_=promising)
    ada.clicks("Declare a new incident", in_=promising)

    assert ada.dialog_values["title"] == "Close button does nothing"


def test_without_a_final_update_no_promise_remains(workspace: Workspace, promising: Incident, ada: Actor) -> None:
    ada.clicks("Resolve")
    ada.submits()

    assert "Resolved" in workspace.headline(promising).text
    assert PROMISE not in workspace.headline(promising).text


def test_a_final_update_of_an_earlier_end_is_not_shown_at_the_next(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    ada.says("@incident resolve The cable is mended", in_=incident)
    ada.says("@incident reopen", in_=incident)
    ada.clicks("Resolve")
    ada.submits()

    assert "The cable is mended" not in workspace.headline(incident).text


def test_the_thread_of_the_headline_marks_the_final_update(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    ada.says("@incident cancel It was a drill", in_=incident)

    assert workspace.channel("#incidents").shows("*Final update* *Ada Lovelace*: It was a drill")


def test_somebody_elses_resolution_loses_no_final_update(incident: Incident, ada: Actor) -> None:
    ada.clicks("Resolve")
    services.resolve_incident(incident, by=ada.person, at=timezone.now())

    with pytest.raises(FormRefused, match="already resolved"):
        ada.submits({"final_update": "Done"})


def _reactions(workspace: Workspace, incident: Incident, ts: str) -> list[str]:
    return next(each.reactions for each in workspace.channel(incident).messages() if each.ts == ts)

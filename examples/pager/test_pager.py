"""The pager is a small HTTP server of the test's own."""

from __future__ import annotations

import pytest

from incidents.models import Incident
from slackbot.testing import Actor, FormRefused, OtherSystem, Workspace

WHY = {"team": "Payments", "why": "Every third payment fails"}


@pytest.fixture
def pager(other_system: OtherSystem, monkeypatch: pytest.MonkeyPatch) -> OtherSystem:
    monkeypatch.setenv("PAGER_URL", other_system.url)
    monkeypatch.setenv("PAGER_TOKEN", "a-token-of-the-pager")
    return other_system


def test_a_click_and_a_form_page_a_team(
    workspace: Workspace, incident: Incident, ada: Actor, pager: OtherSystem
) -> None:
    ada.clicks("Page someone")
    ada.submits(WHY)

    (asked,) = pager.asked
    assert asked.body == {"team": "payments", "why": "Every third payment fails", "by": "Ada Lovelace"}
    assert workspace.channel(incident).shows("📟 Ada Lovelace paged payments: Every third payment fails")
    assert ada.told(in_="#incidents") == "payments is paged."


def test_a_command_opens_the_same_form(incident: Incident, ada: Actor, pager: OtherSystem) -> None:
    ada.says("/incident page", in_=incident)
    ada.submits(WHY)

    assert [asked.body["team"] for asked in pager.asked] == ["payments"]


def test_a_pager_that_stumbles_is_asked_again_with_the_same_key(
    workspace: Workspace, incident: Incident, ada: Actor, pager: OtherSystem
) -> None:
    pager.answers = [500, 503]
    ada.clicks("Page someone")
    ada.submits(WHY)
    assert not workspace.channel(incident).shows("paged")

    workspace.after(seconds=10)
    workspace.after(seconds=10)

    keys = [asked.key for asked in pager.asked]
    assert len(keys) == 3
    assert len(set(keys)) == 1
    assert sum("paged" in text for text in workspace.channel(incident).texts) == 1


def test_a_refusal_is_told_and_not_repeated(
    workspace: Workspace, incident: Incident, ada: Actor, pager: OtherSystem
) -> None:
    pager.answers = [403]
    ada.clicks("Page someone")
    ada.submits(WHY)
    workspace.after(minutes=1)

    assert "The page failed: 127.0.0.1 answered 403 Forbidden. Please telephone." in ada.told(in_="#incidents")
    assert len(pager.asked) == 1


def test_the_form_stays_open_until_it_says_why(incident: Incident, ada: Actor, pager: OtherSystem) -> None:
    ada.clicks("Page someone")

    with pytest.raises(FormRefused) as refusal:
        ada.submits({"team": "Payments", "why": "Help"})

    assert refusal.value.errors == {"why": "Say a little more: three words at least."}
    assert pager.asked == []


def test_nobody_is_paged_for_what_is_over(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    assert "📟 Page someone" in workspace.headline(incident).buttons

    ada.says("@incident resolve Done", in_=incident)

    assert "📟 Page someone" not in workspace.headline(incident).buttons

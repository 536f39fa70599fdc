from __future__ import annotations

import pytest

from incidents.models import Incident
from slackbot.testing import Actor, OtherSystem, Workspace


@pytest.fixture(autouse=True)
def page(other_system: OtherSystem, monkeypatch: pytest.MonkeyPatch) -> OtherSystem:
    monkeypatch.setenv("STATUS_PAGE_URL", other_system.url)
    return other_system


def test_a_draft_is_made_of_the_summary_and_previewed(incident: Incident, ada: Actor, page: OtherSystem) -> None:
    ada.says("@incident summary Every third payment fails.", in_=incident)
    ada.clicks("Status page")
    assert ada.dialog_values == {"state": "investigating", "text": "Every third payment fails."}

    ada.submits({"state": "We know the cause", "text": "Some <payments> fail."})

    assert ada.dialog["title"]["text"] == "Is it right?"
    assert "*We know the cause*\nSome &lt;payments&gt; fail." in str(ada.dialog["blocks"][0]["text"]["text"])
    assert page.asked == []


def test_what_was_previewed_is_published_once(
    workspace: Workspace, incident: Incident, ada: Actor, page: OtherSystem
) -> None:
    page.answers = [503, 500]
    publish(ada, incident, "Some payments fail.")
    workspace.after(minutes=1)

    assert len(page.asked) == 3
    assert len({asked.key for asked in page.asked}) == 1
    entry = {"title": "Checkout returns 500s", "state": "identified", "text": "Some payments fail.", "mail": True}
    assert (page.asked[-1].path, page.asked[-1].body) == (f"/incidents/{incident.number}", entry)
    assert sum("The status page says: Some payments fail." in text for text in workspace.channel(incident).texts) == 1
    assert [link.label for link in incident.links.filter(kind="status-page")] == ["Status page"]


def test_an_update_takes_the_place_of_what_it_said(incident: Incident, ada: Actor, page: OtherSystem) -> None:
    publish(ada, incident, "Some payments fail.")
    publish(ada, incident, "Payments work again.")

    assert {asked.path for asked in page.asked} == {f"/incidents/{incident.number}"}
    assert [asked.body["text"] for asked in page.asked] == ["Some payments fail.", "Payments work again."]
    assert incident.links.filter(kind="status-page").count() == 1


@pytest.mark.parametrize("end", ["resolve Done", "cancel"])
def test_it_is_resolved_there_by_a_click(incident: Incident, ada: Actor, page: OtherSystem, end: str) -> None:
    publish(ada, incident, "Some payments fail.")
    ada.says(f"@incident {end}", in_=incident)
    ada.clicks("Resolve it there, too", in_=incident)

    assert page.asked[-1].body["state"] == "resolved"
    assert ada.told(in_=incident) == "The status page says that it is over."


def test_what_was_never_published_need_not_be_resolved(
    workspace: Workspace, incident: Incident, ada: Actor, page: OtherSystem
) -> None:
    ada.says("@incident resolve Done", in_=incident)

    assert not workspace.channel(incident).shows("status page")


def test_a_refusal_is_told_and_nothing_is_said(
    workspace: Workspace, incident: Incident, ada: Actor, page: OtherSystem
) -> None:
    page.answers = [401]
    publish(ada, incident, "Some payments fail.")

    assert "The status page was not updated: 127.0.0.1 answered 401 Unauthorized." in ada.told(in_=incident)
    assert not workspace.channel(incident).shows("The status page says")


def publish(ada: Actor, incident: Incident, text: str) -> None:
    ada.says("/incident statuspage", in_=incident)
    ada.submits({"state": "identified", "text": text})
    ada.submits({"how": ["Also by e-mail"]})

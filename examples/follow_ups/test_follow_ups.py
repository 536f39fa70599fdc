from __future__ import annotations

from incidents.models import Incident
from slackbot.testing import Actor, Workspace


def test_a_reminder_comes_once_at_its_time(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("@incident remind 2h Call the customer", in_=incident)
    workspace.after(minutes=119)
    assert not workspace.channel(incident).shows("⏰")

    workspace.after(minutes=2)
    workspace.after(days=1)
    assert workspace.channel(incident).texts.count(f"⏰ {ada} wanted to be reminded: Call the customer") == 1


def test_nobody_is_reminded_of_what_is_over(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("@incident remind 2h Call the customer", in_=incident)
    ada.says("@incident resolve Done", in_=incident)
    workspace.after(hours=3)

    assert not workspace.channel(incident).shows("⏰")


def test_what_is_open_for_long_is_listed_each_day(workspace: Workspace, incident: Incident) -> None:
    workspace.after(days=3, hours=1)

    lists = [text for text in workspace.channel("#incidents").texts if "Open for more than a day" in text]
    assert len(lists) in (2, 3)
    assert f"{incident.reference} Checkout returns 500s" in lists[0]

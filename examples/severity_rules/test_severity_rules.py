from __future__ import annotations

from incidents.models import Incident
from slackbot.testing import Actor


def severity_of(incident: Incident) -> str:
    incident.refresh_from_db()
    return incident.severity.key if incident.severity else ""


def test_only_the_lead_lowers_what_is_critical(incident: Incident, ada: Actor, grace: Actor) -> None:
    grace.joins(incident)
    ada.says("@incident severity critical", in_=incident)
    ada.says("@incident lead @grace", in_=incident)
    ada.says("@incident severity minor", in_=incident)
    assert severity_of(incident) == "critical"
    assert "ask the person who leads" in ada.told(in_=incident)

    grace.says("@incident severity minor", in_=incident)
    assert severity_of(incident) == "minor"


def test_without_a_lead_anybody_does(incident: Incident, ada: Actor) -> None:
    ada.says("@incident severity critical", in_=incident)
    ada.says("@incident severity minor", in_=incident)

    assert severity_of(incident) == "minor"

from __future__ import annotations

from incidents.models import Incident
from slackbot.testing import Actor


def test_a_newcomer_is_briefed(incident: Incident, ada: Actor, linus: Actor) -> None:
    ada.says("@incident summary Every third payment fails.", in_=incident)
    linus.joins(incident)

    assert linus.direct_messages() == [
        f"Welcome to {incident.reference} *Checkout returns 500s*. There is no lead yet.\nEvery third payment fails."
    ]


def test_who_declared_it_knows_already(incident: Incident, ada: Actor) -> None:
    assert ada.direct_messages() == []

from __future__ import annotations

from incidents.models import Incident
from slackbot.testing import Actor


def test_who_speaks_takes_part_and_is_counted(incident: Incident, ada: Actor, grace: Actor) -> None:
    grace.joins(incident)
    grace.says("I look at the database", in_=incident)
    grace.says("It is fine", in_=incident)

    participant = incident.participants.get(person=grace.person)
    assert participant.message_count == 2
    assert incident.entries.filter(kind="participant_joined", actor=grace.person).count() == 1


def test_bots_do_not_take_part(incident: Incident, ada: Actor) -> None:
    ada.says("@incident help", in_=incident)

    assert [each.person for each in incident.participants.all()] == [ada.person]

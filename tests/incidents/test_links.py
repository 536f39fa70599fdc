from __future__ import annotations

import pytest

from incidents import services
from incidents.errors import ChannelExists
from incidents.models import EntryKind, Incident, Link
from people.errors import InvalidValue
from people.models import Person
from tests.incidents.world import after, declared, kinds, newest, stored

CHANNEL = "https://example.slack.com/archives/C1"


def attach_channel(incident: Incident) -> None:
    services.attach_link(incident, kind=Link.CHANNEL, label="#inc-1-checkout", url=CHANNEL, at=after(1))


def test_a_link_is_told_in_the_timeline(incident: Incident) -> None:
    attach_channel(incident)

    assert newest(incident).text == f"Channel: [#inc-1-checkout]({CHANNEL})"
    assert newest(incident).actor is None
    assert newest(incident).data == {"kind": "channel", "label": "#inc-1-checkout", "url": CHANNEL}


def test_the_same_link_again_does_nothing(incident: Incident) -> None:
    attach_channel(incident)
    attach_channel(incident)

    assert incident.links.count() == 1
    assert kinds(incident) == [EntryKind.OPENED, EntryKind.LINK_ADDED]


def test_an_incident_may_have_many_links_of_a_kind(incident: Incident, ada: Person) -> None:
    for ticket in ("PAY-1", "PAY-2"):
        url = f"https://tracker.example.com/{ticket}"
        services.attach_link(incident, kind="ticket", label=ticket, url=url, at=after(1), by=ada)

    assert [link.label for link in incident.links.all()] == ["PAY-1", "PAY-2"]


def test_two_incidents_may_share_a_link(incident: Incident, ada: Person) -> None:
    other = declared(ada)

    attach_channel(incident)
    attach_channel(other)

    assert Link.objects.count() == 2


def test_a_channel_is_asked_for(incident: Incident, ada: Person) -> None:
    services.request_channel(incident, by=ada, at=after(1))

    assert newest(incident).kind == EntryKind.CHANNEL_REQUESTED
    assert newest(incident).actor == ada


def test_a_channel_is_asked_for_once(incident: Incident, ada: Person) -> None:
    services.request_channel(incident, by=ada, at=after(1))

    with pytest.raises(ChannelExists, match=r"^The channel of INC-1 is already being created\.$"):
        services.request_channel(incident, by=ada, at=after(2))

    assert stored(incident).version == 2


def test_an_incident_with_a_channel_gets_no_second(incident: Incident, ada: Person) -> None:
    attach_channel(incident)

    with pytest.raises(ChannelExists, match=r"^INC-1 already has a channel\.$"):
        services.request_channel(incident, by=ada, at=after(2))


def test_a_headline_is_no_channel(incident: Incident, ada: Person) -> None:
    services.attach_link(incident, kind=Link.HEADLINE, label="Headline", url=f"{CHANNEL}/p1", at=after(1))

    services.request_channel(incident, by=ada, at=after(2))

    assert newest(incident).kind == EntryKind.CHANNEL_REQUESTED


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "/relative", "", "https://a.example/x y", "https://a.example/\n"]
)
def test_a_link_leads_to_the_web_and_nowhere_else(incident: Incident, url: str) -> None:
    with pytest.raises(InvalidValue, match=r"^A link starts with https:// and has no spaces\.$") as refusal:
        services.attach_link(incident, kind="ticket", label="T", url=url, at=after(1))

    assert refusal.value.field == "url"
    assert not incident.links.exists()


def test_a_link_to_a_server_without_a_certificate_is_taken(incident: Incident) -> None:
    services.attach_link(incident, kind="ticket", label="T", url="http://wiki.internal:8080/x", at=after(1))

    assert incident.links.get().url == "http://wiki.internal:8080/x"


def test_a_link_too_long_to_keep_is_refused(incident: Incident) -> None:
    with pytest.raises(InvalidValue, match=r"^The link is too long: 1001 characters, at most 1000\.$"):
        services.attach_link(incident, kind="ticket", label="T", url="https://" + "x" * 993, at=after(1))


def test_a_label_too_long_to_keep_is_cut(incident: Incident) -> None:
    services.attach_link(incident, kind="ticket", label="x" * 300, url="https://a.example", at=after(1))

    assert incident.links.get().label == "x" * 200

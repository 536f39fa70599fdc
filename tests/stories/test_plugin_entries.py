"""A plugin adds a kind of timeline entry. It reads well everywhere, also when the plugin is gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jsonschema
import pytest
from django.test import Client
from django.utils import timezone

from incidents import entries, erasure, redaction, services
from incidents.entries import KINDS, Entry, PlainText, stored
from incidents.models import Incident, Severity
from incidents.texts import in_markdown
from incidents.vetoes import Vetoed
from people.actors import System
from people.errors import InvalidValue
from people.models import Person
from slackbot.plugins import IncidentEventContext, VetoContext, before_change, incident_event
from slackbot.testing import Actor, Workspace
from tests.ui.pages import text
from tests.ui.test_api import Program

# Other processes do not know the kinds of a test.
pytestmark = [pytest.mark.in_this_process, pytest.mark.usefixtures("registers")]

BrowserOf = Callable[[Person], Client]


@pytest.fixture
def called(registers: None) -> Any:
    class CustomerCalled(Entry):
        """A customer called about the incident."""

        kind = "acme.customer_called"
        label = "Customer call"
        icon = "person"
        emoji = "📞"

        customer: str = stored("The customer's name")
        minutes: int = stored("How long the call took", default=0)

        def text(self) -> str:
            return f"{in_markdown(self.customer)} called"

    return CustomerCalled


def record(incident: Incident, entry: Entry, ada: Actor, workspace: Workspace) -> None:
    services.record_entry(incident, entry, by=ada.person, at=timezone.now())
    workspace.settle()


def test_document_channel_and_api_show_it(
    workspace: Workspace, incident: Incident, ada: Actor, browser_of: BrowserOf, called: Any
) -> None:
    record(incident, called(customer="<Initech>", minutes=7), ada, workspace)

    entry = Program(ada.person).asks("incidents/1/timeline")["items"][-1]
    document = Client().get("/api/v1/openapi.json").json()
    assert "<Initech> called by Ada Lovelace" in text(browser_of(ada.person).get("/incidents/1/"))
    assert workspace.channel(incident).shows("📞 &lt;Initech&gt; called · by Ada Lovelace")
    assert (entry["kind"], entry["label"]) == ("acme.customer_called", "Customer call")
    assert entry["data"] == {"customer": "<Initech>", "minutes": 7}
    assert document["components"]["schemas"]["EntryData.acme.customer_called"]["title"] == "Customer call"
    jsonschema.validate(entry, {"$ref": "#/components/schemas/EntryOut", "components": document["components"]})


def test_without_its_plugin_it_is_plain_text_everywhere(
    workspace: Workspace, incident: Incident, ada: Actor, browser_of: BrowserOf, called: Any
) -> None:
    record(incident, called(customer="Initech"), ada, workspace)
    KINDS.remove(called.kind)

    entry = Program(ada.person).asks("incidents/1/timeline")["items"][-1]
    services.set_severity(incident, to=Severity.objects.get(key="major"), by=ada.person, at=timezone.now())
    workspace.settle()

    assert "Initech called by Ada Lovelace" in text(browser_of(ada.person).get("/incidents/1/"))
    assert workspace.channel(incident).shows("Initech called · by Ada Lovelace")
    assert (entry["label"], entry["text"]) == ("Customer called", "Initech called")
    assert entry["data"] == {"customer": "Initech", "minutes": 0}
    assert "EntryData.acme.customer_called" not in Client().get("/api/v1/openapi.json").json()["components"]["schemas"]
    assert isinstance(incident.entries.get(kind=called.kind).details, PlainText)


def test_one_that_slack_was_not_told_before_the_plugin_went_is_told_as_text(
    workspace: Workspace, incident: Incident, ada: Actor, called: Any
) -> None:
    services.record_entry(incident, called(customer="Initech"), by=ada.person, at=timezone.now())
    KINDS.remove(called.kind)

    workspace.settle()
    workspace.after(seconds=20)

    assert workspace.channel(incident).shows("Initech called · by Ada Lovelace")


def test_a_kind_that_is_not_announced_stays_out_of_the_channel(
    workspace: Workspace, incident: Incident, ada: Actor, browser_of: BrowserOf
) -> None:
    class Measured(Entry):
        """A measurement."""

        kind = "acme.measured"
        label = "Measured"
        is_announced = False

        value: int = stored("How many errors a minute")

        def text(self) -> str:
            return f"{self.value} errors a minute"

    record(incident, Measured(value=12), ada, workspace)

    assert "12 errors a minute" in text(browser_of(ada.person).get("/incidents/1/"))
    assert not workspace.channel(incident).shows("12 errors")


def test_another_incident_is_named_only_to_those_who_may_see_it(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor, browser_of: BrowserOf
) -> None:
    class Related(Entry):
        """Another incident has the same cause."""

        kind = "acme.related"
        label = "Related"
        other_incident = "number"
        text_without_other = "Has the same cause as a private incident"

        number: int | None = stored("The number of the other incident; null when you may not see it")

        def text(self) -> str:
            return f"Has the same cause as INC-{self.number}"

    other = services.declare_incident(title="Leak", reporter=ada.person, at=timezone.now(), private=True)
    record(incident, Related(number=other.number), ada, workspace)

    entry = Program(grace.person).asks("incidents/1/timeline")["items"][-1]
    assert "Has the same cause as INC-2" in text(browser_of(ada.person).get("/incidents/1/"))
    assert "Has the same cause as a private incident" in text(browser_of(grace.person).get("/incidents/1/"))
    assert workspace.channel(incident).shows("Has the same cause as a private incident")
    assert (entry["text"], entry["data"]["number"]) == ("Has the same cause as a private incident", None)

    KINDS.remove("acme.related")  # the plugin is gone, or Response runs in safe mode
    entry = Program(grace.person).asks("incidents/1/timeline")["items"][-1]
    assert (entry["text"], entry["data"]["number"]) == ("Has the same cause as a private incident", None)
    assert "INC-2" not in text(browser_of(grace.person).get("/incidents/1/"))


@pytest.mark.parametrize("wrong", ["INC-2", [2], 2.0, 0, 10**12, True])
def test_another_incident_must_be_named_by_its_number(incident: Incident, ada: Actor, wrong: Any) -> None:
    class Related(Entry):
        """Another incident has the same cause."""

        kind = "acme.related"
        label = "Related"
        other_incident = "number"
        text_without_other = "Has the same cause as a private incident"

        number: Any = stored("The number of the other incident")

        def text(self) -> str:
            return f"Has the same cause as {self.number}"

    with pytest.raises(TypeError, match="must be the number of an incident"):
        services.record_entry(incident, Related(number=wrong), by=ada.person, at=timezone.now())


def test_plugins_hear_of_it_and_may_refuse_it(
    workspace: Workspace, incident: Incident, ada: Actor, called: Any
) -> None:
    heard = []

    @incident_event(called.kind)
    def hear(ctx: IncidentEventContext) -> None:
        heard.append(ctx.entry.details)

    @before_change(called.kind)
    def refuse(ctx: VetoContext) -> str | None:
        return "We don't talk to Hooli." if ctx.data["customer"] == "Hooli" else None

    record(incident, called(customer="Initech"), ada, workspace)
    with pytest.raises(Vetoed, match="We don't talk to Hooli"):
        record(incident, called(customer="Hooli"), ada, workspace)

    assert heard == [called(customer="Initech")]


def test_its_text_can_be_redacted_and_nothing_of_its_data_stays(
    workspace: Workspace, incident: Incident, ada: Actor, called: Any
) -> None:
    record(incident, called(customer="Initech"), ada, workspace)
    entry = incident.entries.get(kind=called.kind)

    redaction.redact_entry(incident, entry=entry, by=ada.person, reason="a customer's name", at=timezone.now())
    workspace.settle()

    entry.refresh_from_db()
    assert set(entry.data) == {"redacted"}
    assert not workspace.channel(incident).shows("Initech")


def test_its_sentence_does_not_keep_the_name_of_somebody_who_was_erased(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor, called: Any
) -> None:
    record(incident, called(customer=grace.person.name), ada, workspace)

    erasure.erase_person(grace.person, by=System("a test"), reason="asked for it", at=timezone.now())

    entry = incident.entries.get(kind=called.kind)
    assert (entry.text, entry.data["customer"]) == ("a former colleague called", "a former colleague")


def test_plugins_cannot_record_what_only_services_may(incident: Incident, ada: Actor) -> None:
    with pytest.raises(TypeError, match="Resolved is recorded by the service that makes the change"):
        services.record_entry(
            incident, entries.Resolved(status="resolved", was="monitoring"), by=ada.person, at=timezone.now()
        )


def test_an_entry_needs_a_text_that_can_be_stored(incident: Incident, ada: Actor, called: Any) -> None:
    now = timezone.now()
    services.record_entry(incident, called(customer="Ini\0tech"), by=ada.person, at=now)

    class Silent(Entry):
        """Nothing."""

        kind = "acme.silent"
        label = "Silent"

        def text(self) -> str:
            return " "

    assert incident.entries.get(kind=called.kind).data["customer"] == "Initech"
    with pytest.raises(InvalidValue, match="has no text"):
        services.record_entry(incident, Silent(), by=ada.person, at=now)
    with pytest.raises(InvalidValue, match="in the future"):
        services.record_entry(
            incident, called(customer="A"), by=ada.person, at=now, happened_at=now + timedelta(minutes=1)
        )

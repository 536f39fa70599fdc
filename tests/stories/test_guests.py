"""A guest gets their incidents and nothing else: no commands, people or addresses of the rest of the workspace."""

from __future__ import annotations

import html
import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from incidents import services
from incidents.models import Incident
from jobs.models import OperatorEntry
from people.models import Person
from people.services import add_person
from slackbot.kit.registry import registry
from slackbot.testing import Actor, Workspace
from tests import signed
from ui import accounts, tokens
from ui.models import ApiToken

NOT_FOR_GUESTS = "Guests can't do that. Ask a full member of this workspace."
NO_PERMISSION = "You don't have permission to do that. Ask your Response administrator."


@pytest.fixture
def guest(workspace: Workspace, incident: Incident, ada: Actor) -> Actor:
    """A guest who was invited to the incident."""
    made = workspace.sandbox.control("people", name="visitor", real_name="Visiting Guest", is_restricted=True)
    workspace.settle()
    guest = Actor(workspace, made["user"]["id"])
    ada.says(f"@incident invite {guest}", in_=incident)
    return guest


@pytest.fixture
def stranger(workspace: Workspace) -> Person:
    """Somebody who has nothing to do with the guest's incident."""
    return add_person(name="Barbara Liskov", email="barbara@example.com", time_zone="UTC", is_active=True, is_bot=False)


def _program(person: Person) -> Client:
    secret = tokens.make_token(person, name="A test", scope=ApiToken.Scope.WRITE, at=timezone.now())
    return Client(headers={"Authorization": f"Bearer {secret}"})


def _browser(person: Person) -> Client:
    browser = Client()
    browser.force_login(accounts.login_of(person))
    return browser


# Slack ----------------------------------------------------------------------------------------------------------------


# A guest may ask how to do something, and which incidents are theirs.
FOR_EVERYBODY = ("help", "list")


@pytest.mark.parametrize(
    "name", [each.name for each in registry.listed_commands() if each.anywhere and each.name not in FOR_EVERYBODY]
)
def test_a_command_about_no_incident_is_refused_in_the_guests_channel_too(
    workspace: Workspace, incident: Incident, guest: Actor, name: str
) -> None:
    channel = workspace.channel(incident)

    answer = signed.command(workspace, guest.id, name, channel=channel.id)
    guest.says(f"@incident {name}", in_=incident)

    assert NOT_FOR_GUESTS in answer.text
    assert NOT_FOR_GUESTS in guest.told(in_=incident)
    assert "tier-1" not in guest.told(in_=incident)
    assert not workspace.calls("views.open")


def test_a_guest_works_on_their_incident(workspace: Workspace, incident: Incident, guest: Actor) -> None:
    guest.says("@incident status identified", in_=incident)

    incident.refresh_from_db()
    assert incident.status == "identified"


# Operations -----------------------------------------------------------------------------------------------------------


@pytest.mark.in_this_process  # it changes a setting
@pytest.mark.parametrize(
    ("rights", "may"), [({}, False), ({"is_staff": True}, True), ({"is_superuser": True}, True)], ids=str
)
def test_the_same_people_operate_in_slack_and_on_the_web(
    workspace: Workspace, ada: Actor, settings: Any, rights: dict[str, Any], *, may: bool
) -> None:
    settings.SANDBOX = False
    person = ada.person
    person.login = User.objects.create_user("ada", **rights)
    person.save(update_fields=["login"])
    browser = Client(headers={"host": "localhost"})
    browser.force_login(person.login)

    switched = signed.command(workspace, ada.id, "operate off reminders", channel="C0GENERAL").text
    shown = signed.command(workspace, ada.id, "operate", channel="C0GENERAL").text

    assert ("`reminders` is off." in switched) == ("`reminders` is *off*" in shown) == may
    assert (NO_PERMISSION in switched) == (NO_PERMISSION in shown) == (not may)
    assert (browser.get("/operators/").status_code == 200) == may
    assert ('href="/operators/"' in browser.get("/").content.decode()) == may
    posted = browser.post("/operators/switches/", {"switch": "reminders", "to": "on"})
    assert posted.status_code == (302 if may else 403)
    assert OperatorEntry.objects.count() == (2 if may else 0)


# The API and the web --------------------------------------------------------------------------------------------------


def test_a_guest_reads_nobodys_address_but_their_own(
    workspace: Workspace, incident: Incident, ada: Actor, guest: Actor, stranger: Person
) -> None:
    Person.objects.filter(pk=guest.person.pk).update(email="visitor@example.com")
    services.assign_lead(incident, to=ada.person, by=ada.person, at=timezone.now())
    services.add_action(incident, text="Look", owner=ada.person, by=ada.person, at=timezone.now())
    program = _program(guest.person)
    document = program.get("/api/v1/openapi.json").json()
    addresses = set(Person.objects.exclude(pk=guest.person.pk).exclude(email="").values_list("email", flat=True))
    assert addresses & set(json.dumps(_program(ada.person).get("/api/v1/people").json()).split('"'))

    for path in document["paths"]:
        if "get" in document["paths"][path]:
            answer = program.get(path.format(number=incident.number)).content.decode()
            assert not [each for each in addresses if each in answer], path
    changed = program.post(
        f"/api/v1/incidents/{incident.number}/timeline",
        {"text": "I looked"},
        content_type="application/json",
        headers={"Idempotency-Key": "once"},
    )
    assert changed.json()["actor"]["email"] == "visitor@example.com"
    assert program.get("/api/v1/me").json()["person"]["email"] == "visitor@example.com"


def test_a_repeated_call_shows_no_addresses_to_somebody_who_became_a_guest(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    Person.objects.filter(pk=ada.person.pk).update(email="ada@example.com")
    person = add_person(name="Barbara", email="b@example.com", time_zone="UTC", is_active=True, is_bot=False)
    services.invite_member(incident, person=person, by=ada.person, at=timezone.now())
    program = _program(person)
    sent: dict[str, Any] = {"content_type": "application/json", "headers": {"Idempotency-Key": "once"}}
    address = f"/api/v1/incidents/{incident.number}"
    assert "ada@example.com" in program.patch(address, {"impact": "Europe"}, **sent).content.decode()
    Person.objects.filter(pk=person.pk).update(is_guest=True)

    again = program.patch(address, {"impact": "Europe"}, **sent)

    assert again.status_code == 200
    assert "ada@example.com" not in again.content.decode()


def test_a_guest_knows_only_the_people_of_their_incidents(
    incident: Incident, ada: Actor, guest: Actor, stranger: Person
) -> None:
    program = _program(guest.person)

    known = {each["name"] for each in program.get("/api/v1/people").json()}

    assert known == {"Ada Lovelace", "Visiting Guest"}
    for asked in (stranger.email, ada.person.email):
        assert program.get("/api/v1/people", {"email": asked}).json() == []
    page = _browser(guest.person).get(f"/incidents/{incident.number}/").content.decode()
    edit = _browser(guest.person).get(f"/incidents/{incident.number}/edit/").content.decode()
    declare = _browser(guest.person).get("/incidents/new/").content.decode()
    privacy = _browser(guest.person).get(f"/incidents/{incident.number}/private/").content.decode()
    services.make_private(incident, by=ada.person, at=timezone.now(), members=[guest.person])
    private = _browser(guest.person).get(f"/incidents/{incident.number}/").content.decode()
    assert all("Visiting Guest" in shown for shown in (page, edit, declare, privacy, private))
    for shown in (page, edit, declare, privacy, private):
        assert "Barbara Liskov" not in shown
    assert "Ada Lovelace" in edit


@pytest.mark.parametrize("named", ["id", "email"])
def test_a_guest_finds_nobody_by_naming_them(incident: Incident, guest: Actor, stranger: Person, named: str) -> None:
    said = stranger.pk if named == "id" else stranger.email
    program, address = _program(guest.person), f"/api/v1/incidents/{incident.number}"

    for answer in (
        program.post(f"{address}/actions", {"text": "Look", "owner": said}, content_type="application/json"),
        program.patch(address, {"lead": said}, content_type="application/json"),
    ):
        assert answer.status_code == 400
        assert "Barbara" not in answer.content.decode()
    sent = {"action": "Look", "owner": str(stranger.pk)}
    _browser(guest.person).post(f"/incidents/{incident.number}/actions/", sent)
    _browser(guest.person).post(f"/incidents/{incident.number}/lead/", {"lead": str(stranger.pk)})
    incident.refresh_from_db()
    assert incident.lead != stranger
    assert not incident.actions.exists()


# Who sees an incident -------------------------------------------------------------------------------------------------


@pytest.mark.in_this_process
def test_a_guest_changes_nothing_about_who_sees_an_incident(incident: Incident, ada: Actor, guest: Actor) -> None:
    browser, refusal = _browser(guest.person), "Guests can't change who sees an incident."
    page = f"/incidents/{incident.number}/"
    assert 'id="make-private"' not in browser.get(page).content.decode()
    guest.says("@incident private on", in_=incident)
    assert refusal in guest.told(in_=incident)

    services.make_private(incident, by=ada.person, at=timezone.now(), members=[guest.person])
    ada.workspace.settle()
    shown = browser.get(page).content.decode()
    assert 'id="make-public"' not in shown
    assert f"/members/{ada.person.pk}/remove/" not in shown
    assert browser.post(f"{page}public/").status_code == 403
    assert browser.post(f"{page}members/{ada.person.pk}/remove/").status_code == 403
    guest.says("@incident private off", in_=incident)
    assert refusal in guest.told(in_=incident)

    incident.refresh_from_db()
    assert incident.private


def test_a_guest_is_refused_before_they_fill_in_a_form(guest: Actor) -> None:
    browser = _browser(guest.person)

    assert "Declare incident" not in browser.get("/").content.decode()
    answer = browser.get("/incidents/new/")
    assert answer.status_code == 403
    assert NOT_FOR_GUESTS in html.unescape(answer.content.decode())

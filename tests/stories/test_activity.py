"""Each sign of work is kept: who, when, of which kind and in which incident. Never what."""

from __future__ import annotations

from collections import Counter
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import models
from django.test import Client
from django.utils import timezone

from incidents import services
from incidents.models import Activity, ActivityTotal, Incident
from people.models import Person
from slackbot.testing import Actor, Workspace
from ui import accounts


def signs(person: Person) -> Counter[str]:
    """Return how many signs of work of each kind a person has left."""
    kinds = Activity.objects.filter(person=person).values_list("kind", flat=True)
    return Counter(Activity.Kind(kind).key for kind in kinds)


def begin(*actors: Actor) -> None:
    """Forget what the fixtures did."""
    Activity.objects.filter(person__in=[actor.person for actor in actors]).delete()


def test_a_row_holds_no_content() -> None:
    columns = {field.name: type(field) for field in Activity._meta.concrete_fields}

    assert columns == {
        "id": models.BigAutoField,
        "person": models.ForeignKey,
        "incident": models.ForeignKey,
        "at": models.DateTimeField,
        "kind": models.PositiveSmallIntegerField,
    }


def test_joining_talking_reacting_and_leaving_are_kept(workspace: Workspace, incident: Incident, grace: Actor) -> None:
    grace.joins(incident)
    said = grace.says("I look at the database", in_=incident)
    grace.says("It is fine", in_=incident)
    grace.does("reaction.add", channel=workspace.channel(incident).id, ts=said.ts, name="eyes")
    grace.does("channel.leave", channel=workspace.channel(incident).id)

    assert signs(grace.person) == {"joined": 1, "message": 2, "reaction": 1, "left": 1}


def test_a_command_and_the_edit_that_it_makes_are_kept(incident: Incident, ada: Actor) -> None:
    begin(ada)

    ada.says("@incident severity critical", in_=incident)

    assert signs(ada.person) == {"command": 1, "edit": 1}


def test_a_command_that_only_reads_and_one_that_is_refused_are_not_kept(incident: Incident, ada: Actor) -> None:
    begin(ada)

    for words in ("@incident help", "/incident list", "@incident severity bananas", "/incident"):
        ada.says(words, in_=incident)

    assert signs(ada.person) == {}


def test_a_click_is_kept(incident: Incident, ada: Actor, grace: Actor) -> None:
    grace.clicks("Resolve")
    assert signs(grace.person) == {"click": 1}

    grace.submits({})

    assert signs(grace.person) == {"click": 2, "edit": 1}


def test_declaring_is_an_edit(workspace: Workspace, ada: Actor) -> None:
    ada.says("/incident Search is slow")
    ada.submits({"severity": "major"})

    assert signs(ada.person)["edit"] == 1  # one act, though the timeline has two entries of it


def test_bots_and_outsiders_leave_no_rows(workspace: Workspace, incident: Incident, ada: Actor, linus: Actor) -> None:
    made = workspace.sandbox.control("people", name="visitor", real_name="Visitor", is_restricted=True)
    workspace.settle()
    visitor = Actor(workspace, made["user"]["id"])
    visitor.joins(incident)
    visitor.says("What is this?", in_=incident)
    ada.says("@incident severity critical", in_=incident)  # the app answers with a reaction

    assert signs(visitor.person) == {}
    assert not Activity.objects.filter(person__is_bot=True).exists()


def test_leaving_a_private_incident_is_kept_and_nothing_after_it(
    workspace: Workspace, ada: Actor, grace: Actor
) -> None:
    ada.says("/incident Customer data was taken")
    ada.submits({"private": ["Private"]})
    secret = Incident.objects.get()
    ada.says(f"@incident invite {grace}", in_=workspace.channel(secret))
    begin(grace)

    grace.does("channel.leave", channel=workspace.channel(secret).id)
    services.record_activity(secret, person=grace.person, kind=Activity.Kind.MESSAGE, at=timezone.now())

    assert signs(grace.person) == {"left": 1}


@pytest.mark.in_this_process
def test_an_erased_person_leaves_no_activity(incident: Incident, ada: Actor, grace: Actor) -> None:
    grace.joins(incident)
    grace.says("It is fine", in_=incident)
    day = timezone.now().date()
    ActivityTotal.objects.create(person=grace.person, incident=incident, day=day, kind=Activity.Kind.EDIT, count=3)
    person = grace.person

    call_command("erase_person", person.email, "They asked us to", stdout=StringIO())

    assert not Activity.objects.filter(person=person).exists()
    assert not ActivityTotal.objects.filter(person=person).exists()
    assert Activity.objects.filter(person=ada.person).exists()


def test_the_web_shows_what_was_done_in_slack(incident: Incident, grace: Actor) -> None:
    grace.joins(incident)
    grace.says("It is fine", in_=incident)
    browser = Client()
    browser.force_login(accounts.login_of(grace.person))

    page = browser.get("/activity/").content.decode()

    assert "Messages" in page
    assert "INC-1" in page

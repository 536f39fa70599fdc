"""A person who is erased is "a former colleague" everywhere, and the history stays."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from incidents import erasure, queries, services
from incidents.models import Incident
from people.actors import System
from people.errors import NotAllowed
from people.models import Person
from slackbot.directory import workspace as slack
from slackbot.kit.effects import Post
from slackbot.models import OutboxEntry, SlackUser
from slackbot.outbound.deliveries.post import say_in_channel
from slackbot.outbound.housekeeping import connect
from slackbot.testing import Actor, Workspace
from tests.columns import holding
from ui import tokens
from ui.models import ApiToken


def _lives_through_an_incident(incident: Incident, ada: Actor, grace: Actor) -> None:
    grace.joins(incident)
    ada.says(f"@incident lead {grace}", in_=incident)
    ada.says("@incident lead me", in_=incident)
    ada.says(f"@incident lead {grace}", in_=incident)
    ada.says(f"@incident note {grace} has the key", in_=incident)
    ada.says(f"@incident action call them {grace}", in_=incident)
    grace.says("@incident update We are nearly there", in_=incident)
    grace.says("@incident action", in_=incident)
    grace.says("/incident summary", in_=incident)
    ada.says("@incident lead me", in_=incident)
    ada.says(f"@incident private on {grace}", in_=incident)
    for change in (services.expel_member, services.invite_member):
        change(incident, person=grace.person, by=ada.person, at=timezone.now())
        grace.workspace.settle()


def test_no_column_has_the_name_and_slack_does_not_bring_it_back(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor
) -> None:
    _lives_through_an_incident(incident, ada, grace)
    person = grace.person
    person.login = User.objects.create_user("grace.h", email=person.email, first_name="Grace", last_name="Hopper")
    person.save()
    secret = tokens.make_token(person, name="Grace's script", scope=ApiToken.Scope.READ, at=timezone.now())
    name, email = person.name, person.email
    said = queries.history(incident).count()

    call_command("erase_person", email, "They asked us to", stdout=StringIO())
    workspace.settle()
    slack.sync_people(connect(now=timezone.now()), now=timezone.now())

    for words in (name, in_a_mention(name), email or name, "grace.h"):
        found, columns = holding(words)
        assert columns > 100
        assert found == []
    person.refresh_from_db()
    assert (person.name, person.is_active, person.login_id) == ("a former colleague", False, None)
    assert tokens.token_of(secret, now=timezone.now()) is None
    assert queries.history(incident).count() == said
    assert incident.participants.filter(person=person).exists()
    assert incident.role_assignments.filter(person=person).exists()
    texts = [entry.text for entry in queries.history(incident)]
    assert "a former colleague leads, after Ada Lovelace" in texts
    assert "@a former colleague has the key" in texts
    assert SlackUser.objects.get(user_id=grace.id).person == person


def test_a_mention_goes_from_the_text_that_an_incident_was_declared_with(
    workspace: Workspace, ada: Actor, grace: Actor
) -> None:
    mention = in_a_mention(grace.person.name)
    services.declare_incident(title="Down", impact=f"Only {mention} knows", reporter=ada.person, at=timezone.now())

    call_command("erase_person", str(grace.person.pk), "They asked us to", stdout=StringIO())

    assert holding(mention)[0] == []


def in_a_mention(name: str) -> str:
    return f"@{name}"


@pytest.mark.parametrize("name", ["李雷", "Al Wu", 'Zoë O\'Neil_"Z"'])
def test_any_name_is_found(incident: Incident, ada: Actor, grace: Actor, name: str) -> None:
    Person.objects.filter(pk=grace.person.pk).update(name=name, name_folded="")
    person = Person.objects.get(pk=grace.person.pk)
    services.assign_lead(incident, to=person, by=ada.person, at=timezone.now())
    services.rename_incident(incident, to=f"Ask @{name}", by=ada.person, at=timezone.now())

    erasure.erase_person(person, by=System("the command line"), reason="Asked us to", at=timezone.now())

    texts = [entry.text for entry in queries.history(incident)]
    assert "a former colleague leads" in texts
    assert [each for each in holding(in_a_mention(name))[0] if "incidents_" in each] == []
    assert queries.incident(ada.person, number=incident.number).title == "Ask @a former colleague"


def test_an_erasure_that_was_interrupted_shuts_the_person_out_and_goes_on_when_it_is_run_again(
    incident: Incident, ada: Actor, grace: Actor
) -> None:
    person, name, email = grace.person, grace.person.name, grace.person.email
    person.login = User.objects.create_user("grace.h", email=email)
    person.save()
    other = services.declare_incident(title="Ask @Grace Hopper", reporter=ada.person, at=timezone.now())
    services.assign_lead(incident, to=person, by=ada.person, at=timezone.now())

    def lose_the_connection(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('UPDATE "incidents_incident"'):
            raise ConnectionError
        return execute(sql, params, many, context)

    with connection.execute_wrapper(lose_the_connection), pytest.raises(ConnectionError):
        erasure.erase_person(person, by=System("the command line"), reason="Asked us to", at=timezone.now())

    person.refresh_from_db()
    assert (person.is_active, person.login_id) == (False, None)
    assert not User.objects.get(username__startswith="erased").is_active
    assert "a former colleague leads" in [entry.text for entry in queries.history(incident)]

    call_command("erase_person", email or str(person.pk), "Asked us to", stdout=StringIO())

    assert holding(name)[0] == []
    other.refresh_from_db()
    assert other.title == "Ask @a former colleague"


def test_once_is_enough_and_somebody_unknown_is_refused(workspace: Workspace, ada: Actor, grace: Actor) -> None:
    answer, number = StringIO(), str(grace.person.pk)
    call_command("erase_person", number, "They asked us to", stdout=answer)
    call_command("erase_person", number, "They asked us to", stdout=answer)

    assert "is now erased" in answer.getvalue()
    assert "is already erased" in answer.getvalue()
    for person, reason in (("nobody@example.com", "Why"), (str(ada.person.pk), " ")):
        with pytest.raises(CommandError):
            call_command("erase_person", person, reason)


def test_only_administrators_erase_people(workspace: Workspace, ada: Actor, grace: Actor) -> None:
    with pytest.raises(NotAllowed, match="Only Response administrators"):
        erasure.erase_person(grace.person, by=ada.person, reason="I don't like them", at=timezone.now())

    assert grace.person.name == "Grace Hopper"


def test_a_namesake_and_free_words_stay(incident: Incident, ada: Actor, grace: Actor) -> None:
    ada.says("@incident note Grace Hopper would know", in_=incident)
    call_command("erase_person", str(grace.person.pk), "They asked us to", stdout=StringIO())

    assert services.fingerprint(incident)
    assert "Grace Hopper would know" in [entry.text for entry in queries.history(incident)]


def _waits(incident: Incident, text: str) -> OutboxEntry:
    say_in_channel(incident, Post(text=text), key="a post", now=timezone.now())
    return OutboxEntry.objects.get(key="a post")


def test_a_name_that_is_an_ordinary_word_leaves_the_word(incident: Incident, grace: Actor) -> None:
    person = grace.person
    person.name = "Will"
    person.save()
    post = _waits(incident, "The site will be up soon, says Will. Willing people wait")

    erasure.erase_person(person, by=System("the command line"), reason="Asked us to", at=timezone.now())

    post.refresh_from_db()
    assert post.args["text"] == "The site will be up soon, says a former colleague. Willing people wait"


@pytest.mark.parametrize("handle", ["headline", "members", "note", "update"])
def test_a_handle_that_names_a_part_of_the_machinery_leaves_the_machinery(
    incident: Incident, ada: Actor, grace: Actor, handle: str
) -> None:
    SlackUser.objects.filter(user_id=grace.id).update(handle=handle)
    ada.says(f"@incident summary {'long ' * 500}", in_=incident)
    ada.says("@incident summary another", in_=incident)
    grace.joins(incident)
    grace.says("/incident summary", in_=incident)
    rows = list(OutboxEntry.objects.values_list("pk", "kind", "args"))

    erasure.erase_person(grace.person, by=System("the command line"), reason="Asked us to", at=timezone.now())

    assert handle not in SlackUser.objects.values_list("handle", flat=True)
    for pk, kind, args in rows:
        row = OutboxEntry.objects.get(pk=pk)
        assert (row.kind, row.args) == (kind, args) or row.kind == kind == "headline"


def test_only_the_columns_that_change_are_written(incident: Incident, ada: Actor, grace: Actor) -> None:
    """What somebody else writes at the same time, into another column or with a lock, stays."""
    ada.says(f"@incident summary {grace} knows", in_=incident)

    with CaptureQueriesContext(connection) as captured:
        erasure.erase_person(grace.person, by=System("the command line"), reason="Asked us to", at=timezone.now())

    statements = [each["sql"] for each in captured if each["sql"].startswith('UPDATE "incidents_incident"')]
    assert any('SET "summary"' in each for each in statements)
    assert not any("impact" in each.partition("WHERE")[0] for each in statements)
    incident.refresh_from_db()
    assert incident.summary == "@a former colleague knows"

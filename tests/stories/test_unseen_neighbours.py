"""An incident that was merged with a private one says so, and names it to nobody who may not see it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from incidents import queries, services
from incidents.models import Incident
from people.errors import WrongState
from people.models import Person
from slackbot.testing import Actor, Workspace
from tests.ui.pages import text
from ui import tokens
from ui.models import ApiToken

pytestmark = pytest.mark.in_this_process


@pytest.fixture
def other(workspace: Workspace, incident: Incident, grace: Actor) -> Incident:
    found = services.declare_incident(title="Payments time out", reporter=grace.person, at=timezone.now())
    workspace.settle()
    return found


def _now(incident: Incident) -> Incident:
    return Incident.objects.get(pk=incident.pk)


def _asks(actor: Actor, address: str) -> str:
    secret = tokens.make_token(actor.person, name="x", scope=ApiToken.Scope.WRITE, at=timezone.now())
    answer = Client(headers={"Authorization": f"Bearer {secret}"}).get(f"/api/v1/{address}")
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


@pytest.mark.parametrize("when", ["before", "after"])
def test_where_it_goes_on_is_named_to_those_who_see_it(
    workspace: Workspace,
    incident: Incident,
    other: Incident,
    ada: Actor,
    grace: Actor,
    browser_of: Callable[[Person], Client],
    when: str,
) -> None:
    """INC-1 is merged into INC-2, which is private, or becomes so. Ada sees INC-1 alone, Grace sees both."""
    if when == "before":
        services.make_private(other, by=grace.person, at=timezone.now())
    services.merge_incident(_now(incident), into=_now(other), by=grace.person, at=timezone.now())
    if when == "after":
        workspace.settle()
        services.make_private(_now(other), by=grace.person, at=timezone.now())
    workspace.settle()

    for address in ("incidents", "incidents/1", "incidents/1/timeline"):
        assert '"merged_into": 2' in _asks(grace, address)
        hers = _asks(ada, address)
        assert '"merged_into": null' in hers
        assert "INC-2" not in hers
    for address in ("/incidents/1/", "/incidents/1/?timeline=all"):
        assert "INC-2" in text(browser_of(grace.person).get(address))
        page = text(browser_of(ada.person).get(address))
        assert "INC-2" not in page
        assert "Merged into a private incident" in page
    headline = workspace.headline(incident)
    assert "INC-2" not in headline.text
    assert "Merged into a private incident" in headline.text
    assert "INC-2" not in workspace.channel(incident).topic
    if when == "before":
        assert "INC-2" not in "\n".join(workspace.channel(incident).texts)


@pytest.mark.parametrize("then", ["merged", "reopened"])
def test_what_was_merged_here_is_named_to_those_who_see_it(
    workspace: Workspace,
    incident: Incident,
    other: Incident,
    ada: Actor,
    grace: Actor,
    browser_of: Callable[[Person], Client],
    then: str,
) -> None:
    """INC-2, which is private, is merged into INC-1."""
    services.make_private(other, by=grace.person, at=timezone.now())
    services.merge_incident(_now(other), into=_now(incident), by=grace.person, at=timezone.now())
    if then == "reopened":
        services.reopen_incident(_now(other), by=grace.person, at=timezone.now())
    workspace.settle()

    assert ('"merged_here": [2]' in _asks(grace, "incidents/1")) == (then == "merged")
    assert '"merged_here": []' in _asks(ada, "incidents/1")
    for shown in (_asks(ada, "incidents/1/timeline"), text(browser_of(ada.person).get("/incidents/1/"))):
        assert "INC-2" not in shown
        assert "A private incident was merged into this incident" in shown
    assert "INC-2 was merged into this incident" in text(browser_of(grace.person).get("/incidents/1/"))
    assert "INC-2" not in "\n".join(workspace.channel(incident).texts)


def test_nobody_is_told_the_number_by_a_refusal(
    workspace: Workspace, incident: Incident, other: Incident, ada: Actor, grace: Actor
) -> None:
    third = services.declare_incident(title="Search is slow", reporter=ada.person, at=timezone.now())
    services.merge_incident(_now(incident), into=_now(other), by=grace.person, at=timezone.now())
    services.make_private(_now(other), by=grace.person, at=timezone.now())

    with pytest.raises(WrongState, match="INC-1 was merged into a private incident"):
        services.merge_incident(third, into=_now(incident), by=ada.person, at=timezone.now())
    services.reopen_incident(_now(incident), by=ada.person, at=timezone.now())

    assert _now(incident).is_open
    assert queries.merged_here(grace.person, _now(other), count=1) == []

"""Buttons and small forms: each with and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from incidents import services
from incidents.models import Action, EntryKind, Incident, Status
from people.models import Person
from tests.ui.conftest import NOON
from tests.ui.pages import Answer, text, value

LATER = NOON + timedelta(minutes=10)
Press = Callable[..., Answer]


@pytest.fixture(params=["by page", "in place"])
def press(request: pytest.FixtureRequest, browser: Client) -> Press:
    """Send a form of the incident's page and return what Ada then sees, or the parts of it."""

    def send(address: str, **values: str) -> Answer:
        in_place = request.param == "in place"
        headers = {"HX-Request": "true"} if in_place else {}
        answer = browser.post(f"/incidents/1/{address}/", values, headers=headers, follow=True)
        assert bool(answer.redirect_chain) != (in_place or answer.status_code == 422)
        return answer

    return send


def test_status_changes(press: Press, incident: Incident) -> None:
    answer = press("status", status="monitoring")

    assert "Status changed from investigating to monitoring" in text(answer)
    assert Incident.objects.get().status == Status.MONITORING


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_resolving_shows_what_is_open_and_offers_a_final_update(
    browser: Client, ada: Person, incident: Incident, headers: dict[str, str]
) -> None:
    services.post_update(incident, text="Next news in 15 minutes", by=ada, at=NOON)
    services.add_action(incident, text="Order a pump", by=ada, at=NOON)

    asked = text(browser.get("/incidents/1/resolve/", headers=headers))

    assert "1 action item is still open" in asked
    assert "Order a pump" in asked
    assert "Final update" in asked
    browser.post("/incidents/1/resolve/", {"final_update": "All is *well*"}, headers=headers)
    shown = browser.get("/incidents/1/").content.decode()
    update = shown.partition('id="update"')[2].partition("</section>")[0]
    assert "Final update" in update
    assert "All is <em>well</em>" in update
    assert Incident.objects.get().is_resolved


def test_no_other_form_resolves_without_that_question(browser: Client, incident: Incident) -> None:
    assert 'value="resolved"' not in browser.get("/incidents/1/edit/").content.decode()
    seen = value(browser.get("/incidents/1/edit/status/"), "seen")

    answer = browser.post("/incidents/1/edit/status/", {"status": "resolved", "seen": seen})

    assert answer.status_code == 422
    assert Incident.objects.get().is_open


def test_a_resolved_page_promises_no_more_news(browser: Client, ada: Person, incident: Incident) -> None:
    services.post_update(incident, text="Next news in 15 minutes", by=ada, at=NOON)

    browser.post("/incidents/1/resolve/")

    shown = browser.get("/incidents/1/").content.decode()
    assert "Next news" not in shown.partition('id="update"')[2].partition("</section>")[0]


@pytest.mark.parametrize("status", ["resolved", "canceled", "merged", "nonsense", ""])
def test_status_button_knows_only_working_states(press: Press, incident: Incident, status: str) -> None:
    assert "Choose one of the listed statuses." in text(press("status", status=status))
    assert Incident.objects.get().status == Status.INVESTIGATING


def test_resolving_and_reopening(press: Press, incident: Incident) -> None:
    assert "Reopen" in text(press("resolve"))
    assert Incident.objects.get().is_resolved

    assert "Take the lead" in text(press("reopen"))
    assert Incident.objects.get().is_open


def test_resolving_twice_is_refused_in_words(press: Press, incident: Incident) -> None:
    press("resolve")

    assert "INC-1 is already resolved." in text(press("resolve"))


def test_reopening_an_open_one_is_refused_in_words(press: Press, incident: Incident) -> None:
    assert "INC-1 is investigating, not resolved." in text(press("reopen"))


def test_lead_is_assigned_and_removed(press: Press, grace: Person, incident: Incident) -> None:
    assert "Grace Hopper leads" in text(press("lead", lead=str(grace.pk)))
    assert "Grace Hopper already leads INC-1." in text(press("lead", lead=str(grace.pk)))
    assert "Grace Hopper no longer leads" in text(press("lead", lead=""))
    assert "INC-1 has no lead." in text(press("lead", lead=""))


def test_unknown_lead_is_refused(press: Press, incident: Incident) -> None:
    assert "Choose a person from the list." in text(press("lead", lead="4711"))


def test_taking_the_lead_is_one_button(browser: Client, press: Press, ada: Person, incident: Incident) -> None:
    page = browser.get("/incidents/1/")
    assert "Take the lead" in text(page)
    assert value(page, "lead") == str(ada.pk)

    assert "Take the lead" not in text(press("lead", lead=str(ada.pk)))


def test_channel_is_asked_for_once(press: Press, incident: Incident) -> None:
    assert "Response is creating a channel." in text(press("channel"))
    assert "already being created" in text(press("channel"))
    assert incident.entries.filter(kind=EntryKind.CHANNEL_REQUESTED).count() == 1


def test_privacy_is_one_button(
    press: Press, browser_of: Callable[[Person], Client], grace: Person, incident: Incident
) -> None:
    stranger = browser_of(grace)

    assert "Make public" in text(press("private"))
    assert stranger.get("/incidents/1/").status_code == 404
    assert "INC-1 is already private." in text(press("private"))

    assert "Make private" in text(press("public"))
    assert stranger.get("/incidents/1/").status_code == 200
    assert "INC-1 is not private." in text(press("public"))


def test_stranger_cannot_make_a_private_incident_public(
    browser: Client, browser_of: Callable[[Person], Client], grace: Person, incident: Incident
) -> None:
    browser.post("/incidents/1/private/")

    assert browser_of(grace).post("/incidents/1/public/").status_code == 404
    assert Incident.objects.get().private


def test_note_is_added(press: Press, incident: Incident) -> None:
    answer = press("notes", note="Called the **provider**.")

    assert "Called the provider ." in text(answer)
    assert value(answer, "note") == ""


def test_note_may_tell_of_earlier(press: Press, incident: Incident) -> None:
    press("notes", note="It began to rain.", happened_at="2026-11-20T11:00")

    assert incident.entries.get(kind=EntryKind.NOTE_ADDED).happened_at == NOON - timedelta(hours=1)


def test_empty_note_is_refused_at_its_field(press: Press, incident: Incident) -> None:
    answer = press("notes", note="", happened_at="2026-11-20T11:00")

    assert answer.status_code == 422
    assert "Write what happened." in text(answer)
    assert value(answer, "happened_at") == "2026-11-20T11:00"


def test_note_from_the_future_is_refused_with_the_words_kept(press: Press, incident: Incident) -> None:
    answer = press("notes", note="It will rain.", happened_at="2100-01-01T00:00")

    assert "That time is in the future." in text(answer)
    assert value(answer, "note") == "It will rain."


def test_too_long_note_is_kept_in_the_form(press: Press, incident: Incident) -> None:
    answer = press("notes", note="x" * 3001)

    assert "The note is too long: 3001 characters" in text(answer)
    assert value(answer, "note") == "x" * 3001


def test_action_is_added_and_done(press: Press, ada: Person, grace: Person, incident: Incident) -> None:
    assert "Write the runbook" in text(press("actions", action="Write the runbook", owner=str(grace.pk)))
    action = Action.objects.get()
    assert action.owner == grace

    press(f"actions/{action.pk}/complete")

    action.refresh_from_db()
    assert action.done_by == ada
    assert "That action item is already done." in text(press(f"actions/{action.pk}/complete"))


def test_empty_action_is_refused_at_its_field(press: Press, incident: Incident) -> None:
    assert "Describe the action item." in text(press("actions", action=" "))


def test_action_of_another_incident_is_not_found(browser: Client, ada: Person, incident: Incident) -> None:
    other = services.declare_incident(title="Other", reporter=ada, at=timezone.now())
    action = services.add_action(other, text="x", by=ada, at=timezone.now())

    assert browser.post(f"/incidents/1/actions/{action.pk}/complete/").status_code == 404


def test_looking_at_a_buttons_address_leads_to_the_incident(browser: Client, incident: Incident) -> None:
    for name in (
        "status",
        "reopen",
        "lead",
        "members",
        "public",
        "channel",
        "notes",
        "actions",
        "actions/1/complete",
    ):
        assert browser.get(f"/incidents/1/{name}/")["Location"] == "/incidents/1/", name
    assert Incident.objects.get().version == 1


def test_buttons_need_a_form_of_ours(ada: Person, browser: Client, incident: Incident) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies

    assert strict.post("/incidents/1/resolve/").status_code == 403
    assert Incident.objects.get().is_open

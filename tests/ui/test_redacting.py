"""Redact a text on a page of its own, or by the API."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from incidents import queries, services
from incidents.models import Incident
from people.models import Person
from tests.columns import holding
from tests.ui.conftest import NOON
from tests.ui.pages import tags, text
from ui import tokens
from ui.models import ApiToken

SECRET = "Hunter2-Zebra"


@pytest.fixture
def note(incident: Incident, ada: Person) -> str:
    services.add_note(incident, text=f"The password is {SECRET}", by=ada, at=NOON)
    return f"/incidents/1/timeline/{incident.version}/redact/"


def _links(browser: Client) -> list[str]:
    links = [each for _, each in tags(browser.get("/incidents/1/"), "a")]
    return [str(each["href"]) for each in links if "redact" in str(each.get("class")).split()]


def _calls(person: Person) -> Callable[..., tuple[int, dict[str, Any]]]:
    secret = tokens.make_token(person, name="A test", scope=ApiToken.Scope.WRITE, at=NOON)
    client = Client(headers={"Authorization": f"Bearer {secret}"})

    def send(address: str, reason: str = "leaked") -> tuple[int, dict[str, Any]]:
        body = json.dumps({"reason": reason})
        answer = client.post(f"/api/v1/{address}", body, content_type="application/json")
        return answer.status_code, answer.json()

    return send


def test_the_author_redacts_a_note_on_its_page(browser: Client, incident: Incident, note: str) -> None:
    assert note in _links(browser)
    assert SECRET in text(browser.get(note))
    assert browser.post(note, {"reason": "leaked"}).status_code == 302

    page = text(browser.get("/incidents/1/"))
    assert "Redacted by Ada Lovelace" in page
    assert "leaked" in page
    assert note not in _links(browser)
    assert holding(SECRET)[0] == []
    assert "Redacted entry" in text(browser.get("/incidents/1/?timeline=all"))


def test_without_a_reason_nothing_is_redacted(browser: Client, incident: Incident, note: str) -> None:
    for reason in ("", "  ", f"the password was {SECRET}"):
        answer = browser.post(note, {"reason": reason})
        assert answer.status_code == 422
        assert "reason" in text(answer).lower()

    assert holding(SECRET)[0]


def test_what_is_redacted_already_is_confirmed(browser: Client, note: str) -> None:
    browser.post(note, {"reason": "leaked"})
    again = browser.post(note, {"reason": "leaked"}, follow=True)

    assert "already redacted" in text(again)


@pytest.mark.parametrize(
    "moment", ["2026-02-30 10:00 UTC", "9999-12-31 23:59 UTC", "0001-01-01 00:00 UTC", "2026-11-19 10:00 UTC"]
)
@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Tokyo"])
def test_a_time_in_the_reason_is_shown_as_it_was_written(
    browser: Client, ada: Person, note: str, moment: str, zone: str
) -> None:
    Person.objects.filter(pk=ada.pk).update(time_zone=zone)
    browser.post(note, {"reason": f"it was in the log of {moment}"})

    page = browser.get("/incidents/1/")
    assert page.status_code == 200
    assert f"it was in the log of {moment}" in text(page)
    assert re.search(r"Redacted by Ada Lovelace, \d\d? \w{3} \d{4}, \d\d:\d\d ?: it was", text(page))


def test_an_action_item_is_redacted_from_the_list(browser: Client, incident: Incident, ada: Person) -> None:
    action = services.add_action(incident, text=f"Change {SECRET}", by=ada, at=NOON)
    address = f"/incidents/1/actions/{action.pk}/redact/"
    assert address in _links(browser)
    browser.post(address, {"reason": "leaked"})

    assert holding(SECRET)[0] == []
    assert "[redacted]" in text(browser.get("/incidents/1/"))


def test_others_cannot_redact_unless_they_are_administrators(
    browser_of: Callable[[Person], Client], grace: Person, note: str
) -> None:
    browser = browser_of(grace)
    assert note not in _links(browser)
    answer = browser.post(note, {"reason": "I don't like it"}, follow=True)
    assert "You can redact only your own text. Ada" in text(answer)
    assert holding(SECRET)[0]

    assert grace.login is not None
    grace.login.is_staff = True
    grace.login.save()
    assert note in _links(browser)
    browser.post(note, {"reason": "leaked"})
    assert holding(SECRET)[0] == []


def test_for_an_outsider_a_private_incident_does_not_exist(
    browser_of: Callable[[Person], Client], incident: Incident, ada: Person, grace: Person, note: str
) -> None:
    services.make_private(incident, by=ada, at=NOON)
    browser = browser_of(grace)
    assert grace.login is not None
    grace.login.is_superuser = True
    grace.login.save()

    assert browser.get(note).status_code == 404
    assert browser.post(note, {"reason": "leaked"}).status_code == 404
    code, said = _calls(grace)(f"incidents/1/timeline/{incident.version - 1}/redaction")
    assert (code, said["error"]) == (404, "There is no incident INC-1.")
    assert holding(SECRET)[0]


def test_a_program_redacts_by_the_api(incident: Incident, ada: Person, note: str) -> None:
    calls, seq = _calls(ada), incident.version
    code, said = calls(f"incidents/1/timeline/{seq}/redaction")
    assert code == 200
    assert said["is_new"] is True
    assert said["entry"]["redacted"] == {"by": ada.pk, "at": said["entry"]["redacted"]["at"], "reason": "leaked"}
    assert SECRET not in json.dumps(said)

    assert calls(f"incidents/1/timeline/{seq}/redaction")[1]["is_new"] is False
    assert calls("incidents/1/timeline/99/redaction")[0] == 404
    assert calls(f"incidents/1/timeline/{queries.history(incident).count()}/redaction")[0] == 409
    assert calls(f"incidents/1/timeline/{seq}/redaction", reason="")[0] == 200


def test_an_action_item_is_redacted_by_the_api(incident: Incident, ada: Person) -> None:
    action = services.add_action(incident, text=f"Change {SECRET}", by=ada, at=NOON)
    code, said = _calls(ada)(f"incidents/1/actions/{action.pk}/redaction")

    assert code == 200
    assert said["entry"]["kind"] == "action_added"
    assert holding(SECRET)[0] == []


def test_the_page_is_not_offered_for_what_it_would_refuse(
    browser: Client, browser_of: Callable[[Person], Client], grace: Person, note: str
) -> None:
    assert "You can redact only your own text." in text(browser_of(grace).get(note, follow=True))
    browser.post(note, {"reason": "leaked"})
    assert "already redacted" in text(browser.get(note, follow=True))

"""Who is not signed in sees nothing, and of a private incident nobody sees anything who is not in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

from incidents import services
from incidents.models import Incident
from people.models import Person
from tests.ui.conftest import NOON
from ui.urls import urlpatterns

OPEN_TO_STRANGERS = {"login", "sign-in-as"}


def addresses(incident: Incident) -> Iterator[tuple[str, str]]:
    """Every address of the pages, filled in with that incident."""
    values: dict[str, object] = {"number": incident.number, "name": "summary", "seq": 1, "part": "actions"}
    values |= dict.fromkeys(("action_id", "person_id", "token_id"), 1)
    for pattern in urlpatterns:
        if isinstance(pattern, URLResolver) and pattern.namespace == "api":
            continue  # test_api.py walks through it, with tokens
        assert isinstance(pattern, URLPattern)
        wanted = {key: values[key] for key in pattern.pattern.converters}
        yield str(pattern.name), reverse(f"ui:{pattern.name}", kwargs=wanted)


@pytest.mark.parametrize("method", ["get", "post"])
def test_strangers_are_asked_to_log_in_at_every_address(client: Client, incident: Incident, method: str) -> None:
    for name, address in addresses(incident):
        if name in OPEN_TO_STRANGERS:
            continue

        answer = getattr(client, method)(address)

        assert answer.status_code == 302, address
        assert answer["Location"].startswith("/login/"), address
        assert incident.title.encode() not in answer.content


def test_login_page_names_no_incident(client: Client, incident: Incident) -> None:
    assert incident.title not in client.get("/login/").content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
def test_private_incident_does_not_exist_for_outsiders(
    browser_of: Callable[[Person], Client], ada: Person, grace: Person, method: str
) -> None:
    secret = services.declare_incident(title="Acquisition leaked", reporter=ada, at=NOON, private=True)
    outsider = browser_of(grace)

    for _, address in addresses(secret):
        if f"/incidents/{secret.number}/" not in address:
            continue
        answer = getattr(outsider, method)(address, follow=True)

        assert answer.status_code in (404, 405), address  # 405: whatever its number, it takes no POST
        assert "Acquisition" not in answer.content.decode()
    secret.refresh_from_db()
    assert secret.version == 1


def test_private_incident_is_not_in_an_outsiders_list(
    browser_of: Callable[[Person], Client], ada: Person, grace: Person
) -> None:
    services.declare_incident(title="Acquisition leaked", reporter=ada, at=NOON, private=True)

    assert "Acquisition" not in browser_of(grace).get("/?q=acquisition").content.decode().replace("“acquisition”", "")
    assert "Acquisition leaked" in browser_of(ada).get("/").content.decode()


def test_private_incident_shows_to_who_joins(
    browser_of: Callable[[Person], Client], ada: Person, grace: Person
) -> None:
    secret = services.declare_incident(title="Acquisition leaked", reporter=ada, at=NOON, private=True)

    services.admit_from_channel(secret, person=grace, at=NOON)

    assert browser_of(grace).get(f"/incidents/{secret.number}/").status_code == 200

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from importlib.util import find_spec

import pytest
from django.contrib.auth.models import User
from django.test import Client

from incidents import people, services
from incidents.models import Incident, Person

# Only `make browser` brings what drives a browser.
collect_ignore = [] if find_spec("playwright") else ["test_browser.py"]

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def newcomer(name: str, time_zone: str = "UTC") -> Person:
    email = f"{name.split()[0].lower()}@example.com"
    return people.add_person(name=name, email=email, time_zone=time_zone, is_active=True, is_bot=False)


@pytest.fixture
def ada(db: None) -> Person:
    return newcomer("Ada Lovelace", "Europe/London")


@pytest.fixture
def grace(db: None) -> Person:
    return newcomer("Grace Hopper", "America/New_York")


@pytest.fixture
def incident(ada: Person) -> Incident:
    return services.declare_incident(title="Checkout returns 500s", reporter=ada, at=NOON)


@pytest.fixture
def browser_of(db: None) -> Callable[[Person], Client]:
    """Return a browser in which that person is signed in."""

    def sign_in(person: Person) -> Client:
        person.login = person.login or User.objects.create_user(f"login-{person.pk}")
        person.save()
        browser = Client()
        browser.force_login(person.login)
        return browser

    return sign_in


@pytest.fixture
def browser(browser_of: Callable[[Person], Client], ada: Person) -> Client:
    """Ada's browser."""
    return browser_of(ada)

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from incidents import services
from incidents.models import Incident
from people.models import Person
from people.services import add_person

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def newcomer(name: str, time_zone: str = "UTC") -> Person:
    email = f"{name.split()[0].lower()}@example.com"
    return add_person(name=name, email=email, time_zone=time_zone, is_active=True, is_bot=False)


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
def browser(browser_of: Callable[[Person], Client], ada: Person) -> Client:
    """Ada's browser."""
    return browser_of(ada)

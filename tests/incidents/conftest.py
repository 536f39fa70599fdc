from __future__ import annotations

import pytest

from incidents.followers import registry
from incidents.models import Incident, Role, Severity
from people.models import Person
from tests.incidents.world import declared, person, severity


@pytest.fixture(autouse=True)
def nobody_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The domain stands alone: no door listens while its own tests run."""
    monkeypatch.setattr(registry, "_followers", {})


@pytest.fixture
def ada(db: None) -> Person:
    return person("Ada Lovelace")


@pytest.fixture
def grace(db: None) -> Person:
    return person("Grace Hopper")


@pytest.fixture
def linus(db: None) -> Person:
    return person("Linus Torvalds")


@pytest.fixture
def robot(db: None) -> Person:
    return person("Deploy Bot", is_bot=True)


@pytest.fixture
def leaver(db: None) -> Person:
    """Somebody who has left the company."""
    return person("Charles Babbage", is_active=False)


@pytest.fixture
def major(db: None) -> Severity:
    return severity("major")


@pytest.fixture
def minor(db: None) -> Severity:
    return severity("minor")


@pytest.fixture
def scribe(db: None) -> Role:
    return Role.objects.create(key="scribe", name="Scribe", rank=2)


@pytest.fixture
def incident(ada: Person) -> Incident:
    return declared(ada)

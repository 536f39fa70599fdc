"""A search compares letters, not how they are written: on every database, whatever the case, the accents, the form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from unicodedata import normalize

import pytest

from incidents import queries, services
from incidents.fields import CustomField, FieldKind
from incidents.models import Incident
from people.actors import SYSTEM
from people.models import Person
from people.services import add_person
from people.texts import folded
from slackbot.api.mrkdwn import words_to_markdown

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
WRITTEN = [
    ("Café in Zürich", "CAFE"),
    ("Café in Zürich", "zurich"),
    ("Café in Zürich", normalize("NFD", "café")),
    (normalize("NFD", "Café in Zürich"), "ZÜRICH"),
    ("ÖDEME servisi", "ödeme"),
    ("ödeme servisi", "ÖDEME"),
    ("İstanbul", "istanbul"),
    ("Straße gesperrt", "STRASSE"),
    ("Οδός κλειστή", "ΟΔΟΣ"),
    ("Ёлка упала", "елка"),
    ("ﬁle server", "FILE"),
    ("\uff26\uff55ll width", "full"),
    ("決済が失敗", "決済"),
]


@pytest.fixture
def ada(db: None) -> Person:
    return add_person(name="Ada", email="", time_zone="UTC", is_active=True, is_bot=False)


def _found(words: str) -> list[Incident]:
    return list(queries.search(SYSTEM, words=words))


@pytest.mark.parametrize(("written", "asked"), WRITTEN)
def test_a_title_and_a_summary_are_found(ada: Person, written: str, asked: str) -> None:
    services.declare_incident(title=written, reporter=ada, at=AT)
    services.declare_incident(title="Other", summary=written, reporter=ada, at=AT)
    services.declare_incident(title="Nothing", reporter=ada, at=AT)

    assert [each.number for each in _found(asked)] == [2, 1]


@pytest.mark.parametrize(("written", "asked"), WRITTEN)
def test_a_field_is_found(ada: Person, add_field: Callable[..., CustomField], written: str, asked: str) -> None:
    add_field("place", "Place", FieldKind.TEXT)
    services.declare_incident(title="Broken", fields={"place": written}, reporter=ada, at=AT)

    assert len(_found(f"place:{asked}")) == 1
    assert _found("place:nowhere") == []


def test_escapes_are_no_letters(ada: Person) -> None:
    services.declare_incident(title="x", summary=words_to_markdown("in __init__.py"), reporter=ada, at=AT)

    assert len(_found("__init__.py")) == 1


def test_a_name_is_found(ada: Person) -> None:
    jose = add_person(name="José Ñandú", email="", time_zone="UTC", is_active=True, is_bot=False)

    for said in ("JOSE ÑANDÚ", "jose nandu", normalize("NFD", "josé ñandú")):
        assert list(Person.objects.filter(queries.is_called(said))) == [jose]


def test_what_changes_is_found_by_what_it_says_now(ada: Person) -> None:
    incident = services.declare_incident(title="Café", reporter=ada, at=AT)
    services.rename_incident(incident, to="Zürich", by=ada, at=AT)

    assert _found("cafe") == []
    assert len(_found("zurich")) == 1


def test_folding_twice_changes_nothing() -> None:
    for written, _ in WRITTEN:
        assert folded(folded(written)) == folded(written)

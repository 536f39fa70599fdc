"""A text has its HTML beside it, whatever wrote it, and shows no HTML but its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from django.contrib.auth.models import User
from django.db import models
from django.db.models import F, Value
from django.db.models.functions import Concat

from incidents import drawn, erasure, markdown, queries, redaction, services
from incidents.entries import KINDS
from incidents.models import Action, EntryKind, Incident, Pin, TimelineEntry
from people.actors import System
from people.derived import DerivedColumn, derived_columns
from people.models import Person
from tests.html import drawn_models, not_drawn
from tests.incidents.world import after, declared, entries, stored

TEXT: Final = "We **rolled back** `web-3`, ask @Grace Hopper"
AddField = Callable[..., object]


@pytest.fixture
def full(ada: Person, grace: Person, add_field: AddField) -> Incident:
    """An incident with a text of each sort, written by the services."""
    add_field("details", label="Details", kind="paragraph")
    incident = declared(ada, summary=TEXT, impact=TEXT, fields={"details": TEXT})
    services.write_summary(incident, text=f"{TEXT}!", by=ada, at=after(1))
    services.set_field(incident, name="details", value=f"{TEXT}!", by=ada, at=after(1))
    services.add_pin(incident, source="C1:1", text=TEXT, author=grace, said_at=after(1), by=ada, at=after(1))
    services.change_pin(incident, source="C1:1", text=f"{TEXT}!", by=ada, at=after(2))
    action = services.add_action(incident, text=TEXT, by=ada, at=after(2))
    services.complete_action(incident, action=action, by=ada, at=after(3))
    services.add_note(incident, text=TEXT, by=ada, at=after(3))
    services.post_update(incident, text=TEXT, by=grace, at=after(3))
    return incident


def test_whatever_a_service_writes_is_drawn(full: Incident) -> None:
    assert {model.__name__ for model in drawn_models()} == {"Incident", "TimelineEntry", "Pin", "Action", "Person"}
    assert not_drawn() == []

    incident = stored(full)
    assert "<strong>rolled back</strong>" in incident.summary_html
    assert "<strong>rolled back</strong>" in incident.fields_html["details"]
    assert all("<strong>" in each.html for each in (Pin.objects.get(), Action.objects.get()))


def test_redacting_and_erasing_leave_no_html_of_what_was_said(full: Incident, ada: Person, grace: Person) -> None:
    erasure.erase_person(grace, by=System("the command line"), reason="asked us to", at=after(4))
    assert not_drawn() == []
    assert [row for row, column in _kept() if "Grace" in str(getattr(row, column.attname))] == []

    ada.login = User.objects.create_user("ada", is_staff=True)
    ada.save()
    kinds = [EntryKind.OPENED, EntryKind.FIELD_CHANGED, *(kind for kind, entry in KINDS.items() if entry.is_written)]
    for entry in TimelineEntry.objects.filter(kind__in=kinds):
        redaction.redact_entry(full, entry=entry, by=ada, reason="leaked", at=after(5))

    assert not_drawn() == []
    assert [row for row, column in _kept() if "rolled" in str(getattr(row, column.attname))] == []


def _kept() -> list[tuple[models.Model, DerivedColumn]]:
    return [
        (row, column)
        for model in drawn_models()
        for row in model._base_manager.all()
        for column in derived_columns(model)
    ]


def _save(pin: Pin) -> None:
    pin.text = "*Other*"
    pin.save()


def _save_one_column(pin: Pin) -> None:
    pin.text = "*Other*"
    pin.save(update_fields=["text"])


def _save_with_html_deferred(pin: Pin) -> None:
    deferred = Pin.objects.defer("html").get(pk=pin.pk)
    deferred.text = "*Other*"
    deferred.save()


def _bulk_create(pin: Pin) -> None:
    pin.delete()
    Pin.objects.bulk_create(
        [Pin(incident=pin.incident, source="C1:1", text="*Other*", said_at=after(1), pinned_at=after(1))]
    )


def _bulk_create_over(pin: Pin) -> None:
    new = Pin(incident=pin.incident, source="C1:1", text="*Other*", said_at=after(1), pinned_at=after(1))
    Pin.objects.bulk_create([new], update_conflicts=True, update_fields=["text"], unique_fields=["incident", "source"])


WAYS: Final[dict[str, Callable[[Pin], object]]] = {
    "save": _save,
    "save one column": _save_one_column,
    "save with the HTML deferred": _save_with_html_deferred,
    "update": lambda pin: Pin.objects.filter(pk=pin.pk).update(text="*Other*"),
    "update of an incident's": lambda pin: pin.incident.pins.update(text="*Other*"),
    "update or create": lambda pin: Pin.objects.update_or_create(pk=pin.pk, defaults={"text": "*Other*"}),
    "bulk create": _bulk_create,
    "bulk create over it": _bulk_create_over,
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_every_way_to_write_a_text_writes_its_html(full: Incident, way: Callable[[Pin], object]) -> None:
    way(Pin.objects.get())

    assert Pin.objects.get().html.endswith("<p><em>Other</em></p>\n")
    assert not_drawn() == []


def test_a_text_that_the_database_makes_keeps_no_html(full: Incident) -> None:
    Pin.objects.update(text=Concat(F("text"), Value("?")))
    assert Pin.objects.get().html == ""

    pin = Pin.objects.get()
    pin.text = "*Other*"
    Pin.objects.bulk_update([pin], ["text"])
    assert Pin.objects.get().html == ""

    assert Pin.objects.get().html_of("text", block=True) == "<p><em>Other</em></p>\n"


def test_the_version_before_changes_texts_without_html_and_the_new_text_is_shown(full: Incident) -> None:
    # As it does: it knows none of the new columns.
    models.QuerySet(Incident).update(summary="*Other*", field_values={"details": "*Other*"})
    models.QuerySet(TimelineEntry).update(text="*Other*")

    incident = stored(full)

    assert incident.html_of("summary", block=True) == "<p><em>Other</em></p>\n"
    assert [line.html for line in queries.field_lines(incident)] == ["<p><em>Other</em></p>\n"]
    assert {entry.html_of("text", block=False) for entry in entries(full)} == {"<em>Other</em>"}


def test_rows_that_a_reader_meets_catch_up(full: Incident) -> None:
    models.QuerySet(Incident).update(summary="[redacted]", field_values={})  # by the version before
    models.QuerySet(TimelineEntry).filter(kind=EntryKind.NOTE_ADDED).update(text="Redacted")
    models.QuerySet(Pin).update(html="")  # from before
    models.QuerySet(Action).update(html=Concat(Value("an older parser's mark"), F("html")))
    assert len(not_drawn()) == 7

    drawn.catch_up([stored(full), *entries(full), *Pin.objects.all(), *Action.objects.all()])

    assert not_drawn() == []


def test_somebody_who_read_a_text_before_it_changed_does_not_bring_it_back(full: Incident) -> None:
    models.QuerySet(Pin).update(html="")
    seen = Pin.objects.get()
    Pin.objects.update(text="[redacted]")

    drawn.catch_up([seen])

    assert not_drawn() == []


@pytest.mark.parametrize("text", ["http://a" + ")" * 920, "[" * 40_000, ">" * 40_000, "- " * 15_000, "word " * 10_000])
def test_an_odd_text_from_before_is_shown_and_kept(full: Incident, text: str) -> None:
    models.QuerySet(Pin).update(text=text, html="")
    from_before = Pin.objects.get().html_of("text", block=True)

    Pin.objects.update(text=text)

    assert from_before == Pin.objects.get().html_of("text", block=True)
    assert Pin.objects.get().html == markdown.kept(text, block=True)

"""The classes of timeline entries: what they store, and what is read back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from incidents import entries
from incidents.entries import KINDS, Entry, PlainText, stored, stored_fields
from incidents.models import EntryKind


@pytest.fixture(autouse=True)
def _forgets_kinds() -> Iterator[None]:
    known = set(KINDS)
    yield
    for name in set(KINDS) - known:
        KINDS.remove(name)


def test_every_own_kind_has_a_class_that_documents_its_data() -> None:
    assert set(KINDS) >= set(EntryKind)
    for kind in EntryKind:
        assert KINDS[kind].__doc__
        assert all(each.description for each in stored_fields(KINDS[kind]))


def test_what_is_stored_is_read_back() -> None:
    began = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
    entry = entries.StartedAtChanged(started_at=began, was=began)

    assert entry.to_data() == {"started_at": "2026-11-21T03:00:00+00:00", "from": "2026-11-21T03:00:00+00:00"}
    assert entries.read(entry.kind, entry.to_data()) == entry


def test_words_of_the_sentence_are_not_stored() -> None:
    entry = entries.SeverityChanged(severity="major", was="minor", name="Major", was_name="Minor")

    assert entry.text() == "Severity changed from Minor to Major"
    assert entry.to_data() == {"severity": "major", "from": "minor"}


def test_a_final_update_is_stored_as_such_and_another_one_stores_nothing() -> None:
    assert entries.UpdatePosted(words="Done", final=True).to_data() == {"final": True}
    assert entries.UpdatePosted(words="Nearly").to_data() == {}
    assert entries.read("update_posted", {"final": True}).heading() == "Final update"
    assert entries.read("update_posted", {}).heading() == "Update"


def test_keys_of_another_version_are_ignored() -> None:
    assert entries.read("note_corrected", {"note": 3, "mood": "calm"}) == entries.NoteCorrected(note=3)


@pytest.mark.parametrize(
    ("kind", "heading"),
    [("acme.page_sent", "Page sent"), ("forecast_set", "Forecast set"), ("title_changed", "Title changed")],
)
def test_what_nobody_can_read_is_plain_text(kind: str, heading: str) -> None:
    entry = entries.read(kind, {"who": 7})

    assert isinstance(entry, PlainText)
    assert (entry.heading(), entry.has_written_text()) == (heading, False)


def test_a_moment_that_is_none_makes_it_plain_text() -> None:
    data = {"started_at": "[redacted]", "from": "2026-11-21T03:00:00+00:00"}

    assert isinstance(entries.read("started_at_changed", data), PlainText)


@pytest.mark.parametrize("name", ["page_sent", "acme.", "Acme.sent", "acme.page-sent", f"acme.{'x' * 30}"])
def test_a_kind_needs_the_name_of_its_plugin(name: str) -> None:
    with pytest.raises(TypeError, match="Write the plugin's name, a dot and what happened"):

        class PageSent(Entry):
            kind = name
            label = "Page sent"


def test_a_kind_is_refused_twice() -> None:
    class PageSent(Entry):
        kind = "acme.page_sent"
        label = "Page sent"

    with pytest.raises(LookupError, match=r"PageSent.*acme\.page_sent"):

        class Again(Entry):
            kind = "acme.page_sent"
            label = "Page sent"


def test_a_kind_without_a_label_or_with_an_unknown_icon_is_refused() -> None:
    with pytest.raises(TypeError, match="needs a label"):

        class Unlabeled(Entry):
            kind = "acme.unlabeled"

    with pytest.raises(TypeError, match="There is no icon 'unicorn'"):

        class Magic(Entry):
            kind = "acme.magic"
            label = "Magic"
            icon = "unicorn"  # type: ignore[assignment]


def test_what_is_not_stored_needs_a_default() -> None:
    with pytest.raises(TypeError, match=r"words is not stored, so it needs a default"):

        class PageSent(Entry):
            kind = "acme.page_sent"
            label = "Page sent"

            who: int = stored("The id of the person")
            words: str

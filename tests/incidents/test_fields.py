from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents import fields, queries, services
from incidents.fields import CustomField, Registry, WrongField
from incidents.models import EntryKind, Incident, Status
from people.errors import Conflict, InvalidValue, Unchanged
from people.models import Person
from tests.incidents.world import after, declared, entries, kinds, newest, replayed, state, stored

AddField = Callable[..., CustomField]

REGIONS = {"eu": "Europe", "us": "United States"}


@pytest.fixture
def region(add_field: AddField) -> CustomField:
    return add_field("region", "Affected region", "choice", options=REGIONS, headline=True)


@pytest.fixture
def informed(add_field: AddField) -> CustomField:
    return add_field("informed", "Regulator informed?", "yes_no", required="resolving")


def says(incident: Incident, name: str) -> str:
    return next(line.words for line in queries.field_lines(incident) if line.name == name)


# What can be said -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "said", "kept", "value", "words"),
    [
        ("text", "  two\n words ", "two words", "two words", "two words"),
        ("paragraph", "one\r\ntwo ", "one\ntwo", "one\ntwo", "one\ntwo"),
        ("choice", "eu", "eu", "eu", "Europe"),
        ("choice", "united STATES", "us", "us", "United States"),
        ("choices", ["us", "eu", "us"], ["eu", "us"], ["eu", "us"], "Europe, United States"),
        ("choices", "Europe, us", ["eu", "us"], ["eu", "us"], "Europe, United States"),
        ("yes_no", True, True, True, "Yes"),
        ("yes_no", "No", False, False, "No"),
        ("number", "42", 42, 42, "42"),
        ("number", 3.5, 3.5, 3.5, "3.5"),
        ("number", "1e3", 1000, 1000, "1000"),
        ("date", date(2026, 11, 21), "2026-11-21", date(2026, 11, 21), "2026-11-21"),
        (
            "moment",
            "2026-11-21T04:00:00+01:00",
            "2026-11-21T03:00:00+00:00",
            datetime(2026, 11, 21, 3, 0, tzinfo=UTC),
            "2026-11-21 03:00 UTC",
        ),
        ("link", "https://example.com/a?b", *["https://example.com/a?b"] * 3),
    ],
)
def test_each_kind_is_kept_read_and_told_in_its_own_way(
    incident: Incident, ada: Person, add_field: AddField, kind: str, said: Any, kept: Any, value: Any, words: str
) -> None:
    add_field("thing", "Thing", kind, options=REGIONS if kind in ("choice", "choices") else ())

    services.set_field(incident, name="thing", value=said, by=ada, at=after(1))

    again = stored(incident)
    assert again.field_values == {"thing": kept}
    assert (again.fields["thing"], type(again.fields["thing"])) == (value, type(value))
    assert says(again, "thing") == words


def test_a_person_is_read_as_a_person(incident: Incident, ada: Person, grace: Person, add_field: AddField) -> None:
    add_field("press", "Talks to the press", "person")

    services.set_field(incident, name="press", value=grace, by=ada, at=after(1))

    assert stored(incident).fields["press"] == grace
    assert says(incident, "press") == "Grace Hopper"
    assert newest(incident).text == "“Talks to the press” set to Grace Hopper"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("text", "x" * 201),
        ("text", 5),
        ("paragraph", "x" * 3001),
        ("choice", "Mars"),
        ("choice", ["eu"]),
        ("choices", ["eu", "Mars"]),
        ("choices", {"eu": 1}),
        ("yes_no", "maybe"),
        ("yes_no", 2),
        ("number", "many"),
        ("number", "nan"),
        ("number", "1e400"),
        ("number", True),
        ("date", "21/11/2026"),
        ("date", 20261121),
        ("moment", "2026-11-21T03:00:00"),
        ("moment", "0001-01-01T00:00:00+23:00"),
        ("person", "Ada"),
        ("person", 987654),
        ("person", True),
        ("link", "javascript:alert(1)"),
        ("link", "https://example.com/ <b>"),
        ("link", "https://" + "x" * 1000),
    ],
)
def test_what_cannot_be_taken_is_refused_at_its_field(
    incident: Incident, ada: Person, add_field: AddField, kind: str, said: Any
) -> None:
    add_field("thing", "Thing", kind, options=REGIONS if kind in ("choice", "choices") else ())
    before = len(entries(incident))

    with pytest.raises(InvalidValue) as refused:
        services.set_field(incident, name="thing", value=said, by=ada, at=after(1))

    assert refused.value.field == "field_thing"
    assert refused.value.message.startswith(("“Thing” ", "There is no"))
    assert stored(incident).field_values == {}
    assert len(entries(incident)) == before


def test_somebody_who_left_or_a_bot_is_not_named(
    incident: Incident, ada: Person, leaver: Person, robot: Person, add_field: AddField
) -> None:
    add_field("press", "Talks to the press", "person")

    for each in (leaver, robot):
        with pytest.raises(InvalidValue, match="can't be named here"):
            services.set_field(incident, name="press", value=each, by=ada, at=after(1))


def test_a_field_nobody_declared_is_refused(incident: Incident, ada: Person) -> None:
    with pytest.raises(InvalidValue, match="There is no field “colour”"):
        services.set_field(incident, name="colour", value="red", by=ada, at=after(1))


# What is recorded -----------------------------------------------------------------------------------------------------


def test_each_change_is_one_entry_with_old_and_new(incident: Incident, ada: Person, region: CustomField) -> None:
    services.set_field(incident, name="region", value="eu", by=ada, at=after(1))
    services.set_field(incident, name="region", value="us", by=ada, at=after(2))
    services.set_field(incident, name="region", value=None, by=ada, at=after(3))

    told = [(each.text, each.data["from"], each.data["value"]) for each in entries(incident)[1:]]
    assert told == [
        ("“Affected region” set to Europe", None, "eu"),
        ("“Affected region” changed from Europe to United States", "eu", "us"),
        ("“Affected region” emptied; it said United States", "us", None),
    ]
    assert {each.kind for each in entries(incident)[1:]} == {EntryKind.FIELD_CHANGED}
    assert replayed(incident) == state(incident)


def test_a_paragraph_is_told_as_it_was_written(incident: Incident, ada: Person, add_field: AddField) -> None:
    add_field("cause", "Root cause", "paragraph")

    services.set_field(incident, name="cause", value="A **migration**\n\n- of `orders`", by=ada, at=after(1))

    assert newest(incident).text == "“Root cause” now says:\n\nA **migration**\n\n- of `orders`"


def test_the_same_once_more_is_no_change(incident: Incident, ada: Person, region: CustomField) -> None:
    services.set_field(incident, name="region", value="eu", by=ada, at=after(1))

    with pytest.raises(Unchanged, match="“Affected region” of INC-1 already says that"):
        services.set_field(incident, name="region", value="Europe", by=ada, at=after(2))


def test_what_was_written_stays_when_the_field_goes(
    incident: Incident, ada: Person, grace: Person, region: CustomField
) -> None:
    services.set_field(incident, name="region", value="eu", by=ada, at=after(1))
    fields.registry.take_out("region")

    services.rename_incident(incident, to="Renamed", by=grace, at=after(2))

    again = stored(incident)
    assert again.fields["region"] == "eu"
    assert [(line.label, line.words, line.field) for line in queries.field_lines(again)] == [("region", "eu", None)]
    with pytest.raises(InvalidValue):
        services.set_field(again, name="region", value="us", by=ada, at=after(3))


def test_an_option_that_is_gone_may_stay_but_not_come_back(
    incident: Incident, ada: Person, add_field: AddField, region: CustomField
) -> None:
    services.set_field(incident, name="region", value="us", by=ada, at=after(1))
    fields.registry.take_out("region")
    add_field("region", "Affected region", "choice", options={"eu": "Europe"})
    seen = services.fingerprint(incident)

    services.edit_incident(
        incident, wanted={"title": "Renamed", "fields": {"region": "us"}}, seen=seen, by=ada, at=after(2)
    )

    assert says(incident, "region") == "us"
    services.set_field(incident, name="region", value="eu", by=ada, at=after(3))
    with pytest.raises(InvalidValue, match="must be one of Europe, not “us”"):
        services.set_field(incident, name="region", value="us", by=ada, at=after(4))


def test_a_field_that_became_another_kind_is_still_read(
    incident: Incident, ada: Person, add_field: AddField, region: CustomField
) -> None:
    services.set_field(incident, name="region", value="us", by=ada, at=after(1))
    fields.registry.take_out("region")

    for kind in ("text", "choices", "yes_no", "number", "date", "moment", "person", "link"):
        add_field("region", "Region", kind, options=["a"] if kind == "choices" else ())
        assert (incident.fields["region"], says(incident, "region")) == ("us", "us")
        fields.registry.take_out("region")


def test_incident_fields_read_like_a_mapping(incident: Incident, region: CustomField) -> None:
    assert incident.fields["region"] is None
    assert list(incident.fields) == ["region"]
    assert "colour" not in incident.fields
    with pytest.raises(KeyError):
        incident.fields["colour"]


# Declaring, editing, resolving ----------------------------------------------------------------------------------------


def test_declaring_begins_with_defaults_and_records_what_was_said(
    ada: Person, region: CustomField, add_field: AddField
) -> None:
    add_field("tier", "Tier", "number", default=2)

    silent, loud = declared(ada), declared(ada, fields={"region": "Europe", "tier": 1})

    assert (silent.field_values, kinds(silent)) == ({"tier": 2}, [EntryKind.OPENED])
    assert loud.field_values == {"tier": 1, "region": "eu"}
    assert [each.text for each in entries(loud)[1:]] == [
        "“Affected region” set to Europe",
        "“Tier” changed from 2 to 1",
    ]
    assert [replayed(each) for each in (silent, loud)] == [state(silent), state(loud)]


def test_declaring_with_a_bad_or_a_missing_value_declares_nothing(ada: Person, add_field: AddField) -> None:
    add_field("region", "Affected region", "choice", options=REGIONS, required="declaring")

    for said, sentence in ({"region": "Mars"}, "must be one of"), ({}, "to declare an incident"):
        with pytest.raises(InvalidValue, match=sentence) as refused:
            declared(ada, fields=said)
        assert refused.value.field == "field_region"
    assert not Incident.objects.exists()


def test_an_edit_leaves_alone_what_the_writer_did_not_touch(
    incident: Incident, ada: Person, region: CustomField, informed: CustomField
) -> None:
    seen = services.fingerprint(incident)
    services.set_field(incident, name="region", value="eu", by=ada, at=after(1))

    changed = services.edit_incident(
        incident, wanted={"fields": {"region": None, "informed": True}}, seen=seen, by=ada, at=after(2)
    )

    assert changed == ["field_informed"]
    assert incident.field_values == {"region": "eu", "informed": True}


def test_a_field_that_both_changed_is_a_conflict(incident: Incident, ada: Person, region: CustomField) -> None:
    seen = services.fingerprint(incident)
    services.set_field(incident, name="region", value="eu", by=ada, at=after(1))

    with pytest.raises(Conflict, match="“Affected region” while you were writing") as conflict:
        services.edit_incident(incident, wanted={"fields": {"region": "us"}}, seen=seen, by=ada, at=after(2))

    assert (conflict.value.field, conflict.value.current) == ("field_region", "Europe")
    assert stored(incident).field_values == {"region": "eu"}


def test_resolving_waits_for_what_must_be_set(incident: Incident, ada: Person, informed: CustomField) -> None:
    sentence = "Before you resolve INC-1, set “Regulator informed\\?”"
    with pytest.raises(InvalidValue, match=sentence):
        services.resolve_incident(incident, by=ada, at=after(1))
    with pytest.raises(InvalidValue, match=sentence):
        services.change_status(incident, to=Status.RESOLVED, by=ada, at=after(1))

    services.edit_incident(
        incident, wanted={"status": Status.RESOLVED, "fields": {"informed": "no"}}, seen={}, by=ada, at=after(2)
    )

    assert stored(incident).is_resolved
    assert kinds(incident)[1:] == [EntryKind.FIELD_CHANGED, EntryKind.RESOLVED]
    with pytest.raises(InvalidValue, match="can't be empty"):
        services.set_field(incident, name="informed", value=None, by=ada, at=after(3))


# How fields are declared ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Affected Region"},
        {"name": "x" * 41},
        {"label": ""},
        {"label": "x" * 76},
        {"kind": "colour"},
        {"kind": "choice"},
        {"kind": "choice", "options": [""]},
        {"kind": "choice", "options": ["x" * 76]},
        {"kind": "choice", "options": [str(each) for each in range(101)]},
        {"options": ["a"]},
        {"required": "always"},
        {"kind": "number", "default": "many"},
        {"kind": "person", "default": 1},
        {"hint": "x" * 201},
    ],
)
def test_a_wrong_field_is_refused_with_its_place(wrong: dict[str, Any]) -> None:
    sound: dict[str, Any] = {"name": "thing", "label": "Thing", "kind": "text"}

    with pytest.raises(WrongField, match=r"acme\.py:7"):
        fields.declared(**(sound | wrong), place="acme.py:7")


def test_a_name_used_twice_names_both_places() -> None:
    registry = Registry()
    registry.add(fields.declared("region", label="Region", kind="text", place="fields.toml [region]"))

    with pytest.raises(WrongField, match=r"(?s)declared twice.*fields\.toml \[region\].*acme\.py:7"):
        registry.add(fields.declared("region", label="Region", kind="text", place="acme.py:7"))


def test_there_are_at_most_as_many_fields_as_a_form_can_carry() -> None:
    registry = Registry()
    many = [fields.declared(f"f{number}", label="F", kind="text", place=f"acme.py:{number}") for number in range(31)]
    for field in many[:30]:
        registry.add(field)

    with pytest.raises(WrongField, match="more than 30 fields"):
        registry.add(many[30])


def test_settings_declare_fields_and_what_is_wrong_is_kept_for_the_check() -> None:
    registry = Registry()
    registry.load(
        {
            "region": {"label": "Region", "kind": "choice", "options": ["EU"], "default": "EU", "headline": True},
            "colour": {"label": "Colour", "kind": "text", "color": "red"},
            "size": {"label": "Size", "kind": "number", "order": "first"},
            "shape": "round",
            "depth": {"kind": "number"},
        },
        place="fields.toml",
    )

    assert [field.name for field in registry.all()] == ["region"]
    assert len(registry.problems) == 4
    assert registry.problems[0].startswith("A field has no 'color'. There are: label, kind")
    assert all(f"fields.toml [{name}]" in " ".join(registry.problems) for name in ("colour", "size", "shape", "depth"))


def test_fields_are_asked_in_order_then_by_label() -> None:
    registry = Registry()
    for name, label, order in [("a", "Zebra", 100), ("b", "Ant", 100), ("c", "Mouse", 1)]:
        registry.add(fields.declared(name, label=label, kind="text", order=order, place=name))

    assert [field.label for field in registry.all()] == ["Mouse", "Ant", "Zebra"]


# What it costs --------------------------------------------------------------------------------------------------------


def test_a_list_reads_the_people_of_all_fields_with_one_query(
    ada: Person, grace: Person, linus: Person, add_field: AddField, region: CustomField
) -> None:
    add_field("press", "Talks to the press", "person")
    for each in (grace, linus, grace):
        declared(ada, fields={"press": each, "region": "eu"})
    found = list(queries.incidents(ada))

    with CaptureQueriesContext(
        connection,
    ) as asked:
        names = queries.names_in_fields(found)
        told = [[line.words for line in queries.field_lines(each, names=names)] for each in found]

    assert len(asked) == 1
    assert told == [["Europe", "Grace Hopper"], ["Europe", "Linus Torvalds"], ["Europe", "Grace Hopper"]]


def test_the_version_before_can_still_write_incidents(incident: Incident) -> None:
    """While both versions run, the older one knows nothing of the column and leaves it out."""
    known = [str(field.column) for field in Incident._meta.concrete_fields]
    columns = [column for column in known if column not in ("id", "field_values")]
    copied = ", ".join("99" if column == "number" else column for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"insert into incidents_incident ({', '.join(columns)}) select {copied} from incidents_incident")

    assert Incident.objects.get(number=99).field_values == {}


def test_the_file_that_the_docs_show_is_sound() -> None:
    """See docs/configuration.md."""
    page = (Path(__file__).resolve().parents[2] / "docs/configuration.md").read_text(encoding="utf-8")
    section = page.partition("### Fields of your own\n")[2]
    registry = Registry()
    registry.load(tomllib.loads(section.partition("```toml\n")[2].partition("```")[0]), place="the page")

    assert (registry.problems, len(registry.all()) > 1) == ([], True)

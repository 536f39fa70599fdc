from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader

from incidents.models import Counter, Role, Severity, TimelineEntry
from incidents.schema import AddFieldOnline, AddIndexOnline

pytestmark = pytest.mark.django_db

OURS = ("people", "incidents", "slackbot", "ui")
INDEX = "entries_of_a_kind"
NAMED = f"indexrelid = '{INDEX}'::regclass"


def test_the_models_need_no_further_migration() -> None:
    call_command("makemigrations", *OURS, check=True, dry_run=True, verbosity=0)


def test_four_severities_are_there_from_the_start_the_worst_first() -> None:
    seeded = list(Severity.objects.values_list("rank", "key", "name", "is_active"))

    assert seeded == [
        (1, "critical", "Critical", True),
        (2, "major", "Major", True),
        (3, "minor", "Minor", True),
        (4, "trivial", "Trivial", True),
    ]
    assert all(severity.emoji and severity.when_to_choose for severity in Severity.objects.all())


def test_the_lead_is_there_from_the_start() -> None:
    assert list(Role.objects.values_list("key", flat=True)) == [Role.LEAD]


def test_numbers_start_with_one() -> None:
    assert not Counter.objects.exclude(value=0).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("seeded_db")
def test_a_migration_that_ended_in_the_middle_goes_on_when_it_is_run_again() -> None:
    class Again(Migration):
        operations = [
            AddFieldOnline("timelineentry", "text", TimelineEntry._meta.get_field("text").clone()),
            AddIndexOnline("timelineentry", next(each for each in TimelineEntry._meta.indexes if each.name == INDEX)),
        ]

    state = MigrationLoader(None).project_state()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # as it leaves an index whose building was interrupted
            cursor.execute(f"UPDATE pg_index SET indisvalid = false WHERE {NAMED}")

    with connection.schema_editor(atomic=False) as editor:
        Again("again", "incidents").apply(state, editor)

    with connection.cursor() as cursor:
        assert INDEX in connection.introspection.get_constraints(cursor, "incidents_timelineentry")
        if connection.vendor == "postgresql":
            cursor.execute(f"SELECT indisvalid FROM pg_index WHERE {NAMED}")
            assert cursor.fetchone() == (True,)

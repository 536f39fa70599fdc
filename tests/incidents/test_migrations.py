from __future__ import annotations

import pytest
from django.core.management import call_command

from incidents.models import Counter, Role, Severity

pytestmark = pytest.mark.django_db


def test_the_models_need_no_further_migration() -> None:
    call_command("makemigrations", "incidents", check=True, dry_run=True, verbosity=0)


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

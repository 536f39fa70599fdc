from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from slackbot.api import limits
from slackbot.kit import stored_values
from slackbot.models import Kept
from slackbot.outbound.housekeeping import throw_away_old_rows

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("text", ["short", "障" * 1900, "障" * 5000, "💥" * 1500, '"\\\n' * 900])
def test_what_a_button_is_given_comes_back_and_fits(text: str) -> None:
    value = stored_values.button_value({"field": "summary", "text": text}, now=timezone.now())

    assert limits.utf16_length(value) <= limits.BUTTON_VALUE
    assert stored_values.read(value) == {"field": "summary", "text": text}


def test_a_short_text_needs_no_row() -> None:
    stored_values.button_value({"text": "障" * 1900}, now=timezone.now())

    assert not Kept.objects.exists()


def test_what_is_old_is_thrown_away_and_then_missing() -> None:
    now = timezone.now()
    value = stored_values.button_value({"text": "a" * 3000}, now=now - timedelta(days=15))
    throw_away_old_rows(now)

    assert stored_values.read(value) == {}


@pytest.mark.parametrize("value", ["", "{", "[1]", "7", '{"kept": 999}', '{"kept": "x"}'])
def test_what_is_not_ours_is_nothing(value: str) -> None:
    assert stored_values.read(value) in ({}, {"kept": "x"})

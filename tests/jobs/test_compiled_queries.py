"""Queries that are written once return and change what the same queryset would."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import CharField, DateTimeField, F, IntegerField, JSONField, QuerySet
from django.db.models.functions import Greatest
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs.compiled_queries import Read, Slot, Update
from slackbot.models import InboxEntry, SlackUser
from slackbot.testing import Actor

ACCOUNT = Read(lambda: SlackUser.objects.select_related("person").filter(user_id=Slot("user_id", CharField())))
ROWS = Read(
    lambda: InboxEntry.objects.filter(
        created_at__gte=Slot("since", DateTimeField()), created_at__lt=Slot("until", DateTimeField())
    ).order_by("-key")
)


def _noting() -> tuple[QuerySet[InboxEntry], dict[str, Any]]:
    return InboxEntry.objects.filter(key=Slot("key", CharField())), {
        "attempts": F("attempts") + Slot("more", IntegerField()),
        "answer": Slot("answer", JSONField()),
        "closed_at": Greatest("created_at", Slot("at", DateTimeField())),
        "given_up_at": None,
    }


NOTE = Update(_noting)


def _entry(key: str, **more: Any) -> InboxEntry:
    now = timezone.now()
    kept = {"kind": "mention", "payload": {"text": "“%s” ✅"}, "order_key": "x", "priority": 5, "created_at": now}
    return InboxEntry.objects.create(key=key, **(kept | more))


def test_a_row_is_read_as_the_queryset_reads_it(ada: Actor) -> None:
    expected = SlackUser.objects.select_related("person").get(user_id=ada.id)

    with CaptureQueriesContext(connection) as statements:
        for _ in range(2):
            [found] = ACCOUNT.all(user_id=ada.id)
            assert found.person.name == "Ada Lovelace"

    assert len(statements) == 2
    assert _values(found) == _values(expected)
    assert _values(found.person) == _values(expected.person)
    assert not found._state.adding
    assert ACCOUNT.first(user_id="U0NOBODY") is None


@pytest.mark.django_db
def test_times_documents_and_order_survive() -> None:
    now = timezone.now()
    for number in range(3):
        _entry(f"row-{number}", created_at=now + timedelta(seconds=number), payload={"number": [number, None, "é"]})

    found = ROWS.all(since=now, until=now + timedelta(seconds=2))

    assert [each.key for each in found] == ["row-1", "row-0"]
    assert [each.payload for each in found] == [{"number": [1, None, "é"]}, {"number": [0, None, "é"]}]
    assert found[1].created_at == now
    assert ROWS.all(since=now + timedelta(days=1), until=now + timedelta(days=2)) == []


@pytest.mark.django_db
def test_an_update_changes_what_the_queryset_would() -> None:
    now = timezone.now()
    _entry("one", attempts=2)
    _entry("other", attempts=2)

    changed = [NOTE.run(key=key, more=3, answer={"ack": "%s"}, at=now + timedelta(days=1)) for key in ("one", "none")]

    one, other = InboxEntry.objects.get(key="one"), InboxEntry.objects.get(key="other")
    assert changed == [1, 0]
    assert (one.attempts, one.answer, one.closed_at) == (5, {"ack": "%s"}, now + timedelta(days=1))
    assert (other.attempts, other.answer, other.closed_at) == (2, None, None)


@pytest.mark.django_db
def test_a_value_for_no_slot_or_a_slot_without_value_is_refused() -> None:
    with pytest.raises(TypeError, match="user_id"):
        ACCOUNT.all()
    with pytest.raises(TypeError, match="user"):
        ACCOUNT.all(user_id="U0ADA", user="U0ADA")
    with pytest.raises(TypeError, match="answer"):
        NOTE.run(key="one")


def _values(row: Any) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}

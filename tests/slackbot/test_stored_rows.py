"""Rows that an earlier version stored, or nobody of ours: each ends alone, on both queues, and operators can see it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from io import StringIO
from typing import Final

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from jobs import queues, unknown_kinds
from slackbot.inbound.job_kinds.kind import KINDS as INBOX_KINDS
from slackbot.inbound.job_kinds.kind import MAX_FAILURES
from slackbot.models import InboxEntry, OutboxEntry
from slackbot.outbound import sender
from slackbot.outbound.deliveries.kind import KINDS
from slackbot.testing import Workspace

pytestmark = pytest.mark.in_this_process

QUEUES: Final = (InboxEntry.CORE, InboxEntry.PLUGINS)
PAYLOADS: Final = {
    "10,000 levels": "[" * 10_000 + "]" * 10_000,
    "10,000 levels in an object": '{"a":' * 10_000 + "1" + "}" * 10_000,
    "950 levels": '{"text":' * 950 + "1" + "}" * 950,
    "a list": "[1, 2]",
    "a text": '"abc"',
    "a number": "1e400",
    "null": "null",
    "lone surrogates": '{"user": "\\ud83d", "text": "\\udc00", "channel": "\\ud83d", "ts": "\\ud83d"}',
    "NUL": '{"user": "U\\u0000", "text": "\\u0000", "channel": "C\\u0000", "ts": "1\\u0000"}',
    "not a number": '{"user": NaN, "text": Infinity}',
    "a huge integer": '{"user": "U0ADA", "channel": "C0INCIDENTS", "ts": "1.1", "incident": 1' + "0" * 5000 + "}",
    "no JSON": "{'a",
    "nothing": "",
}


@contextmanager
def _any_text_is_allowed() -> Iterator[None]:
    """Have SQLite take what no version of ours checks before it writes. PostgreSQL takes JSON only, always."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
    yield
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = OFF")


def _write(table: str, column: str, pk: int, text: str) -> bool:
    """Return whether the database takes it."""
    try:
        with _any_text_is_allowed(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f'UPDATE {table} SET "{column}" = %s WHERE id = %s', [text, pk])
    except DatabaseError:
        return False
    return True


def _later(turn: int) -> datetime:
    return timezone.now() + timedelta(minutes=11 * turn)


def _store_inbox(queue: str, kind: str, name: str) -> InboxEntry | None:
    key = f"{queue}:{kind}:{name}"
    row = InboxEntry.objects.create(
        key=key, queue=queue, kind=kind, payload={}, order_key=key, priority=5, created_at=timezone.now()
    )
    if _write("slackbot_inboxentry", "payload", row.pk, PAYLOADS[name]):
        return row
    row.delete()
    return None


def test_any_stored_payload_ends_in_its_row_alone(workspace: Workspace) -> None:
    stored = [_store_inbox(queue, kind, name) for name in PAYLOADS for queue in QUEUES for kind in INBOX_KINDS]
    odd = [row for row in stored if row]
    assert len(odd) == len(stored) or connection.vendor == "postgresql"  # it keeps JSON only

    for queue in QUEUES:
        for turn in range(MAX_FAILURES + 1):
            queues.get(queue).run_due(partial(_later, turn))

    left = InboxEntry.objects.filter(pk__in=[row.pk for row in odd], is_open=True)
    # What waits for something that is still being made, or for another version, is not lost by waiting.
    assert not left.exclude(failures=0).exists()
    _operators_see_and_discard()


def test_a_kind_that_nobody_knows_is_left_for_an_hour_and_then_given_up(workspace: Workspace) -> None:
    stored = {(queue, name): _store_inbox(queue, "from the future", name) for queue in QUEUES for name in PAYLOADS}
    found = [row.pk for row in stored.values() if row]

    for queue in QUEUES:
        queues.get(queue).run_due(timezone.now)
    assert InboxEntry.objects.filter(pk__in=found, is_open=True).count() == len(found)
    assert set(InboxEntry.objects.filter(pk__in=found).values_list("attempts", flat=True)) == {0}

    long_ago = timezone.now() - unknown_kinds.UNKNOWN_FOR - timedelta(minutes=1)
    InboxEntry.objects.filter(pk__in=found).update(created_at=long_ago)
    for queue in QUEUES:
        queues.get(queue).run_due(timezone.now)
    assert not InboxEntry.objects.filter(pk__in=found, is_open=True).exists()
    _operators_see_and_discard()


def test_any_stored_arguments_end_in_their_row_of_the_outbox(workspace: Workspace) -> None:
    workspace.expected_refusals.update(("channel_not_found", "invalid_arguments"))
    found = []
    for name in ("10,000 levels", "a text", "null", "lone surrogates", "NUL"):
        for kind in KINDS:
            key = f"odd:{kind}:{name}"
            row = OutboxEntry.objects.create(
                key=key, kind=kind, args={}, order_key=key, priority=5, created_at=timezone.now()
            )
            if _write("slackbot_outboxentry", "args", row.pk, PAYLOADS[name]):
                found.append(row.pk)
            else:
                row.delete()

    for turn in range(sender.MAX_MISTAKES + 1):
        queues.get(OutboxEntry.QUEUE).run_due(partial(_later, turn))

    kept = OutboxEntry.objects.filter(pk__in=found, is_open=True, failures__gte=sender.MAX_MISTAKES, refused_at=None)
    assert not kept.exists()
    _operators_see_and_discard()


def _operators_see_and_discard() -> None:
    browser = Client(raise_request_exception=False)
    browser.force_login(User.objects.create_user("operator", is_staff=True))
    assert browser.get("/operators/").status_code == 200
    out = StringIO()
    with suppress(SystemExit):  # it found something
        call_command("doctor", stdout=out, stderr=out)
    for way, table in (("in", InboxEntry), ("out", OutboxEntry)):
        given_up = table._default_manager.filter(given_up_at__isnull=False)
        some = list(given_up.order_by("kind", "pk").values_list("pk", flat=True))[::7]
        for pk in some:
            assert browser.post(f"/operators/rows/{way}/{pk}/discard/").status_code == 302
        assert not given_up.filter(pk__in=some).exists()

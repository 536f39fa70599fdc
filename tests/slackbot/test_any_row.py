"""Whatever JSON a row holds, working on it ends in the row: nothing ends the loop that does it."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from jobs import queues
from slackbot.inbound import inbox
from slackbot.inbound.job_kinds.kind import KINDS as INBOX_KINDS
from slackbot.inbound.job_kinds.kind import MAX_FAILURES
from slackbot.models import InboxEntry, OutboxEntry
from slackbot.outbound import sender
from slackbot.outbound.deliveries.kind import KINDS
from tests.hurry import tries

pytestmark = pytest.mark.in_this_process

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
)
NAMES = st.sampled_from(
    ["user", "channel", "ts", "text", "origin", "type", "values", "user_id", "channel_id", "line", "entry"]
)
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text("ab", max_size=3), inner, max_size=6),
)


def _row(kind: str, payload: Any, handler: str = "") -> InboxEntry:
    return InboxEntry(
        key=f"any:{kind}", queue=InboxEntry.CORE, kind=kind, handler=handler, payload=payload, order_key="x",
        priority=5, created_at=timezone.now(),
    )  # fmt: skip


def _later(turn: int) -> datetime:
    """Return a time after the pause before the attempt of that number."""
    return timezone.now() + timedelta(minutes=11 * turn)


def _work_off_inbox() -> None:
    """Run the next row as often as one may be tried."""
    for turn in range(MAX_FAILURES + 1):
        queues.get(InboxEntry.CORE).run_next(partial(_later, turn))


class AnyRow(TestCase):
    @limits(max_examples=tries(40), deadline=None)
    @given(kind=st.sampled_from(list(INBOX_KINDS)), payload=ANY_JSON.filter(lambda value: value is not None))
    def test_any_row_of_the_inbox_is_closed(self, kind: str, payload: Any) -> None:
        inbox.store([_row(kind, payload)])

        _work_off_inbox()

        assert not InboxEntry.objects.filter(key=f"any:{kind}", is_open=True, failures__gte=MAX_FAILURES).exists()
        InboxEntry.objects.all().delete()

    @limits(max_examples=tries(40), deadline=None)
    @given(kind=st.sampled_from(list(KINDS)), args=ANY_JSON.filter(lambda value: value is not None))
    def test_any_row_of_the_outbox_is_given_up_alone(self, kind: str, args: Any) -> None:
        OutboxEntry.objects.create(
            key="any", kind=kind, args=args, order_key="x", priority=5, created_at=timezone.now()
        )
        for turn in range(sender.MAX_MISTAKES + 1):
            queues.get(OutboxEntry.QUEUE).run_next(partial(_later, turn))

        kept = OutboxEntry.objects.filter(key="any", is_open=True, failures__gte=sender.MAX_MISTAKES, refused_at=None)
        # A call that can be made is tried for as long as nobody answers: here there is no Slack.
        assert not kept.exclude(error__startswith="Slack cannot be reached").exists()
        OutboxEntry.objects.all().delete()


@pytest.mark.django_db
def test_a_mention_by_somebody_who_is_an_object_is_given_up() -> None:
    inbox.store([_row("mention", {"type": "app_mention", "user": {"id": "U0ADA"}, "channel": "C1", "ts": "1.2"})])

    _work_off_inbox()

    row = InboxEntry.objects.get(key="any:mention")
    assert row.given_up_at is not None
    assert "user is missing" in row.error

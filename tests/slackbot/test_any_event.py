"""Whatever JSON Slack sends as an event, reading it ends in an event or in `Malformed`, and loses nothing of it."""

from __future__ import annotations

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from slackbot.api.shapes import Malformed
from slackbot.inbound import event_payloads
from tests.hurry import tries

TYPES: Final = sorted({name for each in event_payloads.KNOWN for name in each.TYPES})
SUBTYPES: Final = sorted({name for each in event_payloads.KNOWN for name in each.SUBTYPES or () if name})
PARTS: Final = (
    *("channel", "channel_id", "user", "item", "message", "ts", "deleted_ts", "thread_ts", "text", "reaction"),
    *("inviter", "old_channel_id", "new_channel_id", "tab", "name", "id", "type", "bot_id", "blocks", "subtype"),
)
SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["C1", "1.5", "message"])
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(PARTS), inner, max_size=5),
)
EVENTS = st.builds(
    lambda parts, name, subtype: {**parts, "type": name, **({"subtype": subtype} if subtype else {})},
    st.dictionaries(st.sampled_from(PARTS), ANY_JSON, max_size=6),
    st.sampled_from(TYPES),
    st.sampled_from(["", *SUBTYPES]),
)


class AnyEvent(TestCase):
    @limits(max_examples=tries(100), deadline=None)
    @given(raw=EVENTS)
    def test_without_a_class_it_is_always_read(self, raw: dict[str, Any]) -> None:
        event = event_payloads.read(raw)

        assert event.raw == raw
        assert {**event} == raw
        assert repr(event)

    @limits(max_examples=tries(100), deadline=None)
    @given(raw=EVENTS, kind=st.sampled_from(event_payloads.KNOWN))
    def test_as_a_class_it_is_of_that_class_or_malformed(
        self, raw: dict[str, Any], kind: event_payloads.EventClass
    ) -> None:
        try:
            event = event_payloads.read(raw, wanted=[kind])
        except Malformed:
            return

        assert type(event) is kind
        assert repr(event)


@pytest.mark.parametrize("kind", event_payloads.KNOWN)
def test_each_type_and_subtype_has_one_class(kind: event_payloads.EventClass) -> None:
    for name in kind.TYPES:
        for subtype in kind.SUBTYPES or ("",):
            raw = {"type": name, "subtype": subtype}

            assert [each for each in event_payloads.KNOWN if event_payloads._is_one(raw, each)] == [kind]

"""Whoever works in the background is woken: looking by itself would do, half a second later."""

from __future__ import annotations

from contextlib import closing

import pytest

from incidents.models import Incident
from slackbot.doorbell import Bell, Lane
from slackbot.testing import Actor, Workspace

pytestmark = pytest.mark.in_this_process


@pytest.mark.parametrize(("lane", "words"), [("inbox", "Hello"), ("outbox", "/incident summary Cards fail")])
def test_a_worker_is_woken_by_what_slack_tells(
    workspace: Workspace, incident: Incident, ada: Actor, lane: Lane, words: str
) -> None:
    with closing(Bell(lane)) as bell:
        while bell.wait(0):
            pass  # rings of before
        ada.says(words, in_=incident)

        assert bell.wait(5)

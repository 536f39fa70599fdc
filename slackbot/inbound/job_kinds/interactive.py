"""Plugins' commands, buttons, dialogs and option searches."""

from __future__ import annotations

from datetime import datetime

from slackbot.inbound import dispatcher, payloads, searches
from slackbot.inbound.answers import Answer, FormRefused
from slackbot.inbound.payloads import OptionSearch
from slackbot.models import InboxEntry


def run_interactive(row: InboxEntry, now: datetime) -> None:
    """Run a plugin's command, button or dialog for the web process, which waits for the answer."""
    try:
        row.answer = dispatcher.answer(payloads.from_json(row.payload), now=now).as_json()
    except FormRefused as refusal:
        row.answer = Answer(action="errors", errors=refusal.errors).as_json()


def run_search(row: InboxEntry, now: datetime) -> None:
    row.answer = searches.find(payloads.revived(OptionSearch, row.payload))


def run_background(row: InboxEntry, now: datetime) -> None:
    dispatcher.answer(payloads.from_json(row.payload), now=now)

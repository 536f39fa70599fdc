"""The choices of a field that is searched while somebody types."""

from __future__ import annotations

import logging
import traceback
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from typing import Any, Final

from django.db import close_old_connections
from django.utils import timezone

from incidents import queries
from people.access import USE, may
from slackbot.directory.people import person_for
from slackbot.inbound.payloads import OptionSearch
from slackbot.kit.dialogs import slack_options
from slackbot.kit.handler_types import Search
from slackbot.kit.registry import registry

logger = logging.getLogger(__name__)

PATIENCE: Final = 2.0
_pool: Final = ThreadPoolExecutor(4, thread_name_prefix="search")


def find(search: OptionSearch) -> list[dict[str, Any]]:
    """Return the options that fit, as Slack takes them; none for somebody who may not see what the dialog is about."""
    if not _may_search(search):
        return []
    form = registry.dialogs.get(search.dialog_id)
    function = form.searches.get(search.field) if form else None
    if function is None:
        return []
    try:
        return _pool.submit(_run, function, search.query).result(PATIENCE)
    except TooLate:
        logger.error("The search %s of %s took too long", search.field, search.dialog_id)
    except Exception:  # noqa: BLE001 — a plugin may raise anything, and an empty list is all that Slack can show
        logger.error("The search %s of %s failed:\n%s", search.field, search.dialog_id, traceback.format_exc())
    return []


def _may_search(search: OptionSearch) -> bool:
    asker = person_for(search.user_id, now=timezone.now()) if search.user_id else None
    if search.incident is None:
        return may(asker, USE)
    return asker is not None and queries.incidents(asker).filter(number=search.incident).exists()


def _run(function: Search, query: str) -> list[dict[str, Any]]:
    close_old_connections()  # a thread keeps its own, and the database may have gone and come back meanwhile
    return [option.to_dict() for option in slack_options(list(function(query)))]

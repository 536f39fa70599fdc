"""The names of people, public channels and user groups that a message names only by id.

Slack is asked before a message is processed, outside of any transaction, and at most once a day. Names of private
channels are not stored, because the incident's readers may not be in them.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Q

from slackbot.api import client, rate_limits
from slackbot.api.client import SlackProblem
from slackbot.api.message_text import ids_in
from slackbot.directory import workspace
from slackbot.directory.people import keep_user
from slackbot.models import SlackName, SlackUser

logger = logging.getLogger(__name__)

FRESH: Final = timedelta(days=1)
AT_ONCE: Final = 20  # ids of one message
PERSON, CHANNEL, GROUP = ("U", "W"), ("C", "G"), ("S",)
NOT_TOLD: Final = ("user_not_found", "users_not_found", "user_not_visible", "channel_not_found", "missing_scope")


def learn(message: Any, *, now: datetime) -> None:
    """Ask Slack for unknown names in a message, or in an object that contains one. Continue without them on failure."""
    place = workspace.present()
    named = [each for each in ids_in(message) if place is None or each != place.bot_user_id]
    if not named:
        return
    unknown = _unknown(named, now=now)[:AT_ONCE]
    try:
        for person in (each for each in unknown if each.startswith(PERSON)):
            _learn_person(person, now=now)
        for channel in (each for each in unknown if each.startswith(CHANNEL)):
            _learn_channel(channel, now=now)
        if groups := [each for each in unknown if each.startswith(GROUP)]:
            _learn_groups(groups, now=now)
    except SlackProblem as problem:
        logger.warning("Could not look up %s in Slack, so messages omit the name: %s", ", ".join(unknown), problem)


def _unknown(ids: list[str], *, now: datetime) -> list[str]:
    fresh = SlackName.objects.filter(slack_id__in=ids, asked_at__gt=now - FRESH)
    known = {*fresh.values_list("slack_id", flat=True)}
    # If somebody acted before Slack told us who they are, their name is still the id.
    accounts = SlackUser.objects.filter(user_id__in=ids).exclude(Q(person__name__in=ids) & Q(person__erased_at=None))
    known |= {*accounts.values_list("user_id", flat=True)}
    return [each for each in ids if each not in known]


def _learn_person(user_id: str, *, now: datetime) -> None:
    found = _ask("users.info", {"user": user_id}, "user")
    if found is None:
        _keep(user_id, "", now=now)
    else:
        keep_user(found, now=now)


def _learn_channel(channel_id: str, *, now: datetime) -> None:
    found = _ask("conversations.info", {"channel": channel_id}, "channel")
    is_public = found is not None and found.get("is_channel") and not found.get("is_private")
    _keep(channel_id, str(found.get("name") or "") if found is not None and is_public else "", now=now)


def _learn_groups(ids: list[str], *, now: datetime) -> None:
    """Store the names of all groups, because Slack has no method to get only one."""
    groups = _ask("usergroups.list", {"include_disabled": True}, "usergroups") or []
    handles = {str(group["id"]): str(group.get("handle") or group.get("name") or "") for group in groups}
    for group_id in {*handles, *ids}:
        _keep(group_id, handles.get(group_id, ""), now=now)


def _ask(method: str, args: dict[str, Any], field: str) -> Any:
    """Return what Slack answers; None if it refuses with a code in `NOT_TOLD`."""
    try:
        return rate_limits.read(method, args)[field]
    except client.Refused as refusal:
        if refusal.error in NOT_TOLD:
            return None
        raise


def _keep(slack_id: str, name: str, *, now: datetime) -> None:
    SlackName.objects.update_or_create(slack_id=slack_id, defaults={"name": name[:200], "asked_at": now})

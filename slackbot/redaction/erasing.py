"""Remove the name of a person who was erased."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from incidents import queries
from incidents.erasure import FORMER_COLLEAGUE, Erased
from incidents.traces import candidates, overwrite, sweep
from slackbot.models import InboxEntry, SlackUser
from slackbot.outbound import outbox
from slackbot.redaction.columns import WORDS
from slackbot.redaction.payloads import user_of


def forget(erased: Erased) -> None:
    """Remove the person's Slack profile. Their id stays, or the next synchronization would bring them back."""
    account = SlackUser.objects.filter(person=erased.person).first()
    if account is not None:
        _empty_profiles(account.user_id, erased)
        _remove_handle(account)
        SlackUser.objects.filter(pk=account.pk).update(handle=f"erased-{erased.person.pk}", dm_channel_id="")
    sweep(WORDS, words=[word for word in (erased.name, erased.email) if word], change=erased.without)
    held = queries.incidents(queries.SYSTEM).filter(
        Q(reporter=erased.person) | Q(role_assignments__person=erased.person, role_assignments__ended_at=None)
    )
    for incident in held.distinct():
        outbox.draw(incident, outbox.HEADLINE, now=erased.at)


def _empty_profiles(user_id: str, erased: Erased) -> None:
    """Empty the events from Slack that contain the account's whole profile."""
    for row in candidates(InboxEntry.objects.all(), ["payload"], words=[user_id]):
        value = row.payload
        user = value.get("user") if isinstance(value, dict) else None
        if isinstance(user, dict) and user.get("id") == user_id and "profile" in user:
            user_only = {"type": value.get("type"), "user": {"id": user_id}}
            InboxEntry.objects.filter(pk=row.pk).update(payload=user_only)


def _remove_handle(account: SlackUser) -> None:
    """Remove the handle where Slack sent it with the person's id. Elsewhere it may be an ordinary word."""
    for row in candidates(InboxEntry.objects.all(), ["payload"], words=[account.user_id]):
        overwrite(row, ["payload"], lambda value: _without_handle(value, account))


def _without_handle(value: Any, account: SlackUser) -> Any:
    match value:
        case dict():
            is_theirs = account.user_id in (value.get("id"), value.get("user_id"), user_of(value))
            return {
                key: FORMER_COLLEAGUE
                if is_theirs and key in ("name", "username", "user_name") and each == account.handle
                else _without_handle(each, account)
                for key, each in value.items()
            }
        case list():
            return [_without_handle(each, account) for each in value]
        case _:
            return value

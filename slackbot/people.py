"""Slack's users as the domain's people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from incidents.models import Person
from incidents.people import Profile, add_person, update_person
from slackbot import outbox
from slackbot.models import SlackUser
from slackbot.mrkdwn import escape, mentioned_users, to_markdown


def person_for(user_id: str, *, now: datetime, name: str = "") -> Person:
    """Return the person behind a Slack id. Of somebody unknown we note what we know, and ask Slack for the rest."""
    known = SlackUser.objects.select_related("person").filter(user_id=user_id).first()
    if known is not None:
        return known.person
    person = _keep(user_id, {"id": user_id, "name": name or user_id})
    outbox.say(
        key=f"profile:{user_id}", kind="profile", now=now, args={"user": user_id}, order_key=f"profile:{user_id}"
    )
    return person


def slack_ids(people: Iterable[Person]) -> dict[int, str]:
    """Return the Slack id of each person, by primary key, of those who have one."""
    wanted = [person.pk for person in people]
    return dict(SlackUser.objects.filter(person__in=wanted).values_list("person_id", "user_id"))


def mention(person: Person) -> str:
    """Name somebody as Slack does, so that one can click on them; who has no account there by their name."""
    account = SlackUser.of(person)
    return f"<@{account.user_id}>" if account else escape(person.name)


def keep_user(user: Mapping[str, Any]) -> Person:
    """Note what Slack's user object says: https://docs.slack.dev/reference/objects/user-object."""
    return _keep(str(user["id"]), user)


@transaction.atomic
def _keep(user_id: str, user: Mapping[str, Any]) -> Person:
    handle = str(user.get("name") or user_id)
    account = SlackUser.objects.select_for_update().select_related("person").filter(user_id=user_id).first()
    if account is None:
        return add_account(user_id, handle, _profile(user, handle))
    if account.handle != handle:
        account.handle = handle
        account.save(update_fields=["handle"])
    update_person(account.person, **_profile(user, handle))
    return account.person


def add_account(user_id: str, handle: str, profile: Profile) -> Person:
    """Note somebody new, unless another process does so at the same moment."""
    try:
        with transaction.atomic():
            return SlackUser.objects.create(user_id=user_id, handle=handle, person=add_person(**profile)).person
    except IntegrityError:  # somebody was faster; the person we made is undone
        return SlackUser.objects.select_related("person").get(user_id=user_id).person


def _profile(user: Mapping[str, Any], handle: str) -> Profile:
    profile = user.get("profile") or {}
    name = profile.get("real_name") or user.get("real_name") or profile.get("display_name") or handle
    return {
        "name": str(name)[:200],
        "email": str(profile.get("email") or ""),
        "time_zone": str(user.get("tz") or "UTC"),
        "is_active": not user.get("deleted", False),
        # Slackbot itself is the one bot that does not say so.
        "is_bot": bool(user.get("is_bot")) or user.get("id") == "USLACKBOT",
    }


def names_of(user_ids: Iterable[str]) -> dict[str, str]:
    """Return people's names by Slack id, of those we know."""
    known = SlackUser.objects.filter(user_id__in=list(user_ids)).values_list("user_id", "person__name")
    return dict(known)


def markdown(mrkdwn: str) -> str:
    """Return what somebody wrote in Slack as Markdown, with people's names for mentions of them."""
    return to_markdown(mrkdwn, names=names_of(mentioned_users(mrkdwn)))


def find_people(words: str) -> list[Person]:
    """Return the present people whom a handle, a name or a first name fits."""
    words = words.strip().removeprefix("@").strip()
    if not words:
        return []
    present = Person.objects.filter(is_active=True, is_bot=False, slack__isnull=False)
    for match in (Q(slack__handle__iexact=words), Q(name__iexact=words), Q(name__istartswith=f"{words} ")):
        if found := list(present.filter(match)[:6]):
            return found
    return []

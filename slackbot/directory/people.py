"""Slack's users as the domain's people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import CharField, Q

from incidents import queries
from jobs.compiled_queries import Read, Slot
from people.models import Person
from people.services import Profile, add_person, update_person
from slackbot.api.mrkdwn import literal, mentioned, to_markdown
from slackbot.models import SlackName, SlackUser, Workspace

# Each is called in the transaction that stores the person, with the present moment.
Ask = Callable[[str, datetime], None]  # gets the Slack id
Tell = Callable[[Person, datetime], None]
_asks: Final[list[Ask]] = []
_tells: Final[list[Tell]] = []
_ACCOUNT: Final = Read(lambda: SlackUser.objects.select_related("person").filter(user_id=Slot("user_id", CharField())))


def on_unknown(ask: Ask) -> None:
    """Call `ask` when we meet an account of which we know only the id, to ask Slack for the rest. Twice is once."""
    if ask not in _asks:
        _asks.append(ask)


def on_return(tell: Tell) -> None:
    """Call `tell` when somebody who had left the workspace is back. Twice is once."""
    if tell not in _tells:
        _tells.append(tell)


def person_for(user_id: str, *, now: datetime, name: str = "") -> Person:
    """Return the person behind a Slack id. Of somebody unknown we note what we know, and ask Slack for the rest.

    Until Slack has answered they count as a guest: we must not trust an account that we know nothing about.
    """
    if (known := _ACCOUNT.first(user_id=user_id)) is not None:
        return known.person
    person = _keep(user_id, {"id": user_id, "name": name or user_id, "is_stranger": True}, now=now)
    for ask in _asks:
        ask(user_id, now)
    return person


def slack_ids(people: Iterable[Person]) -> dict[int, str]:
    """Return the Slack id of each person, by primary key, of those who have one."""
    wanted = [person.pk for person in people]
    return dict(SlackUser.objects.filter(person__in=wanted).values_list("person_id", "user_id"))


def mention(person: Person) -> str:
    """Name somebody as Slack does, so that one can click on them; who has no account there by their name."""
    account = SlackUser.of(person)
    return f"<@{account.user_id}>" if account else literal(person.name)


def keep_user(user: Mapping[str, Any], *, now: datetime) -> Person:
    """Note what Slack's user object says: https://docs.slack.dev/reference/objects/user-object."""
    return _keep(str(user["id"]), user, now=now)


@transaction.atomic
def _keep(user_id: str, user: Mapping[str, Any], *, now: datetime) -> Person:
    handle = str(user.get("name") or user_id)
    account = SlackUser.objects.select_for_update().select_related("person").filter(user_id=user_id).first()
    if account is None:
        return add_account(user_id, handle, _profile(user, handle))
    if account.person.erased_at is not None:
        return account.person  # Slack still knows their name; we no longer do
    if account.handle != handle:
        account.handle = handle
        account.save(update_fields=["handle"])
    came_back = not account.person.is_active and not user.get("deleted", False)
    update_person(account.person, at=now, **_profile(user, handle))
    if came_back:
        for tell in _tells:
            tell(account.person, now)
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
        "is_guest": _is_guest(user),
    }


def _is_guest(user: Mapping[str, Any]) -> bool:
    """Return whether Slack's user object is of a guest, or of somebody from another workspace.

    Source: https://docs.slack.dev/reference/objects/user-object and https://docs.slack.dev/apis/slack-connect.
    """
    if any(user.get(flag) for flag in ("is_restricted", "is_ultra_restricted", "is_stranger")):
        return True
    ours = Workspace.objects.values_list("team_id", flat=True).first()
    theirs = {user.get("team_id"), *(user.get("enterprise_user") or {}).get("teams", [])} - {None, ""}
    return bool(ours and theirs) and ours not in theirs


def names_of(ids: Iterable[str]) -> dict[str, str]:
    """Return the names of people, public channels and user groups by Slack id, of those we know: see `names.learn`."""
    wanted = list(ids)
    if not wanted:
        return {}
    people = dict(SlackUser.objects.filter(user_id__in=wanted).values_list("user_id", "person__name"))
    if not (others := [each for each in wanted if each not in people]):
        return people
    return people | dict(SlackName.objects.filter(slack_id__in=others).values_list("slack_id", "name"))


def markdown(mrkdwn: str) -> str:
    """Return what somebody wrote in Slack as Markdown, with people's names for mentions of them."""
    return to_markdown(mrkdwn, names=names_of(mentioned(mrkdwn)))


def find_people(words: str) -> list[Person]:
    """Return the present people whom a handle, a name or a first name fits."""
    words = words.strip().removeprefix("@").strip()
    if not words:
        return []
    present = Person.objects.filter(is_active=True, is_bot=False, slack__isnull=False)
    for match in (
        Q(slack__handle__iexact=words),
        queries.is_called(words),
        queries.is_called(f"{words} ", lookup="startswith"),
    ):
        if found := list(present.filter(match)[:6]):
            return found
    return []

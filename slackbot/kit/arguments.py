"""Read what people write after a command: people, severities, channels, times and lengths of time.

Each function takes Slack's mrkdwn and raises `UsageError` with a sentence; the router adds how the command is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import dateparser
from django.conf import settings

from incidents import queries, times
from incidents.models import Incident, Severity
from people.errors import Refusal
from people.models import Person
from slackbot.api import limits
from slackbot.api.mrkdwn import (
    TOKEN,
    mentioned,
    mentioned_channels,
    mentioned_groups,
    to_plain,
    unescape,
)
from slackbot.api.mrkdwn import mentioned_users as mentioned_users
from slackbot.directory.people import find_people, names_of, person_for
from slackbot.kit import moments
from slackbot.kit.moments import Moment

ONE_UNIT: Final = re.compile(
    r"[\d.,]+\s*(w|weeks?|d|days?|h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?)(?![a-z])", re.IGNORECASE
)
NUMBER: Final = re.compile(r"(?:inc-?)?(?P<number>\d{1,9})", re.IGNORECASE)
MYSELF: Final = ("me", "myself", "i")
_ENDS: Final = r"(?=[\s,\u2013-]|[:.](?!\d)|$)"
LIKE_A_CLOCK: Final = re.compile(r"\d+(?::\d\d+)+" + _ENDS)
# What parts a list of people: each mention or handle by itself, and what stands between names.
_PARTS: Final = re.compile(r"(<@[^<>]+>)|[,;&\n]+|(?:^|(?<=\s))and(?=\s|$)|(?<![\w.-])(?=@)", re.IGNORECASE)
_MOST_WORDS_OF_A_NAME: Final = 6
MOST_PEOPLE: Final = 50  # of one command: each name takes a few queries, and Slack waits for three seconds


class UsageError(Refusal):
    """What somebody wrote after a command cannot be read. The router adds the command's form."""


def plain(mrkdwn: str) -> str:
    """Return the words as one reads them in Slack: no markup, nothing escaped, people and channels by name."""
    return to_plain(mrkdwn, names=names_of(mentioned(mrkdwn)))


def as_said(mrkdwn: str) -> str:
    """Return the words as one reads them in Slack, in one short line, for a sentence that quotes them."""
    return limits.cut(" ".join(plain(mrkdwn).split()), 60)


def choices(names: Iterable[str]) -> str:
    """Say what there is to choose from."""
    quoted = [f"`{name}`" for name in names]
    return f"Choose one of: {', '.join(quoted)}." if len(quoted) > 1 else f"The only choice is {quoted[0]}."


def nothing(text: str) -> None:
    """Refuse words after a command that takes none: whoever wrote them expects something of them."""
    if text:
        raise UsageError(f"This command takes no text, but you wrote “{as_said(text)}”.")


def person(text: str, *, me: Person, now: datetime) -> Person:
    """Read one person: a mention, a handle, a name, or "me"; and no other word."""
    found = people(text, me=me, now=now)
    if len(found) > 1:
        raise UsageError("Name one person at a time.")
    return found[0]


def people(text: str, *, me: Person, now: datetime) -> list[Person]:
    """Read one or more people: mentions, handles, names or "me", in any order, with commas or "and" between them.

    Raise `UsageError` for every word that names nobody.
    """
    found, unknown = people_and_rest(text, me=me, now=now)
    if unknown:
        raise UsageError(f"We couldn't find anyone called {quoted(unknown)}.")
    return found


def people_and_rest(text: str, *, me: Person, now: datetime) -> tuple[list[Person], list[str]]:
    """Return the people that `text` names, and the words that name nobody, as one reads them.

    Raise `UsageError` when there are no words, or too many names, and for a name that several people have.
    """
    if not text.strip():
        raise UsageError("Name a person.")
    if mentioned_groups(text):
        raise UsageError("Name people instead of a group.")
    if len(whole := find_people(text)) == 1:
        return whole, []
    parts = [part for part in _PARTS.split(text) if part and part.strip()]
    if len(parts) > MOST_PEOPLE:
        raise UsageError(f"Name at most {MOST_PEOPLE} people at a time.")
    found: list[Person] = []
    unknown: list[str] = []
    for part in parts:
        mentioned = mentioned_users(part)
        if mentioned:
            found.append(person_for(mentioned[0], now=now))
        else:
            named, rest = _named(part.split(), me=me)
            found += named
            unknown += rest
    return list(dict.fromkeys(found)), unknown


def mentioned_people(text: str, *, now: datetime) -> list[Person]:
    """Return the people whom the words mention, in order. Names and handles are no mentions."""
    return [person_for(user_id, now=now) for user_id in mentioned_users(text)]


def _named(words: list[str], *, me: Person) -> tuple[list[Person], list[str]]:
    """Read names of one or more words each. From the first word that names nobody, the rest is returned as it was."""
    found: list[Person] = []
    while words:
        length, person = next(_longest_name(words, me=me), (0, None))
        if person is None:
            rest = plain(" ".join(words)).strip(" .!?:")
            return found, [rest] if rest else []
        found.append(person)
        words = words[length:]
    return found, []


def _longest_name(words: list[str], *, me: Person) -> Iterator[tuple[int, Person]]:
    for length in range(min(len(words), _MOST_WORDS_OF_A_NAME), 0, -1):
        name = " ".join(words[:length]).rstrip(".!?:")
        if name.lower() in MYSELF:
            yield length, me
        alike = find_people(name)
        if len(alike) > 1:
            raise UsageError(
                f"Several people have that name: {', '.join(each.name for each in alike[:5])}. Mention one of them."
            )
        if alike:
            yield length, alike[0]


def quoted(words: Iterable[str]) -> str:
    return ", ".join(f"“{limits.cut(word, 60)}”" for word in words)


def severity(text: str) -> Severity:
    """Read a severity's name, emoji, or rank like "1" or "sev1", and nothing that only contains one."""
    wanted = " ".join(text.lower().split())
    for each in queries.severities():
        names = {each.key, each.name.lower(), each.emoji, each.sign, each.label.lower()}
        ranks = {str(each.rank), f"sev{each.rank}", f"sev {each.rank}", f"sev-{each.rank}"}
        if wanted in names | ranks:
            return each
    asked = f"“{as_said(text)}” isn't a severity." if wanted else "Name a severity."
    raise UsageError(f"{asked} {choices(each.key for each in queries.severities())}")


def channel(text: str) -> str:
    """Read a channel and return its Slack id."""
    found = mentioned_channels(text)
    if len(found) != 1:
        raise UsageError("Name one channel.")
    if TOKEN.fullmatch(text.strip()) is None:
        raise UsageError(f"Name only a channel: “{as_said(text)}” has other words in it.")
    return found[0]


def address(text: str) -> str:
    """Return the address if the words are one link, and else the words as one reads them."""
    token = TOKEN.fullmatch(text.strip())
    return unescape(token["body"]) if token else plain(text)


def incident(text: str, *, me: Person) -> Incident:
    """Read one that I may see: "INC-3", "3", its channel, or the address of its document."""
    words = text.strip()
    if mentioned_channels(words):
        channel_id = channel(words)
        found = queries.incidents(me).filter(comms_channel__channel_id=channel_id).first()
        if found is None:
            raise UsageError("That channel doesn't belong to an incident.")
        return found
    address = re.fullmatch(rf"<{re.escape(settings.SITE_URL)}/incidents/(?P<number>\d{{1,9}})/[^<>]*>", words)
    named = address or NUMBER.fullmatch(words)
    if named is None:
        raise UsageError(f"“{as_said(words)}” isn't an incident.")
    return queries.incident(me, number=int(named["number"]))


def moment(text: str, *, me: Person, now: datetime) -> datetime:
    """Read a time on the author's clock or with a time zone: "14:05", "in 30 minutes", "yesterday 10:00 UTC"."""
    return _one_of_ours(_moment(text, me=me, now=now).at)


def began(text: str, *, me: Person, now: datetime) -> datetime:
    """Read when something began: a time of day alone that is still to come was yesterday's.

    Raise `UsageError` for any other time that is still to come.
    """
    return over(_moment(text, me=me, now=now), text, now=now)


def time_and_text(text: str, *, me: Person, now: datetime) -> tuple[datetime | None, str]:
    """Read an optional time at the beginning; a time of day in the future means yesterday's."""
    found = moments.read_front(text, zone=me.zone, now=now)
    if found is None:
        if not text:
            raise UsageError("Write what happened.")
        if unread := LIKE_A_CLOCK.match(text):
            raise UsageError(f"“{unread[0]}” isn't a time of day.")
        return None, text
    at, rest = found
    if not rest:
        raise UsageError("Write what happened.")
    return over(at, text.removesuffix(rest), now=now), rest


def over(found: Moment, text: str, *, now: datetime) -> datetime:
    """Return an instant that is over. Raise `UsageError` if it is still to come."""
    at = found.latest_past(now)
    if at > now:
        raise UsageError(f"“{as_said(text)}” is in the future.")
    return _one_of_ours(at)


def _one_of_ours(at: datetime) -> datetime:
    if not times.can_be_shown(at):
        raise UsageError(times.CHOOSE_ANOTHER)
    return at


def _moment(text: str, *, me: Person, now: datetime) -> Moment:
    found = moments.read(text, zone=me.zone, now=now)
    if found is None:
        raise UsageError(
            f"“{as_said(text)}” isn't a time. Write a time like 14:05, 14:05 UTC, 10 minutes ago, "
            "yesterday 5pm or 2026-11-20 09:15."
        )
    return found


def duration(text: str) -> timedelta:
    """Read a length of time: "1h", "30 minutes", "1h 30m", "2 days"."""
    units = list(ONE_UNIT.finditer(text))
    rest = ONE_UNIT.sub("", text).replace("and", "").strip(" ,")
    if not units or rest:
        raise UsageError(f"“{as_said(text)}” isn't a length of time. Write one like 30m, 1h or 2 days.")
    base = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    total = timedelta(0)
    for unit in units:
        end = dateparser.parse(f"in {unit[0]}", languages=["en"], settings={"RELATIVE_BASE": base})
        if end is None:
            raise UsageError(f"“{unit[0]}” isn't a length of time.")
        total += end - base
    return total

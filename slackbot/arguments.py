"""Read what people write after a command: people, severities, channels, times and lengths of time.

Each function takes Slack's mrkdwn and raises `UsageError` with a sentence; the router adds how the command is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import dateparser
from django.conf import settings

from incidents import queries
from incidents.errors import IncidentError
from incidents.models import Incident, Person, Severity
from slackbot import limits
from slackbot.mrkdwn import mentioned_channels, mentioned_groups, mentioned_users, to_plain
from slackbot.people import find_people, names_of, person_for

CLOCK: Final = re.compile(r"(?P<hour>[01]?\d|2[0-3])[:.](?P<minute>[0-5]\d)\s*(?P<half>[ap]m)?", re.IGNORECASE)
CLOCK_DIGITS: Final = re.compile(r"\b(\d{1,2}):(\d{2})\b")
A_TIME: Final = re.compile(r"\d+\s*[a-z]|\d{4}-\d\d|\d[:/.]\d|now|today|yesterday|tomorrow|ago|\bin\b", re.IGNORECASE)
ONE_UNIT: Final = re.compile(
    r"[\d.,]+\s*(w|weeks?|d|days?|h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?)(?![a-z])", re.IGNORECASE
)
NUMBER: Final = re.compile(r"(?:inc-?)?(?P<number>\d{1,9})", re.IGNORECASE)
MYSELF: Final = ("me", "myself", "i")


class UsageError(IncidentError):
    """What somebody wrote after a command cannot be read. The router adds the command's form."""


def plain(mrkdwn: str) -> str:
    """Return the words as one reads them in Slack: no markup, nothing escaped, people and channels by name."""
    return to_plain(mrkdwn, names=names_of(mentioned_users(mrkdwn)))


def as_said(mrkdwn: str) -> str:
    """Return the words as one reads them in Slack, in one short line, for a sentence that quotes them."""
    return limits.cut(" ".join(plain(mrkdwn).split()), 60)


def choices(names: Iterable[str]) -> str:
    """Say what there is to choose from."""
    quoted = [f"`{name}`" for name in names]
    return f"Choose one of {', '.join(quoted)}." if len(quoted) > 1 else f"There is only {quoted[0]}."


def nothing(text: str) -> None:
    """Refuse words after a command that takes none: whoever wrote them expects something of them."""
    if text:
        raise UsageError(f"Nothing follows this command, and I cannot do anything with “{as_said(text)}”.")


def person(text: str, *, me: Person, now: datetime) -> Person:
    """Read one person: a mention, a handle, a name, or "me"."""
    found = people(text, me=me, now=now)
    if len(found) > 1:
        raise UsageError("One person at a time, please.")
    return found[0]


def people(text: str, *, me: Person, now: datetime) -> list[Person]:
    """Read one or more people: mentions, or a single name."""
    words = text.strip()
    if not words:
        raise UsageError("Whom?")
    if words.lower() in MYSELF:
        return [me]
    if mentioned := mentioned_users(words):
        return [person_for(user_id, now=now) for user_id in dict.fromkeys(mentioned)]
    if mentioned_groups(words):
        raise UsageError("A group is nobody in particular: choose one of them.")
    found = find_people(words)
    if not found:
        raise UsageError(f"I do not know who “{as_said(words)}” is.")
    if len(found) > 1:
        raise UsageError(f"Several people are called that: {', '.join(each.name for each in found[:5])}.")
    return found


def severity(text: str) -> Severity:
    """Read a severity's name, emoji, or rank like "1" or "sev1", and nothing that only contains one."""
    wanted = " ".join(text.lower().split())
    for each in queries.severities():
        names = {each.key, each.name.lower(), each.emoji, each.sign, each.label.lower()}
        ranks = {str(each.rank), f"sev{each.rank}", f"sev {each.rank}", f"sev-{each.rank}"}
        if wanted in names | ranks:
            return each
    asked = f"I know no severity “{as_said(text)}”." if wanted else "Which one?"
    raise UsageError(f"{asked} {choices(each.key for each in queries.severities())}")


def channel(text: str) -> str:
    """Read a channel and return its Slack id."""
    found = mentioned_channels(text)
    if len(found) != 1:
        raise UsageError("Which channel?")
    return found[0]


def incident(text: str, *, me: Person) -> Incident:
    """Read one that I may see: "INC-3", "3", its channel, or the address of its document."""
    words = text.strip()
    if mentioned_channels(words):
        channel_id = channel(words)
        found = queries.incidents(me).filter(comms_channel__channel_id=channel_id).first()
        if found is None:
            raise UsageError("That is no incident's channel.")
        return found
    address = re.match(rf"<{re.escape(settings.SITE_URL)}/incidents/(?P<number>\d{{1,9}})/", words)
    named = address or NUMBER.fullmatch(words)
    if named is None:
        raise UsageError(f"“{as_said(words)}” names no incident.")
    return queries.incident(me, number=int(named["number"]))


def moment(text: str, *, me: Person, now: datetime) -> datetime:
    """Read a time in the author's time zone: "14:05", "in 30 minutes", "yesterday 10:00", "2026-11-20 09:15"."""
    words = text.strip()
    zone = ZoneInfo(me.time_zone)
    here = now.astimezone(zone)
    if clock := CLOCK.fullmatch(words):
        return _clock_time(clock, here).astimezone(UTC)
    on_a_clock = all(int(hour) < 24 and int(minute) < 60 for hour, minute in CLOCK_DIGITS.findall(words))
    found = (
        dateparser.parse(words, languages=["en"], settings={"RELATIVE_BASE": here.replace(tzinfo=None)})
        if on_a_clock and A_TIME.search(words)
        else None
    )
    if found is None:
        raise UsageError(
            f"I cannot read “{as_said(words)}” as a time. Write it like 14:05, 10 minutes ago, or 2026-11-20 09:15."
        )
    return found.replace(tzinfo=zone).astimezone(UTC)


def latest_past(moment: datetime, *, now: datetime) -> datetime:
    """Return `moment`, a day earlier when it is still to come: "23:50", said after midnight, was yesterday."""
    return moment - timedelta(days=1) if moment > now else moment


def began(text: str, *, at: datetime, now: datetime) -> datetime:
    """Return when something began that was said to begin at `text`. Raise `UsageError` for what is still to come."""
    if CLOCK.fullmatch(text.strip()):
        return latest_past(at, now=now)
    if at > now:
        raise UsageError(f"“{as_said(text)}” is still to come.")
    return at


def _clock_time(clock: re.Match[str], here: datetime) -> datetime:
    hour = int(clock["hour"])
    if clock["half"] and hour <= 12:
        hour = hour % 12 + (12 if clock["half"].lower() == "pm" else 0)
    return here.replace(hour=hour, minute=int(clock["minute"]), second=0, microsecond=0)


def duration(text: str) -> timedelta:
    """Read a length of time: "1h", "30 minutes", "1h 30m", "2 days"."""
    units = list(ONE_UNIT.finditer(text))
    rest = ONE_UNIT.sub("", text).replace("and", "").strip(" ,")
    if not units or rest:
        raise UsageError(f"I cannot read “{as_said(text)}” as a length of time. Write it like 30m, 1h or 2 days.")
    base = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    total = timedelta(0)
    for unit in units:
        end = dateparser.parse(f"in {unit[0]}", languages=["en"], settings={"RELATIVE_BASE": base})
        if end is None:
            raise UsageError(f"I cannot read “{unit[0]}” as a length of time.")
        total += end - base
    return total

"""Look at everything a working Response needs, and name what is wrong and who is to blame."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

import redis
from django.conf import settings
from django.core import checks
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.template.defaultfilters import pluralize

from incidents.references import without_hidden
from jobs import backlog, heartbeats, switches
from jobs.error_summary import excerpt
from jobs.models import Heartbeat
from slackbot.api import client, rate_limits
from slackbot.api.client import NotSent, RateLimited, SlackProblem, Unsure
from slackbot.directory.workspace import headline_trouble
from slackbot.inbound import withheld
from slackbot.manifest import SCOPES
from slackbot.models import Workspace
from slackbot.operators import auditor
from slackbot.outbound import closures, refusals

SHOWN: Final = 10  # rows of each sort
LIMITED: Final = (
    "Nothing to do: Response waits as long as Slack asks. `manage.py switch off tier-2` reduces the number of calls."
)


class Verdict(Enum):
    WELL = "✓"
    MIND = "!"
    WRONG = "✗"


@dataclass(frozen=True)
class Finding:
    verdict: Verdict
    sentence: str
    details: str = ""


def examine(now: datetime) -> Iterator[Finding]:
    """Return what was found, in the order in which one would mend it. Without a database the rest cannot be asked."""
    yield from _settings()
    database = list(_database())
    yield from database
    yield from _redis()
    yield from _slack()
    if all(finding.verdict is Verdict.WELL for finding in database):
        for look in _BY_DATABASE:
            yield from look(now)


def _settings() -> Iterator[Finding]:
    messages = [message for message in checks.run_checks() if message.level >= checks.WARNING]
    for message in messages:
        verdict = Verdict.WRONG if message.level >= checks.ERROR else Verdict.MIND
        yield Finding(verdict, f"Settings: {message.msg}", message.hint or "")
    if not messages:
        yield Finding(Verdict.WELL, "Settings: no problems found.")


def _database() -> Iterator[Finding]:
    try:
        executor = MigrationExecutor(connection)
        pending = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError as error:
        yield Finding(Verdict.WRONG, f"Database: not reachable: {error}", "Check DATABASE_URL or DATA_DIR.")
        return
    if pending:
        yield Finding(
            Verdict.WRONG,
            f"Database: {pending} {pluralize(pending, 'migration is,migrations are')} not applied.",
            "Run `manage.py migrate`.",
        )
    else:
        yield Finding(Verdict.WELL, f"Database: {connection.vendor}, all migrations applied.")


def _redis() -> Iterator[Finding]:
    if not settings.REDIS_URL:
        yield Finding(Verdict.WELL, "Redis: not used; local workers don't need it.")
        return
    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2).ping()
    except (redis.RedisError, ValueError) as error:
        hint = "Nothing is lost: workers check for work every two seconds."
        yield Finding(Verdict.MIND, f"Redis: doesn't answer: {error}", hint)
    else:
        yield Finding(Verdict.WELL, "Redis: answers.")


def _slack() -> Iterator[Finding]:
    try:
        missing = set(SCOPES) - client.granted_scopes()
    except SlackProblem as problem:
        verdict = Verdict.MIND if isinstance(problem, RateLimited) else Verdict.WRONG
        yield Finding(verdict, f"Slack: {problem}", _advice(problem))
        return
    if missing:
        hint = "Update the Slack app with the output of `manage.py slack_manifest`, and reinstall it in the workspace."
        yield Finding(Verdict.WRONG, f"Slack: the token lacks {', '.join(sorted(missing))}.", hint)
    else:
        yield Finding(Verdict.WELL, "Slack: the token is accepted and has every scope.")


def _advice(problem: SlackProblem) -> str:
    match problem:
        case RateLimited():
            return LIMITED
        case Unsure():
            status = "Slack or the network has a problem: see https://slack-status.com."
            return f"Asked {settings.SLACK_API_URL}. {status} Nothing is lost."
        case NotSent():
            return f"Asked {settings.SLACK_API_URL}. Check the network. Nothing is lost."
        case _:
            return f"Asked {settings.SLACK_API_URL}. Check SLACK_BOT_TOKEN."


def _refusals(_now: datetime) -> Iterator[Finding]:
    for sentence, since in refusals.of_all():
        words = f"{sentence}. A message has been waiting since {since:%H:%M:%S} UTC."
        yield Finding(Verdict.WRONG, words, "Ask a workspace owner to approve the app, or reinstall it.")


def _limits(now: datetime) -> Iterator[Finding]:
    for gate in rate_limits.closed(now):
        yield Finding(
            Verdict.MIND, f"Slack: asks to wait until {gate.closed_until:%H:%M:%S} UTC: {gate.name}.", LIMITED
        )


def _withheld(now: datetime) -> Iterator[Finding]:
    for first, end, minutes in withheld.lately(now)[:SHOWN]:
        length = f"{minutes} minute{pluralize(minutes)}"
        sentence = (
            f"Slack: sent no events from {first:%d %b %H:%M} to {end:%H:%M} UTC ({length}) because there were too many."
        )
        yield Finding(Verdict.MIND, sentence, withheld.ADVICE)


def _workspace(_now: datetime) -> Iterator[Finding]:
    known = Workspace.objects.first()
    if known is None:
        yield Finding(
            Verdict.WRONG, "Workspace: unknown so far.", "Check that a worker is running: it asks Slack when it starts."
        )
        return
    trouble, hint = headline_trouble(known)
    name = known.headlines_channel
    if trouble:
        since = f" Since {known.headlines_trouble_at:%d %b %H:%M} UTC." if known.headlines_trouble_at else ""
        yield Finding(Verdict.WRONG, f"Headlines: {trouble}{since}", hint)
    elif not known.incident_channel_id:
        hint = f"Create #{settings.INCIDENT_CHANNEL} and invite the app, or set INCIDENT_CHANNEL."
        yield Finding(Verdict.WRONG, f"Workspace: {known.name}, but there is no headline channel.", hint)
    elif name and settings.INCIDENT_CHANNEL not in (name, known.incident_channel_id):
        hint = f"If this is intended, set INCIDENT_CHANNEL={name}."
        sentence = f"Headlines: #{settings.INCIDENT_CHANNEL} was renamed; headlines go to #{name}."
        yield Finding(Verdict.MIND, sentence, hint)
    else:
        where = f"#{name} ({known.incident_channel_id})" if name else known.incident_channel_id
        yield Finding(Verdict.WELL, f"Workspace: {known.name}, headlines go to {where}.")


def _channels(_now: datetime) -> Iterator[Finding]:
    for incident, channel, sentence in closures.notes(None)[:SHOWN]:
        since = f"Since {channel.closed_at:%d %b %H:%M} UTC." if channel.closed_at else ""
        yield Finding(Verdict.MIND, f"Channels: {incident.reference}: {sentence}", since)


def _workers(now: datetime) -> Iterator[Finding]:
    seen = heartbeats.workers(now)
    if not seen:
        yield Finding(Verdict.WRONG, "Workers: none is running.", "Start `manage.py up` or `manage.py worker`.")
    for beat in seen:
        ago = max(0, round((now - beat.seen_at).total_seconds()))
        silent = now - beat.seen_at > heartbeats.SILENT
        yield Finding(
            Verdict.WRONG if silent else Verdict.WELL,
            f"Workers: {beat.name} was last seen {ago} s ago.",
            "Start `manage.py up` or `manage.py worker` on that machine, or on another if that one is gone."
            if silent
            else "",
        )


def _queues(now: datetime) -> Iterator[Finding]:
    for line in backlog.waiting():
        if line.count:
            words = f"Waiting: {line.count} {line.table.direction}, the oldest for {line.age(now):.0f} s. {line.words}."
            yield Finding(Verdict.WRONG if line.is_late(now) else Verdict.WELL, words)
    for each in backlog.shown(backlog.failing()[:SHOWN], viewer=None):
        row = each.row
        when = f", next attempt {row.not_before:%H:%M:%S} UTC" if row.not_before else ""
        sentence = f"Failing: {each.name}, {row.attempts} attempt{pluralize(row.attempts)}{when}."
        yield Finding(Verdict.MIND, sentence, excerpt(each.error))


def _given_up(_now: datetime) -> Iterator[Finding]:
    rows = backlog.given_up()
    for each in backlog.shown(rows[:SHOWN], viewer=None):
        row = each.row
        name = (
            f"Failed permanently: {each.table} {row.pk}, {each.name}, {row.attempts} attempt{pluralize(row.attempts)}."
        )
        yield Finding(Verdict.WRONG, name, "\n".join(part for part in (each.origin, excerpt(each.error)) if part))
    if len(rows) > SHOWN:
        yield Finding(
            Verdict.WRONG, f"Failed permanently: {len(rows) - SHOWN} more; see {settings.SITE_URL}/operators/"
        )
    if not rows:
        yield Finding(Verdict.WELL, "Failed permanently: none.")


def _switched(_now: datetime) -> Iterator[Finding]:
    for position in switches.positions():
        if position.is_off:
            why = f": {position.why}" if position.why else "."
            where = " by the environment" if position.by_environment else ""
            back = (
                "Change SWITCHED_OFF or SAFE_MODE, and restart."
                if position.by_environment
                else f"`manage.py switch on {position.key}`"
            )
            yield Finding(Verdict.MIND, f"Disabled{where}: {position.key}{why}", back)


def _audit(now: datetime) -> Iterator[Finding]:
    beat = Heartbeat.objects.filter(name=heartbeats.AUDITOR).first()
    if beat is None:
        yield Finding(Verdict.MIND, "Auditor: hasn't run yet.", "It runs a minute after a worker starts.")
        return
    old = now - beat.seen_at > 3 * auditor.EVERY + timedelta(minutes=1)
    verdict = Verdict.WRONG if old else Verdict.MIND if beat.findings else Verdict.WELL
    count = len(beat.findings)
    found = f"found {count} problem{pluralize(count)}" if count else "found no problems"
    yield Finding(
        verdict,
        f"Auditor: ran at {beat.seen_at:%H:%M:%S} UTC and {found}.",
        "\n".join(without_hidden(beat.findings, viewer=None)),
    )


_BY_DATABASE: Final[tuple[Callable[[datetime], Iterator[Finding]], ...]] = (
    _limits,
    _refusals,
    _withheld,
    _workspace,
    _channels,
    _workers,
    _queues,
    _given_up,
    _switched,
    _audit,
)

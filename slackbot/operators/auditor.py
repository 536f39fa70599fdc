"""Every few minutes, derive again what should have happened; repair what did not, and say so.

It looks at incidents, not at the queues' own opinion of themselves. When all is well it asks for an address outside, if
the deployment named one: somebody there notices when it falls silent.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat
from django.template.defaultfilters import pluralize

from incidents import queries
from incidents.models import EntryKind, Following, Incident, Member, Status
from integrations import http
from jobs import backlog, heartbeats, operator_log, queues, wakeup
from jobs.chores import Chore
from jobs.models import Heartbeat
from slackbot.api.client import CODE
from slackbot.api.error_codes import CODES, Meaning
from slackbot.inbound import due_reminders, scheduling
from slackbot.kit import switches
from slackbot.models import FOLLOWER, OutboxEntry
from slackbot.outbound import outbox, privacy, projector, refusals, reminders
from slackbot.outbound.deliveries.channel import ChannelKind
from slackbot.outbound.deliveries.furnishing import furnishings
from slackbot.outbound.deliveries.kind import KINDS, Kind

logger = logging.getLogger(__name__)

EVERY: Final = timedelta(minutes=3)
SETTLED: Final = timedelta(minutes=1)  # what is younger may still be on its way
OVERDUE: Final = timedelta(minutes=5)  # for a reminder
LATELY: Final = timedelta(days=7)
REFUSED_FOR: Final = timedelta(minutes=10)  # then operators are told
ROSTER_EVERY: Final = timedelta(hours=1)
MOST_ROSTERS: Final = 100  # at once
MOST_MOVES: Final = 20  # at once: each makes a channel and clears another
HEARTBEAT: Final = http.Limits(total=5, attempts=1)  # the next one comes in minutes

ANY: Final = Q()

Finding = tuple[str, bool]  # a sentence, and whether it was repaired


def audit_when_due(now: datetime) -> None:
    """Audit, unless another process did so in the last minutes."""
    beat, new = Heartbeat.objects.get_or_create(name=heartbeats.AUDITOR, defaults={"seen_at": now})
    due = Heartbeat.objects.filter(name=heartbeats.AUDITOR, seen_at=beat.seen_at)
    if new or (not now - EVERY < beat.seen_at <= now and due.update(seen_at=now)):
        audit(now)


def audit(now: datetime) -> list[str]:
    """Look at everything once and return what is not as it should be, repaired or not."""
    known = Heartbeat.objects.filter(name=heartbeats.AUDITOR).values_list("findings", flat=True).first() or []
    findings = [finding for check in CHECKS for finding in check(now)]
    for sentence, repaired in findings:
        if repaired or sentence not in known:
            logger.warning("Auditor: %s%s", sentence, " Repaired." if repaired else "")
        if repaired:
            operator_log.note(f"{sentence} Repaired.", by=None, door="auditor", at=now)
    sentences = [sentence for sentence, _ in findings]
    Heartbeat.objects.update_or_create(name=heartbeats.AUDITOR, defaults={"seen_at": now, "findings": sentences})
    if not sentences:
        _tell_outside()
    return sentences


# What should be so ---------------------------------------------------------------------------------------------------


def _news_is_followed(now: datetime) -> Iterator[Finding]:
    """A closed cursor that is behind its incident opens again: an older version recorded entries without opening it."""
    key = Concat(F("follower"), Value(":"), Cast("incident", TextField()), output_field=TextField())
    cursors = Following.objects.filter(follower=FOLLOWER, key=key, given_up_at=None).select_related("incident")
    for row in cursors.filter(is_open=True, created_at__lt=now - SETTLED):
        yield _not_in_slack(row), False
    passed_by = cursors.filter(is_open=False, closed_at__lt=now - SETTLED, seen__lt=F("incident__version"))
    for row in passed_by:
        again = {"is_open": True, "until": row.incident.version, "created_at": now}
        if Following.objects.filter(pk=row.pk, is_open=False, seen=row.seen).update(**again):
            wakeup.wake(row.queue)
            yield _not_in_slack(row), True


def _not_in_slack(row: Following) -> str:
    missing = row.incident.version - row.seen
    changes = f"{missing} change{pluralize(missing)} to {row.incident.reference}"
    return f"{changes} {pluralize(missing, 'has,have')} not reached Slack."


def _headlines_stand(now: datetime) -> Iterator[Finding]:
    """Private incidents have none; one that Slack refused is listed with what failed permanently."""
    without = _recent(now).filter(private=False, headline=None)
    for incident in _without_row(without, outbox.HEADLINE, Q(is_open=True) | Q(given_up_at__isnull=False)):
        outbox.draw(incident, outbox.HEADLINE, now=now)
        yield f"{incident.reference} had no headline.", True


def _channels_are_there(now: datetime) -> Iterator[Finding]:
    for incident in _without_row(_recent(now).filter(comms_channel=None), ChannelKind.name):
        if queries.channel_is_requested(incident):
            request = incident.entries.filter(kind=EntryKind.CHANNEL_REQUESTED).latest("seq")
            projector.make_channel(incident, request, now)
            yield f"{incident.reference} had no channel, although someone requested one.", True


def _channels_are_furnished(now: datetime) -> Iterator[Finding]:
    with_channel = _recent(now).filter(comms_channel__isnull=False)
    for picture in furnishings():
        for incident in _without_row(with_channel, picture):
            outbox.draw(incident, picture, now=now)
            yield f"The channel of {incident.reference} had no {picture}.", True


def _private_work_has_moved(now: datetime) -> Iterator[Finding]:
    """An incident may be private since before the work of private incidents moved, or by an older version's doing."""
    public = queries.incidents(queries.SYSTEM).filter(_is_followed(), private=True, comms_channel__is_private=False)
    for incident in _without_row(public, privacy.GO_PRIVATE)[:MOST_MOVES]:
        privacy.go_private(incident, cause=f"found:{incident.pk}:{incident.version}", now=now)
        yield f"{incident.reference} is private, but its channel was public.", True


def _members_are_known(now: datetime) -> Iterator[Finding]:
    """Look regularly who is in the channels that decide about access: an event of Slack's may have been lost."""
    of_guests = Member.objects.filter(incident=OuterRef("pk"), person__is_guest=True)
    looked = OutboxEntry.objects.filter(
        Q(created_at__gt=now - ROSTER_EVERY) | Q(is_open=True), kind=privacy.ROSTER, incident=OuterRef("pk")
    )
    ended_lately = Q(resolved_at__gt=now - LATELY) | Q(set_aside_at__gt=now - LATELY)
    incidents = queries.incidents(queries.SYSTEM).filter(
        Q(private=True, comms_channel__is_private=True) | Exists(of_guests),
        Q(status__in=Status.working()) | ended_lately,
        ~Exists(looked),
        comms_channel__frozen_at=None,
        comms_channel__isnull=False,
    )
    for incident in incidents[:MOST_ROSTERS]:
        privacy.read_roster(incident, now=now)
    yield from ()


def _reminders_are_kept(now: datetime) -> Iterator[Finding]:
    if switches.reminders_are_off():
        return
    for reminder in reminders.overdue(now - OVERDUE).select_related("incident")[:50]:
        yield f"The reminder {reminder.handler} of {reminder.incident.reference} was overdue.", True
    for reminder in reminders.end_forgotten(now):
        yield (
            f"No process here knows the reminder {reminder.handler} of {reminder.incident.reference}. It was removed.",
            True,
        )
    due_reminders.hand_over_due(now)


def _scheduled_work_is_known(now: datetime) -> Iterator[Finding]:
    for each in scheduling.end_forgotten(now):
        yield f"No process here knows the scheduled handler {each.handler}. It was removed.", True


def _work_is_done(now: datetime) -> Iterator[Finding]:
    for each in backlog.shown(backlog.late(now), viewer=None):
        row = each.row
        wakeup.wake(each.queue)
        yield f"{each.name} has been waiting since {row.created_at:%H:%M:%S} UTC ({each.table}).", False


def _slack_takes_calls(_now: datetime) -> Iterator[Finding]:
    for sentence, since in refusals.of_all():
        yield f"{sentence}. A message has been waiting since {since:%H:%M:%S} UTC; nothing is lost.", False


def _slack_takes_each_message(now: datetime) -> Iterator[Finding]:
    for each in backlog.shown([("out", row) for row in refusals.since(now - REFUSED_FOR)], viewer=None):
        yield f"Slack rejects {each.name} (out {each.row.pk}); Response keeps retrying: {each.telling_line}", False


def _what_may_pass_is_not_given_up(now: datetime) -> Iterator[Finding]:
    """A version before this one gave up at once whatever Slack refused."""
    lately = ~Q(kind__in=list(KINDS)) & Q(given_up_at__gt=now - Kind.revived_for)  # of another version
    for name, kind in KINDS.items():
        lately |= Q(kind=name, given_up_at__gt=now - kind.revived_for)
    unexpired = Q(expires_at=None) | Q(expires_at__gt=now)
    at_once = Q(refused_at=None) | Q(refused_at__gt=F("given_up_at") - timedelta(days=1))
    refused = OutboxEntry.objects.filter(lately, unexpired, at_once).exclude(error="")
    for row in refused.select_related("incident").order_by("pk")[:MOST_MOVES]:
        code = row.error.partition(" ")[0]
        if CODE.fullmatch(code) and code.islower() and code not in CODES[Meaning.FINAL]:
            name = backlog.shown([("out", row)], viewer=None)[0].name
            backlog.reopen("out", row)
            yield f"{name} failed permanently, but Slack may accept it now: {code}.", True


def _nothing_is_given_up(_now: datetime) -> Iterator[Finding]:
    for each in backlog.shown(backlog.given_up(limit=50), viewer=None):
        yield f"{each.name} failed permanently ({each.table} {each.row.pk}): {each.telling_line}", False


def _workers_live(now: datetime) -> Iterator[Finding]:
    for sentence in heartbeats.silent(now):
        yield sentence, False


CHECKS: Final = (
    _news_is_followed,
    _headlines_stand,
    _channels_are_there,
    _channels_are_furnished,
    _private_work_has_moved,
    _members_are_known,
    _reminders_are_kept,
    _scheduled_work_is_known,
    _work_is_done,
    _slack_takes_calls,
    _slack_takes_each_message,
    _what_may_pass_is_not_given_up,
    _nothing_is_given_up,
    _workers_live,
)


def _recent(now: datetime) -> QuerySet[Incident]:
    """Incidents of the last days whose news was followed a while ago."""
    found = queries.incidents(queries.SYSTEM).filter(_is_followed())
    return found.filter(reported_at__gt=now - LATELY, reported_at__lt=now - SETTLED)


def _is_followed() -> Q:
    """Return the condition that Slack has followed all news of an incident."""
    return Q(~Exists(Following.objects.filter(follower=FOLLOWER, is_open=True, incident=OuterRef("pk"))))


def _without_row(incidents: QuerySet[Incident], kind: str, which: Q = ANY) -> QuerySet[Incident]:
    """Leave out those for which the outbox has such a row."""
    return incidents.filter(~Exists(OutboxEntry.objects.filter(which, kind=kind, incident=OuterRef("pk"))))


def _tell_outside() -> None:
    if not settings.HEARTBEAT_URL:
        return
    try:
        http.call("GET", settings.HEARTBEAT_URL, internal=True, limits=HEARTBEAT)
    except http.CallError as error:
        logger.warning("Could not send the heartbeat to HEARTBEAT_URL: %s", error)


queues.add_background(OutboxEntry.QUEUE, Chore(audit_when_due, every=SETTLED, first=SETTLED))

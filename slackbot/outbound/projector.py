"""Follow the timeline: turn what happened to an incident into what Slack must see.

Runs after the change is committed, so a mistake here cannot undo a declaration; it is caught up after the mend.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import OperationalError, transaction
from django.db.models import CharField, QuerySet

from incidents import entries, fields, services
from incidents.errors import ChannelExists
from incidents.followers import cursors
from incidents.followers import registry as followers
from incidents.followers.registry import Follower
from incidents.models import EntryKind, Following, Incident, Link, TimelineEntry
from jobs import unknown_kinds
from jobs.compiled_queries import Read, Slot
from jobs.tiers import Tier
from people.actors import System
from people.models import Person
from slackbot.api.mrkdwn import from_markdown, literal
from slackbot.kit.registry import registry
from slackbot.kit.words import sentence
from slackbot.models import FOLLOWER, CommsChannel, OutboxEntry
from slackbot.outbound import announcements, assignments, outbox, privacy, reminders, topics
from slackbot.outbound.deliveries.channel import ChannelKind
from slackbot.outbound.deliveries.direct import tell
from slackbot.outbound.deliveries.furnishing import MembersKind, furnishings
from slackbot.outbound.deliveries.headline import HeadlineKind
from slackbot.outbound.deliveries.home import draw_homes_again
from slackbot.outbound.deliveries.places import order_of_channel
from slackbot.outbound.deliveries.post import settle_prompts
from slackbot.outbound.deliveries.update import say_update
from slackbot.outbound.deliveries.welcome import StepsKind, WelcomeKind, welcome_key

logger = logging.getLogger(__name__)

FINAL: Final = sentence("update.final", "*Final update*")
GO_PAST_AFTER: Final = timedelta(seconds=15)

Rule = Callable[[Incident, TimelineEntry, datetime], None]
_more_rules: Final[list[Rule]] = []

# A quarter of an hour of failures: an update may end in that time, or somebody repair the database.
SLACK: Final = Follower(name=FOLLOWER, queue=OutboxEntry.QUEUE, tier=Tier.ESSENTIAL, max_failures=10)
followers.register(SLACK)

# Of incidents that are projected for the first time: up to which entry the headline shows them already.
_shown: dict[int, int] = {}


def follow(rule: Rule) -> None:
    """Call `rule` with every entry, in the transaction in which it is projected. Twice is once."""
    if rule not in _more_rules:
        _more_rules.append(rule)


def catch_up(*, now: Callable[[], datetime]) -> int:
    """Project every incident that has news; return how many did. One that fails stops no other.

    Of what was just declared only the headline is drawn: call it again for the rest, which takes longer.
    """
    found = cursors.due(OutboxEntry.QUEUE, now=now())
    if shown := _show_new(found, now):
        return shown
    done = 0
    for row in found:
        try:
            project(row.incident_id, key=row.key, now=now())
        except OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 — a rule that fails is tried again after a rest; others go on
            cursors.note_failure(row, SLACK, error, now=now())
        else:
            done += 1
    return done


def _show_new(behind: Sequence[Following], now: Callable[[], datetime]) -> int:
    fresh = {row.incident_id: row for row in behind if row.seen == 0}
    for pk in _headlines(fresh).values_list("incident_id", flat=True) if fresh else ():
        fresh.pop(pk, None)
    for row in fresh.values():
        with transaction.atomic():
            outbox.draw(Incident(pk=row.incident_id), HeadlineKind.name, now=now(), args={"shows": row.until})
    return len(fresh)


def _headlines(incidents: Iterable[int]) -> QuerySet[OutboxEntry]:
    return OutboxEntry.objects.filter(kind=HeadlineKind.name, incident__in=incidents)


_LOCKED: Final = Read(
    lambda: Following.objects.select_related("incident__severity", "incident__comms_channel").filter(
        key=Slot("key", CharField())
    )
)


@transaction.atomic
def project(incident_id: int, *, now: datetime, key: str = "") -> None:
    """Write what Slack must see of the incident's news, and move on. `key` is the row's, or else the cursor's.

    This takes no lease: a second worker waits for the lock and then finds nothing left to do. A lease would need
    another commit, which would delay what people see in Slack.
    """
    # Lock first, then read what the rules look at: joined rows would be those from before the wait for the lock.
    # Rows that only refer to the incident, such as signs of work, can be written meanwhile.
    Incident.objects.select_for_update(no_key=True).values_list("pk").get(pk=incident_id)
    row = _LOCKED.first(key=key or Following.cursor_key(FOLLOWER, incident_id))
    if row is None or not row.is_open:
        return
    if row.seen == 0 and (headline := _headlines([incident_id]).first()) is not None:
        _shown[incident_id] = int(headline.args.get("shows", 0))
    try:
        _project(row, now)
    finally:
        _shown.pop(incident_id, None)


def _project(row: Following, now: datetime) -> None:
    incident, seen, until = row.incident, row.seen, row.until
    while seen < until:
        news = cursors.entries(incident.pk, seen=seen, until=until if row.failures == 0 else seen + 1)
        for entry in news:
            for rule in _rules_for(entry, now):
                rule(incident, entry, now)
            if registry.plugins_draw_headlines:
                _draw_headline(incident, entry, now)
            for rule in _more_rules:
                rule(incident, entry, now)
        settle_prompts(incident, news, now=now)
        seen = news[-1].seq
        if row.failures > 0:
            break  # one by one, so that only the one that fails is kept
        if row.is_cursor:
            until = incident.version  # a rule may make news itself
    reminders.look_again_soon(incident, now=now)
    cursors.advance(row, to=seen, now=now)


def _rules_for(entry: TimelineEntry, now: datetime) -> tuple[Rule, ...]:
    """Leave what a newer version wrote to its worker, but not for long: nobody may come, and the incident goes on."""
    if entries.is_own(entry.kind):
        return RULES.get(entry.kind, ())
    if (kind := entries.KINDS.get(entry.kind)) is not None:
        return (_tell_channel,) if kind.is_announced else ()
    unknown = unknown_kinds.Unknown(f"timeline entries of the kind {entry.kind}")
    if entry.recorded_at > now - GO_PAST_AFTER:
        raise unknown
    logger.warning("Slack gets only the text of entry %s. %s", entry.pk, unknown)
    return (_draw_headline, _tell_channel)


def is_behind(incident: Incident, *, seq: int) -> bool:
    """Return whether an entry of the incident is still to be projected."""
    cursor = Following.objects.filter(key=Following.cursor_key(FOLLOWER, incident.pk), is_open=True)
    return cursor.filter(seen__lt=seq).exists()


# Rules ----------------------------------------------------------------------------------------------------------------


def _draw_headline(incident: Incident, entry: TimelineEntry, now: datetime) -> None:
    if not _is_shown(incident, entry):
        outbox.draw(incident, HeadlineKind.name, now=now)


def _is_shown(incident: Incident, entry: TimelineEntry) -> bool:
    return entry.seq <= _shown.get(incident.pk, 0)


def _draw_headline_and_steps(incident: Incident, entry: TimelineEntry, now: datetime) -> None:
    """Have the channel's first message follow what it says, and what is still missing."""
    pictures = [] if _is_shown(incident, entry) else [HeadlineKind.name]
    if CommsChannel.of(incident) is not None and not _replaces_severity(entry):
        pictures.append(StepsKind.name)
    if pictures:
        outbox.draw(incident, *pictures, now=now)


def _replaces_severity(entry: TimelineEntry) -> bool:
    """Return whether one severity follows another: the channel's first message shows only whether there is one."""
    return entry.kind == EntryKind.SEVERITY_CHANGED and entry.data.get("from") is not None


def _draw_headline_and_topic(incident: Incident, entry: TimelineEntry, now: datetime) -> None:
    _draw_headline_and_steps(incident, entry, now)
    if CommsChannel.of(incident) is not None:
        topics.follow(incident, entry, now=now)


def _draw_what_was_merged_here(incident: Incident, entry: TimelineEntry, now: datetime) -> None:
    """Name it in the others' headlines and topics when everybody may see it, and no longer when it is private."""
    for other in incident.merged_here.all():
        _draw_headline_and_topic(other, entry, now)


def _draw_members(incident: Incident, entry: TimelineEntry, now: datetime) -> None:
    if CommsChannel.of(incident) is not None:
        outbox.draw(incident, MembersKind.name, now=now)


def _remove_from_channel(incident: Incident, entry: TimelineEntry, now: datetime) -> None:
    """Follow in Slack what a member decided elsewhere. Without an actor, it is Slack that told us."""
    if entry.actor is not None:
        person = Person.objects.select_related("slack").get(pk=entry.data["person"])
        privacy.expel(incident, person, entry=entry.pk, now=now)


def _ask_for_channel(incident: Incident, entry: TimelineEntry, now: datetime) -> None:
    """The deployment may want a channel at once."""
    if CommsChannel.comes_by_itself(incident):
        try:
            services.request_channel(incident, by=System("an incident that gets a channel at once"), at=now)
        except ChannelExists:
            return


def make_channel(incident: Incident, entry: TimelineEntry, now: datetime) -> None:
    """Have the channel made that `entry` asks for, once."""
    outbox.say(
        key=f"channel:{entry.pk}",
        kind=ChannelKind.name,
        now=now,
        args={},
        order_key=f"channel:{incident.pk}",
        incident=incident,
    )


def _furnish_channel(incident: Incident, entry: TimelineEntry, now: datetime) -> None:
    channel = CommsChannel.of(incident)
    if entry.data["kind"] != Link.CHANNEL or channel is None:
        return
    outbox.draw(incident, HeadlineKind.name, *furnishings(), now=now)
    if incident.private and not channel.is_private:
        privacy.go_private(incident, cause=entry.pk, now=now)  # it became private while its channel was being made
    reminders.choose(incident)
    outbox.say(
        key=welcome_key(incident, channel),
        kind=WelcomeKind.name,
        now=now,
        args={},
        order_key=order_of_channel(incident),
        incident=incident,
        patience=WelcomeKind.PATIENCE,
    )


def _tell_channel(incident: Incident, entry: TimelineEntry, now: datetime) -> None:
    """Tell the people in the channel. What happened before there was one, the welcome tells."""
    if CommsChannel.of(incident) is not None or _waits_for_channel(incident, entry):
        announcements.announce(incident, entry, now=now)


def _tell_who_it_is(incident: Incident, entry: TimelineEntry, now: datetime) -> None:
    """Tell the channel who leads, or has a role, so that Slack notifies them if nothing else did."""
    if CommsChannel.of(incident) is not None and assignments.must_be_mentioned(entry):
        assignments.mention_in_channel(incident, entry, now)
    else:
        _tell_channel(incident, entry, now)


def _waits_for_channel(incident: Incident, entry: TimelineEntry) -> bool:
    """Return whether the entry would have been told in a channel, had Slack not held that up."""
    asked = {"kind": EntryKind.CHANNEL_REQUESTED, "recorded_at__lt": entry.recorded_at - WelcomeKind.PATIENCE}
    if not incident.entries.filter(**asked).exists():
        return False
    return OutboxEntry.objects.filter(incident=incident, kind=ChannelKind.name, is_open=True).exists()


def _field_changed(incident: Incident, entry: TimelineEntry, now: datetime) -> None:
    """What is important enough for the headline is told in the channel too."""
    field = fields.registry.find(entry.data["field"])
    if field is not None and field.headline:
        _draw_headline(incident, entry, now)
        _tell_channel(incident, entry, now)


def _begin_reminders(incident: Incident, entry: TimelineEntry, now: datetime) -> None:
    reminders.begin(incident, opened_at=entry.recorded_at)


def _choose_reminders(incident: Incident, entry: TimelineEntry, now: datetime) -> None:
    """It became, or is no longer, of a kind that is reminded."""
    reminders.choose(incident)


def _end_reminders(incident: Incident, entry: TimelineEntry, now: datetime) -> None:
    reminders.end(incident)


def _go_private(incident: Incident, entry: TimelineEntry, now: datetime) -> None:
    """Move the work where nobody else reads it; the people of a private channel are told there."""
    channel = CommsChannel.of(incident)
    privacy.go_private(incident, cause=entry.pk, now=now)
    if channel is not None and channel.is_private:
        outbox.draw(incident, MembersKind.name, now=now)
        privacy.read_roster(incident, now=now)
        _tell_channel(incident, entry, now)


def _say_update(incident: Incident, entry: TimelineEntry, now: datetime) -> None:
    if not incident.private:
        final = f"{FINAL()} " if entry.data.get("final") else ""
        who = f"*{literal(entry.actor.name)}*: " if entry.actor else ""
        say_update(incident, f"{final}{who}{from_markdown(entry.text)}", key=f"update:{entry.pk}", now=now)


def _tell_trouble(incident: Incident, entry: TimelineEntry, now: datetime) -> None:
    """Say to who declared it that there is no channel, or no headline; a channel can be asked for once more."""
    what = entry.data.get("with")
    if what == Link.CHANNEL:
        outbox.draw(incident, HeadlineKind.name, now=now)
    if what in (Link.CHANNEL, Link.HEADLINE):
        text = f"⚠️ {incident.reference}: {from_markdown(entry.text)}"
        tell(incident.reporter, text, key=f"trouble:{entry.pk}", now=now, incident=incident)


def _draw_homes(incident: Incident, entry: TimelineEntry, now: datetime) -> None:
    """Have the Home tabs no longer show a title that became private, or was redacted."""
    draw_homes_again(incident, cause=f"entry {entry.pk}", now=now)


def _draw_homes_of_who_left(incident: Incident, entry: TimelineEntry, now: datetime) -> None:
    """Do the same for people who were removed, or whose role ended."""
    if not incident.private:
        return
    ended = {"role_assignments__incident": incident, "role_assignments__ended_at": entry.recorded_at}
    lost = {"pk": entry.data["person"]} if entry.kind == EntryKind.MEMBER_REMOVED else ended
    people = list(Person.objects.filter(**lost).distinct())
    draw_homes_again(incident, cause=f"entry {entry.pk}", now=now, of=people)


_PICTURES: Final[tuple[Rule, ...]] = (_draw_headline_and_topic,)

RULES: Final[Mapping[str, tuple[Rule, ...]]] = {
    EntryKind.OPENED: (_draw_headline, _ask_for_channel, _begin_reminders),
    EntryKind.TITLE_CHANGED: _PICTURES,
    EntryKind.SUMMARY_CHANGED: (_draw_headline_and_steps,),
    EntryKind.IMPACT_CHANGED: (_draw_headline,),
    EntryKind.FIELD_CHANGED: (_field_changed,),
    EntryKind.KIND_CHANGED: (*_PICTURES, _choose_reminders),
    EntryKind.SEVERITY_CHANGED: (*_PICTURES, _tell_channel),
    EntryKind.STATUS_CHANGED: (*_PICTURES, _tell_channel),
    EntryKind.RESOLVED: (*_PICTURES, _tell_channel, _end_reminders),
    EntryKind.CANCELED: (*_PICTURES, _tell_channel, _end_reminders),
    EntryKind.MERGED: (*_PICTURES, _tell_channel, _end_reminders),
    EntryKind.MERGED_HERE: (_tell_channel,),
    EntryKind.MERGE_UNDONE: (_tell_channel,),
    EntryKind.REOPENED: (*_PICTURES, _tell_channel, _begin_reminders),
    EntryKind.LEAD_ASSIGNED: (
        *_PICTURES,
        _draw_members,
        _tell_who_it_is,
        assignments.notify,
        _draw_homes_of_who_left,
    ),
    EntryKind.LEAD_REMOVED: (*_PICTURES, _tell_channel, _draw_homes_of_who_left),
    EntryKind.MEMBER_INVITED: (_draw_members,),
    EntryKind.MEMBER_REMOVED: (_remove_from_channel, _draw_homes_of_who_left),
    EntryKind.ROLE_ASSIGNED: (_tell_who_it_is, assignments.notify, _draw_homes_of_who_left),
    EntryKind.ACTION_ADDED: (assignments.notify,),
    EntryKind.ROLE_REMOVED: (_tell_channel, _draw_homes_of_who_left),
    EntryKind.MADE_PRIVATE: (_draw_headline, _draw_what_was_merged_here, _go_private, _draw_homes),
    EntryKind.MADE_PUBLIC: (_draw_headline, _draw_what_was_merged_here, _tell_channel),
    EntryKind.UPDATE_POSTED: (_draw_headline, _say_update, _tell_channel),
    EntryKind.TROUBLE: (_tell_trouble, assignments.ask_who_takes_over),
    EntryKind.CHANNEL_REQUESTED: (make_channel,),
    EntryKind.LINK_ADDED: (_furnish_channel,),
    EntryKind.REDACTED: (*_PICTURES, _draw_homes),
}

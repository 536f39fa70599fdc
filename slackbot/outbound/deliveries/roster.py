"""Who is in the channel of an incident."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from incidents import services
from incidents.models import Incident
from jobs.tiers import Tier
from slackbot.api.client import Call, Refused
from slackbot.directory.people import person_for
from slackbot.models import CommsChannel, OutboxEntry, SlackUser
from slackbot.outbound.deliveries.kind import Kind
from slackbot.outbound.deliveries.paging import page
from slackbot.outbound.deliveries.reasons import why
from slackbot.outbound.deliveries.reports import report
from slackbot.outbound.deliveries.rows import incident_of
from slackbot.outbound.privacy import EXPEL, ROSTER


class RosterKind(Kind):
    """Read the members of the channel, who belong to the incident.

    `result` stores the members on earlier pages, the cursor, and the channel's state, to recognize an outdated list.
    """

    name = ROSTER
    tier = Tier.ESSENTIAL  # people see what they must not
    acts_for_person = False
    redrawn_after_closure = True
    revived_for = timedelta(days=7)

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        incident = incident_of(row)
        channel = CommsChannel.of(incident)
        if channel is None or (incident.private and not channel.is_private):
            return None
        noted = row.result or {}
        if not noted.get("cursor") or noted.get("channel") != channel.channel_id:
            noted = {"found": [], "cursor": "", **_when(channel)}
        row.result = noted
        query = page(channel.channel_id, noted["cursor"])
        return Call("conversations.members", query, channel.channel_id, reads=True)

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        noted = row.result or {}
        found = [*noted.get("found", []), *answer["members"]]
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if cursor:
            row.result = {**noted, "found": found, "cursor": cursor}
            return False
        incident = incident_of(row)
        # Lock the channel before the incident, in the order of the handlers for people who join and leave.
        channel = CommsChannel.objects.select_for_update().get(incident=incident)
        row.result = None
        if any(noted.get(name) != value for name, value in _when(channel).items()):
            return False  # somebody joined or left since the request: ask again
        self._take_over(incident, channel, found, now)
        return True

    def _take_over(self, incident: Incident, channel: CommsChannel, user_ids: Sequence[str], now: datetime) -> None:
        """Store the members. In a public incident's channel, only guests gain access by it: nobody else needs it."""
        present = {person_for(user_id, now=now).pk for user_id in user_ids}
        known = set(incident.members.values_list("person", flat=True))
        leaving = OutboxEntry.objects.filter(incident=incident, kind=EXPEL, is_open=True)
        expelled = set(leaving.values_list("args__person", flat=True))
        accounts = SlackUser.objects.select_related("person").exclude(person__in=expelled)
        for account in accounts.filter(user_id__in=user_ids):
            if not account.person.is_bot and (incident.private or account.person_id in known):
                services.admit_from_channel(incident, person=account.person, at=now)
        for member in incident.members.select_related("person").filter(is_in_channel=True):
            if member.person_id not in present:
                services.remove_member(incident, person=member.person, at=now)
        if channel.is_private:  # we can read a public channel's members without being in it
            CommsChannel.objects.filter(pk=channel.pk).update(frozen_at=None)

    def refused(self, row: OutboxEntry, call: Call, refusal: Refused, now: datetime) -> bool:
        """Start again if Slack no longer accepts the cursor."""
        if refusal.error != "invalid_cursor" or not call.args.get("cursor"):
            return False
        row.result = None
        return True

    def given_up(self, row: OutboxEntry, reason: str, now: datetime) -> None:
        """Keep the known members: a failed read doesn't show who left."""
        channel = CommsChannel.of(incident_of(row))
        which = "private channel" if channel is not None and channel.is_private else "channel"
        text = f"We couldn't read the {which}'s member list ({why(reason)}). People who left may still have access."
        report(row, text, now, with_="privacy")


def _when(channel: CommsChannel) -> dict[str, Any]:
    return {"channel": channel.channel_id, "events": channel.comings_and_goings}

"""The Home tab of a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from slack_sdk.models.views import View

from incidents import queries
from incidents.models import Incident
from jobs.tiers import Tier
from people.models import Person
from slackbot.api.client import Call
from slackbot.models import LastSaid, OutboxEntry, SlackUser
from slackbot.outbound import outbox
from slackbot.outbound.deliveries.kind import CHATTY, NORMAL, Kind
from slackbot.rendering import render
from slackbot.rendering.snapshots import open_pictures

HOME_DRAWN: Final = "home of "  # begins the key of the row that says when somebody's Home tab was drawn


class HomeKind(Kind):
    """Draw somebody's Home tab. args: user"""

    name = "home"
    tier = Tier.RECORD
    acts_for_person = True

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        newer = OutboxEntry.objects.filter(kind=self.name, order_key=row.order_key, is_open=True, pk__gt=row.pk)
        if row.refused_at is not None and newer.exists():
            return None  # Slack refused this one, and the newer one shows the same
        reader = SlackUser.objects.select_related("person").get(user_id=row.args["user"]).person
        count = queries.open_incidents(reader).count()
        view = View(type="home", blocks=render.home(open_pictures(reader), reader=reader, open_count=count))
        return Call("views.publish", {"user_id": row.args["user"], "view": view})

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        """Remember whose tab shows something: Slack keeps it until it is drawn again."""
        LastSaid.objects.update_or_create(key=f"{HOME_DRAWN}{row.args['user']}", defaults={"said_at": now})
        return True


def draw_home(user_id: str, *, now: datetime) -> None:
    """Draw somebody's Home tab, as they opened it."""
    _draw_homes([user_id], cause=f"{now.timestamp():.3f}", priority=NORMAL, now=now)


def draw_homes_again(incident: Incident, *, cause: str, now: datetime, of: Sequence[Person] | None = None) -> None:
    """Draw the Home tabs that may show the incident as it was: everybody's, or those of some people.

    Slack keeps showing a Home tab as it was drawn until it is drawn again. One that is older than the incident cannot
    show it.
    """
    shown = SlackUser.objects.filter(home_at__gte=incident.reported_at)
    if of is not None:
        shown = shown.filter(person__in=of)
    user_ids = list(shown.values_list("user_id", flat=True))
    _draw_homes(user_ids, cause=cause, priority=CHATTY if of is None else NORMAL, now=now)


def _draw_homes(user_ids: Sequence[str], *, cause: str, priority: int, now: datetime) -> None:
    # Noted before it is drawn, and in order: a tab that is being drawn at this moment is drawn again after that.
    SlackUser.objects.filter(user_id__in=user_ids).update(home_at=now)
    outbox.store(
        outbox.entry(
            key=f"home:{user_id}:{cause}",
            kind=HomeKind.name,
            now=now,
            args={"user": user_id},
            order_key=f"home:{user_id}",
            priority=priority,
        )
        for user_id in user_ids
    )

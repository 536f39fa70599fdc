"""What Slack must do when an incident becomes private, and who is in its private channel.

The kinds that do it are in `slackbot.outbound.deliveries`: `go_private`, `roster` and `expel`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db.models import F

from incidents.models import Incident
from jobs import wakeup
from people.models import Person
from slackbot.models import CommsChannel, OutboxEntry, SlackUser
from slackbot.outbound import outbox

GO_PRIVATE: Final = "go_private"
ROSTER: Final = "roster"
EXPEL: Final = "expel"


def go_private(incident: Incident, *, cause: int | str, now: datetime) -> None:
    """Make Slack follow the timeline entry that made the incident private, or another cause, once."""
    outbox.say(
        key=f"private:{cause}",
        kind=GO_PRIVATE,
        now=now,
        args={},
        order_key=f"private:{incident.pk}",
        incident=incident,
    )


def try_again(incident: Incident, *, key: str, now: datetime) -> bool:
    """Start the move of a private incident again, if it is in a public channel and no move is in progress."""
    channel = CommsChannel.of(incident)
    if channel is None or channel.is_private or not incident.private:
        return False
    if not OutboxEntry.objects.filter(incident=incident, kind=GO_PRIVATE, is_open=True).update(not_before=None):
        go_private(incident, cause=f"again:{key}", now=now)
    wakeup.wake_after_commit(OutboxEntry.QUEUE)
    return True


def read_roster(incident: Incident, *, now: datetime) -> None:
    """Schedule a read of the channel's members, because Slack's event that somebody left may have been lost."""
    outbox.draw(incident, ROSTER, now=now)


def note_coming_or_going(incident: Incident) -> None:
    """Invalidate lists of members that Slack returned before this, in the caller's transaction."""
    CommsChannel.objects.filter(incident=incident).update(comings_and_goings=F("comings_and_goings") + 1)


def expel(incident: Incident, person: Person, *, entry: int, now: datetime) -> None:
    """Make Slack follow the timeline entry that ended somebody's access, once."""
    channel = CommsChannel.objects.select_for_update().filter(incident=incident).first()
    account = SlackUser.of(person)
    if channel is None or account is None:
        return
    channel.invited = [user_id for user_id in channel.invited if user_id != account.user_id]  # so that they can return
    channel.save(update_fields=["invited"])
    outbox.say(
        key=f"expel:{entry}",
        kind=EXPEL,
        now=now,
        args={"person": person.pk},
        order_key=f"members:{incident.pk}",
        incident=incident,
    )

"""Messages of ours whose text was redacted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from incidents.models import Incident, TimelineEntry
from jobs.tiers import Tier
from people.models import Person
from slackbot.api.client import Call, Refused
from slackbot.models import OutboxEntry
from slackbot.outbound import outbox
from slackbot.outbound.deliveries.direct import tell
from slackbot.outbound.deliveries.kind import URGENT, Kind, NotYet, kind_of
from slackbot.outbound.deliveries.posting import find_said
from slackbot.outbound.deliveries.reasons import why
from slackbot.outbound.deliveries.reports import report
from slackbot.outbound.deliveries.rows import incident_of, noted

NOT_FOUND: Final = "We looked in Slack and didn't find the message with the redacted text of entry"


class RetractKind(Kind):
    """Overwrite a message of ours whose text was redacted. args: row (its row of the outbox), by

    A message without a known place is looked for by the key that it carries. When its row was thrown away, args has
    in the place of `row` what is needed for that: posted (key, kind, created_at), entry.
    """

    name = "retract"
    tier = Tier.ESSENTIAL  # people see what they must not
    acts_for_person = False
    priority = URGENT
    runs_in_closed_channel = True
    reported_after = timedelta(0)  # people read it on until somebody deletes it

    GONE: Final = ("message_not_found", "channel_not_found")
    DELETE_INSTEAD: Final = ("edit_window_closed", "cant_update_message", "block_mismatch")

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        said = self._said(row)
        if said is None:
            return None
        if said.is_open and (said.lease_until is not None or said.asked_at is not None):
            raise NotYet(seconds=1)  # it is being sent
        channel, ts = self._place(said, now)
        if not ts:
            if said.pk is None:
                self._tell(
                    row, f"{NOT_FOUND} {row.args['entry']}. If you see it, ask a workspace owner to delete it.", now
                )
            return None
        if noted(row, "delete", default=False):
            return Call("chat.delete", {"channel": channel, "ts": ts}, channel)
        return kind_of(said).overwritten(said, channel, ts, now)

    def _said(self, row: OutboxEntry) -> OutboxEntry | None:
        if "posted" not in row.args:
            return OutboxEntry.objects.select_related("incident").filter(pk=row.args["row"]).first()
        posted = row.args["posted"]
        return OutboxEntry(
            key=posted["key"],
            kind=posted["kind"],
            incident=row.incident,
            args={"text": "", "blocks": [], "thread_ts": ""},
            created_at=datetime.fromisoformat(posted["created_at"]),
            is_open=False,
        )

    def _place(self, said: OutboxEntry, now: datetime) -> tuple[str, str]:
        """Return the channel and the ts of what was said; two empty texts when it was not."""
        for place in (said.result or {}, said.args):
            if place.get("channel") and place.get("ts"):
                return str(place["channel"]), str(place["ts"])
        if not kind_of(said).lasts(said):
            return "", ""
        try:
            call = kind_of(said).prepare(said, now)
        except NotYet:
            return "", ""
        found = find_said(said, call) if call is not None and call.method == "chat.postMessage" else None
        return (str(found["channel"]), str(found["ts"])) if found else ("", "")

    def recover(self, row: OutboxEntry, call: Call, refusal: Refused) -> Mapping[str, Any] | None:
        return {} if refusal.error in self.GONE else None

    def refused(self, row: OutboxEntry, call: Call, refusal: Refused, now: datetime) -> bool:
        if call.method != "chat.update" or refusal.error not in self.DELETE_INSTEAD:
            return False
        row.result = {"delete": True}
        return True

    def given_up(self, row: OutboxEntry, reason: str, now: datetime) -> None:
        """Post on the timeline, and tell the person who redacted it, that the text is still there."""
        text = (
            f"Redacted text is still visible in Slack: Slack didn't let us change the message ({why(reason)}). "
            "Ask a workspace owner to delete it."
        )
        report(row, text, now)
        self._tell(row, text, now)

    def _tell(self, row: OutboxEntry, text: str, now: datetime) -> None:
        if by := Person.objects.filter(pk=row.args["by"]).first():
            words = f"⚠️ {incident_of(row).reference}: {text}"
            tell(by, words, key=f"still there:{row.pk}", now=now, incident=row.incident)


def retract(row: OutboxEntry, *, incident: Incident, key: str, by: Person, now: datetime) -> None:
    """Overwrite in Slack what `row` said, or is about to say."""
    outbox.say(
        key=f"retract:{key}:{row.pk}",
        kind=RetractKind.name,
        now=now,
        args={"row": row.pk, "by": by.pk},
        order_key=f"retract:{row.pk}",
        incident=incident,
    )


def retract_lost(entry: TimelineEntry, *, as_key: str, as_kind: str, key: str, by: Person, now: datetime) -> None:
    """Overwrite in Slack what a row that was thrown away once said of `entry`: it carried the key `as_key`."""
    posted = {"key": as_key, "kind": as_kind, "created_at": entry.recorded_at.isoformat()}
    outbox.say(
        key=f"retract:{key}:{as_key}",
        kind=RetractKind.name,
        now=now,
        args={"posted": posted, "entry": entry.seq, "by": by.pk},
        order_key=f"retract:{as_key}",
        incident=entry.incident,
    )

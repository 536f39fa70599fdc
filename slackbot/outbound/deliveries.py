"""The kinds of things that go out. Each says which call comes next, and what to note when Slack has answered.

`prepare` only reads, and the call runs in no transaction; `sent` runs in one of its own. A kind that needs two calls
returns False from `sent` and is prepared again.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from django.conf import settings
from django.db.models import Min
from slack_sdk.models.views import View

from incidents import access, queries, services
from incidents.access import Act
from incidents.models import EntryKind, Incident, Link, Person, Pin, TimelineEntry
from incidents.traces import REDACTED
from slackbot.api import client, limits
from slackbot.api.client import RESPONSE_URL, Call, Refused
from slackbot.api.error_codes import Meaning
from slackbot.api.mrkdwn import escape, from_markdown, literal
from slackbot.directory import workspace
from slackbot.directory.people import keep_user
from slackbot.inbound.pinning import keep
from slackbot.jobs import queue
from slackbot.kit.contexts import Post
from slackbot.models import CommsChannel, Headline, LastSaid, OutboxEntry, SlackUser, Workspace
from slackbot.outbound import outbox, pausing, topics
from slackbot.rendering import render
from slackbot.rendering.snapshots import buttons_for, lines_for, open_pictures, picture_of

logger = logging.getLogger(__name__)

EVENT_TYPE: Final = "response_outbox"
FOUND: Final = "found"  # in an answer that stands for one that was lost
POST: Final = "post"
ANNOUNCEMENT: Final = "announcement"
ELSEWHERE: Final = "elsewhere"
# The same, but waiting for what will answer it: then it is edited to say so.
PROMPT: Final = "prompt"
PROMPT_ELSEWHERE: Final = "prompt elsewhere"
ANSWERED: Final = {PROMPT: POST, PROMPT_ELSEWHERE: ELSEWHERE}
IN_OTHER_CHANNELS: Final = (ELSEWHERE, PROMPT_ELSEWHERE)
WHY: Final = {
    "app_cannot_join_channel": "Slack doesn't let this app be in that channel",
    "cant_invite": "this person can't be invited to that channel",
    "channel_not_found": "there is no such channel, or it is private and nobody invited this app",
    "invitee_cant_see_channel": "this person is in no workspace that has the channel",
    "is_inactive": "the channel is archived or deleted",
    "message_not_found": "the message was deleted",
    "no_external_invite_permission": "this app may not invite people from outside",
    "org_user_not_in_team": "this person isn't a member of this workspace",
    "restricted_action_read_only_channel": "the channel is read-only",
    "restricted_action_thread_only_channel": "the channel only takes replies in threads",
    "too_many_members": "the channel is full",
    "ura_max_channels": "this guest is in as many channels as they may be",
    "user_disabled": "this person's account is deactivated",
    "user_is_restricted": "this person is a guest, and guests can't be invited by this app",
    "user_not_found": "Slack doesn't know this person",
    "user_not_visible": "this app can't see this person",
    "is_archived": "the channel is archived",
    "missing_scope": "this app has not been given that permission",
    "name_taken": "the name is taken",
    "no_permission": "the workspace does not let this app do that",
    "not_in_channel": "this app is not in the channel",
    "restricted_action": "the workspace does not let this app do that",
}
MOST_NAMES: Final = 20  # that others may have taken
HOME_DRAWN: Final = "home of "  # begins the key of the row that says when somebody's Home tab was drawn
HEADLINE_LOOK: Final = 540.0  # seconds, at most, until the headline channel is looked at again
CHANNEL_CLOSED: Final = frozenset({"channel_not_found", "is_archived", "not_in_channel"})


class NotYet(Exception):
    """What this row needs is not there yet. Look again after so many seconds, or when what it waits for is done."""

    def __init__(self, seconds: float = 0.1) -> None:
        super().__init__()
        self.seconds = seconds


class Kind:
    """Something that goes out. The defaults fit a call whose answer nobody needs."""

    TRIED_FOR: ClassVar[timedelta] = timedelta(days=7)  # so long what Slack refuses is tried again
    REPORTED_AFTER: ClassVar[timedelta] = timedelta(minutes=1)  # of refusals; many pass by themselves

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        """Return the next call, or None when nothing is left to do. Raise `NotYet` to wait."""
        raise NotImplementedError

    def recover(self, row: OutboxEntry, call: Call, refusal: Refused) -> Mapping[str, Any] | None:
        """Return what Slack would have answered when the refusal means that it is done already."""
        return {} if refusal.meaning is Meaning.DONE else None

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        """Note Slack's answer; True when that was all."""
        _note_where(row, call, answer)
        return True

    def names_in(self, answer: Mapping[str, Any]) -> Any:
        """Return the part of Slack's answer that names people, channels and groups by ids whose names we need."""
        return None

    def find_done(self, row: OutboxEntry, call: Call) -> Mapping[str, Any] | None:
        """Return what Slack would have answered when it did this already; asked of calls that are made only once."""
        return find_said(row, call)

    def refused(self, row: OutboxEntry, call: Call, refusal: Refused, now: datetime) -> bool:
        """Return True when there is another way, which `prepare` takes next."""
        return False

    def held_up(self, row: OutboxEntry, reason: str, now: datetime) -> None:
        """Report that Slack goes on refusing it. It is tried again, and this is called again."""
        self.given_up(row, reason, now)

    def given_up(self, row: OutboxEntry, reason: str, now: datetime) -> None:
        """Say so where people of the incident look."""
        report(row, f"Slack refused the {row.kind}: {why(reason)}", now)


class HeadlineKind(Kind):
    """One that looks as it did is not drawn again: plugins' lines are asked whatever happens."""

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        picture = picture_of(_incident(row))
        standing = Headline.of(picture.incident)
        if picture.incident.private and standing is None:
            return None
        # A plugin's button may have killed the process, or a line of one may be what Slack rejects.
        only_ours = queue.deaths(row) > 0 or _noted(row, "only_ours", default=False)
        message = render.headline(
            picture,
            lines=lines_for(picture.incident, built_in_only=only_ours),
            buttons=buttons_for(picture.incident, built_in_only=only_ours),
        )
        if standing is not None:
            if _is_closed_for_headlines(standing.channel_id):
                raise NotYet(HEADLINE_LOOK)
            call = _update(standing.channel_id, standing.ts, message)
            return None if _noted(row, "drawn", "") == _digest(call) else call
        place = workspace.present()
        if place is None or not place.incident_channel_id or place.headlines_trouble:
            raise NotYet(HEADLINE_LOOK)  # or as soon as there is a channel
        return post(row, place.incident_channel_id, message.text, message.blocks)

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        if call.method == "chat.postMessage":
            incident = _incident(row)
            Headline.objects.create(incident=incident, channel_id=answer["channel"], ts=answer["ts"])
            url = workspace.permalink(answer["channel"], answer["ts"])
            place = workspace.present()
            name = (place and place.headlines_channel) or settings.INCIDENT_CHANNEL
            services.attach_link(incident, kind=Link.HEADLINE, label=f"Headline in #{name}", url=url, at=now)
        if FOUND in answer:  # said by an attempt before, of what was true then
            return False
        row.result = {"drawn": _digest(call)}
        return True

    def refused(self, row: OutboxEntry, call: Call, refusal: Refused, now: datetime) -> bool:
        """Leave plugins' parts out when Slack rejects the content.

        Post it anew if somebody deleted it, or if its channel is no longer the one for headlines.
        """
        if _note_refused_headline(row, call, refusal, now):
            return True
        if refusal.meaning is Meaning.FINAL and not _noted(row, "only_ours", default=False):
            logger.warning("Slack rejects the headline of %s: %s. Trying it without plugins.", row.incident, refusal)
            row.result = {**(row.result or {}), "only_ours": True}
            return True
        elsewhere = refusal.error in CHANNEL_CLOSED and _incident(row).is_open
        if call.method != "chat.update" or not (elsewhere or refusal.error == "message_not_found"):
            return False
        self._forget(_incident(row), now)
        return True

    def recover(self, row: OutboxEntry, call: Call, refusal: Refused) -> Mapping[str, Any] | None:
        """Leave the headline of an incident that is over in a channel that is."""
        is_over = not _incident(row).is_open and not workspace.is_for_headlines(call.channel)
        return {} if call.method == "chat.update" and refusal.error in CHANNEL_CLOSED and is_over else None

    def _forget(self, incident: Incident, now: datetime) -> None:
        Headline.objects.filter(incident=incident).delete()
        Link.objects.filter(incident=incident, kind=Link.HEADLINE).delete()


class HeadlineChannelKind(Kind):
    """Look for the channel where headlines go until they can be posted there, less and less often."""

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        place = Workspace.objects.first()
        if place is None or workspace.look_for_headline_channel(place, now=now):
            return None  # the first contact with Slack looks for it as well
        since = (now - (place.headlines_trouble_at or now)).total_seconds()
        raise NotYet(min(max(60.0, since / 4), HEADLINE_LOOK))

    def given_up(self, row: OutboxEntry, reason: str, now: datetime) -> None:
        """It belongs to no incident."""


class ChannelKind(Kind):
    """Make the incident's channel. `result` keeps how many names were taken, and whether Slack disliked the title."""

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        incident = _incident(row)
        standing = CommsChannel.of(incident)
        if standing is not None and standing.closed_as != "deleted":
            return None
        name = render.channel_name(incident, taken=_noted(row, "taken", 0), plain=_noted(row, "plain", default=False))
        return Call("conversations.create", {"name": name, "is_private": incident.private})

    def recover(self, row: OutboxEntry, call: Call, refusal: Refused) -> Mapping[str, Any] | None:
        """A name that we ourselves took is the channel of an attempt whose answer was lost."""
        if refusal.error != "name_taken":
            return None
        channel = workspace.find_channel(call.args["name"])
        place = workspace.present()
        if channel is None or place is None or channel.get("creator") != place.bot_user_id:
            return None
        adopted = CommsChannel.objects.filter(channel_id=channel["id"]).exists()
        ours = channel.get("created", 0) >= row.created_at.timestamp() - 60 and not channel.get("is_archived")
        return {"channel": channel} if ours and not adopted else None

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        channel = answer["channel"]
        incident = _incident(row)
        made = {"channel_id": channel["id"], "name": channel["name"], "is_private": bool(channel.get("is_private"))}
        if CommsChannel.of(incident) is None:
            CommsChannel.objects.create(incident=incident, **made)
        else:  # it was deleted in Slack
            anew = {**made, "bookmark_id": "", "invited": [], "closed_as": "", "closed_at": None, "frozen_at": None}
            CommsChannel.objects.filter(incident=incident).update(**anew)
            pausing.resume_in(incident, channel["id"], now=now)
        url = workspace.channel_link(channel["id"])
        services.attach_link(incident, kind=Link.CHANNEL, label=f"#{channel['name']}", url=url, at=now)
        return True

    def refused(self, row: OutboxEntry, call: Call, refusal: Refused, now: datetime) -> bool:
        noted = row.result or {}
        if refusal.error.startswith("invalid_name") and not noted.get("plain"):
            row.result = {**noted, "plain": True}
            return True
        taken = noted.get("taken", 0)
        if refusal.error != "name_taken" or taken >= MOST_NAMES:
            return False
        row.result = {**noted, "taken": taken + 1}
        return True


class TopicKind(Kind):
    """Slack tells the whole channel of each new topic, so one that says the same is not set again."""

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        picture = picture_of(_incident(row))
        topic = render.topic(picture)
        channel = speaking_channel(picture.incident)
        # What an older version noted names no channel: there was only one.
        if channel is None or (
            _noted(row, "topic", "") == topic and _noted(row, "channel", channel.channel_id) == channel.channel_id
        ):
            return None
        return Call("conversations.setTopic", {"channel": picture.channel_id, "topic": topic}, picture.channel_id)

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        shown = topics.what_is_shown(_incident(row), before=row.result or {}, now=now)
        row.result = {"topic": call.args["topic"], "channel": call.args["channel"], **shown}
        return True


class BookmarkKind(Kind):
    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        incident = _incident(row)
        channel = CommsChannel.of(incident)
        if channel is None or channel.bookmark_id or (incident.private and not channel.is_private):
            return None
        args = {
            "channel_id": channel.channel_id,
            "title": f"{incident.reference} incident document",
            "type": "link",
            "link": render.document_url(incident),
            "emoji": ":page_facing_up:",
        }
        return Call("bookmarks.add", args, channel.channel_id, only_once=True)

    def find_done(self, row: OutboxEntry, call: Call) -> Mapping[str, Any] | None:
        standing = client.call("bookmarks.list", {"channel_id": call.channel})["bookmarks"]
        return next(({"bookmark": each} for each in standing if each.get("link") == call.args["link"]), None)

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        CommsChannel.objects.filter(incident=row.incident_id).update(bookmark_id=answer["bookmark"]["id"])
        return True


class MembersKind(Kind):
    """Invite who belongs there, each for themselves. Who was invited once and left, stays away.

    `result` keeps whom Slack refused in this attempt ("refused"), and whom in the one before ("cannot_come"), and why.
    """

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        incident = _incident(row)
        channel = CommsChannel.of(incident)
        people = [person for person in (incident.reporter, incident.lead) if person is not None and person.can_respond]
        accounts = {account.user_id for person in people if (account := SlackUser.of(person))}
        if incident.private:
            invited = SlackUser.objects.filter(person__memberships__incident=incident, person__is_active=True)
            accounts |= set(invited.values_list("user_id", flat=True))
        if channel is None or (incident.private and not channel.is_private):
            return None
        refused = _noted(row, "refused", {})
        missing = sorted(accounts - set(channel.invited), key=lambda user_id: (user_id in refused, user_id))
        if not missing:
            return None
        # One at a time: Slack refuses a whole list for one who cannot come.
        return Call("conversations.invite", {"channel": channel.channel_id, "users": missing[0]}, channel.channel_id)

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        channel = CommsChannel.objects.select_for_update().get(incident=row.incident_id)
        channel.invited = [*channel.invited, call.args["users"]]
        channel.save(update_fields=["invited"])
        return False

    def refused(self, row: OutboxEntry, call: Call, refusal: Refused, now: datetime) -> bool:
        """Somebody who cannot come must not keep the others out: they are tried again when the others were."""
        refused = _noted(row, "refused", {})
        if refusal.meaning is Meaning.REPAIRABLE:  # it is about the channel
            row.result = None
            return False
        if call.args["users"] in refused:
            row.result = {"cannot_come": refused}
            return False
        row.result = {"refused": {**refused, call.args["users"]: str(refusal)}}
        return True

    def given_up(self, row: OutboxEntry, reason: str, now: datetime) -> None:
        for user_id, why_not in _noted(row, "cannot_come", {}).items():
            report_uninvited(row, user_id, why_not, now)
        if not _noted(row, "cannot_come", {}):
            super().given_up(row, reason, now)


class InviteKind(Kind):
    """Call somebody into the incident's channel, which may be another one by now. args: user"""

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        incident = row.incident
        place = speaking_channel(incident) if incident is not None else None
        invited = Person.objects.filter(slack__user_id=row.args["user"]).first()
        if place is None or incident is None or not access.may(invited, Act.SEE, incident):
            return None
        args = {"channel": place.channel_id, "users": row.args["user"]}
        return Call("conversations.invite", args, place.channel_id)

    def given_up(self, row: OutboxEntry, reason: str, now: datetime) -> None:
        report_uninvited(row, row.args["user"], reason, now)


class KeepMessageKind(Kind):
    """Fetch a message and put it on the timeline: from the channel, else from its thread. args: channel, ts, by, how"""

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        ts, channel = row.args["ts"], row.args["channel"]
        by = Person.objects.filter(pk=row.args["by"]).first()
        if by is not None and not access.may(by, Act.CHANGE, _incident(row)):
            return None
        args = {"channel": channel, "oldest": ts, "latest": ts, "inclusive": True, "limit": 1}
        if _noted(row, "in_thread", default=False):
            return Call("conversations.replies", {**args, "ts": ts}, channel, reads=True)
        return Call("conversations.history", args, channel, reads=True)

    def names_in(self, answer: Mapping[str, Any]) -> Any:
        return answer.get("messages")

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        found = [message for message in answer["messages"] if message["ts"] == row.args["ts"]]
        if not found and call.method == "conversations.history":
            row.result = {"in_thread": True}
            return False
        by = Person.objects.filter(pk=row.args["by"]).first()
        if not found or not self._keep(row, found[0], by, now):
            self._tell(row, by, now)
        return True

    def _keep(self, row: OutboxEntry, message: Mapping[str, Any], by: Person | None, now: datetime) -> bool:
        how = row.args.get("how", Pin.REACTION)
        return keep(_incident(row), message, channel_id=row.args["channel"], by=by, now=now, how=how)

    def recover(self, row: OutboxEntry, call: Call, refusal: Refused) -> Mapping[str, Any] | None:
        """Who deleted it meanwhile wanted it gone."""
        return {"messages": []} if refusal.error == "thread_not_found" else None

    def _tell(self, row: OutboxEntry, by: Person | None, now: datetime) -> None:
        if by is not None:
            reference = _incident(row).reference
            text = f"⚠️ {reference}: the message you wanted on the timeline is not there any more."
            tell(by, text, key=f"gone:{row.pk}", now=now, incident=row.incident)


class HomeKind(Kind):
    """Draw somebody's Home tab. args: user"""

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        newer = OutboxEntry.objects.filter(kind="home", order_key=row.order_key, is_open=True, pk__gt=row.pk)
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


class UpdateKind(Kind):
    """Say a posted update in the thread of the headline. args: entry"""

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        if _incident(row).private:
            return None  # it became private after the update was written: the headline's channel is everybody's
        standing = Headline.of(_incident(row))
        if standing is None or _is_closed_for_headlines(standing.channel_id):
            raise NotYet(seconds=HEADLINE_LOOK if _is_closed_for_headlines() else 5)
        return post(row, standing.channel_id, row.args["text"], [], thread_ts=standing.ts)

    def refused(self, row: OutboxEntry, call: Call, refusal: Refused, now: datetime) -> bool:
        if refusal.error not in CHANNEL_CLOSED:
            return False
        if _note_refused_headline(row, call, refusal, now):
            return True
        # Its channel is no longer the one for headlines: wait until the headline has moved.
        Headline.objects.filter(incident=row.incident_id).delete()
        Link.objects.filter(incident=row.incident_id, kind=Link.HEADLINE).delete()
        outbox.draw(_incident(row), "headline", now=now)
        return True


class WelcomeKind(Kind):
    """The first message, and what one reads last: topic, bookmark and guests come before, when they come soon."""

    PATIENCE: Final = timedelta(seconds=3)
    BEFORE: Final = ("topic", "bookmark", "members")

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        furnishing = OutboxEntry.objects.filter(incident=row.incident_id, kind__in=self.BEFORE, is_open=True)
        patience = row.created_at + self.PATIENCE - now
        if patience > timedelta(0) and furnishing.exists():
            raise NotYet(patience.total_seconds())
        picture = picture_of(_incident(row))
        channel = speaking_channel(picture.incident)
        if channel is None:
            return None
        message = render.welcome(picture)
        return post(row, channel.channel_id, message.text, message.blocks)

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        row.result = {"channel": call.channel, "ts": str(answer["ts"]), "drawn": _digest(call)}
        if FOUND in answer:  # posted by an attempt before, and perhaps with other steps
            row.result["drawn"] = ""
        return True


class StepsKind(Kind):
    """Draw the welcome again: its buttons and steps are those that are still missing."""

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        picture = picture_of(_incident(row))
        channel = CommsChannel.of(picture.incident)
        if channel is None or (picture.incident.private and not channel.is_private):
            return None
        key = queue.short(welcome_key(picture.incident, channel))
        welcome = OutboxEntry.objects.filter(key=key).first()
        if welcome is not None and welcome.is_open:
            raise NotYet(seconds=5)
        if welcome is None or not (welcome.result or {}).get("ts") or was_cleared_after(welcome):
            return None
        call = _update(channel.channel_id, str((welcome.result or {})["ts"]), render.welcome(picture))
        stands = {**(welcome.result or {}), **(row.result or {})}.get("drawn")
        return None if stands == _digest(call) else call

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        row.result = {"drawn": _digest(call)}
        return True

    def recover(self, row: OutboxEntry, call: Call, refusal: Refused) -> Mapping[str, Any] | None:
        """It was deleted, or nobody reads the channel any more."""
        if refusal.error in ("message_not_found", "is_archived"):
            return {}
        return super().recover(row, call, refusal)

    def given_up(self, row: OutboxEntry, reason: str, now: datetime) -> None:
        """An old button answers by itself that it came too late."""


class PostKind(Kind):
    """Say something in the incident's channel, as soon as there is one.

    args: text, blocks, thread_ts, until, and thread_in: the channel that the thread is in
    """

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        channel = speaking_channel(_incident(row))
        if channel is not None:
            args = row.args
            # A thread stays in the channel where it was when the work moves.
            moved = args.get("thread_in", channel.channel_id) != channel.channel_id
            thread_ts = "" if moved else args["thread_ts"]
            return post(row, channel.channel_id, args["text"], args["blocks"], thread_ts=thread_ts)
        wait_for_channel(_incident(row))
        return None

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        row.result = {"channel": call.channel, "ts": answer["ts"]}
        return True


class ElsewhereKind(Kind):
    """Say something in a channel that is not the incident's, unless the incident is private.

    args: channel, text, blocks, until, by
    """

    STALE: Final = {"channel_not_found", "is_archived", "not_in_channel"}

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        if _may_be_said_in(row.incident, row.args["channel"]):
            return post(row, workspace.channel_id(row.args["channel"]), row.args["text"], row.args["blocks"])
        if row.asked_at is None:
            return None
        # Slack may have taken it before the incident became private.
        said = find_said(row, post(row, workspace.channel_id(row.args["channel"]), row.args["text"], []))
        return Call("chat.delete", {"channel": said["channel"], "ts": said["ts"]}, said["channel"]) if said else None

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        if call.method == "chat.delete":
            return True
        row.result = {"channel": call.channel, "ts": answer["ts"]}
        return True

    def refused(self, row: OutboxEntry, call: Call, refusal: Refused, now: datetime) -> bool:
        """Perhaps another channel has the name now, or we were thrown out: look once more."""
        if refusal.error not in self.STALE:
            return False
        workspace.forget_channel(row.args["channel"])
        looked_before, row.result = bool(row.result), {"looked_again": True}
        return not looked_before

    def given_up(self, row: OutboxEntry, reason: str, now: datetime) -> None:
        """Tell who caused it, or who leads: they believe that others know."""
        named = row.args["channel"]
        channel = named if named.startswith("<#") else "#" + named.removeprefix("#")
        text = f"I could not post in {channel}: {why(reason)}. It said: {row.args['text']}"
        report(row, f"Slack refused a post in {channel}: {why(reason)}", now)
        by = Person.objects.filter(pk=row.args["by"], is_bot=False).first()
        person = by or (row.incident and (row.incident.active_lead or row.incident.reporter))
        if person:
            where = f"{row.incident.reference}: " if row.incident else ""
            tell(person, f"⚠️ {where}{text}", key=f"refused:{row.pk}", now=now, incident=row.incident)


class MessageKind(Kind):
    """Say something in a thread, or with attachments, in any channel where we are; or change what we said there.

    args: channel, text, blocks, and perhaps thread_ts, attachments, or the ts of what is changed
    """

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        args = row.args
        if not _may_be_said_in(row.incident, args["channel"]):
            return None
        call = post(row, args["channel"], args["text"], args["blocks"], thread_ts=args.get("thread_ts", ""))
        if args.get("attachments"):
            call.args["attachments"] = args["attachments"]
        if not args.get("ts"):
            return call
        shown = {name: value for name, value in call.args.items() if name in ("text", "blocks", "attachments")}
        return Call("chat.update", {"channel": args["channel"], "ts": args["ts"], **shown}, args["channel"])


class CallKind(Kind):
    """Any call whose answer nobody needs. args: method, args, fine (the errors that mean that it is so already)"""

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        return Call(row.args["method"], row.args["args"], str(row.args["args"].get("channel", "")))

    def recover(self, row: OutboxEntry, call: Call, refusal: Refused) -> Mapping[str, Any] | None:
        return {} if refusal.error in row.args["fine"] else super().recover(row, call, refusal)


class EditKind(Kind):
    """Change what a message of ours says. args: channel, ts, text"""

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        if not _may_be_said_in(row.incident, row.args["channel"]):
            return None
        text = limits.cut(row.args["text"], limits.SECTION)
        blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]
        args = {"channel": row.args["channel"], "ts": row.args["ts"], "text": text, "blocks": blocks}
        return Call("chat.update", args, row.args["channel"])

    def recover(self, row: OutboxEntry, call: Call, refusal: Refused) -> Mapping[str, Any] | None:
        """It was deleted meanwhile, or its channel closed: nobody reads it any more."""
        return {} if refusal.error in ("message_not_found", "is_archived") else None


NOT_FOUND: Final = "We looked in Slack and didn't find the message with the redacted text of entry"


class RetractKind(Kind):
    """Overwrite a message of ours whose text was redacted. args: row (its row of the outbox), by

    A message without a known place is looked for by the key that it carries. When its row was thrown away, args has
    in the place of `row` what is needed for that: posted (key, kind, created_at), entry. The welcome is drawn again.
    """

    REPORTED_AFTER = timedelta(0)  # people read it on until somebody deletes it
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
        if _noted(row, "delete", default=False):
            return Call("chat.delete", {"channel": channel, "ts": ts}, channel)
        if said.kind == ANNOUNCEMENT and (said.result or {}).get("ts"):
            return kind_of(said).prepare(said, now)  # the other changes that it tells of stay
        if said.kind == WELCOME:
            return _update(channel, ts, render.welcome(picture_of(_incident(said))))
        blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": REDACTED}}]
        args = {"channel": channel, "ts": ts, "text": REDACTED, "blocks": blocks, "attachments": []}
        return Call("chat.update", args, channel)

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
        if said.kind in WHISPERED and _way(said) != "direct":
            return "", ""  # Slack forgets what only one person saw
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
            words = f"⚠️ {_incident(row).reference}: {text}"
            tell(by, words, key=f"still there:{row.pk}", now=now, incident=row.incident)


class ReactionKind(Kind):
    """args: channel, timestamp, name"""

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        return Call("reactions.add", row.args, row.args["channel"])

    def recover(self, row: OutboxEntry, call: Call, refusal: Refused) -> Mapping[str, Any] | None:
        if refusal.error in ("message_not_found", "is_archived"):
            return {}
        return super().recover(row, call, refusal)


class WhisperKind(Kind):
    """Say something to one person where they spoke to us, else directly. args: origin, text, blocks

    Of an incident that they may no longer see they are told nothing.
    """

    TRIED_FOR = timedelta(hours=1)  # an answer that comes later is to a question that was forgotten

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        reader = Person.objects.filter(slack__user_id=row.args["origin"]["user_id"]).first()
        if row.incident is not None and not access.may(reader, Act.SEE, row.incident):
            return None
        return _whisper(row, row.args["text"], row.args.get("blocks", []))

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        _note_where(row, call, answer)
        return _note_direct_channel(call, answer)

    def refused(self, row: OutboxEntry, call: Call, refusal: Refused, now: datetime) -> bool:
        ways = ["response_url", "ephemeral", "direct"]
        position = ways.index(_way(row)) + 1
        if position == len(ways):
            return False
        row.result = {"way": ways[position]}
        return True

    def given_up(self, row: OutboxEntry, reason: str, now: datetime) -> None:
        """Nobody but the reader waits for it."""


class DeclaredKind(WhisperKind):
    """Answer who declared, with links to what was made; after a while with what there is. args: origin"""

    HEADLINE_PATIENCE: Final = timedelta(seconds=10)
    CHANNEL_PATIENCE: Final = timedelta(seconds=2)

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        picture = picture_of(_incident(row))
        standing = Headline.of(picture.incident)
        waited = now - row.created_at
        if standing is None and not picture.incident.private and waited < self.HEADLINE_PATIENCE:
            raise NotYet((self.HEADLINE_PATIENCE - waited).total_seconds())
        no_channel = not picture.channel_id and queries.channel_is_requested(picture.incident)
        if no_channel and waited < self.CHANNEL_PATIENCE:
            raise NotYet((self.CHANNEL_PATIENCE - waited).total_seconds())
        url = workspace.permalink(standing.channel_id, standing.ts) if standing else ""
        reporter = picture.incident.reporter
        alike = queries.similar_open(reporter, title=picture.incident.title) if reporter else []
        others = [each for each in alike if each.pk != picture.incident.pk]
        return _whisper(row, render.declared(picture, headline_url=url, similar=others), [])

    given_up = Kind.given_up


class DirectKind(Kind):
    """A direct message, unless it is about an incident that the person may no longer see. args: person, text"""

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        account = SlackUser.objects.select_related("person").filter(person=row.args["person"]).first()
        if account is None or (row.incident is not None and not access.may(account.person, Act.SEE, row.incident)):
            return None
        return direct(row, account, row.args["text"], [])

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        _note_where(row, call, answer)
        return _note_direct_channel(call, answer)

    def given_up(self, row: OutboxEntry, reason: str, now: datetime) -> None:
        """Nobody but the reader waits for it."""


class ProfileKind(Kind):
    """Ask Slack who somebody is. args: user"""

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        return Call("users.info", {"user": row.args["user"]}, reads=True)

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        keep_user(answer["user"], now=now)
        return True


# Who waits for whom: when one of these is done, or given up, the others look again at once.
WAITING: Final[Mapping[str, tuple[str, ...]]] = {
    "declared": ("headline", "channel"),
    "welcome": WelcomeKind.BEFORE,
    "steps": ("welcome",),
    "update": ("headline",),
    "assigned": ("channel", "members", "invite"),
    POST: ("channel",),
    ANNOUNCEMENT: ("channel",),
    PROMPT: ("channel",),
}


class UnknownKind(Kind):
    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        raise queue.Unknown(f"messages of the kind {row.kind}")

    def given_up(self, row: OutboxEntry, reason: str, now: datetime) -> None:
        report(row, f"The {row.kind} was not sent: {reason}", now)


KINDS: Final[dict[str, Kind]] = {
    "headline": HeadlineKind(),
    workspace.HEADLINE_CHANNEL: HeadlineChannelKind(),
    "channel": ChannelKind(),
    "topic": TopicKind(),
    "bookmark": BookmarkKind(),
    "members": MembersKind(),
    "invite": InviteKind(),
    "keep_message": KeepMessageKind(),
    "home": HomeKind(),
    "update": UpdateKind(),
    "welcome": WelcomeKind(),
    "steps": StepsKind(),
    POST: PostKind(),
    PROMPT: PostKind(),
    ELSEWHERE: ElsewhereKind(),
    PROMPT_ELSEWHERE: ElsewhereKind(),
    "message": MessageKind(),
    "call": CallKind(),
    "edit": EditKind(),
    "retract": RetractKind(),
    "reaction": ReactionKind(),
    "whisper": WhisperKind(),
    "declared": DeclaredKind(),
    "direct": DirectKind(),
    "profile": ProfileKind(),
}


# What leaves a message in Slack that has the row's text in it.
WELCOME: Final = "welcome"
WHISPERED: Final = ("whisper", "declared")
POSTED: Final = (
    *("update", "message", "edit", "direct", "assigned", POST, PROMPT, ELSEWHERE, PROMPT_ELSEWHERE),
    *WHISPERED,
)


def register(name: str, kind: Kind) -> None:
    KINDS[name] = kind


def kind_of(row: OutboxEntry) -> Kind:
    return KINDS.get(row.kind, UnknownKind())


def why(reason: str) -> str:
    """Say in people's words why something was given up; the whole reason is for those who run Response."""
    code = reason.partition(" ")[0]
    if not client.CODE.fullmatch(code):
        return "a mistake in Response or in a plugin, which those who run Response can see"
    return f"{WHY[code]} (`{code}`)" if code in WHY else f"`{code}`"


def find_said(row: OutboxEntry, call: Call) -> Mapping[str, Any] | None:
    """Look whether Slack has a message of ours already, by the key it carries."""
    query: dict[str, Any] = {
        "channel": call.channel,
        "oldest": f"{row.created_at.timestamp() - 5:.6f}",
        "include_all_metadata": True,
        "limit": client.PAGE,
    }
    method = "conversations.history"
    if thread := call.args.get("thread_ts"):
        method, query["ts"] = "conversations.replies", thread
    for message in client.pages(method, "messages", query):
        metadata = message.get("metadata") or {}
        if metadata.get("event_type") == EVENT_TYPE and metadata["event_payload"].get("key") == row.key:
            return {"ok": True, "channel": call.channel, "ts": message["ts"], "message": message, FOUND: True}
    return None


def whisper(
    origin: Mapping[str, str],
    text: str,
    *,
    key: str,
    now: datetime,
    blocks: list[Any] | None = None,
    in_place: bool = False,
    incident: Incident | None = None,
) -> None:
    """Say something that one person sees; about `incident`, if they still may see that then. `text` is mrkdwn."""
    args = {"origin": dict(origin), "text": text, "blocks": blocks or [], "in_place": in_place}
    where = origin.get("channel_id") or origin["user_id"]
    outbox.say(
        key=key,
        kind="whisper",
        now=now,
        args=args,
        order_key=f"whisper:{where}",
        incident=incident,
        priority=outbox.URGENT,
    )


def report(row: OutboxEntry, text: str, now: datetime, *, with_: str = "") -> None:
    """Tell the people of the row's incident on the timeline; once, as long as Slack goes on to refuse it."""
    if row.incident is None:
        return
    refused = OutboxEntry.objects.filter(incident=row.incident_id, is_open=True, refused_at__isnull=False)
    since = refused.aggregate(since=Min("refused_at"))["since"] or now
    told = row.incident.entries.filter(kind=EntryKind.TROUBLE, text=text, recorded_at__gte=since)
    if not told.exists():
        services.record_trouble(row.incident, with_=with_ or row.kind, text=text, at=now)


def report_uninvited(row: OutboxEntry, user_id: str, reason: str, now: datetime) -> None:
    """Tell the lead and the reporter, and the timeline, that Slack does not let us invite somebody."""
    if (incident := row.incident) is None:
        return
    person = Person.objects.filter(slack__user_id=user_id).first()
    text = f"We couldn't invite {person.name if person else user_id} to the channel: {why(reason)}. "
    text += "We keep trying. You can also invite them in Slack yourself."
    report(row, text, now)
    readers = {each for each in (incident.lead, incident.reporter) if each is not None and each != person}
    for reader in readers:
        key = f"uninvited:{row.pk}:{user_id}:{reader.pk}"
        tell(reader, f"⚠️ {incident.reference}: {escape(text)}", key=key, now=now, incident=incident)


def incident_of(row: OutboxEntry) -> Incident:
    if row.incident is None:
        raise ValueError(f"A {row.kind} row needs an incident")
    return row.incident


_incident: Final = incident_of


def _note_refused_headline(row: OutboxEntry, call: Call, refusal: Refused, now: datetime) -> bool:
    """Return False if the refusal isn't about the channel for headlines. `prepare` waits for it otherwise."""
    place = workspace.present()
    if place is None or refusal.error not in CHANNEL_CLOSED or not workspace.is_for_headlines(call.channel):
        return False
    refusals = _noted(row, "refusals", 0) + 1
    row.result = {**(row.result or {}), "refusals": refusals}
    workspace.note_refusal(place, refusal.error, refusals=refusals, now=now)
    return True


def _is_closed_for_headlines(channel_id: str = "") -> bool:
    """Return whether headlines can't be posted, and this is the channel for them."""
    place = workspace.present()
    return place is not None and bool(place.headlines_trouble) and channel_id in ("", place.incident_channel_id)


def speaking_channel(incident: Incident) -> CommsChannel | None:
    """Return the channel in which we may speak of the incident; None when there is none.

    Raise `NotYet` while the work of a private incident moves out of a public channel.
    """
    channel = CommsChannel.of(incident)
    if channel is None or channel.is_private or not incident.private:
        return channel
    moves = list(OutboxEntry.objects.filter(incident=incident, kind="go_private").values_list("is_open", flat=True))
    if any(moves):
        raise NotYet(seconds=2)
    if not moves:
        raise NotYet(seconds=5)  # the projector, or the auditor, has it moved soon
    return None


def was_cleared_after(row: OutboxEntry) -> bool:
    """Say whether our posts were deleted since, because the incident became private."""
    return OutboxEntry.objects.filter(incident=row.incident_id, kind="go_private", pk__gt=row.pk).exists()


def wait_for_channel(incident: Incident) -> None:
    """Raise `NotYet` while the incident's channel is being made."""
    coming = OutboxEntry.objects.filter(incident=incident, kind="channel", is_open=True)
    if queries.channel_is_requested(incident) or coming.exists():
        raise NotYet(seconds=20)


def _may_be_said_in(incident: Incident | None, channel: str) -> bool:
    """Return whether `channel` may be told of the incident: of a private one, only its private channel."""
    if incident is None or not incident.private:
        return True
    own = CommsChannel.of(incident)
    if own is None or not own.is_private:
        return False
    return workspace.key_of(channel) in (own.channel_id, own.name)


def _noted(row: OutboxEntry, name: str, default: Any) -> Any:
    return (row.result or {}).get(name, default)


def post(row: OutboxEntry, channel: str, text: str, blocks: list[Any], *, thread_ts: str = "") -> Call:
    """Return the call that posts a row's message, found again by the row's key."""
    args: dict[str, Any] = {
        "channel": channel,
        "text": limits.cut(text, limits.POST_TEXT),
        "metadata": {"event_type": EVENT_TYPE, "event_payload": {"key": row.key}},
        "unfurl_links": False,
        "unfurl_media": False,
    }
    if blocks:
        args["blocks"] = limits.fitted(client.plain(blocks))
    if thread_ts:
        args["thread_ts"] = thread_ts
    return Call("chat.postMessage", args, channel, only_once=True)


def _update(channel: str, ts: str, message: render.Message) -> Call:
    blocks = limits.fitted(client.plain(message.blocks))
    args = {"channel": channel, "ts": ts, "text": message.text, "blocks": blocks}
    return Call("chat.update", args, channel)


def _digest(call: Call) -> str:
    drawn = [call.args["text"], *call.args["blocks"]]
    return hashlib.sha256(json.dumps(drawn, sort_keys=True).encode()).hexdigest()


def _note_where(row: OutboxEntry, call: Call, answer: Mapping[str, Any]) -> None:
    """Keep where a message stands: its text may have to be redacted."""
    if call.method == "chat.postMessage":
        row.result = {**(row.result or {}), "channel": call.channel, "ts": str(answer["ts"])}


def _way(row: OutboxEntry) -> str:
    origin = row.args["origin"]
    first = "response_url" if origin.get("response_url") else "ephemeral" if origin.get("channel_id") else "direct"
    way = _noted(row, "way", first)
    return "direct" if way == "ephemeral" and not origin.get("channel_id") else str(way)


def _whisper(row: OutboxEntry, text: str, blocks: list[Any]) -> Call:
    origin = row.args["origin"]
    body: dict[str, Any] = {"text": limits.cut(text, limits.POST_TEXT)}
    if blocks:
        body["blocks"] = limits.fitted(blocks)
    match _way(row):
        case "response_url":
            body |= {"response_type": "ephemeral", "replace_original": row.args.get("in_place", False)}
            return Call(RESPONSE_URL, {"url": origin["response_url"], "body": body})
        case "ephemeral":
            body |= {"channel": origin["channel_id"], "user": origin["user_id"]}
            if origin.get("thread_ts"):
                body["thread_ts"] = origin["thread_ts"]
            return Call("chat.postEphemeral", body, origin["channel_id"])
        case _:
            return direct(row, SlackUser.objects.get(user_id=origin["user_id"]), text, blocks)


def direct(row: OutboxEntry, account: SlackUser, text: str, blocks: list[Any]) -> Call:
    """Return the call that sends a row's message to somebody, or the one that must come before."""
    if not account.dm_channel_id:
        return Call("conversations.open", {"users": account.user_id})
    return post(row, account.dm_channel_id, text, blocks)


def _note_direct_channel(call: Call, answer: Mapping[str, Any]) -> bool:
    if call.method != "conversations.open":
        return True
    SlackUser.objects.filter(user_id=call.args["users"]).update(dm_channel_id=answer["channel"]["id"])
    return False


def welcome_key(incident: Incident, channel: CommsChannel) -> str:
    """Name the row of a channel's welcome."""
    return f"welcome:{incident.pk}:{channel.channel_id}"


def order_of_channel(incident: Incident) -> str:
    """What is said in an incident's channel is said in order, whatever it is."""
    return f"channel of {incident.pk}"


def say_in_channel(
    incident: Incident, post: Post, *, key: str, now: datetime, expires_at: datetime | None = None
) -> None:
    """Say something in an incident's channel, once; when it is still being made, as soon as it is there."""
    args = {
        "text": post.text,
        "blocks": [block.to_dict() for block in post.blocks],
        "thread_ts": post.thread_ts,
        "until": list(post.until),
    }
    channel = CommsChannel.of(incident) if post.thread_ts else None
    if channel is not None:
        args["thread_in"] = channel.channel_id
    outbox.say(
        key=key,
        kind=PROMPT if post.until else POST,
        now=now,
        args=args,
        order_key=order_of_channel(incident),
        incident=incident,
        expires_at=expires_at,
    )


def say_elsewhere(
    post: Post,
    *,
    key: str,
    incident: Incident | None,
    by: Person | None,
    now: datetime,
    expires_at: datetime | None = None,
) -> None:
    """Say something in the channel that `post` names, once. `by` is told when Slack refuses."""
    args = {
        "channel": post.channel,
        "text": post.text,
        "blocks": [block.to_dict() for block in post.blocks],
        "until": list(post.until),
        "by": by.pk if by else None,
    }
    outbox.say(
        key=key,
        kind=PROMPT_ELSEWHERE if post.until else ELSEWHERE,
        now=now,
        args=args,
        order_key=f"channel {post.channel.removeprefix('#')}",
        incident=incident,
        expires_at=expires_at,
    )


def settle_prompts(incident: Incident, news: Sequence[TimelineEntry], *, now: datetime) -> None:
    """Edit the messages that waited for what now has happened, to say by whom. One not said yet need not be."""
    for row in OutboxEntry.objects.filter(incident=incident, kind__in=ANSWERED, given_up_at=None):
        on_its_way = row.result is None and (row.asked_at is not None or row.lease_until is not None)
        entry = next((entry for entry in news if entry.kind in row.args["until"]), None)
        if on_its_way or entry is None:
            continue
        # Answered, it is a post like any other: however many there were, only those that wait are looked at.
        OutboxEntry.objects.filter(pk=row.pk).update(kind=ANSWERED[row.kind])
        if row.result is not None:
            _say_answered(incident, row, entry, now=now)
        else:
            OutboxEntry.objects.filter(pk=row.pk, lease_until=None).update(
                is_open=False, closed_at=now, error="Answered before it was said"
            )


def _say_answered(incident: Incident, row: OutboxEntry, entry: TimelineEntry, *, now: datetime) -> None:
    who = f" · by {literal(entry.actor.name)}" if entry.actor else ""
    asked = next(iter(row.args["text"].splitlines()), "")
    text = f"✅ ~{asked}~\n" if asked else "✅ "
    text += f"{from_markdown(entry.text)}{who}"
    outbox.say(
        key=f"settled:{row.pk}",
        kind="edit",
        now=now,
        args={**(row.result or {}), "text": text},
        order_key=f"edit:{row.pk}",
        incident=incident,
    )


def say_update(incident: Incident, text: str, *, key: str, now: datetime) -> None:
    """Say an update in the thread of the headline, once."""
    where = f"updates:{incident.pk}"
    outbox.say(key=key, kind="update", now=now, args={"text": text}, order_key=where, incident=incident)


def retract(row: OutboxEntry, *, incident: Incident, key: str, by: Person, now: datetime) -> None:
    """Overwrite in Slack what `row` said, or is about to say."""
    outbox.say(
        key=f"retract:{key}:{row.pk}",
        kind="retract",
        now=now,
        args={"row": row.pk, "by": by.pk},
        order_key=f"retract:{row.pk}",
        incident=incident,
        priority=outbox.URGENT,
    )


def retract_lost(entry: TimelineEntry, *, as_key: str, as_kind: str, key: str, by: Person, now: datetime) -> None:
    """Overwrite in Slack what a row that was thrown away once said of `entry`: it carried the key `as_key`."""
    posted = {"key": as_key, "kind": as_kind, "created_at": entry.recorded_at.isoformat()}
    outbox.say(
        key=f"retract:{key}:{as_key}",
        kind="retract",
        now=now,
        args={"posted": posted, "entry": entry.seq, "by": by.pk},
        order_key=f"retract:{as_key}",
        incident=entry.incident,
        priority=outbox.URGENT,
    )


def invite(incident: Incident, user_ids: Iterable[str], *, key: str, now: datetime) -> None:
    """Call people into the incident's channel, if it has one."""
    channel = CommsChannel.objects.filter(incident=incident).first()
    if channel is None:
        return
    for user_id in user_ids:
        outbox.say(
            key=f"invite:{key}:{user_id}",
            kind="invite",
            now=now,
            args={"user": user_id},
            order_key=f"invite:{channel.channel_id}:{user_id}",  # one who cannot come keeps nobody out
            incident=incident,
            priority=outbox.URGENT,
        )


def answer_declared(incident: Incident, *, origin: Mapping[str, str], now: datetime) -> None:
    """Answer who declared an incident, with links to what is made for it, once."""
    outbox.say(
        key=f"declared:{incident.pk}",
        kind="declared",
        now=now,
        args={"origin": dict(origin)},
        order_key=f"declared:{incident.pk}",
        incident=incident,
        priority=outbox.URGENT,
        patience=DeclaredKind.CHANNEL_PATIENCE,
    )


def keep_message(
    incident: Incident, *, channel_id: str, ts: str, by: Person | None, now: datetime, how: str = Pin.REACTION
) -> None:
    """Put a message on the timeline of which we know only where it is. `how` is one of `Pin`'s."""
    outbox.say(
        key=f"keep:{channel_id}:{ts}:{int(now.timestamp())}",
        kind="keep_message",
        now=now,
        args={"channel": channel_id, "ts": ts, "by": by.pk if by else None, "how": how},
        order_key=f"keep:{channel_id}",
        incident=incident,
    )


def draw_home(user_id: str, *, now: datetime) -> None:
    _draw_homes([user_id], cause=f"{now.timestamp():.3f}", priority=outbox.NORMAL, now=now)


def draw_homes_again(incident: Incident, *, cause: str, now: datetime, of: Sequence[Person] | None = None) -> None:
    """Draw the Home tabs that may show the incident as it was: everybody's, or those of some people.

    Slack keeps showing a Home tab as it was drawn until it is drawn again. One that is older than the incident cannot
    show it.
    """
    shown = SlackUser.objects.filter(home_at__gte=incident.reported_at)
    if of is not None:
        shown = shown.filter(person__in=of)
    user_ids = list(shown.values_list("user_id", flat=True))
    _draw_homes(user_ids, cause=cause, priority=outbox.CHATTY if of is None else outbox.NORMAL, now=now)


def _draw_homes(user_ids: Sequence[str], *, cause: str, priority: int, now: datetime) -> None:
    # Noted before it is drawn, and in order: a tab that is being drawn at this moment is drawn again after that.
    SlackUser.objects.filter(user_id__in=user_ids).update(home_at=now)
    outbox.store(
        outbox.entry(
            key=f"home:{user_id}:{cause}",
            kind="home",
            now=now,
            args={"user": user_id},
            order_key=f"home:{user_id}",
            priority=priority,
        )
        for user_id in user_ids
    )


def tell(person: Person, text: str, *, key: str, now: datetime, incident: Incident | None = None) -> None:
    """Send a direct message, once; about `incident`, if they still may see that then. `text` is mrkdwn."""
    args = {"person": person.pk, "text": text}
    outbox.say(key=key, kind="direct", now=now, args=args, order_key=f"dm:{person.pk}", incident=incident)

"""The kinds of things that go out. Each says which call comes next, and what to note when Slack has answered.

`prepare` only reads, and the call runs in no transaction; `sent` runs in one of its own. A kind that needs two calls
returns False from `sent` and is prepared again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from slack_sdk.models.views import View

from incidents import queries, services
from incidents.models import Incident, Link, Person, TimelineEntry
from slackbot import client, limits, outbox, queue, render, workspace
from slackbot.client import Call, Refused
from slackbot.contexts import Post
from slackbot.models import CommsChannel, Headline, OutboxEntry, SlackUser
from slackbot.mrkdwn import escape, from_markdown
from slackbot.people import keep_user
from slackbot.pictures import buttons_for, lines_for, open_pictures, picture_of
from slackbot.pinning import keep

EVENT_TYPE: Final = "response_outbox"
FOUND: Final = "found"  # in an answer that stands for one that was lost
POST: Final = "post"
ELSEWHERE: Final = "elsewhere"
# The same, but waiting for what will answer it: then it is edited to say so.
PROMPT: Final = "prompt"
PROMPT_ELSEWHERE: Final = "prompt elsewhere"
ANSWERED: Final = {PROMPT: POST, PROMPT_ELSEWHERE: ELSEWHERE}
WHY: Final = {
    "channel_not_found": "there is no such channel, or it is private and nobody invited this app",
    "is_archived": "the channel is archived",
    "missing_scope": "this app has not been given that permission",
    "name_taken": "the name is taken",
    "no_permission": "the workspace does not let this app do that",
    "not_in_channel": "this app is not in the channel",
    "restricted_action": "the workspace does not let this app do that",
}
RESPONSE_URL: Final = "response_url"  # not a method of the Web API, but sent like one


class NotYet(Exception):
    """What this row needs is not there yet. Look again after so many seconds, or when what it waits for is done."""

    def __init__(self, seconds: float = 0.1) -> None:
        super().__init__()
        self.seconds = seconds


class Kind:
    """Something that goes out. The defaults fit a call whose answer nobody needs."""

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        """Return the next call, or None when nothing is left to do. Raise `NotYet` to wait."""
        raise NotImplementedError

    def recover(self, row: OutboxEntry, call: Call, refusal: Refused) -> Mapping[str, Any] | None:
        """Return what Slack would have answered when the refusal means that it is done already."""
        return None

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        """Note Slack's answer; True when that was all."""
        return True

    def find_done(self, row: OutboxEntry, call: Call) -> Mapping[str, Any] | None:
        """Return what Slack would have answered when it did this already; asked of calls that are made only once."""
        return find_said(row, call)

    def refused(self, row: OutboxEntry, call: Call, refusal: Refused, now: datetime) -> bool:
        """Return True when there is another way, which `prepare` takes next."""
        return False

    def given_up(self, row: OutboxEntry, reason: str, now: datetime) -> None:
        """Say so where people of the incident look."""
        if row.incident is not None:
            text = f"Slack refused the {row.kind}: {why(reason)}"
            services.record_trouble(row.incident, with_=row.kind, text=text, at=now)


class HeadlineKind(Kind):
    """One that looks as it did is not drawn again: plugins' lines are asked whatever happens."""

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        picture = picture_of(_incident(row))
        standing = Headline.of(picture.incident)
        if picture.incident.private and standing is None:
            return None
        only_ours = queue.deaths(row) > 0  # a plugin's button may have killed the process
        message = render.headline(
            picture,
            lines=lines_for(picture.incident, built_in_only=only_ours),
            buttons=buttons_for(picture.incident, built_in_only=only_ours),
        )
        if standing is not None:
            call = _update(standing.channel_id, standing.ts, message)
            return None if _noted(row, "drawn", "") == _digest(call) else call
        place = workspace.present()
        if place is None or not place.incident_channel_id:
            raise NotYet
        return _post(row, place.incident_channel_id, message.text, message.blocks)

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        if call.method == "chat.postMessage":
            incident = _incident(row)
            Headline.objects.create(incident=incident, channel_id=answer["channel"], ts=answer["ts"])
            url = workspace.permalink(answer["channel"], answer["ts"])
            services.attach_link(
                incident, kind=Link.HEADLINE, label=f"Headline in #{settings.INCIDENT_CHANNEL}", url=url, at=now
            )
        if FOUND in answer:  # said by an attempt before, of what was true then
            return False
        row.result = {"drawn": _digest(call)}
        return True

    def refused(self, row: OutboxEntry, call: Call, refusal: Refused, now: datetime) -> bool:
        """Somebody deleted it: say it anew, as people look there for the truth."""
        if call.method != "chat.update" or refusal.error != "message_not_found":
            return False
        Headline.objects.filter(incident=row.incident_id).delete()
        return True


class ChannelKind(Kind):
    """Make the incident's channel. The number of names that were taken is kept in `result`."""

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        incident = _incident(row)
        if CommsChannel.of(incident) is not None:
            return None
        name = render.channel_name(incident, taken=_noted(row, "taken", 0))
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
        CommsChannel.objects.create(incident=incident, channel_id=channel["id"], name=channel["name"])
        url = workspace.channel_link(channel["id"])
        services.attach_link(incident, kind=Link.CHANNEL, label=f"#{channel['name']}", url=url, at=now)
        return True

    def refused(self, row: OutboxEntry, call: Call, refusal: Refused, now: datetime) -> bool:
        taken = _noted(row, "taken", 0)
        if refusal.error != "name_taken" or taken >= 20:
            return False
        row.result = {"taken": taken + 1}
        return True


class TopicKind(Kind):
    """Slack tells the whole channel of each new topic, so one that says the same is not set again."""

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        picture = picture_of(_incident(row))
        topic = render.topic(picture)
        if not picture.channel_id or _noted(row, "topic", "") == topic:
            return None
        return Call("conversations.setTopic", {"channel": picture.channel_id, "topic": topic}, picture.channel_id)

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        row.result = {"topic": call.args["topic"]}
        return True


class BookmarkKind(Kind):
    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        incident = _incident(row)
        channel = CommsChannel.of(incident)
        if channel is None or channel.bookmark_id:
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
    """Invite who belongs there. Who was invited once and left, stays away."""

    ABOUT_THE_GUEST: Final = {
        "user_not_found",
        "cant_invite",
        "cant_invite_self",
        "user_is_restricted",
        "ura_max_channels",
    }

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        incident = _incident(row)
        channel = CommsChannel.of(incident)
        people = [person for person in (incident.reporter, incident.lead) if person is not None and person.can_respond]
        accounts = {account.user_id for person in people if (account := SlackUser.of(person))}
        if channel is None or not (missing := sorted(accounts - set(channel.invited))):
            return None
        # One at a time: Slack refuses a whole list for one who cannot come.
        return Call("conversations.invite", {"channel": channel.channel_id, "users": missing[0]}, channel.channel_id)

    def recover(self, row: OutboxEntry, call: Call, refusal: Refused) -> Mapping[str, Any] | None:
        return {} if refusal.error == "already_in_channel" else None

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        return self._done_with(row, call)

    def refused(self, row: OutboxEntry, call: Call, refusal: Refused, now: datetime) -> bool:
        """Somebody who cannot come must not keep the others out."""
        if refusal.error not in self.ABOUT_THE_GUEST:
            return False
        return not self._done_with(row, call)

    def _done_with(self, row: OutboxEntry, call: Call) -> bool:
        channel = CommsChannel.objects.select_for_update().get(incident=row.incident_id)
        channel.invited = [*channel.invited, call.args["users"]]
        channel.save(update_fields=["invited"])
        return False


class InviteKind(Kind):
    """Call somebody into a channel. args: channel, user"""

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        args = {"channel": row.args["channel"], "users": row.args["user"]}
        return Call("conversations.invite", args, row.args["channel"])

    def recover(self, row: OutboxEntry, call: Call, refusal: Refused) -> Mapping[str, Any] | None:
        return {} if refusal.error == "already_in_channel" else None


class KeepMessageKind(Kind):
    """Fetch a message and put it on the timeline: from the channel, else from its thread. args: channel, ts, by"""

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        ts, channel = row.args["ts"], row.args["channel"]
        args = {"channel": channel, "oldest": ts, "latest": ts, "inclusive": True, "limit": 1}
        if _noted(row, "in_thread", default=False):
            return Call("conversations.replies", {**args, "ts": ts}, channel, reads=True)
        return Call("conversations.history", args, channel, reads=True)

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        found = [message for message in answer["messages"] if message["ts"] == row.args["ts"]]
        if not found and call.method == "conversations.history":
            row.result = {"in_thread": True}
            return False
        by = Person.objects.filter(pk=row.args["by"]).first()
        if found:
            keep(_incident(row), found[0], channel_id=row.args["channel"], by=by, now=now)
        else:
            self._tell(row, by, now)
        return True

    def recover(self, row: OutboxEntry, call: Call, refusal: Refused) -> Mapping[str, Any] | None:
        """Who deleted it meanwhile wanted it gone."""
        return {"messages": []} if refusal.error == "thread_not_found" else None

    def _tell(self, row: OutboxEntry, by: Person | None, now: datetime) -> None:
        if by is not None:
            reference = _incident(row).reference
            text = f"⚠️ {reference}: the message you wanted on the timeline is not there any more."
            tell(by, text, key=f"gone:{row.pk}", now=now)


class HomeKind(Kind):
    """Draw somebody's Home tab. args: user"""

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        reader = SlackUser.objects.select_related("person").get(user_id=row.args["user"]).person
        view = View(type="home", blocks=render.home(open_pictures(reader), reader=reader))
        return Call("views.publish", {"user_id": row.args["user"], "view": view})


class UpdateKind(Kind):
    """Say a posted update in the thread of the headline. args: entry"""

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        if _incident(row).private:
            return None  # it became private after the update was written: the headline's channel is everybody's
        standing = Headline.of(_incident(row))
        if standing is None:
            raise NotYet(seconds=5)
        return _post(row, standing.channel_id, row.args["text"], [], thread_ts=standing.ts)


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
        message = render.welcome(picture)
        return _post(row, picture.channel_id, message.text, message.blocks)


class PostKind(Kind):
    """Say something in the incident's channel, as soon as there is one. args: text, blocks, thread_ts, until"""

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        channel = CommsChannel.of(_incident(row))
        if channel is not None:
            args = row.args
            return _post(row, channel.channel_id, args["text"], args["blocks"], thread_ts=args["thread_ts"])
        if queries.channel_is_requested(_incident(row)):
            raise NotYet(seconds=5)
        return None

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        row.result = {"channel": call.channel, "ts": answer["ts"]}
        return True


class ElsewhereKind(Kind):
    """Say something in a channel that is not the incident's. args: channel, text, blocks, until, by"""

    STALE: Final = {"channel_not_found", "is_archived", "not_in_channel"}

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        return _post(row, workspace.channel_id(row.args["channel"]), row.args["text"], row.args["blocks"])

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        row.result = {"channel": call.channel, "ts": answer["ts"]}
        return True

    def refused(self, row: OutboxEntry, call: Call, refusal: Refused, now: datetime) -> bool:
        """Perhaps another channel has the name now, or we were thrown out: look once more."""
        if row.result or refusal.error not in self.STALE:
            return False
        workspace.forget_channel(row.args["channel"])
        row.result = {"looked_again": True}
        return True

    def given_up(self, row: OutboxEntry, reason: str, now: datetime) -> None:
        """Tell who caused it, or who leads: they believe that others know."""
        named = row.args["channel"]
        channel = named if named.startswith("<#") else "#" + named.removeprefix("#")
        text = f"I could not post in {channel}: {why(reason)}. It said: {row.args['text']}"
        if row.incident is not None:
            trouble = f"Slack refused a post in {channel}: {why(reason)}"
            services.record_trouble(row.incident, with_=row.kind, text=trouble, at=now)
        by = Person.objects.filter(pk=row.args["by"], is_bot=False).first()
        person = by or (row.incident and (row.incident.lead or row.incident.reporter))
        if person:
            where = f"{row.incident.reference}: " if row.incident else ""
            tell(person, f"⚠️ {where}{text}", key=f"refused:{row.pk}", now=now)


class MessageKind(Kind):
    """Say something in a thread, or with attachments, in any channel where we are; or change what we said there.

    args: channel, text, blocks, and perhaps thread_ts, attachments, or the ts of what is changed
    """

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        args = row.args
        call = _post(row, args["channel"], args["text"], args["blocks"], thread_ts=args.get("thread_ts", ""))
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
        return {} if refusal.error in row.args["fine"] else None


class EditKind(Kind):
    """Change what a message of ours says. args: channel, ts, text"""

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        text = limits.cut(row.args["text"], limits.SECTION)
        blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]
        args = {"channel": row.args["channel"], "ts": row.args["ts"], "text": text, "blocks": blocks}
        return Call("chat.update", args, row.args["channel"])


class ReactionKind(Kind):
    """args: channel, timestamp, name"""

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        return Call("reactions.add", row.args, row.args["channel"])

    def recover(self, row: OutboxEntry, call: Call, refusal: Refused) -> Mapping[str, Any] | None:
        return {} if refusal.error in ("already_reacted", "message_not_found") else None


class WhisperKind(Kind):
    """Say something to one person where they spoke to us, else directly. args: origin, text, blocks"""

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        return _whisper(row, row.args["text"], row.args.get("blocks", []))

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        return _note_direct_channel(call, answer)

    def refused(self, row: OutboxEntry, call: Call, refusal: Refused, now: datetime) -> bool:
        ways = ["response_url", "ephemeral", "direct"]
        position = ways.index(_way(row)) + 1
        if position == len(ways):
            return False
        row.result = {"way": ways[position]}
        return True


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
        return _whisper(row, render.declared(picture, headline_url=url), [])


class DirectKind(Kind):
    """A direct message. args: person, text"""

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        account = SlackUser.objects.filter(person=row.args["person"]).first()
        if account is None:
            return None
        return _direct(row, account, row.args["text"], [])

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        return _note_direct_channel(call, answer)


class ProfileKind(Kind):
    """Ask Slack who somebody is. args: user"""

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        return Call("users.info", {"user": row.args["user"]}, reads=True)

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        keep_user(answer["user"])
        return True


# Who waits for whom: when one of these is done, or given up, the others look again at once.
WAITING: Final[Mapping[str, tuple[str, ...]]] = {
    "declared": ("headline", "channel"),
    "welcome": WelcomeKind.BEFORE,
    "update": ("headline",),
    POST: ("channel",),
    PROMPT: ("channel",),
}


class UnknownKind(Kind):
    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        raise queue.Unknown(f"messages of the kind {row.kind}")

    def given_up(self, row: OutboxEntry, reason: str, now: datetime) -> None:
        if row.incident is not None:
            text = f"The {row.kind} was not sent: {reason}"
            services.record_trouble(row.incident, with_=row.kind, text=text, at=now)


KINDS: Final[Mapping[str, Kind]] = {
    "headline": HeadlineKind(),
    "channel": ChannelKind(),
    "topic": TopicKind(),
    "bookmark": BookmarkKind(),
    "members": MembersKind(),
    "invite": InviteKind(),
    "keep_message": KeepMessageKind(),
    "home": HomeKind(),
    "update": UpdateKind(),
    "welcome": WelcomeKind(),
    POST: PostKind(),
    PROMPT: PostKind(),
    ELSEWHERE: ElsewhereKind(),
    PROMPT_ELSEWHERE: ElsewhereKind(),
    "message": MessageKind(),
    "call": CallKind(),
    "edit": EditKind(),
    "reaction": ReactionKind(),
    "whisper": WhisperKind(),
    "declared": DeclaredKind(),
    "direct": DirectKind(),
    "profile": ProfileKind(),
}


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
        "limit": 200,
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
) -> None:
    """Say something that one person sees. `text` is mrkdwn."""
    args = {"origin": dict(origin), "text": text, "blocks": blocks or [], "in_place": in_place}
    where = origin.get("channel_id") or origin["user_id"]
    outbox.say(key=key, kind="whisper", now=now, args=args, order_key=f"whisper:{where}", priority=outbox.URGENT)


def _incident(row: OutboxEntry) -> Incident:
    if row.incident is None:
        raise ValueError(f"A {row.kind} row needs an incident")
    return row.incident


def _noted(row: OutboxEntry, name: str, default: Any) -> Any:
    return (row.result or {}).get(name, default)


def _post(row: OutboxEntry, channel: str, text: str, blocks: list[Any], *, thread_ts: str = "") -> Call:
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
            return _direct(row, SlackUser.objects.get(user_id=origin["user_id"]), text, blocks)


def _direct(row: OutboxEntry, account: SlackUser, text: str, blocks: list[Any]) -> Call:
    if not account.dm_channel_id:
        return Call("conversations.open", {"users": account.user_id})
    return _post(row, account.dm_channel_id, text, blocks)


def _note_direct_channel(call: Call, answer: Mapping[str, Any]) -> bool:
    if call.method != "conversations.open":
        return True
    SlackUser.objects.filter(user_id=call.args["users"]).update(dm_channel_id=answer["channel"]["id"])
    return False


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
    who = f" · by {escape(entry.actor.name)}" if entry.actor else ""
    text = f"✅ ~{row.args['text'].splitlines()[0]}~\n{from_markdown(entry.text)}{who}"
    outbox.say(
        key=f"settled:{row.pk}",
        kind="edit",
        now=now,
        args={**(row.result or {}), "text": text},
        order_key=f"edit:{incident.pk}",
        incident=incident,
    )


def say_update(incident: Incident, text: str, *, key: str, now: datetime) -> None:
    """Say an update in the thread of the headline, once."""
    where = f"updates:{incident.pk}"
    outbox.say(key=key, kind="update", now=now, args={"text": text}, order_key=where, incident=incident)


def invite(incident: Incident, user_ids: Iterable[str], *, key: str, now: datetime) -> None:
    """Call people into the incident's channel."""
    channel = CommsChannel.objects.get(incident=incident)
    for user_id in user_ids:
        args = {"channel": channel.channel_id, "user": user_id}
        outbox.say(
            key=f"invite:{key}:{user_id}",
            kind="invite",
            now=now,
            args=args,
            order_key=f"invite:{channel.channel_id}",
            incident=incident,
            priority=outbox.URGENT,
        )


def keep_message(incident: Incident, *, channel_id: str, ts: str, by: Person | None, now: datetime) -> None:
    """Put a message on the timeline of which we know only where it is."""
    outbox.say(
        key=f"keep:{channel_id}:{ts}:{int(now.timestamp())}",
        kind="keep_message",
        now=now,
        args={"channel": channel_id, "ts": ts, "by": by.pk if by else None},
        order_key=f"keep:{channel_id}",
        incident=incident,
    )


def draw_home(user_id: str, *, now: datetime) -> None:
    outbox.say(
        key=f"home:{user_id}:{now.timestamp():.3f}",
        kind="home",
        now=now,
        args={"user": user_id},
        order_key=f"home:{user_id}",
    )


def tell(person: Person, text: str, *, key: str, now: datetime) -> None:
    """Send a direct message, once. `text` is mrkdwn."""
    outbox.say(key=key, kind="direct", now=now, args={"person": person.pk, "text": text}, order_key=f"dm:{person.pk}")

"""The move of work to a private channel, and the clearing of the old one.

Slack doesn't let apps make a public channel private. So work moves to a new private channel, and the old one is
cleared: a neutral notice, our posts deleted, a neutral name and topic, archived. Each step is one call, and the
remaining steps are stored in the row, so work continues after a killed process. A step that Slack refuses is reported
on the timeline and postponed: the others are still done, and it is retried for a day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from incidents import services
from incidents.models import EntryKind, Incident, Link
from jobs.tiers import Tier
from slackbot.api.client import Call, Refused
from slackbot.api.error_codes import Meaning
from slackbot.directory import workspace
from slackbot.kit.words import sentence
from slackbot.models import CommsChannel, Headline, OutboxEntry
from slackbot.outbound.deliveries.channel import ChannelKind
from slackbot.outbound.deliveries.direct import tell
from slackbot.outbound.deliveries.kind import Kind, NotYet, kinds_where
from slackbot.outbound.deliveries.paging import page
from slackbot.outbound.deliveries.posting import find_said, post
from slackbot.outbound.deliveries.reasons import why
from slackbot.outbound.deliveries.rows import incident_of
from slackbot.outbound.privacy import GO_PRIVATE
from slackbot.rendering import render

NOTICE: Final = sentence("private.notice", "This channel is closed. The work continues elsewhere.")
NEUTRAL_TOPIC: Final = "Closed"

TRIED_FOR: Final = timedelta(days=1)  # how long a step is retried; then the channel is archived without it

ANSWERS_TAKE: Final = timedelta(seconds=30)  # so long the old channel stays open for the answers to commands in it

Step = list[str]  # the action, then its arguments: ["delete", channel, ts]

# Slack errors that mean that nothing is left to do.
DONE_ALREADY: Final[Mapping[str, frozenset[str]]] = {
    "delete": frozenset({"message_not_found"}),
    "unpin": frozenset({"no_pin", "not_pinned", "message_not_found"}),
    "unbookmark": frozenset({"bookmark_not_found", "not_found"}),
    "archive": frozenset({"already_archived"}),
    "replies": frozenset({"thread_not_found"}),
}
WORDS: Final[Mapping[str, str]] = {
    "notice": "post a notice in the old channel",
    "history": "read the old channel to delete our posts",
    "replies": "read a thread to delete our posts",
    "unbookmark": "remove the bookmark from the old channel",
    "topic": "clear the old channel's topic",
    "rename": "rename the old channel",
    "archive": "archive the old channel",
}


class GoPrivateKind(ChannelKind):
    """Move work to a private channel and clear the old one.

    `result` stores the remaining steps as `todo`, and those that Slack refused in this attempt as `later`.
    """

    name = GO_PRIVATE
    tier = Tier.ESSENTIAL  # people see what they must not
    runs_in_closed_channel = True
    revived_for = Kind.revived_for

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        incident = incident_of(row)
        todo = self._todo(row)
        if not todo or (todo[0][0] == "create" and not incident.private):
            return None  # it became public again before anything was moved
        step = todo[0]
        match step:
            case ["create"]:
                name = render.channel_name(incident, taken=int((row.result or {}).get("taken", 1)))
                return Call("conversations.create", {"name": name, "is_private": True})
            case ["notice", channel]:
                return post(row, channel, NOTICE(), [])
            case ["history", channel, cursor]:
                return Call("conversations.history", page(channel, cursor), channel, reads=True)
            case ["replies", channel, ts, cursor]:
                return Call("conversations.replies", {**page(channel, cursor), "ts": ts}, channel, reads=True)
            case ["delete", channel, ts]:
                return Call("chat.delete", {"channel": channel, "ts": ts}, channel)
            case ["unbookmark", channel, bookmark]:
                return Call("bookmarks.remove", {"channel_id": channel, "bookmark_id": bookmark}, channel)
            case ["topic", channel]:
                return Call("conversations.setTopic", {"channel": channel, "topic": NEUTRAL_TOPIC}, channel)
            case ["rename", channel]:
                name = f"inc-{incident.number}-closed{self._suffix(row)}"
                return Call("conversations.rename", {"channel": channel, "name": name}, channel)
            case ["archive", channel]:
                if now - row.created_at < ANSWERS_TAKE and _is_answered_in(channel):
                    raise NotYet(1)
                return Call("conversations.archive", {"channel": channel}, channel)
        raise ValueError(f"Nobody knows the step {step}")

    def _todo(self, row: OutboxEntry) -> list[Step]:
        """Return the remaining steps; at first the move, and the clearing of posts in other channels."""
        incident = incident_of(row)
        known = (row.result or {}).get("todo")
        if known is not None:
            channel = CommsChannel.of(incident)
            # An owner may have made the channel private in the meantime.
            return [each for each in known if each != ["create"] or (channel and not channel.is_private)]
        channel, headline = CommsChannel.of(incident), Headline.of(incident)
        first: list[Step] = [["create"]] if channel is not None and not channel.is_private else []
        if headline is not None:
            first.append(["replies", headline.channel_id, headline.ts, ""])
        return first + [["delete", *place] for place in self._elsewhere(row)]

    def _elsewhere(self, row: OutboxEntry) -> list[Step]:
        """Return the channel and the ts of each post in another channel."""
        elsewhere = kinds_where(lambda kind: kind.goes_elsewhere)
        posts = OutboxEntry.objects.filter(incident=incident_of(row), kind__in=elsewhere)
        results = posts.order_by("pk").values_list("result", flat=True)
        return [[each["channel"], each["ts"]] for each in results if each and "ts" in each]

    def _suffix(self, row: OutboxEntry) -> str:
        taken = int((row.result or {}).get("renamed", 0))
        return f"-{taken + 1}" if taken else ""

    def recover(self, row: OutboxEntry, call: Call, refusal: Refused) -> Mapping[str, Any] | None:
        step = self._todo(row)[0][0]
        if step == "create":
            return super().recover(row, call, refusal)
        return {"messages": []} if refusal.error in DONE_ALREADY.get(step, ()) else None

    def find_done(self, row: OutboxEntry, call: Call) -> Mapping[str, Any] | None:
        return find_said(row, call)

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        step, *rest = self._todo(row)
        if "elsewhere" not in (row.result or {}):
            self._keep(row, elsewhere=[each[1:] for each in (step, *rest) if each[0] == "delete"])
        match step:
            case ["create"]:
                moved = self._moved(incident_of(row), answer["channel"], now)
                rest = [*moved, *(each for each in rest if each not in moved)]
            case ["notice", _]:
                self._keep(row, notice=answer["ts"])
            case ["history" | "replies" as what, channel, *where]:
                rest = [*self._found(row, what, channel, where, answer), *rest]
        if not rest:  # a post may have been on its way when the incident became private
            known = (row.result or {})["elsewhere"]
            new = [place for place in self._elsewhere(row) if place not in known]
            self._keep(row, elsewhere=[*known, *new])
            rest = [["delete", *place] for place in new]
        self._keep(row, todo=rest)
        if not rest:
            self._take_up_the_postponed(row, now)
        return not (row.result or {})["todo"]

    def _moved(self, incident: Incident, made: Mapping[str, Any], now: datetime) -> list[Step]:
        """Replace the old channel by the private one; return the steps that clear the old one."""
        old = CommsChannel.objects.select_for_update().get(incident=incident)
        if old.is_private:
            return [["archive", made["id"]]]  # an owner has just made the old one private
        old_id, bookmark = old.channel_id, old.bookmark_id
        old.channel_id, old.name, old.is_private = made["id"], made["name"], True
        old.invited, old.bookmark_id = [], ""
        old.save(update_fields=["channel_id", "name", "is_private", "invited", "bookmark_id"])
        services.replace_link(
            incident,
            kind=Link.CHANNEL,
            old_url=workspace.channel_link(old_id),
            url=workspace.channel_link(made["id"]),
            label=f"#{made['name']}",
            at=now,
        )
        return [["notice", old_id], *_clear(old_id, bookmark), ["archive", old_id]]

    def _not_moved(self, incident: Incident, reason: str, now: datetime) -> list[Step]:
        """Report that there is no private channel; return the steps that clear the old one, which stays."""
        text = (
            f"Slack didn't let us create a private channel ({why(reason)}). "
            "The old channel is still public, so we stopped posting there. "
            "Create a private channel and invite the people you need."
        )
        services.record_trouble(incident, with_="privacy", text=text, at=now)
        made = incident.entries.filter(kind=EntryKind.MADE_PRIVATE).order_by("seq").last()
        person = (made and made.actor) or incident.active_lead or incident.reporter
        words = f"⚠️ {incident.reference}: {text} To try again, write `@incident private on` in the old channel."
        tell(person, words, key=f"not moved:{incident.pk}:{incident.version}", now=now, incident=incident)
        old = CommsChannel.objects.select_for_update().get(incident=incident)
        bookmark, old.bookmark_id = old.bookmark_id, ""
        old.save(update_fields=["bookmark_id"])
        return _clear(old.channel_id, bookmark)

    def _found(
        self, row: OutboxEntry, what: str, channel: str, where: Sequence[str], answer: Mapping[str, Any]
    ) -> list[Step]:
        """Return the steps after a page of messages: delete ours, read their threads, and read the next page."""
        headline, notice = Headline.of(incident_of(row)), (row.result or {}).get("notice")
        kept = {headline.ts if headline else None, notice}
        steps: list[Step] = []
        for message in answer.get("messages", []):
            if what == "history" and message.get("reply_count"):
                steps.append(["replies", channel, message["ts"], ""])
            if _is_ours(message) and message["ts"] not in kept:
                steps.append(["delete", channel, message["ts"]])
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if cursor:
            steps.append([what, channel, *where[:-1], cursor])
        return steps

    def refused(self, row: OutboxEntry, call: Call, refusal: Refused, now: datetime) -> bool:
        """Choose another name if it is taken; report any other refusal, and continue with the next step.

        Return False if all remaining steps were refused.
        """
        step, *rest = self._todo(row)
        counter = {"create": ("taken", 1), "rename": ("renamed", 0)}.get(step[0])
        if counter is not None and refusal.error == "name_taken":
            name, first = counter
            tried = int((row.result or {}).get(name, first)) + 1
            if tried < 20:
                self._keep(row, **{name: tried}, todo=[step, *rest])
                return True
        if step[0] == "create" and not (row.result or {}).get("not_moved"):
            rest = [*self._not_moved(incident_of(row), str(refusal), now), *rest]
            self._keep(row, not_moved=True)
        self._report_step(row, step[0], why(str(refusal)), now)
        self._keep(row, todo=rest)
        if step[0] == "create" or (refusal.meaning is not Meaning.FINAL and not self._is_over(row, now)):
            self._postpone(row, step if refusal.error != "invalid_cursor" else [*step[:-1], ""])
        if (row.result or {})["todo"]:
            return True
        return not self._take_up_the_postponed(row, now)

    def _is_over(self, row: OutboxEntry, now: datetime) -> bool:
        return row.refused_at is not None and now - row.refused_at > TRIED_FOR

    def _postpone(self, row: OutboxEntry, step: Step) -> None:
        """Postpone the step, and the archiving of its channel with it: an archived channel can't be changed."""
        result = row.result or {}
        later, archive = [*result.get("later", []), step], ["archive", *step[1:2]]
        if archive in result["todo"]:
            later.append(archive)
        self._keep(
            row,
            todo=[each for each in result["todo"] if each != archive],
            later=[each for each in later if each != archive] + [archive] * (archive in later),
        )

    def _take_up_the_postponed(self, row: OutboxEntry, now: datetime) -> bool:
        """Schedule the steps refused in this attempt for the next one; return whether there are any."""
        self._report_what_stays(row, now)
        later = (row.result or {}).get("later", [])
        self._keep(row, todo=later, later=[])
        return bool(later)

    def _report_step(self, row: OutboxEntry, step: str, why: str, now: datetime) -> None:
        if step == "delete":
            undeleted = (row.result or {}).get("undeleted", {})
            self._keep(row, undeleted={**undeleted, why: undeleted.get(why, 0) + 1})
        elif step != "create":
            text = f"Slack didn't let us {WORDS.get(step, step)}: {why}"
            self._report_once(row, step, text, now)

    def _report_what_stays(self, row: OutboxEntry, now: datetime) -> None:
        """Report the posts that Slack didn't let us delete, after all steps were tried."""
        if undeleted := (row.result or {}).get("undeleted"):
            count = sum(undeleted.values())
            text = f"Slack didn't let us delete {count} of our messages: {', '.join(undeleted)}"
            self._report_once(row, "delete", text, now)
            self._keep(row, undeleted={})

    def _report_once(self, row: OutboxEntry, step: str, text: str, now: datetime) -> None:
        told = (row.result or {}).get("told", [])
        if step not in told:
            services.record_trouble(incident_of(row), with_="privacy", text=text, at=now)
            self._keep(row, told=[*told, step])

    def held_up(self, row: OutboxEntry, reason: str, now: datetime) -> None:
        """Do nothing: each step was reported when it was refused."""

    def _keep(self, row: OutboxEntry, **more: Any) -> None:
        row.result = {**(row.result or {}), **more}


def _is_answered_in(channel: str) -> bool:
    """Return whether an answer to a command in this channel is still to be sent: an archived one takes none."""
    keys = [f"whisper:{channel}", f"reaction:{channel}"]
    return OutboxEntry.objects.filter(order_key__in=keys, is_open=True, refused_at=None).exists()


def _clear(channel: str, bookmark: str) -> list[Step]:
    """Return the steps that remove everything we put into a public channel."""
    unbookmark: list[Step] = [["unbookmark", channel, bookmark]] if bookmark else []
    return [*unbookmark, ["topic", channel], ["history", channel, ""], ["rename", channel]]


def _is_ours(message: Mapping[str, Any]) -> bool:
    """Return whether we can delete the message: it is our post, not a notice of Slack's about us."""
    place = workspace.present()
    if place is None:
        return False
    ours = message.get("bot_id") == place.bot_id or message.get("user") == place.bot_user_id
    return ours and message.get("subtype") in (None, "bot_message", "thread_broadcast")

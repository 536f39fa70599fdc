"""Notify people who lead, have a role or own an action item: in the channel, or directly if they aren't there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from slack_sdk.models.blocks import Block, MarkdownTextObject, SectionBlock

from incidents import access, queries, services
from incidents.access import Act
from incidents.models import EntryKind, Incident, Person, Role, TimelineEntry
from slackbot.api.client import Call, Refused
from slackbot.api.mrkdwn import from_markdown, link, literal
from slackbot.directory.people import mention
from slackbot.kit.contexts import Post
from slackbot.kit.words import Mrkdwn, sentence
from slackbot.models import CommsChannel, LastSaid, OutboxEntry, SlackUser
from slackbot.outbound import closures, outbox
from slackbot.outbound.deliveries.direct import DirectKind, direct, tell
from slackbot.outbound.deliveries.kind import NotYet, register
from slackbot.outbound.deliveries.places import speaking_channel
from slackbot.outbound.deliveries.post import say_in_channel
from slackbot.outbound.deliveries.reasons import why
from slackbot.rendering.render import buttons_block, document_url, take_lead_button

ASSIGNED: Final = "assigned"
LEADS: Final = sentence("assigned.lead", "{by} made you the lead of {incident}.")
ROLE: Final = sentence("assigned.role", "{by} made you {role} of {incident}.")
ACTION: Final = sentence("assigned.action", "{by} gave you an action item in {incident}: {text}")
JOIN: Final = sentence("assigned.join", "To take part, join {channel}.")
ASK: Final = sentence("assigned.ask", "Its channel is private: ask {by} to invite you.")
OWNS: Final = sentence("assigned.owns", "📝 {owner} owns this action item: {text}")
NO_ACCOUNT: Final = sentence(
    "assigned.no_account", "⚠️ {incident}: {person} has no Slack account. Tell them that you gave them a task."
)
NOT_TOLD: Final = sentence(
    "assigned.not_told",
    "⚠️ {incident}: Slack didn't let us send {person} a direct message ({why}). Tell them that you gave them a task.",
)
WHO_LEADS: Final = sentence("departed.who_leads", "Who takes the lead?")
WHO_TAKES_OVER: Final = sentence(
    "departed.who_takes_over", "Who takes over? `@incident role` and `@incident action` show what is affected."
)
SOMEBODY: Final = "Response"
MENTIONED: Final = re.compile(r"<@([A-Z0-9]+)")


class AssignedKind(DirectKind):
    """Check whether somebody is in the incident's channel, and send them a direct message if not.

    args: person, text, by, entry, and what to post in the channel if they are there: post, or ""
    """

    CHANNEL_PATIENCE: Final = timedelta(seconds=30)
    INVITED_PATIENCE: Final = timedelta(seconds=10)

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        incident, account = row.incident, SlackUser.objects.filter(person=row.args["person"]).first()
        noted = row.result or {}
        if incident is None or account is None or noted.get("inside"):
            return None
        if not access.may(account.person, Act.SEE, incident):
            return None
        place = speaking_channel(incident)
        if place is not None and closures.waits_for_people(place):
            return direct(row, account, row.args["text"], [])
        waited = now - row.created_at
        if place is None and waited < self.CHANNEL_PATIENCE and queries.channel_is_requested(incident):
            raise NotYet(2)
        if place is None or noted.get("inside") is False:
            by = Person.objects.filter(pk=row.args["by"]).first()
            return direct(row, account, f"{row.args['text']}{_way_in(place, by)}", [])
        is_invited = account.person in (incident.lead, incident.reporter)
        if is_invited and account.user_id not in place.invited and waited < self.INVITED_PATIENCE:
            raise NotYet(1)
        query: dict[str, Any] = {"channel": place.channel_id, "limit": 200}
        query |= {"cursor": noted["cursor"]} if noted.get("cursor") else {}
        return Call("conversations.members", query, place.channel_id, reads=True)

    def recover(self, row: OutboxEntry, call: Call, refusal: Refused) -> Mapping[str, Any] | None:
        return {"members": []} if call.method == "conversations.members" else None

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        if call.method != "conversations.members":
            return super().sent(row, call, answer, now)
        account = SlackUser.objects.filter(person=row.args["person"]).first()
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        is_inside = account is not None and account.user_id in answer["members"]
        if cursor and not is_inside:
            row.result = {"cursor": cursor}
            return False
        row.result = {"inside": is_inside}
        if not is_inside:
            return False
        incident = row.incident
        was_mentioned = account is not None and _was_mentioned(row.args["entry"], account)
        if row.args["post"] and incident and not was_mentioned:
            say_in_channel(incident, Post(row.args["post"]), key=f"owns:{row.args['entry']}", now=now)
        return True

    def given_up(self, row: OutboxEntry, reason: str, now: datetime) -> None:
        """Notify the person who gave the task, because they assume that the other knows."""
        by = Person.objects.filter(pk=row.args["by"], is_bot=False).first()
        person = Person.objects.filter(pk=row.args["person"]).first()
        if by is not None and person is not None and row.incident is not None:
            text = NOT_TOLD(incident=row.incident.reference, person=person.name, why=Mrkdwn(why(reason)))
            tell(by, text, key=f"not told:{row.pk}", now=now, incident=row.incident)


def must_be_mentioned(entry: TimelineEntry) -> bool:
    """Return whether the post about an entry must mention its person, because nothing else notifies them."""
    person = assignee(entry)
    if person is None or person == entry.actor or entry.is_redacted:
        return False
    account = SlackUser.of(person)
    return account is not None and not _was_mentioned(entry.pk, account)


def note_mentions(made: Sequence[int], text: str, *, now: datetime) -> None:
    """Record whom Slack has notified of these entries: those whom the message with their commands mentions."""
    users = set(MENTIONED.findall(text))
    keys = [_mention_key(pk, user) for pk in made for user in users]
    LastSaid.objects.bulk_create([LastSaid(key=key, said_at=now) for key in keys], ignore_conflicts=True)


def _was_mentioned(entry: int, account: SlackUser) -> bool:
    return LastSaid.objects.filter(key=_mention_key(entry, account.user_id)).exists()


def _mention_key(entry: int, user_id: str) -> str:
    return f"{outbox.COMMAND}{entry} mentioned {user_id}"


def notify(incident: Incident, entry: TimelineEntry, now: datetime) -> None:
    """Notify the person to whom an entry gives something, unless they did it themselves. A projector's rule."""
    person = assignee(entry)
    if person is None or person == entry.actor or not person.can_respond or entry.is_redacted:
        return
    if SlackUser.of(person) is None:
        if entry.actor is not None:
            text = NO_ACCOUNT(incident=incident.reference, person=person.name)
            tell(entry.actor, text, key=f"no account:{entry.pk}", now=now, incident=incident)
        return
    outbox.say(
        key=f"assigned:{entry.pk}",
        kind=ASSIGNED,
        now=now,
        args={
            "person": person.pk,
            "text": _text(incident, entry),
            "by": entry.actor.pk if entry.actor else None,
            "entry": entry.pk,
            "post": _post(entry, person),
        },
        order_key=f"dm:{person.pk}",
        incident=incident,
    )


def ask_who_takes_over(incident: Incident, entry: TimelineEntry, now: datetime) -> None:
    """Ask in the channel, once, when somebody with a role or action items was deactivated. A projector's rule."""
    if entry.data.get("with") != services.DEPARTURE or entry.is_redacted:
        return
    outbox.draw(incident, "headline", *(["topic"] if CommsChannel.of(incident) else []), now=now)
    if not incident.is_open:
        return
    led = Role.LEAD in entry.data.get("roles", [])
    text = f"⚠️ {from_markdown(entry.text)}. {WHO_LEADS() if led else WHO_TAKES_OVER()}"
    if CommsChannel.of(incident) is None:
        tell(incident.active_lead or incident.reporter, text, key=f"departed:{entry.pk}", now=now, incident=incident)
        return
    blocks: list[Block] = [SectionBlock(text=MarkdownTextObject(text=text))]
    until: list[str] = []
    if led:
        blocks.append(buttons_block(incident, [take_lead_button()]))
        until = [EntryKind.LEAD_ASSIGNED, *EntryKind.endings()]
    post = Post(text, blocks, until=until)
    say_in_channel(incident, post, key=f"departed:{entry.pk}", now=now)


def assignee(entry: TimelineEntry) -> Person | None:
    """Return the person to whom an entry gives the lead, a role or an action item."""
    match entry.kind:
        case EntryKind.LEAD_ASSIGNED:
            key = entry.data.get("lead")
        case EntryKind.ROLE_ASSIGNED:
            key = entry.data.get("person")
        case EntryKind.ACTION_ADDED:
            key = entry.data.get("owner")
        case _:
            key = None
    return Person.objects.filter(pk=key).first() if key else None


def mention_in_channel(incident: Incident, entry: TimelineEntry, now: datetime) -> None:
    """Post who leads or has a role, with a mention: Slack doesn't notify anybody of a mention that an edit adds."""
    person, text = assignee(entry), from_markdown(entry.text)
    if person is not None and text.startswith(literal(person.name)):
        text = f"{mention(person)}{text.removeprefix(literal(person.name))}"
    who = f" · by {literal(entry.actor.name)}" if entry.actor else ""
    say_in_channel(incident, Post(f"{text}{who}"), key=f"told:{entry.pk}", now=now)


def _text(incident: Incident, entry: TimelineEntry) -> str:
    by = Mrkdwn(mention(entry.actor)) if entry.actor else SOMEBODY
    named = Mrkdwn(link(document_url(incident), f"{incident.reference} {incident.title}"))
    match entry.kind:
        case EntryKind.LEAD_ASSIGNED:
            text = LEADS(by=by, incident=named)
        case EntryKind.ROLE_ASSIGNED:
            role = Role.objects.filter(key=entry.data.get("role")).first()
            text = ROLE(by=by, incident=named, role=role.name.lower() if role else str(entry.data.get("role")))
        case _:
            text = ACTION(by=by, incident=named, text=Mrkdwn(from_markdown(entry.text)))
    return text


def _way_in(channel: CommsChannel | None, by: Person | None) -> str:
    """Return a line on how to join the channel; "" without a channel."""
    if channel is None:
        return ""
    named = Mrkdwn(mention(by)) if by else SOMEBODY
    how = ASK(by=named) if channel.is_private else JOIN(channel=Mrkdwn(f"<#{channel.channel_id}>"))
    return f"\n{how}"


def _post(entry: TimelineEntry, person: Person) -> str:
    if entry.kind != EntryKind.ACTION_ADDED:
        return ""  # the sentence about the lead, or a role, mentions them
    return OWNS(owner=Mrkdwn(mention(person)), text=Mrkdwn(from_markdown(entry.text)))


register(ASSIGNED, AssignedKind())

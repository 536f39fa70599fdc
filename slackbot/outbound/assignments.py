"""Notify people who lead, have a role or own an action item: in the channel, or directly if they aren't there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from slack_sdk.models.blocks import Block, MarkdownTextObject, SectionBlock

from incidents import services
from incidents.models import EntryKind, Incident, Role, TimelineEntry
from people.models import Person
from slackbot.api.mrkdwn import from_markdown, link, literal
from slackbot.directory.people import mention
from slackbot.kit.effects import Post
from slackbot.kit.words import Mrkdwn, sentence
from slackbot.models import CommsChannel, LastSaid, SlackUser
from slackbot.outbound import outbox, topics
from slackbot.outbound.deliveries.direct import tell
from slackbot.outbound.deliveries.post import say_in_channel
from slackbot.rendering.render import buttons_block, document_url, take_lead_button

ASSIGNED: Final = "assigned"
LEADS: Final = sentence("assigned.lead", "{by} made you the lead of {incident}.")
ROLE: Final = sentence("assigned.role", "{by} made you {role} of {incident}.")
ACTION: Final = sentence("assigned.action", "{by} gave you an action item in {incident}: {text}")
OWNS: Final = sentence("assigned.owns", "📝 {owner} owns this action item: {text}")
NO_ACCOUNT: Final = sentence(
    "assigned.no_account",
    "⚠️ {incident}: {person} has no Slack account, so we couldn't notify them. Tell them what you assigned to them.",
)
WHO_LEADS: Final = sentence("departed.who_leads", "Who takes the lead?")
WHO_TAKES_OVER: Final = sentence(
    "departed.who_takes_over", "Who takes over? `@incident role` and `@incident action` show what is affected."
)
SOMEBODY: Final = "Response"
MENTIONED: Final = re.compile(r"<@([A-Z0-9]+)")


def must_be_mentioned(entry: TimelineEntry) -> bool:
    """Return whether the post about an entry must mention its person, because nothing else notifies them."""
    person = assignee(entry)
    if person is None or person == entry.actor or entry.is_redacted:
        return False
    account = SlackUser.of(person)
    return account is not None and not was_mentioned(entry.pk, account)


def note_mentions(made: Sequence[TimelineEntry], text: str, *, now: datetime) -> None:
    """Record whom Slack has notified of these entries: those whom the message with their commands mentions.

    Entries that give nothing to anybody are left out.
    """
    users = set(MENTIONED.findall(text))
    keys = [_mention_key(entry.pk, user) for entry in made if entry.details.given_to() for user in users]
    LastSaid.objects.bulk_create([LastSaid(key=key, said_at=now) for key in keys], ignore_conflicts=True)


def was_mentioned(entry: int, account: SlackUser) -> bool:
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
    topics.draw_with_headline(incident, now=now)
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
    key = entry.details.given_to()
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


def _post(entry: TimelineEntry, person: Person) -> str:
    if entry.kind != EntryKind.ACTION_ADDED:
        return ""  # the sentence about the lead, or a role, mentions them
    return OWNS(owner=Mrkdwn(mention(person)), text=Mrkdwn(from_markdown(entry.text)))

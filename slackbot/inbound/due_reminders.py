"""Hand due reminders to their handlers.

What is due is claimed by a conditional update and handed to the inbox in the same transaction, so any number of
schedulers asks once; the inbox then runs the handler like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import F
from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, SectionBlock

from incidents.models import Incident
from slackbot.api import limits
from slackbot.inbound import inbox
from slackbot.kit import switches
from slackbot.kit.effects import Effects
from slackbot.kit.registry import registry
from slackbot.kit.words import sentence
from slackbot.models import Reminder
from slackbot.outbound import reminders, topics
from slackbot.rendering import render

QUIET_BUTTON: Final = sentence("button.quiet", "🔕 Pause for an hour", limit=limits.BUTTON)


def hand_over_due(now: datetime) -> int:
    """Give what is due to the inbox; return how many."""
    due = reminders.due(now)
    done = sum(topics.is_due(reminder, now=now) for reminder in due if reminder.handler == topics.TOPIC)
    asked = [reminder for reminder in due if reminder.handler != topics.TOPIC]
    if asked and switches.reminders_are_off():
        return done
    return done + sum(_hand_over(reminder, now) for reminder in asked)


@transaction.atomic
def _hand_over(reminder: Reminder, now: datetime) -> bool:
    handler = registry.notifications[reminder.handler]
    claim = Reminder.objects.filter(pk=reminder.pk, due_at=reminder.due_at, is_open=True)
    # Should this look come to nothing (its handler is given up, say), there is a next one.
    again = now + max(handler.every or reminders.LOOK_AGAIN, reminders.LOOK_AGAIN)
    if not claim.update(due_at=again, looks=F("looks") + 1):
        return False
    inbox.hand_over(
        {"reminder": reminder.pk, "look": reminder.looks + 1},
        key=f"reminder:{reminder.pk}:{reminder.looks + 1}",
        order_key=inbox.order_of(f"reminders:{reminder.incident_id}", handler),
        handler=handler,
        now=now,
    )
    return True


def add_mute_button(effects: Effects, incident: Incident) -> None:
    """Every reminder can be silenced where it stands."""
    button = ButtonElement(text=QUIET_BUTTON.plain(), action_id=render.QUIET_REMINDERS, value="60")
    about = f"incident-{incident.number}"  # in another channel, the block's id says whose button it is
    effects.posts = [
        replace(post, blocks=_beside(post.blocks or [SectionBlock(text=post.text)], button, about=about))
        for post in effects.posts
    ]


def _beside(blocks: Sequence[Block], button: ButtonElement, *, about: str) -> list[Block]:
    """Lay the button beside those of the incident that the reminder ends with, or below all."""
    last = blocks[-1]
    row = (isinstance(last, ActionsBlock) and last.block_id) or about
    if isinstance(last, ActionsBlock) and len(last.elements) < limits.ACTIONS and f"{row}-".startswith(f"{about}-"):
        together = ActionsBlock(block_id=row, elements=[])
        together.elements = [*last.elements, button]
        return [*blocks[:-1], together]
    return [*blocks, ActionsBlock(elements=[button], block_id=f"{about}-quiet")]

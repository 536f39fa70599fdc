"""Nobody takes the lead? Call somebody further up every ten minutes, until somebody says that they are on it."""

from __future__ import annotations

from datetime import timedelta

from slack_sdk.models.blocks import ActionsBlock, SectionBlock

from incidents import queries, services
from incidents.models import EntryKind
from people.models import Person
from slackbot.plugins import (
    SKIP,
    ActionContext,
    Button,
    CommandContext,
    IncidentError,
    NotificationContext,
    Skip,
    action_handler,
    escape,
    incident_command,
    mention,
    recurring_notification,
    setting_list,
)

ESCALATION = setting_list("ESCALATION", help="The e-mail addresses of whom to call, level by level, with commas.")


def levels() -> list[Person]:
    """Return who is called, in order. Whoever left the company is passed over."""
    people = {person.email: person for person in queries.responders()}
    return [people[address] for address in ESCALATION.value if address in people]


@recurring_notification(after=timedelta(minutes=15), every=timedelta(minutes=10), times=5)
def nobody_took_the_lead(ctx: NotificationContext) -> Skip | None:
    called = levels()[ctx.turn - 1 : ctx.turn]
    if ctx.incident.lead is not None or not called:
        return SKIP
    call(ctx, called[0])
    return None


@incident_command("escalate", usage="<level>", help="page the person of a level; without one, of the first")
def escalate(ctx: CommandContext) -> str:
    people = levels()
    level = ctx.plain or "1"
    if not level.isdecimal() or not 1 <= int(level) <= len(people):
        raise IncidentError(f"There is no level {level}. There are {len(people)}.")
    called = people[int(level) - 1]
    call(ctx, called)
    return f"{escape(called.name)} is called."


def call(ctx: NotificationContext | CommandContext, person: Person) -> None:
    incident = ctx.incident
    ctx.tell(person, f"⏫ {incident.reference} *{escape(incident.title)}* needs somebody who decides. Can you?")
    text = f"⏫ This incident has no lead. {mention(person)}, can you take the lead?"
    button = Button(text="🙋 I am on it", action_id="on-it", style="primary")
    blocks = [SectionBlock(text=text), ActionsBlock(elements=[button])]
    ctx.post(text, blocks=blocks, until=[EntryKind.LEAD_ASSIGNED, *EntryKind.endings()])


@action_handler("on-it")
def on_it(ctx: ActionContext) -> None:
    services.assign_lead(ctx.incident, to=ctx.actor, by=ctx.actor, at=ctx.now)

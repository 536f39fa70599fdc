"""`@incident private`: hide an incident from everybody who does not belong to it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from slack_sdk.models.blocks import ActionsBlock, MarkdownTextObject, SectionBlock

from incidents import queries, services
from incidents.models import Incident
from people.errors import WrongState
from people.models import Person
from slackbot.outbound import privacy
from slackbot.plugins import (
    ActionContext,
    Button,
    CommandContext,
    Dialog,
    DialogContext,
    IncidentError,
    PeopleChoice,
    UsageError,
    action_handler,
    arguments,
    channels,
    dialog_handler,
    incident_command,
    limits,
    literal,
    sentence,
    slack_ids,
)

MAKE_PRIVATE: Final = "make-private"
MOST: Final = 100  # people that the form takes
NAMED: Final = 50  # people in an answer
BUTTON: Final = sentence("button.make_private", "🔒 Make private…", limit=limits.BUTTON)
AGAIN: Final = "This incident is private, but its channel isn't. We're trying again to create a private channel."
ALWAYS: Final = "You, the reporter and people with a role can always see it."
NOT_SHOWN: Final = " {count} more participants don't fit in this form. They can still see it, too."
STAYS: Final = (
    "{reference} is visible to everyone again. Its channel stays private; add people with `@incident invite @someone`."
)
IS_PRIVATE: Final = "{reference} is now private. These people can see it: {names}. "
CONSEQUENCES: Final = (
    "We're moving the work to a new private channel, deleting our posts in the old one and archiving it. "
    "Slack can't undo everything: the archived channel stays readable, its rename and topic notices keep the old "
    "words, and messages that people wrote stay. Ask a workspace owner to make the old channel private or delete it."
)
NO_CHANNEL: Final = "We can't delete what people wrote about it in other channels."
KEPT: Final = (
    "Its channel is already private, so we're keeping it. We can't delete what people wrote in other channels."
)


@incident_command(
    "private",
    usage="<on|off> [@someone …]",
    help="hide the incident from everyone but its participants; `off` makes it visible to everyone",
    asks=lambda text: _question(text.partition(" ")[0].lower()),
)
def private(ctx: CommandContext) -> str | None:
    wish, _, people = ctx.text.partition(" ")
    match wish.lower():
        case "":
            return _show(ctx)
        case "on" | "yes":
            if ctx.incident.private and privacy.try_again(ctx.incident, key=ctx.key, now=ctx.now):
                return AGAIN
            chosen = ctx.people(people) if people.strip() else None
            if ctx.incident.private and chosen:
                raise WrongState(f"{ctx.incident.reference} is already private. Use `@incident invite` to add people.")
            return _make_private(ctx.incident, ctx, members=chosen)
        case "off" | "no" if not people.strip():
            services.make_public(ctx.incident, by=ctx.actor, at=ctx.now)
            channel = channels.channel_of(ctx.incident)
            return STAYS.format(reference=ctx.incident.reference) if channel and channel.is_private else None
    extra = arguments.as_said(people if wish.lower() in ("off", "no") else ctx.text)
    raise UsageError(f"This command can't use “{extra}”. Use `@incident private on` or `@incident private off`.")


def _question(wish: str) -> str:
    if wish in ("on", "yes"):
        return "Make {reference} private"
    return "Make {reference} public" if wish in ("off", "no") else ""


def _show(ctx: CommandContext) -> str | None:
    incident = ctx.incident
    if incident.private:
        names = _insiders(incident)
        return (
            f"This incident is private. These people can see it: {names}. "
            "Add people with `@incident invite @someone`. Show it to everyone with `@incident private off`."
        )
    text = "This incident is visible to everyone. Use `@incident private on` to limit it to participants."
    section = SectionBlock(text=MarkdownTextObject(text=text))
    button = Button(text=BUTTON.plain(), action_id=MAKE_PRIVATE)
    ctx.reply(text, blocks=[section, ActionsBlock(block_id=f"incident-{incident.number}-private", elements=[button])])
    return None


def _dialog(incident: Incident) -> Dialog:
    inside = queries.people_inside(incident)
    ids = dict(list(slack_ids(inside).items())[:MOST])
    hidden = len(inside) - len(ids)
    return Dialog(
        id=MAKE_PRIVATE,
        title=f"Make {incident.reference} private",
        submit="Make private",
        intro=[SectionBlock(text=MarkdownTextObject(text=_consequences(incident)))],
        fields=[
            PeopleChoice(
                name="people",
                label="Who can see it?",
                hint=ALWAYS + (NOT_SHOWN.format(count=hidden) if hidden else ""),
                values=list(ids.values()),
                at_most=MOST,
                optional=True,
            )
        ],
        incident_number=incident.number,
        state={"preselected": list(ids), "hidden": bool(hidden)},
    )


@action_handler(MAKE_PRIVATE)
def clicked(ctx: ActionContext) -> None:
    ctx.open_dialog(_dialog(ctx.incident))


@dialog_handler(MAKE_PRIVATE)
def chosen(ctx: DialogContext) -> str:
    if ctx.incident is None:
        raise IncidentError("This form is no longer linked to an incident. Open it again.")
    offered = {pk for pk in ctx.state.get("preselected", []) if isinstance(pk, int)}
    members = ctx.people("people")
    if ctx.state.get("hidden"):
        members += [person for person in queries.people_inside(ctx.incident) if person.pk not in offered]
        offered |= {person.pk for person in members}
    return _make_private(ctx.incident, ctx, members=members, preselected=offered)


def _make_private(
    incident: Incident,
    ctx: CommandContext | DialogContext,
    *,
    members: list[Person] | None,
    preselected: Collection[int] = (),
) -> str:
    services.make_private(incident, by=ctx.actor, at=ctx.now, members=members, preselected=preselected)
    return IS_PRIVATE.format(reference=incident.reference, names=_insiders(incident)) + _consequences(incident)


def _insiders(incident: Incident) -> str:
    """Name the people who can see a private incident, and why they can unless somebody invited them."""
    insiders = queries.insiders(incident)
    names = ", ".join(
        literal(str(each.person)) + (f" ({literal(', '.join(each.reasons).lower())})" if each.member is None else "")
        for each in insiders[:NAMED]
    )
    names += f" and {len(insiders) - NAMED} more" if len(insiders) > NAMED else ""
    return names


def _consequences(incident: Incident) -> str:
    """Say what happens in Slack, and what Slack can't take back."""
    channel = channels.channel_of(incident)
    if channel is None:
        return NO_CHANNEL
    return KEPT if channel.is_private else CONSEQUENCES

"""Follow who is in an incident's channel: members of a private one belong to the incident while they are in it."""

from __future__ import annotations

from typing import Any

from incidents import access, services
from incidents.models import Activity, Incident
from people.models import Person
from slackbot.models import CommsChannel
from slackbot.outbound import closures, headline_channel, privacy
from slackbot.plugins import EventContext, events, slack_event


@slack_event(events.MemberJoined, headlines=True)
def joined(ctx: EventContext[events.MemberJoined]) -> None:
    if ctx.event.is_about_us:
        headline_channel.note_change(ctx.event.channel_id, now=ctx.now)
    if ctx.incident is None or ctx.actor is None:
        return
    privacy.note_coming_or_going(ctx.incident)
    if ctx.event.is_about_us:
        closed = CommsChannel.objects.filter(incident=ctx.incident).exclude(closed_as="", frozen_at=None)
        if closed.exists():
            closures.reopen(ctx.incident, now=ctx.now)
        elif ctx.incident.private:
            privacy.read_roster(ctx.incident, now=ctx.now)
    elif _decides(ctx.incident, ctx.actor) and (ctx.incident.private or _is_invited(ctx, ctx.incident)):
        services.admit_from_channel(ctx.incident, person=ctx.actor, at=ctx.now)
    if not ctx.actor.is_bot:
        services.record_participation(ctx.incident, person=ctx.actor, at=ctx.now, sign=Activity.Kind.JOINED)


@slack_event(events.MemberLeft, headlines=True)
def left(ctx: EventContext[events.MemberLeft]) -> None:
    if ctx.event.is_about_us:
        _we_left(ctx)
    if ctx.incident is None or ctx.actor is None:
        return
    privacy.note_coming_or_going(ctx.incident)
    # Now, as long as they may see the incident.
    services.record_activity(ctx.incident, person=ctx.actor, kind=Activity.Kind.LEFT, at=ctx.now)
    if not ctx.event.is_about_us and _is_its_own(ctx.incident) and not ctx.actor.is_bot:
        services.remove_member(ctx.incident, person=ctx.actor, at=ctx.now)


@slack_event(events.AppLeft, headlines=True)
def we_left(ctx: EventContext[events.AppLeft]) -> None:
    _we_left(ctx)


@slack_event(events.ChannelMadePrivate)
def converted(ctx: EventContext[events.ChannelMadePrivate]) -> None:
    """Keep the channel if a workspace owner made it private, because no other one is needed."""
    if ctx.incident is not None:
        CommsChannel.objects.filter(incident=ctx.incident).update(is_private=True)
        privacy.note_coming_or_going(ctx.incident)
        privacy.read_roster(ctx.incident, now=ctx.now)
        if ctx.incident.private:
            closures.furnish(ctx.incident, now=ctx.now)


def _decides(incident: Incident, person: Person) -> bool:
    """Return whether joining the channel gives access. Going private reads the whole list of members.

    A guest of a public channel counts only when somebody who may change the incident invited them.
    """
    return not person.is_bot and (incident.private or person.is_guest) and _is_its_own(incident)


def _is_its_own(incident: Incident) -> bool:
    """Return False for the old public channel of a private incident, whose members don't belong to the incident."""
    channel = CommsChannel.of(incident)
    return channel is not None and (channel.is_private or not incident.private)


def _is_invited(ctx: EventContext[events.MemberJoined], incident: Incident) -> bool:
    inviter = ctx.event.inviter_id
    return bool(inviter) and access.may(ctx.person(inviter), access.CHANGE, incident)


def _we_left(ctx: EventContext[Any]) -> None:
    """Warn that we no longer see who joins and leaves. The people who were in the channel keep their access."""
    headline_channel.note_change(ctx.event.channel_id, now=ctx.now)
    if ctx.incident is not None:
        closures.close(ctx.incident, closures.REMOVED, now=ctx.now)

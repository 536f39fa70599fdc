"""What docs/plugins.md promises of Slack's events, incident events and reminders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from incidents import services
from incidents.models import EntryKind, Incident, Kind
from slackbot.models import InboxEntry
from slackbot.plugins import (
    SKIP,
    EventContext,
    IncidentEventContext,
    NotificationContext,
    SaidMessage,
    Skip,
    events,
    incident_event,
    recurring_notification,
    single_notification,
    slack_event,
)
from slackbot.testing import Actor, Workspace

pytestmark = [pytest.mark.in_this_process, pytest.mark.usefixtures("registers")]


def test_all_handlers_hear_an_event_and_one_that_fails_stops_no_other(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    heard: list[str] = []

    @slack_event("reaction_added")
    def first(ctx: EventContext) -> None:
        heard.append("first")
        raise ZeroDivisionError

    @slack_event("reaction_added")
    def second(ctx: EventContext) -> None:
        assert ctx.actor is not None
        assert ctx.incident is not None
        heard.append(f"{ctx.actor.name} {ctx.event['reaction']} {ctx.incident.reference}")

    said = ada.says("Look", in_=incident)
    ada.does("reaction.add", channel=workspace.channel(incident).id, ts=said.ts, name="eyes")

    assert "Ada Lovelace eyes INC-1" in heard
    workspace.after(minutes=1)
    assert heard.count("first") == 5
    assert heard.count("Ada Lovelace eyes INC-1") == 1


def test_only_incident_channels_unless_anywhere_and_any_type(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    heard: list[str] = []

    @slack_event("something_new")
    def inside(ctx: EventContext) -> None:
        heard.append("inside")

    @slack_event("something_new", anywhere=True)
    def everywhere(ctx: EventContext) -> None:
        heard.append(f"everywhere {ctx.incident}")

    for channel in ("C0GENERAL", workspace.channel(incident).id):
        workspace.sandbox.control("event", event={"type": "something_new", "channel": channel}, channel=channel)
        workspace.settle()

    assert sorted(heard) == ["everywhere INC-1 Checkout returns 500s", "everywhere None", "inside"]


def test_subtypes_choose_and_a_channels_events_come_in_order(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    said: list[str] = []
    edited: list[str] = []

    @slack_event("message", subtypes=[None])
    def ordinary(ctx: EventContext) -> None:
        said.append(ctx.event["text"])

    @slack_event("message", subtypes=["message_changed"])
    def changed(ctx: EventContext) -> None:
        edited.append(ctx.event["message"]["text"])

    messages = [ada.says(word, in_=incident) for word in ("one", "two", "three")]
    ada.does("message.edit", channel=workspace.channel(incident).id, ts=messages[0].ts, text="uno")

    assert said == ["one", "two", "three"]
    assert edited == ["uno"]


def test_a_class_chooses_its_type_and_subtypes_and_types_the_event(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    heard: list[str] = []

    @slack_event(events.MessagePosted)
    def posted(ctx: EventContext[events.MessagePosted]) -> None:
        heard.append(f"{ctx.event.text} {ctx.event.posted_at:%Y}")

    @slack_event(events.MessageEdited, events.MessageDeleted)
    def changed(ctx: EventContext) -> None:
        match ctx.event:
            case events.MessageEdited(message=SaidMessage() as message):
                heard.append(f"edited: {message.plain}")
            case events.MessageDeleted(ts=ts):
                heard.append(f"deleted: {ts}")

    channel = workspace.channel(incident).id
    said = ada.says("one", in_=incident)
    ada.does("message.edit", channel=channel, ts=said.ts, text="*uno*")
    ada.does("message.delete", channel=channel, ts=said.ts)

    assert heard == [f"one {timezone.now():%Y}", "edited: uno", f"deleted: {said.ts}"]


def test_an_event_with_a_class_still_reads_like_slacks_dict(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    heard: list[Mapping[str, object]] = []

    @slack_event("reaction_added")
    def reacted(ctx: EventContext) -> None:
        assert isinstance(ctx.event, events.ReactionAdded)
        assert {**ctx.event} == ctx.event == ctx.raw
        assert ctx.event["item"]["ts"] == ctx.event.ts
        assert ctx.event.get("no such thing", "nothing") == "nothing"
        assert ctx.person(ctx.event.user_id) == ctx.actor
        heard.append(ctx.raw)

    said = ada.says("Look", in_=incident)
    ada.does("reaction.add", channel=workspace.channel(incident).id, ts=said.ts, name="eyes")

    assert [each["reaction"] for each in heard] == ["eyes"]


@pytest.mark.parametrize("event", [{"type": "message"}, {"type": "message", "ts": "x"}, {"type": "something_new"}])
def test_what_a_class_cannot_read_is_a_plain_event_for_a_handler_that_names_the_type(
    workspace: Workspace, incident: Incident, event: dict[str, str]
) -> None:
    heard: list[events.SlackEvent] = []

    @slack_event(event["type"])
    def hear(ctx: EventContext) -> None:
        heard.append(ctx.event)

    channel = workspace.channel(incident).id
    workspace.sandbox.control("event", event={**event, "channel": channel}, channel=channel)
    workspace.settle()

    assert [type(each) for each in heard] == [events.SlackEvent]
    assert heard[0]["type"] == event["type"]


def test_what_a_class_cannot_read_fails_like_a_handler_and_stops_no_other(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    heard: list[str] = []

    @slack_event(events.ChannelRenamed)
    def renamed(ctx: EventContext[events.ChannelRenamed]) -> None:
        heard.append(ctx.event.name)

    channel = workspace.channel(incident).id
    for about in (channel, {"id": channel, "name": "inc-1-renamed"}):
        workspace.sandbox.control("event", event={"type": "channel_rename", "channel": about}, channel=channel)
    workspace.settle()
    workspace.after(hours=1)

    assert heard == ["inc-1-renamed"]
    assert InboxEntry.objects.filter(handler__endswith="renamed", given_up_at__isnull=False).count() == 2


def test_an_incident_event_is_heard_from_every_door_with_its_entry(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor
) -> None:
    heard: list[tuple[str, str, str]] = []

    @incident_event(EntryKind.SEVERITY_CHANGED, EntryKind.LEAD_ASSIGNED)
    def hear(ctx: IncidentEventContext) -> None:
        assert ctx.entry.actor is not None
        heard.append((ctx.entry.kind, ctx.entry.actor.name, ctx.incident.reference))

    ada.says("@incident severity major", in_=incident)
    services.assign_lead(incident, to=grace.person, by=grace.person, at=timezone.now())  # as the web does it
    workspace.settle()

    assert heard == [("severity_changed", "Ada Lovelace", "INC-1"), ("lead_assigned", "Grace Hopper", "INC-1")]


@pytest.mark.parametrize("kind", EntryKind.values)
def test_every_kind_of_entry_can_be_listened_for(kind: str) -> None:
    def hear(ctx: IncidentEventContext) -> None: ...

    assert incident_event(kind)(hear) is hear


# Reminders ------------------------------------------------------------------------------------------------------------


def test_a_single_one_speaks_once_and_a_skip_uses_no_turn(workspace: Workspace, ada: Actor) -> None:
    asked: list[int] = []

    @single_notification(after=timedelta(minutes=30))
    def patient(ctx: NotificationContext) -> Skip | None:
        asked.append(ctx.turn)
        if len(asked) < 3:
            return SKIP
        ctx.post("At last.")
        return None

    incident = services.declare_incident(title="Search is slow", reporter=ada.person, at=timezone.now())
    workspace.settle()
    workspace.after(minutes=29)
    assert asked == []

    workspace.after(hours=12)
    assert asked == [1, 1, 1]
    assert sum("At last." in text for text in workspace.channel(incident).texts) == 1


def test_kinds_choose_which_incidents_are_asked_about(workspace: Workspace, ada: Actor) -> None:
    asked: list[str] = []

    @recurring_notification(every=timedelta(hours=1), times=2, kinds=[Kind.DRILL])
    def drill(ctx: NotificationContext) -> None:
        asked.append(ctx.incident.title)

    for kind in (Kind.LIVE, Kind.DRILL):
        services.declare_incident(title=kind, reporter=ada.person, at=timezone.now(), kind=kind)
    workspace.settle()
    workspace.after(hours=5)

    assert asked == ["drill", "drill"]


def test_the_first_may_come_sooner_than_the_next(workspace: Workspace, ada: Actor) -> None:
    asked: list[datetime] = []

    @recurring_notification(every=timedelta(hours=3), times=3, after=timedelta(minutes=20))
    def ask(ctx: NotificationContext) -> None:
        asked.append(ctx.now)

    services.declare_incident(title="Search is slow", reporter=ada.person, at=timezone.now())
    began = timezone.now()
    workspace.settle()
    workspace.after(days=1)

    assert [round((moment - began).total_seconds() / 60) for moment in asked] == [20, 200, 380]

"""What a handler says reaches where it is to go, whichever context it was given: no argument is ignored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest
from slack_sdk.models.blocks import SectionBlock

from incidents import services
from incidents.models import Incident
from slackbot.models import InboxEntry, OutboxEntry
from slackbot.plugins import (
    ActionContext,
    Button,
    CommandContext,
    Dialog,
    DialogContext,
    EventContext,
    IncidentEventContext,
    KeywordContext,
    NotificationContext,
    Text,
    action_handler,
    dialog_handler,
    headline_action,
    incident_command,
    incident_event,
    keyword_handler,
    recurring_notification,
    single_notification,
    slack_event,
)
from slackbot.testing import Actor, Workspace

pytestmark = [pytest.mark.in_this_process, pytest.mark.usefixtures("registers")]

HERE: Final = "Said here"
THERE: Final = "Said there"
FORM: Final = Dialog(id="form", title="Form", fields=[Text(name="what", label="What", optional=True)])


def speak(ctx: Any) -> None:
    ctx.post("words for notifications", blocks=[SectionBlock(text=HERE)], until=["resolved"])
    ctx.post("words for notifications", blocks=[SectionBlock(text=THERE)], until=["resolved"], channel="#customer-ops")


def by_command() -> Callable[[Workspace, Incident, Actor], None]:
    @incident_command("speak", help="")
    def command(ctx: CommandContext) -> None:
        speak(ctx)

    return lambda workspace, incident, ada: _ignore(ada.says("@incident speak", in_=incident))


def by_slash_command() -> Callable[[Workspace, Incident, Actor], None]:
    by_command()
    return lambda workspace, incident, ada: _ignore(ada.says("/incident speak", in_=incident))


def by_keyword() -> Callable[[Workspace, Incident, Actor], None]:
    @keyword_handler("speak")
    def keyword(ctx: KeywordContext) -> None:
        speak(ctx)

    return lambda workspace, incident, ada: _ignore(ada.says("speak", in_=incident))


def by_click() -> Callable[[Workspace, Incident, Actor], None]:
    _button("speak")

    @action_handler("speak")
    def action(ctx: ActionContext) -> None:
        speak(ctx)

    return lambda workspace, incident, ada: ada.clicks("speak")


def by_background_click() -> Callable[[Workspace, Incident, Actor], None]:
    _button("speak")

    @action_handler("speak", background=True)
    def action(ctx: ActionContext) -> None:
        speak(ctx)

    return lambda workspace, incident, ada: ada.clicks("speak")


def by_dialog() -> Callable[[Workspace, Incident, Actor], None]:
    @incident_command("speak", help="")
    def command(ctx: CommandContext) -> None:
        fields = [Text(name="what", label="What", optional=True)]
        ctx.open_dialog(Dialog(id="speak", title="Speak", fields=fields, incident_number=ctx.incident.number))

    @dialog_handler("speak")
    def dialog(ctx: DialogContext) -> None:
        speak(ctx)

    def act(workspace: Workspace, incident: Incident, ada: Actor) -> None:
        ada.says("/incident speak", in_=incident)
        ada.submits()

    return act


def by_event() -> Callable[[Workspace, Incident, Actor], None]:
    @slack_event("reaction_added")
    def event(ctx: EventContext) -> None:
        speak(ctx)

    def act(workspace: Workspace, incident: Incident, ada: Actor) -> None:
        said = ada.says("Look", in_=incident)
        ada.does("reaction.add", channel=workspace.channel(incident).id, ts=said.ts, name="eyes")

    return act


def by_incident_event() -> Callable[[Workspace, Incident, Actor], None]:
    @incident_event("lead_assigned")
    def event(ctx: IncidentEventContext) -> None:
        speak(ctx)

    return lambda workspace, incident, ada: _ignore(ada.says("@incident lead me", in_=incident))


def by_single_notification() -> Callable[[Workspace, Incident, Actor], None]:
    @single_notification(after=timedelta(minutes=3))
    def reminder(ctx: NotificationContext) -> None:
        speak(ctx)

    return lambda workspace, incident, ada: workspace.after(minutes=4)


def by_recurring_notification() -> Callable[[Workspace, Incident, Actor], None]:
    @recurring_notification(every=timedelta(minutes=3), times=1)
    def reminder(ctx: NotificationContext) -> None:
        speak(ctx)

    return lambda workspace, incident, ada: workspace.after(minutes=4)


def _ignore(_: object) -> None: ...


def _button(action_id: str) -> None:
    @headline_action(order=1)
    def button(incident: Incident) -> Button:
        return Button(text=action_id, action_id=action_id)


WAYS = [
    by_command,
    by_slash_command,
    by_keyword,
    by_click,
    by_background_click,
    by_dialog,
    by_event,
    by_incident_event,
    by_single_notification,
    by_recurring_notification,
]


@pytest.fixture
def act(request: pytest.FixtureRequest) -> Callable[[Workspace, Incident, Actor], None]:
    """Register the handler before the incident is declared."""
    found: Callable[[Workspace, Incident, Actor], None] = request.param()
    return found


@pytest.mark.parametrize("act", WAYS, indirect=True, ids=lambda way: way.__name__)
def test_a_post_goes_to_its_channel_with_its_blocks_and_is_settled(
    act: Callable[[Workspace, Incident, Actor], None], workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    ada.does("channel.create", name="customer-ops")
    act(workspace, incident, ada)

    def said(place: Any) -> list[str]:
        return [text for text in workspace.channel(place).texts if HERE in text or THERE in text]

    assert [HERE in text for text in said(incident)] == [True]
    assert [THERE in text for text in said("#customer-ops")] == [True]

    ada.says("@incident resolve Done", in_=incident)
    for place in (incident, "#customer-ops"):
        assert sum(text.startswith("✅ ~words for") for text in workspace.channel(place).texts) == 1, place


def test_a_reminder_in_another_channel_can_be_silenced_there(
    workspace: Workspace, ada: Actor, request: pytest.FixtureRequest
) -> None:
    by_single_notification()
    incident: Incident = request.getfixturevalue("incident")
    ada.does("channel.create", name="customer-ops")
    workspace.after(minutes=4)
    ada.clicks("Pause for an hour", in_="#customer-ops")

    assert "Reminders are paused here until" in ada.told(in_="#customer-ops")
    incident.refresh_from_db()
    assert incident.comms_channel.quiet_until is not None


def _reply(ctx: Any) -> None:
    ctx.reply("words for notifications", blocks=[SectionBlock(text="The blocks")])


def test_a_reply_keeps_its_blocks_after_a_keyword(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    @keyword_handler("speak")
    def keyword(ctx: KeywordContext) -> None:
        _reply(ctx)

    ada.says("speak", in_=incident)

    assert ada.told(in_=incident) == "The blocks"


@pytest.mark.parametrize("words", ["/incident speak", "@incident speak"])
def test_a_reply_beside_a_dialog_is_said(workspace: Workspace, incident: Incident, ada: Actor, words: str) -> None:
    @incident_command("speak", help="")
    def command(ctx: CommandContext) -> None:
        _reply(ctx)
        ctx.open_dialog(FORM)

    ada.says(words, in_=incident)

    assert ada.told(in_=incident) == "The blocks"


def test_only_contexts_that_can_open_a_dialog_have_the_method() -> None:
    able = [CommandContext, ActionContext, DialogContext]
    unable = [KeywordContext, EventContext, IncidentEventContext, NotificationContext]

    assert [hasattr(context, "open_dialog") for context in [*able, *unable]] == [True] * 3 + [False] * 4


@pytest.mark.parametrize("method", ["open_dialog", "push_dialog"])
def test_a_dialog_in_the_background_is_a_mistake_that_is_told(
    workspace: Workspace, incident: Incident, ada: Actor, method: str
) -> None:
    @incident_command("speak", help="")
    def command(ctx: CommandContext) -> None:
        ctx.open_dialog(FORM)

    @dialog_handler("form", background=True)
    def form(ctx: DialogContext) -> None:
        getattr(ctx, method)(FORM)

    ada.says("/incident speak", in_=incident)
    ada.submits()

    assert "can't open a dialog" in InboxEntry.objects.get(kind="background").error


@pytest.mark.parametrize("until", [["exploded"], "closed", ["resolved", "x"]])
def test_an_event_that_never_comes_is_a_mistake_that_is_named(
    workspace: Workspace, incident: Incident, ada: Actor, until: Any
) -> None:
    @incident_event("lead_assigned")
    def event(ctx: IncidentEventContext) -> None:
        ctx.post("Said", until=until)

    ada.says("@incident lead me", in_=incident)

    assert "isn't an incident event" in InboxEntry.objects.get(kind="incident_event").error


def test_a_post_for_no_incident_must_name_a_channel(workspace: Workspace, ada: Actor) -> None:
    @slack_event("reaction_added", anywhere=True)
    def event(ctx: EventContext) -> None:
        ctx.post("Said to nobody")

    said = ada.says("Look", in_="#incidents")
    ada.does("reaction.add", channel=workspace.channel("#incidents").id, ts=said.ts, name="eyes")

    assert "Name a channel" in InboxEntry.objects.get(handler__endswith="event").error


def test_people_are_invited_to_the_channel_if_there_is_one(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor
) -> None:
    @incident_command("call-in", help="")
    def command(ctx: CommandContext) -> None:
        ctx.invite([grace.person])

    ada.says("@incident call-in", in_=incident)

    assert grace.id in workspace.channel(incident).members


def test_a_message_of_which_only_the_place_is_known_is_kept(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    said = ada.says("The deploy began", in_=incident)

    @incident_command("keep", help="")
    def command(ctx: CommandContext) -> None:
        ctx.keep_message(workspace.channel(incident).id, said.ts)

    ada.says("@incident keep", in_=incident)

    assert [pin.text for pin in incident.pins.all()] == ["The deploy began"]


def test_who_declares_by_a_plugin_is_answered_with_links(workspace: Workspace, ada: Actor) -> None:
    @incident_command("outage", help="", anywhere=True)
    def command(ctx: CommandContext) -> None:
        made = services.declare_incident(title="Everything is down", reporter=ctx.actor, at=ctx.now)
        ctx.reply_declared(made)

    ada.says("/incident outage", in_="#general")
    workspace.settle()

    assert "INC-1 is declared: *Everything is down*" in ada.told(in_="#general")


def test_a_home_tab_is_drawn_again(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    @incident_command("refresh", help="")
    def command(ctx: CommandContext) -> None:
        ctx.redraw_home(ctx.actor)

    ada.says("@incident refresh", in_=incident)

    assert OutboxEntry.objects.filter(kind="home", args={"user": ada.id}, is_open=False).exists()


@pytest.mark.parametrize("ask", [lambda ctx: ctx.invite([ctx.actor]), lambda ctx: ctx.keep_message("C1", "1.0")])
def test_what_needs_an_incident_is_a_mistake_without_one(
    workspace: Workspace, ada: Actor, ask: Callable[[EventContext], None]
) -> None:
    @slack_event("reaction_added", anywhere=True)
    def event(ctx: EventContext) -> None:
        ask(ctx)

    said = ada.says("Look", in_="#incidents")
    ada.does("reaction.add", channel=workspace.channel("#incidents").id, ts=said.ts, name="eyes")

    assert "This call has no incident" in InboxEntry.objects.get(handler__endswith="event").error

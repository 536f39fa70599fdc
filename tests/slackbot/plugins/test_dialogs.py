"""What docs/plugins.md promises of buttons and dialogs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time

import pytest
from slack_sdk.models.blocks import SectionBlock

from incidents.models import Incident
from slackbot.plugins import (
    ActionContext,
    Button,
    ChannelChoice,
    Checkboxes,
    Choice,
    CommandContext,
    Day,
    Dialog,
    DialogContext,
    IncidentError,
    Moment,
    Paragraph,
    PeopleChoice,
    PersonChoice,
    SearchChoice,
    Text,
    TimeOfDay,
    action_handler,
    dialog_handler,
    headline_action,
    incident_command,
)
from slackbot.testing import Actor, FormRefused, Workspace

pytestmark = [pytest.mark.in_this_process, pytest.mark.usefixtures("registers")]

COLOURS: list[tuple[str, str] | tuple[str, str, str]] = [("r", "Red"), ("g", "Green", "like grass"), ("b", "Blue")]


def opens(dialog: Dialog) -> None:
    """Register `/incident ask`, which opens the dialog."""

    @incident_command("ask", help="ask", anywhere=True)
    def ask(ctx: CommandContext) -> None:
        ctx.open_dialog(dialog)


def every_field() -> Dialog:
    moment = datetime(2026, 11, 21, 12, tzinfo=UTC)
    fields = [
        Text(name="line", label="Line", value="a", max_length=20),
        Paragraph(name="lines", label="Lines", value="b\nc"),
        Choice(name="colour", label="Colour", options=COLOURS, value="g"),
        SearchChoice(name="service", label="Service"),
        Checkboxes(name="several", label="Several", options=COLOURS, values=["r"]),
        PersonChoice(name="who", label="Who?", value="U0ADA"),
        PeopleChoice(name="crowd", label="Crowd", values=["U0ADA"], at_most=2),
        ChannelChoice(name="place", label="Place", value="C0GENERAL"),
        Day(name="day", label="Day", value=date(2026, 11, 20)),
        TimeOfDay(name="hour", label="Hour", value="09:30"),
        Moment(name="moment", label="Moment", value=moment),
    ]
    return Dialog(id="all", title="All of them", fields=fields, state={"kept": [1, 2]})


def services_like(words: str) -> list[tuple[str, str]]:
    return [(name, name.title()) for name in ("payments", "search", "sign-in") if words.lower() in name]


def test_every_field_has_its_default_takes_its_value_and_gives_it_typed(
    workspace: Workspace, ada: Actor, grace: Actor
) -> None:
    got: dict[str, object] = {}
    opens(every_field())

    @dialog_handler("all", searches={"service": services_like})
    def read(ctx: DialogContext) -> str:
        texts = {name: ctx.text(name) for name in ("line", "lines", "colour", "service", "place", "day", "hour")}
        got.update(texts, several=ctx.choices("several"), who=ctx.person("who"), crowd=ctx.people("crowd"))
        got.update(moment=ctx.moment("moment"), kept=ctx.state["kept"], incident=ctx.incident)
        return "Read."

    ada.says("/incident ask")
    assert ada.dialog_values == {
        "line": "a",
        "lines": "b\nc",
        "colour": "g",
        "service": "",
        "several": "r",
        "who": "U0ADA",
        "crowd": "U0ADA",
        "place": "C0GENERAL",
        "day": "2026-11-20",
        "hour": "09:30",
        "moment": "1795262400",
    }
    assert ada.types("s", into="service") == ["Payments", "Search", "Sign-In"]
    ada.submits(
        {
            "Line": "x",
            "lines": "y\nz",
            "colour": "Blue",
            "service": "pay",
            "several": ["Red", "Blue"],
            "who": grace,
            "crowd": [ada, grace],
            "place": "#random",
            "day": date(2026, 12, 24),
            "hour": time(14, 5),
            "moment": datetime(2026, 12, 24, 18, tzinfo=UTC),
        }
    )

    assert got == {
        "line": "x",
        "lines": "y\nz",
        "colour": "b",
        "service": "payments",
        "several": ["r", "b"],
        "who": grace.person,
        "crowd": [ada.person, grace.person],
        "place": workspace.channel("#random").id,
        "day": "2026-12-24",
        "hour": "14:05",
        "moment": datetime(2026, 12, 24, 18, tzinfo=UTC),
        "kept": [1, 2],
        "incident": None,
    }
    assert ada.told() == "Read."


def test_limits_are_slacks_clients_and_optional_fields_may_stay_empty(workspace: Workspace, ada: Actor) -> None:
    got: list[object] = []
    opens(
        Dialog(
            id="few",
            title="T" * 40,  # longer than Slack takes: cut, not refused
            fields=[
                Text(name="short", label="Short", max_length=3),
                PeopleChoice(name="crowd", label="Crowd", optional=True, at_most=1),
                Moment(name="moment", label="Moment", optional=True),
            ],
        )
    )

    @dialog_handler("few")
    def read(ctx: DialogContext) -> None:
        got.extend([ctx.text("short"), ctx.people("crowd"), ctx.moment("moment"), ctx.person("none")])

    ada.says("/incident ask")
    with pytest.raises(FormRefused, match="short: This entry can be at most 3"):
        ada.submits({"short": "long"})
    with pytest.raises(FormRefused, match="crowd: Please choose at most 1"):
        ada.submits({"short": "ok", "crowd": [ada, Actor(workspace, "U0GRACE")]})
    ada.submits({"short": "ok", "crowd": []})

    assert got == ["ok", [], None, None]


def test_all_that_is_wrong_stands_under_its_field_and_what_was_typed_stays(workspace: Workspace, ada: Actor) -> None:
    seen: list[str] = []
    opens(Dialog(id="two", title="Two", fields=[Text(name="a", label="A"), Text(name="b", label="B")]))

    def check(ctx: DialogContext) -> Mapping[str, str]:
        return {name: f"{name} is no number." for name in ("a", "b") if not ctx.text(name).isdigit()}

    @dialog_handler("two", validate=check)
    def read(ctx: DialogContext) -> None:
        if ctx.text("a") == "13":
            raise IncidentError("Thirteen brings bad luck.")
        seen.append(ctx.text("a") + ctx.text("b"))

    ada.says("/incident ask")
    with pytest.raises(FormRefused) as refusal:
        ada.submits({"a": "x", "b": "y"})
    assert refusal.value.errors == {"a": "a is no number.", "b": "b is no number."}

    with pytest.raises(FormRefused) as refusal:
        ada.submits({"a": "13", "b": "2"})
    assert refusal.value.errors == {"a": "Thirteen brings bad luck."}

    ada.submits({"a": "1"})  # b was typed before
    assert seen == ["12"]


def test_a_refusal_of_a_dialog_without_fields_is_told_to_the_person(workspace: Workspace, ada: Actor) -> None:
    opens(Dialog(id="sure", title="Are you sure?", intro=[SectionBlock(text="Really?")], fields=[], submit="Yes"))

    @dialog_handler("sure")
    def refuse(ctx: DialogContext) -> None:
        raise IncidentError("Too late for that.")

    ada.says("/incident ask")
    ada.submits()

    assert "Too late for that." in ada.told()


def test_a_step_takes_the_place_of_the_one_before_or_lies_on_top_of_it(workspace: Workspace, ada: Actor) -> None:
    done: list[str] = []
    opens(Dialog(id="one", title="One", fields=[Text(name="x", label="X")]))

    @dialog_handler("one")
    def one(ctx: DialogContext) -> None:
        ctx.open_dialog(Dialog(id="two", title="Two", fields=[Text(name="y", label="Y")], state={"x": ctx.text("x")}))

    @dialog_handler("two")
    def two(ctx: DialogContext) -> None:
        ctx.push_dialog(Dialog(id="three", title="Three", fields=[Text(name="z", label="Z")]))
        done.append(f"two {ctx.state['x']} {ctx.text('y')}")

    @dialog_handler("three")
    def three(ctx: DialogContext) -> None:
        done.append(f"three {ctx.text('z')}")

    ada.says("/incident ask")
    ada.submits({"x": "1"})
    assert ada.dialog["title"]["text"] == "Two"
    ada.submits({"y": "2"})
    assert ada.dialog["title"]["text"] == "Three"
    ada.submits({"z": "3"})

    assert ada.dialog["title"]["text"] == "Two"
    assert done == ["two 1 2", "three 3"]


def test_a_dialog_that_slack_did_not_open_can_be_opened_again(workspace: Workspace, ada: Actor) -> None:
    workspace.expected_refusals.add("expired_trigger_id")
    opens(Dialog(id="one", title="One", fields=[Text(name="x", label="X")]))
    workspace.sandbox.control(
        "faults", rules=[{"method": "views.open", "fault": "error:expired_trigger_id", "times": 1}]
    )

    ada.says("/incident ask")
    assert "didn't open the form" in ada.told()
    ada.clicks("Try again", in_="#general")

    assert ada.dialog["title"]["text"] == "One"


def test_a_search_that_fails_finds_nothing_and_the_person_can_type_on(workspace: Workspace, ada: Actor) -> None:
    opens(Dialog(id="find", title="Find", fields=[SearchChoice(name="it", label="It", min_length=1)]))

    def find(words: str) -> list[tuple[str, str]]:
        return [("ab", "Ab")] if words == "ab" else [][1]

    @dialog_handler("find", searches={"it": find})
    def found(ctx: DialogContext) -> None: ...

    ada.says("/incident ask")

    assert ada.types("a", into="it") == []
    assert ada.types("ab", into="it") == ["Ab"]


# Buttons --------------------------------------------------------------------------------------------------------------


def test_a_button_knows_its_value_its_message_and_its_incident(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor
) -> None:
    seen: list[object] = []

    @headline_action(order=1)
    def button(incident: Incident) -> Button:
        return Button(text="Count", action_id="count", value="41")

    @action_handler("count")
    def count(ctx: ActionContext) -> str:
        seen.extend([ctx.value, ctx.incident.number, ctx.actor.name, ctx.message is not None])
        return "Counted."

    ada.says("@incident severity minor", in_=incident)
    ada.clicks("Count")

    assert seen == ["41", incident.number, "Ada Lovelace", True]
    assert ada.told(in_="#incidents") == "Counted."
    assert grace.told(in_="#incidents") == ""


def test_a_click_that_is_refused_is_answered_to_the_clicker(incident: Incident, ada: Actor) -> None:
    @headline_action(order=1)
    def button(incident: Incident) -> Button:
        return Button(text="Refuse", action_id="refuse")

    @action_handler("refuse")
    def refuse(ctx: ActionContext) -> None:
        raise IncidentError("Not today.")

    ada.says("@incident severity minor", in_=incident)
    ada.clicks("Refuse")

    assert ada.told(in_="#incidents") == "❓ Not today."


def test_headline_buttons_stand_in_order_hide_and_do_without_one_that_raises(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    @headline_action(order=2)
    def late(incident: Incident) -> Button:
        return Button(text="Second", action_id="second")

    @headline_action(order=1)
    def early(incident: Incident) -> Button:
        return Button(text="First", action_id="first")

    @headline_action(order=3)
    def hidden(incident: Incident) -> Button | None:
        return None if incident.severity else Button(text="Hidden", action_id="hidden")

    @headline_action(order=4)
    def broken(incident: Incident) -> Button:
        raise ZeroDivisionError

    ada.says("@incident severity minor", in_=incident)
    buttons = workspace.headline(incident).buttons

    assert buttons[:2] == ["First", "Second"]
    assert "Hidden" not in buttons
    assert any("Resolve" in button for button in buttons)

"""What plugin authors stumble over: a mistake is named where it is made, and tests show what production shows."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from slack_sdk.models.blocks import ActionsBlock, Option, OverflowMenuElement, StaticSelectElement, UserSelectElement

from incidents.models import Incident
from slackbot import plugins
from slackbot.kit.declarations import RegistrationError
from slackbot.kit.registry import registry
from slackbot.models import InboxEntry
from slackbot.plugins import (
    ActionContext,
    Button,
    Checkboxes,
    Choice,
    Choices,
    CommandContext,
    Dialog,
    DialogContext,
    IncidentEventContext,
    Text,
    action_handler,
    dialog_handler,
    headline_action,
    http,
    incident_command,
    incident_event,
    incident_of,
    slack_event,
)
from slackbot.testing import Actor, OtherSystem, Workspace

pytestmark = [pytest.mark.in_this_process, pytest.mark.usefixtures("registers")]

ROOT = Path(__file__).resolve().parents[3]
MANY = [(f"s{number}", f"Service {number}") for number in range(250)]


# Other systems -------------------------------------------------------------------------------------------------------


def test_a_call_in_the_background_reaches_the_other_system(
    workspace: Workspace, incident: Incident, ada: Actor, other_system: OtherSystem
) -> None:
    @incident_event("lead_assigned", background=True)
    def tell(ctx: IncidentEventContext) -> None:
        answer = http.call(
            "POST", other_system.url, json={"lead": 1}, idempotency_key=ctx.idempotency_key, internal=True
        )
        ctx.post(f"The other system answered {answer.json()}.")

    other_system.answers = [503, (201, 7)]
    ada.says("@incident lead me", in_=incident)

    assert [asked.body for asked in other_system.asked] == [{"lead": 1}] * 2
    assert len({asked.key for asked in other_system.asked}) == 1
    assert workspace.channel(incident).shows("The other system answered 7.")


def test_a_call_in_a_transaction_is_refused_with_the_way_out(
    incident: Incident, ada: Actor, other_system: OtherSystem
) -> None:
    @headline_action(order=160)
    def button(incident: Incident) -> Button:
        return Button(text="Call", action_id="call")

    @action_handler("call")
    def called(ctx: ActionContext) -> None:
        http.call("GET", other_system.url, internal=True)

    ada.says("@incident lead me", in_=incident)
    ada.clicks("Call")

    assert "in a plugin, set background=True on the handler." in ada.told(in_="#incidents")
    assert other_system.asked == []


# Incident events in the background -----------------------------------------------------------------------------------


def test_an_incident_event_in_the_background_is_run_again_with_the_same_key(
    workspace: Workspace, incident: Incident, ada: Actor, other_system: OtherSystem
) -> None:
    @incident_event("lead_assigned", background=True)
    def tell(ctx: IncidentEventContext) -> None:
        urlopen(Request(other_system.url, b"{}", {"Idempotency-Key": ctx.idempotency_key}), timeout=5).close()
        ctx.post("The other system knows.")

    other_system.answers = [500, 503]
    ada.says("@incident lead me", in_=incident)
    workspace.after(seconds=10)
    ada.says("@incident lead @grace", in_=incident)

    keys = [asked.key for asked in other_system.asked]
    assert len(keys) == 4
    assert len(set(keys[:3])) == 1
    assert keys[3] != keys[0]
    assert workspace.channel(incident).texts.count("The other system knows.") == 2


# Choices -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", [Choice, Choices, Checkboxes])
def test_every_option_can_be_chosen_however_many_there_are(
    workspace: Workspace, ada: Actor, field: type[Choice] | type[Choices]
) -> None:
    got: list[object] = []
    chosen = {"value": "s222"} if field is Choice else {"values": ["s222"]}
    asked = field(name="service", label="Service", options=MANY, **chosen)

    @incident_command("ask", help="", anywhere=True)
    def ask(ctx: CommandContext) -> None:
        ctx.open_dialog(Dialog(id="many", title="Many", fields=[asked]))

    @dialog_handler("many")
    def many(ctx: DialogContext) -> None:
        got.append(ctx.text("service") or ctx.choices("service"))

    ada.says("/incident ask")
    assert ada.dialog_values == {"service": "s222"}
    ada.submits()
    ada.says("/incident ask")
    ada.submits({"service": "Service 249" if field is Choice else ["Service 249", "Service 100"]})

    assert got == (["s222", "s249"] if field is Choice else [["s222"], ["s249", "s100"]])


@pytest.mark.parametrize("field", [Choice, Choices, Checkboxes])
def test_nothing_to_choose_from_is_said(workspace: Workspace, ada: Actor, field: type[Choice] | type[Choices]) -> None:
    got: list[object] = []

    @incident_command("ask", help="", usage="must", anywhere=True)
    def ask(ctx: CommandContext) -> None:
        empty = field(name="service", label="Service", options=[], optional=not ctx.text)
        ctx.open_dialog(Dialog(id="few", title="Few", fields=[empty, Text(name="why", label="Why")]))

    @dialog_handler("few")
    def few(ctx: DialogContext) -> None:
        got.append((ctx.text("service"), ctx.choices("service"), ctx.text("why")))

    ada.says("/incident ask")
    assert "Service: there is nothing to choose from." in ada.dialog_text
    ada.submits({"why": "Because"})
    ada.says("/incident ask must")

    assert got == [("", [], "Because")]
    assert ada.told().startswith("❓ There is nothing to choose from for “Service”.")


@pytest.mark.parametrize(
    "options", [[("", "None")], [("x" * 151, "Long")], [(f"s{number}", "x") for number in range(1001)]]
)
def test_options_that_slack_does_not_take_are_a_mistake(options: list[tuple[str, str]]) -> None:
    with pytest.raises(ValueError, match="service"):
        Choice(name="service", label="Service", options=options)


def test_two_fields_of_one_name_are_a_mistake() -> None:
    fields = [Text(name="why", label="Why"), Text(name="why", label="Why not")]

    with pytest.raises(ValueError, match="Two fields of the dialog 'd' have the name 'why'"):
        Dialog(id="d", title="D", fields=fields).view(origin={})


# Handlers that a loop makes ------------------------------------------------------------------------------------------


def test_handlers_made_in_a_loop_each_serve_their_own(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    for team in ("payments", "search", "platform"):

        @incident_command(f"page-{team}", help="")
        def page(ctx: CommandContext, team: str = team) -> str:
            return f"{team} is paged"

    for team in ("payments", "search", "platform"):
        ada.says(f"@incident page-{team}", in_=incident)
        assert ada.told(in_=incident) == f"{team} is paged"


def test_their_ids_do_not_depend_on_their_order() -> None:
    def made(names: list[str]) -> set[str]:
        for name in names:

            @action_handler(name)
            def click(ctx: ActionContext) -> None: ...

        return {registry.actions[name].id for name in names}

    ids = made(["one", "two", "three"])

    assert len(ids) == 3
    assert all(re.search(r"\.click\[(one|two|three)\]$", each) for each in ids)
    assert set(registry.by_id) >= ids


def test_those_that_nothing_tells_apart_are_refused_with_a_way_out() -> None:
    def twice() -> None:
        for _ in range(2):

            @slack_event("pin_added")
            def hear(ctx: object) -> None: ...

    with pytest.raises(RegistrationError, match="set its __qualname__ before you decorate it"):
        twice()


# What a test sees ----------------------------------------------------------------------------------------------------


def _fails() -> None:
    raise ZeroDivisionError("a mistake in the plugin")


@pytest.mark.parametrize("way", ["slash", "click", "dialog", "validate"])
def test_a_failing_handler_is_told_in_a_test_as_in_production(
    workspace: Workspace, ada: Actor, request: pytest.FixtureRequest, way: str
) -> None:
    @incident_command("ask", help="")
    def ask(ctx: CommandContext) -> None:
        if way == "slash":
            _fails()
        ctx.open_dialog(Dialog(id="form", title="Form", fields=[Text(name="why", label="Why", value="x")]))

    @headline_action(order=1)
    def button(incident: Incident) -> Button:
        return Button(text="Fail", action_id="fail")

    @action_handler("fail")
    def fail(ctx: ActionContext) -> None:
        _fails()

    def check(ctx: DialogContext) -> dict[str, str]:
        if way == "validate":
            _fails()
        return {}

    @dialog_handler("form", validate=check, background=way == "validate")
    def form(ctx: DialogContext) -> None:
        _fails()

    incident: Incident = request.getfixturevalue("incident")
    if way == "click":
        ada.clicks("Fail")
        told = ada.told(in_="#incidents")
    elif way in ("dialog", "validate"):
        ada.says("/incident ask", in_=incident)
        with pytest.raises(Exception, match="`form` failed: ZeroDivisionError") as refusal:
            ada.submits()
        told = str(refusal.value)
    else:
        ada.says("/incident ask", in_=incident)
        told = ada.told(in_=incident)

    assert "failed: ZeroDivisionError: a mistake in the plugin." in told
    assert "ZeroDivisionError" in InboxEntry.objects.filter(given_up_at__isnull=False).latest("pk").error


def test_a_person_chooses_from_a_menu_in_a_message(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor
) -> None:
    options = [Option(value=value, label=label) for value, label in (("p", "Payments"), ("s", "Search"))]

    @incident_command("ask", help="")
    def ask(ctx: CommandContext) -> None:
        menus = [
            StaticSelectElement(placeholder="Which team?", action_id="team", options=options),
            UserSelectElement(placeholder="Who?", action_id="who"),
            OverflowMenuElement(action_id="more", options=options),
        ]
        ctx.post("Choose", blocks=[ActionsBlock(elements=menus)])

    got: list[str] = []
    for name in ("team", "who", "more"):

        @action_handler(name)
        def chosen(ctx: ActionContext, name: str = name) -> None:
            got.append(f"{name} {ctx.value}")

    ada.says("@incident ask", in_=incident)
    ada.chooses("Search", from_="Which team?", in_=incident)
    ada.chooses(grace, from_="who", in_=incident)
    ada.chooses("Payments", from_="more", in_=incident)

    assert got == ["team s", f"who {grace.id}", "more p"]
    with pytest.raises(AssertionError, match="There is no menu 'Colour'"):
        ada.chooses("Red", from_="Colour", in_=incident)


def test_another_system_answers_with_a_body(other_system: OtherSystem) -> None:
    other_system.answers = [(201, {"id": 7}), (200, "plain words"), 204]

    def ask() -> tuple[int, str]:
        with urlopen(Request(other_system.url, b'{"a": 1}', {"X-Token": "t"}), timeout=5) as answer:
            return answer.status, answer.read().decode()

    status, body = ask()
    assert (status, json.loads(body)) == (201, {"id": 7})
    assert ask() == (200, "plain words")
    assert ask() == (204, "")
    assert other_system.asked[0].headers["x-token"] == "t"


def test_tests_of_a_plugin_that_is_not_loaded_are_refused_before_its_models_are_imported(tmp_path: Path) -> None:
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "conftest.py").write_text('pytest_plugins = ["slackbot.testing.fixtures"]\n', encoding="utf-8")
    model = "from django.db import models\n\n\nclass Page(models.Model):\n    text = models.TextField()\n"
    (folder / "models.py").write_text(model, encoding="utf-8")
    (folder / "slack_handlers.py").write_text("from acme.models import Page\n", encoding="utf-8")
    test = "from acme.models import Page\n\n\ndef test_it(workspace):\n    Page()\n"
    (folder / "test_acme.py").write_text(test, encoding="utf-8")
    settings = ["-c", str(ROOT / "examples/pytest.ini"), "--rootdir", str(tmp_path)]
    environment = {**os.environ, "RESPONSE_PLUGINS": "", "PYTHONPATH": f"{ROOT}:{tmp_path}"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *settings, str(folder)]
    ended = subprocess.run(command, cwd=ROOT, env=environment, text=True, capture_output=True, timeout=300, check=False)

    assert "RESPONSE_PLUGINS does not name acme: run this with RESPONSE_PLUGINS=acme" in ended.stdout
    assert "RuntimeError" not in ended.stdout + ended.stderr


# Names ---------------------------------------------------------------------------------------------------------------


def test_what_belongs_to_no_incident_is_refused_with_a_sentence(workspace: Workspace, ada: Actor) -> None:
    @incident_command("which", help="", anywhere=True)
    def which(ctx: CommandContext) -> str:
        return incident_of(ctx).reference

    ada.says("/incident which")

    assert ada.told() == "❓ This isn't linked to an incident. Use it in an incident channel."


def test_every_name_that_the_docs_import_or_call_can_be_imported() -> None:
    page = (ROOT / "docs/plugins.md").read_text(encoding="utf-8")
    table = page.partition("### Fields of a dialog")[2].partition("`Dialog(state=")[0]
    fields = re.findall(r"^\| `(\w+)\(", table, flags=re.MULTILINE)
    decorators = re.findall(r"^\| `@(\w+)\(", page, flags=re.MULTILINE)
    imported = re.findall(r"from slackbot\.plugins import ([\w, ]+)", page)

    named = {*fields, *decorators, *(name.strip() for names in imported for name in names.split(","))}
    assert len(named) > 20
    assert {name for name in named if not hasattr(plugins, name)} == set()

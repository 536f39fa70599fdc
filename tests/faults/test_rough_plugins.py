"""A plugin that raises, hangs, returns rubbish, ends its process or eats memory never stops the rest."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from slackbot.testing.server import Sandbox, running_sandbox
from slackbot.testing.workspace import Message
from tests.faults.person import Person, soon
from tests.processes import running_product

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("rough_plugins")]  # one product for all

PLUGIN = "tests.faults.rough"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def ada(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    folder = tmp_path_factory.mktemp("rough")
    plugin = {"RESPONSE_PLUGINS": PLUGIN, "PLUGIN_MEMORY_MB": "400"}
    with running_product(api_url=sandbox.api_url, folder=folder, database_url="", **plugin) as product:
        sandbox.control("app", url=f"{product.url}/slack/events")
        ada = Person(sandbox, "U0ADA")
        soon(lambda: bool(ada.types("/incident works")) and ada.sees("It works.", "C0GENERAL"))
        ada.declares("First thing broken")
        yield ada
        assert sandbox.refused_calls() == [], "Slack would have refused these calls"


def test_a_deadly_plugin_keeps_nobody_from_declaring(ada: Person) -> None:
    soon(lambda: ada.has_channel("inc-1-first-thing-broken"))
    soon(lambda: ada.sees("INC-1", "C0INCIDENTS"))


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("raises", "`raises` failed: ZeroDivisionError: a mistake in the plugin"),
        ("rubbish", "`rubbish` failed: TypeError: A handler must return text or None"),
        ("hungry", "`hungry` failed: MemoryError"),
        ("hangs", "`hangs` took too long and was stopped"),
        ("exits", "`exits`"),
    ],
)
def test_a_rough_command_is_answered_in_time_and_the_next_one_works(ada: Person, command: str, words: str) -> None:
    seconds = []

    def answered() -> bool:  # while the deadly handler still has tries, a command may find nobody at home
        seconds.append(ada.types(f"/incident {command}"))
        return ada.sees(words, "C0GENERAL")

    soon(answered, seconds=40)
    assert max(seconds) < 3
    assert ada.types("/incident list") < 3
    assert ada.sees("INC-1", "C0GENERAL")
    _wait_for_the_plugin(ada)


@pytest.mark.parametrize("how", ["raises", "hangs", "exits"])
def test_a_rough_search_finds_nothing_in_time_and_the_web_goes_on(ada: Person, how: str) -> None:
    view = ada.opens("/incident form")
    block = next(block for block in view["blocks"] if block["block_id"] == "what")
    where = {"view_id": view["id"], "block_id": "what", "action_id": block["element"]["action_id"]}
    # Beside other tests one answer may be late; if the plugin were waited for, each would be.
    answers = (ada.sandbox.act("options.load", ada.id, **where, query=how) for _ in range(3))
    assert {"ok": True, "options": []} in answers
    assert ada.types("/incident list") < 3
    _wait_for_the_plugin(ada)
    soon(lambda: bool(ada.sandbox.act("options.load", ada.id, **where, query="works")["options"]), seconds=40)
    ada.sandbox.act("view.close", ada.id, view_id=view["id"])


@pytest.mark.parametrize(
    ("how", "words"), [("raises", "ZeroDivisionError"), ("hangs", "took too long"), ("exits", "`rough`")]
)
def test_a_rough_validation_is_told_in_the_form_and_the_web_goes_on(ada: Person, how: str, words: str) -> None:
    view = ada.opens("/incident form")
    block = next(block for block in view["blocks"] if block["block_id"] == "how")

    def submit(text: str) -> dict[str, Any]:
        entered = {block["element"]["action_id"]: {"type": "plain_text_input", "value": text}}
        return ada.sandbox.act("view.submit", ada.id, view_id=view["id"], values={"how": entered})

    began = time.monotonic()
    answer = submit(how)
    assert time.monotonic() - began < 3
    assert words in answer["errors"]["how"]
    assert ada.types("/incident list") < 3
    _wait_for_the_plugin(ada)
    soon(lambda: bool(submit("works")["ok"]), seconds=40)
    soon(lambda: ada.sees("Submitted.", "C0GENERAL"))


def _wait_for_the_plugin(ada: Person) -> None:
    """Its process is started again after each death, with a pause that grows."""
    before = len(ada.sandbox.get("messages", channel="C0GENERAL", user=ada.id)["messages"])

    def works() -> bool:
        ada.types("/incident works")
        messages = ada.sandbox.get("messages", channel="C0GENERAL", user=ada.id)["messages"]
        return any("It works." in Message(raw).text for raw in messages[before:])

    soon(works, seconds=40)


def test_declaring_works_while_a_command_hangs(ada: Person) -> None:
    ada.types("/incident hangs")
    ada.declares("Second thing broken")

    soon(lambda: ada.has_channel("inc-2-second-thing-broken"))


def test_the_headline_does_without_a_button_that_fails(ada: Person) -> None:
    soon(lambda: ada.sees("Resolve", "C0INCIDENTS"))


def test_slow_work_in_the_background_is_in_nobodys_way(ada: Person) -> None:
    _wait_for_the_plugin(ada)
    view = ada.opens("/incident later")
    block = view["blocks"][0]
    entered = {block["element"]["action_id"]: {"type": "plain_text_input", "value": "slowly"}}
    assert ada.sandbox.act("view.submit", ada.id, view_id=view["id"], values={block["block_id"]: entered})["ok"]
    before = len(ada.sandbox.get("messages", channel="C0GENERAL", user=ada.id)["messages"])
    began = time.monotonic()
    for _ in range(3):
        assert ada.types("/incident works") < 3

    messages = ada.sandbox.get("messages", channel="C0GENERAL", user=ada.id)["messages"][before:]
    assert sum("It works." in Message(raw).text for raw in messages) == 3
    assert time.monotonic() - began < 10
    assert not ada.sees("Slept well.", "C0GENERAL")
    soon(lambda: ada.sees("Slept well.", "C0GENERAL"), seconds=60)


@pytest.mark.parametrize("severity", ["major", "minor"])
def test_a_veto_that_hangs_or_ends_its_process_refuses_nothing(ada: Person, severity: str) -> None:
    _wait_for_the_plugin(ada)
    channel = ada.declares_and_joins(f"Broken by {severity}")

    assert ada.types(f"/incident severity {severity}", channel) < 3
    soon(lambda: ada.sees(f"Severity set to {severity}", channel) or ada.sees(severity.title(), "C0INCIDENTS"))

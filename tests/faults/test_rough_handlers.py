"""Handlers of every kind that raise, hang, end their process or eat memory: the core and their neighbours go on."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from slackbot.operators.doctor import Verdict
from slackbot.testing.server import running_sandbox
from tests.faults.person import Person, soon
from tests.processes import running_product

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("rough_handlers")]  # one product for all

PLUGIN: Final = "tests.faults.unruly"
TOLD: Final = {
    "raises": "failed: ZeroDivisionError: a mistake in the plugin",
    "hangs": "took too long and was stopped. It changed nothing.",
    "exits": "Ask your Response administrator; the log has the reason.",
}
SLACK_WAITS: Final = 3.0  # seconds


@dataclass
class Running:
    ada: Person
    folder: Path


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("unruly")
    plugin = {"RESPONSE_PLUGINS": PLUGIN, "PLUGIN_MEMORY_MB": "400"}
    with (
        running_sandbox() as sandbox,
        running_product(api_url=sandbox.api_url, folder=folder, database_url="", **plugin) as product,
    ):
        sandbox.control("app", url=f"{product.url}/slack/events")
        sandbox.control("faults", enforce_rates="off")  # two channels a test are more than Slack creates in a minute
        ada = Person(sandbox, "U0ADA")
        soon(lambda: bool(ada.types("/incident buttons")) and ada.sees("Buttons.", "C0GENERAL"))
        yield Running(ada, folder)
        assert sandbox.refused_calls() == [], "Slack would have refused these calls"


@pytest.fixture
def ada(running: Running) -> Person:
    return running.ada


def _core_goes_on(ada: Person, title: str) -> None:
    """Declare, set severity and status in the time that Slack waits, and resolve."""
    channel = ada.declares_and_joins(title)
    assert ada.types("/incident severity critical", channel) < SLACK_WAITS
    assert ada.types("/incident status identified", channel) < SLACK_WAITS
    ada.resolves(channel)
    soon(lambda: any(title in text and "resolved" in text.lower() for text in ada.headlines()))


# While somebody waits -------------------------------------------------------------------------------------------------


def _click(ada: Person, how: str) -> float:
    """Click the newest of these buttons, and return the seconds until Slack had its answer."""
    for message in reversed(ada.messages("C0GENERAL")):
        for block_id, element in message.elements():
            if element["action_id"] == f"{how}-button":
                where = {"channel": "C0GENERAL", "ts": message.ts, "block_id": block_id}
                began = time.monotonic()
                assert ada.sandbox.act("block.act", ada.id, **where, action_id=element["action_id"])["ok"]
                return time.monotonic() - began
    raise AssertionError("There are no buttons")


def _told(ada: Person, words: str) -> int:
    return sum(words in message.text for message in ada.messages("C0GENERAL"))


@pytest.mark.parametrize("how", TOLD)
def test_a_rough_button_is_cut_off_and_the_next_one_works(ada: Person, how: str) -> None:
    before = _told(ada, TOLD[how])
    assert _click(ada, how) < SLACK_WAITS
    soon(lambda: _told(ada, TOLD[how]) > before, seconds=SLACK_WAITS)
    _core_goes_on(ada, f"After a button that {how}")

    works = _told(ada, "Clicked.")
    soon(lambda: _click(ada, "works") < SLACK_WAITS and _told(ada, "Clicked.") > works, seconds=40)


@pytest.mark.parametrize("how", TOLD)
def test_a_rough_dialog_says_so_stays_open_and_can_be_sent_again(ada: Person, how: str) -> None:
    view = ada.opens("/incident form")
    block = view["blocks"][0]

    def submit(text: str) -> dict[str, object]:
        entered = {block["element"]["action_id"]: {"type": "plain_text_input", "value": text}}
        return ada.sandbox.act("view.submit", ada.id, view_id=view["id"], values={block["block_id"]: entered})

    began = time.monotonic()
    answer = submit(how)
    assert time.monotonic() - began < SLACK_WAITS
    assert TOLD[how] in str(answer["errors"])
    soon(lambda: bool(submit("works")["ok"]), seconds=40)
    soon(lambda: ada.sees("Submitted.", "C0GENERAL"))
    _core_goes_on(ada, f"After a dialog that {how}")


# When somebody has time -----------------------------------------------------------------------------------------------


def _provoke(ada: Person, kind: str, how: str, channel: str) -> None:
    """Make a handler of this kind run; that of a reminder runs by itself."""
    match kind:
        case "keyword":
            ada.types(f"The gremlin of the keyword {how}", channel)
        case "event":
            said = ada.sandbox.act("message.send", ada.id, channel=channel, text="Look here")
            assert ada.sandbox.act("pin.add", ada.id, channel=channel, ts=said["ts"])["ok"]
        case "incident":
            ada.types(f"/incident summary The incident {how}", channel)


@pytest.mark.parametrize(
    ("kind", "how"),
    [(kind, how) for how in ("raises", "exits", "hangs") for kind in ("keyword", "event", "incident", "reminder")]
    + [("keyword", "hungry")],
)
def test_a_rough_handler_is_run_again_and_nobody_waits_for_it(running: Running, kind: str, how: str) -> None:
    ada = running.ada
    channel = ada.declares_and_joins(f"The {kind} {how}")

    _provoke(ada, kind, how, channel)
    _core_goes_on(ada, f"Meanwhile the {kind} {how}")

    soon(lambda: ada.sees(f"{kind} {how} went well.", channel), seconds=40)
    assert sum(f"{kind} {how} went well." in message.text for message in ada.messages(channel)) == 1
    assert (running.folder / f"{kind}-{how}").exists(), "It never misbehaved."


# Where headlines are drawn, and who looks after it --------------------------------------------------------------------


def test_a_headline_does_without_what_hangs_and_raises(ada: Person) -> None:
    ada.declares("Drawn in time")

    wanted = ("Drawn in time", "Resolve", "A line that works.")
    soon(lambda: any(all(words in text for words in wanted) for text in ada.headlines()), seconds=10)


def test_a_headline_that_ended_its_process_is_drawn_without_plugins(ada: Person) -> None:
    ada.declares("A deadly headline")

    soon(lambda: any("A deadly headline" in text and "Resolve" in text for text in ada.headlines()), seconds=40)


def test_those_who_run_it_see_that_what_answers_for_plugins_is_alive(running: Running) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{running.folder}/response.sqlite3",
        "DATA_DIR": str(running.folder),
        "RESPONSE_PLUGINS": PLUGIN,
    }
    doctor = subprocess.run(
        [sys.executable, "manage.py", "doctor"], env=environment, capture_output=True, text=True, check=False
    ).stdout

    lanes = re.findall(r"(\S+) Workers: (\w+)@", doctor)
    assert {name for _, name in lanes} == {"inbox", "outbox", "plugins", "answers"}, doctor
    assert {verdict for verdict, _ in lanes} == {Verdict.WELL.value}, doctor

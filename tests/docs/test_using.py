"""docs/using.md tells responders of every command and every reminder, as they are."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from incidents.models import Status
from slackbot.kit.registry import Command, Notification, registry

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/using.md").read_text(encoding="utf-8")


def _cells(line: str) -> list[str]:
    return [cell.replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip("|\n"))]


ROWS = {
    row[0].strip(" *`"): row for row in (_cells(line) for line in PAGE.splitlines() if line.startswith("| `@incident "))
}
COMMANDS = [command for command in registry.listed_commands() if command.is_built_in]


pytestmark = pytest.mark.django_db  # a command's form may depend on what is stored


def form(command: Command) -> str:
    return command.form


def test_the_page_lists_the_commands_that_there_are_and_no_other() -> None:
    assert set(ROWS) == {form(command) for command in COMMANDS}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_other_names_and_where_it_works_are_said(command: Command) -> None:
    said, also, _does = ROWS[form(command)]

    assert set(re.findall(r"`(\w+)`", also)) == set(command.aliases)
    assert ("*" in said) == command.anywhere


def test_every_status_that_one_can_set_is_named() -> None:
    assert f"@incident status <{'|'.join([*Status.working(), Status.RESOLVED])}>" in ROWS


def length(moment: timedelta) -> str:
    minutes = int(moment.total_seconds()) // 60
    return f"{minutes // 60} hours" if minutes >= 60 else f"{minutes} minutes"


@pytest.mark.parametrize(
    "reminder", [each for each in registry.notifications.values() if each.is_built_in], ids=lambda each: each.id
)
def test_every_reminder_says_when_it_speaks(reminder: Notification) -> None:
    assert reminder.every is not None
    first, again = f"after {length(reminder.after)}", f"every {length(reminder.every)}, {reminder.times} times in all"

    assert [line for line in PAGE.splitlines() if line.startswith("|") and first in line and again in line]

"""What the pages point at is there: files, make's targets, Django's commands, the code they show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted(ROOT.glob("sandbox/*.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def anchors(page: Path) -> set[str]:
    """Return what its headings are linked by, as GitHub makes it."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", page.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        found = (page.parent / path) if path else page
        if not found.exists() or (anchor and anchor not in anchors(found)):
            broken.append(target)

    assert broken == []


@every_page
def test_commands_exist(page: Path) -> None:
    words = page.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))

    assert set(re.findall(r"`(?:[A-Z_]+=\S+ )*make ([a-z]+)[ `]", words)) - targets == set()
    assert set(re.findall(r"^(?:[A-Z_]+=\S+ )*make ([a-z]+)$", words, flags=re.MULTILINE)) - targets == set()
    assert set(re.findall(r"manage\.py ([a-z_]+)", words)) - set(get_commands()) == set()


def test_every_command_is_mentioned() -> None:
    ours = {path.stem for path in ROOT.glob("*/management/commands/[!_]*.py")}
    words = "\n".join(page.read_text(encoding="utf-8") for page in PAGES if page.name != "CHANGELOG.md")
    mentioned = set(re.findall(r"\b(?:manage\.py|make) ([a-z_]+)", words))

    assert ours - mentioned == set()


# What the pages say is absent. A sentence that denies anything else is wrong, or belongs here.
ABSENT = ("Socket Mode", "something it names is not there yet", "Signing in with Slack", "What is not there yet")


@every_page
def test_nothing_that_exists_is_denied(page: Path) -> None:
    sentences = re.split(
        r"(?<=[.|:]) +|\n\n|(?<=yet)\n", page.read_text(encoding="utf-8").replace("Not there yet: ", "Not there yet ")
    )
    denials = [one for one in sentences if re.search(r"\b(not|Not)( \w+)? (there|built|supported) yet", one)]

    assert [one for one in denials if "command" in one or not any(absent in one for absent in ABSENT)] == []


def test_the_pages_for_owners_say_that_one_installation_serves_one_workspace() -> None:
    for page in ("README.md", "docs/slack.md", "docs/configuration.md"):
        assert re.search(
            r"One installation serves one (Slack )?workspace", (ROOT / page).read_text(encoding="utf-8")
        ), page


def test_the_readme_shows_a_plugin_that_exists() -> None:
    block = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), flags=re.MULTILINE | re.DOTALL)[0]

    assert block in (ROOT / "examples/runbook/slack_handlers.py").read_text(encoding="utf-8")


def test_the_readme_shows_what_a_start_says() -> None:
    shown = re.findall(r"^```\n(Response is running.*?)^```", (ROOT / "README.md").read_text(), flags=re.M | re.S)[0]
    code = (ROOT / "response/management/commands/up.py").read_text(encoding="utf-8")

    for line in shown.splitlines():
        words = re.split(r"http\S+|#incidents|…/data", line)
        assert all(word.strip() in code for word in words), line


def test_the_readme_names_every_target_that_people_need() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))

    assert documented - set(re.findall(r"make ([a-z]+)", readme)) <= {"help", "clean", "soak"}

"""docs/configuration.md and the code know the same variables."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READERS = frozenset(
    {"text", "secret", "number", "switch", "choice", "words", "networks", "networks_and_hosts", "apps", "tables"}
)
ROOMS = ("response", "jobs", "people", "incidents", "integrations", "slackbot", "ui")


def calls(path: Path) -> Iterator[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def read_by_the_code() -> dict[str, str]:
    """Return each variable that `response.environment` is asked for, and by which of its functions."""
    found: dict[str, str] = {}
    for path in (ROOT / "response").rglob("*.py"):
        for call in calls(path):
            match call:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="environment"), attr=reader),
                    args=[ast.Constant(value=str(name)), *_],
                ) if reader in READERS:
                    found[name] = "secret" if found.get(name) == "secret" else reader
    return found


def described() -> set[str]:
    page = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `([A-Z_]+)` \|", page, flags=re.MULTILINE))


def test_every_variable_is_described_and_every_described_one_is_read() -> None:
    assert described() == set(read_by_the_code())


def test_what_may_come_from_a_file_is_said() -> None:
    page = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")

    files = set(re.findall(r"`([A-Z_]+)_FILE`", page)) - {"NAME"}

    assert files == {name for name, reader in read_by_the_code().items() if reader == "secret"}


def test_no_room_reads_the_environment_past_the_settings() -> None:
    readers = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"} and room != "response"
    ]

    assert readers == []


def test_the_tests_start_without_any_of_them() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    unset = re.findall(r"-u ([A-Z_]+)", makefile)
    files = {f"{name}_FILE" for name, reader in read_by_the_code().items() if reader == "secret"}

    assert sorted(unset) == sorted(described() | files)

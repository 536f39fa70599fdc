"""What each part imports is in the lock that the part is installed from, and production gets nothing more.

Looked at in the source, so that a package which happens to be installed here hides nothing.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

from response import preflight
from tests.test_architecture import ROOT, imports

PRODUCT = ("response", "jobs", "people", "incidents", "integrations", "slackbot", "ui")
# What production needs without an import of ours: it is named in the settings.
NAMED_ONLY = frozenset({"psycopg2-binary"})
OURS = frozenset({*PRODUCT, "sandbox", "examples", "bench", "tests"})
# The workspace that plugins' tests run against is a tool for developers: it is imported by nothing else.
FOR_TESTS = ROOT / "slackbot/testing"
# These drive a browser: `make browser` collects the folder, and `make bench` leaves the other out without Playwright.
FOR_BROWSERS = (ROOT / "tests/browser", ROOT / "bench/smooth.py")
# schemathesis loads it, in the environment of `make fuzz`.
FOR_SCHEMATHESIS = ROOT / "tests/fuzz/hooks.py"


def named(distribution: str) -> str:
    """Return a distribution's name as locks write it."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


@cache
def locked(lock: str) -> frozenset[str]:
    """Return the distributions that a lock holds."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return frozenset(named(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", text, flags=re.MULTILINE))


@cache
def project() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return found


def asked_for(*extras: str) -> set[str]:
    """Return the distributions that pyproject.toml names: what everybody needs, and what these extras add."""
    wanted = project()["dependencies"] + [one for extra in extras for one in project()["optional-dependencies"][extra]]
    return {named(re.split(r"[\[<>=~;! ]", one)[0]) for one in wanted}


@cache
def distributions() -> dict[str, set[str]]:
    return {module: {named(one) for one in found} for module, found in packages_distributions().items()}


def strange_imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and top-level module of each import that is neither ours nor Python's."""
    package = ".".join(path.relative_to(ROOT).parent.parts)
    for line, name in imports(path.read_text(encoding="utf-8"), package=package):
        top = name.partition(".")[0]
        if top not in OURS | sys.stdlib_module_names:
            yield line, top


def modules(*folders: str, without: tuple[Path, ...] = ()) -> list[Path]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if not any(path.is_relative_to(one) for one in without)]


def not_in(lock: str, paths: list[Path]) -> list[str]:
    """Return a line for each import of something that the lock lacks."""
    return [
        f"{path.relative_to(ROOT)}:{line} imports {module}, which {lock} does not install"
        for path in paths
        for line, module in strange_imports(path)
        if not distributions().get(module, set()) & locked(lock)
    ]


def imported_by(paths: list[Path]) -> set[str]:
    return {
        one for path in paths for _line, module in strange_imports(path) for one in distributions().get(module, set())
    }


def test_the_product_imports_what_production_has() -> None:
    assert not_in("requirements.txt", modules(*PRODUCT, without=(FOR_TESTS,))) == []


def test_the_sandbox_imports_what_its_lock_has() -> None:
    assert not_in("requirements-sandbox.txt", modules("sandbox")) == []


def test_what_make_test_collects_imports_what_make_test_installs() -> None:
    everything = [*modules(*sorted(OURS), without=(*FOR_BROWSERS, FOR_SCHEMATHESIS)), ROOT / "manage.py"]

    assert not_in("requirements-dev.txt", everything) == []


def test_folders_that_make_test_leaves_out_have_targets_that_ci_runs(request: pytest.FixtureRequest) -> None:
    left_out = [folder for folder in request.config.getini("norecursedirs") if folder.startswith("tests/")]
    makefile, gate = ((ROOT / name).read_text(encoding="utf-8") for name in ("Makefile", ".ci/run"))
    targets = {folder: folder.rpartition("/")[2] for folder in left_out}

    assert "tests/browser" in left_out
    assert [
        folder for folder, target in targets.items() if not re.search(rf"^{target}: .*\n.*{folder}", makefile, re.M)
    ] == []
    assert [folder for folder, target in targets.items() if not re.search(rf"^suite {target}$", gate, re.M)] == []


def test_what_make_fuzz_runs_imports_what_it_installs() -> None:
    assert not_in("requirements-fuzz.txt", modules("tests/fuzz", without=(FOR_SCHEMATHESIS,))) == []
    assert "schemathesis" in locked("requirements-fuzz.txt")


def test_an_import_that_a_lock_lacks_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "tests/test_new.py"
    module.parent.mkdir()
    module.write_text("def late():\n    from playwright.sync_api import Page\n")
    monkeypatch.setattr("tests.test_dependencies.ROOT", tmp_path)
    locks = {"requirements-dev.txt": "pytest==9.2.0 \\\n"}
    for name, text in locks.items():
        (tmp_path / name).write_text(text)
    locked.cache_clear()

    found = not_in("requirements-dev.txt", [module])

    locked.cache_clear()
    assert found == ["tests/test_new.py:2 imports playwright, which requirements-dev.txt does not install"]


def test_production_has_nothing_that_only_the_sandbox_imports() -> None:
    only_the_sandbox = imported_by(modules("sandbox")) - imported_by(modules(*PRODUCT, without=(FOR_TESTS,)))

    assert only_the_sandbox
    assert only_the_sandbox & locked("requirements.txt") == set()


def test_what_is_imported_is_asked_for_by_name() -> None:
    """Not only because something else happens to need it."""
    assert imported_by(modules(*PRODUCT, without=(FOR_TESTS,))) - asked_for() == set()
    assert imported_by(modules("sandbox")) - asked_for("sandbox") == set()


def test_production_asks_for_nothing_that_is_not_used() -> None:
    assert asked_for() - imported_by(modules(*PRODUCT, without=(FOR_TESTS,))) == NAMED_ONLY


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [
        ("requirements.txt", "requirements-sandbox.txt"),
        ("requirements-sandbox.txt", "requirements-dev.txt"),
        ("requirements-dev.txt", "requirements-browser.txt"),
        ("requirements.txt", "requirements-fuzz.txt"),
    ],
)
def test_each_lock_holds_the_smaller_one(smaller: str, larger: str) -> None:
    def pins(lock: str) -> set[str]:
        return set(re.findall(r"^(\S+==\S+)", (ROOT / lock).read_text(encoding="utf-8"), flags=re.MULTILINE))

    assert pins(smaller) <= pins(larger)


@pytest.mark.parametrize(
    ("lock", "extras"),
    [
        ("requirements.txt", ()),
        ("requirements-sandbox.txt", ("sandbox",)),
        ("requirements-dev.txt", ("sandbox", "dev")),
        ("requirements-browser.txt", ("sandbox", "dev", "browser")),
        ("requirements-fuzz.txt", ("fuzz",)),
    ],
)
def test_each_lock_has_what_pyproject_asks_for_with_hashes_and_no_registry(lock: str, extras: tuple[str, ...]) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")

    assert asked_for(*extras) <= locked(lock)
    assert re.findall(r"^[^\s#].*(?<!\\)$", text, flags=re.MULTILINE) == []
    assert "://" not in text


def test_a_start_looks_for_all_that_the_sandbox_imports() -> None:
    needed = {module for path in modules("sandbox") for _line, module in strange_imports(path)}
    without_it = {module for path in modules(*PRODUCT, without=(FOR_TESTS,)) for _, module in strange_imports(path)}

    assert set(preflight.SANDBOX_MODULES) == {"sandbox"} | (needed - without_it)


def test_modules_are_parsed_at_all() -> None:
    assert {"django", "celery"} <= imported_by(modules("response"))

"""The wheel in an environment that has nothing of a checkout, in an empty folder."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.response.conftest import Start, bare_environment, free_port, get, ports, start, unused_port
from tests.wheel.building import build

__all__ = ["free_port", "ports", "start", "unused_port"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of programs of a new environment, which has the wheel and what it depends on."""
    folder = tmp_path_factory.mktemp("wheel")
    wheel = build(folder)
    environment = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True, capture_output=True)
    programs = environment / "bin"
    command = [str(programs / "python"), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(command, check=True, capture_output=True)
    # What the locks install is lent from the environment of these tests, which does not hold Response itself.
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return programs


def test_it_starts_with_its_command_and_serves_pages_and_sandbox(
    start: Start, installed: Path, tmp_path: Path, free_port: int, unused_port: int
) -> None:
    environment = bare_environment(PORT=str(free_port), SANDBOX_PORT=str(unused_port))
    running = start((str(installed / "response"), "up"), environment=environment, directory=tmp_path)

    running.wait_for("Response is running")
    assert running.wait_for(r"Data +(\S+)").group(1) == str(tmp_path / "data")
    page = get(free_port, "/login/")
    style = get(free_port, re.findall(r"/static/ui/ui\.[0-9a-f]{12}\.css", str(page[1]))[0])
    sandbox, script = get(unused_port, "/"), get(unused_port, "/static/js/main.js")

    assert get(free_port, "/")[0] == 302  # to the login page
    assert [status for status, _body in (page, style, sandbox, script)] == [200] * 4
    assert b"Log in" in page[1]
    assert running.ends() == 0
    assert "Traceback" not in running.output
    assert {path.name for path in tmp_path.iterdir()} == {"data"}


def test_it_says_that_the_demo_needs_a_checkout(start: Start, installed: Path, tmp_path: Path) -> None:
    running = start((str(installed / "response"), "demo"), environment=bare_environment(), directory=tmp_path)

    assert running.wait_for_end() == 1
    assert "Clone Response and run `make demo`." in running.output


def test_it_writes_a_plugin(start: Start, installed: Path, tmp_path: Path) -> None:
    command = (str(installed / "response"), "startplugin", "acme")
    running = start(command, environment=bare_environment(), directory=tmp_path)

    assert running.wait_for_end() == 0, running.output
    assert (tmp_path / "acme/.gitignore").exists()
    assert "RESPONSE_PLUGINS=acme response up" in running.output

"""`manage.py up` as a person meets it."""

import os
import re
import signal
import socket
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from response import preflight
from tests.faults.engines import until
from tests.response.conftest import ROOT, Running, Start, bare_environment, get, wait_until_gone


class Deployment:
    """What a test starts: two free ports and a data directory of its own."""

    def __init__(self, start: Start, directory: Path, ports: tuple[int, int]) -> None:
        self._start = start
        self.data = directory / "data"
        self.port, self.sandbox_port = ports

    def up(self, **environment: str) -> Running:
        given = {"DATA_DIR": str(self.data), "PORT": str(self.port), "SANDBOX_PORT": str(self.sandbox_port)}
        command = (sys.executable, str(ROOT / "manage.py"), "up")
        return self._start(command, environment=bare_environment(**given, **environment))

    def workers(self) -> list[str]:
        """Return whose signs of life are in the database."""
        with closing(sqlite3.connect(self.data / "response.sqlite3", timeout=20)) as database:
            names = database.execute("SELECT name FROM jobs_heartbeat WHERE name LIKE '%@%'").fetchall()
        return [name.partition("@")[0] for (name,) in names]


@pytest.fixture
def deployment(start: Start, tmp_path: Path, free_port: int, unused_port: int) -> Deployment:
    return Deployment(start, tmp_path, (free_port, unused_port))


def test_everything_starts_says_where_it_is_survives_a_kill_and_stops(deployment: Deployment) -> None:
    running = deployment.up(RESPONSE_PLUGINS="examples.runbook")
    running.wait_for("Response is running. Ctrl-C stops everything.")
    assert running.wait_for(r"Sandbox +(\S+)").group(1) == f"http://127.0.0.1:{deployment.sandbox_port}/"
    assert running.wait_for(r"Product +(\S+)").group(1) == f"http://127.0.0.1:{deployment.port}/"
    assert running.wait_for(r"Headlines +(\S+)").group(1) == "#incidents"
    assert running.wait_for(r"Plugins +(\S+)").group(1) == "examples.runbook"
    assert running.wait_for(r"Data +(\S+)").group(1) == str(deployment.data)
    assert get(deployment.port, "/readyz") == (200, b"ready\n")
    assert "|" not in running.output  # Nobody had a warning or an error to tell.

    kill_the_web(running)
    running.wait_for(r"web was killed by SIGKILL; restarting in 0\.5 s\.")
    assert get(deployment.port, "/healthz") == (200, b"ok\n")  # Asked while it restarts: we wait, nobody refuses us.

    family = running.family()
    assert running.ends() == 0
    assert "Traceback" not in running.output
    assert wait_until_gone(family) == []


SAFE = "Safe mode: updates, reminders, statistics and all plugins are disabled (SAFE_MODE=1)."


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"SAFE_MODE": "1", "SWITCHED_OFF": "reminders", "RESPONSE_PLUGINS": "examples.runbook"}, SAFE),
        ({"SWITCHED_OFF": "reminders, tier-1"}, "Disabled: reminders, tier-1 (SWITCHED_OFF)."),
        ({}, None),
    ],
)
def test_a_start_says_what_the_environment_switches_off(
    deployment: Deployment, start: Start, environment: dict[str, str], sentence: str | None
) -> None:
    up = deployment.up(**environment)
    up.wait_for("Data ")
    if sentence:
        up.wait_for(re.escape(sentence))
    given = {"DATA_DIR": str(deployment.data), "SANDBOX_PORT": str(deployment.sandbox_port)}
    worker = start(
        (sys.executable, str(ROOT / "manage.py"), "worker"), environment=bare_environment(**given, **environment)
    )
    worker.wait_for("Running workers: ")
    if sentence:
        worker.wait_for(re.escape(sentence))

    assert (worker.ends(), up.ends()) == (0, 0)
    assert sentence or "off" not in up.output + worker.output


def test_workers_that_were_told_to_stop_are_not_missed_afterwards(deployment: Deployment) -> None:
    running = deployment.up()
    running.wait_for("Response is running")
    until(lambda: "inbox" in deployment.workers(), "the worker was seen")

    running.ends()

    assert deployment.workers() == []


@pytest.mark.parametrize("missing", ["aiohttp", "sandbox"])
def test_a_start_without_a_token_where_the_sandbox_is_not_installed_says_so(
    deployment: Deployment, tmp_path: Path, missing: str
) -> None:
    # As it is in an environment that was made from the production lock.
    (tmp_path / "sitecustomize.py").write_text(f"import sys\nsys.modules[{missing!r}] = None\n")

    running = deployment.up(PYTHONPATH=str(tmp_path))

    assert running.wait_for_end() == 1
    assert f"SLACK_BOT_TOKEN is not set, so Response would start its sandbox, but {missing} is not" in running.output
    assert "Traceback" not in running.output


@pytest.mark.parametrize("command", [("api_token", "list"), ("switch",)])
@pytest.mark.parametrize("data", ["missing", "empty"])
def test_a_command_typed_before_the_first_start_says_so(
    start: Start, tmp_path: Path, command: tuple[str, ...], data: str
) -> None:
    directory = tmp_path / "data"
    if data == "empty":
        directory.mkdir()
    environment = bare_environment(DATA_DIR=str(directory))
    running = start((sys.executable, str(ROOT / "manage.py"), *command), environment=environment)

    running.wait_for("The database doesn't work: ")
    assert running.process.wait() == 1
    assert "Traceback" not in running.output


def kill_the_web(running: Running) -> None:
    children = [child for child in running.family() if child.ppid() == running.process.pid]
    (master,) = [child for child in children if "gunicorn" in child.cmdline()]
    master.kill()


def test_a_killed_deployment_leaves_nothing_running_and_can_start_again_at_once(deployment: Deployment) -> None:
    running = deployment.up()
    running.wait_for("Response is running")
    family = running.family()

    running.process.kill()
    running.process.wait()
    again = deployment.up()

    again.wait_for("Response is running")
    assert wait_until_gone(family) == []


@pytest.mark.parametrize(("setting", "other"), [("PORT", "port"), ("SANDBOX_PORT", "sandbox_port")])
def test_a_taken_port_gets_one_sentence_and_the_way_out(deployment: Deployment, setting: str, other: str) -> None:
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        port = squatter.getsockname()[1]
        setattr(deployment, other, port)

        running = deployment.up()

        assert running.wait_for_end() == 1
    sentence = "is in use by another program. Stop that program or choose another port:"
    assert running.lines == [f"CommandError: Port {port} {sentence} {setting}={port + 10} make run"]


def test_a_second_start_on_the_same_data_is_refused(deployment: Deployment) -> None:
    deployment.data.mkdir()
    descriptor = preflight.lock(deployment.data)

    second = deployment.up()

    assert second.wait_for_end() == 1
    (sentence,) = second.lines
    assert f"Response is already running with {deployment.data} (process {os.getpid()})." in sentence
    os.close(descriptor)


def test_data_whose_holder_died_without_a_word_can_be_taken(tmp_path: Path) -> None:
    os.close(preflight.lock(tmp_path))

    descriptor = preflight.lock(tmp_path)

    assert (tmp_path / "up.lock").read_text() == str(os.getpid())
    os.close(descriptor)


def test_a_data_directory_that_cannot_be_is_refused_with_a_sentence(deployment: Deployment) -> None:
    deployment.data.write_text("a file is in the way")

    running = deployment.up()

    assert running.wait_for_end() == 1
    assert running.lines[0].startswith(f"CommandError: Response can't create the data directory {deployment.data}")
    assert len(running.lines) == 1


def test_a_database_that_does_not_answer_is_refused_with_a_sentence(deployment: Deployment) -> None:
    running = deployment.up(DATABASE_URL=f"postgresql://nobody@127.0.0.1:{deployment.sandbox_port}/none")

    assert running.wait_for_end() == 1
    assert running.lines[0].startswith("CommandError: Response can't use the database: ")
    assert running.lines[-1] == "Check DATABASE_URL or DATA_DIR."
    assert "Traceback" not in running.output


def test_a_real_token_without_the_rest_is_refused_with_hints(deployment: Deployment) -> None:
    running = deployment.up(SLACK_BOT_TOKEN="xoxb-1-real")

    assert running.wait_for_end() == 1
    for name in ("SECRET_KEY", "SITE_URL", "SLACK_SIGNING_SECRET"):
        assert f"{name} is not set" in running.output
    assert "Traceback" not in running.output


def test_nonsense_in_a_variable_gets_one_sentence(deployment: Deployment) -> None:
    running = deployment.up(COMMS_CHANNEL="sometimes")

    assert running.wait_for_end() == 1
    assert running.lines == ["COMMS_CHANNEL must be one of live, always, never, not 'sometimes'."]


def test_the_secret_key_is_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    key = tmp_path / "secret_key"
    preflight.make_secret_key(key)
    made = key.read_text()

    preflight.make_secret_key(key)

    assert key.read_text() == made
    assert len(made) > 50
    assert key.stat().st_mode & 0o777 == 0o600


def test_ctrl_c_during_the_start_shows_no_traceback(deployment: Deployment) -> None:
    running = deployment.up()
    while not deployment.data.exists():
        os.sched_yield()

    running.process.send_signal(signal.SIGINT)

    assert running.wait_for_end() in (0, 130)
    assert "Traceback" not in running.output

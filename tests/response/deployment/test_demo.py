"""`make demo` as a newcomer meets it."""

import json
import sys
import urllib.request
from pathlib import Path

import pytest

from slackbot.testing.server import Sandbox
from tests.response.conftest import ROOT, Start, bare_environment, wait_until_gone


def test_the_demo_plays_an_incident_on_data_of_its_own_and_stays_until_ctrl_c(
    start: Start, tmp_path: Path, ports: tuple[int, int]
) -> None:
    own = {"TMPDIR": str(tmp_path), "PORT": str(ports[0]), "SANDBOX_PORT": str(ports[1])}
    # What a real deployment has in its environment must not be touched.
    real = {"DATA_DIR": str(tmp_path / "real"), "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}
    command = (sys.executable, str(ROOT / "manage.py"), "demo", "--now", "--speed", "fast")
    running = start(command, environment=bare_environment(**own, **real))

    running.wait_for("The demo is ready. Ctrl-C stops everything.")
    watch = running.wait_for(r"Watch +(\S+)").group(1)
    data = Path(running.wait_for(r"Data +(\S+)").group(1))
    assert watch == f"http://127.0.0.1:{ports[1]}/?as=katherine&follow=1"
    running.wait_for("» You are watching as Katherine")
    running.wait_for(r"Grace clicks \"Resolve\"")
    running.wait_for("That was the demo.")

    assert " ! " not in running.output  # No step had a problem.
    assert data.is_relative_to(tmp_path)
    with urllib.request.urlopen(f"http://127.0.0.1:{ports[1]}/sandbox/messages?channel=incidents") as answer:
        assert "Resolved" in json.dumps(json.load(answer))
    assert Sandbox(f"http://127.0.0.1:{ports[1]}").refused_calls() == [], "Slack would have refused these calls"
    family = running.family()
    assert running.ends() == 0
    assert wait_until_gone(family) == []
    assert not data.exists()
    assert not (tmp_path / "real").exists()


@pytest.mark.parametrize("words", [("--in", "data"), ("--in", "/")])
def test_the_demo_deletes_no_data_of_others(start: Start, words: tuple[str, ...]) -> None:
    running = start((sys.executable, str(ROOT / "manage.py"), "demo", *words), environment=bare_environment())

    assert running.wait_for_end() == 1
    assert running.lines == ["CommandError: Don't use --in: `demo` uses it to restart itself."]

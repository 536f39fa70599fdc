"""Scripts from the command line."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sandbox.conftest import ROOT, Sandbox
from tests.sandbox.test_scripts import texts

HELLO = 'about: Hello\nsteps: [{who: ada, says: Hello, in: "#general"}, {expect: "#general", shows: hello}]\n'


def run(sandbox: Sandbox, *words: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "sandbox", *words, "--url", sandbox.url]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=30)
    assert ended.stderr == ""
    return ended.returncode, ended.stdout


def test_a_file_is_played_and_told(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "hello.yaml").write_text(HELLO)

    code, said = run(sandbox, "replay", str(tmp_path / "hello.yaml"))

    assert code == 0
    assert 'Ada says "Hello" in #general' in said
    assert texts(sandbox, "general") == ["Hello"]


def test_a_play_that_fails_says_why_and_ends_with_1(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "hello.yaml").write_text(HELLO.replace("shows: hello", "shows: bye, within: 0"))

    code, said = run(sandbox, "replay", str(tmp_path / "hello.yaml"), "--speed", "fast")

    assert code == 1
    assert "! hello.yaml, line 2 (step 2): #general does not show 'bye'." in said


def test_scripts_are_listed_started_and_stopped(sandbox: Sandbox) -> None:
    assert "crew                 Four colleagues" in run(sandbox, "scripts")[1]

    assert run(sandbox, "start", "crew")[0] == 0
    assert "[playing, 0 of 0 steps]" in run(sandbox, "scripts")[1]
    assert run(sandbox, "stop", "crew") == (0, "Stopped 1.\n")
    assert run(sandbox, "stop", "crew") == (1, "crew does not play.\n")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("replay", "nowhere.yaml"), "sandbox: nowhere.yaml: No such file or directory"),
        (("start", "nothing"), "sandbox: There is no script nothing. There are "),
        (("check", "README.md"), "README.md, line "),
        (("check", "sandbox/scripts/chatter.yaml"), "chatter.yaml is in order: 7 steps, 0 rules."),
    ],
)
def test_a_mistake_gets_one_sentence(sandbox: Sandbox, words: tuple[str, ...], sentence: str) -> None:
    assert sentence in run(sandbox, *words)[1]


def test_where_no_sandbox_is_it_says_so() -> None:
    command = [sys.executable, "-m", "sandbox", "scripts", "--url", "http://127.0.0.1:9/"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=30)

    assert ended.stdout.startswith("sandbox: No sandbox answers at http://127.0.0.1:9/ (")


def test_recording_ends_with_ctrl_c_and_writes_the_file(sandbox: Sandbox, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sandbox", "record", str(tmp_path / "a.yaml"), "--url", sandbox.url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Recording")
        sandbox.ada("message.send", channel="C0GENERAL", text="Written down")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0

    assert "says: Written down" in (tmp_path / "a.yaml").read_text()

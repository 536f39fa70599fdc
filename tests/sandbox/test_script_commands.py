"""Scripts from the command line."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.stage import command
from tests.sandbox.conftest import ROOT, Sandbox
from tests.sandbox.test_scripts import texts

HELLO = 'about: Hello\nsteps: [{who: ada, says: Hello, in: "#general"}, {expect: "#general", shows: hello}]\n'


Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line, as `python -m sandbox` hands it on; gives the exit code and what was said."""

    def ask(*words: str, url: str = sandbox.url) -> tuple[int, str]:
        code = command.main([*words, "--url", url])
        return code, capsys.readouterr().out

    return ask


def test_a_file_is_played_and_told(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "hello.yaml").write_text(HELLO)
    words = [sys.executable, "-m", "sandbox", "replay", str(tmp_path / "hello.yaml"), "--url", sandbox.url]

    ended = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=30)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert 'Ada says "Hello" in #general' in ended.stdout
    assert texts(sandbox, "general") == ["Hello"]


def test_a_play_that_fails_says_why_and_ends_with_1(run: Run, tmp_path: Path) -> None:
    (tmp_path / "hello.yaml").write_text(HELLO.replace("shows: hello", "shows: bye, within: 0"))

    code, said = run("replay", str(tmp_path / "hello.yaml"), "--speed", "fast")

    assert code == 1
    assert "! hello.yaml, line 2 (step 2): #general does not show 'bye'." in said


def test_scripts_are_listed_started_and_stopped(run: Run) -> None:
    assert "crew                 Four colleagues" in run("scripts")[1]

    assert run("start", "crew")[0] == 0
    assert "[playing, 0 of 0 steps]" in run("scripts")[1]
    assert run("stop", "crew") == (0, "Stopped 1.\n")
    assert run("stop", "crew") == (1, "crew does not play.\n")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("replay", "nowhere.yaml"), "sandbox: nowhere.yaml: No such file or directory"),
        (("start", "nothing"), "sandbox: There is no script nothing. There are "),
        (("check", "README.md"), "README.md, line "),
        (("check", "sandbox/scripts/chatter.yaml"), "chatter.yaml is in order: 7 steps, 0 rules."),
    ],
)
def test_a_mistake_gets_one_sentence(run: Run, words: tuple[str, ...], sentence: str) -> None:
    assert sentence in run(*words)[1]


def test_where_no_sandbox_is_it_says_so(run: Run) -> None:
    assert run("scripts", url="http://127.0.0.1:9/")[1].startswith(
        "sandbox: No sandbox answers at http://127.0.0.1:9/ ("
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_recording_ends_with_ctrl_c_and_writes_the_file(sandbox: Sandbox, tmp_path: Path, number: int) -> None:
    words = [sys.executable, "-m", "sandbox", "record", str(tmp_path / "a.yaml"), "--url", sandbox.url]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("Recording")
            sandbox.ada("message.send", channel="C0GENERAL", text="Written down")
            process.send_signal(number)
            assert process.wait(20) == 0
        finally:
            process.kill()

    assert "says: Written down" in (tmp_path / "a.yaml").read_text()

"""The supervisor with real children, real signals and real deaths."""

import signal
import sys
import time
from typing import Any

import psutil
import pytest

from response.supervisor import Backoff, reason
from tests.response.conftest import Running, Supervise, wait_until_gone

SLEEPS = "import time; print('awake', flush=True); time.sleep(600)"
CLOSES_ON_TERM = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(f"{sys.argv[1]} closes"))
print("awake", flush=True)
while True: time.sleep(0.1)  # a signal that arrives just before a sleep is only handled after it
"""
IGNORES_TERM = """
import os, signal, time
signal.signal(signal.SIGTERM, lambda *_: os.write(1, b"no\\n"))
print("awake", flush=True)
while True: time.sleep(600)
"""
HAS_A_CHILD = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-I", "-S", "-c", "import time; time.sleep(600)"])
print("awake", flush=True)
time.sleep(600)
"""
LETS_ITS_CHILD_FINISH = """
import signal, subprocess, sys, time
child = subprocess.Popen(
    [sys.executable, "-I", "-S", "-c", "print('half', flush=True); input(); print('whole', flush=True)"],
    stdin=subprocess.PIPE,
)
def finish(*_):
    child.communicate(b"go on\\n")
    sys.exit()
signal.signal(signal.SIGTERM, finish)
while True: time.sleep(0.1)
"""
SERVES = """
import http.server, sys
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.server.asked else 503); self.end_headers(); self.server.asked = True
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Page)
server.asked = False
print("serves", flush=True)
server.serve_forever()
"""


def program(name: str, source: str, *arguments: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "command": (sys.executable, "-I", "-c", source, *arguments), **more}


def test_a_killed_child_is_started_again_and_its_reason_is_told(supervise: Supervise) -> None:
    running = supervise(program("sleeper", SLEEPS), verbose=True)
    running.wait_for("awake")
    (sleeper,) = named("600", running)

    sleeper.kill()

    running.wait_for(r"^sleeper was killed by SIGKILL; restarting in 0\.5 s\.$")
    running.wait_for("awake")


def test_the_last_words_of_a_child_come_before_the_reason_of_its_end(supervise: Supervise) -> None:
    running = supervise(program("broken", "import sys; sys.stderr.write('no such table'); sys.exit(3)"))

    running.wait_for(r"^broken \| no such table$")
    running.wait_for(r"^broken ended with exit code 3; restarting in 0\.5 s\.$")


def test_a_child_that_dies_at_once_is_started_ever_more_slowly(supervise: Supervise) -> None:
    running = supervise(program("broken", "pass"))

    running.wait_for(r"broken ended by itself; restarting in 0\.5 s")
    running.wait_for(r"broken ended by itself; restarting in 1 s")
    running.wait_for(r"broken ended by itself; restarting in 2 s")


def test_the_pause_grows_to_a_quarter_of_a_minute_and_is_forgiven_after_a_healthy_life() -> None:
    backoff = Backoff()

    pauses = [backoff.after(0.1) for _ in range(7)]

    assert pauses == [0.5, 1, 2, 4, 8, 15, 15]
    assert backoff.after(31) == 0.5


def test_a_command_that_does_not_exist_is_told_and_does_not_stop_the_others(supervise: Supervise) -> None:
    running = supervise({"name": "missing", "command": ("/no/such/program",)}, program("sleeper", SLEEPS), verbose=True)

    running.wait_for(r"missing did not start \(No such file or directory\); restarting in 0\.5 s")
    running.wait_for(r"sleeper \| awake")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_ends_everything_orderly(supervise: Supervise, number: signal.Signals) -> None:
    running = supervise(program("one", CLOSES_ON_TERM, "one"), program("two", CLOSES_ON_TERM, "two"), verbose=True)
    running.wait_for("awake")
    running.wait_for("awake")
    family = running.family()

    running.process.send_signal(number)

    assert running.wait_for_end() == 0
    assert {"one | one closes", "two | two closes", "all stopped"} <= set(running.lines)
    assert "Traceback" not in running.output
    assert "restarting in" not in running.output
    assert wait_until_gone(family) == []


def test_who_is_told_to_stop_may_let_its_own_children_finish(supervise: Supervise) -> None:
    running = supervise(program("parent", LETS_ITS_CHILD_FINISH), verbose=True)
    running.wait_for("half")

    assert running.ends() == 0
    assert "parent | whole" in running.lines


def test_what_the_others_still_need_stops_last(supervise: Supervise) -> None:
    running = supervise(
        program("sandbox", CLOSES_ON_TERM, "sandbox", stops_last=True),
        program("worker", CLOSES_ON_TERM, "worker"),
        verbose=True,
    )
    running.wait_for("awake")
    running.wait_for("awake")

    running.ends()

    assert [line for line in running.lines if "closes" in line] == [
        "worker  | worker closes",
        "sandbox | sandbox closes",
    ]


def test_who_does_not_stop_is_killed_after_the_grace(supervise: Supervise) -> None:
    running = supervise(program("stubborn", IGNORES_TERM), verbose=True, grace=1.5)
    running.wait_for("awake")

    running.process.send_signal(signal.SIGINT)

    running.wait_for(r"stubborn \| no")
    assert running.wait_for_end() == 0


def test_a_second_ctrl_c_waits_for_nobody(supervise: Supervise) -> None:
    running = supervise(program("stubborn", IGNORES_TERM), verbose=True, grace=600)
    running.wait_for("awake")

    running.process.send_signal(signal.SIGINT)
    running.wait_for(r"stubborn \| no")

    assert running.ends() == 0


def test_the_children_of_a_dead_child_go_with_it(supervise: Supervise) -> None:
    running = supervise(program("parent", HAS_A_CHILD), verbose=True)
    running.wait_for("awake")
    (grandchild,) = [child for child in running.family() if child.parent() in running.family()]
    parent = grandchild.parent()
    assert parent is not None

    parent.kill()

    running.wait_for("parent was killed by SIGKILL")
    assert wait_until_gone([grandchild]) == []


def test_a_killed_supervisor_leaves_no_orphans(supervise: Supervise) -> None:
    running = supervise(program("parent", HAS_A_CHILD), program("sleeper", SLEEPS), verbose=True)
    running.wait_for("awake")
    running.wait_for("awake")
    family = running.family()
    assert len(family) == 4  # two children, a grandchild, the guardian

    running.process.kill()

    assert wait_until_gone(family) == []


def test_a_killed_guardian_is_replaced_and_does_its_duty(supervise: Supervise) -> None:
    running = supervise(program("sleeper", SLEEPS), verbose=True)
    running.wait_for("awake")
    (guardian,) = named("guardian.py", running)
    guardian.kill()
    while named("guardian.py", running) in ([], [guardian]):
        time.sleep(0.01)
    (sleeper,) = named("600", running)
    sleeper.kill()
    running.wait_for("awake")
    family = running.family()

    running.process.kill()

    assert wait_until_gone(family) == []


def named(word: str, running: Running) -> list[psutil.Process]:
    return [child for child in running.family() if word in " ".join(child.cmdline())]


def test_everything_is_up_only_when_everybody_answers(supervise: Supervise, free_port: int) -> None:
    address = f"http://127.0.0.1:{free_port}/"
    running = supervise(program("page", SERVES, str(free_port), answers_at=address), verbose=True)

    running.wait_for("serves")
    running.wait_for("^all up$")

    assert running.lines.index("page | serves") < running.lines.index("all up")


def test_a_quiet_supervisor_shows_what_goes_wrong_and_nothing_else(supervise: Supervise) -> None:
    source = "import sys, time; print('all is well'); print('ouch', file=sys.stderr, flush=True); time.sleep(600)"
    running = supervise(program("talker", source))
    running.wait_for(r"^talker \| ouch$")

    running.ends()

    assert "all is well" not in running.output


def test_a_line_without_end_does_not_fill_the_memory(supervise: Supervise) -> None:
    source = "import sys, time; sys.stderr.write('x' * 200_000); sys.stderr.flush(); time.sleep(600)"
    running = supervise(program("talker", source))

    first = running.wait_for(r"talker \| (x+)")

    assert len(first.group(0)) < 100_000


def test_reasons_are_words() -> None:
    assert reason(-signal.SIGSEGV) == "was killed by SIGSEGV"
    assert reason(2) == "ended with exit code 2"
    assert reason(0) == "ended by itself"

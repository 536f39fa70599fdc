"""Each benchmark still runs. What it measures in a second or two says nothing about speed, and is not looked at."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.processes
@pytest.mark.parametrize("name", ["declare", "ack", "wake", "idle", "start", "growth", "document", "news", "memory"])
def test_the_benchmark_ends_with_a_table_of_figures(name: str) -> None:
    command = [sys.executable, "-m", "bench", "--quick", "--engine", "sqlite", name]

    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            said, _ = process.communicate(timeout=120)
        finally:
            process.terminate()  # not killed: it has processes of its own to stop

    assert process.returncode == 0, said
    assert re.search(r"\| SQLite +\|.*\d", said), said


@pytest.mark.processes
@pytest.mark.parametrize("name", ["mentions", "messages", "backlog", "machines", "acks"])
def test_a_comparison_needs_redis(name: str) -> None:
    command = [sys.executable, "-m", "bench", "--quick", "--engine", "sqlite", "--before", "HEAD", name]

    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout

    assert "PostgreSQL and Redis are needed" in said


@pytest.mark.processes
def test_every_benchmark_is_tried_here() -> None:
    command = [sys.executable, "-m", "bench", "--help"]

    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout

    names = "declare, ack, wake, idle, start, growth, document, news, memory, smooth"
    compared = "mentions, messages, backlog, machines, acks"
    assert f"of {names}, {compared};" in " ".join(said.split())

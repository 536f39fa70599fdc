"""What a long error is summed up by, and what of it is kept: the culprit, as Python itself names it."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

import pytest

from jobs import error_summary

PROGRAM: Final = """
import faulthandler, threading, time, yaml

def waits_for_news():
    time.sleep(60)

def deeper(levels):
    deeper(levels - 1) if levels else time.sleep(60)

def culprit():
    {end}

for _ in range(3):
    threading.Thread(target=deeper, args=(80,), daemon=True).start()
threading.Thread(target=waits_for_news, daemon=True).start()
time.sleep(0.1)
culprit()
"""
CRASH: Final = "faulthandler.enable(); faulthandler._sigsegv()"
HANG: Final = "faulthandler.dump_traceback_later(0.1, exit=True); time.sleep(60)"
SIGSEGV: Final = "Its process was killed by SIGSEGV."


def _dump(end: str) -> str:
    run = [sys.executable, "-c", PROGRAM.format(end=end)]
    return subprocess.run(run, capture_output=True, text=True, check=False).stderr.strip()


@pytest.mark.parametrize(
    ("end", "first"),
    [(CRASH, "Fatal Python error: Segmentation fault"), (HANG, "Timeout (0:00:00.100000)!")],
    ids=["crash", "hang"],
)
def test_the_thread_that_ended_the_process_comes_first(end: str, first: str) -> None:
    dump = _dump(end)

    lines = error_summary.kept(dump).splitlines()

    assert lines[0] == first
    assert "in culprit" in " ".join(lines[:4]), lines
    assert "in culprit" in error_summary.excerpt(f"{SIGSEGV}\n{error_summary.kept(dump)}")


def test_what_is_cut_is_cut_between_lines() -> None:
    dump = _dump(CRASH)

    lines = error_summary.kept(dump).splitlines()

    assert len(dump) > error_summary.KEPT > len("\n".join(lines[:-1]))
    assert lines[-1] == "…"
    assert set(lines[:-1]) <= set(dump.splitlines())


def test_a_crash_is_summed_up_by_its_signal_and_not_by_what_was_loaded() -> None:
    dump = _dump(CRASH)
    assert "Extension modules: " in dump

    kept = error_summary.kept(dump)

    assert error_summary.telling_line(f"{SIGSEGV}\n{kept}") == SIGSEGV
    assert error_summary.telling_line(f"Its handler ended 3 processes. Last error before: {SIGSEGV}\n{kept}") == SIGSEGV
    assert error_summary.telling_line(kept) == "Fatal Python error: Segmentation fault"


def test_an_exception_is_summed_up_by_its_last_line() -> None:
    error = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\nValueError: Its process is unknown\n'

    assert error_summary.telling_line(error) == "ValueError: Its process is unknown"
    assert error_summary.telling_line("") == ""

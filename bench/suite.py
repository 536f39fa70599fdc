"""How long a plugin's author waits for ten tests: the whole command, from the shell and back. python -m bench.suite"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PLUGINS: Final = ("runbook", "newcomers", "customer_ops")
TESTS: Final = 10
ROUNDS: Final = 5


def pytest(*words: str) -> str:
    environment = {**os.environ, "RESPONSE_PLUGINS": ",".join(f"examples.{name}" for name in PLUGINS)}
    command = [sys.executable, "-m", "pytest", "-q", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout


def main() -> None:
    collected = pytest("--collect-only", *(f"examples/{name}" for name in PLUGINS)).splitlines()
    tests = [line for line in collected if "::" in line][:TESTS]
    tests = [line if line.startswith("examples/") else f"examples/{line}" for line in tests]
    print(f"{len(tests)} tests, {ROUNDS} rounds, load {os.getloadavg()[0]:.1f}\n")
    print("| whole command | processor time |\n|---|---|")
    for _ in range(ROUNDS):
        began, used = time.monotonic(), processor_seconds()
        pytest(*tests)
        print(f"| {time.monotonic() - began:.2f} s | {processor_seconds() - used:.2f} s |", flush=True)


def processor_seconds() -> float:
    """Of our children, which a busy machine lengthens less than the time on the wall."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


if __name__ == "__main__":
    main()

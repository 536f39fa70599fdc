"""A supervisor as a process of its own, for tests to break: `python -m tests.response.supervised '<json>'`."""

import json
import os
import sys

from response.console import Console
from response.supervisor import Program, Supervisor

if __name__ == "__main__":
    order = json.loads(sys.argv[1])
    programs = [Program(**{"environment": dict(os.environ), **program}) for program in order["programs"]]
    console = Console(sys.stdout, names=[program.name for program in programs])
    Supervisor(
        programs,
        console=console,
        verbose=order["verbose"],
        grace=order["grace"],
        when_up=lambda: console.tell("all up"),
    ).run()
    console.tell("all stopped")

"""python -m sandbox"""

import asyncio
import signal
import sys

from sandbox.config import read_config
from sandbox.errors import CannotStart
from sandbox.server import run
from sandbox.stage import command


def main() -> None:
    if sys.argv[1:2] and sys.argv[1] in command.COMMANDS:
        for number in (signal.SIGINT, signal.SIGTERM):  # whoever ends a recording gets it written
            signal.signal(number, signal.default_int_handler)
        sys.exit(command.main(sys.argv[1:]))
    try:
        asyncio.run(run(read_config()))
    except CannotStart as reason:
        sys.exit(f"sandbox: {reason}")


if __name__ == "__main__":
    main()

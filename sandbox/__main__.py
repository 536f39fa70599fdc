"""python -m sandbox"""

import asyncio
import sys

from sandbox.config import read_config
from sandbox.errors import CannotStart
from sandbox.server import run


def main() -> None:
    try:
        asyncio.run(run(read_config()))
    except CannotStart as reason:
        sys.exit(f"sandbox: {reason}")


if __name__ == "__main__":
    main()

"""python -m sandbox"""

import asyncio
import sys

from sandbox.config import read_config
from sandbox.server import run


def main() -> None:
    config = read_config()
    try:
        asyncio.run(run(config))
    except OSError as refused:
        sys.exit(f"sandbox: cannot listen on {config.host}:{config.port}: {refused.strerror or refused}")


if __name__ == "__main__":
    main()

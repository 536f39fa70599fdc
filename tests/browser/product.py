"""The product as somebody starts it who has nothing but this repository: `manage.py up`, with the sandbox."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
START_SECONDS: Final = 60
STOP_SECONDS: Final = 30


@dataclass(frozen=True)
class Product:
    """Where it said that it is."""

    slack: str
    web: str
    log: Path


@contextmanager
def running_product(folder: Path, *, ports: tuple[int, int] | None = None) -> Iterator[Product]:
    """Start everything, by default on free ports, with its data in `folder`; nothing of it runs afterwards."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    port, sandbox_port = ports or _free_ports()
    chosen = {"DATA_DIR": str(folder / "data"), "PORT": str(port), "SANDBOX_PORT": str(sandbox_port)}
    log = folder / "up.log"
    with log.open("w") as output:
        command = [sys.executable, "manage.py", "up", "--verbose"]
        process = subprocess.Popen(
            command, cwd=ROOT, env=inherited | chosen, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            yield _addresses(process, log)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(STOP_SECONDS)


def _addresses(process: subprocess.Popen[bytes], log: Path) -> Product:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        said = log.read_text()
        found = {name: re.search(rf"^ *{name} +(http://\S+)", said, re.MULTILINE) for name in ("Sandbox", "Product")}
        if (sandbox := found["Sandbox"]) and (product := found["Product"]):
            return Product(slack=sandbox[1], web=product[1], log=log)
        time.sleep(0.05)
    raise AssertionError(f"The product did not start:\n{log.read_text()}")


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]

"""What people see of the programs that a supervisor runs."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, TextIO

COLOURS = (36, 33, 35, 32, 34)  # cyan, yellow, magenta, green, blue
LONGEST_LINE = 16 * 1024  # bytes


class Console:
    """Show lines, each with the name of who said it. `clean` takes out what nobody may read."""

    def __init__(self, stream: TextIO, *, names: Sequence[str] = (), clean: Callable[[str], str] = str) -> None:
        self._clean = clean
        self._stream = stream
        self._colourful = stream.isatty() and not os.environ.get("NO_COLOR")
        self._width = max(map(len, names), default=0)
        self._colours = {name: COLOURS[place % len(COLOURS)] for place, name in enumerate(names)}

    def says(self, name: str, line: str) -> None:
        self.tell(f"{self._paint(f'{name:<{self._width}} |', self._colours.get(name, 0))} {line}")

    def tell(self, line: str = "") -> None:
        self._stream.write(f"{self._clean(line)}\n")
        self._stream.flush()

    def strong(self, text: str) -> str:
        return self._paint(text, 1)

    def _paint(self, text: str, code: int) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colourful else text


@dataclass
class Stream:
    """A child's pipe, read in lines without ever waiting."""

    pipe: IO[bytes]
    show: Callable[[str], None]
    rest: bytes = b""

    def __post_init__(self) -> None:
        os.set_blocking(self.pipe.fileno(), False)

    def read(self) -> bool:
        """Show what is there. Say whether there may be more some day."""
        try:
            while chunk := os.read(self.pipe.fileno(), 65536):
                *lines, self.rest = (self.rest + chunk).split(b"\n")
                for line in lines:
                    self._show(line)
                if len(self.rest) > LONGEST_LINE:
                    self._flush()
        except BlockingIOError:
            return True
        return False

    def close(self) -> None:
        self.read()
        self._flush()
        self.pipe.close()

    def _flush(self) -> None:
        if self.rest:
            self._show(self.rest)
        self.rest = b""

    def _show(self, line: bytes) -> None:
        self.show(line.decode(errors="replace").rstrip("\r"))

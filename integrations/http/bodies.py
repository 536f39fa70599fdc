"""Read the body of an answer, because the standard library believes whatever chunks say about their size."""

from __future__ import annotations

import re
from http import HTTPStatus
from http.client import HTTPResponse, IncompleteRead
from typing import Final

LONGEST_LINE: Final = 4096  # bytes of a chunk's size and extensions
CHUNK_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,16})[\t ]*(?:;.*)?\r?\n")


class Response(HTTPResponse):
    """An answer that skips interim ones, and refuses every chunk size but hexadecimal digits.

    The standard library accepts whatever `int` accepts. At a size of -1 it reads to the end of the connection, past
    every limit.
    """

    def begin(self) -> None:
        """Read status and headers, and skip interim ones (RFC 9110, section 15.2), of which the library knows only 100.

        Keep an interim status that nothing follows. 101 isn't interim, because another protocol follows it.
        """
        super().begin()
        while HTTPStatus.PROCESSING <= self.status < HTTPStatus.OK and self.fp.peek(1):
            self.headers = self.msg = None  # type: ignore[assignment]  # begin() does nothing while they are set
            super().begin()

    def read(self, amt: int | None = None) -> bytes:
        """Return at most `amt` bytes of the body, or nothing at its end. Raises `IncompleteRead` if it breaks off."""
        if not self.chunked:
            return super().read(amt)
        if amt is None:
            raise NotImplementedError("A body in chunks is read in pieces, because its size isn't known")
        if self.isclosed() or self.length == 0:  # HEAD, 204 and 304 have no body, whatever the headers say.
            self.close()
            return b""
        if not self.chunk_left:
            self.chunk_left = self._size_of_next_chunk()
        if self.chunk_left == 0:
            self.close()  # Trailers don't matter, and the connection isn't used again.
            return b""
        piece = self.fp.read(min(amt, self.chunk_left))
        if not piece:
            raise IncompleteRead(piece)
        self.chunk_left -= len(piece)
        if self.chunk_left == 0:
            self.fp.read(2)  # the end of the line
        return piece

    def _size_of_next_chunk(self) -> int:
        line = CHUNK_SIZE.fullmatch(self.fp.readline(LONGEST_LINE))
        if not line:
            raise IncompleteRead(b"")
        return int(line.group(1), 16)

"""Read and decompress the body of an answer, and believe nothing that it says about its own size."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from http import HTTPStatus
from http.client import HTTPResponse, IncompleteRead
from itertools import chain
from typing import Final

PIECE: Final = 64 * 1024  # bytes that are read or decompressed at once
GZIP: Final = zlib.MAX_WBITS + 16
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


def decompressed(pieces: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """Decompress gzip or deflate, at most `PIECE` bytes at a time. Yield at least empty bytes for every piece.

    Raises `zlib.error` if the pieces can't be decompressed, and `EOFError` if they break off. No pieces are an empty
    text, as after HEAD. What follows the compressed data is ignored. urllib3 can't tell whether it reached the end.
    """
    start = b""
    while len(start) < 2 and (piece := next(pieces, b"")):
        start += piece
    if not start:
        return
    gzip = encoding.endswith("gzip")
    window = GZIP if gzip else _window_of_deflate(start)
    decoder = zlib.decompressobj(window)
    whole, begun = False, False  # whether a member of gzip has ended, and whether the current one had any text
    for piece in chain([start], pieces):
        yield b""
        rest = piece
        while rest:
            if decoder.eof and not gzip:
                return
            if decoder.eof:
                decoder = zlib.decompressobj(window)
                whole, begun = True, False
            try:
                text = decoder.decompress(rest, PIECE)
            except zlib.error:
                if whole and not begun:
                    return
                raise
            begun = begun or bool(text)
            rest = decoder.unconsumed_tail or decoder.unused_data
            yield text
    if not decoder.eof:
        yield decoder.flush()
    if not decoder.eof and (begun or not whole):
        raise EOFError("The compressed data breaks off")


def _window_of_deflate(start: bytes) -> int:
    """Return the format for zlib: with a header (RFC 1950), or without one (RFC 1951), as some servers send it."""
    has_header = start[0] & 15 == zlib.DEFLATED and int.from_bytes(start[:2], "big") % 31 == 0
    return zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS

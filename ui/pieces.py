"""Send an open page only the pieces that it doesn't show yet.

A document consists of pieces: its parts, and in one of them the lines of the timeline. Each is rendered with a mark, a
digest of its HTML. When a page asks for changes, or sends a form, it lists the marks that it shows, and gets the pieces
with other marks. A part that it shows is omitted; a line that it shows is sent as an empty one that keeps its place.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence, Set
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from django.utils.safestring import SafeString

HEADER: Final = "Shown-Marks"
LATER: Final = "later"  # sent instead of marks when a page only asks whether anything changed
MARK: Final = 6  # letters; two of a thousand pieces share a mark about once in a hundred thousand pages

# What differs at each rendering: tokens, durations that ui.js updates, how the piece is swapped in.
_VOLATILE: Final = re.compile(
    r'(name="csrfmiddlewaretoken" value=")[^"]*|(data-ago>)[^<]*|(data-since="[^"]*">)[^<]*|( hx-swap-oob=")[^"]*"'
)
_OPENING: Final = re.compile(r'<(\w+) id="([^"]+)"')
_GAP: Final = "\0"  # encloses the number of a piece within another


@dataclass(frozen=True)
class Piece:
    """HTML that begins with an element that has an id, and the pieces within it."""

    html: str
    inner: Sequence[Piece]
    mark: str

    @classmethod
    def of(cls, html: str, inner: Sequence[Piece]) -> Piece:
        """Make a piece of `html`, which has `gap(number)` where inner pieces belong."""
        lasting = _VOLATILE.sub(lambda found: "".join(group or "" for group in found.groups()[:3]), html)
        words = _GAP.join([lasting, *(each.mark for each in inner)])
        digest = blake2b(words.encode(errors="replace"), digest_size=6).digest()
        return cls(html, inner, urlsafe_b64encode(digest)[:MARK].decode())

    def sent(self, known: Set[str]) -> SafeString:
        """Return what a page needs if it shows the pieces with these marks."""
        return SafeString("" if self.mark in known else self._drawn(known))

    def _drawn(self, known: Set[str]) -> str:
        if self.inner:
            texts = self.html.split(_GAP)
            texts[1::2] = [self.inner[int(number)]._within(known) for number in texts[1::2]]
            html = "".join(texts)
        else:
            html = self.html
        return _OPENING.sub(rf'\g<0> data-mark="{self.mark}"', html, count=1)

    def _within(self, known: Set[str]) -> str:
        found = _OPENING.match(self.html)
        if found is None or self.mark not in known:
            return self._drawn(known)
        return f"<{found[1]} {found[0].partition(' ')[2]} data-same></{found[1]}>"


def gap(number: int) -> SafeString:
    """Return the placeholder for a piece within the HTML of another."""
    return SafeString(f"{_GAP}{number}{_GAP}")


def marks_in(said: str) -> frozenset[str]:
    """Return the marks that a page lists, concatenated without separators."""
    return frozenset(said[start : start + MARK] for start in range(0, len(said), MARK))

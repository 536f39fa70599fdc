"""What a change costs each viewer of a long document: bytes on the wire, now and if everything were sent as it is.

Everything, not compressed, is what was sent before version 0.1 was finished.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Final
from urllib.parse import urlencode
from urllib.request import OpenerDirector, Request

from bench.document import reading
from bench.engines import POSTGRES, SQLITE
from bench.figures import show
from bench.growth import signed_in

ENTRIES: Final = 300
QUICK: Final = 60
NUMBER: Final = 2  # the incident that `reading` gives a long timeline
CHANGES: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "a note": ("notes/", {"note": "We restart the workers"}),
    "a note about an earlier hour": ("notes/", {"note": "The first alert", "happened_at": "2020-01-01T03:00"}),
    "an action item": ("actions/", {"action": "Renew the certificate"}),
    "reopened": ("reopen/", {}),
    "a status": ("status/", {"status": "monitoring"}),
}


@dataclass
class Viewer:
    """A browser with the document open."""

    pages: OpenerDirector
    url: str
    html: str = ""

    def opens(self) -> None:
        self.html = self._ask("?first=0").decode()

    def changes(self, what: str) -> None:
        path, fields = CHANGES[what]
        token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', self.html)[0]
        self._ask(path, body=urlencode({"csrfmiddlewaretoken": token, **fields}).encode())

    def size(self, **headers: str) -> int:
        """Return how many bytes come when the page asks for news."""
        asked = re.findall(r'hx-get="[^"?]*(live/\?[^"]*)"', self.html)[0]
        return len(self._ask(unescape(asked), headers={"HX-Request": "true"} | headers))

    @property
    def marks(self) -> str:
        return "".join(re.findall(r' data-mark="([^"]+)"', self.html))

    def _ask(self, path: str, *, body: bytes | None = None, headers: dict[str, str] | None = None) -> bytes:
        answer: bytes = self.pages.open(Request(f"{self.url}{path}", data=body, headers=headers or {})).read()
        return answer


def measure(engines: Sequence[str], folder: Path, *, quick: bool) -> None:
    entries = QUICK if quick else ENTRIES
    rows: list[list[str]] = []
    for name in engines:
        if name not in (SQLITE, POSTGRES):
            continue
        with reading(name, folder, long=entries) as product:
            viewer = Viewer(signed_in(product), f"{product.url}/incidents/{NUMBER}/")
            for what in CHANGES:
                viewer.opens()
                viewer.changes(what)
                whole = viewer.size()
                compressed = viewer.size(**{"Accept-Encoding": "gzip"})
                sent = viewer.size(**{"Accept-Encoding": "gzip", "Shown-Marks": viewer.marks})
                kilobytes = [f"{size / 1000:.1f} KB" for size in (whole, compressed, sent)]
                rows.append([name, what, *kilobytes, f"{whole / sent:.0f}x"])
    columns = ("engine", "change", "everything", "compressed", "sent", "ratio")
    show(f"What a change sends to each viewer of {entries} entries", columns, rows)

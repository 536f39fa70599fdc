"""What packages add to the operators' page, and to the banner of every page: text and times, no HTML.

A package registers a function for a place. The web interface asks for the lines of a place, and doesn't know whose
they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import islice
from typing import Any, Final, TypeAlias

MOST: Final = 50  # lines of one panel


class Place(Enum):
    BANNER = "banner"  # on every page, for everybody
    REPAIRS = "repairs"  # what somebody has to repair
    DELAYS = "delays"  # what delays work, or made us miss some
    FAILURES = "failures"  # when jobs of the package fail permanently


@dataclass(frozen=True)
class Time:
    """A time in a line. The page shows it in the reader's time zone."""

    at: datetime
    with_day: bool = False


Piece: TypeAlias = str | Time


class Line:
    """A line of text. `is_wrong` highlights it: somebody has to do something about it."""

    def __init__(self, *pieces: Piece, is_wrong: bool = False) -> None:
        self.pieces = pieces
        self.is_wrong = is_wrong


# Gets the present moment and the viewer, and returns nothing that the viewer may not read. None stands for everybody.
Panel: TypeAlias = Callable[[datetime, Any], Iterable[Line]]

_panels: Final[dict[Place, list[Panel]]] = {place: [] for place in Place}


def register(place: Place, panel: Panel) -> None:
    _panels[place].append(panel)


def forget(place: Place, panel: Panel) -> None:
    """Forget a panel that a test registered."""
    _panels[place].remove(panel)


def lines(place: Place, *, now: datetime, viewer: Any) -> list[Line]:
    """Return the lines of a place, in the order in which their packages registered."""
    return [line for panel in _panels[place] for line in islice(panel(now, viewer), MOST)]

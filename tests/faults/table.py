"""The table that a run of the faults suite ends with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import pytest

from tests.faults.checker import Verdict

PROPERTY: Final = "fault"
HEADINGS: Final = ("fault", "runs", "lost", "doubled", "out of order", "seconds to recover")

Result = tuple[str, int, int, int, float]


def note(record_property: object, fault: str, verdict: Verdict) -> None:
    """Keep a verdict with the test's report."""
    result = (fault, len(verdict.lost), len(verdict.doubled), len(verdict.disordered), verdict.recovery)
    assert callable(record_property)
    record_property(PROPERTY, result)


def results(reports: Iterable[pytest.TestReport]) -> list[Result]:
    return [
        tuple(value)
        for report in reports
        for name, value in report.user_properties
        if name == PROPERTY and isinstance(value, Sequence)
    ]


def lines(results: Iterable[Result]) -> list[str]:
    """Draw one line for each kind of fault, in Markdown."""
    by_fault: dict[str, list[Result]] = {}
    for result in results:
        by_fault.setdefault(result[0], []).append(result)
    rows = [HEADINGS, *(_row(fault, runs) for fault, runs in sorted(by_fault.items()))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    drawn = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    return [drawn[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *drawn[1:]]


def _row(fault: str, runs: list[Result]) -> tuple[str, ...]:
    lost, doubled, disordered, recovery = zip(*(run[1:] for run in runs), strict=True)
    counts = (len(runs), sum(lost), sum(doubled), sum(disordered))
    return (fault, *map(str, counts), f"{max(recovery):.1f}")

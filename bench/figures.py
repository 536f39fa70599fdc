"""Numbers as people read them: percentiles, and tables in Markdown."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

SAMPLES = ("p50", "p95", "p99", "max", "samples")


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that at least so many per cent do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def milliseconds(seconds: Sequence[float]) -> list[str]:
    """Return the cells for `SAMPLES`."""
    if not seconds:
        return ["-"] * 4 + ["0"]
    cells = [f"{1000 * percentile(seconds, percent):.1f} ms" for percent in (50, 95, 99, 100)]
    return [*cells, str(len(seconds))]


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """Return the median of the pairs' ratios, and their range: 1.80x (1.60 to 2.10)."""
    pairs = [mine / other for mine, other in zip(ours, theirs, strict=True) if other]
    if not pairs:
        return "-"
    return f"{statistics.median(pairs):.2f}x ({min(pairs):.2f} to {max(pairs):.2f})"


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    print(f"\n**{title}**\n\n{table(columns, rows)}\n", flush=True)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table that is pleasant in a terminal too."""
    widths = [max(len(cell) for cell in cells) for cells in zip(columns, *rows, strict=True)]
    lines = [columns, ["-" * width for width in widths], *rows]
    return "\n".join(f"| {' | '.join(_padded(line, widths))} |" for line in lines)


def _padded(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]

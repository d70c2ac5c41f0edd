"""What is printed: rows as tables, bars and whether they are met."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import geometric_mean
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Row = dict[str, str | float | None]
"""One line of a table by column; None where nothing was measured."""

_REDUCE: dict[str, Callable[[list[float]], float]] = {"geometric mean": geometric_mean, "minimum": min, "maximum": max}


@dataclass(frozen=True)
class Bar:
    """What a column has to reach.

    Attributes:
        column: Key of the column.
        over: How its numbers become one.
        limit: What that number has to reach: at least this, for a maximum at most this; None where it is only told.
        layers: Only rows of these layers; all where empty.
    """

    column: str
    over: Literal["geometric mean", "minimum", "maximum"]
    limit: float | None
    layers: tuple[str, ...] = ()

    def judge(self, rows: Sequence[Row]) -> Verdict:
        """Hold the rows against the bar."""
        chosen = [row for row in rows if not self.layers or row.get("layer") in self.layers]
        values = [value for row in chosen if isinstance(value := row.get(self.column), float)]
        return Verdict(self, _REDUCE[self.over](values) if values else None)


@dataclass(frozen=True)
class Verdict:
    """A bar and the number that was reached, None where nothing was measured."""

    bar: Bar
    reached: float | None

    @property
    def met(self) -> bool | None:
        """None where nothing was measured or wanted."""
        limit = self.bar.limit
        if self.reached is None or limit is None:
            return None
        return self.reached <= limit if self.bar.over == "maximum" else self.reached >= limit

    def text(self, titles: Mapping[str, str]) -> str:
        """The verdict as a line."""
        bar = self.bar
        what = f"{bar.over} of {titles[bar.column]}" + (f" ({', '.join(bar.layers)})" if bar.layers else "")
        reached = "not measured" if self.reached is None else number(self.reached)
        if bar.limit is None:
            return f"{what}: {reached}"
        wanted = f"{reached}, wanted {'at most' if bar.over == 'maximum' else 'at least'} {number(bar.limit)}"
        if self.reached is None:
            return f"{what}: {wanted}"
        end = "met" if self.met else f"missed by {abs(self.reached - bar.limit) / bar.limit:.1%}"
        return f"{what}: {wanted}: {end}"

    def record(self) -> dict[str, object]:
        """For the JSON file."""
        bar = self.bar
        return {
            "column": bar.column, "over": bar.over, "limit": bar.limit, "layers": list(bar.layers),
            "reached": self.reached, "met": self.met,
        }  # fmt: skip


def number(value: float) -> str:
    """Three digits that count, as one reads them."""
    if value == 0 or not math.isfinite(value):
        return str(value)
    if abs(value) < 1e-3:
        return f"{value:.1e}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def markdown(titles: Mapping[str, str], rows: Sequence[Row]) -> str:
    """Rows under their titles, aligned; Markdown. Columns that no row has are left out."""
    used = [key for key in titles if any(row.get(key) is not None for row in rows)]
    cells = [[titles[key] for key in used], *([_cell(row.get(key)) for key in used] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(used))]
    numbers = [any(isinstance(row.get(key), float) for row in rows) for key in used]
    lines = [
        "| " + " | ".join(_aligned(*cell) for cell in zip(line, widths, numbers, strict=True)) + " |" for line in cells
    ]
    rule = ["-" * (width + 1) + (":" if right else "-") for width, right in zip(widths, numbers, strict=True)]
    lines.insert(1, f"|{'|'.join(rule)}|")
    return "\n".join(lines)


def _cell(value: str | float | None) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else number(value)


def _aligned(text: str, width: int, right: bool) -> str:
    return text.rjust(width) if right else text.ljust(width)

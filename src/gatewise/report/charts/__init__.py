"""The charts, one file each: a function from the documents of a run to an Altair chart, or None where there is nothing.

Every file has `chart(given)`, for a page, a notebook or a file, and `info(...)`, what is drawn as numbers, with one
sentence for those who do not see it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.report.charts import (
    answers,
    confusion,
    difference,
    errors,
    forecast,
    learning,
    pairs,
    pareto,
    parts,
    tuning,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import altair as alt

    from gatewise.report.given import Given

CHARTS: dict[str, Callable[[Given], alt.LayerChart | None]] = {
    "difference": difference.chart,
    "forecast": forecast.keyed,
    "errors": errors.chart,
    "confusion": confusion.chart,
    "answers": answers.chart,
    "pairs": pairs.chart,
    "pareto": pareto.chart,
    "tuning": tuning.chart,
    "learning": learning.chart,
    "parts": parts.chart,
}
"""Name -> the chart. A new one is a file here, and a line in this table."""

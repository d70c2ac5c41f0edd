"""The sections of the page, one file and one template each, in the order in which they stand."""

from __future__ import annotations

from gatewise.report.sections import (
    cells,
    costs,
    evidence,
    forecast,
    headline,
    method,
    opinions,
    reading,
    recommendation,
    rules,
    samples,
    undecided,
    warnings,
)

SECTIONS = (
    headline.SECTION,
    recommendation.SECTION,
    undecided.SECTION,
    warnings.SECTION,
    forecast.SECTION,
    samples.SECTION,
    evidence.SECTION,
    cells.SECTION,
    rules.SECTION,
    opinions.SECTION,
    costs.SECTION,
    reading.SECTION,
    method.SECTION,
)
"""A new section is a file with its template here, and a line in this tuple."""

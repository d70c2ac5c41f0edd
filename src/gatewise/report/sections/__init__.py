"""The sections of the page, one file and one template each, in the order in which they stand."""

from __future__ import annotations

from gatewise.report.sections import (
    again,
    answers,
    cells,
    costs,
    evidence,
    forecast,
    headline,
    method,
    mistakes,
    opinions,
    reading,
    recommendation,
    rules,
    samples,
    search,
    undecided,
    warnings,
)

SECTIONS = (
    headline.SECTION,
    recommendation.SECTION,
    undecided.SECTION,
    warnings.SECTION,
    forecast.SECTION,
    mistakes.SECTION,
    answers.SECTION,
    samples.SECTION,
    evidence.SECTION,
    cells.SECTION,
    costs.SECTION,
    search.SECTION,
    opinions.SECTION,
    reading.SECTION,
    rules.SECTION,
    method.SECTION,
    again.SECTION,
)
"""A new section is a file with its template here, and a line in this tuple."""

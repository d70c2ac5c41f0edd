"""Evidence: the difference against the margin, and every pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.arms import title
from gatewise.report.charts import difference, pairs
from gatewise.report.drawing import markup
from gatewise.report.sections.section import Section

if TYPE_CHECKING:
    from gatewise.report.given import Given
    from gatewise.run.verdict import Verdict


def values(given: Given) -> dict[str, object] | None:
    """Both figures with what they show; nothing where there is neither."""
    drawn, scores = markup(difference.chart(given)), markup(pairs.chart(given))
    if drawn is None and scores is None:
        return None
    return {
        "difference": drawn,
        "difference_info": difference.info(given.verdict),
        "outlook": outlook(given.verdict),
        "pairs": scores,
        "pairs_info": pairs.info(given.verdict, given.plan),
    }


def outlook(verdict: Verdict) -> list[tuple[str, str, float]]:
    """The three things the difference may be: CSS name, text and probability, second cell's lead first."""
    if verdict.probabilities is None or verdict.difference is None:
        return []
    first, second = verdict.difference.first, verdict.difference.second
    return [
        ("cell-2", f"{title(second)} better by more than the margin", verdict.probabilities[second]),
        ("same", "practically equal", verdict.probabilities["equal"]),
        ("cell-1", f"{title(first)} better by more than the margin", verdict.probabilities[first]),
    ]


SECTION = Section("evidence.html", values)

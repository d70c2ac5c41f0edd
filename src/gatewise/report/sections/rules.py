"""Simple rules: how each did on the same test examples, and which one is the bar."""

from __future__ import annotations

from gatewise.report import summary
from gatewise.report.sections.section import Given, Section


def values(given: Given) -> dict[str, object] | None:
    """The rules that did better than the bar on test data; nothing where no rule was scored."""
    return {"better": summary.better_baselines(given.verdict)} if given.verdict.baselines else None


SECTION = Section("rules.html", values)

"""Simple rules: how each did on the same test examples, and which one is the bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.report import baselines, summary, symbols
from gatewise.report.sections.section import Section

if TYPE_CHECKING:
    from gatewise.report.given import Given


def values(given: Given) -> dict[str, object] | None:
    """The rules that did better than the bar on test data; nothing where no rule was scored."""
    verdict = given.verdict
    if not verdict.baselines:
        return None
    better, out = baselines.better(verdict), baselines.left_out(verdict)
    own = {"heads": symbols.heads(given.plan), "numbers": symbols.numbers, "twice": symbols.tells_loss(given.plan)}
    return own | {"better": better, "root": summary.root(verdict), "left_out": out, "seconds": verdict.costs.rules}


SECTION = Section("rules.html", values)

"""The table of scores, in words: a row for each cell, then the rules to hold them against."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gatewise.arms import title
from gatewise.languages import say
from gatewise.report import baselines, summary, symbols, taken, terms, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gatewise.run.plan import Plan
    from gatewise.run.verdict import BaselineResult, CellResult, Verdict


class Table(NamedTuple):
    """A table in words.

    Attributes:
        heads: Of the columns, the first one empty.
        rows: A row for each cell, then for the rule to beat, then for the best rule if that is another one.
        left: Places of the columns that hold words and not numbers.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: frozenset[int]


def table(verdict: Verdict, plan: Plan, *, timed: bool = True) -> Table:
    """The scores of the two judged cells and of the rules beside them.

    Args:
        verdict: What was found.
        plan: The plan it was found by.
        timed: Whether the seconds of a training run have a column.
    """
    own, root = symbols.columns(verdict, plan), summary.root(verdict)
    before = ("", *own, *([root] if root else []), words.measure(verdict.metric))
    heads = (*before, say(terms.RANGE), say("params"), *([say("train s")] if timed else []), say(terms.WINS))
    rows = [
        (
            title(cell),
            *_scores(verdict.cells[cell], own, root=bool(root)),
            f"({words.within(verdict.cells[cell].interval, verdict.metric)})" if taken.ranged(verdict) else "–",
            *_costs(verdict, cell, timed=timed),
        )
        for cell in plan.cells[:2]
        if cell in verdict.cells
    ]
    nothing = ("",) * (len(heads) - len(before) - 1)
    rows += [
        (words.rule(rule.name), *_scores(rule, own, root=bool(root)), place, *nothing)
        for rule, place in _rules(verdict)
    ]
    return Table(heads, tuple(rows), frozenset((0, len(before))))


def _rules(verdict: Verdict) -> Iterator[tuple[BaselineResult, str]]:
    """The rule to beat, and the best one where it did better on the test examples; what is said of each."""
    best = max(baselines.better(verdict), key=lambda rule: rule.score, default=None)
    bars = [rule for rule in verdict.baselines if rule.bar]
    yield from ((rule, say("the rule to beat")) for rule in bars[:1])
    if best:
        yield best, say("best rule in the test")


def _scores(result: CellResult | BaselineResult, own: dict[str, str], *, root: bool) -> Iterator[str]:
    """What is said of symbols and frames alone, the error in the user's unit, and the score."""
    yield from symbols.beside(result, own.values())
    if root:
        yield "" if result.rmse is None else words.amount(result.rmse)
    yield words.score(result.score)


def _costs(verdict: Verdict, cell: str, *, timed: bool) -> Iterator[str]:
    """Parameters, seconds to train, and how many of 100 retrainings it wins."""
    yield f"{verdict.cells[cell].parameters:,}"
    cost = verdict.costs.cells.get(cell)
    if timed:
        yield words.measured(cost.seconds_per_fit if cost else None)
    won = verdict.retrainings_won.get(cell)
    yield "–" if won is None or taken.few(verdict) else f"{won:.0f}/100"  # few pairs win all or nothing

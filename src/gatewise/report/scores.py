"""The scores of a comparison as a frame, and written for a paper or a page: LaTeX, Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from gatewise.arms import title
from gatewise.errors import OptionError, nearest
from gatewise.report import summary, symbols, words
from gatewise.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from gatewise.run.plan import Plan
    from gatewise.run.verdict import BaselineResult, CellResult, Verdict


class Written(str):
    """Text that shows itself as it is, not as Python would write it, so that it can be copied from a notebook."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class Table(NamedTuple):
    """A table in words.

    Attributes:
        heads: Of the columns, the first one empty.
        rows: A row for each cell, then the bar, then rules that did better than it on the test examples.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def frame(verdict: Verdict) -> pl.DataFrame:
    """A row for each cell: score, interval, hidden size, parameters, cost."""
    costs = verdict.costs.cells
    return pl.DataFrame(
        [
            {
                "cell": cell,
                "score": result.score,
                "low": result.interval[0],
                "high": result.interval[1],
                "hidden_size": result.hidden_size,
                "parameters": result.parameters,
                "above_baseline": result.above_baseline,
                "seconds_per_fit": costs[cell].seconds_per_fit if cell in costs else None,
                "microseconds_per_step": costs[cell].microseconds_per_step if cell in costs else None,
            }
            for cell, result in verdict.cells.items()
        ]
    )


def table(verdict: Verdict, plan: Plan) -> Table:
    """The scores in words, those of the rule to beat below those of the cells."""
    root = summary.root(verdict)
    own = (*symbols.heads(plan), *([root] if root else []))
    heads = ("", *own, words.unit(verdict.metric), "width", "parameters", "train s", "beats rules")
    rows = [_cell(verdict, plan, cell, result) for cell, result in verdict.cells.items()]
    bars = [rule for rule in verdict.baselines if rule.bar]
    rows += [_rule(verdict, plan, rule, "bar to beat") for rule in bars]
    rows += [_rule(verdict, plan, rule, "above the bar") for rule in summary.better_baselines(verdict)]
    return Table(heads, tuple(rows))


PLACES = {"yes": "yes", "no": "no", "unclear": "not shown"}
"""How a cell stands to the simple rules."""


def _cell(verdict: Verdict, plan: Plan, cell: str, result: CellResult) -> tuple[str, ...]:
    cost = verdict.costs.cells.get(cell)
    return (
        title(cell),
        *_own(verdict, plan, result),
        f"{words.score(result.score)} ± {words.half(result.interval)}",
        f"{result.hidden_size:,}",
        f"{result.parameters:,}",
        words.measured(cost.seconds_per_fit if cost else None),
        PLACES[result.above_baseline],
    )


def _rule(verdict: Verdict, plan: Plan, rule: BaselineResult, place: str) -> tuple[str, ...]:
    return (words.rule(rule.name), *_own(verdict, plan, rule), words.score(rule.score), "", "", "", place)


def _own(verdict: Verdict, plan: Plan, result: CellResult | BaselineResult) -> tuple[str, ...]:
    """What some metrics have besides: bits, or the root of the loss in the user's unit."""
    bits = symbols.numbers(result) if symbols.heads(plan) else ()
    root = (words.amount(result.rmse) if result.rmse is not None else "",) if summary.root(verdict) else ()
    return (*bits, *root)


# --------------------------------------------------------------------------------------------------
# Written


def written(verdict: Verdict, plan: Plan, style: str) -> Written:
    """The scores as text of a style.

    Raises:
        OptionError: There is no such style.
    """
    if style not in STYLES:
        raise OptionError(f"style={style!r} is not known; {nearest(style, STYLES)}. Type: table(style='latex')")
    return Written(STYLES[style](table(verdict, plan), _caption(verdict)))


def _caption(verdict: Verdict) -> str:
    return (
        f"Mean over {verdict.pairs} pairs, ± half of the 95 % interval. {words.UNITS[words.unit(verdict.metric)]}"
        if verdict.cells
        else "No cell was scored."
    )


def markdown(table: Table, caption: str) -> str:
    """A table of GitHub's Markdown, the caption below it."""
    sides = ["---", *["---:"] * (len(table.heads) - 2), "---"]
    lines = [table.heads, sides, *table.rows]
    drawn = "\n".join(f"| {' | '.join(_marked(cell) for cell in line)} |" for line in lines)
    return f"{drawn}\n\n{caption}"


def _marked(cell: str) -> str:
    shown = visible(cell)
    for mark in "\\|*_`<[":
        shown = shown.replace(mark, f"\\{mark}")
    return shown


def latex(table: Table, caption: str) -> str:
    """A tabular in the manner of booktabs, the caption as a comment above it."""
    sides = "l" + "r" * (len(table.heads) - 2) + "l"
    lines = [f"  {' & '.join(map(_tex, line))} \\\\" for line in table.rows]
    head = f"  {' & '.join(map(_tex, table.heads))} \\\\"
    top = [f"% {caption}", "% \\usepackage{booktabs}", f"\\begin{{tabular}}{{{sides}}}", "  \\toprule", head]
    return "\n".join([*top, "  \\midrule", *lines, "  \\bottomrule", "\\end{tabular}"])


_SPECIAL = {c: f"\\{c}" for c in "&%$#_{}"} | {
    "\\": "\\textbackslash{}",
    "~": "\\textasciitilde{}",
    "^": "\\textasciicircum{}",
    "±": "$\\pm$",
    "−": "$-$",
    "–": "--",
    "µ": "\\textmu{}",
}


def _tex(cell: str) -> str:
    negative = re.sub(r"^-(?=\d)", "−", visible(cell))
    return "".join(_SPECIAL.get(c, c) for c in negative)


STYLES: dict[str, Callable[[Table, str], str]] = {"latex": latex, "markdown": markdown}
"""Name -> how a table is written."""

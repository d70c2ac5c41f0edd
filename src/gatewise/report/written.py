"""The scores of a comparison as text for a paper or a page: LaTeX, Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gatewise.errors import OptionError, nearest
from gatewise.report import scores, words
from gatewise.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from gatewise.report.scores import Table
    from gatewise.run.plan import Plan
    from gatewise.run.verdict import Verdict


class Written(str):
    """Text that shows itself as it is, not as Python would write it, so that it can be copied from a notebook."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def written(verdict: Verdict, plan: Plan, style: str) -> Written:
    """The scores as text of a style.

    Raises:
        OptionError: There is no such style.
    """
    if style not in STYLES:
        raise OptionError(f"style={style!r} is not known; {nearest(style, STYLES)}. Type: table(style='latex')")
    return Written(STYLES[style](scores.table(verdict, plan), _caption(verdict)))


def _caption(verdict: Verdict) -> str:
    return (
        f"Mean over {verdict.pairs} pairs. {words.UNITS[words.unit(verdict.metric)]}"
        if verdict.cells
        else "No cell was scored."
    )


def markdown(table: Table, caption: str) -> str:
    """A table of GitHub's Markdown, the caption below it."""
    sides = ["---" if place in table.left else "---:" for place in range(len(table.heads))]
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
    sides = "".join("l" if place in table.left else "r" for place in range(len(table.heads)))
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
    negative = re.sub(r"(?<![\w.])-(?=\d)", "−", visible(cell))
    return "".join(_SPECIAL.get(c, c) for c in negative)


STYLES: dict[str, Callable[[Table, str], str]] = {"latex": latex, "markdown": markdown}
"""Name -> how a table is written."""

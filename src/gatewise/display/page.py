"""Fragments of HTML for notebooks: text is escaped, nothing is loaded, and colours are those of what is around."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from gatewise.text import visible

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

# A dark notebook has light ink: JupyterLab says so by its own variables, others by the colour of the text around.
_BLOCK = (
    "font: 14px/1.5 system-ui, sans-serif; max-width: 46em; --ink: currentColor; --cell-1: #1f86c9; --cell-2: #d2601a;"
    " --faint: color-mix(in srgb, currentColor 65%, transparent); --band: rgba(127, 127, 127, .2);"
    " --paper: var(--jp-layout-color0, var(--vscode-editor-background, #fff))"
)
_CELL = "padding: .15em .8em .15em 0; border: 0; background: none; vertical-align: top; text-align: {}"
_LABEL = "opacity: .7; font-weight: normal; white-space: nowrap"


def block(*parts: Markup) -> str:
    """Parts below each other."""
    return str(Markup('<div style="{}">{}</div>').format(_BLOCK, Markup("\n").join(parts)))


def text(value: object) -> Markup:
    """Text as it is: marks of HTML escaped, and those that would turn its direction written out."""
    return escape(visible(str(value)))


def headline(value: str) -> Markup:
    """The first line."""
    return Markup('<div style="font-size: 1.15em; font-weight: 600; margin: .3em 0">{}</div>').format(text(value))


def line(value: str) -> Markup:
    """A line of its own."""
    return Markup('<div style="margin: .3em 0">{}</div>').format(text(value))


def code(value: str) -> Markup:
    """What to type."""
    return Markup("<code>{}</code>").format(text(value))


def definitions(rows: Iterable[tuple[str, object]]) -> Markup:
    """Labels and what belongs to each; markup is taken as it is."""
    made = [
        Markup('<tr style="background: none"><th style="{}; {}">{}</th><td style="{}">{}</td></tr>').format(
            _CELL.format("left"), _LABEL, text(label), _CELL.format("left"), _shown(value)
        )
        for label, value in rows
    ]
    return Markup('<table style="border: 0; margin: .4em 0">{}</table>').format(Markup("\n").join(made))


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], left: Container[int], bold: str = "") -> Markup:
    """A table whose first column names its rows; the one that is called ``bold`` stands out.

    Args:
        heads: Of the columns.
        rows: The cells of each row.
        left: Places of the columns that hold words, which begin at the left.
        bold: Name of a row.
    """
    sides = ("left" if place in left else "right" for place in range(len(heads)))
    style = [f"{_CELL.format(side)}; white-space: nowrap" for side in sides]
    top = Markup("").join(
        Markup('<th style="{}; {}">{}</th>').format(one, _LABEL, text(head))
        for one, head in zip(style, heads, strict=True)
    )
    body = [_row(row, style, strong=row[0] == bold) for row in rows]
    return Markup('<table style="border: 0; margin: .4em 0"><tr style="background: none">{}</tr>{}</table>').format(
        top, Markup("\n").join(body)
    )


def _row(row: Sequence[str], style: Sequence[str], *, strong: bool) -> Markup:
    weight = "; font-weight: 600" if strong else ""
    cells = [
        Markup('<td style="{}{}">{}</td>').format(one, weight, text(cell)) for one, cell in zip(style, row, strict=True)
    ]
    return Markup('<tr style="background: none">{}</tr>').format(Markup("").join(cells))


def folded(head: str, lines: Sequence[str]) -> Markup:
    """Lines to be unfolded."""
    items = Markup("").join(Markup("<li>{}</li>").format(text(one)) for one in lines)
    return Markup("<details><summary>{}</summary><ul>{}</ul></details>").format(text(head), items)


def _shown(value: object) -> Markup:
    return value if isinstance(value, Markup) else text(value)

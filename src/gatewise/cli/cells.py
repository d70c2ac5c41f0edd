"""``gatewise cells``: the equations of every cell, what each line is for, and what a cell costs."""

from __future__ import annotations

from typing import Annotated

import typer


def cells(
    inputs: Annotated[int, typer.Option("--input", metavar="I", help="Number of input channels.")] = 8,
    hidden: Annotated[int, typer.Option("--hidden", metavar="H", help="Number of units.")] = 32,
) -> None:
    """Show the equations of LSTM, GRU and RNN, the role of each gate, and how many parameters they have."""
    from gatewise.report.sheet import sheet
    from gatewise.run.checks import check_whole

    check_whole("--input", inputs, 1, "8")
    check_whole("--hidden", hidden, 1, "32")
    typer.echo(sheet(inputs, hidden), nl=False)

"""``gatewise gates``: the gate microscope of a finished run, or of a small lesson."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gatewise.cli.arguments import check_new
from gatewise.errors import InputError, OptionError


def gates(
    run: Annotated[
        Path | None,
        typer.Argument(metavar="RUN", help="A run folder, such as runs/sales-20260101-120000.", show_default=False),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE", help="Data like those the run was made from; by default its own.", show_default=False
        ),
    ] = None,
    cell: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The network that is shown first, lstm or gru; by default what the run recommends.",
            show_default=False,
        ),
    ] = None,
    example: Annotated[
        int | None,
        typer.Option(
            metavar="K",
            help="Number of the sequence or text, of a table the row that the window ends with; by default the longest"
            " of the first ones, or the last window.",
            show_default=False,
        ),
    ] = None,
    teach: Annotated[bool, typer.Option("--teach", help="A lesson on two small networks, in place of a run.")] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="The page; by default microscope.html in the run folder, or here.", show_default=False),
    ] = None,
) -> None:
    """Write the gate microscope: every gate and state of the trained networks at every step of one example.

    It is one page that opens offline. Pick a step and a unit to see the equations with their numbers.

    Example: gatewise gates --teach
    """
    from gatewise.report.microscope import write

    given = [name for name, value in (("RUN", run), ("--cell", cell), ("--example", example)) if value is not None]
    if teach and given:
        raise OptionError(f"--teach: shows networks of its own and takes no {given[0]}. Leave one of them out")
    if out is not None:
        check_new(out)
    if teach:
        from gatewise.explain.teach import scenes

        typer.echo(write(out or Path("microscope.html"), scenes()))
        return
    if run is None:
        raise InputError("got no run folder, expected one such as runs/sales-20260101-120000. To learn, add --teach")
    from gatewise.explain.run import scene

    shown = scene(run, file, cell=cell, example=example)
    typer.echo(write(out or run / "microscope.html", [shown]))

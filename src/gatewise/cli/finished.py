"""Commands that use a finished run: ``gatewise report`` and ``gatewise predict``."""

from __future__ import annotations

import warnings
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import Annotated

import typer

from gatewise.cli.arguments import RUN, check_new
from gatewise.errors import PredictionNote


def report(run: Annotated[Path, RUN]) -> None:
    """Write the report of a finished run again and print its path."""
    from gatewise.report.write import write_report

    typer.echo(write_report(run))


def predict(
    run: Annotated[Path, RUN],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Data like those the run was trained on.")],
    out: Annotated[Path | None, typer.Option(help="Write the predictions here as CSV.  [default: print them]")] = None,
) -> None:
    """Predict on new data with the model that a run recommends."""
    from gatewise import comparison
    from gatewise.run.write import write_text

    if out is not None:
        check_new(out)
    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("always", PredictionNote)
        text = comparison.load(run).predict(file).write_csv()
    for note in noted:
        typer.echo(f"note: {note.message}", err=True)
    if out is None:
        typer.echo(text, nl=False)
        return
    write_text(out, text)
    typer.echo(out)

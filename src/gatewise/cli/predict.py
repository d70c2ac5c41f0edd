"""``gatewise predict``: a model of a finished run on new data."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Annotated

import typer

from gatewise.cli.arguments import RUN, check_new
from gatewise.errors import PredictionNote
from gatewise.experiment.workers.imports import quick_imports
from gatewise.languages import Told, say


def predict(
    run: Annotated[Path, RUN],
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            help="Data like those the run was made from.",
            show_default="forecasts go on from the run's own",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="lstm, gru, or a simple rule such as ridge.",
            show_default="what the run recommends",
        ),
    ] = None,
    generate: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Texts and events: go on with so many symbols; without FILE begin anew.",
            show_default="what comes next",
        ),
    ] = None,
    temperature: Annotated[
        float, typer.Option(min=0.01, help="With --generate: below 1 the likely becomes likelier still.")
    ] = 1.0,
    seed: Annotated[int, typer.Option(min=0, help="With --generate: draws the symbols.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="Write the predictions here as CSV.", show_default="print them, rounded")
    ] = None,
) -> None:
    """Predict with a model of a finished run: on new data, or what comes after its own.

    Printed numbers have as many decimals as the data, or more to tell them apart; a file gets all digits.
    """
    with quick_imports():
        from gatewise import comparison
        from gatewise.data.written import as_csv

    if out is not None:
        check_new(out)
    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("always", PredictionNote)
        found = comparison.load(run, model)
        if generate is not None:
            texts = found.generate(file, generate, temperature=temperature, seed=seed)
            _written("\n".join(texts) + "\n", out)
            return
        table = found.predict(file)
    if found.trained is not None:
        typer.echo(f"note: {found.title}, {found.trained.sentence}", err=True)
    for note in noted:
        typer.echo(f"{say('note')}: {_said(note.message)}", err=True)
    _written(as_csv(found.shown(table) if out is None else table), out)


def _said(warning: Warning | str) -> str:
    """What a warning says, in the language that is spoken where it is a line that can be said in it."""
    line = warning.args[0] if isinstance(warning, PredictionNote) else warning
    return line.said() if isinstance(line, Told) else str(line)


def _written(text: str, out: Path | None) -> None:
    """Print a text, or write it to a file and print where that lies."""
    from gatewise.run.write import write_text

    if out is None:
        typer.echo(text, nl=False)
        return
    write_text(out, text)
    typer.echo(out)

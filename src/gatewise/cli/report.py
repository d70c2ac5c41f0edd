"""``gatewise report``: the page of a finished run, and its charts as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gatewise.cli.arguments import RUN
from gatewise.experiment.workers.imports import quick_imports


def report(
    run: Annotated[Path, RUN],
    figures: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Write every chart as SVG, PNG and PDF into this folder, in place of the report.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write the report of a finished run again and print its path; with --figures its charts, for a paper or slides.

    Example: gatewise report runs/sales-20260101-120000 --figures figures
    """
    if figures is None:
        with quick_imports():
            from gatewise.report.write import write_report

        typer.echo(write_report(run))
        return
    from gatewise.report.figures import write_figures
    from gatewise.run.folder import finished

    for path in write_figures(finished(run), figures):
        typer.echo(path)

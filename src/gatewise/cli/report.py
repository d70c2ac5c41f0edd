"""``gatewise report``: the page of a finished run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gatewise.cli.arguments import RUN


def report(run: Annotated[Path, RUN]) -> None:
    """Write the report of a finished run again and print its path."""
    from gatewise.report.write import write_report

    typer.echo(write_report(run))

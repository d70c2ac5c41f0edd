"""``gatewise runs``: the runs of a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gatewise.run.listing import Listed


def runs(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A folder with run folders; also a run folder itself.")
    ] = Path("runs"),
) -> None:
    """List the runs of a folder: answer, data, date and size; unfinished and broken ones too.

    Example: gatewise runs
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from gatewise.run.listing import runs as listed
    from gatewise.text import shorten, visible

    found = listed(folder)
    if not found:
        typer.echo(f"{folder} has no runs. Type: gatewise compare DATA, which makes one under runs/")
        return
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for head in ("run", "take", "verdict", "data", "ended"):
        table.add_column(head, overflow="fold", no_wrap=head == "ended")
    table.add_column("size", justify="right", no_wrap=True)
    below = []
    for run in found:
        answer = (run.verdict.recommendation, run.verdict.verdict) if run.verdict else ("", run.state)
        style = "" if run.verdict else "yellow"
        data = shorten(Path(run.data).name, 40) if run.data else "from memory" if run.state != "broken" else ""
        row = (visible(run.path.name), *answer, data, f"{run.at:%Y-%m-%d %H:%M}", _size(run.size))
        table.add_row(*(Text(cell, style=style) for cell in row))
        below += _to_type(run)
    console = Console()
    console.print(table)
    for line in below:
        console.print(Text(line), soft_wrap=True)


def _to_type(run: Listed) -> list[str]:
    """What to do about a run that is not finished."""
    from gatewise.text import visible

    if run.state == "unfinished":
        return [f"{visible(run.path.name)} was stopped with {run.said}. To go on, type: gatewise resume {run.path}"]
    return [f"{visible(run.path.name)}: {visible(run.said)}"] if run.said else []


def _size(count: int) -> str:
    """Bytes as one reads them."""
    return f"{count / 1e6:,.1f} MB" if count >= 1e5 else f"{count / 1e3:,.1f} kB"

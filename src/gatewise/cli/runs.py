"""``gatewise runs``: the runs of a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gatewise.languages import mark, say, say_count

if TYPE_CHECKING:
    from gatewise.run.listing import Listed


SAID = {
    "baseline": mark("baseline"),
    "equal": mark("equal"),
    "not-worse": mark("not-worse"),
    "neither": mark("neither"),
    "undecided": mark("undecided"),
    "running": mark("running"),
    "unfinished": mark("unfinished"),
    "broken": mark("broken"),
}
"""What stands in the table besides names of cells."""


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
        typer.echo(say("{folder} has no runs. Type: gatewise compare DATA, which makes one under runs/", folder=folder))
        return
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for head in (say("run"), say("take"), say("verdict"), say("data")):
        table.add_column(head, overflow="fold")
    table.add_column(say("ended"), no_wrap=True)
    table.add_column(say("size"), justify="right", no_wrap=True)
    below = []
    for run in found:
        take, verdict = (run.verdict.recommendation, run.verdict.verdict) if run.verdict else ("", run.state)
        answer = (_said(take), _said(verdict))
        style = "" if run.verdict else "yellow"
        data = shorten(Path(run.data).name, 40) if run.data else say("from memory") if run.state != "broken" else ""
        row = (visible(run.path.name), *answer, data, f"{run.at:%Y-%m-%d %H:%M}", _size(run.size))
        table.add_row(*(Text(cell, style=style) for cell in row))
        below += _to_type(run)
    console = Console()
    console.print(table)
    for line in below:
        console.print(Text(line), soft_wrap=True)


def _said(word: str) -> str:
    """A verdict or state as it is said; a cell has a name of its own."""
    return say(SAID[word]) if word in SAID else word


def _to_type(run: Listed) -> list[str]:
    """What to do about a run that is not finished."""
    from gatewise.text import visible

    if run.state == "unfinished":
        stopped = mark("{name} was stopped with {fits}. To go on, type: gatewise resume {path}")
        fits = say_count("{count} fit", "{count:,} fits", run.fits)
        return [say(stopped, name=visible(run.path.name), fits=fits, path=run.path)]
    return [f"{visible(run.path.name)}: {visible(run.said)}"] if run.said else []


def _size(count: int) -> str:
    """Bytes as one reads them."""
    return f"{count / 1e6:,.1f} MB" if count >= 1e5 else f"{count / 1e3:,.1f} kB"

"""``gatewise make``: test data whose right answer is known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from gatewise.cli.arguments import check_new


class ListsFamilies(TyperCommand):
    """A command whose help ends with the families; their module is heavy, and imported only to be shown."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Add them as the epilog."""
        from gatewise.made import described

        self.epilog = "\n\n".join(described())
        super().format_help(ctx, formatter)


def make(
    family: Annotated[str, typer.Argument(metavar="FAMILY", help="One of those below.", show_default=False)],
    out: Annotated[
        Path, typer.Option(help="The new file: .csv or .parquet for series, .npz for sequences, .txt for texts.")
    ],
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
    size: Annotated[int | None, typer.Option(help="Rows, sequences or lines.", show_default="by the family")] = None,
) -> None:
    """Create test data whose right answer is known.

    Example: gatewise make tent-map --out tent.csv
    """
    from gatewise.made import find
    from gatewise.made.file import FEWEST, check_ending, content
    from gatewise.run.checks import check_whole
    from gatewise.run.write import write_bytes

    made = find(family)
    check_ending(made, out)
    check_whole("--seed", seed, 0, "0")
    size = made.size if size is None else size
    check_whole("--size", size, FEWEST, str(made.size))
    check_new(out)
    write_bytes(out, content(made, out, size=size, seed=seed))
    typer.echo(out)
    typer.echo(f"next: {made.command(out)}")

"""The command line: a table of commands over library calls. Heavy imports happen inside commands."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from gatewise.cli.cells import cells
from gatewise.cli.compare import compare, resume
from gatewise.cli.demo import demo
from gatewise.cli.gates import gates
from gatewise.cli.languages import speaks
from gatewise.cli.make import ListsFamilies, make
from gatewise.cli.predict import predict
from gatewise.cli.report import report
from gatewise.cli.runs import runs
from gatewise.errors import GatewiseError, InputError

RETURNED = "_RJEM_MALLOC_CONF", "dirty_decay_ms:0,muzzy_decay_ms:0"
"""Tells the allocator of polars, before it is imported, to give free memory back at once: else it keeps it for ten
seconds, beside the arrays that are made of a table."""

app = typer.Typer(
    name="gatewise",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"gatewise {version('gatewise')}")
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = False,
) -> None:
    """LSTM or GRU, for your sequences? Settled by a fair experiment on your own data."""


app.command()(speaks(demo))
app.command()(speaks(compare))
app.command()(speaks(resume))
app.command()(speaks(report))
app.command()(speaks(runs))
app.command()(predict)
app.command()(speaks(gates))
app.command()(speaks(cells))
app.command(cls=ListsFamilies, no_args_is_help=True)(make)


def main() -> None:
    """Run the command line: no traceback for a user's mistake; 2 bad input, 1 failed run, 130 after Ctrl-C."""
    os.environ.setdefault(*RETURNED)
    atexit.register(gc.freeze)  # what is left goes with the process: to collect it first takes most of a second
    try:
        app()
    except GatewiseError as error:
        typer.echo(f"gatewise: {error}", err=True)
        sys.exit(2 if isinstance(error, InputError) else 1)

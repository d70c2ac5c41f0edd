"""``gatewise compare``, whose options are the table's, and ``gatewise resume``."""

from __future__ import annotations

from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any

import typer

from gatewise.cli import workers as processes
from gatewise.cli.arguments import RUN, with_options
from gatewise.experiment.workers.imports import quick_imports
from gatewise.run.options import OPTIONS, Invocation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gatewise.comparison import Comparison
    from gatewise.experiment.watch.live import Live
    from gatewise.experiment.watch.plain import Plain

DATA = typer.Argument(
    metavar="DATA",
    help="CSV or Parquet to forecast; .ts, a directory with *_TRAIN.ts and *_TEST.ts, .npz, or labelled texts to"
    " classify; texts or event logs to tell what comes next in.",
)


@with_options(("data", DATA), OPTIONS)
def compare(data: Path, *, json: bool, verbose: bool, **given: Any) -> None:
    """Compare LSTM and GRU on your data and say which one to use.

    Example: gatewise compare sales.csv --target units --horizon 7 --budget 2m
    """
    since, call = monotonic(), Invocation(**given)
    with stoppable():
        found = compared(data, call, since)
    show(found, json=json, verbose=verbose)


@with_options(("run", RUN), [found for found in OPTIONS if found.name in ("workers", "cluster", "elsewhere")])
def resume(run: Path, *, workers: int | None, cluster: str | None, elsewhere: bool, json: bool, verbose: bool) -> None:
    """Continue a stopped comparison."""
    with stoppable(), _progress() as progress:
        from gatewise import comparison

        found = comparison.resume(run, workers=workers, cluster=cluster, elsewhere=elsewhere, progress=progress)
    show(found, json=json, verbose=verbose)


def compared(data: Path, call: Invocation, since: float) -> Comparison:
    """Compare on a file that began to be read at ``since``, and tell on standard error how far it is."""
    with processes.early(call) as pool, _progress() as progress:
        with quick_imports():
            from gatewise.understand import understand
        understood = understand(data, call.options, plan=call.plan, out=call.out)
        progress.note("\n".join(understood.lines()))
        with quick_imports():  # after that: a mistake in the call is answered before what only a run needs is there
            from gatewise import comparison
        where = comparison.Where(call.workers, call.cluster, pool)
        return comparison.start(understood, where, progress=progress, elsewhere=call.elsewhere, since=since)


@contextmanager
def stoppable() -> Iterator[None]:
    """Exit with 130 after Ctrl-C; what is safe was said by then."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo("gatewise: stopped", err=True)
        raise typer.Exit(130) from None


def _progress() -> Live | Plain:
    from rich.console import Console

    from gatewise.experiment.watch.terminal import watcher

    return watcher(Console(stderr=True))


def show(found: Comparison, *, json: bool = False, verbose: bool = False) -> None:
    """The first screen, or all that was found, or verdict.json."""
    folder = found.folder
    if json:
        typer.echo(folder.verdict_path.read_text("utf-8"), nl=False)
        return
    from rich.console import Console

    from gatewise.report.onward import steps
    from gatewise.report.screen import screen
    from gatewise.report.text import panel

    header = folder.header()
    verdict, plan, budget = found.document, header.plan, header.request.options.budget
    whole = panel(verdict, plan, folder.card(verdict.recommendation)) if verbose else screen(verdict, plan, budget)
    Console().print(whole)
    typer.echo("\n".join(steps(folder, plan)))

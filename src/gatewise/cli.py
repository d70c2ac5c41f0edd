"""The command line: a table of commands over library calls. Heavy imports happen inside commands."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from gatewise.errors import GatewiseError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gatewise.comparison import Comparison
    from gatewise.experiment.watch.live import Live
    from gatewise.experiment.watch.plain import Plain

app = typer.Typer(
    name="gatewise",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _forecast(text: str, default: str | bool = False) -> Any:
    """An option of forecasts alone."""
    return typer.Option(help=text, show_default=default, rich_help_panel="Forecast")


def _work(text: str, default: str | bool = False) -> Any:
    """An option about the work and where it goes."""
    return typer.Option(help=text, show_default=default, rich_help_panel="Work")


_Run = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, such as runs/sales-20260101-120000.")]
_Workers = Annotated[
    int | None, _work("Processes, one thread each; the answer does not depend on it.", "one a processor")
]
_Json = Annotated[
    bool,
    typer.Option("--json", help="Print verdict.json, and nothing else, on standard output.", rich_help_panel="Work"),
]


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"gatewise {version('gatewise')}")
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = False,
) -> None:
    """LSTM or GRU, for your sequences? Settled by a fair experiment on your own data."""


@app.command()
def compare(
    data: Annotated[
        Path,
        typer.Argument(
            metavar="DATA",
            help="CSV or Parquet to forecast; .ts, a directory with *_TRAIN.ts and *_TEST.ts, or .npz to classify.",
        ),
    ],
    target: Annotated[str | None, _forecast("The column to predict.")] = None,
    time: Annotated[str | None, _forecast("The column that orders the rows.", "found by itself")] = None,
    horizon: Annotated[int, _forecast("Steps ahead.", True)] = 1,
    window: Annotated[int | None, _forecast("Input steps.", "by season and horizon")] = None,
    season: Annotated[int | None, _forecast("Steps in a season.", "by time stamps")] = None,
    duplicates: Annotated[str | None, _forecast("Resolve equal time stamps by first, last or mean.")] = None,
    cells: Annotated[
        str, typer.Option(help="Of lstm, gru, gru-after, rnn; the first two are judged. A cell may repeat.")
    ] = "lstm,gru",
    margin: Annotated[float, typer.Option(help="Differences in score up to this are practically nothing.")] = 0.01,
    metric: Annotated[
        str | None, typer.Option(help="mse or mae; accuracy or log-loss.", show_default="mse, accuracy")
    ] = None,
    params: Annotated[int, typer.Option(help="Parameters of each model; --hidden takes their place.")] = 10_000,
    match: Annotated[
        str, typer.Option(help="Cells meet at equal params, width or training time; none: at the widths of --hidden.")
    ] = "params",
    hidden: Annotated[
        str | None, typer.Option(help="With --match none, the width of every cell: lstm=40,gru=2.", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option(help="Of every random stream.")] = 0,
    budget: Annotated[str | None, _work("Time to spend: 90s, 2m, 1h.", "3m")] = None,
    fits: Annotated[int | None, _work("A number of fits instead: the same answer each time.")] = None,
    plan: Annotated[Path | None, _work("Run a plan.json again; the options above fall away.")] = None,
    workers: _Workers = None,
    out: Annotated[
        Path | None, _work("The run folder; one with the same plan is continued.", "a new one under runs/")
    ] = None,
    json: _Json = False,
) -> None:
    """Compare LSTM and GRU on your data and say which to take.

    Example: gatewise compare sales.csv --target units --horizon 7 --budget 2m
    """
    from gatewise.run.options import check_workers, options
    from gatewise.understand import understand

    with _stoppable(), _progress() as progress:
        count = check_workers(workers)
        asked = options(
            target=target, time=time, duplicates=duplicates, horizon=horizon, window=window, season=season,
            cells=cells, params=params, match=match, hidden=hidden, metric=metric, margin=margin, seed=seed,
            budget=budget, fits=fits,
        )  # fmt: skip
        understood = understand(data, asked, plan=plan, out=out)
        progress.note("\n".join(understood.lines()))

        from gatewise import comparison

        found = comparison.start(understood, workers=count, progress=progress)
    _show(found, json)


@app.command()
def resume(
    run: _Run,
    workers: _Workers = None,
    elsewhere: Annotated[
        bool, _work("Continue although the run was begun on another processor or with other versions.")
    ] = False,
    json: _Json = False,
) -> None:
    """Go on with a comparison that was stopped."""
    with _stoppable(), _progress() as progress:
        from gatewise import comparison

        found = comparison.resume(run, workers=workers, elsewhere=elsewhere, progress=progress)
    _show(found, json)


@app.command()
def report(run: _Run) -> None:
    """Write the report of a finished run again and print where it lies."""
    from gatewise.report.write import write_report

    typer.echo(write_report(run))


@app.command()
def predict(
    run: _Run,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Data like those the run was trained on.")],
    out: Annotated[Path | None, typer.Option(help="Write the predictions here as CSV.  [default: print them]")] = None,
) -> None:
    """Predict on new data with the model that a run recommends."""
    from gatewise import comparison
    from gatewise.run.write import write_text

    if out is not None:
        _check_new(out)
    text = comparison.load(run).predict(file).write_csv()
    if out is None:
        typer.echo(text, nl=False)
        return
    write_text(out, text)
    typer.echo(out)


class _ListsTasks(TyperCommand):
    """A command whose help ends with the tasks; their module is heavy, and imported only to be shown."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        from gatewise.made.families import described

        self.epilog = "\n\n".join(described())
        super().format_help(ctx, formatter)


@app.command(cls=_ListsTasks, no_args_is_help=True)
def make(
    task: Annotated[str, typer.Argument(metavar="TASK", help="One of those below.", show_default=False)],
    out: Annotated[Path, typer.Option(help="The new file: .csv or .parquet for series, .npz for sequences.")],
    seed: Annotated[int, typer.Option(help="Of the random stream.")] = 0,
    size: Annotated[int | None, typer.Option(help="Rows or sequences.", show_default="by the task")] = None,
) -> None:
    """Write data with a planted truth, to see what compare says of them.

    Example: gatewise make tent-map --out tent.csv
    """
    from gatewise.made.families import FEWEST, check_ending, content, find
    from gatewise.run.options import check_whole
    from gatewise.run.write import write_bytes

    made = find(task)
    check_ending(made, out)
    check_whole("--seed", seed, 0, "0")
    size = made.size if size is None else size
    check_whole("--size", size, FEWEST, str(made.size))
    _check_new(out)
    write_bytes(out, content(made, out, size=size, seed=seed))
    typer.echo(out)
    typer.echo(f"next: {made.command(out)}")


def _check_new(out: Path) -> None:
    """Refuse a path that nothing can be written to without loss; it may be the user's data."""
    if not out.absolute().parent.is_dir():
        raise InputError(f"{out} cannot be written: there is no folder {out.parent}. Type another path after --out")
    if out.exists():
        raise InputError(f"{out} is there already and is not overwritten. Type another path after --out, or remove it")


@contextmanager
def _stoppable() -> Iterator[None]:
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


def _show(found: Comparison, json: bool) -> None:
    """The verdict: as a panel and the report's path, or as JSON."""
    if json:
        typer.echo(found.folder.verdict_path.read_text("utf-8"), nl=False)
        return
    from rich.console import Console

    from gatewise.report.text import panel

    Console().print(panel(found.document, found.folder.header().plan))
    typer.echo(f"report: {found.folder.report_path}")


def main() -> None:
    """Run the command line: no traceback for a user's mistake; 2 bad input, 1 failed run, 130 after Ctrl-C."""
    try:
        app()
    except GatewiseError as error:
        typer.echo(f"gatewise: {error}", err=True)
        sys.exit(2 if isinstance(error, InputError) else 1)

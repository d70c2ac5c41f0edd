"""The comparison as one call: `compare`, and what it returns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from gatewise.experiment.budget import purse
from gatewise.experiment.environment import met
from gatewise.experiment.plan import draft, make_plan
from gatewise.experiment.run import run
from gatewise.experiment.watch.quiet import Quiet
from gatewise.experiment.workers.cluster import Cluster
from gatewise.experiment.workers.local import Local
from gatewise.model.model import Model
from gatewise.model.model import load as load_model
from gatewise.rules.score import applying
from gatewise.run.checks import default_workers
from gatewise.run.clock import Watched
from gatewise.run.folder import Header, RunFolder, finished, open_run
from gatewise.run.manual import takes
from gatewise.run.options import Invocation, check_option
from gatewise.tasks import on
from gatewise.understand import understand, understand_again

if TYPE_CHECKING:
    from gatewise.data.shapes import Data
    from gatewise.experiment.plan import Draft
    from gatewise.experiment.watch.protocol import Watcher
    from gatewise.experiment.workers.protocol import Workers
    from gatewise.run.verdict import Verdict
    from gatewise.understand import Understood

DRAWS = "gatewise.report.write"
"""What draws is slow to import, and needed when the fits have ended."""


@dataclass(frozen=True)
class Comparison:
    """A finished comparison.

    Attributes:
        folder: The run folder it lies in.
        document: verdict.json, every number of it.
    """

    folder: RunFolder
    document: Verdict

    @property
    def verdict(self) -> str:
        """The better cell's name, or ``equal``, ``not-worse``, ``neither``, ``undecided``."""
        return self.document.verdict

    @property
    def recommendation(self) -> str:
        """The cell to take, or ``baseline``."""
        return self.document.recommendation

    @property
    def model(self) -> Model:
        """The recommended model, trained."""
        return load(self.folder.path)

    def predict(self, source: object = None, model: str | None = None, *, double: bool = False) -> pl.DataFrame:
        """Predict on new data, or go on from those that were compared on; see `Model.predict`.

        Args:
            source: New data like those that were compared on; None to forecast what comes after these.
            model: A cell or a simple rule that took part; None for what is recommended.
            double: Whether to compute in float64.

        Raises:
            DataError: The data do not fit the model.
            InputError: There are no data to go on from, or they were changed.
            OptionError: There is no such model.
        """
        return load(self.folder.path, model).predict(source, double=double)

    def table(self) -> pl.DataFrame:
        """A row for each cell: score, interval, hidden size, parameters, cost."""
        costs = self.document.costs.cells
        return pl.DataFrame(
            [
                {
                    "cell": cell,
                    "score": result.score,
                    "low": result.interval[0],
                    "high": result.interval[1],
                    "hidden_size": result.hidden_size,
                    "parameters": result.parameters,
                    "above_baseline": result.above_baseline,
                    "seconds_per_fit": costs[cell].seconds_per_fit,
                    "microseconds_per_step": costs[cell].microseconds_per_step,
                }
                for cell, result in self.document.cells.items()
            ]
        )

    def report(self, path: str | Path | None = None) -> Path:
        """Write the report to ``path``, by default into the run folder; returns where it lies."""
        return _drawn(self.folder, Path(path) if path is not None else None)


@takes(Invocation)
def compare(data: object, **given: Any) -> Comparison:  # noqa: D417 - `takes` writes the options' lines
    """Train an LSTM and a GRU of the same size on your sequences, and say which one to use and how certain that is.

    Args:
        data: A table to forecast (path to CSV or Parquet, polars or pandas frame, dict of columns), or sequences to
            classify (path to .ts, a directory with *_TRAIN.ts and *_TEST.ts, .npz; or arrays (X, y[, lengths]) with
            X of shape (n, time, features)); or texts with classes, or texts or events in which to tell what comes next
            (path to a file or folder of text, a table of texts, an event log).
        {options}

    Raises:
        InputError: The data or an option cannot be used; the message says what to type.
        RunError: The run failed; what was trained is safe in the run folder.
    """
    since, call = monotonic(), Invocation(**given)
    understood = understand(data, call.options, plan=call.plan, out=call.out)
    if call.progress is not None:
        call.progress.note("\n".join(understood.lines()))
    where = Where(call.workers, call.cluster)
    return start(understood, where, progress=call.progress, elsewhere=call.elsewhere, since=since)


def resume(
    path: str | Path,
    *,
    workers: int | None = None,
    cluster: str | None = None,
    elsewhere: bool = False,
    progress: Watcher | None = None,
) -> Comparison:
    """Go on with a comparison that was stopped; on a finished one nothing is done.

    Args:
        path: The run folder.
        workers: As for `compare`.
        cluster: As for `compare`.
        elsewhere: Go on although the run was begun on another processor or with other versions; the verdict says so.
        progress: As for `compare`.

    Raises:
        InputError: The folder holds no run, its data are gone or were changed, or it was begun in another environment.
    """
    where = Where(check_option("workers", workers), check_option("cluster", cluster))
    folder = open_run(Path(path))
    if folder.finished:
        return _reported(folder)
    return start(understand_again(Path(path)), where, progress=progress, elsewhere=elsewhere)


class Where(NamedTuple):
    """Where the fits are computed, as the options say it."""

    workers: int | None
    cluster: str | None
    early: Local | None = None  # processes that started while the data were read

    def begun(self, data: Data, folder: RunFolder, watcher: Watcher) -> Local | Cluster:
        """Processes that have the data: of this machine, or of a cluster."""
        if self.early is not None:
            return self.early.given(data)
        if self.cluster is None:
            return Local(data, self.workers or default_workers())
        return Cluster(data, self.workers, self.cluster, partial(met, folder), watcher.note)


def start(
    understood: Understood,
    where: Where,
    *,
    progress: Watcher | None,
    elsewhere: bool = False,
    since: float | None = None,
) -> Comparison:
    """Run what was understood: plan it, where that is still to be done, train, judge and report.

    Args:
        understood: What was read and asked for.
        where: Where the fits are computed.
        progress: Who is told how far it is.
        elsewhere: Whether a run that was begun in another environment is gone on with.
        since: When the call began, by `time.monotonic`; now by default.
    """
    started, told, folder = monotonic() if since is None else since, progress or Quiet(), understood.folder
    if folder.finished:
        told.note(f"{folder.path} holds this comparison already, finished")
        return _reported(folder)
    try:
        return _run(understood, where, told, started, elsewhere=elsewhere)
    except KeyboardInterrupt:
        if folder.planned:
            told.note(f"stopped; what was trained is safe. To go on, type: gatewise resume {folder.path}")
        else:
            told.note("stopped before anything was trained; nothing was written")
        raise


def load(path: str | Path, model: str | None = None) -> Model:
    """A model of a finished run: the recommended one, or the one that is named.

    Args:
        path: The run folder.
        model: A cell or a simple rule that took part, or ``baseline``, the rule to beat; None for what is recommended.

    Raises:
        InputError: There is no finished run in the folder, or no such model in it.
    """
    folder = finished(Path(path))
    found = load_model(folder.model(model or folder.verdict().recommendation))
    return replace(found, run=folder.path)


def _run(understood: Understood, where: Where, watcher: Watcher, started: float, *, elsewhere: bool) -> Comparison:
    data, folder = understood.data, understood.folder
    drafted = draft(data, understood.request.options)
    for found in drafted.notes[len(data.notes) :]:
        watcher.note(f"note: {found}")
    with where.begun(data, folder, watcher) as workers:
        if not folder.planned:
            folder.create(*_planned(understood, drafted, workers, watcher, started))
        header = folder.header()
        watcher.note(f"run folder: {folder.path}")
        plan = header.plan
        rules = [rule for rule in applying(on(data, plan.setting)) if rule not in plan.work.left_out]
        run(header, rules, folder, workers, watcher, spent=monotonic() - started, elsewhere=elsewhere)
    return _reported(folder)


def _reported(folder: RunFolder) -> Comparison:
    """A finished comparison, its report written unless it is there."""
    if not folder.report_path.is_file():
        _drawn(folder)
    return Comparison(folder, folder.verdict())


def _drawn(folder: RunFolder, to: Path | None = None) -> Path:
    """Write the report; returns where it lies."""
    written: Path = import_module(DRAWS).write_report(folder.path, to)
    return written


def _planned(
    understood: Understood, drafted: Draft, workers: Workers, watcher: Watcher, started: float
) -> tuple[Header, Watched | None]:
    """The plan that was given, or one made for what may be spent, and then the budget that the clock watches."""
    source = str(understood.source) if understood.source else None
    if understood.given is not None:
        return understood.given.model_copy(update={"source": source}), None
    asked = understood.request.options
    spend = purse(workers, drafted, asked, monotonic() - started, watcher)
    plan = make_plan(drafted, asked, spend)
    sha256, request = plan.sha256(), understood.request
    header = Header(plan=plan, sha256=sha256, request=request, source=source, gatewise=version("gatewise"))
    return header, Watched(seconds=spend.ends) if spend.ends is not None else None

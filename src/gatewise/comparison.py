"""The comparison as one call: `compare`, and what it returns."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple, overload

from gatewise.errors import OptionError, Stopped
from gatewise.experiment.budget import purse
from gatewise.experiment.environment import met
from gatewise.experiment.plan import draft, make_plan
from gatewise.experiment.run import run
from gatewise.experiment.watch.chosen import watching
from gatewise.experiment.watch.quiet import Quiet
from gatewise.experiment.workers.cluster import Cluster
from gatewise.experiment.workers.local import Local
from gatewise.languages import say
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
    from os import PathLike

    import polars as pl

    from gatewise.data.shapes import Data
    from gatewise.display.offline import Chart, Charts
    from gatewise.experiment.plan import Draft
    from gatewise.experiment.watch.protocol import Watcher
    from gatewise.experiment.workers.protocol import Workers
    from gatewise.run.plan import Plan
    from gatewise.run.verdict import Verdict
    from gatewise.understand import Understood

DRAWS = "gatewise.report."
"""What draws is slow to start, and needed when the fits have ended: it starts while they run."""

SHARED = "narwhals.stable.v1"
"""What draws imports this, and scikit-learn too: two threads that do so in two orders would wait for each other."""

GATES = ("gates",)
"""Plots that need the networks themselves."""


@dataclass(frozen=True)
class Comparison:
    """A finished comparison. In a notebook it shows itself; `print` writes its first screen.

    Attributes:
        folder: The run folder it lies in.
        document: verdict.json, every number of it.
        data: What was compared on, where it came from memory: no file could be read again.
    """

    folder: RunFolder
    document: Verdict
    data: Data | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        """One line: what to take, how surely, what is shown, where it lies."""
        found = self.document
        sure = f" ({found.strength})" if found.strength else ""
        return f"<Comparison: take {found.recommendation}{sure}, verdict {found.verdict}; {self.folder.path}>"

    def __str__(self) -> str:
        """The first screen, as the command line prints it."""
        shown: str = import_module(f"{DRAWS}screen").printed(self.folder)
        return shown

    def __fspath__(self) -> str:
        """The path of its run folder, so that it stands wherever a path of a run does."""
        return str(self.folder.path)

    def _repr_html_(self) -> str:
        """What a notebook shows: the choice, one picture, the scores, the doubt. Nothing is loaded for it."""
        shown: str = import_module(f"{DRAWS}notebook").html(self._given())
        return shown

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
        again = self.data if source is None and "horizon" in self._plan.section else source
        return load(self.folder.path, model).predict(again, double=double)

    @overload
    def table(self) -> pl.DataFrame: ...
    @overload
    def table(self, style: str) -> str: ...
    def table(self, style: str | None = None) -> pl.DataFrame | str:
        """A row for each cell: score, interval, hidden size, parameters, cost.

        Args:
            style: None for a frame; ``latex`` or ``markdown`` for text, in which the simple rule to beat stands too.

        Raises:
            OptionError: There is no such style.
        """
        if style is None:
            rows: pl.DataFrame = import_module(f"{DRAWS}frames").scores(self.document)
            return rows
        text: str = import_module(f"{DRAWS}written").written(self.document, self._plan, style)
        return text

    def fits(self) -> pl.DataFrame:
        """A row for each training run, and for each simple rule on each split.

        Columns: what names the fit (``phase``: tune, pair, redraw, rehearse, model or baseline; ``cell``,
        ``configuration``, ``rung``, ``split``, ``draw``, ``seed``); what it was trained by (``learning_rate``,
        ``batch_size``, ...; null of a simple rule); how it went (``status``, ``tries``, ``steps``, ``best_step``,
        ``capped``); ``validation_loss``, the mean over validation blocks of what is minimised there, null of a simple
        rule; ``test_loss``, the mean over test examples in the metric's own unit; core ``seconds``.

        Raises:
            InputError: The fits are not in the run folder any more.
        """
        found: pl.DataFrame = import_module(f"{DRAWS}frames").fits(self.folder)
        return found

    def plot(self, name: str = "difference", *, cell: str | None = None, example: int | None = None) -> Chart | Charts:
        """A chart of Altair's; a notebook shows it as SVG, for which nothing is loaded, and ``.save(PATH)`` writes it.

        Args:
            name: ``difference`` of the cells and its intervals; ``forecast``: the last rows, test forecasts and what
                comes next; ``errors`` by step ahead; ``confusion`` of classes; ``answers``: numbers told against true
                ones; ``pairs``: all scores; ``pareto``: cost against score; ``tuning`` and ``learning`` curves;
                ``parts``: training and test in time; ``gates`` of a trained network at every step of one example.
            cell: Of ``gates``: the network; None for the recommended one.
            example: Of ``gates``: the sequence by its number, of a table the row that the window ends with, from 1.

        Raises:
            OptionError: There is no such plot, cell or example.
            InputError: The run has nothing of the kind to show.
        """
        draws = import_module(f"{DRAWS}figures")
        draws.known(name, GATES)
        chart: Chart | Charts
        if name in GATES:
            scene = import_module("gatewise.explain.run").scene(self.folder.path, self.data, cell=cell, example=example)
            chart = draws.gates(scene)
            return chart
        for option, value in (("cell", cell), ("example", example)):
            if value is not None:
                raise OptionError(f"{option}={value!r} belongs to plot('gates'), got plot({name!r}). Leave it out")
        chart = draws.drawn(self.folder, name, GATES)
        return chart

    def figures(self, folder: str | Path) -> list[Path]:
        """Write every chart as SVG, PNG and PDF into a folder; returns where they lie.

        Raises:
            InputError: The folder has files of these names that were not written here, or changed since.
            RunError: It cannot be written.
        """
        written: list[Path] = import_module(f"{DRAWS}figures").write_figures(self.folder, Path(folder))
        return written

    def report(self, path: str | Path | None = None) -> Path:
        """Write the report to ``path``, by default into the run folder; returns where it lies."""
        return _drawn(self.folder, Path(path) if path is not None else None)

    @property
    def _plan(self) -> Plan:
        return self.folder.header().plan

    def _given(self) -> Any:
        return import_module(f"{DRAWS}write").given_of(self.folder)


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
    with watching(call.progress) as told:
        understood = understand(data, call.options, plan=call.plan, out=call.out)
        told.note("\n".join(understood.lines()))
        where = Where(call.workers, call.cluster)
        return start(understood, where, progress=told, elsewhere=call.elsewhere, since=since)


def resume(
    path: str | PathLike[str],
    *,
    workers: int | None = None,
    cluster: str | None = None,
    elsewhere: bool = False,
    progress: Watcher | bool | None = None,
) -> Comparison:
    """Go on with a comparison that was stopped; on a finished one nothing is done.

    Args:
        path: The run folder, or a comparison.
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
    with watching(check_option("progress", progress)) as told:
        return start(understand_again(Path(path)), where, progress=told, elsewhere=elsewhere)


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
        told.note(say("{folder} holds this comparison already, finished", folder=folder.path))
        return replace(_reported(folder), data=_in_memory(understood))
    try:
        found = _run(understood, where, told, started, elsewhere=elsewhere)
    except KeyboardInterrupt as interrupt:
        if folder.planned:
            told.note(
                say("stopped; what was trained is safe. To go on, type: gatewise resume {folder}", folder=folder.path)
            )
            typed = f"gatewise.resume({str(folder.path)!r})"
            raise Stopped(f"what was trained is safe. To go on, type: {typed}") from interrupt
        told.note(say("stopped before anything was trained; nothing was written"))
        raise Stopped("before anything was trained; nothing was written") from interrupt
    return replace(found, data=_in_memory(understood))


def _in_memory(understood: Understood) -> Data | None:
    """What was compared on, where no file could be read again."""
    return understood.data if understood.source is None else None


def load(path: str | PathLike[str], model: str | None = None) -> Model:
    """A model of a finished run: the recommended one, or the one that is named.

    Args:
        path: The run folder, or a comparison.
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
        watcher.note(f"{say('note')}: {found.said()}")
    with where.begun(data, folder, watcher) as workers:
        if not folder.planned:
            folder.create(*_planned(understood, drafted, workers, watcher, started))
        header = folder.header()
        watcher.note(say("run folder: {folder}", folder=folder.path))
        plan = header.plan
        rules = [rule for rule in applying(on(data, plan.setting)) if rule not in plan.work.left_out]
        import_module(SHARED)
        Thread(target=_ready_to_draw).start()
        run(header, rules, folder, workers, watcher, spent=monotonic() - started, elsewhere=elsewhere)
    watcher.stage(say("drawing the report"), 1)
    reported = _reported(folder)
    watcher.advance()
    return reported


def _ready_to_draw() -> None:
    import_module(f"{DRAWS}write")
    import_module(f"{DRAWS}drawing").ready()


def _reported(folder: RunFolder) -> Comparison:
    """A finished comparison, its report written unless it is there."""
    if not folder.report_path.is_file():
        _drawn(folder)
    return Comparison(folder, folder.verdict())


def _drawn(folder: RunFolder, to: Path | None = None) -> Path:
    """Write the report; returns where it lies."""
    written: Path = import_module(f"{DRAWS}write").write_report(folder.path, to)
    return written


def _planned(
    understood: Understood, drafted: Draft, workers: Workers, watcher: Watcher, started: float
) -> tuple[Header, Watched | None]:
    """The plan that was given, or one made for what may be spent, and then the budget that the clock watches."""
    source = str(understood.source) if understood.source else None
    if understood.given is not None:
        given = understood.given  # that of an older gatewise is written with what came later, under a name of its own
        return given.model_copy(update={"source": source, "sha256": given.plan.sha256()}), None
    asked = understood.request.options
    spend = purse(workers, drafted, asked, monotonic() - started, watcher)
    plan = make_plan(drafted, asked, spend)
    sha256, request = plan.sha256(), understood.request
    header = Header(plan=plan, sha256=sha256, request=request, source=source, gatewise=version("gatewise"))
    return header, Watched(seconds=spend.ends) if spend.ends is not None else None

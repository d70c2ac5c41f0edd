"""The options table: one row an option. Command line, `compare`, their checks and docs/options.md are made from it.

To add an option, add its row here, or in `data_options` if it says how the data are to be read; read it where it is
used, as ``asked.name``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from gatewise.arms import labels
from gatewise.errors import OptionError, nearest
from gatewise.run.checks import (
    budget,
    cluster,
    default_workers,
    duration,
    is_whole,
    one_of,
    optional,
    path,
    share,
    shares,
    text,
    watcher,
    whole,
)
from gatewise.run.data_options import DATA, DataOptions
from gatewise.run.row import Given, part, row, rows, table

AnchorName = Literal["none", "last", "mean", "rule"]
"""What a forecasting network starts from: nothing, the last value, the training mean, or the best simple rule."""

ANCHORS = get_args(AnchorName)
MATCHES = ("params", "width", "time", "none")
DEFAULT_BUDGET = "3m"
FEWEST_FITS = 4

MOST_MEMBERS = 5
"""Networks of an ensemble at most: beyond that they change little and cost as much each."""

WIDEST = 4096
"""Largest hidden size that may be stated: some 70 million parameters of an LSTM, hours a fit on a processor."""

FORECAST, COMPARISON, WORK, MODELS = "Forecast", "Comparison", "Work", "Models"


def _cells(given: str | Sequence[str]) -> tuple[str, ...]:
    """The label of each arm."""
    return labels([name.strip() for name in given.split(",") if name.strip()] if isinstance(given, str) else given)


@table
class Options(DataOptions):
    """What a comparison is asked for, besides the data: checked values, which plan.json keeps.

    ``Options(horizon=7)`` checks what it is given and fills in the defaults; an option out of range is an `OptionError`
    that names it. A row with ``before`` came later: a plan.json without it means that value.
    """

    task: str | None = row(
        DATA,
        "What to learn where labels are whole numbers: classify or regress; classify-steps or regress-steps with"
        " --per-step.",
        default=None,
        value="TASK",
        shown="by the labels",
        check=optional(text),
        example="regress",
        before=None,
    )
    horizon: int = row(
        FORECAST, "How many future rows to forecast.", value="N", typed=int, default=1, check=whole(1), example="7"
    )
    window: int | None = row(
        FORECAST,
        "Past rows the model sees.",
        default=None,
        value="N",
        typed=int,
        shown="by season and horizon",
        check=optional(whole(1)),
        example="24",
    )
    season: int | None = row(
        FORECAST,
        "Rows after which the pattern repeats: 7 for daily rows and a weekly pattern.",
        default=None,
        value="N",
        typed=int,
        shown="by time stamps",
        check=optional(whole(1)),
        example="7",
    )
    calendar: bool = row(
        FORECAST,
        "Time of day, day of the week and time of the year among the inputs, and a simple rule on them.",
        default=True,
        typed=bool,
        shown="where there are time stamps",
        before=False,
    )
    anchor: str | None = row(
        FORECAST,
        "What networks start from and learn the rest of: rule (the best simple rule), last (value), mean, or none.",
        default=None,
        value="WHAT",
        shown="by validation",
        check=optional(one_of(*ANCHORS)),
        example="none",
        before=None,
    )
    quantiles: Given[str | Sequence[float] | None, tuple[float, ...] | None] = row(
        FORECAST,
        "Quantiles to forecast, scored by the pinball loss: 0.1,0.5,0.9 for the middle, and a range that holds 80 %.",
        default=None,
        value="LIST",
        shown="a point forecast",
        check=optional(shares),
        example="0.1,0.5,0.9",
        before=None,
    )
    cells: Given[str | Sequence[str], tuple[str, ...]] = row(
        COMPARISON,
        "Cells to compare, from lstm, gru, gru-after (torch's GRU), rnn. The verdict is about the first two."
        " A cell may be named twice.",
        value="CELLS",
        default="lstm,gru",
        check=_cells,
        example="lstm,gru",
    )
    params: int = row(
        COMPARISON,
        "Number of parameters of each model, its output layer included.",
        value="N",
        typed=int,
        default=10_000,
        check=whole(1),
        example="10000",
    )
    match: str = row(
        COMPARISON,
        "What is kept equal: params, width, time (of training), or none (see hidden).",
        value="WHAT",
        default="params",
        check=one_of(*MATCHES),
        example="params",
    )
    hidden: Given[str | Mapping[str, int] | None, tuple[tuple[str, int], ...] | None] = row(
        COMPARISON,
        "With match none: the hidden size of every cell. It takes the place of params.",
        default=None,
        value="CELL=N,...",
        example="lstm=40,gru=20",
        before=None,
    )
    metric: str | None = row(
        COMPARISON,
        # Written out, for their table takes numpy, and --help has half a second; a test compares the two.
        "How models are scored: mse, mae for numbers; mase, pinball for forecasts too; accuracy, balanced-accuracy,"
        " log-loss for classes; bits, symbol-accuracy, solved for next symbols; nats for next frames.",
        default=None,
        value="METRIC",
        shown="mse for forecasts and steps, accuracy for classes, mae for regression, bits for symbols, nats for"
        " frames",
        check=optional(text),
        example="mse",
    )
    margin: float = row(
        COMPARISON,
        "Smaller differences in score count as equal.",
        value="SHARE",
        typed=float,
        default=0.01,
        check=share,
        example="0.01",
    )
    seed: int = row(COMPARISON, "Random seed.", value="N", typed=int, default=0, check=whole(0), example="0")
    budget: Given[str | float | None, float | None] = row(
        WORK,
        "Time to train for: 90s, 2m, 1h. A number alone is seconds.",
        default=None,
        value="TIME",
        shown=DEFAULT_BUDGET,
        check=optional(budget),
        example="2m",
    )
    fits: int | None = row(
        WORK,
        "Number of training runs instead of a time; repeatable. Those of the models to hand over come on top.",
        default=None,
        value="N",
        typed=int,
        check=optional(whole(FEWEST_FITS)),
        example="100",
    )
    steps: int | None = row(
        WORK,
        "Optimiser steps of each training run. What is left of the work then buys more or fewer of them.",
        default=None,
        value="N",
        typed=int,
        shown="by the work and the data",
        check=optional(whole(1)),
        example="2000",
        before=None,
    )
    no_race: bool = row(
        WORK,
        "Fit every configuration on all validation folds, also those that the default beats clearly on the first.",
        default=False,
        typed=bool,
        shown="they are left out",
        before=True,
    )
    keep_test: bool = row(
        MODELS,
        "Hand over models that never saw the test part, instead of models trained anew on all data.",
        default=False,
        typed=bool,
        shown="trained on all data",
        before=True,
    )
    ensemble: int = row(
        MODELS,
        f"Train so many networks for each model to hand over, 1 to {MOST_MEMBERS}, and average what they say.",
        value="N",
        typed=int,
        default=1,
        check=whole(1, MOST_MEMBERS),
        example="5",
        before=1,
    )

    @staticmethod
    def agree(kept: dict[str, Any]) -> dict[str, Any]:
        """Check the options against each other."""
        if kept["budget"] is not None and kept["fits"] is not None:
            raise OptionError("--budget and --fits were both given, expected one of them. Leave one out")
        if kept["fits"] is None and kept["budget"] is None:
            kept["budget"] = duration(DEFAULT_BUDGET)
        if kept["keep_test"] and kept["ensemble"] > 1:
            raise OptionError(
                f"--ensemble {kept['ensemble']} and --keep-test were both given, expected one of them: an ensemble is"
                " trained on all data. Leave one out"
            )
        if kept["quantiles"] is not None and kept["metric"] not in (None, "pinball"):
            raise OptionError(
                f"--quantiles and --metric {kept['metric']} were both given; quantiles are scored by the pinball loss."
                f" Leave one out. Type: --quantiles {','.join(map(str, kept['quantiles']))}"
            )
        if kept["quantiles"] is not None:
            kept["metric"] = "pinball"
        return kept | {"hidden": _widths(kept["hidden"], kept["match"], kept["cells"])}


@table
class Invocation(Options):
    """Everything `compare` takes: the options that decide the plan, and how and where it is run."""

    plan: Given[str | Path | None, Path | None] = row(
        WORK,
        "A plan.json: repeat an earlier comparison; all options above are ignored.",
        default=None,
        value="FILE",
        typed=Path,
        check=optional(path),
        example="runs/sales/plan.json",
    )
    workers: int | None = row(
        WORK,
        "Parallel processes (does not change the result).",
        default=None,
        value="N",
        typed=int,
        shown="one per core",
        check=optional(whole(1)),
        example="2",
    )
    cluster: str | None = row(
        WORK,
        "Train on a Ray cluster: local, auto (this machine is part of it), HOST:PORT or ray://HOST:PORT (does not"
        " change the result; see docs/cluster.md).",
        default=None,
        value="ADDRESS",
        shown="processes of this machine",
        check=optional(cluster),
        example="auto",
    )
    out: Given[str | Path | None, Path | None] = row(
        WORK,
        "The run folder; one with the same plan is continued.",
        default=None,
        value="FOLDER",
        typed=Path,
        shown="a new one under runs/",
        check=optional(path),
        example="runs/sales",
    )
    elsewhere: bool = row(
        WORK,
        "Continue a run although it was begun on another processor or with other versions.",
        default=False,
        typed=bool,
        shown="refused",
    )
    progress: Any = row(
        WORK,
        "Who is told how far it is: True, False for nobody, or an object with the methods stage, advance and note.",
        default=None,
        shown="a terminal or a notebook; elsewhere nobody",
        check=optional(watcher),
        command_line=False,
    )

    @property
    def options(self) -> Options:
        """Those that decide the plan."""
        return part(self, Options)


OPTIONS = rows(Invocation)
"""Every option, in the order of their help."""

options = Options  # as tests and benchmarks call it


def check_workers(given: int | None) -> int:
    """The number of worker processes: as asked, or one per core.

    Raises:
        OptionError: Fewer than one.
    """
    return check_option("workers", given) or default_workers()


def check_option(name: str, given: Any) -> Any:
    """What is kept of one option.

    Raises:
        OptionError: It is out of range.
    """
    return next(found for found in OPTIONS if found.name == name).checked(given)


def _widths(
    hidden: str | Mapping[str, int] | None, match: str, cells: tuple[str, ...]
) -> tuple[tuple[str, int], ...] | None:
    """The hidden size of each cell, in the cells' order, where ``--match none`` asks for it."""
    example = "--match none --hidden " + ",".join(f"{cell}=32" for cell in cells)
    if match != "none":
        if hidden is None:
            return None
        raise OptionError(
            f"--hidden was given with --match {match}, which finds the sizes itself; expected --match none. Type:"
            f" {example}"
        )
    stated = _pairs(hidden, example) if isinstance(hidden, str) else {} if hidden is None else dict(hidden)
    for label in stated:
        if label not in cells:
            raise OptionError(f"--hidden: {label!r} is none of --cells; {nearest(str(label), cells)}. Type: {example}")
    lacking = [cell for cell in cells if cell not in stated]
    if lacking:
        raise OptionError(
            f"--match none: got no hidden size for {', '.join(lacking)}, expected one for each of --cells. Type:"
            f" {example}"
        )
    for label, width in stated.items():
        if not is_whole(width, 1) or width > WIDEST:
            raise OptionError(
                f"--hidden {label}={width} is out of range; expected a whole number from 1 to {WIDEST}. Type: {example}"
            )
    return tuple((cell, stated[cell]) for cell in cells)


def _pairs(typed: str, example: str) -> dict[str, int]:
    """Hidden sizes by label from ``lstm=40,gru=2``."""
    found: dict[str, int] = {}
    for piece in typed.split(","):
        label, _, width = (word.strip() for word in piece.partition("="))
        if not width.isdecimal():
            raise OptionError(f"--hidden {piece.strip()!r} is not a cell and its size, such as gru=32. Type: {example}")
        if label in found:
            raise OptionError(f"--hidden: {label} is there twice, expected one size for each cell. Type: {example}")
        found[label] = int(width)
    return found

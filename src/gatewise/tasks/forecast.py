"""Forecasting: windows of a series in, the next ``horizon`` values of the target out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

import numpy as np
import polars as pl
from pydantic import Field

from gatewise.data.ahead import ahead_of
from gatewise.data.prepare import Preparation, carry_forward, prepare
from gatewise.data.reading import Reading
from gatewise.data.shapes import Series
from gatewise.data.split import origins
from gatewise.data.table import read_frame, to_series
from gatewise.data.windows import Parts, known_targets, window_parts
from gatewise.errors import DataError
from gatewise.run.document import Document
from gatewise.run.plan import DataPlan, Setting, SplitPlan
from gatewise.tasks.protocol import Described, Fresh, TaskWords, lacking
from gatewise.text import counted, shorten

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.shapes import Data
    from gatewise.run.options import Options

_F = TypeVar("_F", np.float32, np.float64)

FEWEST_WINDOWS = 8
"""A series that leaves fewer windows to learn from is too short."""


class ForecastSection(Document):
    """What a plan says of a forecast alone."""

    target: str = Field(description="the column to predict")
    time: str | None = Field(description="the column that orders the rows; null for file order")
    duplicates: Literal["first", "last", "mean"] | None = Field(description="how equal time stamps were resolved")
    horizon: int = Field(description="steps ahead")
    season: int = Field(description="steps in one season; 1 when there is none")


@dataclass(frozen=True)
class ForecastLearned:
    """What the training part taught.

    Attributes:
        inputs: Scale, imputation and masks of the input channels.
        anchor: What forecasts are measured from: the `last` value of the window, or the training `mean`, whichever
            was closer to the training targets.
        mean: Training mean of the target.
        spread: Root mean square of (target - anchor) over the training windows; the network's unit.
        drift: Mean change of the target per row over the training part.
    """

    inputs: Preparation
    anchor: Literal["last", "mean"]
    mean: float
    spread: float
    drift: float


class ForecastExamples:
    """The windows of a series, as one training part taught to see them.

    A window is named by the row e it forecasts from: rows e - window to e - 1 in, rows e to e + horizon - 1 out.

    Args:
        values: Shape (rows, features), the target first, NaN where missing.
        learned: What the training part taught.
        window: Input rows.
        horizon: Target rows.
        metric: ``mse`` or ``mae``.
    """

    def __init__(
        self, values: NDArray[np.float64], learned: ForecastLearned, window: int, horizon: int, metric: str
    ) -> None:
        self.learned, self.horizon, self._metric = learned, horizon, metric
        self._prepared = learned.inputs(values)
        self._back, self._ahead = np.arange(-window, 0), np.arange(horizon)
        self._target = values[:, 0]
        self._filled = carry_forward(values[:, 0], learned.mean)

    def inputs(self, ends: NDArray[np.int64]) -> tuple[NDArray[np.float32], None]:
        """Prepared windows, shape (N, window, channels); all of one length."""
        return self._prepared[ends[:, None] + self._back], None

    def targets(self, ends: NDArray[np.int64]) -> NDArray[np.float32]:
        """(target - anchor) / spread, shape (N, horizon)."""
        scaled = (self.future(ends) - self.anchors(ends)[:, None]) / self.learned.spread
        return scaled.astype(np.float32)

    def future(self, ends: NDArray[np.int64]) -> NDArray[np.float64]:
        """The target's own values, shape (N, horizon)."""
        values: NDArray[np.float64] = self._target[ends[:, None] + self._ahead]
        return values

    def past(self, ends: NDArray[np.int64], back: NDArray[np.int64]) -> NDArray[np.float64]:
        """The target ``back`` rows before ``ends``, missing values carried forward, shape (N, len(back))."""
        values: NDArray[np.float64] = self._filled[ends[:, None] - back]
        return values

    def anchors(self, ends: NDArray[np.int64]) -> NDArray[np.float64]:
        """What the forecasts are measured from, shape (N,)."""
        return self._filled[ends - 1] if self.learned.anchor == "last" else np.full(len(ends), self.learned.mean)

    def forecasts(self, outputs: NDArray[_F], ends: NDArray[np.int64]) -> NDArray[np.float64]:
        """The target's forecast values in its own unit, shape (N, horizon), from network outputs."""
        return self.anchors(ends)[:, None] + self.learned.spread * outputs.astype(np.float64)

    def scores(self, outputs: NDArray[_F], ends: NDArray[np.int64]) -> NDArray[np.float64]:
        """The metric's loss of each window in the target's own unit, shape (N,)."""
        return _loss(self.forecasts(outputs, ends) - self.future(ends), self._metric)


def _loss(error: NDArray[np.float64], metric: str) -> NDArray[np.float64]:
    """Mean absolute or squared error over the horizon, shape (N,)."""
    mean: NDArray[np.float64] = (np.abs(error) if metric == "mae" else error**2).mean(axis=1)
    return mean


def default_window(season: int, horizon: int, rows: int) -> int:
    """Input steps: two seasons and twice the horizon, at least 16, at most a twelfth of the series."""
    return max(1, min(max(2 * season, 2 * horizon, 16), rows // 12))


class Forecast:
    """The next values of one column of a table, from a window of all its columns; see `Task`."""

    name: ClassVar[str] = "forecast"
    metrics: ClassVar[dict[str, str]] = {"mse": "mean squared error", "mae": "mean absolute error"}

    @classmethod
    def takes(cls, data: Data) -> bool:
        """A series is forecast."""
        return isinstance(data, Series)

    @classmethod
    def describe(cls, data: Data, asked: Options) -> Described:
        """What was read, as the plan records it."""
        assert isinstance(data, Series)
        rows, season = len(data.values), asked.season or data.season
        window = asked.window or default_window(season, asked.horizon, rows)
        section = {
            "target": data.target,
            "time": data.time,
            "duplicates": data.duplicates,
            "horizon": asked.horizon,
            "season": season,
        }
        common = DataPlan(
            sha256=data.sha256(), examples=rows, features=data.features, masked=(), window=window, outputs=asked.horizon
        )
        return Described(common, ForecastSection.model_validate(section).model_dump(mode="json"))

    @classmethod
    def splits(cls, data: Data, described: Described) -> tuple[SplitPlan, ...]:
        """Expanding origins, most first: test noise is often the larger half."""
        common, section = described
        return tuple(_origins(common, section, count) for count in (3, 2, 1))

    @classmethod
    def too_few(cls, data: Data, setting: Setting, part: str) -> DataError:
        """The series is too short; says which window and horizon would do."""
        assert isinstance(data, Series)
        rows, missing = len(data.values), int(np.isnan(data.values[:, 0]).sum())
        got = f"got {rows} rows" + (f", {missing} of them without a target" if missing else "")
        return DataError(
            f"the series is too short: {got}; a window of {setting.data.window} and a horizon of"
            f" {setting.data.outputs} leave too little for {part}. {_shorter(data, setting)}"
        )

    def __init__(self, data: Data, setting: Setting) -> None:
        assert isinstance(data, Series)
        self.values, self.setting = data.values, setting
        self.section = ForecastSection.model_validate(setting.section)
        self.horizon, self.window = self.section.horizon, setting.data.window

    @property
    def rules(self) -> tuple[str, ...]:
        """Last value, drift, ridge; seasonal naive where the series begins a season before any scored row."""
        earliest = int(self.parts(0, "tune", 0).validation[0])
        seasonal = ("seasonal-naive",) if 1 < self.section.season <= earliest else ()
        return "last-value", *seasonal, "drift", "ridge"

    @property
    def loss(self) -> str:
        """The metric itself, in the network's unit."""
        return "absolute" if self.setting.metric == "mae" else "squared"

    def parts(self, split: int, phase: str, draw: int) -> Parts:
        """Examples of a split; time order leaves nothing to draw."""
        splits = self.setting.splits
        return window_parts(
            splits.borders[split],
            splits.borders[split + 1],
            window=self.window,
            horizon=self.horizon,
            block=splits.block,
            usable=known_targets(self.values[:, 0], self.horizon),
        )

    def lacks(self, split: int, parts: Parts) -> str | None:
        """Each part has a window, training has eight, and the test rows fill a block."""
        splits = self.setting.splits
        too_short = splits.borders[split + 1] - splits.borders[split] < splits.block
        return lacking(parts, FEWEST_WINDOWS) or ("test" if too_short else None)

    def learn(self, parts: Parts) -> ForecastLearned:
        """Learn scales and anchor from the training windows' rows alone."""
        rows = self._training_rows(parts)
        inputs = prepare(rows, np.array(self.setting.data.masked, dtype=np.int64))
        filled = carry_forward(rows[:, 0], inputs.mean[0])
        future = rows[parts.train[:, None] + np.arange(self.horizon), 0]
        square = {
            "last": float(np.mean((future - filled[parts.train - 1][:, None]) ** 2)),
            "mean": float(np.mean((future - inputs.mean[0]) ** 2)),
        }
        anchor: Literal["last", "mean"] = "last" if square["last"] < square["mean"] else "mean"
        drift = (filled[-1] - filled[0]) / max(1, len(filled) - 1)
        spread = float(np.sqrt(square[anchor])) or 1.0
        return ForecastLearned(inputs, anchor, float(inputs.mean[0]), spread, float(drift))

    def gaps(self, parts: Parts) -> tuple[int, ...]:
        """Channels with missing values in the training rows."""
        return tuple(np.flatnonzero(np.isnan(self._training_rows(parts)).any(axis=0)).tolist())

    def _training_rows(self, parts: Parts) -> NDArray[np.float64]:
        """Rows that training windows read or predict, shape (rows, features)."""
        return self.values[: parts.train[-1] + self.horizon]

    def examples(self, parts: Parts) -> ForecastExamples:
        """All windows of the series, as the training windows of ``parts`` teach to see them."""
        return ForecastExamples(self.values, self.learn(parts), self.window, self.horizon, self.setting.metric)

    def selection(self, outputs: NDArray[np.float32], targets: NDArray[np.float32]) -> NDArray[np.float64]:
        """The metric of each window, shape (N,), in the network's unit."""
        return _loss((outputs - targets).astype(np.float64), self.setting.metric)

    def trivial(self, targets: NDArray[np.float32], training: NDArray[np.float32]) -> NDArray[np.float32]:
        """Outputs of the forecast that never leaves the anchor."""
        return np.zeros_like(targets)

    @classmethod
    def learned(cls, stored: dict[str, Any]) -> ForecastLearned:
        """What `Model.save` stored."""
        numbers = {name: float(stored[name]) for name in ("mean", "spread", "drift")}
        return ForecastLearned(Preparation.of(stored["inputs"]), stored["anchor"], **numbers)

    @classmethod
    def fresh(cls, data: DataPlan, section: dict[str, Any], learned: Any, source: object, back: int) -> Fresh:
        """The window after the last row of a table; the steps ahead carry its time column on."""
        asked = ForecastSection.model_validate(section)
        reading = Reading(asked.target, asked.time, asked.duplicates)
        series = to_series(read_frame(source, reading), reading, features=data.features)
        rows, expected = len(series.values), max(data.window, back)
        if rows < expected:
            raise DataError(f"need at least the last {expected} rows, got {rows}. Bring the rows before them too")
        examples = ForecastExamples(series.values, learned, data.window, asked.horizon, "mse")
        end = np.array([rows])
        name, ahead = ahead_of(series, asked.horizon)

        def table(outputs: NDArray[_F]) -> pl.DataFrame:
            return pl.DataFrame([ahead.alias(name), pl.Series(asked.target, examples.forecasts(outputs, end)[0])])

        return Fresh(examples, end, table)

    @classmethod
    def words(cls, setting: Setting) -> TaskWords:
        """Target, horizon and window; time column, duplicates and season; the origins."""
        asked, splits = ForecastSection.model_validate(setting.section), setting.splits
        ahead = "1 step" if asked.horizon == 1 else f"{asked.horizon} steps"
        details = (
            f"in the order of {shorten(asked.time, 40)}" if asked.time else "",
            f"of rows with equal time the {asked.duplicates} was kept" if asked.duplicates else "",
            f"a season has {asked.season} steps" if asked.season > 1 else "",
        )
        subject = f"{shorten(asked.target)}, {ahead} ahead from {setting.data.window} steps back"
        starts = ", ".join(f"{border:,}" for border in splits.borders[:-1])
        origins = (
            f"{counted(splits.count, 'rolling origin')}, testing from rows {starts} up to row {splits.borders[-1]:,} in"
            f" blocks of {splits.block}; each trains on rows before its test rows only."
        )
        return TaskWords(subject, "rows", tuple(filter(None, details)), origins)


def _origins(data: DataPlan, section: dict[str, Any], count: int) -> SplitPlan:
    """``count`` origins; a test block is long enough that neighbours share no row."""
    return SplitPlan(
        kind="origins",
        count=count,
        borders=origins(data.examples, count),
        block=max(data.window + section["horizon"], section["season"]),
        tuning_folds=1,
        tuned_each=False,
        may_climb=True,
        serial=True,
        redrawn=False,
        last_saw_most=True,
    )


def _shorter(data: Series, setting: Setting) -> str:
    """What to type instead: a shorter window, or a shorter horizon too, that was tried and goes."""
    for horizon in _halves(setting.data.outputs):
        for window in _halves(setting.data.window):
            section = setting.section | {"horizon": horizon}
            common = setting.data.model_copy(update={"window": window, "outputs": horizon})
            splits = _origins(common, section, 1)
            tried = Forecast(data, setting._replace(data=common, section=section, splits=splits))
            if tried.lacks(0, tried.parts(0, "pair", 0)) is None:
                return f"Type: --window {window}" + (f" --horizon {horizon}" if horizon < setting.data.outputs else "")
    return "Bring more rows, or fill the gaps of the target"


def _halves(value: int) -> list[int]:
    """The value, half of it, a quarter, ... down to 1."""
    return [value >> k for k in range(value.bit_length())]

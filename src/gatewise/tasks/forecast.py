"""Forecasting: windows of a series in, the next ``horizon`` values of the target out."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from gatewise.data.digits import decimals
from gatewise.data.embedded import places as coded_places
from gatewise.data.reading import Reading
from gatewise.data.series import Series, moment
from gatewise.data.split import first_tested, origins
from gatewise.data.terms import Terms, term_names
from gatewise.data.windows import TRAINING_WINDOWS, Parts, trial_parts, usable_windows, validation_start, window_parts
from gatewise.errors import DataError
from gatewise.metrics import QUANTILES, metric_named, metrics_of
from gatewise.run.plan import DataPlan, Setting, Shape, SplitPlan
from gatewise.tasks.forecast_section import ForecastSection
from gatewise.tasks.forecast_words import forecast_words
from gatewise.tasks.fresh_rows import fresh_rows
from gatewise.tasks.protocol import Described, Extent, Fresh, Recipe, TaskWords, lacking, only_training
from gatewise.tasks.quantiles import around, column, of_errors, rising
from gatewise.tasks.rows import Rows, only, places, training_rows
from gatewise.tasks.scales import TINY, growing, season_changes
from gatewise.tasks.windows import ForecastExamples, ForecastLearned, learn

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.shapes import Data
    from gatewise.run.options import Options

FEWEST_WINDOWS = 8
"""A series that leaves fewer windows to learn from is too short."""


SHORTEST_HALVED = 16
"""A window of fewer steps is not tried at half its length."""


def default_window(season: int, horizon: int, rows: int) -> int:
    """Input steps: two seasons and twice the horizon, at least 16, at most a twelfth of the series."""
    return max(1, min(max(2 * season, 2 * horizon, 16), rows // 12))


class Forecast:
    """The next values of one column of a table, from a window of all its columns; see `Task`."""

    name: ClassVar[str] = "forecast"
    labelled: ClassVar[bool] = False
    metrics: ClassVar[tuple[str, ...]] = (
        *metrics_of("numbers", first="mse"),
        *metrics_of("forecasts"),
        *metrics_of("quantiles"),
    )

    @classmethod
    def takes(cls, data: Data) -> bool:
        """A series is forecast."""
        return isinstance(data, Series)

    @classmethod
    def describe(cls, data: Data, asked: Options) -> Described:
        """What was read, as the plan records it."""
        assert isinstance(data, Series)
        seasons = (asked.season,) if asked.season else data.seasons
        length = int(np.median(np.diff(data.timeline.starts)))
        window = asked.window or default_window(seasons[0] if seasons else 1, asked.horizon, length)
        quantiles = asked.quantiles or (QUANTILES if asked.metric == "pinball" else ())
        _refuse_names(data, quantiles)
        section = ForecastSection(
            targets=data.targets,
            reading=_read(data, asked).resolved(None if asked.layout == "rows" else data.time),
            horizon=asked.horizon,
            seasons=tuple(season for season in seasons if season > 1),
            names=data.names,
            calendar=data.calendar.stored() if data.calendar else None,
            zone=data.zone,
            known=data.known,
            quantiles=quantiles,
            ends="" if data.stamps is None else moment(data.stamps.max()),
            terms=_terms(data, seasons) if asked.calendar else (),
            most_learned=TRAINING_WINDOWS,
        )
        common = DataPlan(
            sha256=data.sha256(),
            examples=len(data.values),
            features=data.features,
            masked=(),
            window=window,
            outputs=section.outputs,
            terms=len(section.terms),
            categories=data.categories,
        )
        return Described(common, section.model_dump(mode="json"))

    @classmethod
    def splits(cls, data: Data, described: Described) -> tuple[SplitPlan, ...]:
        """The user's own test part; else expanding origins, most first: test noise is often the larger half."""
        assert isinstance(data, Series)
        if data.test_start is not None:
            return (_origins(data, described.data, described.section, 1),)
        return tuple(_origins(data, described.data, described.section, count) for count in (3, 2, 1))

    @classmethod
    def recipe(cls, described: Described) -> Recipe:
        """The head reads the last state, and learns what the best simple rule leaves.

        What all cells might share instead: another anchor, targets in units of each window, half of the window.
        """
        shape = Shape(init="literature", zero_head=True, targets=len(described.section["targets"]))
        shape = shape.model_copy(update={"embedded": described.data.embedded})
        settings: list[dict[str, Any]] = [{"anchor": "last"}]
        if shape.targets == 1 or not described.section["quantiles"]:
            settings.append({"normalisation": "window"})
        if described.data.window >= SHORTEST_HALVED:
            settings.append({"window": described.data.window // 2})
        return Recipe(shape, {"anchor": "rule"}, (*settings, {"anchor": "none"}, {"anchor": "mean"}), refits=True)

    @classmethod
    def everything(cls, data: Data, described: Described) -> tuple[Data, SplitPlan]:
        """The series, all of it to learn from: an origin so late that the last target is the last row."""
        assert isinstance(data, Series)
        steps = data.timeline.steps
        end = int(steps.max() - steps.min()) + 1 + described.section["horizon"]
        last = _origins(data, described.data, described.section, 1)
        return data, last.model_copy(update={"borders": (end, end)})

    @classmethod
    def too_few(cls, data: Data, setting: Setting, part: str) -> DataError:
        """The series is too short; says which window and horizon would do."""
        assert isinstance(data, Series)
        rows, missing = len(data.values), int(np.isnan(data.values[:, : len(data.targets)]).any(axis=1).sum())
        got = f"got {rows} rows" + (f", {missing} of them without a target" if missing else "")
        return DataError(
            f"the series {'are' if data.keys else 'is'} too short: {got}; a window of {setting.data.window} and a"
            f" horizon of {setting.section['horizon']} leave too little for {part}. {_shorter(data, setting)}"
        )

    def __init__(self, data: Data, setting: Setting) -> None:
        assert isinstance(data, Series)
        self.series, self.setting = data, setting
        self.section = ForecastSection.model_validate(setting.section)
        self.horizon, self.window = self.section.horizon, setting.data.window
        known = places(data.features, data.known)
        terms = None
        if self.section.terms:
            assert data.calendar is not None
            assert data.stamps is not None
            terms = Terms(self.section.terms, data.calendar, data.stamps)
        coded = coded_places(data.features, data.categories)
        self.rows = Rows(data.values, data.timeline, len(self.section.targets), known, terms=terms, coded=coded)
        goals = data.values[:, : self.rows.targets]
        self._usable = usable_windows(data.timeline, goals, self.window, self.horizon)

    @property
    def loss(self) -> str:
        """The metric's, in the network's unit."""
        return metric_named(self.setting.metric).trained

    @property
    def quantiles(self) -> tuple[float, ...]:
        """The plan's."""
        return self.section.quantiles

    def parts(self, split: int, phase: str, draw: int) -> Parts:
        """Examples of a split; time order leaves nothing to draw.

        A rehearsal tests the validation part of the split, as if its origin came before it.
        """
        splits = self.setting.splits
        border, end = splits.borders[split : split + 2]
        if phase == "rehearse":
            border, end = validation_start(border, self.horizon), border
        return window_parts(
            border,
            end,
            window=self.window,
            horizon=self.horizon,
            block=splits.block,
            usable=self._usable,
            timeline=self.rows.timeline,
            seasons=tuple(self.section.seasons),
        )

    def whole(self) -> Parts:
        """Every window with known targets, up to the last row."""
        return only_training(np.flatnonzero(self._usable))

    def extent(self, parts: Parts) -> Extent:
        """The rows up to the last one that a training window predicts; rows of missing steps are not counted."""
        there = ~np.isnan(self.rows.values).all(axis=1)
        seen = there & training_rows(self.rows, parts.train, self.horizon)
        stamps = self.series.stamps
        until = f"row {int(seen.sum()):,}" if stamps is None else moment(stamps[seen].max())
        return Extent(int(seen.sum()), int(there.sum()), until)

    @classmethod
    def takes_bands(cls, section: dict[str, Any]) -> bool:
        """Where quantiles are asked for they say what bands would."""
        return not section["quantiles"]

    def misses(self, examples: ForecastExamples, outputs: NDArray[Any], ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """True minus forecast in the scale of each series, 1 for one, or as a share of it; (N, steps, targets)."""
        forecasts, learned, members = examples.forecasts(outputs, ids), examples.learned, examples.members(ids)
        own, mean = learned.scale[members][:, None], learned.mean[members][:, None]
        unit = np.maximum(np.abs(forecasts), TINY * mean) if self.grows else own
        found: NDArray[np.float64] = (examples.future(ids) - forecasts) / unit
        return found

    @cached_property
    def grows(self) -> bool:
        """Whether positive targets grow before the first origin."""
        return growing(self.rows, training_rows(self.rows, self.parts(0, "tune", 0).before, self.horizon))

    def decimals(self) -> dict[str, int]:
        """Those of each target."""
        return {name: decimals(self.rows.values[:, place]) for place, name in enumerate(self.section.targets)}

    def trials(self, split: int) -> tuple[Parts, ...]:
        """Earlier origins before that of the split; its own parts where the rows are too few for them."""
        splits = self.setting.splits
        found = trial_parts(
            splits.borders[split],
            window=self.window,
            horizon=self.horizon,
            block=splits.block,
            usable=self._usable,
            timeline=self.rows.timeline,
            fewest=FEWEST_WINDOWS,
        )
        return found or (self.parts(split, "tune", 0),)

    def lacks(self, split: int, parts: Parts) -> str | None:
        """Each part has a window, training has eight, and the test rows fill a block."""
        splits = self.setting.splits
        too_short = splits.borders[split + 1] - splits.borders[split] < splits.block
        return lacking(parts, FEWEST_WINDOWS) or ("test" if too_short else None)

    def gaps(self, parts: Parts) -> tuple[int, ...]:
        """Features with missing values in the training rows; of features that lack the same rows, the first."""
        missing = np.isnan(only(self.rows.values, training_rows(self.rows, parts.train, self.horizon)))
        if not missing.any():
            return ()
        missing[:, list(self.rows.coded)] = False  # a missing value of a category is an unknown one
        _, first = np.unique(missing, axis=1, return_index=True)
        return tuple(sorted(int(place) for place in first if missing[:, place].any()))

    def examples(self, parts: Parts) -> ForecastExamples:
        """All windows of the series, as the training windows of ``parts`` teach to see them."""
        masked = np.array(self.setting.data.masked, dtype=np.int64)
        learned = learn(self.rows, parts.train, self.window, self.horizon, masked)
        how = (self.window, self.horizon, self.setting.metric, self._units, self.quantiles)
        return ForecastExamples(self.rows, learned, *how)

    @cached_property
    def _units(self) -> NDArray[np.float64]:
        """What errors are divided by before they are scored, shape (series, targets).

        One series of one target is scored in its own unit: 1. Several count alike: each by its mean absolute change
        over a season in the first training part, as for the mean absolute scaled error (Hyndman and Koehler 2006,
        "Another look at measures of forecast accuracy", International Journal of Forecasting 22).
        """
        shape = (self.rows.timeline.count, self.rows.targets)
        if shape == (1, 1) and metric_named(self.setting.metric).of != "forecasts":
            return np.ones(shape)
        train = self.parts(0, "tune", 0).train
        if not len(train):
            return np.ones(shape)
        seen = training_rows(self.rows, train, self.horizon)
        return season_changes(self.rows, seen, self.section.seasons[0] if self.section.seasons else 1)

    def selection(self, outputs: NDArray[np.float32], targets: NDArray[np.float32]) -> NDArray[np.float64]:
        """The loss of each window by which the metric chooses, shape (N,), in the network's unit."""
        ordered = rising(outputs, len(self.quantiles) or 1).reshape(len(outputs), -1)
        return metric_named(self.setting.metric).at(self.quantiles).chooses(ordered, targets, 1.0)

    def trivial(self, targets: NDArray[np.float32], training: NDArray[np.float32]) -> NDArray[np.float32]:
        """Outputs of the forecast that never leaves the level; quantiles are those of the training targets."""
        if not self.quantiles:
            return np.zeros_like(targets)
        return around(np.zeros_like(targets), of_errors(training, self.quantiles)).astype(np.float32)

    @classmethod
    def learned(cls, stored: dict[str, Any]) -> ForecastLearned:
        """What `Model.save` stored."""
        return ForecastLearned.of(stored)

    @classmethod
    def fresh(cls, data: DataPlan, section: dict[str, Any], learned: Any, source: object, back: int) -> Fresh:
        """The window after the last row of a table; the steps ahead carry its time column on."""
        return fresh_rows(data, ForecastSection.model_validate(section), learned, source, back)

    @classmethod
    def words(cls, setting: Setting) -> TaskWords:
        """Target, horizon and window; time column, duplicates and season; the origins."""
        return forecast_words(setting)


def _refuse_names(series: Series, quantiles: tuple[float, ...]) -> None:
    """Refuse a column of forecasts that would have two meanings.

    Raises:
        DataError: Names the column.
    """
    for target in series.targets:
        for quantile in quantiles:
            if column(target, quantile) in (*series.targets, series.time, *series.keys):
                raise DataError(
                    f"the column {column(target, quantile)} has the name of the forecast of quantile {quantile} of"
                    f" {target}. Rename the column"
                )


def _terms(series: Series, seasons: tuple[int, ...]) -> tuple[str, ...]:
    """Names of the calendar terms that the steps before the first tested one can teach."""
    if series.stamps is None or series.calendar is None:
        return ()
    numbers, _ = series.calendar.numbers(np.array([series.stamps.min(), series.stamps.max()]))
    return term_names(series.calendar, numbers, seasons, first_tested(series.timeline.steps, series.test_start))


def _read(data: Series, asked: Options) -> Reading:
    """How rows to predict on are read: as was said, and with a decimal comma where these rows had one."""
    said = Reading.of(asked)
    return said if data.decimal == "." else replace(said, decimal=said.decimal or data.decimal)


def _origins(series: Series, data: DataPlan, section: dict[str, Any], count: int) -> SplitPlan:
    """``count`` origins; a test block is long enough that neighbours share no row.

    The user's own test part is one origin. Where it is shorter than a block, it is one all the same.
    """
    block = max(data.window + section["horizon"], *section["seasons"][:1], 1)
    borders = origins(series.timeline.steps, count)
    if series.test_start is not None:
        borders = (series.test_start, int(np.ptp(series.timeline.steps)) + 1)
        block = min(block, borders[1] - borders[0])
    return SplitPlan(
        kind="origins" if series.test_start is None else "own",
        count=count,
        borders=borders,
        block=block,
        tuning_folds=1,
        tuned_each=False,
        may_climb=True,
        serial=True,
        redrawn=False,
        last_saw_most=True,
    )


def _shorter(data: Series, setting: Setting) -> str:
    """What to type instead: a shorter window, or a shorter horizon too, or no season, that was tried and goes."""
    longest = ForecastSection.model_validate(setting.section).horizon
    for horizon in _halves(longest):
        for window in _halves(setting.data.window):
            if _goes(data, setting, setting.section | {"horizon": horizon}, window):
                return f"Type: --window {window}" + (f" --horizon {horizon}" if horizon < longest else "")
    season = max(ForecastSection.model_validate(setting.section).seasons, default=1)
    if season > 1 and _goes(data, setting, setting.section | {"seasons": ()}, setting.data.window):
        return f"The season of {season:,} rows does not fit into it. Bring more rows, or leave it out: type --season 1"
    return "Bring more rows, or fill the gaps of the target"


def _goes(data: Series, setting: Setting, section: dict[str, Any], window: int) -> bool:
    """Whether the series is long enough for a section and a window."""
    outputs = ForecastSection.model_validate(section).outputs
    common = setting.data.model_copy(update={"window": window, "outputs": outputs})
    tried = Forecast(data, setting._replace(data=common, section=section, splits=_origins(data, common, section, 1)))
    return tried.lacks(0, tried.parts(0, "pair", 0)) is None


def _halves(value: int) -> list[int]:
    """The value, half of it, a quarter, ... down to 1."""
    return [value >> k for k in range(value.bit_length())]

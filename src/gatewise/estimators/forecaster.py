"""`SequenceForecaster`: frames in, the steps ahead of what was fitted out."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from gatewise.data.frames import Frames
from gatewise.data.look import look
from gatewise.data.reading import Reading
from gatewise.data.symbols import Symbols
from gatewise.errors import DataError, OptionError, PredictionNote, nearest
from gatewise.estimators.asked import asked_for, found_for, keep
from gatewise.estimators.frames import LONG, columns_of, like, with_columns_only
from gatewise.model.model import Model, revived

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Self

    from gatewise.run.options import Options


class SequenceForecaster(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """An LSTM or a GRU that forecasts one series or many; `fit` and `predict` take frames.

    A frame of pandas or polars, or a mapping of columns, one row a step: either with the columns ``unique_id, ds, y``,
    as NeuralForecast takes it, or any other with its ``target`` named. Every further column is a covariate of which
    the past is used. The order of the rows does not matter where there is a time column.

    Args:
        horizon: Steps ahead.
        target: Column to forecast, or several with commas between; None for ``y`` of a frame with ``ds`` and ``y``.
        time: Column with the times; None for ``ds``, else finds it.
        series: Column, or columns with commas between, that name the series of a row; None for ``unique_id`` beside
            ``ds``, else for a single series.
        known: Covariates that are known ahead, with commas between. To forecast, a frame has ``horizon`` rows with them
            and with no target at the end of each series.
        cell: ``auto`` compares both cells and trains the one that is recommended; ``lstm`` or ``gru`` trains that one.
        fits: Training runs of a fit. ``auto``: those of the comparison, 4 or more. A cell: one with the default
            configuration, the others with configurations drawn as in a comparison; the one that validates best is
            taken. A last one trains on everything.
        window: Past steps the model sees; None for as many as season and horizon ask for.
        season: Steps after which the pattern repeats; None finds it.
        params: Number of parameters of the model, its output layer included.
        metric: How models are scored and chosen; None for mse.
        quantiles: Quantiles to forecast, ``[0.1, 0.5, 0.9]``, scored by the pinball loss: `predict` gives a column for
            each, ``y_q0.1``, beside the median; None for a point forecast.
        seed: Random seed.
        workers: Processes; 1 computes in the caller's.
        reading: Further options on reading, by the names that `gatewise.compare` has for them: ``--duplicates first``
            of a message is ``reading={"duplicates": "first"}``.

    Attributes:
        forecast_: The steps ahead of what was fitted, as `predict` gives them; None where `predict` says why there are
            none.
        cell_: What was trained: ``lstm``, ``gru``, or ``baseline`` where the comparison recommends the simple rule.
        verdict_: What the comparison found (``equal``, ``undecided``, ...); None where a cell was named.
        comparison_: verdict.json of the comparison, as text; None likewise.
        notes_: What reading the frame changed, left out or doubts, one sentence each.
        feature_names_in_: The targets and the covariates that are used.
    """

    def __init__(
        self,
        *,
        horizon: int = 1,
        target: str | None = None,
        time: str | None = None,
        series: str | None = None,
        known: str | None = None,
        cell: str = "auto",
        fits: int = 20,
        window: int | None = None,
        season: int | None = None,
        params: int = 10_000,
        metric: str | None = None,
        quantiles: Sequence[float] | None = None,
        seed: int = 0,
        workers: int = 1,
        reading: Mapping[str, Any] | None = None,
    ) -> None:
        self.horizon = horizon
        self.target = target
        self.time = time
        self.series = series
        self.known = known
        self.cell = cell
        self.fits = fits
        self.window = window
        self.season = season
        self.params = params
        self.metric = metric
        self.quantiles = quantiles
        self.seed = seed
        self.workers = workers
        self.reading = reading

    @property
    def model_(self) -> Model:
        """The trained model, as `gatewise.load` gives one: it can be saved without pickle."""
        check_is_fitted(self)
        return revived(self.model_card_, self.model_weights_)

    def fit(self, df: Any) -> Self:
        """Learn from a frame.

        Args:
            df: One row a step. Rows at the end of a series whose target is blank are steps to be forecast.

        Raises:
            ValueError: The frame cannot be used; the message says what was got, what is expected and what to type.
        """
        df = with_columns_only(df)
        options = self._options(df)
        data = look(df, Reading.of(options))
        assert not isinstance(data, Symbols | Frames)
        keep(self, found_for(self, data, options), data.notes)
        self.feature_names_in_ = list(data.features)
        self.forecast_, self.no_forecast_, notes = self._ahead(df)
        self.notes_ = (*data.notes, *notes)
        return self

    def predict(self, df: Any = None) -> Any:
        """Forecast the next ``horizon`` steps of each series.

        Args:
            df: New rows, with the columns that were fitted on and at least as many rows of each series as the model
                sees; None goes on from the frame that was fitted on.

        Returns:
            A frame of the kind that was given: the columns that name the series and the time, and the target.

        Raises:
            ValueError: The rows do not fit the model.
        """
        check_is_fitted(self)
        if df is not None:
            df = with_columns_only(df)
            return like(self.model_.predict(df), df)
        if self.no_forecast_ is not None:
            raise DataError(self.no_forecast_)
        return self.forecast_.clone() if hasattr(self.forecast_, "clone") else self.forecast_.copy()

    def _ahead(self, df: Any) -> tuple[Any, str | None, list[str]]:
        """The forecast from the rows that were fitted on, or why there is none; and what to know of it."""
        try:
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always", PredictionNote)
                forecast = like(self.model_.predict(df), df)
        except DataError as error:
            return None, str(error), []
        return forecast, None, [str(note.message) for note in told]

    def _options(self, df: Any) -> Options:
        """The options that the parameters and the frame's columns mean."""
        more = dict(self.reading or {})
        allowed = [name for name in Reading.__dataclass_fields__ if name not in (*LONG, "known")]
        for name in more:
            if name not in allowed:
                raise OptionError(
                    f"reading={{{name!r}: ...}}: there is no such option on reading; {nearest(name, allowed)}"
                )
        columns = columns_of(df, self.target, self.time, self.series)
        own = ("horizon", "window", "season", "metric", "quantiles", "known")
        named = {name: getattr(self, name) for name in own}
        return asked_for(self, **named, **columns, **more)

"""The trained model a comparison hands over: predict, save, load; no pickle anywhere."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl
import safetensors.numpy
import torch
from pydantic import BaseModel, ConfigDict, ValidationError

from gatewise.data.prepare import Preparation
from gatewise.data.readers.sequences import read_sequences
from gatewise.data.table import read_frame, to_series
from gatewise.errors import DataError, InputError
from gatewise.model.network import Network
from gatewise.rules.baselines import Baseline, outputs
from gatewise.run.plan import DataPlan
from gatewise.run.write import write_bytes, write_text
from gatewise.tasks.classify import ClassifyExamples, ClassifyLearned
from gatewise.tasks.forecast import ForecastExamples, ForecastLearned

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from torch import Tensor

    from gatewise.data.shapes import Series


class ModelCard(BaseModel):
    """model.json: everything about a model but its weights."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    cell: str
    rule: str | None
    hidden_size: int
    data: DataPlan
    learned: dict[str, Any]
    plan_sha256: str


@dataclass(frozen=True)
class Model:
    """A trained model, or a fitted simple rule, with everything it needs to predict on new data.

    Attributes:
        cell: The cell's label, or ``baseline``.
        data: What it was trained on: columns, window, horizon, classes.
        learned: Scales and imputation from the training part.
        network: The network; None for a baseline.
        rule: The simple rule; None for a network.
        plan_sha256: The comparison it comes from.
    """

    cell: str
    data: DataPlan
    learned: ForecastLearned | ClassifyLearned
    network: Network | None
    rule: Baseline | None
    plan_sha256: str

    def predict(self, source: object) -> pl.DataFrame:
        """Predict on new data.

        Args:
            source: Forecast: a table (path or frame) with the columns the model was trained on, at least ``window``
                rows; the ``horizon`` steps after its last row are forecast. Classification: sequences (path or
                arrays) with the channels the model was trained on.

        Returns:
            Forecast: the time column, carried on (or ``step``), and the target, ``horizon`` rows. Classification:
            ``example``, ``predicted`` and a column ``p(class)`` for each class, a row for each sequence.

        Raises:
            DataError: The data do not fit the model.
        """
        with torch.inference_mode():
            if isinstance(self.learned, ForecastLearned):
                return self._forecast(self.learned, source)
            return self._classify(self.learned, source)

    def _forecast(self, learned: ForecastLearned, source: object) -> pl.DataFrame:
        data = self.data
        assert data.target is not None
        frame = read_frame(source)
        series = to_series(
            frame, target=data.target, time=data.time, duplicates=data.duplicates, features=data.features
        )
        rows, wanted = len(series.values), data.window
        if self.rule is not None and self.rule.name == "seasonal-naive":
            wanted = max(wanted, data.season)
        if rows < wanted:
            raise DataError(f"{rows} rows came; the model reads a window of {wanted}. Bring at least {wanted} rows")
        examples = ForecastExamples(series.values, learned, data.window, data.horizon, "mse")
        end = np.array([rows])
        if self.network is not None:
            out: Tensor = self.network(*examples.inputs(end))
        else:
            assert self.rule is not None
            out = outputs(self.rule, examples, end)
        name, ahead = ahead_of(series, data.horizon)
        return pl.DataFrame([ahead.alias(name), pl.Series(data.target, examples.forecasts(out, end)[0])])

    def _classify(self, learned: ClassifyLearned, source: object) -> pl.DataFrame:
        data = self.data
        found = read_sequences(source, labelled=False)
        if len(found.features) != len(data.features):
            raise DataError(
                f"sequences of {len(found.features)} channels came; the model reads {len(data.features)}."
                f" Bring sequences with the channels it was trained on: {', '.join(data.features)}"
            )
        ids = np.arange(len(found.lengths))
        examples = ClassifyExamples(
            found.values, found.lengths, np.zeros(len(ids), dtype=np.int64), learned, "accuracy"
        )
        if self.network is not None:
            out: Tensor = self.network(*examples.inputs(ids))
        else:
            assert self.rule is not None
            out = outputs(self.rule, examples, ids)
        shares = out.double().softmax(dim=1).numpy()
        columns = [
            pl.Series("example", ids + 1),
            pl.Series("predicted", [data.classes[k] for k in shares.argmax(axis=1)]),
        ]
        return pl.DataFrame(columns + [pl.Series(f"p({c})", shares[:, k]) for k, c in enumerate(data.classes)])

    def save(self, folder: Path) -> None:
        """Write model.safetensors and model.json into ``folder``, made if it is not there."""
        folder.mkdir(parents=True, exist_ok=True)
        if self.network is not None:
            arrays: dict[str, NDArray[Any]] = {k: v.numpy() for k, v in self.network.state_dict().items()}
        else:
            assert self.rule is not None
            arrays = dict(self.rule.arrays)
        card = ModelCard(
            cell=self.cell,
            rule=self.rule.name if self.rule else None,
            hidden_size=self.network.layer.hidden_size if self.network else 0,
            data=self.data,
            learned=json.loads(json.dumps(asdict(self.learned), default=np.ndarray.tolist)),
            plan_sha256=self.plan_sha256,
        )
        write_bytes(folder / "model.safetensors", safetensors.numpy.save(arrays))
        write_text(folder / "model.json", card.model_dump_json(indent=2) + "\n")


def load(folder: Path) -> Model:
    """Read a model that `Model.save` wrote.

    Raises:
        InputError: There is no model in the folder, or it is damaged.
    """
    try:
        card = ModelCard.model_validate_json((folder / "model.json").read_bytes())
        arrays = safetensors.numpy.load((folder / "model.safetensors").read_bytes())
    except (OSError, ValidationError, safetensors.SafetensorError) as error:
        raise InputError(
            f"{folder} holds no model that can be read: {error}. Wanted: a folder under models/"
        ) from error
    learned = _learned(card.learned)
    if card.rule is not None:
        return Model(card.cell, card.data, learned, None, Baseline(card.rule, arrays), card.plan_sha256)
    width = card.data.horizon or len(card.data.classes)
    network = Network(card.cell, learned.inputs.channels, card.hidden_size, width, torch.Generator())
    network.load_state_dict({name: torch.from_numpy(value) for name, value in arrays.items()})
    return Model(card.cell, card.data, learned, network, None, card.plan_sha256)


def _learned(stored: dict[str, Any]) -> ForecastLearned | ClassifyLearned:
    inputs = stored["inputs"]
    preparation = Preparation(
        np.array(inputs["mean"], dtype=np.float64),
        np.array(inputs["scale"], dtype=np.float64),
        np.array(inputs["masked"], dtype=np.int64),
    )
    if "anchor" not in stored:
        return ClassifyLearned(preparation)
    return ForecastLearned(
        preparation, stored["anchor"], float(stored["mean"]), float(stored["spread"]), float(stored["drift"])
    )


_CALENDAR = ((28, 31, "1mo"), (89, 92, "3mo"), (181, 184, "6mo"), (360, 370, "1y"))
"""Steps in days, from and to, that mean a step of the calendar: months and years are no fixed number of days."""


def ahead_of(series: Series, horizon: int) -> tuple[str, pl.Series]:
    """Name and values of the time column for the ``horizon`` steps after the last row."""
    steps = np.arange(1, horizon + 1)
    if series.stamps is None or series.step is None:
        return "step", pl.Series(steps)
    name = series.time or "step"
    last: NDArray[Any] = series.stamps[-1:]  # time stamps or plain numbers, and the step is of the same kind
    if not isinstance(series.step, np.timedelta64):
        return name, pl.Series(last + steps * series.step)
    days = series.step / np.timedelta64(1, "D")
    calendar = [unit for low, high, unit in _CALENDAR if low <= days <= high]
    if calendar:
        number, unit = int(calendar[0].rstrip("moy")), calendar[0].lstrip("0123456789")
        ahead = pl.concat([pl.Series(last).dt.offset_by(f"{number * int(k)}{unit}") for k in steps])
    else:
        ahead = pl.Series(last + steps * series.step)
    # Days are written as days, not as midnights.
    return name, ahead.cast(pl.Date) if days >= 1 and (ahead.cast(pl.Date) == ahead).all() else ahead

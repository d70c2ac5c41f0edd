"""Forecasts beside NeuralForecast's LSTM and GRU, for equal seconds of training on the same windows.

    pip install neuralforecast
    python benchmarks/peers/forecasts.py DATA RUNS [NAME ...]     DATA has the sets; runs are made in RUNS or read there

gatewise's seconds for a cell are those of a comparison that led to a pair's score on a split: all tuning and rehearsing
of the cell on that split, and one pair of the mean length. NeuralForecast gets as many, a third each for its default
network and for one layer of 48 units, both trained on the rows before the validation part, and a third for the better
of the two, trained on all rows before the origin. Its start is not counted: seconds are turned into steps by the price
of a step. It sees the same calendar terms as what is known ahead. Three seeds and three pairs; processor seconds, one
thread.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch

from gatewise.data.look import look
from gatewise.data.reading import Reading
from gatewise.run.folder import RunFolder
from gatewise.run.options import Options, options
from gatewise.tasks import on

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from numpy.typing import NDArray

    from gatewise.run.fits import Fit
    from gatewise.run.plan import Plan
    from gatewise.tasks.protocol import Task

EXAMPLES = Path(__file__).parents[2] / "examples"

SERIES: dict[str, tuple[str, dict[str, Any]]] = {
    "air-passengers": ("air-passengers/airline-passengers.csv", {"target": "Passengers", "horizon": 12, "fits": 60}),
    "seattle-weather": (str(EXAMPLES / "seattle-weather.csv"), {"target": "temp_max", "horizon": 7, "fits": 60}),
    "daily-min": (
        "daily-min-temperatures/daily-min-temperatures.csv",
        {"target": "Temp", "horizon": 7, "fits": 60},
    ),
    "sunspots": ("monthly-sunspots/monthly-sunspots.csv", {"target": "Sunspots", "horizon": 12, "fits": 60}),
    "nyc-taxi": ("nyc-taxi/taxi_new_york_passengers.csv", {"target": "#Passengers", "horizon": 48, "fits": 36}),
}
"""Name -> path below DATA, what is asked."""

SPLIT = 0
"""The origin that is compared at."""

SEEDS = (1, 2, 3)
PRICED = 20, 120
"""Steps of the two trainings whose difference is the price of a step."""


class Peer(NamedTuple):
    """A series as NeuralForecast takes it.

    Attributes:
        frame: Columns unique_id, ds, y and the calendar terms.
        terms: Names of the terms.
        horizon: Steps ahead.
        window: Rows that gatewise reads.
    """

    frame: pd.DataFrame
    terms: list[str]
    horizon: int
    window: int


def main() -> None:
    """A line for each series and cell."""
    if len(sys.argv) < 3 or not set(sys.argv[3:]) <= set(SERIES):
        sys.exit((__doc__ or "").strip())
    alone()
    data, runs = Path(sys.argv[1]), Path(sys.argv[2])
    for name in sys.argv[3:] or SERIES:
        compared(data, runs / name, name)


def alone() -> None:
    """One thread, and no word of NeuralForecast's trainers."""
    warnings.filterwarnings("ignore")
    for name in ("pytorch_lightning", "lightning.pytorch", "lightning_fabric", "neuralforecast"):
        logging.getLogger(name).setLevel(logging.ERROR)
    torch.set_num_threads(1)


def compared(data: Path, out: Path, name: str) -> None:
    """Print what both reach on one series."""
    path, asked = data / SERIES[name][0], SERIES[name][1]
    made(path, asked, out)
    folder = RunFolder(out)
    plan = folder.header().plan
    with folder.stored_fits() as store:
        fits = list(store.read().values())
    task, peer = as_peer(path, options(**asked), plan)
    parts = task.parts(SPLIT, "pair", 0)
    truth = task.examples(parts).future(parts.test)
    for cell in ("lstm", "gru"):
        scores, seconds = ours(fits, cell, len(parts.test))
        began = time.process_time()
        found = [theirs(cell, seconds, peer, parts.validation, parts.test, truth, task, seed) for seed in SEEDS]
        spent = time.process_time() - began
        losses = [loss for loss, _ in found]
        print(
            f"{name:16} {cell:4} gatewise {_figures(scores)}  neuralforecast {_figures(losses)}"
            f"  ratio {np.mean(scores) / np.mean(losses):.3f}  seconds {seconds:.1f} each"
            f"  ({', '.join(chosen for _, chosen in found)}; {spent:.0f} s with its start)",
            flush=True,
        )


def _figures(losses: list[float]) -> str:
    return f"{np.mean(losses):<9.4g} ({', '.join(f'{loss:.4g}' for loss in losses)})"


def made(path: Path, asked: dict[str, Any], out: Path) -> None:
    """Make the comparison, unless its verdict is there."""
    if RunFolder(out).finished:
        return
    said = [part for name, value in asked.items() for part in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "gatewise", "compare", str(path), *said, "--workers", "1", "--out", str(out)]
    subprocess.run(command, check=True, env=os.environ | {"OMP_WAIT_POLICY": "passive"}, stdout=subprocess.DEVNULL)


def ours(fits: list[Fit], cell: str, windows: int) -> tuple[list[float], float]:
    """Test losses of the first pairs of a cell at the origin, and the seconds that led to one."""
    mine = [fit for fit in fits if fit.key.cell == cell and fit.key.split == SPLIT]
    pairs = sorted((fit for fit in mine if fit.key.phase == "pair"), key=lambda fit: fit.key.draw)
    before = sum(fit.seconds for fit in mine if fit.key.phase in ("tune", "rehearse"))
    seconds = before + float(np.mean([fit.seconds for fit in pairs]))
    return [sum(fit.test) / windows for fit in pairs[: len(SEEDS)]], seconds


def as_peer(path: Path, asked: Options, plan: Plan) -> tuple[Task, Peer]:
    """The task of a run, and its series as NeuralForecast takes it."""
    import pandas as pd

    series = look(path, Reading.of(asked))
    task = on(series, plan)
    examples = task.examples(task.parts(SPLIT, "pair", 0))
    rows = examples.rows
    count = len(rows.values)
    values = examples.past(np.arange(1, count + 1), np.array([1]))[:, 0, 0]  # missing ones carried forward
    frame = pd.DataFrame({"unique_id": "one", "ds": np.arange(count), "y": values})
    terms = [] if rows.terms is None else [name.replace(" ", "_") for name in rows.terms.names]
    if rows.terms is not None:  # terms are of the step after a row
        values = rows.terms.of(np.arange(count))
        frame[terms] = np.concatenate([values[:1], values[:-1]])
    return task, Peer(frame, terms, examples.horizon, examples.inputs(np.array([count // 2]))[0].shape[1])


# --------------------------------------------------------------------------------------------------
# NeuralForecast


def theirs(
    cell: str,
    seconds: float,
    peer: Peer,
    validation: NDArray[np.int64],
    test: NDArray[np.int64],
    truth: NDArray[np.float64],
    task: Task,
    seed: int,
) -> tuple[float, str]:
    """The test loss of the better of two networks, and its name."""
    third = seconds / len(NETWORKS | {"final": None})
    wanted = task.examples(task.parts(SPLIT, "pair", 0)).future(validation)
    found: dict[str, float] = {}
    steps = {name: max(1, round(third / price(cell, name, peer, validation))) for name in NETWORKS}
    for name in NETWORKS:
        forecast, _ = rolling(cell, NETWORKS[name], steps[name], seed, peer, validation)
        found[name] = float(((forecast - wanted[..., 0]) ** 2).mean())
    best = min(found, key=lambda name: found[name])
    forecast, _ = rolling(cell, NETWORKS[best], steps[best], seed, peer, test)
    return float(((forecast - truth[..., 0]) ** 2).mean()), f"{best}: {steps[best]} steps"


def _default(kind: Callable[..., Any], peer: Peer, known: dict[str, Any], rest: dict[str, Any]) -> Any:
    return kind(h=peer.horizon, input_size=-1, **known, **rest)


def _small(kind: Callable[..., Any], peer: Peer, known: dict[str, Any], rest: dict[str, Any]) -> Any:
    from neuralforecast.losses.pytorch import MSE

    return kind(
        h=peer.horizon,
        input_size=peer.window,
        encoder_n_layers=1,
        encoder_hidden_size=48,
        decoder_hidden_size=48,
        loss=MSE(),
        **known,
        **rest,
    )


NETWORKS = {"default": _default, "48": _small}

_prices: dict[tuple[str, str, int], float] = {}


def price(cell: str, name: str, peer: Peer, ends: NDArray[np.int64]) -> float:
    """Processor seconds of a step, without the start and the forecasts."""
    key = cell, name, len(peer.frame)
    if key not in _prices:
        spent = [rolling(cell, NETWORKS[name], steps, 1, peer, ends[:2])[1] for steps in PRICED]
        _prices[key] = max(1e-4, (spent[1] - spent[0]) / (PRICED[1] - PRICED[0]))
    return _prices[key]


QUIET = {
    "alias": "found",
    "accelerator": "cpu",
    "logger": False,
    "enable_progress_bar": False,
    "enable_checkpointing": False,
    "enable_model_summary": False,
}


def rolling(
    cell: str, make: Callable[..., Any], steps: int, seed: int, peer: Peer, ends: NDArray[np.int64]
) -> tuple[NDArray[np.float64], float]:
    """Forecasts from each of ``ends`` by one network trained on the rows before the first, and processor seconds.

    Shape (N, horizon).
    """
    from neuralforecast import NeuralForecast
    from neuralforecast.models import GRU, LSTM

    known = {"futr_exog_list": peer.terms} if peer.terms else {}
    model = make(LSTM if cell == "lstm" else GRU, peer, known, QUIET | {"max_steps": steps, "random_seed": seed})
    first, last = int(ends.min()), int(ends.max())
    frame = peer.frame.iloc[: last + peer.horizon]
    began = time.process_time()
    forecast = NeuralForecast(models=[model], freq=1).cross_validation(
        df=frame, n_windows=last - first + 1, step_size=1, refit=False, verbose=False
    )
    spent = time.process_time() - began
    wide = forecast.sort_values(["cutoff", "ds"])["found"].to_numpy().reshape(-1, peer.horizon)
    return wide[ends - first].astype(np.float64), spent


if __name__ == "__main__":
    main()

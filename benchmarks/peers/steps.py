"""One fit of each cell beside NeuralForecast's, for equal windows, widths, batches and steps: seconds and scores.

    pip install neuralforecast
    python benchmarks/peers/steps.py DATA [NAME ...]       series of peers/forecasts.py

Both have one recurrent layer of one width, read the same window with the same calendar terms, and make 300 steps of 32
windows: gatewise by its default configuration, on the rows before the validation part of the first origin,
NeuralForecast on all rows before the origin. Our seconds are those of a whole fit with its validation and test scores;
NeuralForecast's are the price of a step times the steps, so that neither its start nor its forecasts count. Processor
seconds, one thread, medians of three seeds. NeuralForecast learns at its own rate and at ours, and its better score on
the test part counts.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import mean, median
from typing import TYPE_CHECKING, Any

from forecasts import PRICED, SEEDS, SERIES, SPLIT, Peer, alone, as_peer, rolling

from gatewise.data.look import look
from gatewise.data.reading import Reading
from gatewise.estimators.memory import Memory
from gatewise.experiment.plan import Purse, draft, make_plan
from gatewise.experiment.runner import Runner
from gatewise.experiment.train import train
from gatewise.experiment.watch.quiet import Quiet
from gatewise.experiment.workers.inline import Inline
from gatewise.rules.score import applying
from gatewise.run.options import options

if TYPE_CHECKING:
    from collections.abc import Callable

    from gatewise.experiment.train import Job

STEPS, BATCH = 300, 32
RATES = 1e-3, 5e-3
"""NeuralForecast's default, and ours."""


def main() -> None:
    """A line for each series and cell."""
    if len(sys.argv) < 2 or not set(sys.argv[2:]) <= set(SERIES):
        sys.exit((__doc__ or "").strip())
    alone()
    print("| series | cell, width | seconds: ours, NeuralForecast | times as fast | MSE: ours, NeuralForecast |")
    print("|---|---|---|---|---|")
    for name in sys.argv[2:] or SERIES:
        compared(Path(sys.argv[1]) / SERIES[name][0], name)


def compared(path: Path, name: str) -> None:
    """Print both cells' lines of one series."""
    asked = options(**SERIES[name][1])
    series = look(path, Reading.of(asked))
    plan = make_plan(draft(series, asked), asked, Purse("fits", 60))
    task, peer = as_peer(path, asked, plan)
    runner = Runner(plan, Memory(), Inline(series), Quiet())
    runner.baselines(applying(task))
    parts = task.parts(SPLIT, "pair", 0)
    truth = task.examples(parts).future(parts.test)[..., 0]
    for cell in ("lstm", "gru"):
        jobs = [job(runner, cell, draw) for draw in range(len(SEEDS))]
        seconds, scores = [], []
        for each in jobs:
            began = time.process_time()
            found = train(task, each)
            seconds.append(time.process_time() - began)
            scores.append(sum(found.fit.test) / len(parts.test))
        width = jobs[0].hidden_size
        prices, theirs = [], []
        for rate in RATES:
            make = partial(network, width, rate)
            spent = [rolling(cell, make, steps, 1, peer, parts.test[:2])[1] for steps in PRICED]
            prices.append((spent[1] - spent[0]) / (PRICED[1] - PRICED[0]))
            forecasts = [rolling(cell, make, STEPS, seed, peer, parts.test)[0] for seed in SEEDS]
            theirs.append(mean(float(((forecast - truth) ** 2).mean()) for forecast in forecasts))
        own, other = median(seconds), STEPS * mean(prices)
        print(
            f"| {name} | {cell}, {width} | {own:.2f}, {other:.2f} | {other / own:.1f}"
            f" | {mean(scores):.4g}, {min(theirs):.4g} |",
            flush=True,
        )


def job(runner: Runner, cell: str, draw: int) -> Job:
    """A fit of the default configuration that makes all its steps."""
    usual = runner.plan.configurations[0].model_copy(update={"batch_size": BATCH})
    found = runner.job("pair", cell, 0, usual, 0, SPLIT, draw)
    return replace(found, steps=STEPS, patience=STEPS)


def network(width: int, rate: float, kind: Callable[..., Any], peer: Peer, known: Any, rest: Any) -> Any:
    """NeuralForecast's, as much like ours as its options allow."""
    from neuralforecast.losses.pytorch import MSE

    return kind(
        h=peer.horizon,
        input_size=peer.window,
        encoder_n_layers=1,
        encoder_hidden_size=width,
        decoder_hidden_size=width,
        windows_batch_size=BATCH,
        learning_rate=rate,
        loss=MSE(),
        scaler_type="robust",
        **known,
        **rest,
    )


if __name__ == "__main__":
    main()

"""How much the difference of the cells varies from pair to pair, beside the pools of the recipe before.

    python benchmarks/noise.py DATA FOLDER [SET ...]     DATA has the sets, FOLDER gets a run of each

The standard deviation over pairs of LSTM - GRU, in units of the loss, each pair as its own redraw of the tuning
chose, as in the pools too. Runs that are in FOLDER already are gone on with; the table is printed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import gatewise
from gatewise.experiment.confirm import pair_jobs, redraw_jobs
from gatewise.experiment.runner import Runner
from gatewise.experiment.tune import tune
from gatewise.experiment.watch.quiet import Quiet
from gatewise.experiment.workers.inline import Inline
from gatewise.judge.tables import gather
from gatewise.run.folder import RunFolder
from gatewise.understand import understand_again

sys.path.insert(0, str(Path(__file__).parent / "verdicts"))

from _exhaustive import read_pool
from _questions import REAL, Question
from _records import RESULTS

if TYPE_CHECKING:
    from gatewise.judge.tables import Pairs

FITS, PAIRS = 60, 12


def spread(pairs: Pairs, *, redrawn: bool) -> float:
    """Standard deviation over pairs of the mean loss of the LSTM less that of the GRU."""
    losses = pairs.anew if redrawn else pairs.losses
    first, second = (losses[cell].sum(axis=1) / pairs.counts.sum() for cell in ("lstm", "gru"))
    return float((first - second).std(ddof=1))


def now(question: Question, data: Path, out: Path) -> float:
    """The same of pairs by the present recipe, each as its own redraw of the tuning chose."""
    if not (out / "verdict.json").is_file():
        gatewise.compare(data / question.source, out=out, fits=FITS, workers=2, **question.keywords)
    folder = RunFolder(out)
    plan, read = folder.header().plan, understand_again(out).data
    with folder.fits() as store:
        runner = Runner(plan, store, Inline(read), Quiet())
        tuned = tune(plan, runner)
        rung = max(key.rung for key in runner.fits if key.phase == "pair")
        jobs = [job for pair in range(PAIRS) for job in pair_jobs(plan, tuned, runner, rung, pair)]
        jobs += [job for pair in range(PAIRS) for job in redraw_jobs(plan, tuned, runner, rung, pair)]
        runner.run(question.name, jobs)
        return spread(gather(plan, runner.fits, rung, PAIRS, PAIRS), redrawn=True)


def main() -> None:
    """The command."""
    data, runs, *names = sys.argv[1:]
    ratios = []
    for question in REAL:
        if names and question.name not in names:
            continue
        before = spread(read_pool(RESULTS / "pools" / f"{question.name}.npz")[0].pairs, redrawn=False)
        found = now(question, Path(data), Path(runs) / question.name)
        ratios.append(found / before)
        print(f"{question.name:24} {before:12.4g} {found:12.4g} {found / before:8.3f}", flush=True)
        if len(ratios) > 1:
            print(f"median of {len(ratios)}: {np.median(ratios):.3f}", flush=True)


if __name__ == "__main__":
    main()

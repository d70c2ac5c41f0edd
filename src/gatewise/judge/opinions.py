"""Second opinions: what other methods make of the same fits, beside the one that decides. Needs no torch."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from gatewise.judge.looks import FIRST_LOOK
from gatewise.judge.tables import baseline_key
from gatewise.run.verdict import Coded, DieboldMarianoResult, SecondOpinions, coded
from gatewise.seeds import stream
from gatewise.stats.bootstrap import BEYOND, crossed_bootstrap
from gatewise.stats.decide import WINNER, known, read
from gatewise.stats.forecasts import diebold_mariano
from gatewise.stats.longrun import correlation_time
from gatewise.stats.resampled import corrected_resampled
from gatewise.stats.tuning import expected_best

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from gatewise.judge.looks import Look
    from gatewise.run.fits import Fit, Key
    from gatewise.run.plan import Plan
    from gatewise.run.verdict import Interval
    from gatewise.stats.estimate import Estimate
    from gatewise.stats.reason import Reason

LEVEL = 0.95
"""Coverage of the bootstrap's interval."""

FEWEST_DRAWS, MOST_NUMBERS = 2_000, 20_000_000
"""Draws of the bootstrap at least, and numbers that its draws of the test blocks may hold at a time."""


def opinions(plan: Plan, fits: Mapping[Key, Fit], look: Look | None) -> SecondOpinions | None:
    """What other methods say at the last look; None where there are no two pairs or no noise to judge by."""
    if look is None or look.pairs < 2 or not look.seen.pairs.bar.sum():
        return None
    decides = look.seen.judged("tuned")
    if decides.now.standard_error == 0.0:
        return None
    table = look.seen.table()
    rng = np.random.default_rng(stream(plan.seed, "bootstrap"))
    found = crossed_bootstrap(table, LEVEL, rng, draws(LEVEL, table.shape[1]))
    said = read_as(plan, look, found.interval)
    folds = _resampled(plan, fits, table)
    return SecondOpinions(
        bootstrap=found.interval,
        bootstrap_verdict=said,
        agrees=said == read_as(plan, look, decides.interval(WINNER)),
        trust=(*as_coded(found.trust), *_correlated(plan, table.mean(axis=0))),
        resampled=folds.interval if folds else None,
        resampled_trust=as_coded(folds.trust) if folds else (),
        diebold_mariano=_diebold_mariano(plan, look),
    )


def warnings(plan: Plan, look: Look | None, found: SecondOpinions | None) -> tuple[Coded, ...]:
    """One warning where the verdict's interval decides and the bootstrap does not follow."""
    if look is None or found is None or found.agrees:
        return ()
    decides = read_as(plan, look, look.seen.judged("tuned").interval(WINNER))
    if decides == "undecided":
        return ()  # of few examples the bootstrap decides more readily, so that it would decide is no warning
    return (coded("bootstrap-disagrees", bootstrap=found.bootstrap_verdict, decides=decides),)


def as_coded(reasons: Iterable[Reason]) -> tuple[Coded, ...]:
    """Reasons of the statistics as they stand in verdict.json."""
    return tuple(Coded(code=reason.code, values=dict(reason.values)) for reason in reasons)


# --------------------------------------------------------------------------------------------------
# The bootstrap


def draws(level: float, blocks: int) -> int:
    """Draws that leave twice `BEYOND` beyond either end, as far as memory allows."""
    wanted = math.ceil(2 * BEYOND / ((1.0 - level) / 2.0))
    return max(FEWEST_DRAWS, min(wanted, MOST_NUMBERS // blocks))


def read_as(plan: Plan, look: Look, interval: Interval) -> str:
    """How an interval of the difference reads: the better arm's label, `equal`, a label and `-not-worse`, `undecided`.

    With fewer pairs than a first look needs, or too few independent test blocks, it is `undecided`. Where the arms
    stand against the bar is not asked here.
    """
    if look.pairs < FIRST_LOOK or not known(look.seen.judged("tuned").now):
        return "undecided"
    found = read(interval, interval, plan.margin)
    if not found:
        return "undecided"
    named = plan.cells[1] if found[0].arm == "second" else plan.cells[0]
    return {"better": named, "equal": "equal", "not-worse": f"{named}-not-worse"}[found[0].kind]


def _correlated(plan: Plan, series: NDArray[np.float64]) -> tuple[Coded, ...]:
    """Why not to trust a method that takes all blocks as independent, where they are not."""
    blocks, time = len(series), correlation_time(series) if plan.splits.serial else 0.5
    return (
        ()
        if time <= 0.5
        else (coded("blocks-correlated", blocks=blocks, independent=max(1, int(blocks / (2 * time)))),)
    )


# --------------------------------------------------------------------------------------------------
# Folds and forecasts


def _resampled(plan: Plan, fits: Mapping[Key, Fit], table: NDArray[np.float64]) -> Estimate | None:
    """The corrected resampled interval over folds; None for other splits, where no training part is redrawn.

    The folds are dealt once, pairs redraw only what validates and the seeds: so the k differences are the folds' means
    over pairs, not pairs times folds. A fold tests 1/k of all examples.
    Source: Bouckaert and Frank 2004, "Evaluating the replicability of significance tests", PAKDD, for folds.

    Args:
        plan: The locked plan.
        fits: All stored fits.
        table: Difference in skill, shape (pairs, blocks); the blocks of one fold after the other's.
    """
    count = plan.splits.count
    if not plan.splits.redrawn:
        return None
    sizes = np.array([len(fits[baseline_key("examples", fold)].test) for fold in range(count)])
    sums = np.add.reduceat(table.mean(axis=0), np.cumsum(sizes) - sizes)
    return corrected_resampled(sums / sizes, test_share=1.0 / count, level=0.95)


def _diebold_mariano(plan: Plan, look: Look) -> DieboldMarianoResult | None:
    """The test on the loss difference of each test block, per example and averaged over pairs; None for no forecast.

    A block is a window of the test part, and windows share no step that they forecast: the horizon is 1 block.
    """
    if not plan.splits.serial:
        return None
    first, second = (look.seen.pairs.losses[cell].mean(axis=0) for cell in plan.cells[:2])
    differences = (first - second) / look.seen.pairs.counts
    found = diebold_mariano(differences, horizon=1)
    trust = (*as_coded(found.trust), *_correlated(plan, differences))
    return DieboldMarianoResult(statistic=found.statistic, p_value=found.p_value, trust=trust)


# --------------------------------------------------------------------------------------------------
# Tuning


def tuning_curves(plan: Plan, fits: Mapping[Key, Fit]) -> dict[str, tuple[float, ...]]:
    """Arm -> expected best validation score after 1 ... n configurations of the plan's list; empty without tuning.

    The score is 1 - loss / largest loss, the largest of all arms and configurations on the same split. Losses of the
    rules do not serve as a scale, for they are stored in other units than those that tuning selects by.
    """
    losses = _tuning_losses(plan, fits)
    if losses is None:
        return {}
    largest = losses.max(axis=(0, 2))
    if largest.min() == 0.0:
        return {}
    scores = (1.0 - losses / largest[:, None]).mean(axis=1)
    return {cell: expected_best(row).estimate for cell, row in zip(plan.cells, scores, strict=True)}


def _tuning_losses(plan: Plan, fits: Mapping[Key, Fit]) -> NDArray[np.float64] | None:
    """Validation losses of first fits on the first rung, mean of the folds, shape (arms, splits, configurations)."""
    total: dict[tuple[str, int, int], float] = {}
    made: Counter[tuple[str, int, int]] = Counter()  # a race leaves some out after the first fold
    folds = plan.splits.tuning_folds
    first = (key for key in fits if key.phase == "tune" and key.rung == 0 and key.draw < folds)
    for key in sorted(first):  # sums do not depend on the order
        where = key.cell, key.split, key.configuration
        total[where] = total.get(where, 0.0) + sum(fits[key].validation)
        made[where] += 1
    splits = sorted({split for _, split, _ in total})
    if not splits:
        return None
    listed = {split: _searched(plan, {number for _, where, number in total if where == split}) for split in splits}
    found = {where: loss / made[where] for where, loss in total.items()}
    return np.array([[[found[cell, k, number] for number in listed[k]] for k in splits] for cell in plan.cells])


def _searched(plan: Plan, fitted: set[int]) -> range:
    """The numbers of the plan's list within the setting that was searched; of others the default alone was fit."""
    count = len(plan.configurations)
    starts = range(0, count * (1 + len(plan.settings)), count)
    return next(range(start, start + count) for start in starts if fitted >= set(range(start, start + count)))

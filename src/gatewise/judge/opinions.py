"""Second opinions: what other methods make of the same fits, beside the one that decides. Needs no torch."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from gatewise.judge.cheaper import cheaper_arm
from gatewise.judge.looks import FIRST_LOOK
from gatewise.judge.tables import baseline_key, skill_tables
from gatewise.run.verdict import Coded, DieboldMarianoResult, SecondOpinions, coded
from gatewise.seeds import stream
from gatewise.stats.bootstrap import BEYOND, crossed_bootstrap
from gatewise.stats.decide import FEWEST_BLOCKS, reading
from gatewise.stats.forecasts import diebold_mariano
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

FEWEST_DRAWS, MOST_NUMBERS = 2_000, 20_000_000
"""Draws of the bootstrap at least, and numbers that its draws of the test blocks may hold at a time."""


def opinions(plan: Plan, fits: Mapping[Key, Fit], look: Look | None) -> SecondOpinions | None:
    """What other methods say at the last look; None where there are no two pairs or no noise to judge by."""
    if look is None or look.decision is None or look.pairs < 2 or look.decision.difference.standard_error == 0.0:
        return None
    skills, coverage = skill_tables(look.tables, plan.metric), look.decision.level
    table = skills[plan.cells[0]] - skills[plan.cells[1]]
    rng = np.random.default_rng(stream(plan.seed, "bootstrap"))
    found = crossed_bootstrap(table, coverage, rng, draws(coverage, table.shape[1]))
    read = read_as(plan, look, found.interval)
    folds = _resampled(plan, fits, table)
    return SecondOpinions(
        bootstrap=found.interval,
        bootstrap_verdict=read,
        agrees=read == read_as(plan, look, look.decision.difference.interval(coverage)),
        trust=(*as_coded(found.trust), *_still_correlated(look)),
        resampled=folds.interval if folds else None,
        resampled_trust=as_coded(folds.trust) if folds else (),
        diebold_mariano=_diebold_mariano(plan, look),
    )


def warnings(plan: Plan, look: Look | None, found: SecondOpinions | None) -> tuple[Coded, ...]:
    """One warning where the verdict's interval decides and the bootstrap does not follow."""
    if look is None or look.decision is None or found is None or found.agrees:
        return ()
    decides = read_as(plan, look, look.decision.difference.interval(look.decision.level))
    if decides == "undecided":
        return ()  # of few examples the bootstrap decides more readily, so that it would decide is no warning
    cheaper = cheaper_arm(plan)
    return (coded("bootstrap-disagrees", bootstrap=found.bootstrap_verdict, decides=decides, cheaper=cheaper),)


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
    """How an interval of the difference reads at the end: an arm's label, or `equal`, `not-worse`, `undecided`.

    It reads as at the last look, where `not-worse` may be said. With fewer pairs than a first look needs, or too few
    independent test blocks, it is `undecided`. Where the arms stand against the bar is not asked here.
    """
    if look.pairs < FIRST_LOOK or look.tables.independent < FEWEST_BLOCKS:
        return "undecided"
    found = reading(
        interval, plan.margin, last=True, cheaper="first" if cheaper_arm(plan) == plan.cells[0] else "second"
    )
    return {"first": plan.cells[0], "second": plan.cells[1], None: "undecided"}.get(found, str(found))


def _still_correlated(look: Look) -> tuple[Coded, ...]:
    """Why not to trust a method that takes all blocks as independent, where they are not."""
    independent, blocks = look.tables.independent, look.tables.counts.size
    return () if independent >= blocks else (coded("blocks-still-correlated", blocks=blocks, independent=independent),)


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
        table: Difference in skill, pseudo-values, shape (pairs, blocks); the blocks of one fold after the other's.
    """
    count = plan.splits.count
    if not plan.splits.redrawn:
        return None
    sizes = np.array([len(fits[baseline_key("examples", fold)].test) for fold in range(count)])
    sums = np.add.reduceat(table.mean(axis=0), np.cumsum(sizes) - sizes)
    return corrected_resampled(sums / sizes, test_share=1.0 / count, level=0.95)


def _diebold_mariano(plan: Plan, look: Look) -> DieboldMarianoResult | None:
    """The test on the loss difference of each test block, per example and averaged over pairs; None for no forecast.

    Blocks are at least window + horizon long and are joined while they are correlated, so that neighbours do not
    overlap: the horizon is 1 block.
    """
    if not plan.splits.serial:
        return None
    first, second = (look.tables.losses[cell].mean(axis=0) for cell in plan.cells[:2])
    found = diebold_mariano((first - second) / look.tables.counts, horizon=1)
    trust = (*as_coded(found.trust), *_still_correlated(look))
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

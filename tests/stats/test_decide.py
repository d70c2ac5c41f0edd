"""The decision: thresholds, zones, verdicts, probabilities and regret."""

from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

from gatewise.stats.decide import (
    ERROR_RATE,
    Decision,
    bar_level,
    decide,
    expected_regret,
    level,
    probabilities,
    smallest_margin,
    zone,
)
from gatewise.stats.variance import Crossed, crossed, tail

MARGIN = 0.01
LOOKS = (8, 12, 20, 30)


def tables(difference: float, *, over: float = 0.2, noise: float = 0.002, seed: int = 0) -> tuple[np.ndarray, ...]:
    """Skill of two cells and a baseline: the first better by ``difference``, the second by ``over``."""
    rng = np.random.default_rng(seed)
    second = over + noise * rng.normal(size=(12, 40))
    return second + difference + noise * rng.normal(size=(12, 40)), second, np.zeros(40)


def judged(
    first: np.ndarray,
    second: np.ndarray,
    baseline: np.ndarray,
    *,
    choices: tuple[float, float] = (0.0, 0.0),
    **how: Any,
) -> Decision:
    """The decision on three tables of skill."""
    over = crossed(first - baseline, choices[0]), crossed(second - baseline, choices[1])
    asked = {"margin": MARGIN, "looks": LOOKS, "last": True, "cheaper": "second"} | how
    return decide(crossed(first - second, sum(choices)), over, **asked)


@pytest.mark.parametrize(
    ("difference", "over", "last", "cheaper", "outcome"),
    [
        (0.05, 0.2, False, "second", "first"),
        (-0.05, 0.3, False, "second", "second"),
        (0.0, 0.2, False, "second", "equal"),
        (-0.0100, 0.2, True, "second", "not-worse"),
        (-0.0100, 0.2, False, "second", "undecided"),
        (-0.0100, 0.2, True, "first", "undecided"),
        (0.0100, 0.2, True, "first", "not-worse"),
        (0.0, -0.1, False, "second", "neither"),
        (0.05, -0.02, False, "second", "first"),
        (0.05, -0.2, False, "second", "neither"),
    ],
)
def test_outcomes(difference: float, over: float, last: bool, cheaper: str, outcome: str) -> None:
    """Each verdict is reached where it is true and the noise small."""
    decision = judged(*tables(difference, over=over), last=last, cheaper=cheaper)

    assert decision.outcome == outcome


def test_unclear_baseline_leaves_it_undecided() -> None:
    """A winner that is not shown to beat the baseline is no winner."""
    rng = np.random.default_rng(0)
    first, second, _ = tables(0.05, over=0.0)
    baseline = 0.05 + 0.2 * rng.normal(size=40)

    decision = judged(first, second, baseline)

    assert (decision.outcome, decision.cause) == ("undecided", "baseline")


def test_ties_are_no_evidence() -> None:
    """Equal losses everywhere are no verdict, not `equal`."""
    same = np.full((8, 30), 0.9)

    decision = judged(same, same, np.full(30, 0.2))

    assert (decision.outcome, decision.cause) == ("undecided", "ties")


def test_causes_name_the_larger_source() -> None:
    """Noise of the pairs can be paid away, noise of the test blocks cannot."""
    rng = np.random.default_rng(5)
    second = np.full((8, 40), 0.3) + 0.001 * rng.normal(size=(8, 40))
    by_pair, by_block = 0.05 * rng.normal(size=(8, 1)), 0.1 * rng.normal(size=(1, 40))
    causes = [
        judged(second + part, second, np.zeros(40)).cause
        for part in (by_pair - by_pair.mean(), by_block - by_block.mean())
    ]

    assert causes == ["pairs", "test-data"]


def test_smallest_margin_is_decidable_with_the_blocks_alone() -> None:
    """At the smallest margin the interval from the blocks alone just touches it."""
    rng = np.random.default_rng(6)
    first = 0.3 + 0.1 * rng.normal(size=(1, 40)) + 0.001 * rng.normal(size=(8, 40))
    decision = judged(first, np.full((8, 40), 0.3), np.zeros(40), last=False)
    t = stats.t.ppf(1 - tail(level(LOOKS, 30, last=True)), 39)

    expected = abs(decision.difference.estimate) + t * decision.difference.blocks_part

    assert smallest_margin(decision) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("taken", [(8,), (8, 12), (8, 12, 20), (8, 12, 20, 30), (8, 11), (8, 12, 19)])
def test_levels_spend_one_error_rate(taken: tuple[int, ...]) -> None:
    """However many of the planned looks are taken, the last of them perhaps early, they spend the error rate whole."""
    spent = sum(1 - level(LOOKS, pairs, last=pairs == taken[-1]) for pairs in taken)

    assert spent == pytest.approx(ERROR_RATE)


def test_looks_share_by_the_squares_of_their_pairs() -> None:
    """Four pairs' worth against nine: 8 and 12 pairs."""
    early, late = (1 - level((8, 12), pairs, last=pairs == 12) for pairs in (8, 12))

    assert early / late == pytest.approx(4 / 9)
    assert level((), 5, last=True) == pytest.approx(1 - ERROR_RATE)


def test_the_bar_splits_its_error_over_both_cells() -> None:
    """A cell just above the baseline at the difference's level is unclear at its half of the error."""
    rng, blocks = np.random.default_rng(8), 40
    noise = rng.normal(size=blocks)
    over = np.tile(0.1 * (noise - noise.mean()) / noise.std(), (8, 1)) + 0.001 * rng.normal(size=(8, blocks))
    found = crossed(over)
    coverage = level(LOOKS, 8, last=True)
    between = sum(found.estimate - found.interval(c)[0] for c in (coverage, bar_level(coverage))) / 2

    assert bar_level(coverage) == pytest.approx(1 - (1 - coverage) / 2)
    shifted = over - found.estimate + between
    assert crossed(shifted).interval(coverage)[0] > 0.0
    decision = judged(shifted, shifted - 0.5, np.zeros(blocks))
    assert decision.zones[0] == "unclear"


def test_choices_that_differ_leave_tuning_as_the_cause() -> None:
    """Where pairs chose configurations of very different skill, more pairs do not help: they share one table."""
    rng = np.random.default_rng(9)
    second = np.full((30, 40), 0.3) + 0.001 * rng.normal(size=(30, 40))

    def chosen(choices: float) -> Decision:
        first = second + 0.001 * rng.normal(size=(30, 40))
        return judged(first, second, np.zeros(40), choices=(choices, choices))

    assert chosen(0.0).outcome == "equal"
    assert (chosen(0.05**2).outcome, chosen(0.05**2).cause) == ("undecided", "tuning")


def test_ties_with_the_baseline_are_no_evidence_either() -> None:
    """Cells that do as the majority on all of a few examples are not shown to be no better than it."""
    same = np.full((8, 30), 0.6)

    decision = judged(same, same, np.full(30, 0.6))

    assert (decision.outcome, decision.cause, decision.zones) == ("undecided", "ties", ("unclear", "unclear"))


@pytest.mark.parametrize(("blocks", "zone_"), [(100, "unclear"), (1000, "no")])
def test_what_few_examples_may_not_show_stays_possible(blocks: int, zone_: str) -> None:
    """Ties on 100 examples leave room for a kind that makes one in a hundred; ties on 1,000 do not."""
    tied = crossed(np.zeros((30, blocks)), reach=1.0)

    assert zone(tied, MARGIN, bar_level(level(LOOKS, 30, last=True))) == zone_


def test_a_later_look_that_can_decide_is_waited_for() -> None:
    """Test data are called too few only if the last planned look could not decide either, however many pairs."""
    rng = np.random.default_rng(3)
    noise = rng.normal(size=60)
    part = (noise - noise.mean()) / noise.std(ddof=1) * 0.0033 * np.sqrt(60)  # a standard error of a third of a margin
    first = 0.3 + part + 0.02 * rng.normal(size=(8, 1)) + 1e-4 * rng.normal(size=(8, 60))
    first -= (first - 0.3).mean()
    early = judged(first, np.full((8, 60), 0.3), np.zeros(60), last=False)

    assert early.difference.without_pairs(early.level)[1] > MARGIN
    assert (early.outcome, early.cause) == ("undecided", "pairs")


@pytest.mark.parametrize(("sign", "cheaper"), [(1.0, "second"), (-1.0, "first")])
def test_what_the_pairs_leave_open_is_no_fault_of_the_test_data(sign: float, cheaper: str) -> None:
    """Never decided at today's estimate, but at another one that the pairs' noise allows."""
    over = crossed(np.random.default_rng(0).normal(1.0, 0.001, size=(12, 40)))

    def cause(estimate: float, pairs_part: float) -> str | None:
        noise = float(np.hypot(pairs_part, 0.002))
        found = Crossed(sign * estimate, noise, 30.0, 0.0, pairs_part, 0.002, 0.0, 12, 400, 0.0, ())
        decision = decide(found, (over, over), margin=MARGIN, looks=LOOKS, last=False, cheaper=cheaper)
        assert decision.outcome == "undecided"
        return decision.cause

    assert cause(MARGIN, 0.0) == "test-data"
    assert cause(MARGIN, 0.0005) == "test-data"
    assert cause(MARGIN, 0.01) == "pairs"
    assert cause(MARGIN + 0.004, 0.0005) == "pairs"  # a little more, and the dearer cell wins
    assert cause(MARGIN - 0.004, 0.0005) == "pairs"  # a little less, and the cheaper one is not worse


@pytest.mark.parametrize(
    ("over", "pairs_part", "blocks", "cause"),
    [
        ((0.0, 0.0), 0.01, 400, "pairs"),
        ((0.0, 0.0), 0.01, 4, "test-data"),  # no zone is told from four blocks, of however many pairs
        ((0.0, 0.05), 0.01, 400, "test-data"),
        ((0.009, 0.009), 0.0001, 400, "test-data"),
    ],
)
def test_pairs_that_may_show_neither_are_waited_for(
    over: tuple[float, float], pairs_part: float, blocks: int, cause: str
) -> None:
    """A difference that no pairs decide is idle where they may show both cells to be no better than the baseline."""
    difference = Crossed(0.0, 0.1, 30.0, 0.0, 0.0, 0.1, 0.0, 12, 400, 0.0, ())
    noise = float(np.hypot(pairs_part, 0.001))
    cells = tuple(Crossed(one, noise, 30.0, 0.0, pairs_part, 0.001, 0.0, 12, blocks, 0.0, ()) for one in over)

    decision = decide(difference, (cells[0], cells[1]), margin=MARGIN, looks=LOOKS, last=False, cheaper="second")

    assert (decision.outcome, decision.cause) == ("undecided", cause)


def test_levels_past_the_plan_spend_no_more() -> None:
    """More pairs than were planned are judged like the last look."""
    assert level((8, 12), 30, last=True) == level((8, 12), 12, last=True)


def test_probabilities_and_regret_are_integrals_of_the_posterior() -> None:
    """Closed forms against numerical integration of the t posterior."""
    found = Crossed(0.004, 0.006, 7.3, 0.0, 0.0, 0.0, 0.0, 9, 9, 0.0, ())
    posterior = stats.t(7.3, loc=0.004, scale=0.006)

    second, equal, first = probabilities(found, MARGIN)
    of_first, of_second = expected_regret(found)

    assert first == pytest.approx(posterior.sf(MARGIN), rel=1e-9)
    assert second == pytest.approx(posterior.cdf(-MARGIN), rel=1e-9)
    assert first + second + equal == pytest.approx(1.0)
    assert of_first == pytest.approx(integrate.quad(lambda d: -d * posterior.pdf(d), -np.inf, 0)[0], rel=1e-6)
    assert of_second == pytest.approx(integrate.quad(lambda d: d * posterior.pdf(d), 0, np.inf)[0], rel=1e-6)


@pytest.mark.parametrize(("pairs", "blocks", "cause"), [(1, 40, "pairs"), (12, 1, "test-data"), (12, 4, "test-data")])
def test_nothing_is_decided_on_a_handful(pairs: int, blocks: int, cause: str) -> None:
    """One pair or four blocks say too little of a variance, however clear the difference looks."""
    first, second, baseline = tables(0.1)
    decision = judged(first[:pairs, :blocks], second[:pairs, :blocks], baseline[:blocks], looks=(12,))

    assert (decision.outcome, decision.cause) == ("undecided", cause)


def test_regret_stays_sane_with_hardly_any_degrees_of_freedom() -> None:
    """The mean of a t with one degree of freedom does not exist; the figure stays within the error's size."""
    for freedom in (1.0, 1.001, 1.1):
        assert max(expected_regret(Crossed(0.01, 0.02, freedom, 0.0, 0.0, 0.0, 0.0, 9, 9, 0.0, ()))) < 0.05

"""The decision: thresholds, zones, verdicts, probabilities and regret."""

import numpy as np
import pytest
from scipy import integrate, stats

from gatewise.stats.decide import (
    ERROR_RATE,
    Decision,
    decide,
    expected_regret,
    gate_level,
    level,
    probabilities,
    smallest_margin,
)
from gatewise.stats.variance import Crossed, crossed, tail

MARGIN = 0.01
LOOKS = (8, 12, 20, 30)


def tables(difference: float, *, over: float = 0.2, noise: float = 0.002, seed: int = 0) -> tuple[np.ndarray, ...]:
    """Skill of two cells and a baseline: the first better by ``difference``, the second by ``over``."""
    rng = np.random.default_rng(seed)
    second = over + noise * rng.normal(size=(12, 40))
    return second + difference + noise * rng.normal(size=(12, 40)), second, np.zeros(40)


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
    decision = decide(
        *tables(difference, over=over),
        margin=MARGIN,
        looks=LOOKS,
        last=last,
        cheaper=cheaper,  # type: ignore[arg-type]
    )

    assert decision.outcome == outcome


def test_unclear_baseline_leaves_it_undecided() -> None:
    """A winner that is not shown to beat the baseline is no winner."""
    rng = np.random.default_rng(0)
    first, second, _ = tables(0.05, over=0.0)
    baseline = 0.05 + 0.2 * rng.normal(size=40)

    decision = decide(first, second, baseline, margin=MARGIN, looks=LOOKS, last=True, cheaper="second")

    assert (decision.outcome, decision.cause) == ("undecided", "baseline")


def test_ties_are_no_evidence() -> None:
    """Equal losses everywhere are no verdict, not `equal`."""
    same = np.full((8, 30), 0.9)

    decision = decide(same, same, np.full(30, 0.2), margin=MARGIN, looks=LOOKS, last=True, cheaper="second")

    assert (decision.outcome, decision.cause) == ("undecided", "ties")


def test_causes_name_the_larger_source() -> None:
    """Noise of the pairs can be paid away, noise of the test blocks cannot."""
    rng = np.random.default_rng(5)
    second = np.full((8, 40), 0.3) + 0.001 * rng.normal(size=(8, 40))
    by_pair, by_block = 0.05 * rng.normal(size=(8, 1)), 0.1 * rng.normal(size=(1, 40))
    causes = [
        decide(second + part, second, np.zeros(40), margin=MARGIN, looks=LOOKS, last=True, cheaper="second").cause
        for part in (by_pair - by_pair.mean(), by_block - by_block.mean())
    ]

    assert causes == ["pairs", "test data"]


def test_smallest_margin_is_decidable_with_the_blocks_alone() -> None:
    """At the smallest margin the interval from the blocks alone just touches it."""
    rng = np.random.default_rng(6)
    first = 0.3 + 0.1 * rng.normal(size=(1, 40)) + 0.001 * rng.normal(size=(8, 40))
    decision = decide(
        first, np.full((8, 40), 0.3), np.zeros(40), margin=MARGIN, looks=LOOKS, last=True, cheaper="second"
    )
    z = stats.norm.ppf(1 - tail(decision.level))

    expected = abs(decision.difference.estimate) + z * decision.difference.blocks_part

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


def test_the_gate_splits_its_error_over_both_cells() -> None:
    """A cell just above the baseline at the difference's level is unclear at its half of the error."""
    rng, blocks = np.random.default_rng(8), 40
    noise = rng.normal(size=blocks)
    over = np.tile(0.1 * (noise - noise.mean()) / noise.std(), (8, 1)) + 0.001 * rng.normal(size=(8, blocks))
    found = crossed(over)
    coverage = level(LOOKS, 8, last=True)
    between = sum(found.estimate - found.interval(c)[0] for c in (coverage, gate_level(coverage))) / 2

    assert gate_level(coverage) == pytest.approx(1 - (1 - coverage) / 2)
    shifted = over - found.estimate + between
    assert crossed(shifted).interval(coverage)[0] > 0.0
    decision = decide(shifted, shifted - 0.5, np.zeros(blocks), margin=MARGIN, looks=LOOKS, last=True, cheaper="second")
    assert decision.zones[0] == "unclear"


def test_choices_that_differ_leave_tuning_as_the_cause() -> None:
    """Where pairs chose configurations of very different skill, more pairs do not help: they share one table."""
    rng = np.random.default_rng(9)
    second = np.full((30, 40), 0.3) + 0.001 * rng.normal(size=(30, 40))

    def judged(choices: float) -> Decision:
        return decide(
            second + 0.001 * rng.normal(size=(30, 40)), second, np.zeros(40), margin=MARGIN, looks=LOOKS, last=True,
            cheaper="second", choices=(choices, choices),
        )  # fmt: skip

    assert judged(0.0).outcome == "equal"
    assert (judged(0.05**2).outcome, judged(0.05**2).cause) == ("undecided", "tuning")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("sign", [-1, 1])
def test_wrong_verdicts_at_the_margin_stay_within_the_error_rate(share: float, sign: int) -> None:
    """At a true difference of one margin, wrong verdicts over all looks are at most 5 in 100 (normal noise).

    ``share`` is the pairs' share of the variance. Three standard errors of the simulation are allowed for.
    """
    rng, wrong, runs = np.random.default_rng(7), 0, 600
    for _ in range(runs):
        scale = MARGIN / 4 * np.sqrt(12)
        pairs = np.sqrt(share) * scale * rng.normal(size=(30, 1))
        blocks = np.sqrt((1 - share) / 12 * 40) * scale * rng.normal(size=(1, 40))
        d = sign * MARGIN + pairs + blocks + 0.3 * scale * rng.normal(size=(30, 40))
        for k, n in enumerate((8, 12, 20, 30)):
            outcome = decide(
                0.5 + d[:n],
                np.full((n, 40), 0.5),
                np.zeros(40),
                margin=MARGIN,
                looks=LOOKS,
                last=k == 3,
                cheaper="second",
            ).outcome
            if outcome != "undecided":
                # GRU, the second, is worse by exactly the margin at sign 1: not-worse is wrong there as well.
                wrong += outcome in ("first", "second", "equal") or (outcome == "not-worse" and sign == 1)
                break

    assert wrong / runs <= ERROR_RATE


def test_probabilities_and_regret_are_integrals_of_the_posterior() -> None:
    """Closed forms against numerical integration of the t posterior."""
    found = Crossed(0.004, 0.006, 7.3, 0.0, 0.0, 0.0, 0.0, ())
    posterior = stats.t(7.3, loc=0.004, scale=0.006)

    second, equal, first = probabilities(found, MARGIN)
    of_first, of_second = expected_regret(found)

    assert first == pytest.approx(posterior.sf(MARGIN), rel=1e-9)
    assert second == pytest.approx(posterior.cdf(-MARGIN), rel=1e-9)
    assert first + second + equal == pytest.approx(1.0)
    assert of_first == pytest.approx(integrate.quad(lambda d: -d * posterior.pdf(d), -np.inf, 0)[0], rel=1e-6)
    assert of_second == pytest.approx(integrate.quad(lambda d: d * posterior.pdf(d), 0, np.inf)[0], rel=1e-6)


@pytest.mark.parametrize(("pairs", "blocks", "cause"), [(1, 40, "pairs"), (12, 1, "test data"), (12, 4, "test data")])
def test_nothing_is_decided_on_a_handful(pairs: int, blocks: int, cause: str) -> None:
    """One pair or four blocks say too little of a variance, however clear the difference looks."""
    first, second, baseline = tables(0.1)
    decision = decide(
        first[:pairs, :blocks], second[:pairs, :blocks], baseline[:blocks], margin=MARGIN, looks=(12,), last=True,
        cheaper="second",
    )  # fmt: skip

    assert (decision.outcome, decision.cause) == ("undecided", cause)


def test_regret_stays_sane_with_hardly_any_degrees_of_freedom() -> None:
    """The mean of a t with one degree of freedom does not exist; the figure stays within the error's size."""
    for freedom in (1.0, 1.001, 1.1):
        assert max(expected_regret(Crossed(0.01, 0.02, freedom, 0.0, 0.0, 0.0, 0.0, ()))) < 0.05

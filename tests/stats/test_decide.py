"""Claims: which are shown where, how much error each has, what more pairs could bring."""

from dataclasses import replace

import numpy as np
import pytest

from gatewise.stats.decide import (
    SAFE,
    WINNER,
    Claim,
    beats,
    decide,
    ends,
    pairs_are_worth_it,
    pairs_may_decide,
    read,
    smallest_margin,
)
from gatewise.stats.interval import Followed, interval
from gatewise.stats.reach import UNBOUNDED, reach
from gatewise.stats.variance import Mean, Parts, crossed

MARGIN = 0.01
SURE = Mean(0.0, 1e-4, 30.0, 0.0, 0.5, (0.0, 0.0), 80, 400, 400.0, UNBOUNDED)
FAR = Followed((replace(SURE, estimate=0.5),), 80, final=True)


def at(estimate: float, error: float = 1e-4, **more: float) -> Followed:
    """A difference that is known so well, at one final look."""
    return Followed((replace(SURE, estimate=estimate, standard_error=error, **more),), 80, final=True)  # type: ignore[arg-type]


def said(claims: tuple[Claim, ...]) -> list[str]:
    """In short."""
    return [f"{claim.kind} {claim.arm or ''}{'+' if claim.beyond else ''}".strip() for claim in claims]


@pytest.mark.parametrize(
    ("difference", "over", "claims"),
    [
        (0.05, 0.5, ["better first+", "not-worse first"]),
        (-0.05, 0.5, ["better second+", "not-worse second"]),
        (0.005, 0.5, ["equal", "better first", "not-worse first", "not-worse second"]),
        (0.0, 0.5, ["equal", "not-worse first", "not-worse second"]),
        (0.01, 0.5, ["better first", "not-worse first"]),
        (0.05, -0.1, ["neither", "better first+", "not-worse first"]),
    ],
)
def test_claims_stand_in_their_order(difference: float, over: float, claims: list[str]) -> None:
    """`neither` goes before `equal`, which goes before the winner: it still says who is ahead."""
    assert said(decide(at(difference), (at(over), at(over)), MARGIN)) == claims


def test_each_claim_has_its_own_error() -> None:
    """A winner of .025 on each side against 0; `equal` and not worse of .04: no true difference makes two wrong."""
    edge = {error: interval(replace(SURE, standard_error=0.01), error, error)[1] for error in (WINNER, SAFE)}

    assert (WINNER, SAFE) == (0.025, 0.04)
    assert said(decide(at(edge[WINNER] + 1e-6, 0.01), (), MARGIN))[0] == "better first"
    assert said(decide(at(edge[WINNER] - 1e-6, 0.01), (), MARGIN))[0] == "not-worse first"
    assert said(decide(at(edge[SAFE] - MARGIN + 1e-6, 0.01), (), MARGIN)) == ["not-worse first"]
    assert not decide(at(edge[SAFE] - MARGIN - 1e-6, 0.01), (), MARGIN)


def test_either_cell_may_be_not_worse_and_no_run_ends_on_it() -> None:
    """Price plays no part in what is shown."""
    first, second = read((-0.009, 0.03), (-0.008, 0.02), MARGIN), read((-0.03, 0.009), (-0.02, 0.008), MARGIN)

    assert (said(first), said(second)) == (["not-worse first"], ["not-worse second"])
    assert not ends(first)
    assert ends(read((0.001, 0.03), (0.002, 0.02), MARGIN))


def test_neither_needs_no_blocks_of_the_difference() -> None:
    """Two blocks of the difference say nothing of it; both cells far below the rule are so by their own blocks."""
    unknown = at(-2.5, 0.6, independent=2.0)

    assert said(decide(unknown, (at(-6.0, 1.0), at(-8.0, 1.0)), MARGIN)) == ["neither"]
    assert not decide(unknown, (at(-6.0, 1.0), at(-8.0, 1.0, independent=2.0)), MARGIN)


def test_neither_needs_no_split_of_the_error() -> None:
    """Each cell at its full error, for both have to pass."""
    bound = interval(replace(SURE, standard_error=0.01), WINNER, WINNER)[1]
    over = at(MARGIN - bound - 1e-6, 0.01)

    assert said(decide(at(0.0, 1.0), (over, over), MARGIN)) == ["neither"]
    assert not decide(at(0.0, 1.0), (over, at(MARGIN - bound + 1e-6, 0.01)), MARGIN)


def test_identical_forecasts_have_no_winner_and_are_the_rule() -> None:
    """Cells that never left their anchor: eight ties do not show that later pairs tie; both are the rule."""
    same, other = at(0.0, 0.0), at(0.2, 0.0)

    assert not decide(same, (other, other), MARGIN)
    assert said(decide(same, (same, same), MARGIN)) == ["neither"]
    assert not decide(at(0.05, 0.0), (FAR, FAR), MARGIN)
    assert not beats(at(0.05, 0.0))


@pytest.mark.parametrize(("blocks", "shown"), [(300, False), (1000, True)])
def test_what_few_examples_may_not_show_stays_possible(blocks: int, shown: bool) -> None:
    """Ties with the majority on 300 examples leave room for a kind that makes one in a hundred."""
    tied = at(0.0, 0.0, blocks=blocks, reach=reach(np.ones(blocks)))

    assert bool(decide(tied, (tied, tied), MARGIN)) == shown


def test_a_handful_shows_nothing() -> None:
    """One pair, or three independent blocks."""
    assert not decide(at(0.1, pairs=1), (), MARGIN)
    assert not decide(at(0.1, independent=3.9), (), MARGIN)
    assert decide(at(0.1, independent=4.0), (), MARGIN)


def parts(estimate: float, of_pairs: float, of_blocks: float, freedom: float = 400.0) -> Parts:
    """A variance by its two parts, as standard errors."""
    return Parts(estimate, of_pairs**2, of_blocks**2, 0.0, 0.0, freedom, (0.0, 0.0), 12, 401, UNBOUNDED)


@pytest.mark.parametrize(
    ("found", "may"),
    [
        (parts(0.0, 0.0, 0.004), True),
        (parts(0.0, 0.0, 0.02), False),
        (parts(0.03, 0.0, 0.02), True),
        (parts(0.0, 0.02, 0.02), True),
        (parts(0.0, 0.001, 0.02), False),
        (parts(0.0, 0.01, 0.02, freedom=2.0), False),
    ],
)
def test_pairs_help_where_any_estimate_that_they_allow_would_show_something(found: Parts, may: bool) -> None:
    """An estimate may move as far as the noise of the pairs allows; the blocks' noise stays."""
    assert pairs_may_decide(found, (), "tuned", MARGIN) == may


def test_pairs_may_show_neither_where_they_show_nothing_else() -> None:
    """Both cells have to be in reach of it."""
    hopeless = parts(0.0, 0.0, 0.1)
    near, above = parts(0.0, 0.01, 0.001), parts(0.05, 0.01, 0.001)

    assert pairs_may_decide(hopeless, (near, near), "tuned", MARGIN)
    assert not pairs_may_decide(hopeless, (near, above), "tuned", MARGIN)


def test_pairs_that_cannot_change_the_choice_are_worth_nothing() -> None:
    """A twentieth of the margin is the least."""
    assert pairs_are_worth_it(parts(0.0, 0.01, 0.1), MARGIN)
    assert not pairs_are_worth_it(parts(0.0, 0.001, 0.1), MARGIN)
    assert not pairs_are_worth_it(parts(0.05, 0.01, 0.1), MARGIN)


def test_the_smallest_margin_is_what_unlimited_pairs_would_leave() -> None:
    """At today's estimate, from the blocks alone."""
    rng = np.random.default_rng(6)
    found = crossed(0.3 + 0.1 * rng.normal(size=(1, 40)) + 0.001 * rng.normal(size=(8, 40)))
    left = found.without_pairs().within("tuned")
    low, high = interval(left, SAFE, SAFE)

    assert left.standard_error**2 == pytest.approx(found.of_blocks - found.of_both, rel=1e-12)
    assert smallest_margin(found, "tuned") == pytest.approx(max(-low, high))

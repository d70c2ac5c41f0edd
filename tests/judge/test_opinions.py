"""Second opinions against direct calls of the statistics on tables computed by hand."""

import dataclasses
import itertools

import numpy as np
import pytest
from synthetic import fits, folds, plan

from gatewise.judge.looks import Look, judge
from gatewise.judge.opinions import FEWEST_DRAWS, LEVEL, as_coded, draws, opinions, read_as, tuning_curves, warnings
from gatewise.judge.wording import reading
from gatewise.judge.wording import words as said
from gatewise.run.fits import Fit, Key
from gatewise.run.plan import Configuration, Plan
from gatewise.run.verdict import SecondOpinions
from gatewise.seeds import stream
from gatewise.stats.bootstrap import BEYOND, crossed_bootstrap
from gatewise.stats.forecasts import diebold_mariano
from gatewise.stats.resampled import corrected_resampled

SKILL = {"lstm": 0.4, "gru": 0.3}


def in_folds(count: int = 3) -> Plan:
    """A classification on folds."""
    locked = plan(task="classify")
    return folds(locked, count)


def by_hand(stored: dict[Key, Fit], locked: Plan, pairs: int) -> np.ndarray:
    """Difference in skill where the rule loses 1: second cell's loss minus the first's, shape (pairs, blocks)."""
    first, second = (
        np.array(
            [
                np.concatenate(
                    [
                        fit.test
                        for split in range(locked.splits.count)
                        for key, fit in stored.items()
                        if (key.phase, key.cell, key.split, key.draw) == ("pair", cell, split, pair)
                    ]
                )
                for pair in range(pairs)
            ]
        )
        for cell in locked.cells[:2]
    )
    return np.asarray(second - first)


def seen(locked: Plan, stored: dict[Key, Fit], pairs: int = 12) -> tuple[Look, SecondOpinions]:
    """The last look and what other methods say at it."""
    look = judge(locked, stored, 0, pairs, final=True)
    found = opinions(locked, stored, look)
    assert found is not None
    return look, found


def test_the_bootstrap_is_that_of_the_difference_table() -> None:
    """Pairs by blocks, from the plan's own stream; so the same numbers every time."""
    locked = plan(seed=3)
    stored = fits(locked, SKILL)
    look, found = seen(locked, stored)
    rng = np.random.default_rng(stream(3, "bootstrap"))
    direct = crossed_bootstrap(by_hand(stored, locked, 12), LEVEL, rng, draws(LEVEL, 24))

    assert found.bootstrap == pytest.approx(direct.interval, rel=1e-9)
    assert found.bootstrap_verdict == "lstm"
    assert found.agrees
    assert found.trust == as_coded(direct.trust)
    assert opinions(locked, stored, look) == found


def test_draws_reach_beyond_either_end_as_far_as_memory_allows() -> None:
    """Twice `BEYOND` on each side at any level; of many blocks fewer, but never under the least."""
    assert draws(0.95, 24) == FEWEST_DRAWS
    assert draws(0.999, 24) * 0.0005 == pytest.approx(2 * BEYOND)
    assert draws(0.999, 10_000) == FEWEST_DRAWS
    assert FEWEST_DRAWS < draws(0.9999, 1_000) < draws(0.9999, 10)


@pytest.mark.parametrize(
    ("interval", "read", "words"),
    [
        ((0.001, 0.02), "lstm", "LSTM better"),
        ((-0.02, -0.001), "gru", "GRU better"),
        ((0.001, 0.009), "equal", "practically equal"),
        ((-0.02, 0.009), "gru-not-worse", "GRU not worse"),
        ((-0.009, 0.02), "lstm-not-worse", "LSTM not worse"),
        ((-0.02, 0.02), "undecided", "undecided"),
    ],
)
def test_an_interval_is_read_by_the_rule_of_the_verdict(interval: tuple[float, float], read: str, words: str) -> None:
    """Against the margin of 0.01 and against 0; named by cell."""
    locked = plan()
    look = judge(locked, fits(locked, SKILL), 0, 12, final=True)

    assert read_as(locked, look, interval) == read
    assert reading(read) == words


def test_too_little_is_undecided_whatever_the_interval() -> None:
    """Fewer pairs than a first look needs, or fewer independent blocks than anything is decided on."""
    locked = plan()
    few_pairs, few_blocks, enough = (
        judge(locked, fits(locked, SKILL, pairs=pairs, blocks=blocks), 0, pairs, final=True)
        for pairs, blocks in ((7, 24), (12, 2), (12, 24))
    )

    assert read_as(locked, enough, (0.011, 0.02)) == "lstm"
    assert read_as(locked, few_pairs, (0.011, 0.02)) == "undecided"
    assert read_as(locked, few_blocks, (0.011, 0.02)) == "undecided"


def test_a_disagreement_is_told() -> None:
    """One sentence says what each reads where the bootstrap does not follow; that it is bolder is no warning."""
    locked = plan()
    look, found = seen(locked, fits(locked, {"lstm": 0.34, "gru": 0.3}))
    other = found.model_copy(update={"agrees": False, "bootstrap_verdict": "undecided"})
    [told] = map(said, warnings(locked, look, other))

    assert warnings(locked, look, found) == ()
    assert "a second method says “undecided”, not “" in told
    assert told.endswith("not “LSTM better”")
    open_, bolder = seen(locked, fits(locked, {"lstm": 0.302, "gru": 0.3}, noise=0.3))
    assert warnings(locked, open_, bolder.model_copy(update={"agrees": False})) == ()


def test_where_there_is_nothing_to_judge_there_is_no_opinion() -> None:
    """No look, no decision, one pair, or no noise at all."""
    locked = plan()
    perfect = fits(locked, SKILL, baseline=0.0)
    alike = fits(locked, SKILL, noise=0.0)
    single = fits(locked, SKILL, pairs=1)

    assert opinions(locked, alike, None) is None
    assert opinions(locked, perfect, judge(locked, perfect, 0, 12, final=True)) is None
    assert opinions(locked, alike, judge(locked, alike, 0, 12, final=True)) is None
    assert opinions(locked, single, judge(locked, single, 0, 1, final=True)) is None
    assert warnings(locked, None, None) == ()


def test_folds_are_corrected_for_their_overlap() -> None:
    """Each fold's mean difference over pairs is one of k, and a fold tests 1/k; one fold here is smaller."""
    locked = in_folds(3)
    stored = {
        key: dataclasses.replace(fit, test=fit.test[:5]) if key.split == 0 else fit
        for key, fit in fits(locked, SKILL, blocks=24, noise=0.05).items()
    }
    _, found = seen(locked, stored)
    table = by_hand(stored, locked, 12)
    means = np.array([table[:, :5].mean(), table[:, 5:13].mean(), table[:, 13:].mean()])
    direct = corrected_resampled(means, 1 / 3, 0.95)

    assert table.shape == (12, 21)
    assert found.resampled == pytest.approx(direct.interval, rel=1e-9)
    assert [said(reason) for reason in found.resampled_trust] == [
        "only 3 splits: the variance is little better than a guess"
    ]
    assert found.diebold_mariano is None


def test_fixed_splits_have_no_redrawn_training_part() -> None:
    """Origins and a data set's own split are no draws of training parts."""
    for locked in (plan(), plan(task="classify")):
        found = seen(locked, fits(locked, SKILL))[1]
        assert (found.resampled, found.resampled_trust) == (None, ())


def test_forecasts_are_tested_on_the_loss_of_each_block() -> None:
    """Loss per example, averaged over pairs, first cell minus second; a block is a step of its own."""
    locked = plan()
    stored = fits(locked, SKILL, blocks=12)
    look = judge(locked, stored, 0, 12, final=True)
    counts = np.arange(1.0, 13.0)
    pairs = dataclasses.replace(look.seen.pairs, counts=counts)
    uneven = dataclasses.replace(look, seen=dataclasses.replace(look.seen, pairs=pairs))
    found = opinions(locked, stored, uneven)
    assert found is not None
    assert found.diebold_mariano is not None
    direct = diebold_mariano(-by_hand(stored, locked, 12).mean(axis=0) / counts, 1)

    assert found.diebold_mariano.statistic == pytest.approx(direct.statistic, rel=1e-9)
    assert found.diebold_mariano.statistic < 0.0  # the first cell has the smaller loss
    assert found.diebold_mariano.p_value == pytest.approx(direct.p_value, rel=1e-6)
    first = "only 12 test blocks: too few to see how they are correlated"
    assert said(found.diebold_mariano.trust[0]) == first


def test_correlated_blocks_are_told() -> None:
    """Neither method that takes them as independent is sure then."""
    locked = plan()
    swing = 0.05 * np.repeat([1.0, -1.0] * 6, 4)  # four blocks in a row alike
    plain = fits(locked, SKILL, blocks=48)
    stored = {
        key: dataclasses.replace(fit, test=tuple(np.add(fit.test, swing[24 * key.split :][:24]).tolist()))
        if (key.phase, key.cell) == ("pair", "lstm")
        else fit
        for key, fit in plain.items()
    }
    found = seen(locked, stored)[1]
    assert found.diebold_mariano is not None
    reason = found.trust[-1]

    assert said(reason).startswith("neighbouring test blocks are correlated: the 48 say no more than")
    assert found.diebold_mariano.trust[-1] == reason
    assert "blocks-correlated" not in [one.code for one in seen(locked, plain)[1].trust]


# --------------------------------------------------------------------------------------------------
# Tuning


def tuning_fits(losses: np.ndarray, rung: int = 0) -> dict[Key, Fit]:
    """Tuning fits with these validation losses, shape (cells, splits, configurations, folds); two blocks in each."""
    found = {}
    for where, loss in np.ndenumerate(losses):
        cell, split, number, fold = where
        key = Key("tune", ("lstm", "gru")[cell], number, rung, split, fold, sum(where))
        found[key] = Fit(key, 400, 300, False, "done", (0.25 * loss, 0.75 * loss), (), 1.0)
    return found


def tuned_plan(count: int, folds: int = 2) -> Plan:
    """A plan whose list has ``count`` configurations."""
    listed = [Configuration(learning_rate=0.001 * (k + 1), batch_size=16, dropout=0.0) for k in range(count)]
    locked = plan(configurations=listed)
    return locked.model_copy(update={"splits": locked.splits.model_copy(update={"tuning_folds": folds})})


def test_expected_best_is_the_mean_over_all_searches() -> None:
    """Every search of k configurations written out; losses against the largest of both cells on each split."""
    losses = np.random.default_rng(0).uniform(1.0, 4.0, size=(2, 2, 3, 2))
    losses[:, 1] *= 100.0  # a split of other size weighs no more
    found = tuning_curves(tuned_plan(3), tuning_fits(losses))
    summed = losses.sum(axis=3)
    largest = [float(summed[:, split].max()) for split in range(2)]
    for k, cell in enumerate(("lstm", "gru")):
        scores = [np.mean([1.0 - summed[k, split, number] / largest[split] for split in (0, 1)]) for number in range(3)]
        best = [np.mean([max(found) for found in itertools.product(scores, repeat=tried)]) for tried in (1, 2, 3)]

        assert found[cell] == pytest.approx(best, rel=1e-9)


def test_only_the_plans_list_on_the_first_rung_counts() -> None:
    """What was added beyond an edge, trained further or fit again is no draw; the order of the fits changes no bit."""
    losses = np.random.default_rng(1).uniform(1.0, 4.0, size=(2, 1, 4, 4))
    stored = tuning_fits(losses[:, :, :3, :2])
    more = tuning_fits(losses) | tuning_fits(losses[:, :, ::-1], rung=1)
    backwards = dict(reversed(list(more.items())))

    assert tuning_curves(tuned_plan(3), backwards) == tuning_curves(tuned_plan(3), stored)
    assert len(tuning_curves(tuned_plan(4), more)["gru"]) == 4


def test_no_search_no_curve() -> None:
    """Nothing was tuned, or all fits are perfect and give no scale; one that is not gives one."""
    locked = tuned_plan(1)

    assert tuning_curves(locked, fits(locked, SKILL)) == {}
    perfect = np.zeros((2, 1, 2, 1))
    assert tuning_curves(tuned_plan(2), tuning_fits(perfect)) == {}
    perfect[0, 0, 1, 0] = 1e-9
    assert tuning_curves(tuned_plan(2), tuning_fits(perfect)) == {"lstm": (0.5, 0.75), "gru": (1.0, 1.0)}

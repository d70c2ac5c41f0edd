"""From known losses to a verdict in words and numbers."""

import dataclasses
import itertools

import numpy as np
import pytest
from synthetic import costs, fits, folds, plan

from gatewise.judge.advice import advice, sure
from gatewise.judge.claims import textbook, undecided
from gatewise.judge.conclude import Evidence, conclude
from gatewise.judge.looks import judge, look_at, outcome
from gatewise.judge.tables import bars, baseline_key, far_off, gather
from gatewise.judge.wording import words
from gatewise.run.fits import Fit, Key
from gatewise.run.plan import Plan
from gatewise.run.verdict import Verdict
from gatewise.stats.variance import TABLES

MORE = ({"targets": ["y", "z"]}, {"names": [["a"], ["b"]]})
"""What the section of a plan says of two targets, and of two series."""


def verdict_of(locked: Plan, skill: dict[str, float], *, pairs: int = 12, final: bool = True, **how: float) -> Verdict:
    """The verdict on cells of known skill."""
    stored = fits(locked, skill, pairs=pairs, **how)  # type: ignore[arg-type]
    look = judge(locked, stored, 0, pairs, final=final)
    choices = dict.fromkeys(locked.cells, locked.configurations[0])
    taken = (pairs,) if pairs >= 8 else ()
    return conclude(Evidence(locked, locked.sha256(), stored, look, taken, 0, choices, (), costs(locked)))


@pytest.mark.parametrize(
    ("skill", "verdict", "recommendation", "claim"),
    [
        (
            {"lstm": 0.4, "gru": 0.3},
            "lstm",
            "lstm",
            "the LSTM is better than the GRU by more than the margin of 0.01 skill",
        ),
        ({"lstm": 0.3, "gru": 0.4}, "gru", "gru", "the GRU is better than the LSTM by more than"),
        ({"lstm": 0.3, "gru": 0.3}, "equal", "gru", "LSTM and GRU are practically equal"),
        ({"lstm": 0.29, "gru": 0.3}, "gru", "gru", "the GRU is better than the LSTM in skill"),
        ({"lstm": 0.303, "gru": 0.3}, "equal", "gru", "less than the margin of 0.01 skill, the LSTM being a little"),
        ({"lstm": -0.1, "gru": -0.2}, "neither", "baseline", "neither LSTM nor GRU beats the simple rule 'ridge'"),
        ({"lstm": 0.31, "gru": 0.3}, "lstm", "lstm", "the LSTM is better than the GRU in skill"),
    ],
)
def test_verdicts(skill: dict[str, float], verdict: str, recommendation: str, claim: str) -> None:
    """Each verdict, its recommendation and its sentence."""
    found = verdict_of(plan(), skill)

    assert (found.verdict, found.recommendation) == (verdict, recommendation)
    assert claim in words(found.claim)
    assert (found.undecided, found.strength) == (None, "shown")
    assert found.probability is not None
    assert found.probability > 0.95
    assert found.pairs == 12
    assert found.fits == 2 * 2 * 12


def test_numbers_are_those_of_the_fits() -> None:
    """Scores, intervals and per-pair figures are what went in."""
    found = verdict_of(plan(), {"lstm": 0.4, "gru": 0.3})
    assert found.difference is not None
    low, high = found.difference.interval
    here = found.difference.interval_here
    assert here is not None

    assert found.cells["lstm"].score == pytest.approx(0.4, abs=0.002)
    assert found.cells["lstm"].loss == pytest.approx(0.6, abs=0.002)
    assert found.difference.estimate == pytest.approx(0.1, abs=0.003)
    assert low < found.difference.estimate < high
    assert here == pytest.approx(found.difference.interval, abs=1e-3)  # the blocks hardly differ
    assert found.difference.interval_anew is None
    assert found.retrainings_won == {"lstm": 100.0, "gru": 0.0}
    assert len(found.difference.per_pair) == len(found.cells["gru"].per_pair) == 12
    assert {rule.name: rule.bar for rule in found.baselines} == {"ridge": True, "last-value": False}
    assert {rule.name: rule.score for rule in found.baselines}["last-value"] == pytest.approx(-0.5)


def test_the_root_of_a_squared_error_is_in_the_users_unit() -> None:
    """It is shown beside the loss that is judged; another metric, several series or targets have none."""
    skill, locked = {"lstm": 0.4, "gru": 0.3}, plan()
    found = verdict_of(locked, skill)
    results = [*found.cells.values(), *found.baselines]
    assert [result.rmse for result in results] == pytest.approx([result.loss**0.5 for result in results])

    apart = [locked.model_copy(update={"section": {**locked.section, **more}}) for more in MORE]
    for other in (locked.model_copy(update={"metric": "mae"}), *apart):
        found = verdict_of(other, skill)
        assert {result.rmse for result in (*found.cells.values(), *found.baselines)} == {None}


def test_accuracy_is_its_own_scale() -> None:
    """The score is accuracy, and the baseline has to be exceeded by the margin."""
    found = verdict_of(plan(task="classify"), {"lstm": 0.9, "gru": 0.9}, baseline=0.3, blocks=1000)

    assert found.verdict == "equal"
    assert found.cells["lstm"].score == pytest.approx(0.9, abs=0.002)
    assert found.cells["lstm"].over_baseline == pytest.approx(0.2, abs=0.002)
    assert "0.01 accuracy" in words(found.claim)


def test_a_perfect_baseline_is_not_beaten() -> None:
    """A baseline loss of 0 is `neither`."""
    found = verdict_of(plan(), {"lstm": 0.4, "gru": 0.3}, baseline=0.0)

    assert (found.verdict, found.recommendation) == ("neither", "baseline")
    accurate = verdict_of(plan(task="classify"), {"lstm": 0.9, "gru": 0.95}, baseline=0.0)
    assert (accurate.verdict, accurate.recommendation) == ("neither", "baseline")
    assert accurate.cells["gru"].score == pytest.approx(0.95, abs=0.002)


def test_too_few_pairs() -> None:
    """Below the first look there is no verdict, but a recommendation and a way on."""
    found = verdict_of(plan(looks=(), pairs=3), {"lstm": 0.4, "gru": 0.3}, pairs=3)

    assert found.verdict == "undecided"
    assert found.undecided is not None
    assert found.undecided.cause == "pairs"
    assert words(found.undecided.reason) == "each cell was trained only 3 times, and it takes 8 times to show anything"
    assert words(found.undecided.remedy) == "more --fits"
    assert found.recommendation == "lstm"


@pytest.mark.parametrize(("lstm", "capped"), [(0.3, 0.5), (0.33, 1.0)], ids=["equal", "ahead"])
def test_under_trained_cells_are_not_judged(lstm: float, capped: float) -> None:
    """More than a quarter of the fits at the cap: undecided, where longer training could change the verdict."""
    skills = {"lstm": lstm, "gru": 0.3}
    finished = verdict_of(plan(), skills)
    found = verdict_of(plan(), skills, capped=capped)

    assert finished.verdict == ("equal" if skills["lstm"] == skills["gru"] else "lstm")
    assert found.verdict == "undecided"
    assert found.undecided is not None
    assert found.undecided.cause == "training"
    assert found.cells["gru"].capped == capped


def test_a_winner_that_unfinished_fits_cannot_unseat() -> None:
    """Were half of the GRU's fits as good as the LSTM's, the others would still leave it behind: the verdict stands."""
    found = verdict_of(plan(), {"lstm": 0.5, "gru": 0.3}, capped=0.5)
    all_of_them = verdict_of(plan(), {"lstm": 0.5, "gru": 0.3}, capped=1.0)

    assert (found.verdict, found.undecided) == ("lstm", None)
    assert all_of_them.verdict == "undecided"


@pytest.mark.parametrize(
    ("lstm", "capped", "clear", "hopeless"),
    [(0.3, 0.0, True, False), (0.3, 0.5, False, True), (0.5, 0.5, True, False), (0.33, 1.0, False, False)],
)
def test_more_pairs_help_a_winner_alone(lstm: float, capped: float, clear: bool, hopeless: bool) -> None:
    """Where fits had not finished: `equal` stays open however many pairs there are, a winner may yet stand."""
    locked = plan()

    look = judge(locked, fits(locked, {"lstm": lstm, "gru": 0.3}, capped=capped), 0, 12, final=True)

    assert (look.clear, look.hopeless) == (clear, hopeless)


def test_more_pairs_are_hopeless_where_none_could_show_anything_and_none_is_worth_it() -> None:
    """Blocks that differ by far more than the margin, runs that hardly differ: no budget decides this."""
    locked = plan()
    stored = fits(locked, {"lstm": 0.3, "gru": 0.3}, pairs=8)
    swing = np.random.default_rng(0).normal(0.0, 0.4, size=24)
    for key, fit in stored.items():
        if (key.phase, key.cell) == ("pair", "lstm"):
            stored[key] = dataclasses.replace(fit, test=tuple(np.add(fit.test, swing[12 * key.split :][:12]).tolist()))
    look = judge(locked, stored, 0, 8, final=False)
    found = undecided(locked, look, "test-data")

    assert (look.clear, look.hopeless, look.may_decide, look.worth_it) == (False, True, False, False)
    assert outcome(locked, look) == ("undecided", "test-data")
    assert not found.budget_helps
    assert found.smallest_margin is None  # above 0.1, which nobody should be told to type
    assert words(found.remedy) == "more test data"


def test_after_the_last_look_no_budget_is_asked_for() -> None:
    """It would pay for no further pair."""
    locked = plan()
    look = judge(locked, fits(locked, {"lstm": 0.31, "gru": 0.3}, pairs=12), 0, 12, final=True)
    looks = [dataclasses.replace(look, pairs=pairs, claims=look.claims | {"tuned": ()}) for pairs in (45, 60)]
    causes = [outcome(locked, one)[1] for one in looks]
    before, after = (undecided(locked, one, cause) for one, cause in zip(looks, causes, strict=True) if cause)

    assert causes == ["pairs", "test-data"]
    assert (before.budget_helps, after.budget_helps) == (True, False)
    assert (words(before.remedy)[:4], words(after.remedy)[:14]) == ("more", "more test data")


def test_a_control_names_its_second_arm() -> None:
    """`gru#2` is a name like any other; equal costs fall to the first."""
    locked = plan(cells=("gru", "gru#2"), hidden_size={"gru": 12, "gru#2": 12}, parameters={"gru": 5, "gru#2": 5})
    winner = verdict_of(locked, {"gru": 0.3, "gru#2": 0.4})
    equal = verdict_of(locked, {"gru": 0.3, "gru#2": 0.3})

    assert (winner.verdict, winner.recommendation) == ("gru#2", "gru#2")
    assert "GRU#2 is better than the GRU" in words(winner.claim)
    assert (equal.verdict, equal.recommendation) == ("equal", "gru")


def test_further_cells_stand_against_the_recommended_one() -> None:
    """Their difference is reported with Holm's p value and never judged."""
    names = ("lstm", "gru", "rnn", "gru-after")
    locked = plan(cells=names, hidden_size=dict.fromkeys(names, 10), parameters=dict.fromkeys(names, 491))
    found = verdict_of(locked, {"lstm": 0.4, "gru": 0.3, "rnn": 0.1, "gru-after": 0.4})

    assert found.verdict == "lstm"
    assert [(other.cell, other.against) for other in found.others] == [("rnn", "lstm"), ("gru-after", "lstm")]
    assert found.others[0].estimate == pytest.approx(-0.3, abs=0.003)
    assert found.others[0].p_value < 1e-6 < 0.05 < found.others[1].p_value


def test_a_series_keeps_the_bar_of_its_first_origin() -> None:
    """Later validation parts hold rows that earlier origins test, so they choose nothing."""
    locked = plan()
    stored = fits(locked, {"lstm": 0.4, "gru": 0.3})
    for key, fit in list(stored.items()):
        if key.phase == "baseline" and key.cell == "last-value" and key.split == 1:
            stored[key] = dataclasses.replace(fit, validation=(0.0,))

    assert bars(locked, stored) == ("ridge", "ridge")


@pytest.mark.parametrize(
    ("tuned_each", "loss", "far"),
    [(False, (9.0, 0.1), True), (False, (3.9, 9.0), False), (True, (7.8, 0.1), False), (True, (7.8, 0.4), True)],
)
def test_rules_that_lose_by_a_factor_of_two_are_far_off(tuned_each: bool, loss: tuple[float, float], far: bool) -> None:
    """By the data that choose the bar: those before the first origin, or of all folds; the verdict says so."""
    locked = plan()
    locked = locked.model_copy(update={"splits": locked.splits.model_copy(update={"tuned_each": tuned_each})})
    stored = fits(locked, {"lstm": 0.4, "gru": 0.3}, pairs=8)
    for key, fit in stored.items():
        if key.phase == "baseline" and key.cell != "examples":
            validation = loss[key.split] if key.cell == "last-value" else 2.0
            stored[key] = dataclasses.replace(fit, validation=(validation,))

    assert far_off(locked, stored) == (frozenset({"last-value"}) if far else frozenset())


def test_tables_are_aligned_by_split_then_block() -> None:
    """Row p, blocks of split 0 before those of split 1."""
    locked = plan()
    stored = fits(locked, {"lstm": 0.4, "gru": 0.3}, pairs=3, blocks=8)
    pairs = gather(locked, stored, 0, 3)
    by_hand = {(k.split, k.draw): f.test for k, f in stored.items() if (k.phase, k.cell) == ("pair", "gru")}

    assert pairs.losses["gru"][1].tolist() == [*by_hand[0, 1], *by_hand[1, 1]]
    assert pairs.splits.tolist() == [0, 4]
    assert pairs.counts.tolist() == [1.0] * 8
    assert {arm: table.shape for arm, table in pairs.anew.items()} == {"lstm": (0,), "gru": (0,)}


@pytest.mark.parametrize(("kind", "splits"), [("origins", 4.0), ("folds", 2.0)])
def test_choices_of_one_table_add_up_to_more_than_those_of_two(kind: str, splits: float) -> None:
    """Two origins choose from one tuning table, so their luck goes the same way; two folds have a table each."""
    locked = plan()
    locked = folds(locked) if kind == "folds" else locked
    pairs = gather(locked, fits(locked, {"lstm": 0.4, "gru": 0.3}, pairs=8, blocks=24, noise=0.0), 0, 8, redrawn=8)
    chosen = np.repeat(np.arange(2), 4)  # four pairs each chose one of two configurations, on both splits
    lstm = pairs.anew["lstm"] + chosen[:, None]
    changed = dataclasses.replace(
        pairs, anew=pairs.anew | {"lstm": lstm}, chosen=pairs.chosen | {"lstm": np.stack([chosen, chosen], axis=1)}
    )

    found = look_at(locked, changed, final=True).seen

    each = (chosen / 2).var(ddof=1)  # a split is half of all blocks
    assert found.judged_parts("anew").of_choices == pytest.approx(splits * each / TABLES)
    assert found.judged_parts("tuned").of_choices == 0.0


def test_cells_tuned_anew_are_judged_on_what_redraws_chose() -> None:
    """Every other pair chose a configuration that is worth less: as tuned the LSTM is ahead, tuned anew it is open."""
    locked = plan()
    stored = fits(locked, {"lstm": 0.35, "gru": 0.3})
    for key, fit in list(stored.items()):
        if (key.phase, key.cell, key.draw % 2) == ("pair", "lstm", 1):
            other = key._replace(phase="redraw", configuration=3)
            stored[other] = dataclasses.replace(fit, key=other, test=tuple(loss + 0.2 for loss in fit.test))
    look = judge(locked, stored, 0, 12, final=True, redrawn=12)
    choices = dict.fromkeys(locked.cells, locked.configurations[0])
    found = conclude(Evidence(locked, locked.sha256(), stored, look, (12,), 0, choices, (), costs(locked)))
    assert found.difference is not None
    assert found.difference.interval_anew is not None

    assert {scope: [claim.kind for claim in said] for scope, said in look.claims.items()} == {
        "test-part": ["better", "not-worse"],
        "tuned": ["better", "not-worse"],
        "anew": [],
    }
    assert found.difference.interval_anew[0] < -0.05 < 0.04 < found.difference.interval[0]
    assert found.fits == 2 * 2 * 12 + 2 * 6


def test_second_opinions_stand_beside_the_verdict() -> None:
    """They are part of verdict.json; where the bootstrap reads otherwise a warning joins, and the verdict stays."""
    clear = verdict_of(plan(), {"lstm": 0.4, "gru": 0.3})
    assert clear.opinions is not None

    assert (clear.verdict, clear.opinions.bootstrap_verdict, clear.opinions.agrees) == ("lstm", "lstm", True)
    assert clear.warnings == ()
    assert verdict_of(plan(), {"lstm": 0.4, "gru": 0.3}, noise=0.0).opinions is None


def test_the_search_is_part_of_each_cell() -> None:
    """The expected best of one and of two configurations, from the tuning fits; empty where there are none."""
    locked = plan(configurations=[plan().configurations[0]] * 2)
    stored = fits(locked, {"lstm": 0.4, "gru": 0.3})
    for k, (cell, number) in enumerate(itertools.product(locked.cells, (0, 1))):
        key = Key("tune", cell, number, 0, 0, 0, k)
        stored[key] = Fit(key, 400, 300, False, "done", ((1.0, 3.0, 2.0, 2.0)[k],), (), 1.0)
    look = judge(locked, stored, 0, 12, final=True)
    choices = dict.fromkeys(locked.cells, locked.configurations[0])
    found = conclude(Evidence(locked, locked.sha256(), stored, look, (12,), 0, choices, (), costs(locked)))

    assert found.cells["lstm"].expected_best == pytest.approx((1 / 3, 1 / 2))  # 1 - 1/3 or 1 - 3/3
    assert found.cells["gru"].expected_best == pytest.approx((1 / 3, 1 / 3))
    assert verdict_of(plan(), {"lstm": 0.4, "gru": 0.3}).cells["gru"].expected_best == ()


def test_a_verdict_from_before_there_were_second_opinions_is_read() -> None:
    """Old run folders lack the fields; everything else is as it was."""
    found = verdict_of(plan(), {"lstm": 0.4, "gru": 0.3})
    written = found.model_dump(mode="json", exclude={"opinions": True, "cells": {"__all__": {"expected_best"}}})
    assert "opinions" not in written
    assert "expected_best" not in written["cells"]["gru"]

    assert Verdict.model_validate(written) == found.model_copy(update={"opinions": None})


@pytest.mark.parametrize(("window", "examples", "pick"), [(16, 1000, "gru"), (100, 50, "lstm"), (16, 10_000, "lstm")])
def test_the_textbook(window: int, examples: int, pick: str) -> None:
    """Long or plentiful: LSTM; else GRU."""
    locked = plan()
    data = locked.data.model_copy(update={"window": window, "examples": examples})

    assert textbook(locked.model_copy(update={"data": data})).pick == pick


def test_few_examples_of_accuracy_decide_little() -> None:
    """Cells that agree on 100 examples are not `equal` at a margin of one in a hundred; on 1,000 they are."""
    classify = plan(task="classify")
    few, many = (verdict_of(classify, {"lstm": 0.9, "gru": 0.9}, baseline=0.3, blocks=n) for n in (100, 1000))

    assert (few.verdict, many.verdict) == ("undecided", "equal")
    assert few.difference is not None
    assert few.difference.interval[1] > 0.02


def test_the_bar_is_judged_by_noise_of_its_own() -> None:
    """Weeks that are hard for both cells cancel between them, not against the baseline."""
    locked = plan()
    pairs = gather(locked, fits(locked, {"lstm": 0.4, "gru": 0.3}, pairs=12, blocks=120, noise=0.01), 0, 12)
    rng = np.random.default_rng(3)
    hard = np.repeat(rng.normal(size=12), 10) * 0.2
    shared = dataclasses.replace(pairs, losses={cell: table + hard for cell, table in pairs.losses.items()})
    seen, plain = (look_at(locked, of, final=True).seen for of in (shared, pairs))
    over = seen.over("gru", pairs.bar).now

    assert seen.judged("tuned").now.independent > 5 * over.independent
    assert over.standard_error > 10 * plain.over("gru", pairs.bar).now.standard_error
    assert over.estimate == pytest.approx(1.0 - (shared.losses["gru"].sum(axis=1) / 120).mean(), abs=1e-9)


def with_rule(stored: dict[Key, Fit], rule: str, skill: float) -> dict[Key, Fit]:
    """The fits, with a simple rule that has this skill over the bar on the test part, and less on validation."""
    for split in range(2):
        key = baseline_key(rule, split)
        bar = stored[baseline_key("ridge", split)]
        worse = tuple(1.2 * loss for loss in bar.validation)
        stored[key] = dataclasses.replace(bar, key=key, validation=worse, test=tuple((1 - skill) * x for x in bar.test))
    return stored


def test_above_the_baseline_means_above_every_simple_rule() -> None:
    """A few validation windows chose the bar; another rule that is better on the test part is not beaten."""
    locked, skill = plan(), {"lstm": 0.4, "gru": 0.3}
    found = {}
    for rule_skill in (0.2, 0.35):
        stored = with_rule(fits(locked, skill), "theta", rule_skill)
        look = judge(locked, stored, 0, 12, final=True)
        choices = dict.fromkeys(locked.cells, locked.configurations[0])
        found[rule_skill] = conclude(
            Evidence(locked, locked.sha256(), stored, look, (12,), 0, choices, (), costs(locked))
        )

    assert [bars(locked, stored)] == [("ridge", "ridge")]
    assert [cell.above_baseline for cell in found[0.2].cells.values()] == ["yes", "yes"]
    assert [cell.above_baseline for cell in found[0.35].cells.values()] == ["yes", "unclear"]
    assert found[0.35].cells["gru"].beats == ("last-value", "ridge")
    beating = [claim.cell for claim in found[0.35].claims if claim.kind == "beats-rules" and claim.scope == "tuned"]
    assert beating == ["lstm"]


def test_cells_that_never_left_their_anchor_are_the_rule() -> None:
    """Their forecasts are those of the bar: no winner, and the rule is to be taken."""
    found = verdict_of(plan(), {"lstm": 0.0, "gru": 0.0}, noise=0.0)

    assert (found.verdict, found.recommendation, found.strength) == ("neither", "baseline", "shown")
    assert [claim.kind for claim in found.claims if claim.scope == "tuned"] == ["neither"]
    assert found.net is not None
    assert found.net.cell == "gru"


def test_advice_follows_the_scores_that_are_shown() -> None:
    """A cell that is better than the other one and below the simple rule is not advised; it is the net to take."""
    locked = plan()
    stored = with_rule(fits(locked, {"lstm": -0.2, "gru": -0.005}, noise=0.05), "theta", 0.0)
    look = judge(locked, stored, 0, 12, final=True)
    advised = advice(locked, look, sure(locked, look))

    assert advised.take == "baseline"
    assert advised.net is not None
    assert (advised.net.cell, advised.net.strength) == ("gru", "shown")


@pytest.mark.parametrize(
    ("lead", "take", "code"), [(0.3, "gru", "one-pair-tells-little"), (-0.3, "baseline", "one-pair-behind")]
)
def test_one_pair_shows_nothing_but_no_cell_is_advised_that_was_behind_the_bar(
    lead: float, take: str, code: str
) -> None:
    locked = plan()
    found = verdict_of(locked, {"lstm": lead, "gru": lead}, pairs=1, noise=0.001)

    assert (found.recommendation, found.strength, found.recommendation_reason.code) == (take, "either", code)
    assert (found.net is not None) == (take == "baseline")


def test_of_one_pair_the_cell_that_is_ahead_is_taken_and_not_the_cheaper_one() -> None:
    """A GRU whose one training failed was advised because it costs less; within the margin it still is."""
    locked = plan()
    found = verdict_of(locked, {"lstm": 0.5, "gru": 0.3}, pairs=1, noise=0.001)
    level = verdict_of(locked, {"lstm": 0.305, "gru": 0.3}, pairs=1, noise=0.0)

    assert (found.recommendation, found.strength) == ("lstm", "either")
    assert found.recommendation_reason.code == "one-pair-ahead"
    assert "0.2 ahead of the GRU" in words(found.recommendation_reason)
    assert level.recommendation == "gru"


@pytest.mark.parametrize(
    ("lead", "noise", "take", "strength"),
    [(0.008, 0.09, "lstm", "likely"), (0.008, 0.25, "lstm", "leaning"), (0.008, 0.8, "gru", "either")],
)
def test_a_choice_is_owed_and_says_how_sure_it_is(lead: float, noise: float, take: str, strength: str) -> None:
    """By the probability that it is at most the margin worse; where there is no telling, the cheaper cell."""
    locked = plan()
    stored = fits(locked, {"lstm": 0.3, "gru": 0.3}, pairs=8, noise=0.001)
    for key, fit in stored.items():
        if (key.phase, key.cell) == ("pair", "lstm"):
            swing = noise * np.sin(2.4 * np.arange(24))[12 * key.split :][:12] - lead
            stored[key] = dataclasses.replace(fit, test=tuple((np.array(fit.test) + swing).tolist()))
    look = judge(locked, stored, 0, 8, final=True)
    found = sure(locked, look)
    assert found is not None
    advised = advice(locked, look, found)

    assert (advised.take, advised.strength) == (take, strength)
    assert found.at_most_worse[2] <= min(1.0 - one.above(locked.margin) for one in found.over)


def test_a_stop_that_the_estimate_chose_spends_less_than_the_end_of_the_budget() -> None:
    """The same pairs and looks: bounds are closer where no look could have followed."""
    locked = plan()
    stored = fits(locked, {"lstm": 0.305, "gru": 0.3}, noise=0.05)
    open_, end = (
        judge(locked, stored, 0, 12, final=final, before=(8,)).seen.judged("tuned") for final in (False, True)
    )

    assert np.ptp(open_.interval(0.025)) > 1.2 * np.ptp(end.interval(0.025))
    assert end.now == open_.now

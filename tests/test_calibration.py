"""Short forms of the calibration: simulated comparisons and re-dealt pools, judged by the product's own rules."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from _exhaustive import Pool, take
from _redeal import BETTER, against_itself, redealt
from _simulate import CASES, Case, Rates, simulate
from _simulate_choices import Choosing, choose
from _simulate_kinds import KINDS, Kinds, simulate_kinds
from _simulate_panels import PANELS, Panel, simulate_panel, windows_tested
from _simulate_stated import stated
from calibration import Kept
from synthetic import fits, plan

from gatewise.judge.tables import Pairs, gather
from gatewise.stats.reach import UNBOUNDED

DRAWS = 250

HARD = [
    Case(0.99, 0.005, many=20),
    Case(0.99, 0.005, runs="failing", many=20, mirrored=True),
    Case(0.9, 0.06, runs="skewed", looks=(8,)),
    Case(0.9, 0.06, runs="skewed", looks=(8,), mirrored=True),
    Case(0.04, 0.92, tests="skewed", many=8, looks=(8,)),
    Case(0.02, 0.96, many=40, correlation=0.6, looks=(8,)),
    Case(1 / 3, 1 / 3, runs="heavy", tests="heavy", many=20),
    Case(0.3, 0.6, many=40, correlation=0.6, shared=0.125, above=0.0, difference=0.0),
    Case(0.3, 0.6, many=40, correlation=0.6, shared=0.125, above=1.0, difference=0.0),
    Case(0.3, 0.6, ties=0.7, looks=(8,)),
    Case(0.0, 0.0, accuracy=True, many=100),
]


@pytest.mark.parametrize("case", HARD, ids=lambda case: case.name)
def test_wrong_verdicts_stay_within_their_error(case: Case) -> None:
    """At a true difference of one margin, to the simulation's own error of three standard errors."""
    found, bar = simulate(case, DRAWS), 0.07 if case.runs in ("skewed", "failing") or case.tests == "skewed" else 0.05

    assert found.strict <= bar + 3 * np.sqrt(bar * (1 - bar) / DRAWS)
    assert found.better <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / DRAWS)
    assert found.covered >= 0.93 - 3 * np.sqrt(0.93 * 0.07 / DRAWS)


def test_clear_differences_are_decided() -> None:
    """Caution does not silence: with noise small against the margin the right word is found nearly always."""
    equal = simulate(Case(1 / 3, 1 / 3, difference=0.0), 100)
    winner = simulate(Case(1 / 3, 1 / 3, difference=2.0), 100)

    assert (equal.word, winner.word) == (0.0, 0.0)
    assert min(equal.equal, winner.winner) >= 0.95


def test_a_rule_without_care_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulation does see errors: with plain t intervals skewed runs lead to more than 7 in 100."""
    monkeypatch.setattr("gatewise.stats.interval.SKEWED", 0.0)
    monkeypatch.setattr("gatewise.stats.interval.SPENT", 1.0)
    monkeypatch.setattr("gatewise.stats.interval.KEPT", 0.0)

    assert simulate(Case(0.99, 0.005, runs="skewed", looks=(8,)), 600).strict > 0.09


def test_stated_probabilities_are_those_that_come_true() -> None:
    """In every bin, to the simulation's error; and no worse than those of a flat prior."""
    draws = 600
    found = stated(draws)

    assert {one.what for one in found.bins} == {"better", "safe"}
    for one in found.bins:
        assert abs(one.true - one.stated) < 0.05 + 3 * np.sqrt(0.25 / (one.share * draws))
    assert found.brier < found.flat + 0.005


def test_choosing_once_finds_false_winners_and_redrawing_does_not() -> None:
    """A cell against itself, its configuration chosen from a table as noisy as the configurations differ."""
    case = Choosing(0.1, 0.1, redrawn=False)

    assert choose(case, 100).winner > 0.3
    found = choose(dataclasses.replace(case, redrawn=True), 150)
    assert found.winner <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 150)
    assert found.covered >= 0.93 - 3 * np.sqrt(0.93 * 0.07 / 150)


@pytest.mark.parametrize(("many", "least"), [(200, 1), (1000, 10)])
def test_a_rare_kind_that_was_not_tested_makes_no_cells_equal(
    many: int, least: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Copies of one message are one test, however many there are; without what they may hide cells pass for equal."""
    case = Kinds(many, least, looks=(8,))
    found = simulate_kinds(case, DRAWS)
    monkeypatch.setattr("_simulate_kinds.reach", lambda counts: UNBOUNDED)

    assert found.strict <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / DRAWS)
    assert found.covered >= 0.93 - 3 * np.sqrt(0.93 * 0.07 / DRAWS)
    assert simulate_kinds(case, DRAWS).safe > 0.2


SHOCKED = [
    Panel(20, 0.9, 0.9),
    Panel(20, 0.9, 0.9, reaction=0.02, difference=-1.0, uneven=True),
]


@pytest.mark.parametrize("case", SHOCKED, ids=lambda case: case.name)
def test_series_that_share_shocks_are_no_evidence_apart(case: Panel) -> None:
    """Blocks of the calendar over all series keep the promise; windows of each series, taken for blocks, break it."""
    found = simulate_panel(case, 80)
    apart = simulate_panel(dataclasses.replace(case, units="series x windows"), 25)

    assert found.strict <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 80)
    assert found.covered >= 0.93 - 3 * np.sqrt(0.93 * 0.07 / 80)
    assert apart.covered < 0.93 - 3 * np.sqrt(0.93 * 0.07 / 25)


def test_blocks_of_several_series_are_windows_of_the_calendar() -> None:
    """Windows of the same step lie in the same block, whatever their series, and those of another in another."""
    found = windows_tested(20, 1200, "windows", uneven=True)

    at = dict(zip(found.step.tolist(), found.block.tolist(), strict=True))
    assert [at[step] for step in found.step.tolist()] == found.block.tolist()
    assert 10 <= len(np.unique(found.block)) == len(np.unique(found.step))
    assert len(np.unique(found.member)) == 20


def test_a_planted_difference_between_series_is_found() -> None:
    """Caution does not silence: ten margins are seen where few shocks are shared."""
    found = simulate_panel(Panel(20, 0.2, 0.0, difference=10.0), 40)

    assert found.winner > 0.9
    assert found.claim == 0.0


def test_the_grid_has_what_was_asked() -> None:
    """Every kind of noise, few and many blocks, correlated ones, each number of looks, no case twice."""
    assert {case.runs for case in CASES} == {"normal", "heavy", "moderate", "skewed", "failing", "failing mildly"}
    assert {0.0, 0.3, 0.7} == {case.ties for case in CASES}
    assert {5, 20, 100, 1000} <= {case.many for case in CASES}
    assert {0.3, 0.6, 0.8} <= {case.correlation for case in CASES}
    assert {0.0, 1.0, 2.0} <= {case.difference for case in CASES}
    assert {1, 2, 4, 6} <= {len(case.looks) for case in CASES}
    assert {0.0, 1.0} <= {case.above for case in CASES}
    assert any(case.accuracy for case in CASES)
    assert len({case.name for case in CASES}) == len(CASES)
    assert {1, 3, 10} == {case.least for case in KINDS}
    assert len({case.name for case in KINDS}) == len(KINDS)
    assert {3, 20, 100} <= {case.series for case in PANELS}
    assert {0.0, 1.0, -1.0} <= {case.difference for case in PANELS}
    assert len({case.name for case in PANELS}) == len(PANELS)


def test_finished_cases_are_kept_while_the_rules_are_the_same(tmp_path: Path) -> None:
    """A run that was stopped goes on with them; other rules begin anew, case by case in the same lines."""
    file, rates = tmp_path / "calibration.jsonl", Rates(0.01, 0.02, 0.01, 0.02, 0.03, 0.2, 0.3, 0.49, 0.96, 12.0)
    first = Kept(file, "rules")
    first.add("b", rates)
    first.add("a", rates)

    assert Kept(file, "rules").rows == first.rows
    assert list(Kept(file, "rules").rows["a"]) == ["case", *rates.record()]
    other = Kept(file, "other rules")
    assert other.rows == {}
    other.add("a", rates)
    assert list(Kept(file, "rules").rows) == ["b"]
    assert len(file.read_text("utf-8").splitlines()) == 2


@pytest.fixture(scope="module")
def pool() -> Pairs:
    """40 pairs of an LSTM and a GRU, the LSTM better by ten margins."""
    locked = plan()
    return gather(locked, fits(locked, {"lstm": 0.4, "gru": 0.3}, pairs=40, blocks=60, noise=0.02), 0, 40)


def test_a_pool_against_itself_has_no_winner(pool: Pairs) -> None:
    """Dealt comparisons of a cell with itself never name one of the two; those with the better cell always do."""
    whole = Pool(plan(), pool, "0.1.0", plan().model_dump(mode="json"))
    itself, other = against_itself(whole, "lstm", 50), redealt(whole, 50)

    assert itself["lstm"] + itself["lstm#2"] == 0
    assert sum(itself.values()) - itself[BETTER] == 50
    assert itself[BETTER] <= 3
    assert other == {"lstm": 50, BETTER: 50}


def test_fits_are_dealt_whole(pool: Pairs) -> None:
    """Losses and caps of a fit stay together; what was tuned anew is left."""
    rows = np.array([7, 3, 11])
    dealt = take(pool, {"a": ("gru", rows), "b": ("lstm", rows[::-1])})

    assert dealt.losses["a"].tolist() == pool.losses["gru"][rows].tolist()
    assert dealt.losses["b"].tolist() == pool.losses["lstm"][[11, 3, 7]].tolist()
    assert len(dealt.chosen["b"]) == len(dealt.anew["a"]) == 0
    assert dealt.capped["a"].tolist() == pool.capped["gru"][rows].tolist()

"""Tuning and pairs together: what may reach a score, and what the purse allows."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from played import Played, play
from tiny import sequences, series

from gatewise.data.series import Series
from gatewise.data.shapes import SequenceSet
from gatewise.experiment.runner import Runner
from gatewise.judge.looks import CAPPED
from gatewise.run.fits import Fit, FitStore
from gatewise.run.plan import Configuration
from gatewise.tasks import on

USUAL: dict[tuple[str, int | None], Played] = {}


@pytest.fixture
def usual(data: Series | SequenceSet, tmp_path: Path) -> Played:
    """What comes of each kind of data, played once; nobody may change it."""
    kind = (data.source, None if isinstance(data, Series) else data.test_start)
    if kind not in USUAL:
        USUAL[kind] = play(data, tmp_path / "usual.sqlite")
    return USUAL[kind]


def scores_of_split_0(runner: Runner) -> dict[tuple[str, int, int], tuple[int, tuple[float, ...]]]:
    """(cell, rung, pair) -> (configuration, validation losses) of split 0."""
    return {
        (key.cell, key.rung, key.draw): (key.configuration, fit.validation)
        for key, fit in runner.fits.items()
        if key.phase == "pair" and key.split == 0
    }


def test_tested_rows_reach_nothing_that_leads_to_their_score(
    data: Series | SequenceSet, usual: Played, tmp_path: Path
) -> None:
    """Change every row that split 0 tests: its list, tables, choices, rung and validation losses stay the same."""
    plan, tuned, confirmed, runner = usual
    tested = on(data, plan.setting).parts(0, "pair", 0).test
    values = data.values.copy()
    if isinstance(data, Series):
        values[tested.min() :] = 3.0 * values[tested.min() :] + 7.0
    else:
        values[tested] = 5.0 - 2.0 * values[tested]
    _, other_tuned, other_confirmed, other = play(replace(data, values=values), tmp_path / "b.sqlite")

    assert tuned.configurations == other_tuned.configurations
    assert (tuned.rung, confirmed.rung) == (other_tuned.rung, other_confirmed.rung)
    for cell in plan.cells:
        if (cell, 0) in tuned.tables:
            rows, others = (found.tables[cell, 0].rows for found in (tuned, other_tuned))
            assert rows.keys() == others.keys()
            assert all(np.array_equal(row.losses, others[number].losses) for number, row in rows.items())
        assert tuned.setting(0) == other_tuned.setting(0)
    ours, others = scores_of_split_0(runner), scores_of_split_0(other)
    common = ours.keys() & others.keys()
    assert len(common) >= 2 * min(confirmed.pairs, other_confirmed.pairs) > 0
    assert {key: ours[key] for key in common} == {key: others[key] for key in common}


def test_what_pairs_train_was_fit_twice(data: Series | SequenceSet, tmp_path: Path) -> None:
    """On the same validation parts, with other draws; unless the fits do not pay for it, which is said."""
    plan, tuned, _, runner = play(data, tmp_path / "fits.sqlite", fits=100, wider=0, rungs=1)
    folds = plan.splits.tuning_folds

    assert "no-second-fits" not in [note.code for note in tuned.notes]
    for pair in (key for key in runner.fits if key.phase == "pair"):
        split = pair.split if plan.splits.tuned_each else 0
        if pair.configuration not in tuned.setting(split):
            continue  # of a setting that the whole table does not choose, the default alone was fit, and once
        chosen = ("tune", pair.cell, pair.configuration, 0, split)
        tried = sorted(key for key in runner.fits if key[:5] == chosen)
        assert sorted(key.draw for key in tried) == list(range(2 * folds))
        assert len({key.seed for key in tried}) == 2 * folds
        once = [
            np.concatenate([runner.fits[key].validation for key in tried if key.draw // folds == n]) for n in range(2)
        ]
        assert np.allclose(tuned.tables[pair.cell, split].rows[pair.configuration].losses, np.mean(once, axis=0))
    if isinstance(data, Series):
        _, tuned, _, _ = play(data, tmp_path / "few.sqlite", fits=48, wider=0, rungs=1)
        assert "no-second-fits" in [note.code for note in tuned.notes]


def test_the_order_in_which_fits_end_changes_nothing(data: Series | SequenceSet, usual: Played, tmp_path: Path) -> None:
    """Forwards or backwards: the same fits, the same looks."""
    first, second = usual, play(data, tmp_path / "backwards.sqlite", backwards=True)
    timeless = [{key: replace(fit, seconds=0.0) for key, fit in played[3].fits.items()} for played in (first, second)]

    assert timeless[0] == timeless[1]
    assert [look.pairs for look in first[2].looks] == [look.pairs for look in second[2].looks]


def test_no_more_is_spent_than_was_given(data: Series | SequenceSet, usual: Played, tmp_path: Path) -> None:
    """However often the search is widened or the pairs begin anew."""
    few = play(data, tmp_path / "few.sqlite", fits=4)
    for fits, (_, _, confirmed, runner) in ((4, few), (48, usual)):
        assert sum(key.phase in ("tune", "pair", "redraw") for key in runner.fits) <= fits
        assert confirmed.pairs >= 1


def test_stopped_anywhere_it_goes_on_the_same(tmp_path: Path) -> None:
    """Keep the first k fits of a run, for many k, and play on: the same fits in the end."""
    whole = play(series(), tmp_path / "whole.sqlite", fits=30)[3].fits
    order: list[Fit] = list(whole.values())
    for kept in range(1, len(order), max(1, len(order) // 6)):
        path = tmp_path / f"{kept}.sqlite"
        with FitStore(path) as store:
            for fit in order[:kept]:
                store.add(fit)
        again = play(series(), path, fits=30)[3].fits
        assert {k: replace(f, seconds=0.0) for k, f in again.items()} == {
            k: replace(f, seconds=0.0) for k, f in whole.items()
        }


def test_pairs_begin_anew_where_fits_end_at_the_cap(tmp_path: Path) -> None:
    """Five steps are too few: the pairs are trained again with twice the steps, and those count."""
    plan, tuned, confirmed, runner = play(
        series(), tmp_path / "a.sqlite", fits=100, steps={"lstm": 5, "gru": 5}, margin=0.001, anchor="none"
    )
    rungs = {key.rung for key in runner.fits if key.phase == "pair"}

    assert confirmed.rung == max(rungs) > 0
    assert confirmed.rung >= tuned.rung
    assert plan.rungs == 3


@dataclass(frozen=True)
class Said:
    """A look that says what it is told to."""

    capped: float
    settled: bool
    clear: bool
    hopeless: bool = False
    pairs: int = 8
    may_decide: bool = True
    seen: object = field(default_factory=lambda: SimpleNamespace(final=True))


@pytest.mark.parametrize("settled", [True, False])
def test_a_verdict_does_not_choose_how_long_pairs_train(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settled: bool
) -> None:
    """Where fits had not finished and steps can be doubled they are, a winner or none; on the last rung it is named."""
    monkeypatch.setattr("gatewise.experiment.confirm.judge", lambda *_, **__: Said(0.5, settled, clear=settled))
    monkeypatch.setattr("gatewise.experiment.confirm.FIRST_LOOK", 2)

    only = (Configuration(learning_rate=0.01, batch_size=16, dropout=0.0),)
    _, tuned, confirmed, runner = play(
        series(), tmp_path / "a.sqlite", fits=64, configurations=only, looks=(2, 4), pairs=4
    )

    assert (tuned.rung, confirmed.rung) == (0, 2)
    assert {key.rung for key in runner.fits if key.phase == "pair"} == {0, 1, 2}
    assert len(confirmed.looks) == 1 if settled else len(confirmed.looks) > 1


@pytest.mark.parametrize("clear", [True, False])
def test_pairs_train_what_is_handed_over_and_redraws_follow_a_claim(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clear: bool
) -> None:
    """A claim as tuned is about that configuration; what is left of the work shows whether it holds tuned anew."""
    asked: list[int] = []

    def said(*_: object, redrawn: int = 0, **__: object) -> Said:
        asked.append(redrawn)
        return Said(0.0, settled=True, clear=clear)

    monkeypatch.setattr("gatewise.experiment.confirm.judge", said)
    plan, tuned, _, runner = play(series(), tmp_path / "a.sqlite", fits=200, looks=(8,), pairs=8, wider=0)
    trained = {phase: [key for key in runner.fits if key.phase == phase] for phase in ("pair", "redraw")}

    assert {(key.cell, key.configuration) for key in trained["pair"]} == {(c, tuned.choice(c, 0)) for c in plan.cells}
    redraws = {(key.cell, key.split, key.draw): key.configuration for key in trained["redraw"]}
    places = [(cell, split, pair) for cell in plan.cells for split in range(plan.splits.count) for pair in range(8)]
    chosen = {place: tuned.redraw(*place, plan.seed) for place in places}
    others = {place: number for place, number in chosen.items() if number != tuned.choice(*place[:2])}
    assert redraws == (others if clear else {})
    assert asked == ([0, 8] if clear else [0])


def test_finished_fits_are_not_trained_longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A quarter still improving is no reason."""
    monkeypatch.setattr("gatewise.experiment.confirm.judge", lambda *_, **__: Said(CAPPED, True, clear=True))
    monkeypatch.setattr("gatewise.experiment.confirm.FIRST_LOOK", 2)

    _, tuned, confirmed, _ = play(series(), tmp_path / "a.sqlite", fits=60, looks=(2,), pairs=2)

    assert confirmed.rung == tuned.rung


@pytest.mark.parametrize("n", [4, 6, 9])
def test_the_smallest_sets(n: int, tmp_path: Path) -> None:
    """Four sequences of two classes are compared, and nothing is decided on so few."""
    found = play(sequences(n), tmp_path / "a.sqlite", fits=50)

    assert found[2].pairs >= 1
    if n == 4:
        assert {look.claims["tuned"] for look in found[2].looks} == {()}

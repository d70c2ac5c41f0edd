"""Fits that failed are trained again once: what tells a failure, and that nothing else changes."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from played import play
from tiny import sequences, series, task_of

from gatewise.data.series import Series
from gatewise.data.shapes import SequenceSet
from gatewise.experiment.choice import Tuned
from gatewise.experiment.second import FAR, Limits, limits, second_seed
from gatewise.experiment.train import Job, train
from gatewise.judge.tables import second_tries
from gatewise.run.fits import Fit, FitStore, Key, Try
from gatewise.run.plan import Configuration

NEVER = Limits(validation=-1.0, training=-1.0)
"""Limits that every fit lies beyond."""


def tuned(*left: float, validates: bool = True) -> list[Fit]:
    """Tuning fits that left these shares of their loss."""
    tries = [Try("done", 5, share if validates else None, 1.0 - share) for share in left]
    return [Fit(Key("tune", "gru", 0, 0, 0, 0, 0), 5, 5, False, "done", (), (), 0.0, (one,)) for one in tries]


def test_limits_lie_above_the_median_by_five_deviations_of_all_and_by_five_margins_at_least() -> None:
    """Deviations are shared by both cells, so that neither is measured more strictly; two values lie too near."""
    found = {("lstm", 0): {0: tuned(0.5, 0.54), 1: tuned(0.3)}, ("gru", 0): {0: tuned(0.6, 0.66)}}
    deviation = np.sqrt(2.0) * np.median([0.02, 0.02, 0.03, 0.03])

    wide, narrow = limits(found, 0.01), limits(found, 0.1)

    assert wide["lstm", 0, 0].validation == pytest.approx(0.52 + FAR * deviation)
    assert wide["lstm", 0, 1].validation == pytest.approx(0.3 + FAR * deviation)
    assert wide["gru", 0, 0].validation == pytest.approx(0.63 + FAR * deviation)
    assert wide["lstm", 0, 1].training == pytest.approx(0.7 + FAR * deviation)
    assert narrow["gru", 0, 0].validation == pytest.approx(1.13)


def test_where_nothing_validates_a_fit_that_learned_half_has_not_failed() -> None:
    """It learns from more examples than a tuning fit, in as many steps."""
    found = limits({("gru", 0): {0: tuned(0.98, 0.98, validates=False), 1: tuned(0.9, validates=False)}}, 0.01)

    assert [one.training for one in found.values()] == pytest.approx([0.51, 0.55])
    assert found["gru", 0, 0].failed(Try("done", 5, None, 0.52))
    assert not found["gru", 0, 0].failed(Try("done", 5, None, 0.5))
    assert found["gru", 0, 0].failed(Try("diverged", 5, None, 0.3))


def test_where_each_was_fit_once_deviations_are_those_of_all() -> None:
    """Of all configurations from their median."""
    found = limits({("gru", 0): {n: tuned(share) for n, share in enumerate((0.9, 0.8, 0.6))}}, 0.0)

    away = np.sqrt(3.0 / 2.0) * 0.1
    assert [one.validation for one in found.values()] == pytest.approx([x + FAR * away for x in (0.9, 0.8, 0.6)])


def test_where_nothing_was_tuned_only_what_diverged_has_failed() -> None:
    """On a later origin there may be nothing to learn."""
    known = Tuned((), {}, {}, 0, (), limits={("gru", 0, 0): Limits(validation=0.8)})
    here, later = (known.limits_of("gru", split, 0) for split in range(2))

    assert here is not None
    assert later is not None
    assert here.failed(Try("done", 5, 0.9, 0.5))
    assert not later.failed(Try("done", 5, 1.0, 0.5))
    assert later.failed(Try("diverged", 5, 1.0, 0.5))


@pytest.mark.parametrize("data", [series(), sequences()], ids=["series", "sequences"])
def test_a_second_try_is_the_fit_with_another_seed(data: Series | SequenceSet) -> None:
    """Under the first one's name, with both tries on record; a fit within its limits is the same to the bit."""
    torch.set_num_threads(1)
    configuration = Configuration(learning_rate=0.01, batch_size=16, dropout=0.1)
    task, plain = task_of(data), Job(Key("pair", "gru", 0, 0, 0, 0, 5), 3, 6, configuration, 20, 5, 9, 0.01)
    second = replace(plain, key=plain.key._replace(seed=second_seed(plain.key.seed)))
    asked = [plain, replace(plain, limits=Limits()), second, replace(plain, limits=NEVER)]

    once, within, other, again = (train(task, each).fit for each in asked)

    assert replace(within, seconds=once.seconds) == once
    assert (again.key, again.test, again.validation) == (once.key, other.test, other.validation)
    assert again.test != once.test
    assert again.tries == (*once.tries, *other.tries)
    assert [fit.second for fit in (once, within, again)] == [False, False, True]


@pytest.mark.parametrize("data", [series(), sequences(test_start=40)], ids=["series", "sequences"])
def test_pairs_alone_are_tried_again_and_only_where_they_failed(
    data: Series | SequenceSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By limits from tuning: with such as every fit lies beyond, all pairs are second tries, and no tuning fit is."""
    usual = play(data, tmp_path / "a.sqlite", fits=36)[3].fits
    monkeypatch.setattr(
        "gatewise.experiment.tune.limits", lambda found, _: {(*w, n): NEVER for w in found for n in found[w]}
    )
    plan, _, confirmed, runner = play(data, tmp_path / "b.sqlite", fits=36)

    assert {key.phase for key, fit in runner.fits.items() if fit.second} == {"pair"}
    fits = confirmed.pairs  # on the split that was tuned
    assert set(second_tries(plan, runner.fits, confirmed.rung, confirmed.pairs).values()) == {fits}
    tuning = {key: replace(fit, seconds=0.0) for key, fit in usual.items() if key.phase == "tune"}
    assert tuning == {key: replace(fit, seconds=0.0) for key, fit in runner.fits.items() if key.phase == "tune"}
    assert not any(fit.second for fit in usual.values())
    with FitStore(tmp_path / "b.sqlite") as store:
        assert store.read() == runner.fits


def test_a_run_that_an_older_gatewise_began_is_gone_on_with(tmp_path: Path) -> None:
    """Its table of fits has no tries; it gets the column, and its fits have none."""
    path, fit = tmp_path / "fits.sqlite", tuned(0.5)[0]
    with FitStore(path) as store:
        store.add(fit)
    with sqlite3.connect(path) as database:
        database.execute("ALTER TABLE fits DROP COLUMN tries")
    with FitStore(path) as store:
        assert store.read() == {fit.key: replace(fit, tries=())}
        store.add(replace(fit, key=fit.key._replace(draw=1)))
        assert [one.tries for one in store.read().values()] == [(), fit.tries]

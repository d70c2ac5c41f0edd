"""Which windows train, validate and test."""

import numpy as np
import pytest

from gatewise.data.timeline import Timeline
from gatewise.data.windows import (
    TEST_WINDOWS,
    TRIALS,
    VALIDATION_WINDOWS,
    known_targets,
    thinned,
    trial_parts,
    window_parts,
)

CASES = [
    (600, 800, 16, 1, 17),
    (600, 800, 16, 7, 23),
    (601, 777, 48, 24, 72),
    (120, 160, 1, 1, 2),
]


@pytest.mark.parametrize(("border", "end", "window", "horizon", "block"), CASES)
def test_no_row_is_in_two_parts(border: int, end: int, window: int, horizon: int, block: int) -> None:
    """Targets of training and validation are a horizon apart, none leaves its part, and no window is lost."""
    usable = np.ones(end, dtype=bool)
    parts = window_parts(border, end, window=window, horizon=horizon, block=block, usable=usable)
    train, validation, test = parts.train, parts.validation, parts.test

    assert min(len(train), len(validation), len(test)) > 0
    assert train.min() == window
    assert validation.min() - (train.max() + horizon) == horizon
    assert test.min() == validation.max() + horizon
    assert (np.diff(validation) == 1).all()
    assert parts.before.tolist() == list(range(window, border - horizon + 1))
    assert test.min() == border
    assert 0 <= end - (test.max() + horizon) < horizon
    assert (np.diff(test) >= horizon).all()


@pytest.mark.parametrize(("border", "end", "window", "horizon", "block"), CASES)
def test_blocks_are_long_and_numbered_through(border: int, end: int, window: int, horizon: int, block: int) -> None:
    """Every block of validation, the last one too, spans its length; each of testing is one window."""
    parts = window_parts(border, end, window=window, horizon=horizon, block=block, usable=np.ones(end, dtype=bool))
    number, whole = parts.validation_block, int(np.ptp(parts.validation)) + 1

    assert sorted(set(number.tolist())) == list(range(number.max() + 1))
    starts = np.array([parts.validation[number == k].min() for k in range(number.max() + 1)])
    assert (np.diff([*starts, parts.validation.max() + 1]) >= min(block, whole)).all()
    assert parts.test_block.tolist() == list(range(len(parts.test)))


@pytest.mark.parametrize(
    ("horizon", "seasons", "apart"), [(7, (7,), 8), (48, (48, 336), 53), (24, (24, 168), 25), (5, (7,), 5), (3, (), 3)]
)
def test_test_windows_begin_at_every_place_of_a_season(horizon: int, seasons: tuple[int, ...], apart: int) -> None:
    """Spaced by whole seasons every forecast would start at the same hour or weekday."""
    how = {"window": 8, "horizon": horizon, "block": 60, "seasons": seasons}
    parts = window_parts(4000, 10_000, usable=np.ones(10_000, dtype=bool), **how)  # type: ignore[arg-type]

    assert set(np.diff(parts.test).tolist()) == {apart}
    assert all(len(set((parts.test % season).tolist())) == min(season, len(parts.test)) for season in seasons)


def test_windows_with_unknown_targets_are_left_out() -> None:
    """A window is used only when all its targets are known; blocks without any are skipped."""
    target = np.arange(400.0)
    target[250:300] = np.nan
    usable = known_targets(target[:, None], 3)
    parts = window_parts(240, 400, window=8, horizon=3, block=11, usable=usable)

    for ends in (parts.train, parts.validation, parts.test):
        assert not np.isnan(target[ends[:, None] + np.arange(3)]).any()
    assert len(set(parts.test_block.tolist())) == parts.test_block.max() + 1
    assert not usable[248:300].any()
    assert usable[[247, 300, 397]].all()
    assert not usable[398:].any()


def test_long_parts_are_thinned() -> None:
    """At most so many windows are scored, evenly spaced over the whole part; what is learned from is not thinned."""
    end = 200_000
    parts = window_parts(100_000, end, window=8, horizon=1, block=9, usable=np.ones(end, dtype=bool))

    assert VALIDATION_WINDOWS / 2 < len(parts.validation) <= VALIDATION_WINDOWS
    assert len(np.unique(np.diff(parts.validation))) == 1
    assert len(parts.before) == 100_000 - 8
    assert TEST_WINDOWS / 2 < len(parts.test) <= TEST_WINDOWS
    assert parts.test.max() > end - 100


@pytest.mark.parametrize(("border", "end", "window", "horizon", "block"), [*CASES, (86, 144, 12, 12, 24)])
def test_trials_lie_before_the_origin(border: int, end: int, window: int, horizon: int, block: int) -> None:
    """Each learns from all before an origin of its own and validates on all from there to the next, to the border."""
    timeline, usable = Timeline.plain(end), np.ones(end, dtype=bool)
    how = {"window": window, "horizon": horizon, "block": block, "usable": usable, "timeline": timeline}
    trials = trial_parts(border, **how, fewest=8)  # type: ignore[arg-type]

    assert len(trials) == TRIALS
    for trial in trials:
        assert trial.train.tolist() == list(range(window, trial.validation.min() - horizon + 1))
        assert len(trial.train) >= 8
        assert len(trial.validation) == len(trial.validation_block)
    validated = np.concatenate([trial.validation for trial in trials])
    assert validated.max() + horizon <= border
    assert (np.diff(validated) >= 1).all()
    assert len(validated) <= VALIDATION_WINDOWS
    if border < 200:
        assert (np.diff(validated) == 1).all()
        assert validated.max() + horizon == border


def test_few_rows_have_no_trials() -> None:
    """Where no earlier origin leaves windows to learn from."""
    how = {"window": 20, "horizon": 10, "block": 30, "usable": np.ones(80, dtype=bool), "timeline": Timeline.plain(80)}
    assert trial_parts(45, **how, fewest=8) == ()  # type: ignore[arg-type]
    assert len(trial_parts(60, **how, fewest=8)) > 0  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [1001, 1500, 24_000, 1_000_003])
def test_one_window_of_each_stretch_is_learned_from(count: int) -> None:
    """They rise, reach from the first stretch to the last, and stand at every phase of a season about equally often."""
    ids = np.arange(count) + 7
    found = thinned(ids, 1000)

    assert len(found) == 1000
    assert (np.diff(found) > 0).all()
    assert (np.abs((found - 7) / (count / 1000) - np.arange(1000)) <= 1).all()
    for season in (2, 24):
        met = np.bincount(found[:480] % season, minlength=season)
        assert met.min() >= 0.5 * met.mean()


def test_few_windows_are_all_learned_from() -> None:
    """The very same array, so that every bit of a fit stays."""
    ids = np.arange(1000)
    assert thinned(ids, 1000) is ids
    assert thinned(ids, None) is ids

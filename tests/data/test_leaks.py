"""Columns that give the target away are left out, and lags of it are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from gatewise.data.leaks import without_leaks
from gatewise.data.reading import Reading
from gatewise.data.table import to_series

if TYPE_CHECKING:
    from gatewise.data.series import Series

N = 200


def series(known: str | None = None, **columns: np.ndarray) -> Series:
    """A random walk and other columns."""
    return to_series(pl.DataFrame({"y": walk(0), **columns}), Reading(target="y", known=known))


def walk(seed: int) -> np.ndarray:
    """A random walk."""
    return np.random.default_rng(seed).normal(size=N).cumsum()


@pytest.mark.parametrize(
    ("column", "told"),
    [
        (np.roll(walk(0), -1), "1 step earlier"),
        (-3.0 * np.roll(walk(0), -2) + 40.0, "2 steps earlier"),
        (np.roll(walk(0), 1), None),
        (walk(0) * 2.0 + 1.0, None),
        (np.roll(walk(0), -4), None),
        (walk(1), None),
    ],
    ids=["next value", "the one after, scaled", "lag", "same step", "beyond the horizon", "another walk"],
)
def test_a_column_of_the_past_leaks_where_it_leads(column: np.ndarray, told: str | None) -> None:
    """Its changes are those that the target has some steps later, within the horizon."""
    found = without_leaks(series(x=column), 3, ())

    assert found.features == (("y", "x") if told is None else ("y",))
    assert told is None or (told in found.notes[-1] and "--keep x" in found.notes[-1])


def test_a_column_known_ahead_leaks_at_the_same_step() -> None:
    """The target in disguise; of a sum all its parts."""
    part = walk(1)
    sums = {"part": part, "rest": walk(0) - part, "u": walk(2)}

    assert without_leaks(series("x", x=2.0 * walk(0)), 1, ()).features == ("y",)
    found = without_leaks(series("part,rest,u", **sums), 1, ())
    assert (found.features, found.known) == (("y", "u"), ("u",))
    assert without_leaks(series("part,u", **sums), 1, ()).features == ("y", "part", "rest", "u")


def test_what_is_kept_stays() -> None:
    """The user's word counts."""
    data = series(x=np.roll(walk(0), -1))

    assert without_leaks(data, 1, {"x"}) is data


def test_a_smooth_target_is_led_by_nothing() -> None:
    """The changes of a slow wave are those of the step before, so a column that is ahead of it says nothing new."""
    wave = np.sin(np.arange(N) / 30.0)
    data = to_series(pl.DataFrame({"y": wave, "x": np.roll(wave, -1)}), Reading(target="y"))

    assert without_leaks(data, 1, ()).features == ("y", "x")

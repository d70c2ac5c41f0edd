"""Tuning: the list within its settings."""

import numpy as np
import pytest

from gatewise.experiment.choice import settings
from gatewise.experiment.tune import LEARNING_RATES, configurations, listed
from gatewise.run.plan import Configuration, Plan

DEFAULT = Configuration(learning_rate=0.005, batch_size=32, dropout=0.0)


def test_the_list_is_drawn_by_the_seed() -> None:
    """Equal seeds draw equal lists; rates cover the range on a logarithmic scale."""
    drawn = configurations(400, (16, 32, 64), 1)[1:]
    rates = np.log([c.learning_rate for c in drawn])
    low, high = np.log(LEARNING_RATES)

    assert drawn == configurations(400, (16, 32, 64), 1)[1:] != configurations(400, (16, 32, 64), 2)[1:]
    assert low <= rates.min() <= rates.max() <= high
    assert rates.mean() == pytest.approx((low + high) / 2, abs=0.2)
    assert {c.batch_size for c in drawn} == {16, 32, 64}


@pytest.mark.parametrize(("sizes", "batch"), [((16,), 16), ((16, 32), 32), ((16, 32, 64), 32), ((64,), 64)])
def test_the_default_is_the_first_of_every_list(sizes: tuple[int, ...], batch: int) -> None:
    """With the usual batch size, or the largest below it that the data fill."""
    default = DEFAULT.model_copy(update={"batch_size": batch})

    assert configurations(1, sizes, 1) == (default,)
    assert configurations(5, sizes, 9)[0] == default


def test_a_task_says_what_is_usual() -> None:
    """A shared field holds for the whole list, a cell's own one for the default alone."""
    listed = configurations(4, (32,), 1, {"learning_rate": 0.02, "anchor": "last"})

    assert listed[0] == DEFAULT.model_copy(update={"learning_rate": 0.02, "anchor": "last"})
    assert {c.anchor for c in listed} == {"last"}
    assert [c.learning_rate for c in listed[1:]] == [c.learning_rate for c in configurations(4, (32,), 1)[1:]]


def test_the_list_stands_within_every_setting() -> None:
    """The default setting first, so that its numbers are those of the list."""
    own = configurations(3, (32,), 4)
    plan = Plan.model_construct(configurations=own, settings=(DEFAULT.model_copy(update={"bidirectional": True}),))
    found = listed(plan)

    assert settings(found) == [(0, 1, 2), (3, 4, 5)]
    assert found[:3] == own
    assert [c.bidirectional for c in found] == [False] * 3 + [True] * 3
    assert [c.learning_rate for c in found[3:]] == [c.learning_rate for c in own]

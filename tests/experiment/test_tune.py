"""Tuning: the list within its settings."""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from tiny import sequences, series

from gatewise.estimators.memory import Memory
from gatewise.experiment.choice import Row, Table, Tuned, settings
from gatewise.experiment.plan import Purse, draft, make_plan
from gatewise.experiment.runner import Runner
from gatewise.experiment.train import Job
from gatewise.experiment.tune import LEARNING_RATES, configurations, listed, tune
from gatewise.experiment.watch.quiet import Quiet
from gatewise.experiment.workers.inline import Inline
from gatewise.run.fits import Fit
from gatewise.run.options import options
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


# --------------------------------------------------------------------------------------------------
# The race


class Curves(Runner):
    """Fits that are made up: a loss for each cell, configuration, fold and number of steps."""

    def __init__(self, plan: Plan, loss: Callable[[str, int, int, int], np.ndarray]) -> None:
        super().__init__(plan, Memory(), Inline(series()), Quiet())
        self.loss, self.made = loss, list[Job]()

    def run(self, text: str, jobs: Sequence[Job]) -> list[Fit]:
        """As `Runner.run`."""
        self.made += jobs
        for job in jobs:
            key = job.key
            losses = tuple(self.loss(key.cell, key.configuration, key.draw % 3, job.steps).tolist())
            self.fits[key] = Fit(key, job.steps, job.steps, False, "done", losses, (), 2.0)
            self._pay(job)
        return [self.fits[job.key] for job in jobs]


def raced(slow: str, *, race: bool = True) -> tuple[Tuned, Curves]:
    """Five configurations on three folds, in 400 steps; of one cell all learn slowly, and number 2 wins in the end."""
    data = sequences(test_start=40)
    asked = options(fits=60, params=200)
    plan = make_plan(draft(data, asked), asked, Purse("fits", 60))
    listed = configurations(5, (16,), 0)
    plan = plan.model_copy(
        update={
            "configurations": listed,
            "settings": (),
            "race": race,
            "wider": 0,
            "steps": dict.fromkeys(plan.cells, 400),
        }
    )
    best = {0: 1.0, 1: 1.02, 2: 0.7, 3: 1.5, 4: 1.6}

    def loss(cell: str, number: int, fold: int, steps: int) -> np.ndarray:
        late = 4.0 if (cell == slow or number == 2) and steps < 400 else 0.0
        noise = np.random.default_rng([number, fold]).normal(size=20)
        return best[number] + late + 0.1 * (noise - noise.mean())

    runner = Curves(plan, loss)
    return tune(plan, runner), runner


@pytest.mark.parametrize("slow", ["lstm", "gru"])
def test_a_race_is_no_race_in_steps(slow: str) -> None:
    """What learns slowly and wins in the end is chosen, whichever cell it is: all start with all of their steps."""
    found, runner = raced(slow)
    everything, _ = raced(slow, race=False)

    assert {job.steps for job in runner.made} == {400}
    for cell in ("lstm", "gru"):
        folds = Counter(job.key.configuration for job in runner.made if job.key.cell == cell and job.key.draw < 3)
        assert folds == {0: 3, 1: 3, 2: 3, 3: 1, 4: 1}, "the same rule for both"
        assert found.choice(cell, 0) == everything.choice(cell, 0) == 2
        assert found.choices(cell, 0, 60, 0) == everything.choices(cell, 0, 60, 0)
    assert (found.spared.fits, found.spared.seconds) == (8, pytest.approx(16.0))
    assert everything.spared.fits == 0


def test_a_redraw_runs_the_race_again() -> None:
    """What its own blocks of the first fold leave behind it does not choose, however good the others are."""
    fold, other = np.array([1.2, 1.2, -2.5, -2.5]), np.full(4, -3.0)
    rows = {0: Row(0, ((np.zeros(4), np.zeros(4)),)), 1: Row(0, ((fold, other),))}
    unlucky, lucky = np.array([0, 1, 4, 5, 6, 7, 4, 5]), np.array([2, 3, 4, 5, 6, 7, 4, 5])

    assert Table(rows, raced=True).best((0, 1), lucky) == Table(rows).best((0, 1), unlucky) == 1
    assert Table(rows, raced=True).best((0, 1), unlucky) == 0

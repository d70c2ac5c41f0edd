"""What the cells cost, as the clock has it."""

import pytest
from tiny import series

from gatewise.data.series import Series
from gatewise.experiment import cost
from gatewise.experiment.cost import measure
from gatewise.experiment.plan import Purse, draft, make_plan
from gatewise.experiment.workers.inline import Inline
from gatewise.run.fits import Fit, Key
from gatewise.run.options import options
from gatewise.run.plan import Plan


@pytest.fixture(scope="module")
def data() -> Series:
    """A short series."""
    return series(200)


@pytest.fixture(scope="module")
def locked(data: Series) -> Plan:
    """Small networks of both cells and a twin."""
    asked = options(fits=20, params=300, cells="lstm,gru,gru", anchor="none")
    return make_plan(draft(data, asked), asked, Purse("fits", 20))


def stored(cell: str, phase: str, rung: int, seconds: float, draw: int) -> Fit:
    """A fit that took some time."""
    return Fit(Key(phase, cell, 0, rung, 0, draw, 0), 10, 5, False, "done", (1.0,), (1.0,), seconds)


def test_turns_are_timed_and_fits_summed_up(data: Series, locked: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """Medians over the pairs of the rung that counts; the sum over all fits; the first turn only warms up."""
    turns = iter(range(100))

    class Bench:
        def __init__(self, *_: object) -> None:
            pass

        def train(self) -> float:
            return float(next(turns))

        def stream(self) -> float:
            return 1e-6

    monkeypatch.setattr(cost, "_Bench", Bench)
    times = {"lstm": (3.0, 1.0, 2.0), "gru": (5.0, 9.0, 7.0), "gru#2": (4.0, 4.0, 4.0)}
    kept = [stored(cell, "pair", 1, seconds, k) for cell, each in times.items() for k, seconds in enumerate(each)]
    kept += [stored("lstm", "pair", 0, 100.0, 0), stored("gru", "tune", 1, 50.0, 0)]
    choices = dict.fromkeys(locked.cells, locked.configurations[0])

    found = measure(Inline(data), locked, choices, {fit.key: fit for fit in kept}, rung=1)

    assert {cell: each.seconds_per_fit for cell, each in found.cells.items()} == {"lstm": 2.0, "gru": 7.0, "gru#2": 4.0}
    assert found.training_seconds == 6.0 + 21.0 + 12.0 + 150.0
    rounds = cost.ROUNDS
    first = [3.0 * k for k in range(1, rounds + 1)]  # the LSTM's turns after the first: every third number
    assert found.cells["lstm"].training_step_ms == pytest.approx(1e3 * first[rounds // 2])
    assert found.cells["gru"].microseconds_per_step == pytest.approx(1.0)


def test_without_pairs_all_fits_count(data: Series, locked: Plan) -> None:
    """Too few fits for a pair: what was trained is summed up; a step takes a time above zero."""
    kept = {fit.key: fit for fit in (stored(cell, "tune", 0, 2.0, 0) for cell in locked.cells)}
    found = measure(Inline(data), locked, dict.fromkeys(locked.cells, locked.configurations[0]), kept, rung=0)

    assert {each.seconds_per_fit for each in found.cells.values()} == {2.0}
    assert all(0.0 < (each.microseconds_per_step or 0.0) < 1e5 for each in found.cells.values())
    assert all(0.0 < (each.training_step_ms or 0.0) < 1e4 for each in found.cells.values())
    assert found.kernel

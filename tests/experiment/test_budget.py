"""What may be spent: prices of steps and fits, and what a budget leaves for them."""

import itertools

import pytest
from tiny import sequences, series

from gatewise.data.shapes import Data
from gatewise.experiment import budget
from gatewise.experiment.budget import CLOSING, Price, Prices, prices, purse
from gatewise.experiment.clock import EFFICIENCY
from gatewise.experiment.plan import draft
from gatewise.experiment.watch.quiet import Quiet
from gatewise.experiment.workers.inline import Inline
from gatewise.rules.worth import left_out, predicted
from gatewise.run.options import options
from gatewise.tasks import on


class Stages(Quiet):
    """Keeps the stages."""

    def __init__(self) -> None:
        self.stages: list[str] = []

    def stage(self, text: str, total: int) -> None:
        """Keep it."""
        self.stages.append(text)


@pytest.mark.parametrize("data", [series(), sequences(test_start=40)], ids=["series", "sequences"])
def test_prices_are_the_mean_of_all_workers_for_every_arm_and_batch_size(
    data: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A price for each; scoring costs what it costs with the batch size that makes it dearest."""
    asked = options(cells="lstm,gru,gru", fits=10)
    drafted = draft(data, asked)
    workers = Inline(data)
    workers.count = 2
    clock = itertools.count(1)

    def measured(_: object, ask: Price) -> tuple[float, float, float]:
        size = ask.configuration.batch_size
        return size * 1e-4 + next(clock) * 1e-9, size, 3.0

    monkeypatch.setattr(budget, "_measure", measured)

    step, overhead, shared = prices(workers, drafted)

    assert shared == 3.0
    assert list(step) == list(overhead) == ["lstm", "gru", "gru#2"]
    ways = [""] if drafted.setting.task == "forecast" else ["", " both ways"]
    sizes = {f"{size}{way}": size for way in ways for size in drafted.batch_sizes}
    assert all(sorted(step[cell]) == sorted(sizes) for cell in step)
    assert all(
        price == pytest.approx(sizes[name] * 1e-4, rel=1e-3) for cell in step for name, price in step[cell].items()
    )
    assert set(overhead.values()) == {max(drafted.batch_sizes)}
    assert next(clock) == 1 + 2 * 3 * len(sizes), "each price is measured by both workers"


def test_a_price_is_seconds(one_thread: None) -> None:
    """A larger batch costs more, and all of it is a positive time of this machine."""
    data = series()
    drafted = draft(data, options(params=2000))
    step, overhead, _ = prices(Inline(data), drafted)

    assert all(1e-6 <= seconds < 5.0 for each in step.values() for seconds in each.values())
    assert all(1e-6 <= seconds < 60.0 for seconds in overhead.values())


def test_what_a_budget_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds of all workers but for what was spent, what comes after, and waiting; fits need no price."""
    data, told = series(), Stages()
    drafted = draft(data, options())
    workers = Inline(data)
    workers.count = 2
    monkeypatch.setattr(budget, "prices", lambda *_: Prices({"lstm": {"16": 0.01}}, {"lstm": 0.1}, 2.0))

    paid = purse(workers, drafted, options(budget="2m"), 12.0, told)
    rules = predicted(on(data, drafted.setting))
    work = (120.0 - 2 * CLOSING - 12.0) * 2 * EFFICIENCY
    assert paid.ends == 120.0 - 2 * CLOSING
    assert paid.left_out == left_out(rules, work) == {}
    assert paid.total == pytest.approx(work - sum(rules.values()), rel=1e-3)
    assert (paid.unit, paid.step, paid.overhead) == ("seconds", {"lstm": {"16": 0.01}}, {"lstm": 0.1})
    assert told.stages == ["measuring speed"]
    poor = purse(workers, drafted, options(budget="20s"), 100.0, told)
    assert poor.left_out == left_out(rules, 2 * EFFICIENCY)
    kept = sum(seconds for name, seconds in rules.items() if name not in poor.left_out)
    assert poor.total == pytest.approx(max(1.0, 2 * EFFICIENCY - kept), rel=1e-3)
    assert "ets" in poor.left_out

    fits = purse(workers, drafted, options(fits=30), 0.0, told)
    assert (fits.unit, fits.total, fits.step, len(told.stages)) == ("fits", 30, {}, 2)
    timed = purse(workers, drafted, options(fits=30, match="time"), 0.0, told)
    assert (timed.unit, timed.step) == ("fits", {"lstm": {"16": 0.01}})

"""A budget is kept and used whatever the machine's speed, and what the clock decided is decided for good."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny import series

from gatewise.experiment import clock as module
from gatewise.experiment.clock import Clock
from gatewise.experiment.confirm import Confirmed, confirm
from gatewise.experiment.plan import Purse, draft, make_plan
from gatewise.experiment.runner import Runner
from gatewise.experiment.tune import tune
from gatewise.experiment.watch.quiet import Quiet
from gatewise.experiment.workers.inline import Inline
from gatewise.rules.score import applying
from gatewise.run.clock import Watched
from gatewise.run.fits import Fit, FitStore
from gatewise.run.folder import RunFolder
from gatewise.run.options import options
from gatewise.run.plan import Setting
from gatewise.tasks import on
from gatewise.tasks.protocol import Task

PRICE = 0.05
"""Core seconds of a step, by the plan."""


class Timed(Inline):
    """Its fits take ``slower`` times their price, by a clock that only they move."""

    now = 0.0
    slower = 1.0

    def map(
        self, work: Callable[[Task, Any], Any], setting: Setting, items: Sequence[Any]
    ) -> Iterator[tuple[int, Any]]:
        """As `Workers.map`."""
        for k, found in super().map(work, setting, items):
            result = found
            if isinstance(found, tuple) and isinstance(found[0], Fit):
                fit = found[0]
                steps = fit.steps + (fit.best_step if fit.key.phase == "pair" else 0)
                result = replace(fit, seconds=PRICE * steps * self.slower), found[1]
                self.now += result[0].seconds
            yield k, result


def play(path: Path, monkeypatch: pytest.MonkeyPatch, slower: float) -> tuple[Confirmed, Timed, Runner]:
    """Tune and confirm within 60 seconds of budget."""
    data, asked = series(200), options(budget="60s", params=100, window=4, anchor="last")
    drafted = draft(data, asked)
    sizes = dict.fromkeys(map(str, drafted.batch_sizes), PRICE)
    purse = Purse("seconds", 60 * 0.9, dict.fromkeys(("lstm", "gru"), sizes), {"lstm": 0.0, "gru": 0.0})
    plan = make_plan(drafted, asked, purse)
    changes = {"looks": (), "pairs": 60, "rungs": 1, "wider": 0, "refit": "always"}
    plan = plan.model_copy(update={"steps": {"lstm": 10, "gru": 10}, **changes})
    workers, folder = Timed(data), RunFolder(path)
    workers.slower = slower
    monkeypatch.setattr(module, "monotonic", lambda: workers.now)
    if not folder.watched():
        folder.write_watched(Watched(seconds=60.0))
    with FitStore(path / "fits.sqlite") as store:
        runner = Runner(plan, store, workers, Quiet())
        earlier = sum(fit.seconds for fit in runner.fits.values() if fit.key.phase != "baseline")
        runner.clock = Clock(folder, earlier)
        runner.baselines(applying(on(data, plan.setting))[:1])
        return confirm(plan, tune(plan, runner), runner), workers, runner


def test_a_machine_that_gets_slower_ends_with_the_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice as slow as its prices it trains fewer pairs, which are judged as a budget's end is, and ends in time."""
    (tmp_path / "quick").mkdir()
    (tmp_path / "slow").mkdir()
    quick, workers, runner = play(tmp_path / "quick", monkeypatch, 1.0)
    assert workers.now <= 60.0
    assert runner.clock is not None
    assert runner.clock.taken == 0.0, "what goes as priced is decided by the plan alone"

    slow, workers, runner = play(tmp_path / "slow", monkeypatch, 2.0)
    assert workers.now <= 60.0
    assert runner.clock is not None
    assert runner.clock.taken > 0.0
    assert 1 <= slow.pairs < 0.7 * quick.pairs, (slow.pairs, quick.pairs)


def test_a_machine_that_is_quicker_uses_the_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice as quick as its prices it trains more pairs than they pay for, in nearly all of the time."""
    (tmp_path / "priced").mkdir()
    (tmp_path / "quick").mkdir()
    priced, *_ = play(tmp_path / "priced", monkeypatch, 1.0)
    quick, workers, runner = play(tmp_path / "quick", monkeypatch, 0.5)

    assert quick.pairs > 1.4 * priced.pairs, (quick.pairs, priced.pairs)
    assert 0.75 * 60.0 < workers.now <= 60.0
    assert runner.clock is not None
    assert runner.clock.taken == 0.0


@pytest.mark.parametrize("speed", [2.0, 0.5])
def test_what_the_clock_decided_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, speed: float) -> None:
    """Gone over again, on a machine of any speed, the same pairs count and nothing is trained."""
    first, _, runner = play(tmp_path, monkeypatch, speed)
    for slower in (0.1, 10.0):
        again, workers, later = play(tmp_path, monkeypatch, slower)
        assert again.pairs == first.pairs
        assert later.fits.keys() == runner.fits.keys()
        assert workers.now == 0.0

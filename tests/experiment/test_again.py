"""Texts whose end is tested: pairs learn in the end from all that comes before it, and what that costs is counted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from gatewise.data.alphabet import symbols_of
from gatewise.data.readers.raw import RawSymbols
from gatewise.experiment import train as module
from gatewise.experiment.plan import GOOD_PASSES, Purse, draft, make_plan
from gatewise.experiment.runner import Runner
from gatewise.experiment.train import Job, held_then_fallen, rehearse, restored, train
from gatewise.experiment.tune import REHEARSALS, tune
from gatewise.experiment.watch.quiet import Quiet
from gatewise.experiment.workers.inline import Inline
from gatewise.rules.score import applying, block_sums
from gatewise.run.fits import FitStore, Key
from gatewise.run.options import options
from gatewise.run.plan import Configuration
from gatewise.tasks import on

if TYPE_CHECKING:
    from pathlib import Path

    from gatewise.data.symbols import Symbols
    from gatewise.experiment.train import Trained
    from gatewise.run.plan import Plan
    from gatewise.tasks.protocol import Task

LENGTH, TESTED, VALIDATED = 4000, 3200, 2880
"""Of the text, and the first steps that are tested and that validate."""

RAN = [0.0]
"""Steps of a learner that is made up."""


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """What a worker computes with."""
    torch.set_num_threads(1)


def letters(seed: int, count: int, among: str = "abcd") -> str:
    """Letters drawn alike."""
    return "".join(np.random.default_rng(seed).choice(list(among), count))


def text(written: str | None = None) -> Symbols:
    """One long text."""
    return symbols_of(RawSymbols((written or letters(0, LENGTH),), "character", "text", "made"))


def lines() -> Symbols:
    """Lines that follow each other in time; their last are tested."""
    return symbols_of(RawSymbols(tuple(letters(k, 20) for k in range(200)), "character", "line", "made", in_time=True))


def task_of(data: Symbols) -> Task:
    """The task as a comparison would plan it."""
    return on(data, draft(data, options()).setting)


def planned(data: Symbols, purse: Purse | None = None, **asked: Any) -> Plan:
    """The plan, by fits unless there is a purse."""
    found = options(**asked)
    return make_plan(draft(data, found), found, purse or Purse("fits", found.fits or 0))


def seconds(data: Symbols, total: float) -> Purse:
    """So many core seconds, at a made-up price."""
    sizes = {str(batch): 0.003 for batch in draft(data, options()).batch_sizes}
    return Purse("seconds", total, dict.fromkeys(("lstm", "gru"), sizes), {"lstm": 0.1, "gru": 0.1})


def job(phase: str = "pair", *, refit: bool = True, steps: int = 40) -> Job:
    """A short job."""
    configuration = Configuration(learning_rate=0.01, batch_size=16, dropout=0.1)
    return Job(Key(phase, "gru", 0, 0, 0, 0, 5), 3, 6, configuration, steps, 5, 9, 0.01, refit=refit, falls=True)


def same(first: Trained, second: Trained) -> bool:
    """Whether two networks have the same weights."""
    mine, theirs = (found.network.state_dict() for found in (first, second))
    return all(torch.equal(mine[name], theirs[name]) for name in mine)


def test_a_long_text_is_trained_again_where_its_steps_read_it_often() -> None:
    """Less often read, or of lines that each are a block, it is not: more steps are worth more."""
    long = text(letters(0, 240_000))
    once = draft(long, options()).training / (16 * 64)

    assert planned(long, fits=100).refit == "rehearsed"
    assert planned(long, fits=100, steps=int(GOOD_PASSES * once) - 9).refit == "never"
    assert planned(lines(), fits=100).refit == "never"


def test_a_budget_reckons_with_it_or_leaves_it_out() -> None:
    """Fits are shorter for it, as long as ten passes are left; a poorer budget is laid out as without it."""
    long = text(letters(0, 240_000))
    drafted, asked = draft(long, options()), options()
    without = replace(drafted, recipe=drafted.recipe._replace(refits=False))
    both = {
        total: [make_plan(each, asked, seconds(long, total)) for each in (drafted, without)]
        for total in (40.0, 200.0, 1000.0)
    }

    for total in (40.0, 200.0):
        poor, plain = both[total]
        assert poor.refit == plain.refit == "never"
        assert poor == plain
    rich, plain = both[1000.0]
    assert (rich.refit, plain.refit) == ("rehearsed", "never")
    assert len(rich.configurations) < len(plain.configurations) or rich.steps["gru"] < plain.steps["gru"]
    assert rich.steps["gru"] >= 2 * GOOD_PASSES * drafted.training / (16 * 64)


def test_a_rehearsal_ends_before_the_test_part() -> None:
    """It tests what validates the split, and trains and validates before that."""
    task = task_of(text())
    parts, inner = (task.parts(0, phase, 0) for phase in ("pair", "rehearse"))

    assert (parts.validation[0], parts.test[0]) == (VALIDATED, TESTED)
    assert inner.test.tolist() == list(range(VALIDATED, TESTED))
    assert inner.before.tolist() == list(range(VALIDATED))
    assert inner.train[-1] < inner.validation[0] <= inner.validation[-1] < VALIDATED


def test_what_validates_is_learned_from_in_the_end_and_what_is_tested_never_is() -> None:
    """Other letters in the test part change test losses alone, and nothing of a rehearsal; all before it is learned."""
    written = letters(0, LENGTH)
    late = written[:TESTED] + letters(1, LENGTH - TESTED)
    first, other = (task_of(text(each)) for each in (written, late))
    ours, theirs = train(first, job()), train(other, job())

    assert same(ours, theirs)
    assert ours.fit.validation == theirs.fit.validation
    assert ours.fit.test != theirs.fit.test
    assert not same(ours, train(first, job(refit=False)))
    assert repr(ours.learned) == repr(theirs.learned)
    rehearsed = [rehearse(each, job("rehearse", refit=False)) for each in (first, other)]
    assert rehearsed[0].validation == rehearsed[1].validation
    assert rehearsed[0].test == rehearsed[1].test != rehearsed[0].validation

    task = first
    again = module.trained_again(task, job(), task.parts(0, "pair", 0), _Course(40))
    assert again.training[-1] == TESTED - 1


def test_stored_weights_give_the_scores_that_were_stored() -> None:
    """So a pair's network is handed over as it was scored."""
    task = task_of(text())
    found, parts = train(task, job()), task.parts(0, "pair", 0)

    learner = restored(task, job(), found.network.to_bytes())

    scores = learner.examples.scores(learner.outputs(parts.test), parts.test)
    assert block_sums(scores, parts.test_block) == pytest.approx(found.fit.test, rel=1e-6)


class _Course:
    """A course whose best step is known."""

    def __init__(self, best_step: int) -> None:
        self.best_step, self.learner = best_step, "as it was"


class _Recorded:
    """A learner that notes the rates of its steps."""

    def __init__(self, *_: Any) -> None:
        self.network, self.loss, self.rates = torch.nn.Linear(1, 1), 1.0, list[float]()

    def slow_to(self, share: float) -> None:
        """Note it."""
        self.rates.append(share)

    def step(self) -> bool:
        """Learn nothing; ends where the test says."""
        return len(self.rates) != RAN[0]


def test_the_rate_falls_at_the_end_of_the_steps_that_were_best(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not at the end of those that were planned; where it diverges the network that was validated stays."""
    monkeypatch.setattr(module, "Learner", _Recorded)
    task = task_of(text())
    parts, course = task.parts(0, "pair", 0), _Course(30)

    RAN[0] = 0
    found: Any = module.trained_again(task, job(steps=100), parts, course)
    assert found.rates == [held_then_fallen(made, 30) for made in range(30)]
    assert found.rates[0] == 1.0
    assert found.rates[-1] < 0.1
    RAN[0] = 12
    assert module.trained_again(task, job(steps=100), parts, course) == "as it was"


def test_training_again_is_paid_for(tmp_path: Path) -> None:
    """By rehearsals too: each is one fit and another of as many steps as were best."""
    data = text()
    plan = planned(data, seconds(data, 900.0))
    assert plan.refit == "rehearsed"
    plan = plan.model_copy(update={"steps": dict.fromkeys(plan.cells, 40), "evaluations": 4})
    with FitStore(tmp_path / "fits.sqlite") as store:
        runner = Runner(plan, store, Inline(data), Quiet())
        runner.baselines(applying(on(data, plan.setting)))
        tuned = tune(plan, runner)
        rehearsals = [fit for key, fit in runner.fits.items() if key.phase == "rehearse"]
        assert len(rehearsals) == REHEARSALS * len(plan.cells)
        spent = plan.work.total - plan.work.reserved - runner._left
        fits = [fit for key, fit in runner.fits.items() if key.phase in ("tune", "rehearse")]
        steps = sum(sum(one.steps for one in fit.tries) or fit.steps for fit in fits)
        again = sum(fit.best_step for fit in rehearsals)
        assert again > 0
        assert spent == pytest.approx(0.003 * (steps + again) + 0.1 * len(fits))
        [pair] = runner.run("a pair", [runner.pair_job("pair", replace(tuned, refit=True), "gru", 0, 0, 0, 0)])
        left = plan.work.total - plan.work.reserved - runner._left - spent
        tried = sum(one.steps for one in pair.tries) + pair.best_step
        assert left == pytest.approx(0.003 * tried + 0.1 * len(pair.tries))

"""A fit: deterministic, blind to test rows, honest about its course."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from tiny import sequences, series, task_of

from gatewise.data.series import Series
from gatewise.data.shapes import SequenceSet
from gatewise.experiment.learner import Learner, batches
from gatewise.experiment.refit import Drawn, Refit, learn_all
from gatewise.experiment.train import Job, train
from gatewise.rules.protocol import Arrays
from gatewise.run.fits import Key
from gatewise.run.plan import Configuration, Shape
from gatewise.tasks import on
from gatewise.tasks.protocol import Task

CONFIGURATION = Configuration(learning_rate=0.01, batch_size=16, dropout=0.1)


def job(phase: str = "pair", *, cell: str = "gru", steps: int = 20, seed: int = 5, rate: float = 0.01) -> Job:
    """A short job on split 0."""
    configuration = CONFIGURATION.model_copy(update={"learning_rate": rate})
    return Job(Key(phase, cell, 0, 0, 0, 0, seed), 3, 6, configuration, steps, 5, 9, 0.01)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """What a worker computes with."""
    torch.set_num_threads(1)


def with_other_test_rows(data: Series | SequenceSet) -> Series | SequenceSet:
    """The same data but for the rows that split 0 tests."""
    task = task_of(data)
    parts = task.parts(0, "pair", 0)
    values = data.values.copy()
    if isinstance(data, Series):
        values[parts.test.min() :] = 3.0 * values[parts.test.min() :] + 7.0
        return replace(data, values=values)
    values[parts.test] = -2.0 * values[parts.test] + 5.0
    return replace(data, values=values)


@pytest.mark.parametrize("phase", ["tune", "pair"])
def test_test_rows_take_no_part_in_anything_that_leads_to_a_score(data: Series | SequenceSet, phase: str) -> None:
    """Changing every test row changes test losses, and nothing else: neither scales nor weights nor validation."""
    ours, other = task_of(data), task_of(with_other_test_rows(data))
    first, second = train(ours, job(phase)), train(other, job(phase))

    assert first.fit.validation == second.fit.validation
    assert first.fit.best_step == second.fit.best_step
    assert np.array_equal(first.learned.inputs.mean, second.learned.inputs.mean)
    for ours_, others_ in zip(first.network.state_dict().values(), second.network.state_dict().values(), strict=True):
        assert torch.equal(ours_, others_)
    if phase == "pair":
        assert first.fit.test != second.fit.test
    else:
        assert first.fit.test == second.fit.test == ()


def on_cosine(phase: str = "pair", **changes: Any) -> Job:
    """A job of steps that are fixed beforehand."""
    return replace(job(phase, **changes), shape=Shape(readout="pooled", init="literature"))


def test_a_pair_of_sequences_learns_from_all_that_is_not_tested() -> None:
    """And keeps nothing back to validate on; a tuning fit does."""
    task = task_of(sequences())
    pair, tuning = (train(task, on_cosine(phase)) for phase in ("pair", "tune"))
    parts = task.parts(0, "pair", 0)

    assert len(parts.validation) == 0
    assert sorted([*parts.train, *parts.test]) == list(range(60))
    assert pair.fit.validation == () != tuning.fit.validation
    assert len(pair.fit.test) == len(parts.test)
    assert tuning.fit.test == ()


def test_steps_that_are_fixed_are_all_made_and_the_last_weights_kept() -> None:
    """Whatever they score."""
    found = train(task_of(sequences()), on_cosine("tune", steps=7))

    assert (found.fit.steps, found.fit.best_step, found.fit.capped) == (7, 7, False)


@pytest.mark.parametrize("native", [True, False])
def test_where_nothing_validates_the_curve_is_the_training_loss(monkeypatch: pytest.MonkeyPatch, native: bool) -> None:
    """Of each step where they are few, the first as the fresh network has it; else the mean of each twentieth."""
    if not native:
        monkeypatch.setattr("gatewise.experiment.learner.can_teach", lambda *_: False)
    task, told = task_of(sequences()), on_cosine(steps=7)
    told = replace(told, configuration=told.configuration.model_copy(update={"dropout": 0.0, "batch_size": 500}))
    parts = task.parts(0, "pair", 0)
    fresh = Learner(task, task.examples(parts), parts.train, told.start)
    before = torch.from_numpy(fresh.outputs(parts.train))
    classes = torch.from_numpy(fresh.examples.targets(parts.train))

    few, many = train(task, told).curve, train(task, replace(told, steps=50)).curve

    assert [step for step, _ in few] == [1, 2, 3, 4, 5, 6, 7]
    assert few[0][1] == pytest.approx(float(torch.nn.functional.cross_entropy(before, classes)), rel=1e-5)
    assert len(many) == 20
    assert many[-1][0] == 50
    assert many[-1][1] < many[0][1]


def test_the_rate_falls_along_a_cosine_to_a_hundredth(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the configuration's own: half of both at the middle of the course."""
    rates = []

    def step(learner: Learner) -> bool:
        rates.append(0.01 * learner._loop.share)
        return True

    monkeypatch.setattr(Learner, "step", step)
    train(task_of(sequences()), on_cosine(steps=100))

    assert rates[0] == 0.01
    assert rates[50] == pytest.approx(0.01 * 1.01 / 2)
    assert rates[-1] == pytest.approx(0.01 * 0.01, rel=0.03)
    assert rates == sorted(rates, reverse=True)


def test_the_rate_of_a_validated_fit_may_fall_over_its_last_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is validated as others are, and has no cap, as its steps say where it ends."""
    rates, step = [], Learner.step

    def watched(learner: Learner) -> bool:
        rates.append(learner._loop.share)
        return step(learner)

    monkeypatch.setattr(Learner, "step", watched)
    found = train(task_of(series()), replace(job(steps=40, rate=0.003), falls=True))

    assert rates[:29] == [1.0] * 29
    assert rates[34] == pytest.approx(1.01 / 2)
    assert rates[-1] == pytest.approx(0.01, abs=0.03)
    assert len(found.curve) == 6
    assert not found.fit.capped


def test_a_rate_that_gains_nothing_any_more_falls_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where patience is over the fit does not end: the rate falls over as many steps as if it had been meant to."""
    shares = []
    monkeypatch.setattr(Learner, "step", lambda learner: shares.append(learner._loop.share) or True)
    patient = replace(job(steps=200), evaluations=20, patience=7, falls=True)

    found = train(task_of(series()), patient)

    assert (found.fit.steps, found.fit.best_step) == (100, 0)
    assert shares[:70] == [1.0] * 70
    assert shares[70:] == sorted(shares[70:], reverse=True)
    assert shares[-1] == pytest.approx(0.01, abs=0.01)


def test_a_fit_on_a_cosine_that_diverges_is_scored_as_it_began() -> None:
    """No later weights are known to be better than others."""
    found = train(task_of(sequences()), on_cosine("tune", rate=1e37))
    first = train(task_of(sequences()), on_cosine("tune", steps=0))

    assert found.fit.status == "diverged"
    assert found.fit.validation == first.fit.validation


def test_equal_jobs_give_equal_bits(data: Series | SequenceSet) -> None:
    """Twice the same job: the same losses; another seed: others."""
    task = task_of(data)
    first, again, other = train(task, job()), train(task, job()), train(task, job(seed=6))

    assert (first.fit.validation, first.fit.test) == (again.fit.validation, again.fit.test)
    assert np.array_equal(first.tested, again.tested)
    assert not np.array_equal(first.tested, other.tested)


@pytest.mark.parametrize("cell", ["lstm", "gru", "gru-after", "rnn", "gru#2"])
def test_every_cell_learns(cell: str) -> None:
    """A hundred steps beat the untrained network on the tent map."""
    task = task_of(series())
    trained = train(task, job(cell=cell, steps=100)).fit
    untrained = train(task, job(cell=cell, steps=1)).fit

    assert sum(trained.test) < 0.8 * sum(untrained.test)


def test_a_fit_that_diverges_is_scored_by_its_best_weights() -> None:
    """A rate far too high leaves finite losses, from the best validated step."""
    fit = train(task_of(series()), job(steps=50, rate=1e6)).fit

    assert np.isfinite(fit.test).all()
    assert fit.best_step < 50


def test_a_fit_that_still_improves_at_its_end_is_capped() -> None:
    """Few steps at a low rate end at the cap; patience that ends a fit does not count as one."""
    assert train(task_of(series()), job(steps=40, rate=0.003)).fit.capped
    patient = replace(job(steps=400, rate=0.3), evaluations=40, patience=3)
    fit = train(task_of(series()), patient).fit
    assert not fit.capped
    assert fit.steps < 400


def test_blocks_cover_every_test_example() -> None:
    """An untrained accuracy run counts each test example once."""
    task = task_of(sequences(test_start=40))
    fit = train(task, job(steps=1)).fit

    assert len(fit.test) == 20
    assert set(fit.test) <= {0.0, 1.0}


def test_batches_visit_every_example_before_any_twice() -> None:
    """Two rounds of seven examples in batches of three: each round is a permutation."""
    order = batches(7, 3, 1)
    seen = np.concatenate([next(order) for _ in range(5)])[:14]

    assert sorted(seen[:7].tolist()) == sorted(seen[7:].tolist()) == list(range(7))


def limited(most: int | None) -> Task:
    """The series, a network learning from so many windows at most."""
    task = task_of(series())
    return on(series(), task.setting._replace(section=task.setting.section | {"most_learned": most}))


def anchored() -> Job:
    """A short job with the anchor and the scores of a pair, trained again."""
    configuration = CONFIGURATION.model_copy(update={"anchor": "rule"})
    return replace(job(), configuration=configuration, rule="ridge", shape=Shape(zero_head=True), refit=True)


def test_a_limit_of_windows_that_is_not_reached_changes_no_bit() -> None:
    """A plan of before, without a limit, is trained as it was."""
    count = len(task_of(series()).parts(0, "pair", 0).before)
    found = [train(limited(most), anchored()) for most in (None, count)]

    assert found[0].fit.validation == found[1].fit.validation
    assert found[0].fit.test == found[1].fit.test
    assert found[0].curve == found[1].curve


def arrays_of(learner: Learner) -> Arrays:
    """What the rule beneath a network has learned."""
    anchor = learner.examples.anchor
    assert anchor is not None
    assert anchor.rule is not None
    return anchor.rule.arrays


def test_a_network_learns_from_some_windows_where_there_are_too_many() -> None:
    """The network alone: scales, the rule beneath it, and what is scored are as they were."""
    whole, part = (limited(most) for most in (None, 50))
    parts = part.parts(0, "pair", 0)
    start = anchored().start
    learners = [Learner(task, task.examples(parts), parts.train, start) for task in (whole, part)]

    assert [len(learner.training) for learner in learners] == [len(parts.train), 50]
    assert np.isin(learners[1].training, parts.train).all()
    above, below = map(arrays_of, learners)
    assert above.keys() == below.keys() != set()
    assert all(np.array_equal(above[name], below[name]) for name in above)
    assert np.array_equal(learners[0].examples.learned.inputs.mean, learners[1].examples.learned.inputs.mean)
    first, second = train(whole, anchored()), train(part, anchored())
    assert len(first.fit.test) == len(second.fit.test)
    assert first.fit.test != second.fit.test


def test_a_fit_on_all_rows_counts_passes_over_what_is_learned_from() -> None:
    """More rows that no network learns from ask for no more steps."""
    task, drawn = limited(50), Drawn("pair", 0, 0, 320)
    refit = Refit(Key("model", "gru", 0, 0, 0, 0, 5), anchored().start, (drawn,))

    assert learn_all(task, refit)[0].steps == 20
    assert learn_all(limited(None), refit)[0].steps > 20

"""From data in memory to one trained model: of the cell that is named, or of the one that a comparison recommends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from gatewise.estimators.memory import Memory
from gatewise.experiment.confirm import confirm
from gatewise.experiment.environment import kernel
from gatewise.experiment.match import Ends, widths
from gatewise.experiment.plan import (
    EVALUATIONS,
    PATIENCE,
    STEPS,
    Purse,
    batch_sizes,
    draft,
    make_plan,
    question,
    steps_for,
)
from gatewise.experiment.run import best_choices, concluded
from gatewise.experiment.runner import Runner
from gatewise.experiment.train import Job, train
from gatewise.experiment.tune import configurations, tune
from gatewise.experiment.watch.quiet import Quiet
from gatewise.experiment.workers.inline import Inline
from gatewise.experiment.workers.local import Local
from gatewise.judge.tables import bars
from gatewise.model.model import Model
from gatewise.model.network import Network
from gatewise.rules.score import applying, fit
from gatewise.run.fits import Key
from gatewise.run.plan import Configuration, Setting
from gatewise.run.verdict import Costs, Verdict
from gatewise.seeds import stream
from gatewise.tasks import on
from gatewise.tasks.protocol import Described

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gatewise.data.shapes import Data
    from gatewise.experiment.workers.protocol import Workers
    from gatewise.rules.anchor import Anchor
    from gatewise.rules.protocol import Fitted
    from gatewise.run.options import Options
    from gatewise.tasks.protocol import Learned, Task

BASELINE = "baseline"


@dataclass(frozen=True)
class Found:
    """A trained model and how it was found.

    Attributes:
        model: It has learned from all of the data, a validation part excepted that chose its best step.
        verdict: What the comparison said; None where a cell was named.
    """

    model: Model
    verdict: Verdict | None


class Settled(NamedTuple):
    """What is to be trained on everything: a cell with one of these configurations, or a simple rule."""

    cell: str
    configurations: Sequence[Configuration]
    longer: int  # times the usual steps
    rule: str
    plan_sha256: str
    verdict: Verdict | None


def compared(data: Data, options: Options, workers: int) -> Found:
    """Compare both cells with as many fits as the options say, and train what is recommended on everything.

    Args:
        data: What was read.
        options: What is asked for; the work is stated in fits.
        workers: Processes; 1 computes in this one.

    Raises:
        InputError: The data are too few to be compared on, or an option does not fit them.
    """
    return _trained(data, options, _settled(data, options, workers), 1)


def named(data: Data, options: Options, cell: str, fits: int, workers: int) -> Found:
    """Train one cell on everything, with each of ``fits`` configurations; the one that validates best is kept.

    Args:
        data: What was read.
        options: What is asked for.
        cell: The cell.
        fits: How often it is trained: once with the default, else with others of the list too.
        workers: Processes; 1 computes in this one.

    Raises:
        InputError: The data are too few to learn from, or an option does not fit them.
    """
    return _trained(data, options, Settled(cell, (), 1, "", "", None), workers, fits)


def _settled(data: Data, options: Options, workers: int) -> Settled:
    """A comparison without a run folder; no clock takes part."""
    assert options.fits is not None
    plan = make_plan(draft(data, options), options, Purse("fits", options.fits))
    with _pool(data, workers) as pool:
        runner = Runner(plan, Memory(), pool, Quiet())
        runner.baselines(applying(on(data, plan.setting)))
        tuned = tune(plan, runner)
        confirmed = confirm(plan, tuned, runner)
    choices = best_choices(plan, tuned)
    costs = Costs(cells={}, training_seconds=sum(found.seconds for found in runner.fits.values()), kernel=kernel())
    verdict = concluded(runner, confirmed, choices, plan.sha256(), costs, tuned.notes)
    cell, rule = verdict.recommendation, bars(plan, runner.fits)[-1]
    chosen = [choices[cell]] if cell in choices else []
    longer = 2**confirmed.rung * (1 if plan.splits.may_climb else 2)
    return Settled(cell, chosen, longer, rule, verdict.plan_sha256, verdict)


# --------------------------------------------------------------------------------------------------
# On everything


def _trained(data: Data, options: Options, settled: Settled, workers: int, fits: int = 1) -> Found:
    whole, setting = _whole(data, options)
    parts = on(whole, setting).parts(0, "tune", 0)
    if settled.cell == BASELINE:
        with Inline(whole) as pool:
            [(_, (learned, rule))] = pool.map(_rule, setting, [settled.rule])
        return Found(_model(setting, settled, learned, None, rule), settled.verdict)
    listed = settled.configurations or configurations(fits, batch_sizes(len(parts.train)), options.seed)
    jobs = [
        _job(whole, setting, options, settled, number, configuration, len(parts.train))
        for number, configuration in enumerate(listed)
    ]
    chosen, fitted = 0, dict[int, _Fitted]()
    with _pool(whole, min(workers, len(jobs))) as pool:
        last = not setting.splits.validated  # no step is to be chosen: the chosen configuration learns from all
        if not last or len(jobs) > 1:
            fitted = dict(pool.map(_fit, setting, jobs))
            # Numbers break ties, so that the order in which workers end has no say.
            chosen = min(fitted, key=lambda number: (fitted[number].loss, number))
        if last:
            job = jobs[chosen]
            [(_, fitted[chosen])] = pool.map(_fit, setting, [replace(job, key=job.key._replace(phase="pair"))])
    job, found = jobs[chosen], fitted[chosen]
    sizes = setting.data.channels, job.hidden_size, setting.data.outputs
    network = Network(settled.cell, *sizes, torch.Generator(), job.shape)
    network.load_bytes(found.weights)
    return Found(_model(setting, settled, found.learned, network, None, found.anchor), settled.verdict)


def _job(
    whole: Data,
    setting: Setting,
    options: Options,
    settled: Settled,
    number: int,
    configuration: Configuration,
    training: int,
) -> Job:
    """The job of one configuration on everything but a validation part."""
    shape = on(whole, setting).recipe(Described(setting.data, setting.section)).shape.within(configuration)
    return Job(
        key=Key("tune", settled.cell, number, 0, 0, 0, stream(options.seed, "weights", settled.cell, number)),
        order=stream(options.seed, "order", "everything"),
        hidden_size=widths(options, Ends(setting.data.channels, setting.data.outputs, shape))[settled.cell],
        configuration=configuration,
        steps=min(max(steps_for(training), STEPS[0]), STEPS[1]) * settled.longer,
        evaluations=EVALUATIONS,
        patience=PATIENCE,
        margin=options.margin,
        shape=shape,
    )


def _whole(data: Data, options: Options) -> tuple[Data, Setting]:
    """The data and the setting of a task that tests nothing.

    Raises:
        DataError: They are too few to learn from.
    """
    task, described, metric = question(data, options)
    whole, splits = task.everything(data, described)
    setting = Setting(task.name, described.section, described.data, splits, metric, options.seed)
    built = on(whole, setting)
    parts = built.parts(0, "tune", 0)
    lacking = built.lacks(0, parts)
    if lacking not in (None, "test"):
        raise task.too_few(data, setting, lacking)
    return whole, setting._replace(data=described.data.model_copy(update={"masked": built.gaps(parts)}))


def _model(
    setting: Setting,
    settled: Settled,
    learned: Learned,
    network: Network | None,
    rule: Fitted | None,
    anchor: Anchor | None = None,
) -> Model:
    about = (settled.cell, setting.task, setting.section, setting.data)
    return Model(*about, learned, network, rule, settled.plan_sha256, anchor)


def _pool(data: Data, workers: int) -> Any:
    """This process for one worker, which starts nothing; else processes."""
    found: Workers = Inline(data) if workers == 1 else Local(data, workers)
    return found


class _Fitted(NamedTuple):
    """What a fit sends back."""

    loss: float
    weights: bytes
    learned: Learned
    anchor: Anchor | None


def _fit(task: Task, job: Job) -> _Fitted:
    trained = train(task, job)
    return _Fitted(
        sum(trained.fit.validation), trained.network.to_bytes(), trained.learned, trained.learner.examples.anchor
    )


def _rule(task: Task, name: str) -> tuple[Learned, Fitted]:
    parts = task.parts(0, "tune", 0)
    examples = task.examples(parts)
    return examples.learned, fit(name, task, examples, parts.before)

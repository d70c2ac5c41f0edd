"""From data in memory to one trained model: of the cell that is named, or of the one that a comparison recommends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gatewise.estimators.memory import Memory
from gatewise.experiment.confirm import confirm
from gatewise.experiment.environment import kernel
from gatewise.experiment.handover import BASELINE, HandOver, Weights, from_all
from gatewise.experiment.match import Ends, widths
from gatewise.experiment.outline import question
from gatewise.experiment.plan import EVALUATIONS, PATIENCE, Purse, batch_sizes, draft, make_plan, steps_for
from gatewise.experiment.refit import Drawn, Refit, learn_all
from gatewise.experiment.run import concluded
from gatewise.experiment.runner import Runner
from gatewise.experiment.train import Job, train
from gatewise.experiment.tune import configurations, tune
from gatewise.experiment.watch.quiet import Quiet
from gatewise.experiment.workers.inline import Inline
from gatewise.experiment.workers.local import Local
from gatewise.rules.score import applying, score
from gatewise.run.fits import Key
from gatewise.run.plan import Setting
from gatewise.run.verdict import Costs
from gatewise.seeds import stream
from gatewise.tasks import on, whole_task
from gatewise.tasks.protocol import Described

if TYPE_CHECKING:
    from gatewise.data.shapes import Data
    from gatewise.experiment.workers.protocol import Workers
    from gatewise.model.model import Model
    from gatewise.run.fits import Fit
    from gatewise.run.options import Options
    from gatewise.run.plan import Configuration
    from gatewise.run.verdict import Verdict
    from gatewise.tasks.protocol import Task


@dataclass(frozen=True)
class Found:
    """A trained model and how it was found.

    Attributes:
        model: It has learned from all of the data.
        verdict: What the comparison said; None where a cell was named.
    """

    model: Model
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
    assert options.fits is not None
    plan = make_plan(draft(data, options), options, Purse("fits", options.fits))
    with _pool(data, workers) as pool:
        runner = Runner(plan, Memory(), pool, Quiet())
        runner.baselines(applying(on(data, plan.setting)))
        tuned = tune(plan, runner)
        confirmed = confirm(plan, tuned, runner)
        seconds = sum(found.seconds for found in runner.fits.values())
        costs = Costs(cells={}, training_seconds=seconds, kernel=kernel())
        verdict = concluded(runner, confirmed, tuned, plan.sha256(), costs, tuned.notes)
        models = HandOver(runner, pool, tuned, confirmed.rung, verdict.plan_sha256)
        cell = chosen(verdict)
        model = models.rule(BASELINE, models.rules()[BASELINE]) if cell == BASELINE else models.cell(cell)
    return Found(model, verdict)


def chosen(verdict: Verdict) -> str:
    """What is trained: the recommendation, or of those that are alike the one that risks least.

    `compare` recommends the cheaper one of two that are alike, a simple rule before a network. Who builds an estimator
    of an LSTM or a GRU has asked for a network, so that its price does not count here.
    """
    regrets = verdict.expected_regret
    if verdict.recommendation == BASELINE and verdict.strength == "either" and regrets:
        return min(regrets, key=regrets.__getitem__)
    return verdict.recommendation


def named(data: Data, options: Options, cell: str, fits: int, workers: int) -> Found:
    """Train one cell: with each of ``fits`` configurations on a part, and with the one that validates best on all.

    Args:
        data: What was read.
        options: What is asked for.
        cell: The cell.
        fits: How many configurations are tried: the default one, then others of the list.
        workers: Processes; 1 computes in this one.

    Raises:
        InputError: The data are too few to learn from, or an option does not fit them.
    """
    whole, setting = _whole(data, options)
    built = on(whole, setting)
    training = len(built.parts(0, "tune", 0).train)
    recipe = built.recipe(Described(setting.data, setting.section)).starting_from(options.anchor)
    listed = configurations(fits, batch_sizes(training), options.seed, recipe.usual)
    rule = _best_rule(built) if recipe.usual.get("anchor") == "rule" else ""
    asked = [
        replace(_job(built, options, cell, number, found, training), rule=rule) for number, found in enumerate(listed)
    ]
    with _pool(whole, min(workers, len(asked))) as pool:
        # Where steps are fixed beforehand, and there is one configuration, a fit has nothing to tell.
        told = setting.splits.validated or len(asked) > 1
        fitted = dict(pool.map(_fit, setting, asked)) if told else {}
        # Numbers break ties, so that the order in which workers end has no say.
        best = min(fitted, key=lambda number: (sum(fitted[number].validation), number), default=0)
        job = asked[best]
        visited = (fitted[best].best_step if told else job.steps) * job.configuration.batch_size
        refit = Refit(job.key._replace(phase="model"), job.start, (Drawn("tune", 0, 0, visited),))
        [(_, model)] = pool.map(_on_all, setting, [refit])
    return Found(model, None)


def _best_rule(task: Task) -> str:
    """The simple rule that is best on the validation part of everything."""
    return min(applying(task), key=lambda name: sum(score(task, name, 0).validation))


def _job(built: Task, options: Options, cell: str, number: int, configuration: Configuration, training: int) -> Job:
    """The fit that says how well a configuration validates, and at which step."""
    data = built.setting.data
    recipe = built.recipe(Described(data, built.setting.section))
    shape = recipe.shape.within(configuration)
    return Job(
        key=Key("tune", cell, number, 0, 0, 0, stream(options.seed, "weights", cell, number)),
        order=stream(options.seed, "order", "everything"),
        hidden_size=widths(options, Ends(data.channels, data.outputs, shape))[cell],
        configuration=configuration,
        steps=options.steps or steps_for(training, built.setting.splits, recipe),
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
    whole, splits = whole_task(task.name).everything(data, described)
    setting = Setting(task.name, described.section, described.data, splits, metric, options.seed)
    built = on(whole, setting)
    lacking = built.lacks(0, built.parts(0, "tune", 0))
    if lacking not in (None, "test"):
        raise task.too_few(data, setting, lacking)
    return whole, setting._replace(data=described.data.model_copy(update={"masked": built.gaps(built.whole())}))


def _pool(data: Data, workers: int) -> Any:
    """This process for one worker, which starts nothing; else processes."""
    found: Workers = Inline(data) if workers == 1 else Local(data, workers)
    return found


def _fit(task: Task, job: Job) -> Fit:
    return train(task, job).fit


def _on_all(task: Task, refit: Refit) -> Model:
    """The model that learns from everything."""
    fit, kept = learn_all(task, refit)
    assert kept.weights is not None
    return from_all(task, Weights(refit.start, (kept.weights,), (fit.steps,), ""))

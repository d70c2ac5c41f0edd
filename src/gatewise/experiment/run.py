"""A comparison from its locked plan to its verdict: baselines, tuning, pairs, models, costs."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from gatewise.experiment.answers import answers
from gatewise.experiment.beside import beside
from gatewise.experiment.clock import Clock
from gatewise.experiment.confirm import confirm
from gatewise.experiment.cost import measure
from gatewise.experiment.environment import enter, kinds, known
from gatewise.experiment.handover import HandOver
from gatewise.experiment.inputs import inputs
from gatewise.experiment.mistakes import mistakes
from gatewise.experiment.runner import Runner
from gatewise.experiment.tune import tune
from gatewise.judge.conclude import Evidence, conclude
from gatewise.judge.looks import judge
from gatewise.languages import say
from gatewise.run.verdict import coded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gatewise.experiment.choice import Tuned
    from gatewise.experiment.confirm import Confirmed
    from gatewise.experiment.watch.protocol import Watcher
    from gatewise.experiment.workers.protocol import Workers
    from gatewise.judge.looks import Look
    from gatewise.run.folder import Header, RunFolder
    from gatewise.run.plan import Configuration, Plan
    from gatewise.run.verdict import Coded, Costs, Verdict

TAKEN = 0.05
"""Share of the work that the clock may take from a budget before the verdict says so."""


def run(
    header: Header,
    rules: Sequence[str],
    folder: RunFolder,
    workers: Workers,
    watcher: Watcher,
    *,
    spent: float,
    elsewhere: bool,
) -> Verdict:
    """Do what is not stored yet, write the models and verdict.json, and return the verdict.

    Args:
        header: The locked plan.
        rules: The simple rules of its task.
        folder: The run folder.
        workers: What computes the fits.
        watcher: Who is told how far it is.
        spent: Seconds of this call that are gone.
        elsewhere: Whether a run that was begun in another environment is gone on with.

    Raises:
        InputError: It was begun in another environment.
    """
    plan = header.plan
    with folder.fits() as store:
        enter(folder, workers.environments(), elsewhere=elsewhere)
        runner = Runner(plan, store, workers, watcher)
        earlier = sum(fit.seconds for fit in runner.fits.values())  # of a run that was stopped
        runner.clock = clock = Clock(folder, spent + earlier / workers.count)
        runner.baselines(rules)
        tuned = tune(plan, runner)
        confirmed = confirm(plan, tuned, runner)
        models = HandOver(runner, workers, tuned, confirmed.rung, header.sha256)
        models.write(folder.path / "models")
        watcher.stage(say("measuring how fast cells run"), 1)
        choices = best_choices(plan, tuned)
        costs = measure(workers, plan, choices, runner.fits, confirmed.rung).model_copy(
            update={"spared_fits": tuned.spared.fits, "spared_seconds": tuned.spared.seconds}
        )
        watcher.advance()
        warnings = _warnings(plan, tuned, confirmed, kinds(known(folder)), clock.taken)
        further = beside(runner, workers, confirmed.rung)
        verdict = concluded(runner, confirmed, tuned, header.sha256, costs, warnings, further)
        folder.write_samples(models.samples(folder.path / "models"))
        folder.write_picture(models.picture(folder.path / "models" / verdict.recommendation))
        folder.write_mistakes(mistakes(runner, workers, confirmed.rung))
        folder.write_answers(answers(runner, workers, confirmed.rung))
        [(_, read)] = workers.map(inputs, plan.setting, [plan.splits.count])
        folder.write_inputs(read)
    folder.write_verdict(verdict)
    return verdict


def best_choices(plan: Plan, tuned: Tuned) -> dict[str, Configuration]:
    """The best configuration of each cell on the whole tuning table of the last split that was tuned."""
    last = plan.splits.count - 1 if plan.splits.tuned_each else 0
    return {cell: tuned.configurations[tuned.choice(cell, last)] for cell in plan.cells}


def concluded(
    runner: Runner,
    confirmed: Confirmed,
    tuned: Tuned,
    plan_sha256: str,
    costs: Costs,
    warnings: tuple[Coded, ...] = (),
    further: Mapping[str, dict[str, float]] = MappingProxyType({}),
) -> Verdict:
    """The verdict on the pairs that were trained.

    Args:
        runner: Has the plan and the fits.
        confirmed: Which pairs count.
        tuned: The configurations, and which of them are best.
        plan_sha256: The plan's name.
        costs: What the clock measured.
        warnings: What a reader should know of the search and the training.
        further: Further scores of each arm and simple rule, by name.
    """
    return conclude(
        Evidence(
            plan=runner.plan,
            plan_sha256=plan_sha256,
            fits=runner.fits,
            look=_last_look(runner.plan, runner, confirmed),
            taken=tuple(look.pairs for look in confirmed.looks),
            rung=confirmed.rung,
            configurations=best_choices(runner.plan, tuned),
            listed=tuned.configurations,
            refit=tuned.refit,
            warnings=warnings,
            costs=costs,
            beside=further,
        )
    )


def _last_look(plan: Plan, runner: Runner, confirmed: Confirmed) -> Look | None:
    """The look that decides; with too few pairs for one, what the pairs so far say."""
    if confirmed.looks:
        return confirmed.looks[-1]
    if not confirmed.pairs:
        return None
    return judge(plan, runner.fits, confirmed.rung, confirmed.pairs, final=True)


def _warnings(
    plan: Plan, tuned: Tuned, confirmed: Confirmed, environments: Sequence[str], taken: float = 0.0
) -> tuple[Coded, ...]:
    """What a reader of the verdict should know about the work behind it."""
    counts = [plan.parameters[cell] for cell in plan.cells]
    spread = max(counts) / min(counts) - 1.0
    notes = list(tuned.notes)
    if plan.match not in ("width", "none") and spread > 0.01:
        notes.append(coded("sizes-differ", share=spread))
    if confirmed.rung:
        notes.append(coded("steps-multiplied", times=2**confirmed.rung))
    if len(environments) > 1:
        notes.append(coded("environments-mixed", environments=len(environments), kinds=tuple(environments)))
    if taken > TAKEN * plan.work.total:
        notes.append(coded("clock-cut", share=taken / plan.work.total))
    return tuple(notes)

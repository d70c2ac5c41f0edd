"""Tuning and pairs of a small comparison, trained in this process with very short fits."""

from pathlib import Path

from inline import Backwards

from gatewise.data.series import Series
from gatewise.data.shapes import SequenceSet
from gatewise.experiment.choice import Tuned
from gatewise.experiment.confirm import Confirmed, confirm
from gatewise.experiment.plan import Purse, draft, make_plan
from gatewise.experiment.runner import Runner
from gatewise.experiment.tune import tune
from gatewise.experiment.watch.quiet import Quiet
from gatewise.experiment.workers.inline import Inline
from gatewise.rules.score import applying
from gatewise.run.fits import FitStore
from gatewise.run.options import options
from gatewise.run.plan import Plan
from gatewise.tasks import on

Played = tuple[Plan, Tuned, Confirmed, Runner]


def play(
    data: Series | SequenceSet,
    path: Path,
    *,
    fits: int = 48,
    backwards: bool = False,
    anchor: str | None = None,
    **changes: object,
) -> Played:
    """Plan, tune and confirm on some data in this process, with very short fits."""
    asked = options(fits=fits, params=200, window=4 if isinstance(data, Series) else None, anchor=anchor)
    drafted = draft(data, asked)
    plan = make_plan(drafted, asked, Purse("fits", fits))
    plan = plan.model_copy(update={"steps": dict.fromkeys(plan.cells, 8), "evaluations": 4, **changes})
    with FitStore(path) as store:
        runner = Runner(plan, store, (Backwards if backwards else Inline)(data), Quiet())
        runner.baselines(applying(on(data, plan.setting)))
        tuned = tune(plan, runner)
        return plan, tuned, confirm(plan, tuned, runner), runner

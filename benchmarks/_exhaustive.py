"""Exhaustive runs: the pairs of one comparison, all of them trained whatever the first ones say."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

import gatewise
from gatewise.experiment.plan import Purse, draft, make_plan
from gatewise.judge import Pairs, gather
from gatewise.options import options
from gatewise.request import understand
from gatewise.results import Header, RunFolder, write_text

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from _questions import Question
    from numpy.typing import NDArray

    from gatewise.documents import Plan
    from gatewise.experiment.runner import Progress

FITS = 10_000
"""Enough to pay for the longest list of configurations, for every split, and for all pairs."""


def train(question: Question, data: Path, out: Path, workers: int, progress: Progress) -> None:
    """Train the pool of one question; goes on where it was stopped."""
    planned = planned_in(out)
    if not planned.is_file():
        planned.parent.mkdir(parents=True, exist_ok=True)
        write_text(planned, _header(question, data, out).model_dump_json(indent=2) + "\n")
    gatewise.compare(data, plan=planned, out=out, workers=workers, progress=progress)


def planned_in(out: Path) -> Path:
    """Where the plan of a pool lies from its beginning."""
    return out.with_name(f"{out.name}.plan.json")


def _header(question: Question, data: Path, out: Path) -> Header:
    """The plan that this many fits would get, with one look after the last pair."""
    asked = options(fits=FITS, **question.keywords)
    understood = understand(data, asked, plan=None, out=out)
    assert asked.fits is not None
    plan = make_plan(draft(understood.data, asked), asked, Purse("fits", asked.fits))
    plan = plan.model_copy(update={"looks": (question.pairs,), "pairs": question.pairs})
    return Header(
        plan=plan, sha256=plan.sha256(), request=understood.request, source=str(data), gatewise=version("gatewise")
    )


def pool(folder: RunFolder) -> tuple[Plan, Pairs]:
    """The plan and the pairs of a finished exhaustive run, from the rung that it ended on."""
    plan = folder.header().plan
    with folder.fits() as store:
        fits = store.read()
    rung = max(key.rung for key in fits if key.phase == "pair")
    return plan, gather(plan, fits, rung, plan.pairs)


def take(pairs: Pairs, rows: dict[str, tuple[str, NDArray[np.int64]]]) -> Pairs:
    """Deal a comparison from a pool: for each of its cells a cell of the pool and the rows of its fits."""
    return Pairs(
        {cell: pairs.losses[of][chosen] for cell, (of, chosen) in rows.items()},
        {cell: pairs.chosen[of][chosen] for cell, (of, chosen) in rows.items()},
        {cell: pairs.capped[of][chosen] for cell, (of, chosen) in rows.items()},
        pairs.splits,
        pairs.baselines,
        pairs.gate,
        pairs.counts,
    )

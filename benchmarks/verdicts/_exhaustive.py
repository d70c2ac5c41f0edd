"""Exhaustive runs: the pairs of one comparison, all of them trained whatever the first ones say."""

from __future__ import annotations

import io
import json
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import gatewise
from gatewise.experiment.plan import Purse, draft, make_plan
from gatewise.judge.tables import Pairs, gather
from gatewise.run.folder import Header, RunFolder
from gatewise.run.options import options
from gatewise.run.plan import Plan
from gatewise.run.upgrade import upgraded
from gatewise.run.write import write_text
from gatewise.understand import understand

if TYPE_CHECKING:
    from pathlib import Path

    from _questions import Question
    from numpy.typing import NDArray

    from gatewise.experiment.watch.protocol import Watcher

FITS = 10_000
"""Enough to pay for the longest list of configurations, for every split, and for all pairs."""


def train(question: Question, data: Path, out: Path, workers: int, progress: Watcher) -> None:
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


STORED = {"bar": "gate"}
"""Fields of `Pairs` that have another name in the files: pools are older than the name."""


class Pool(NamedTuple):
    """A finished exhaustive run.

    Attributes:
        plan: Its plan.
        pairs: All pairs, from the rung that it ended on.
        gatewise: The version that trained them.
        written: The plan as it was written, whatever format it has: its name depends on it.
    """

    plan: Plan
    pairs: Pairs
    gatewise: str
    written: dict[str, Any]


def pool(folder: RunFolder) -> Pool:
    """The pool in a finished run folder."""
    header = folder.header()
    with folder.stored_fits() as stored:
        fits = stored.read()
    rung = max(key.rung for key in fits if key.phase == "pair")
    written = json.loads((folder.path / "plan.json").read_text("utf-8"))["plan"]
    return Pool(header.plan, gather(header.plan, fits, rung, header.plan.pairs), header.gatewise, written)


def write_pool(path: Path, pool: Pool, rules: dict[str, str]) -> None:
    """Write a pool and the rules behind it to a file small enough to be committed: losses to seven figures, no fits."""
    arrays: dict[str, Any] = {
        "plan": json.dumps(pool.written),
        "gatewise": pool.gatewise,
        "rules": json.dumps(rules),
    }
    for field, value in vars(pool.pairs).items():
        name = STORED.get(field, field)
        parts = {f"{name}/{key}": part for key, part in value.items()} if isinstance(value, dict) else {name: value}
        arrays |= {key: part.astype(np.float32) if part.dtype == np.float64 else part for key, part in parts.items()}
    written = io.BytesIO()
    np.savez_compressed(written, allow_pickle=False, **arrays)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".tmp")
    beside.write_bytes(written.getvalue())
    beside.replace(path)


def read_pool(path: Path) -> tuple[Pool, dict[str, str]]:
    """What `write_pool` wrote."""
    with np.load(path, allow_pickle=False) as file:
        arrays = dict(file)
    written = json.loads(str(arrays.pop("plan")))
    plan = Plan.model_validate(upgraded("plan", {"plan": written})["plan"])
    version_of, rules = str(arrays.pop("gatewise")), json.loads(str(arrays.pop("rules")))
    fields: dict[str, Any] = {}
    present = {name: field for field, name in STORED.items()}
    for name, part in arrays.items():
        stored, _, key = name.partition("/")
        field = present.get(stored, stored)
        part = part.astype(np.float64) if part.dtype == np.float32 else part
        if key:
            fields.setdefault(field, {})[key] = part
        else:
            fields[field] = part
    # Pools of the recipe before trained redraws alone.
    fields.setdefault("anew", {cell: losses[:0] for cell, losses in fields["losses"].items()})
    return Pool(plan, Pairs(**fields), version_of, written), rules


def take(pairs: Pairs, rows: dict[str, tuple[str, NDArray[np.int64]]]) -> Pairs:
    """Deal a comparison from a pool: for each of its cells a cell of the pool and the rows of its fits, as tuned."""
    return Pairs(
        {cell: pairs.losses[of][chosen] for cell, (of, chosen) in rows.items()},
        {cell: pairs.losses[of][:0] for cell, (of, _) in rows.items()},
        {cell: pairs.chosen[of][:0] for cell, (of, _) in rows.items()},
        {cell: pairs.capped[of][chosen] for cell, (of, chosen) in rows.items()},
        pairs.splits,
        pairs.baselines,
        pairs.bar,
        pairs.counts,
    )

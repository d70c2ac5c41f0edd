"""Plans and stored fits with known losses, as if they had been trained."""

import numpy as np
from tests.support.sections import forecast_section

from gatewise.judge.tables import baseline_key
from gatewise.run.fits import Fit, Key
from gatewise.run.plan import Configuration, DataPlan, Plan, SplitPlan, Work
from gatewise.run.verdict import CellCost, Costs


def plan(**changes: object) -> Plan:
    """A forecast on two origins, all four looks; ``changes`` replace fields."""
    task = changes.pop("task", "forecast")
    forecast = task == "forecast"
    data = DataPlan(sha256="0" * 64, examples=1000, features=("y",), masked=(), window=16, outputs=1 if forecast else 2)
    own = forecast_section()
    splits = SplitPlan(
        kind="origins" if forecast else "own", count=2 if forecast else 1, borders=(600, 800, 1000) if forecast else (),
        block=17, tuning_folds=1, tuned_each=False, may_climb=True, serial=forecast, redrawn=False,
        last_saw_most=forecast,
    )  # fmt: skip
    fields: dict[str, object] = {
        "task": task, "section": own if forecast else {"classes": ["a", "b"]}, "data": data,
        "metric": "mse" if forecast else "accuracy", "margin": 0.01, "seed": 0,
        "cells": ("lstm", "gru"), "match": "params", "hidden_size": {"lstm": 45, "gru": 52},
        "parameters": {"lstm": 8506, "gru": 8477}, "splits": splits,
        "configurations": (Configuration(learning_rate=0.01, batch_size=16, dropout=0.0),),
        "steps": {"lstm": 400, "gru": 400}, "rungs": 3, "wider": 2, "evaluations": 20, "patience": 6,
        "looks": (8, 12, 20, 30), "pairs": 30, "work": Work(unit="fits", total=200, prices={}, overhead={}),
    }  # fmt: skip
    return Plan.model_validate(fields | changes)


def fits(
    locked: Plan,
    skill: dict[str, float],
    *,
    pairs: int = 12,
    blocks: int = 24,
    noise: float = 0.002,
    capped: float = 0.0,
    baseline: float = 1.0,
    seed: int = 0,
) -> dict[Key, Fit]:
    """Fits whose cells have these skills over a baseline that loses ``baseline`` on each example."""
    rng = np.random.default_rng(seed)
    found: dict[Key, Fit] = {}
    per_split = blocks // locked.splits.count

    def keep(key: Key, test: np.ndarray, *, is_capped: bool = False) -> None:
        found[key] = Fit(key, 400, 300, is_capped, "done", (float(test.mean()),), tuple(test.tolist()), 1.0)

    for split in range(locked.splits.count):
        keep(baseline_key("examples", split), np.ones(per_split))
        keep(baseline_key("ridge", split), np.full(per_split, baseline))
        keep(baseline_key("last-value", split), np.full(per_split, baseline * 1.5))
        for cell in locked.cells:
            for pair in range(pairs):
                key = Key("pair", cell, 0, 0, split, pair, int(rng.integers(2**62)))
                loss = 1.0 - skill[cell] + noise * rng.normal(size=per_split)
                keep(key, loss, is_capped=pair < capped * pairs)
    return found


def costs(locked: Plan) -> Costs:
    """Made-up times."""
    cell = CellCost(seconds_per_fit=1.0, microseconds_per_step=20.0, training_step_ms=2.0)
    return Costs(cells=dict.fromkeys(locked.cells, cell), training_seconds=10.0, kernel="reference")


def folds(locked: Plan, count: int | None = None) -> Plan:
    """The same plan with stratified folds, each tuned for itself."""
    traits = {"kind": "folds", "tuned_each": True, "may_climb": False, "serial": False, "redrawn": True}
    update = traits | {"last_saw_most": False, "count": count or locked.splits.count}
    return locked.model_copy(update={"splits": locked.splits.model_copy(update=update)})

"""Comparisons dealt from a pool of fits, and judged look by look as a run would have judged them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from _exhaustive import Pool, take

from gatewise.judge.looks import LOOKS, look_at, outcome
from gatewise.run.plan import name_of
from gatewise.seeds import stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from gatewise.judge.looks import Look
    from gatewise.judge.tables import Pairs
    from gatewise.run.plan import Plan

DEALT = 0.75
"""Share of a pool's fits in a dealt comparison, of each cell."""

BETTER = "better in some scope"
"""Beside the verdicts of dealt comparisons: how many of them claim, of whatever scope, that one cell is better."""

Rows = dict[str, tuple[str, "NDArray[np.int64]"]]
"""For each cell of a dealt comparison, the pool's cell and the rows of its fits, in order."""


def judged(plan: Plan, pairs: Pairs, rows: Rows) -> tuple[str, Look]:
    """The verdict on dealt pairs, taken at the first of the looks that allows one."""
    most = min(len(chosen) for _, chosen in rows.values())
    plan = plan.model_copy(update={"looks": tuple(n for n in LOOKS if n <= most)})
    for number, seen in enumerate(plan.looks):
        dealt = take(pairs, {cell: (of, chosen[:seen]) for cell, (of, chosen) in rows.items()})
        look = look_at(plan, dealt, final=seen == plan.looks[-1], before=plan.looks[:number])
        if look.clear or look.hopeless:
            break
    return outcome(plan, look)[0], look


def whole(plan: Plan, pairs: Pairs) -> tuple[str, Look]:
    """What all pairs of a pool say, taken as the one look there is."""
    plan = plan.model_copy(update={"looks": ()})
    look = look_at(plan, pairs, final=True)
    return outcome(plan, look)[0], look


def redealt(pool: Pool, deals: int, dealt: Callable[[], None] | None = None) -> Counter[str]:
    """Verdicts of ``deals`` comparisons of the pool's two cells, each with `DEALT` of the fits in a fresh order.

    `BETTER` is counted beside them. ``dealt`` is called after each.
    """

    def deal(rng: np.random.Generator, size: int) -> Rows:
        return {cell: (cell, rng.permutation(size)[: int(DEALT * size)]) for cell in pool.plan.cells[:2]}

    return _count(pool, deals, deal, dealt)


def against_itself(pool: Pool, cell: str, deals: int, dealt: Callable[[], None] | None = None) -> Counter[str]:
    """Verdicts of ``deals`` comparisons of one cell with itself: half of its fits against the other half.

    `BETTER` is counted beside them. ``dealt`` is called after each.
    """
    twin = f"{cell}#2"
    update = {
        "cells": (cell, twin),
        "hidden_size": dict.fromkeys((cell, twin), pool.plan.hidden_size[cell]),
        "parameters": dict.fromkeys((cell, twin), pool.plan.parameters[cell]),
    }
    doubled = pool._replace(plan=pool.plan.model_copy(update=update), written=pool.written | update)

    def deal(rng: np.random.Generator, size: int) -> Rows:
        order = rng.permutation(size)
        return {cell: (cell, order[: size // 2]), twin: (cell, order[size // 2 :])}

    return _count(doubled, deals, deal, dealt)


def _count(
    pool: Pool,
    deals: int,
    deal: Callable[[np.random.Generator, int], Rows],
    dealt: Callable[[], None] | None,
) -> Counter[str]:
    rng = np.random.default_rng(stream(0, "redeal", name_of(pool.written), *pool.plan.cells))
    size = len(next(iter(pool.pairs.losses.values())))
    found = Counter[str]()
    for _ in range(deals):
        verdict, look = judged(pool.plan, pool.pairs, deal(rng, size))
        found[verdict] += 1
        found[BETTER] += any(claim.kind == "better" for claims in look.claims.values() for claim in claims)
        if dealt:
            dealt()
    return found

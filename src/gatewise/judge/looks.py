"""A look, the interim analysis: what the pairs so far say, and whether more of them are needed.

The rule in short; `gatewise.stats.decide` has its claims, docs/statistics.md its reasons.

    d is the difference in skill, a ratio of sums over all test blocks, linearised; M is the margin.
    Var d = V_pairs + V_blocks - V_both, and V_choices where the claim is about cells tuned anew.
    V_blocks of a series is a long-run variance: its blocks, a forecast each, may hang together.
    On this test part, Var d = V_pairs.
    Bounds are Student's t, mended for skewness by 1.6 t at most, and wider than what unseen kinds of example could add.
    Looks share the error by their known covariance; what few runs or tied blocks may hide is held back.
    better: the bound of .025 is above 0.            equal: both bounds of .04 lie inside the margin.
    not worse: the bound of .04 is above -M.         neither: no cell exceeds the bar by M, by bounds of .025.
    beats the rules: above each of them by its bound of .025.
    The verdict is the first that holds of neither, equal, better, not worse.
    A run ends at one of the first three; or when no number of pairs could show anything and more are worth nothing.
    All of the error is spent at the planned end or the end of the budget only; what was spent stays spent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gatewise.judge.seen import Seen
from gatewise.judge.tables import gather
from gatewise.stats.decide import FEWEST_BLOCKS, Claim, ends, known, pairs_are_worth_it, pairs_may_decide

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gatewise.judge.tables import Pairs
    from gatewise.run.fits import Fit, Key
    from gatewise.run.plan import Plan
    from gatewise.run.verdict import Cause
    from gatewise.stats.variance import Scope

FIRST_LOOK = 8
"""Pairs at the first look: fewer say too little of how training runs vary."""

MOST_PAIRS = 60
"""Pairs at the last look, whatever may be spent: what is open then, more retrainings hardly decide."""

LOOKS = (FIRST_LOOK, 12, 20, 30, 45, MOST_PAIRS)
"""Pairs after which the data are judged, as far as the work allows."""

CAPPED = 0.25
"""Where more of the fits still improved when their steps ended, only a winner that they cannot unseat is named."""

SCOPES: tuple[Scope, ...] = ("test-part", "tuned", "anew")


@dataclass(frozen=True)
class Look:
    """One look at the pairs so far.

    Attributes:
        pairs: How many there are.
        seen: What they say.
        claims: Scope -> what is shown, in the order of precedence.
        capped: Share of fits that still improved when their steps ended, of the judged arm with more of them.
        withheld: What would end the run, but for fits that had not finished; None where that is nothing.
        may_decide: Whether any number of pairs could show something as tuned.
        worth_it: Whether more pairs could better the choice by anything that counts.
    """

    pairs: int
    seen: Seen
    claims: dict[Scope, tuple[Claim, ...]]
    capped: float
    withheld: Claim | None
    may_decide: bool
    worth_it: bool

    @property
    def clear(self) -> bool:
        """Whether a claim ends the run."""
        return ends(self.claims["tuned"])

    @property
    def hopeless(self) -> bool:
        """Whether more pairs cannot help: nothing can be shown and they are worth nothing, or fits stay unfinished."""
        unfinished = self.withheld is not None and self.withheld.kind != "better"  # a winner may yet stand
        return unfinished or not (self.may_decide or self.worth_it)


def judge(
    plan: Plan,
    fits: Mapping[Key, Fit],
    rung: int,
    pairs: int,
    *,
    final: bool,
    before: tuple[int, ...] = (),
    redrawn: int = 0,
) -> Look:
    """Judge the first ``pairs`` pairs of a rung, the first ``redrawn`` of them tuned anew as well; see `look_at`."""
    return look_at(plan, gather(plan, fits, rung, pairs, redrawn), final=final, before=before)


def look_at(plan: Plan, pairs: Pairs, *, final: bool, before: tuple[int, ...] = ()) -> Look:
    """Judge all of ``pairs``.

    Args:
        plan: The locked plan.
        pairs: All pairs so far.
        final: Whether no look can follow, whatever this one says: the planned end, or the end of the budget.
        before: Pairs at the looks before this one.
    """
    first, second = plan.cells[:2]
    count = len(pairs.losses[first])
    seen = Seen(plan, pairs, (*before, count), final)
    capped = max(float(pairs.capped[arm].mean()) for arm in (first, second))
    if pairs.bar.sum() == 0.0:
        return Look(count, seen, {scope: (Claim("neither"),) for scope in SCOPES}, capped, None, False, False)
    full: dict[Scope, tuple[Claim, ...]] = dict.fromkeys(SCOPES, ())
    if count >= FIRST_LOOK:
        scopes = SCOPES if seen.redrawn >= FIRST_LOOK else SCOPES[:2]
        full |= {scope: seen.claims(scope) for scope in scopes}
    claims = full if capped <= CAPPED else {scope: _settled(seen, found, scope) for scope, found in full.items()}
    difference, over = seen.judged_parts("tuned"), [seen.over_parts(arm) for arm in (first, second)]
    return Look(
        pairs=count,
        seen=seen,
        claims=claims,
        capped=capped,
        withheld=full["tuned"][0] if ends(full["tuned"]) and not ends(claims["tuned"]) else None,
        may_decide=pairs_may_decide(difference, over, "tuned", plan.margin),
        worth_it=pairs_are_worth_it(difference, plan.margin),
    )


def outcome(plan: Plan, look: Look) -> tuple[str, Cause | None]:
    """The verdict's name, of the cells as tuned on new data; and why when it is `undecided`."""
    found = look.claims["tuned"]
    if found:
        arm = found[0].arm
        named = plan.cells[0] if arm == "first" else plan.cells[1]
        return (named if found[0].kind == "better" else found[0].kind), None
    return "undecided", _cause(plan, look)


def _cause(plan: Plan, look: Look) -> Cause:
    if look.pairs < FIRST_LOOK:
        return "pairs"
    if look.withheld is not None:
        return "training"
    now = look.seen.judged("tuned").now
    if known(now) and now.standard_error == 0.0:
        return "ties"
    more_pairs = look.may_decide and look.pairs < MOST_PAIRS
    return "pairs" if more_pairs and now.independent >= FEWEST_BLOCKS else "test-data"


def _settled(seen: Seen, claims: tuple[Claim, ...], scope: Scope) -> tuple[Claim, ...]:
    """Winners that would still win if every unfinished fit of the other arm were as good as the winner's.

    Nothing like it can be said of other claims: how far two arms that still improve would get, nobody knows.
    """
    if scope == "anew":
        return ()
    pairs, arms = seen.pairs, dict(zip(("first", "second"), seen.plan.cells[:2], strict=True))
    widths = np.diff(np.append(pairs.splits, pairs.counts.size))
    kept = []
    for claim in claims:
        if claim.kind != "better":
            continue
        winner, other = (arms["first"], arms["second"]) if claim.arm == "first" else (arms["second"], arms["first"])
        unfinished = np.repeat(pairs.capped[other], widths, axis=1)
        losses = pairs.losses | {other: np.where(unfinished, pairs.losses[winner], pairs.losses[other])}
        given = replace(seen, pairs=replace(pairs, losses=losses)).claims(scope)
        kept += [one for one in given if (one.kind, one.arm) == ("better", claim.arm)]
    return tuple(kept)

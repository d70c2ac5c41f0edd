"""What networks made of their anchors: how often they stayed there, what they gained, how they do without."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from gatewise.judge.tables import baseline_key, best_rule
from gatewise.run.verdict import AnchorResult, CellResult, Coded, coded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gatewise.run.fits import Fit, Key
    from gatewise.run.plan import Configuration

COPIES = 0.5
"""A cell of which this share of fits stayed at their anchor is said to copy it."""


def anchor_result(
    fits: Mapping[Key, Fit],
    listed: Sequence[Configuration],
    arm: str,
    rung: int,
    pairs: int,
    bar: Sequence[str],
) -> AnchorResult | None:
    """How an arm's pairs did beside their anchors; None for a task without anchors.

    Args:
        fits: All stored fits.
        listed: All configurations by number.
        arm: The arm.
        rung: The rung whose pairs count.
        pairs: How many of them count.
        bar: The rule to beat on each split.
    """
    # In the order of their keys: sums would else have other last digits where fits ended in another order.
    fits = dict(sorted(fits.items()))
    own = [
        fit for key, fit in fits.items() if (key.phase, key.cell, key.rung) == ("pair", arm, rung) and key.draw < pairs
    ]
    if not listed:
        return None
    kinds = [listed[fit.key.configuration].anchor for fit in own]
    if not own or None in kinds:
        return None
    usual = Counter(kinds).most_common(1)[0][0]
    assert usual is not None
    stayed = [fit for fit, kind in zip(own, kinds, strict=True) if kind != "none" and fit.best_step == 0]
    starts = [_start(fits, fit, kind) for fit, kind in zip(own, kinds, strict=True)]
    rules = Counter(best_rule(fits, fit.key.split) for fit in own)
    return AnchorResult(
        kind=usual,
        rule=rules.most_common(1)[0][0] if usual == "rule" else None,
        stayed=len(stayed) / len(own),
        gain=_gain(fits, own, starts),
        alone=_alone(fits, listed, arm),
        at_bar=sum(bar[fit.key.split] == start for fit, start in zip(own, starts, strict=True)) / len(own),
    )


def copies(cells: Mapping[str, CellResult]) -> tuple[Coded, ...]:
    """What to say of cells that mostly stayed at their anchor."""
    found = {arm: cell.anchor for arm, cell in cells.items() if cell.anchor is not None}
    return tuple(
        coded("copies-anchor", arm=arm, share=anchor.stayed, kind=anchor.kind, rule=anchor.rule or "")
        for arm, anchor in found.items()
        if anchor.stayed >= COPIES
    )


def _start(fits: Mapping[Key, Fit], fit: Fit, kind: str | None) -> str | None:
    """The simple rule that a fit started from; None where what it started from is no rule."""
    return {"rule": best_rule(fits, fit.key.split), "last": "last-value"}.get(str(kind))


def _gain(fits: Mapping[Key, Fit], own: Sequence[Fit], starts: Sequence[str | None]) -> float | None:
    """Skill of the pairs against the rules they started from, on the same test examples."""
    mine = theirs = 0.0
    for fit, rule in zip(own, starts, strict=True):
        if rule is not None:
            mine += sum(fit.test)
            theirs += sum(fits[baseline_key(rule, fit.key.split)].test)
    return 1.0 - mine / theirs if theirs else None


def _alone(fits: Mapping[Key, Fit], listed: Sequence[Configuration], arm: str) -> float | None:
    """Validation loss of the default configuration without an anchor, as a multiple of that with the usual one."""
    plain = listed[0].model_copy(update={"anchor": "none"})
    if listed[0].anchor == "none" or plain not in listed:
        return None
    loss = dict.fromkeys((0, listed.index(plain)), 0.0)
    for key, fit in fits.items():
        if (key.phase, key.cell, key.rung, key.draw) == ("tune", arm, 0, 0) and key.configuration in loss:
            loss[key.configuration] += sum(fit.validation)
    usual, alone = loss.values()
    return alone / usual if usual and alone else None

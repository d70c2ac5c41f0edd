"""The scores and every fit of a run as frames, to be looked into or drawn by the user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from gatewise.errors import InputError
from gatewise.judge.tables import baseline_key
from gatewise.run.plan import Configuration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gatewise.run.fits import Fit, Key
    from gatewise.run.folder import RunFolder
    from gatewise.run.verdict import Verdict

COUNTS = "examples"
"""The rule that counts the examples of each test block: no rule at all."""

LOSSES = {"validation_loss": pl.Float64, "test_loss": pl.Float64}


def scores(verdict: Verdict) -> pl.DataFrame:
    """A row for each cell: score, interval, hidden size, parameters, cost."""
    costs = verdict.costs.cells
    return pl.DataFrame(
        [
            {
                "cell": cell,
                "score": result.score,
                "low": result.interval[0],
                "high": result.interval[1],
                "hidden_size": result.hidden_size,
                "parameters": result.parameters,
                "above_baseline": result.above_baseline,
                "seconds_per_fit": costs[cell].seconds_per_fit if cell in costs else None,
                "microseconds_per_step": costs[cell].microseconds_per_step if cell in costs else None,
            }
            for cell, result in verdict.cells.items()
        ]
    )


def fits(folder: RunFolder) -> pl.DataFrame:
    """A row for each stored fit; see `gatewise.comparison.Comparison.fits`.

    Raises:
        InputError: The fits are not there.
    """
    if not folder.fits_path.is_file():
        raise InputError(f"{folder.path} has no fits.sqlite, in which the fits are kept. Bring the file back")
    with folder.stored_fits() as store:
        kept = store.read()
    listed = folder.header().plan.configurations
    rows = [
        {**_named(key, listed), **_course(fit, _examples(kept, key.split))}
        for key, fit in kept.items()
        if key.cell != COUNTS
    ]
    return pl.DataFrame(rows, infer_schema_length=None, schema_overrides=LOSSES)


def _named(key: Key, listed: tuple[Configuration, ...]) -> dict[str, Any]:
    """What names a fit, and what it was trained by; a simple rule, and a configuration that came later, has nulls."""
    trained = key.phase != "baseline" and key.configuration < len(listed)
    chosen: Mapping[str, Any] = listed[key.configuration].model_dump() if trained else {}
    return {**key._asdict(), **{name: chosen.get(name) for name in Configuration.model_fields}}


def _course(fit: Fit, examples: float | None) -> dict[str, Any]:
    # A rehearsal keeps other losses in their place, and a simple rule validates on blocks of other sizes.
    validated = list(fit.validation) if fit.key.phase not in ("rehearse", "baseline") else []
    tested = list(fit.test) if fit.key.phase != "rehearse" else []
    return {
        "status": fit.status,
        "tries": max(1, len(fit.tries)),
        "steps": fit.steps,
        "best_step": fit.best_step,
        "capped": fit.capped,
        "validation_loss": sum(validated) / len(validated) if validated else None,
        "test_loss": sum(tested) / examples if tested and examples else None,
        "seconds": fit.seconds,
    }


def _examples(fits: Mapping[Key, Fit], split: int) -> float | None:
    """Test examples of a split."""
    counted = fits.get(baseline_key(COUNTS, split))
    return None if counted is None else sum(counted.test)

"""What the parameters of an estimator ask for, and what a fit leaves in its attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from gatewise.errors import OptionError
from gatewise.estimators.fitting import Found, compared, named
from gatewise.run.options import FEWEST_FITS, Options, check_workers

if TYPE_CHECKING:
    from gatewise.data.shapes import Data

_E = TypeVar("_E")

CELLS = ("auto", "lstm", "gru")


def asked_for(estimator: Any, **more: Any) -> Options:
    """The options that the parameters mean.

    Raises:
        OptionError: A parameter is out of its range.
    """
    if estimator.cell not in CELLS:
        raise OptionError(f"cell={estimator.cell!r} is not known; expected one of: {', '.join(CELLS)}")
    fewest = FEWEST_FITS if estimator.cell == "auto" else 1
    fits = estimator.fits
    if isinstance(fits, bool) or not isinstance(fits, int) or fits < fewest:
        raise OptionError(
            f"fits={fits!r} is out of range; expected a whole number from {fewest} on with cell={estimator.cell!r}"
        )
    return Options(fits=max(fits, FEWEST_FITS), params=estimator.params, seed=estimator.seed, **more)


def found_for(estimator: Any, data: Data, options: Options) -> Found:
    """Train what the parameters ask for."""
    workers = check_workers(estimator.workers)
    if estimator.cell == "auto":
        return compared(data, options, workers)
    return named(data, options, estimator.cell, estimator.fits, workers)


def keep(estimator: _E, found: Found, notes: tuple[str, ...]) -> _E:
    """Leave a fit in attributes of text and bytes, which any pickle can hold; returns the estimator."""
    verdict = found.verdict
    card, weights = found.model.stored()
    vars(estimator).update(
        model_card_=card,
        model_weights_=weights,
        cell_=found.model.cell,
        verdict_=None if verdict is None else verdict.verdict,
        comparison_=None if verdict is None else verdict.model_dump_json(),
        notes_=notes,
    )
    return estimator

"""Data whose categories know the values that are there before anything is tested, and no others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gatewise.data.categories import FEWEST_ROWS, lasting, settled
from gatewise.data.split import first_tested
from gatewise.languages import Told
from gatewise.text import listed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.embedded import Categories
    from gatewise.data.series import Series
    from gatewise.data.shapes import SequenceSet


class _Settled(NamedTuple):
    """Values without the features that were left out, the known values of categories, and names of what was left."""

    values: NDArray[np.float64]
    categories: dict[str, tuple[str, ...]]
    left: dict[Told, list[str]]

    def told(self) -> list[Told]:
        """A note on each reason for which features were left out."""
        return [Told("left out, {why}: {names}", why=why, names=listed(names)) for why, names in self.left.items()]

    def keeps(self, name: str) -> bool:
        """Whether a feature was not left out."""
        return not any(name in names for names in self.left.values())


def series_with_known(series: Series) -> Series:
    """The series, values of categories that occur in no row before the first tested one taken as unknown.

    A category whose values do not come back, such as the number of a batch, is left out; so is the column of 0 and 1 of
    a value that only tested rows have.
    """
    columns = [name for name in series.features[len(series.targets) :] if "=" in name]
    if not series.categories and not columns:
        return series
    steps = series.timeline.steps - series.timeline.steps.min()
    order = np.argsort(steps, kind="stable")
    early = order[(steps < first_tested(series.timeline.steps, series.test_start))[order]]
    never = [name for name in columns if not np.nan_to_num(series.values[early, series.features.index(name)]).any()]
    left = {Told("no row to learn from has this value"): never} if never else {}
    found = _known(series.values, series.features, series.categories, early, left, in_time=True)
    features = tuple(filter(found.keeps, series.features))
    return replace(
        series,
        features=features,
        values=found.values,
        known=tuple(name for name in series.known if name in features),
        categories=found.categories,
        notes=(*series.notes, *found.told()),
    )


def sequences_with_known(sequences: SequenceSet) -> SequenceSet:
    """The sequences, values of categories that occur in none to learn from taken as unknown.

    Folds, which learn from each sequence in turn, share the values of all of them.
    """
    if not sequences.categories:
        return sequences
    early = np.arange(len(sequences.lengths) if sequences.test_start is None else sequences.test_start)
    found = _known(sequences.values, sequences.features, sequences.categories, early, {}, in_time=False)
    return replace(
        sequences,
        features=tuple(filter(found.keeps, sequences.features)),
        values=found.values,
        categories=found.categories,
        notes=(*sequences.notes, *found.told()),
    )


def _known(
    values: NDArray[np.float64],
    features: tuple[str, ...],
    categories: Categories,
    early: NDArray[np.int64],
    left: dict[Told, list[str]],
    *,
    in_time: bool,
) -> _Settled:
    """Number the values of categories anew, by the rows or sequences ``early``, which are learned from.

    Features that are ``left`` out already, by reason, go too.
    """
    values, left = values.copy(), dict(left)
    known: dict[str, tuple[str, ...]] = {}
    for name, among in categories.items():
        place = features.index(name)
        codes = values[..., place]
        found = settled(codes, among, early)
        why: Told | None
        if len(found.values) < 2:
            why = Told("one value in what is learned from")
        elif in_time and len(found.values) * FEWEST_ROWS > len(early):
            why = Told("too few rows to learn from for each of its values")
        elif in_time and not lasting(codes[early]):
            why = Told("its values do not come back")
        else:
            why = None
        if why is not None:
            left.setdefault(why, []).append(name)
            continue
        values[..., place] = found.codes
        known[name] = found.values
    settled_ = _Settled(values, known, left)
    kept = [place for place, name in enumerate(features) if settled_.keeps(name)]
    return settled_._replace(values=values[..., kept]) if left else settled_

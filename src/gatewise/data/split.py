"""Sequence examples: stratified folds, validation draws, whole groups on one side, and the origins of a series."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gatewise.data.windows import Parts

if TYPE_CHECKING:
    from numpy.typing import NDArray

TEST_SHARE = 0.4
"""The later part of a series that origins roll through."""

VALIDATION_SHARE = 0.2
"""Share of the training sequences drawn for validation in each pass."""


def origins(steps: NDArray[np.int64], count: int) -> tuple[int, ...]:
    """First test step of each of ``count`` expanding splits through the later part, then the end.

    Args:
        steps: The calendar step of each row, of one series or of several, shape (rows,). The borders are counted from
            the first of them; the first one leaves `TEST_SHARE` of all rows to test on.
        count: How many splits.
    """
    rows = len(steps)
    ordered = steps if (steps[1:] >= steps[:-1]).all() else np.sort(steps)
    start = int(ordered[0])
    first = round((1.0 - TEST_SHARE) * rows)
    places = np.linspace(first, rows, count + 1).round().astype(np.int64)
    return (*(int(ordered[place]) - start for place in places[:-1]), int(ordered[-1]) - start + 1)


def first_tested(steps: NDArray[np.int64], own: int | None) -> int:
    """The first step that is tested by any split; what is found out of the data is found before it.

    Args:
        steps: As for `origins`.
        own: First step of the user's own test part, counted from the first step; None without one.
    """
    rolled = origins(steps, 1)[0]
    return rolled if own is None else min(rolled, own)


def deal(labels: NDArray[np.int64], folds: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Deal examples to ``folds`` stratified folds; returns each example's fold, shape (n,).

    Each class is shuffled and dealt round, going on where the class before it stopped, so that folds differ by at
    most one example, in all and within each class.
    """
    fold = np.empty(len(labels), dtype=np.int64)
    shuffled = rng.permutation(len(labels))
    order = shuffled[np.argsort(labels[shuffled], kind="stable")]
    fold[order] = np.arange(len(labels)) % folds
    return fold


def validation_draw(labels: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw a stratified validation part; True for its examples. A class of one example stays in training."""
    chosen = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        # Rounding at random keeps small classes in the draw as often as their size says.
        wanted = int(VALIDATION_SHARE * len(members) + rng.random())
        chosen[members[: min(wanted, len(members) - 1)]] = True
    if not chosen.any():  # tiny sets: something has to choose the best step
        chosen[rng.choice(np.flatnonzero(labels == np.bincount(labels).argmax()))] = True
    return chosen


def deal_groups(
    labels: NDArray[np.int64], groups: NDArray[np.int64], folds: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Deal whole groups to folds, each class as evenly as they allow; returns each example's fold, shape (n,).

    The largest group comes first, equal ones in random order; each goes to the fold that holds least of its classes
    so far, every class counted as a share of all it has. That keeps the sum of squares of these shares least, step
    by step.
    """
    table, member = _group_table(labels, groups)
    shares = table / table.sum(axis=0)
    shuffled = rng.permutation(len(table))
    fold = np.empty(len(table), dtype=np.int64)
    held = np.zeros((folds, table.shape[1]))
    for group in shuffled[np.argsort(-shares[shuffled].sum(axis=1), kind="stable")]:
        alike, full = held @ shares[group], held.sum(axis=1)
        fold[group] = np.lexsort((full, alike))[0]
        held[fold[group]] += shares[group]
    return fold[member]


def draw_groups(labels: NDArray[np.int64], groups: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw whole groups for validation, as near to the share of each class as they allow; True for their examples.

    Groups are taken in random order as long as each brings the drawn part nearer to `VALIDATION_SHARE` of every class.
    The last group of a class stays in training; one group is drawn at least.
    """
    table, member = _group_table(labels, groups)
    total = table.sum(axis=0)
    chosen = np.zeros(len(table), dtype=bool)

    def distance(drawn: NDArray[np.int64]) -> float:
        found: float = (((drawn / total) - VALIDATION_SHARE) ** 2).sum()
        return found

    order, held = rng.permutation(len(table)), np.zeros_like(total)
    now = distance(held)
    for group in order:
        with_it = held + table[group]
        if (with_it < total).all() and (then := distance(with_it)) < now:
            chosen[group], held, now = True, with_it, then
    if not chosen.any():
        kept = [group for group in order if (table[group] < total).all()] or list(order)
        chosen[min(kept, key=lambda group: distance(table[group]))] = True
    return chosen[member]


def _group_table(labels: NDArray[np.int64], groups: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Examples of each class in each group, shape (groups, classes), of those that occur; each example's group."""
    member = np.unique(groups, return_inverse=True)[1]
    label = np.unique(labels, return_inverse=True)[1]
    table = np.zeros((member.max() + 1, label.max() + 1), dtype=np.int64)
    np.add.at(table, (member, label), 1)
    return table, member


def sequence_parts(
    training: NDArray[np.int64],
    test: NDArray[np.int64],
    validates: NDArray[np.bool_],
    groups: NDArray[np.int64] | None = None,
) -> Parts:
    """Parts of a split of sequences: each example is a block of its own, or each group is one.

    Args:
        training: Examples not tested, by number.
        test: Examples tested.
        validates: For each of ``training``, whether it validates.
        groups: The group of every example; None where each stands alone.
    """
    train, validation = training[~validates], training[validates]
    validated, tested = (
        np.arange(len(part)) if groups is None else np.unique(groups[part], return_inverse=True)[1].astype(np.int64)
        for part in (validation, test)
    )
    return Parts(train, validation, test, validated, tested, np.sort(training))

"""Whose each sequence is: those of one subject or recording are never learned from and tested on at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.data.roles import names_groups
from gatewise.errors import DataError, OptionError, nearest
from gatewise.languages import Told
from gatewise.text import counted, listed, named, with_commas

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.readers.raw import RawSequences
    from gatewise.data.shapes import SequenceSet

NONE = "none"
"""What is typed to have every sequence stand alone, whatever the data say."""

EQUAL = "text"
"""Names groups of texts that are alike."""

FEWEST_TO_JUDGE = 5
"""Groups that a verdict needs: each is a test block, and on fewer blocks nothing is decided."""


def grouped(raw: RawSequences, asked: str | None) -> SequenceSet:
    """The sequences with their groups, where the user or the source names them.

    Args:
        raw: What was read.
        asked: Name of an array or column, ``none`` for no groups; None for the one whose name says so.

    Raises:
        OptionError: There is nothing of that name, or several may be meant.
        DataError: All sequences are of one group.
    """
    found, said = raw.sequences, {name: values for name, values in raw.beside.items() if names_groups(name)}
    if asked == NONE:
        notes = [
            Told("{name} is not read (--group none): sequences of one may stand on both sides", name=named(name))
            for name in said
        ]
        return replace(found, notes=(*found.notes, *notes))
    if asked is not None:
        if asked not in raw.beside:
            there = nearest(asked, list(raw.beside)) if raw.beside else "the data name no groups; leave it out"
            raise OptionError(f"--group {named(asked)}: got no such name with a value for each sequence; {there}")
        return _with(found, asked, raw.beside[asked], ())
    if not said:
        return found
    name = _coarsest(said)
    others = tuple(
        Told("{name} is not read: {above} goes above it", name=named(other), above=named(name))
        for other in said
        if other != name
    )
    return _with(found, name, said[name], others)


def _coarsest(said: dict[str, NDArray[Any]]) -> str:
    """The name whose groups hold those of every other whole: a subject goes above its sessions."""
    numbers = {name: np.unique(values, return_inverse=True)[1] for name, values in said.items()}
    for name, group in sorted(numbers.items(), key=lambda entry: int(entry[1].max())):
        if all(_within(other, group) for other in numbers.values()):
            return name
    names = list(said)
    raise OptionError(
        f"{listed(names)} may each say whose a sequence is; say which one is kept on one side of every split, for "
        f"example --group {named(names[0])}, or --group none"
    )


def _within(finer: NDArray[np.int64], coarser: NDArray[np.int64]) -> bool:
    """Whether each finer group lies in one coarser group."""
    return len(np.unique(np.stack([finer, coarser]), axis=1).T) == len(np.unique(finer))


def _with(found: SequenceSet, name: str, values: NDArray[Any], notes: tuple[Told, ...]) -> SequenceSet:
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise DataError(
            f"{named(name)}[{int(np.argmin(np.isfinite(values)))}] is missing; expected whose each sequence is"
        )
    names, groups = np.unique(values, return_inverse=True)
    if len(names) == len(groups):
        note = Told("{name} is another one for each sequence, so that each stands alone", name=named(name))
        return replace(found, notes=(*found.notes, *notes, note))
    if len(names) == 1:
        raise DataError(
            f"all sequences are of one {named(name)} ({named(str(names[0]))}); expected several, for what is "
            "learned on some is tested on others. Type --group none to split within it"
        )
    note = Told(
        "{groups} by {name}: the sequences of one are kept on one side of every split; --group none "
        "splits without regard to it",
        groups=counted(len(names), "group"),
        name=named(name),
    )
    return replace(found, groups=groups.astype(np.int64), grouped=name, notes=(*found.notes, *notes, note))


def group_notes(found: SequenceSet) -> list[Told]:
    """What makes groups doubtful: too few of them, on both sides of the own split, or each of one class."""
    if found.groups is None:
        return []
    notes, name, count = [], named(found.grouped), int(found.groups.max()) + 1
    if found.test_start is not None:
        both = np.intersect1d(found.groups[: found.test_start], found.groups[found.test_start :])
        if len(both):
            notes.append(
                Told(
                    "{both:,} of {count:,} groups by {name} stand on both sides of the data's own split: a score may "
                    "tell who is known, not what is learned; type --resplit to keep each on one side",
                    both=len(both),
                    count=count,
                    name=name,
                )
            )
    tested = count if found.test_start is None else len(np.unique(found.groups[found.test_start :]))
    if tested < FEWEST_TO_JUDGE:
        notes.append(
            Told(
                "{groups} by {name} to test on are too few for a verdict: it needs 5",
                groups=counted(tested, "group"),
                name=name,
            )
        )
    if found.labels is not None and count > 1 and not (found.texts and found.grouped == EQUAL):
        pairs = np.unique(np.stack([found.groups, found.labels]), axis=1)
        if pairs.shape[1] == count and len(found.classes) > 1:
            notes.append(
                Told(
                    "warning: all sequences of a group by {name} are of one class, so that what tells groups apart "
                    "tells classes apart: scores are on groups that were not learned from",
                    name=name,
                )
            )
    return notes


def refuse_single_groups(found: SequenceSet) -> None:
    """Refuse classes that one group alone has, where sequences are still to be split.

    Raises:
        DataError: The message names them.
    """
    if found.groups is None or found.labels is None or found.test_start is not None:
        return
    pairs = np.unique(np.stack([found.groups, found.labels]), axis=1)
    of_one = np.flatnonzero(np.bincount(pairs[1], minlength=len(found.classes)) == 1)
    if len(of_one):
        shown = with_commas([named(found.classes[k]) for k in of_one])
        raise DataError(
            f"all sequences of class {shown} are of one group by {named(found.grouped)}; expected two or more groups "
            "with each class, to learn from one and test on another. Bring more, or type --group none to split without "
            "regard to it"
        )

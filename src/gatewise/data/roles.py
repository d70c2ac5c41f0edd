"""What the arrays of an archive are, by their names: X, y, lengths, mask, test, groups, in one part or in several."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gatewise.errors import DataError
from gatewise.languages import Told
from gatewise.text import listed, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gatewise.data.readers.raw import NamedArrays

WANTED = "numpy.savez(file, X=X, y=y) with X of shape (n, time, features) or (n, time) and one class each in y"

_PARTS = {
    "train": "train", "training": "train", "tr": "train", "val": "validation", "valid": "validation",
    "validation": "validation", "dev": "validation", "test": "test", "testing": "test", "te": "test",
}  # fmt: skip

_ROLES = {
    "X": ("x", "xs", "data", "inputs", "input", "sequences", "series", "signals", "arr0"),
    "y": ("y", "ys", "label", "labels", "target", "targets", "arr1"),
    "lengths": ("length", "lengths", "len", "lens", "seqlen", "seqlens", "seqlengths", "sequencelengths", "nsteps"),
    "mask": ("mask", "masks", "paddingmask", "attentionmask"),
    "test": ("test", "istest", "testmask"),
}

EXACT = ("X", "y", "lengths", "mask", "test", "groups")
"""Names as the documentation has them."""

_GROUPS = frozenset(
    "group subject participant patient person user speaker animal individual volunteer driver donor subj "
    "writer singer player case client customer household site hospital session recording".split()
)
"""Words for what several sequences may come from."""


class Role(NamedTuple):
    """What an array is: one of `EXACT` or nothing, and the part it belongs to, empty where it is of all sequences."""

    name: str
    part: str


def names_groups(name: str) -> bool:
    """Whether a name says that its values tell whose a sequence is: ``subject``, ``Patient_ID``, ``groups``."""
    flat = _flat(name)
    stems = {flat, *(flat.removesuffix(end) for end in ("id", "ids", "no", "nr", "number", "name", "names", "idx"))}
    return bool(_GROUPS & {stem.removesuffix("s") for stem in stems} or stems & {"participantcode", "pid", "sid"})


def role(name: str) -> Role:
    """The role of an array by its name, whatever its capitals: ``X_train``, ``trainX`` and ``x_tr`` are alike."""
    flat = _flat(name)
    found = _known(flat)
    if found:
        return Role(found, "")
    for word, part in _PARTS.items():
        for rest in (flat.removesuffix(word), flat.removeprefix(word)):
            if rest != flat and _known(rest) not in ("", "test"):
                return Role(_known(rest), part)
    return Role("", "")


@dataclass(frozen=True)
class Sorted:
    """The arrays of a source by role, its parts one behind the other.

    Attributes:
        roles: Role -> array.
        parts: Part -> its sequences, in their order; empty where the source has no parts.
        names: Role -> the name that the source has for it.
        groups: Name -> array, of those whose name says that they name groups.
        rest: Name -> array, of those without a role.
        notes: What to say of the names.
    """

    roles: dict[str, Any]
    parts: dict[str, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    groups: dict[str, Any] = field(default_factory=dict)
    rest: dict[str, Any] = field(default_factory=dict)
    notes: tuple[Told, ...] = ()


def sort_out(found: NamedArrays) -> Sorted:
    """Tell what each array is.

    Raises:
        DataError: There is no X, two arrays have one role, or a name is nearly one that is read.
    """
    by_part: dict[str, dict[str, str]] = {}
    rest: list[str] = []
    for name in found.arrays:
        known = role(name) if name not in EXACT else Role(name, "")
        if known.name == "groups" or not known.name:
            rest.append(name)
            continue
        taken = by_part.setdefault(known.part, {})
        if known.name in taken and name != known.name:
            if taken[known.name] == known.name:
                rest.append(name)
                continue
            raise DataError(
                f"{found.source} holds {quoted(taken[known.name])} and {quoted(name)}, both of which may be "
                f"{known.name}; name one of them {known.name}"
            )
        if known.name in taken:
            rest.append(taken[known.name])
        taken[known.name] = name
    whole = by_part.pop("", {})
    pieces = {part: by_part[part] for part in ("train", "validation", "test") if "X" in by_part.get(part, {})}
    _refuse_unclear(found, whole, by_part, pieces)
    _refuse_misspelt(found, rest)
    if pieces:
        return _joined(found, pieces, rest)
    notes = [
        Told("read as {known}: {name}", known=known, name=name)
        for known, name in whole.items()
        if name.lower() != known.lower()
    ]
    roles = {known: found.arrays[name] for known, name in whole.items()}
    return _with_groups(found, Sorted(roles, {}, whole, notes=tuple(notes)), {name: name for name in rest})


def _refuse_unclear(
    found: NamedArrays, whole: Mapping[str, str], by_part: Mapping[str, Mapping[str, str]], pieces: Mapping[str, object]
) -> None:
    """Refuse a source without X, with X both whole and in parts, or with a part that lacks its X."""
    if "X" in whole and pieces:
        first = next(iter(by_part[next(iter(pieces))].values()))
        raise DataError(
            f"{found.source} holds {quoted(whole['X'])} and {quoted(first)}: which are the sequences? Keep X alone, or "
            "X_train and X_test"
        )
    if "X" not in whole and not pieces:
        lacking = [known for known in ("X", "y") if known not in whole]
        raise DataError(lacks(found, lacking))
    alone = [name for part, roles in by_part.items() if part not in pieces for name in roles.values()]
    if alone:
        raise DataError(
            f"{found.source} holds {listed(alone)} without the X of that part; expected X_train, y_train, X_test and "
            "y_test"
        )
    if pieces and "train" not in pieces:
        raise DataError(
            f"{found.source} holds {listed(found.arrays)}, no X_train; expected X_train and y_train beside them"
        )


def lacks(found: NamedArrays, lacking: list[str]) -> str:
    """What to say where arrays are lacking."""
    if found.lacks and "X" not in lacking:
        return found.lacks
    held = listed([*found.arrays, *found.unread]) or "nothing"
    return f"{found.source} has no {' and no '.join(lacking)}, it holds {held}; expected {WANTED}"


def _joined(found: NamedArrays, pieces: dict[str, dict[str, str]], rest: list[str]) -> Sorted:
    """The parts as one: train, validation, test; arrays of a part that another lacks are left aside, told."""
    notes: list[Told] = []
    if "y" in pieces["train"] and "y" not in pieces.get("test", {"y": ""}):
        name = pieces.pop("test")["X"]
        notes.append(Told("{name} has no classes or numbers of its own: left aside", name=quoted(name)))
    if "validation" in pieces:
        notes.append(Told("the validation part is learned from: gatewise draws validation parts itself"))
    counts = {part: _count(found.arrays[roles["X"]], roles["X"]) for part, roles in pieces.items()}
    common = [known for known in pieces["train"] if all(known in roles for roles in pieces.values())]
    left = sorted(name for roles in pieces.values() for known, name in roles.items() if known not in common)
    if left:
        notes.append(Told("not read, for not every part has it: {names}", names=listed(left)))
    joined = {known: _stacked([found.arrays[roles[known]] for roles in pieces.values()], known) for known in common}
    names = {known: pieces["train"][known] for known in common}
    groups: dict[str, str] = {}
    merged: dict[str, Any] = dict(found.arrays)
    for name in list(rest):
        stem = _stem(name)
        others = [other for other in rest if _stem(other) == stem]
        by_part = {_part(other): other for other in others}
        if names_groups(stem) and set(by_part) == set(pieces) and stem not in merged:
            merged[stem] = _stacked([found.arrays[by_part[part]] for part in pieces], stem)
            groups[stem] = stem
    taken = {other for other in rest for stem in groups if _stem(other) == stem}
    kept = {name: name for name in rest if name not in taken} | groups
    sorted_out = Sorted(joined, counts, names, notes=tuple(notes))
    return _with_groups(found, sorted_out, kept, merged)


def _with_groups(
    found: NamedArrays, sorted_out: Sorted, rest: Mapping[str, str], arrays: Mapping[str, Any] | None = None
) -> Sorted:
    """Tell arrays that name groups from those without any role."""
    held = found.arrays if arrays is None else arrays
    groups = {name: held[name] for name in rest if names_groups(name)}
    others = {name: held[name] for name in rest if name not in groups}
    return Sorted(sorted_out.roles, sorted_out.parts, sorted_out.names, groups, others, sorted_out.notes)


def _stem(name: str) -> str:
    """A name without the word for its part: ``groups_train`` -> ``groups``."""
    words = [word for word in re.split(r"[^A-Za-z0-9]+", name) if word.lower() not in _PARTS]
    return "_".join(words)


def _part(name: str) -> str:
    """The part that a name speaks of; empty where it speaks of none."""
    return next((_PARTS[word] for word in re.split(r"[^a-z0-9]+", name.lower()) if word in _PARTS), "")


def _stacked(arrays: list[Any], name: str) -> Any:
    """Arrays of several parts as one; X is padded with NaN to one length."""
    plain = [np.asarray(array) for array in arrays]
    dims = {array.ndim for array in plain}
    if len(dims) > 1:
        raise DataError(
            f"the parts of {name} have {' and '.join(str(array.shape) for array in plain)} as shapes; expected the "
            "same axes in each"
        )
    shapes = np.array([array.shape[1:] for array in plain])
    if shapes.size and (shapes != shapes[0]).any():
        unequal = np.flatnonzero((shapes != shapes[0]).any(axis=0))
        if name != "X" or len(unequal) > 1:
            raise DataError(
                f"the parts of {name} have the shapes {' and '.join(str(array.shape) for array in plain)}; expected "
                "them alike but for the number of sequences"
            )
        most = shapes.max(axis=0)
        widths = [[(0, 0), *((0, int(most[k] - a.shape[k + 1])) for k in range(len(most)))] for a in plain]
        plain = [np.pad(a.astype(np.float64), w, constant_values=np.nan) for a, w in zip(plain, widths, strict=True)]
    return np.concatenate(plain)


def _count(array: Any, name: str) -> int:
    found = np.asarray(array)
    if not found.ndim:
        raise DataError(f"{name} is a single value; expected an array of shape (n, time, features) or (n, time)")
    return len(found)


def _known(flat: str) -> str:
    return next((known for known, words in _ROLES.items() if flat in words), "")


def _flat(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _refuse_misspelt(found: NamedArrays, rest: list[str]) -> None:
    """Refuse an array that is nearly named like one that is read: left out in silence it would be lost."""
    held = {role(name).name or name for name in found.arrays}
    for name in rest:
        if names_groups(name):
            continue
        meant = [known for known in get_close_matches(name, EXACT, 1, 0.8) if known not in held]
        if meant:
            raise DataError(f"{found.source} holds {quoted(name)}, which is not read; did you mean {meant[0]!r}?")

"""Texts and events as numbers of symbols, for a comparison on what comes next."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from gatewise.data.series import digest
from gatewise.languages import Told, mark, told_count
from gatewise.text import counted, quoted, with_commas

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEW = 10
"""Fewer pieces are no test blocks: of them the last symbols are tested, stretch by stretch."""

TEST_SHARE = 0.2
"""Share of a long text, or of pieces that follow each other in time, that is tested: the last of it."""

SEEN_WORDS = 2
"""A word that is learned from less often is read as an unknown one, so that it is learned what follows such words."""

RARE = 3
"""A symbol that occurs less often in what is learned from is a rare one."""


EQUAL: dict[str, Told] = {
    line: line for line in map(Told, (mark("equal texts"), mark("equal lines"), mark("equal documents")))
}
"""What groups are called that are pieces alike."""

DIFFERENT = {
    "character": mark("{count:,} different characters: {names}"),
    "word": mark("{count:,} different words: {names}"),
    "event": mark("{count:,} different events: {names}"),
}
RARE_WORDS = mark("{symbols} that occur less than {least} times count as unknown: {share}")
RARE_SYMBOLS = mark("{symbols} beyond the commonest count as unknown: {share}")


@dataclass(frozen=True, eq=False)
class Symbols:
    """Pieces of symbols, each a number in one alphabet: texts, lines, or the events of cases.

    Attributes:
        codes: The symbols of all pieces, one piece after the other, shape (n,): 0 for one that is not in the alphabet,
            else its place there, from 1 on.
        lengths: How many symbols each piece has, shape (pieces,).
        alphabet: The symbols that occur in what is learned from, in order.
        unit: What a symbol is.
        called: What a piece is called, in the singular.
        test_start: First piece of the data's own test part; None where it brings no split.
        in_time: Whether the pieces follow each other in time.
        groups: Whose each piece is, numbered from 0, shape (pieces,); None where each stands alone.
        grouped: What the groups are, by the name that the source has for it; empty without groups.
        source: Name of the data, for display.
        notes: What reading changed, left out or doubts, one sentence each.
        determined: Whether the source says of each symbol that it follows from those before it, shape (n,); None where
            it says nothing.
    """

    codes: NDArray[np.int32]
    lengths: NDArray[np.int64]
    alphabet: tuple[str, ...]
    unit: Literal["character", "word", "event"]
    called: str
    test_start: int | None
    in_time: bool
    groups: NDArray[np.int64] | None
    grouped: str
    source: str
    notes: tuple[Told, ...] = ()
    determined: NDArray[np.bool_] | None = None

    @property
    def few(self) -> bool:
        """Whether pieces are too few to be test blocks."""
        return are_few(len(self.lengths), self.test_start)

    @property
    def later(self) -> int | None:
        """The first piece that is tested, and all after it are; None where that is not so."""
        first = tested_from(self.lengths, self.test_start, in_time=self.in_time)
        return None if first is None else first[1]

    @property
    def border(self) -> int | None:
        """The first symbol that is tested, and all after it are; None where pieces are drawn to be tested."""
        first = tested_from(self.lengths, self.test_start, in_time=self.in_time)
        return None if first is None else first[0]

    def sha256(self) -> str:
        """Hash of what decides the answer: the symbols, the pieces, the own split and the groups."""
        told = {"alphabet": self.alphabet, "unit": self.unit, "test_start": self.test_start, "in_time": self.in_time}
        return digest(json.dumps(told), self.codes, self.lengths, self.groups, self.determined)

    def describe(self) -> list[Told]:
        """Say what was understood, a line each; `notes` say what reading changed."""
        n, pieces = len(self.codes), len(self.lengths)
        least, most = int(self.lengths.min()), int(self.lengths.max())
        several = counted(pieces, self.called)
        if pieces > 1:
            each = Told("{low:,} to {high:,}", low=least, high=most) if least < most else f"{most:,}"
            several = Told("{pieces} of {each}", pieces=several, each=each)
        symbols = counted(n, self.unit)
        lines = [Told("{pieces}, {symbols} in all, to tell what comes next", pieces=several, symbols=symbols)]
        learned = self.codes if self.border is None else self.codes[: self.border]
        counts = np.bincount(learned, minlength=len(self.alphabet) + 1)[1:]
        order = np.argsort(-counts, kind="stable")
        common = [f"{shown(self.alphabet[k])} ({counts[k]:,})" for k in order]
        lines.append(Told(DIFFERENT[self.unit], count=len(self.alphabet), names=with_commas(common)))
        rare = [shown(self.alphabet[k]) for k in order if counts[k] < RARE]
        if rare:
            lines.append(Told("less than {count} times: {names}", count=RARE, names=with_commas(rare)))
        return [*lines, *self._unknown(), *self._tested()]

    def _unknown(self) -> list[Told]:
        """How many symbols are read as unknown ones."""
        border, unknown = self.border, self.codes == 0
        if not unknown.any():
            return []
        lines = []
        learned, tested = (unknown, unknown[:0]) if border is None else (unknown[:border], unknown[border:])
        if learned.any():
            form = RARE_WORDS if self.unit == "word" else RARE_SYMBOLS
            many, share = counted(int(learned.sum()), self.unit), f"{learned.mean():.2%}"
            lines.append(Told(form, symbols=many, share=share, least=SEEN_WORDS))
        if tested.any():
            many = counted(int(tested.sum()), self.unit)
            lines.append(
                told_count(
                    "{symbols} of the part to test on is unknown: {share}",
                    "{symbols} of the part to test on are unknown: {share}",
                    int(tested.sum()),
                    symbols=many,
                    share=f"{tested.mean():.2%}",
                )
            )
        return lines

    def _tested(self) -> list[Told]:
        """What is tested, where the data decide it."""
        if self.border is None:
            kept = (
                []
                if self.groups is None
                else [
                    Told(
                        "groups: {count:,} by {name}",
                        count=int(self.groups.max()) + 1,
                        name=EQUAL.get(self.grouped, self.grouped),
                    )
                ]
            )
            return kept
        if self.test_start is not None:
            return [
                Told(
                    "own split: {learned:,} to learn from, {tested:,} to test on",
                    learned=self.test_start,
                    tested=len(self.lengths) - self.test_start,
                )
            ]
        return [Told("to test on: the last {symbols}", symbols=counted(len(self.codes) - self.border, self.unit))]


def are_few(pieces: int, test_start: int | None) -> bool:
    """Whether pieces are too few to be test blocks: those of an own test part, which begins there, or else all."""
    return pieces - (test_start or 0) < FEW


def tested_from(lengths: NDArray[np.int64], test_start: int | None, *, in_time: bool) -> tuple[int, int | None] | None:
    """The first symbol that is tested, and its piece where it begins one; None where pieces are drawn.

    Args:
        lengths: Symbols of each piece.
        test_start: First piece of an own test part.
        in_time: Whether pieces follow each other in time.
    """
    pieces = len(lengths)
    if test_start is None and pieces < FEW:
        return round((1.0 - TEST_SHARE) * int(lengths.sum())), None
    if test_start is None and in_time:  # of few pieces up to a third is tested
        test_start = pieces - max(round(TEST_SHARE * pieces), min(pieces // 3, 3 * FEW))
    return None if test_start is None else (int(lengths[:test_start].sum()), test_start)


def shown(symbol: str) -> str:
    """A symbol for a reader: quoted where it would not be seen."""
    return symbol if symbol.isprintable() and symbol.strip() == symbol and len(symbol) <= 40 else quoted(symbol)

"""From symbols as they are written to their numbers in the alphabet of what is learned from."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from gatewise.data.cues import determined
from gatewise.data.symbols import FEW, SEEN_WORDS, Symbols, shown, tested_from
from gatewise.errors import DataError
from gatewise.languages import Told
from gatewise.text import counted, kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gatewise.data.readers.raw import RawSymbols

MOST_SYMBOLS = 20_000
"""The commonest symbols are told apart, so many at most."""


def symbols_of(raw: RawSymbols) -> Symbols:
    """Number the symbols of texts or events, those to test on last.

    Raises:
        DataError: There is one symbol at most, or nothing to learn from.
    """
    order = np.arange(len(raw.pieces)) if raw.test is None else np.argsort(raw.test, kind="stable")
    kept = [int(k) for k in order if raw.pieces[k]]
    pieces = [raw.pieces[k] for k in kept]
    test_start = None if raw.test is None else int((~raw.test[kept]).sum())
    lengths = np.array([len(piece) for piece in pieces], dtype=np.int64)
    _refuse(pieces, test_start, raw)
    first = tested_from(lengths, test_start, in_time=raw.in_time)
    alphabet = _alphabet(pieces, None if first is None else first[0], raw.unit)
    if len(alphabet) < 2:
        only = f"one {raw.unit}, {shown(alphabet[0])}" if alphabet else f"no {raw.unit} twice"
        raise DataError(f"{raw.source}: got {only}, in what is learned from; expected two different ones or more")
    numbers = {symbol: k + 1 for k, symbol in enumerate(alphabet)}
    # One by one: a list of a long text would take twenty times its memory.
    each = (numbers.get(symbol, 0) for piece in pieces for symbol in piece)
    codes = np.fromiter(each, dtype=np.int32, count=int(lengths.sum()))
    groups, grouped = _groups(raw, kept, pieces)
    empty = len(raw.pieces) - len(pieces)
    notes = (
        (Told("{pieces} without any {symbol} left out", pieces=counted(empty, raw.called), symbol=kind_of(raw.unit)),)
        if empty
        else ()
    )
    about = (raw.unit, raw.called, test_start, raw.in_time)
    follows = determined(lengths, codes == numbers.get(raw.cue, -1)) if raw.cue else None
    return Symbols(codes, lengths, alphabet, *about, groups, grouped, raw.source, (*raw.notes, *notes), follows)


def numbered(pieces: Sequence[Sequence[str]], alphabet: Sequence[str]) -> list[NDArray[np.int64]]:
    """The symbols of each piece by their place in an alphabet, from 1 on; 0 for those that are not in it."""
    numbers = {symbol: k + 1 for k, symbol in enumerate(alphabet)}
    return [np.array([numbers.get(symbol, 0) for symbol in piece], dtype=np.int64) for piece in pieces]


def _refuse(pieces: Sequence[Sequence[str]], test_start: int | None, raw: RawSymbols) -> None:
    if not pieces:
        raise DataError(f"{raw.source}: got no {raw.unit}; expected a text or events to learn from")
    if test_start in (0, len(pieces)):
        part = "test" if test_start else "learn from"
        raise DataError(f"{raw.source}: got nothing to {part}; expected {raw.called}s on both sides of the split")


def _alphabet(pieces: Sequence[Sequence[str]], border: int | None, unit: str) -> tuple[str, ...]:
    """The symbols of what is learned from, in order; words that are seen often enough, and the commonest of all."""
    counts: Counter[str] = Counter()
    left = border
    for piece in pieces:
        counts.update(piece if left is None else piece[:left])
        left = None if left is None else left - len(piece)
        if left is not None and left <= 0:
            break
    least = SEEN_WORDS if unit == "word" else 1
    often = sorted((s for s, count in counts.items() if count >= least), key=lambda s: (-counts[s], s))
    return tuple(sorted(often[:MOST_SYMBOLS]))


def _groups(
    raw: RawSymbols, kept: Sequence[int], pieces: Sequence[Sequence[str]]
) -> tuple[NDArray[np.int64] | None, str]:
    """Whose each piece is; where nothing says it, equal texts are kept together if pieces are drawn to be tested."""
    if raw.groups is not None:
        return np.unique([raw.groups[k] for k in kept], return_inverse=True)[1].astype(np.int64), raw.grouped
    if raw.test is not None or raw.in_time or raw.unit == "event" or len(pieces) < FEW:
        return None, ""
    numbers: dict[Sequence[str], int] = {}
    groups = np.array([numbers.setdefault(piece, len(numbers)) for piece in pieces], dtype=np.int64)
    return (groups, f"equal {raw.called}s") if len(numbers) < len(pieces) else (None, "")

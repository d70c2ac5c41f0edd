"""What the user says of pieces of text: that the longer ones are tested, and from where on all is determined."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gatewise.data.longer import longer_than
from gatewise.errors import OptionError
from gatewise.languages import Told
from gatewise.text import counted, kind_of, quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.readers.raw import RawSymbols


def longer_tested(raw: RawSymbols, split: str) -> RawSymbols:
    """The longer pieces are tested.

    Raises:
        OptionError: There is nothing to part.
    """
    lengths = np.array([len(piece) for piece in raw.pieces])
    border = longer_than(lengths, split, own=raw.test is not None, called=raw.called, step=raw.unit)
    test = lengths > border
    tested, longest = counted(int(test.sum()), raw.called), counted(border, raw.unit)
    note = Told("tested on the {pieces} of more than {symbols} (--split longer)", pieces=tested, symbols=longest)
    return replace(raw, test=test, notes=(*raw.notes, note))


def with_cue(raw: RawSymbols, cue: str) -> RawSymbols:
    """Behind the first ``cue`` of a piece every symbol is determined by those before it.

    Raises:
        OptionError: No piece has it.
    """
    one = raw.unit != "character" or len(cue) == 1
    if not one or not any(cue in piece for piece in raw.pieces):
        raise OptionError(f"--cue {quoted(cue)}: got no {raw.called} with that {raw.unit}; expected one of its symbols")
    note = Told(
        "solved asks for what stands behind the first {cue} of each {piece}, and for its end (--cue)",
        cue=quoted(cue),
        piece=kind_of(raw.called),
    )
    return replace(raw, cue=cue, notes=(*raw.notes, note))


def determined(lengths: NDArray[np.int64], cued: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether each symbol stands behind the first cue of its piece, shape (n,).

    Args:
        lengths: Symbols of each piece, shape (pieces,).
        cued: Whether each symbol is the cue, shape (n,).
    """
    so_far: NDArray[np.int64] = np.cumsum(cued) - cued
    starts = np.cumsum(lengths) - lengths
    behind: NDArray[np.bool_] = so_far > np.repeat(so_far[starts], lengths)
    return behind

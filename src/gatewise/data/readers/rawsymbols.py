"""What a reader of texts or events found: it stands apart, as what they become is one of the kinds of data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class RawSymbols:
    """Texts, or the events of cases, in the order of the source; not yet numbered by an alphabet.

    Attributes:
        pieces: The symbols of each document, line or case: a text whose characters are the symbols, or a tuple of
            words or of names of events.
        unit: What a symbol is.
        called: What a piece is called, in the singular: ``text``, ``line``, ``document``, ``case``, ...
        source: Name of the data, for display.
        labels: The class of each piece by name, where the source has classes; else None.
        groups: Whose each piece is, by name; those of one stay on one side of every split. None where each stands
            alone.
        grouped: What the groups are, by the name that the source has for it; empty without groups.
        test: Whether each piece is to be tested on; None where the source does not say.
        in_time: Whether the pieces follow each other in time, so that later ones are tested.
        notes: What was left out or changed, a sentence each for the user.
        column: Column of a table that the texts are of; empty for texts in files of their own.
        label: Column of a table that the classes are of.
        cue: Behind the first of this symbol in a piece every one is determined by those before it; empty where the
            source says nothing of that.
    """

    pieces: tuple[str, ...] | tuple[tuple[str, ...], ...]
    unit: Literal["character", "word", "event"]
    called: str
    source: str
    labels: tuple[str, ...] | None = None
    groups: tuple[str, ...] | None = None
    grouped: str = ""
    test: NDArray[np.bool_] | None = None
    in_time: bool = False
    notes: tuple[str, ...] = ()
    column: str = ""
    label: str = ""
    cue: str = ""

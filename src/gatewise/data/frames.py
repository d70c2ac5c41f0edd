"""Pieces of channels that are on or off, such as music on the keys of a piano, for a comparison on what is on next."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gatewise.data.series import digest
from gatewise.languages import Told
from gatewise.text import counted, spanned

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Frames:
    """Pieces of which each step has some of several channels on, those to test on behind the others.

    Attributes:
        on: The steps of all pieces, one piece after the other, shape (steps, channels).
        lengths: How many steps each piece has, shape (pieces,).
        channels: Names of the channels.
        test_start: First piece of the data's own test part; None where it brings no split.
        source: Name of the data, for display.
        notes: What reading changed, left out or doubts, one sentence each.
    """

    on: NDArray[np.bool_]
    lengths: NDArray[np.int64]
    channels: tuple[str, ...]
    test_start: int | None
    source: str
    notes: tuple[Told, ...] = ()

    @property
    def learned(self) -> int:
        """Steps of the pieces that are not of the data's own test part."""
        return int(self.lengths[: self.test_start].sum())

    def sha256(self) -> str:
        """Hash of what decides the answer: what is on, lengths, names and own split."""
        return digest(json.dumps({"channels": self.channels, "test_start": self.test_start}), self.on, self.lengths)

    def describe(self) -> list[Told]:
        """Say what was understood, a line each; `notes` say what reading changed."""
        least, most, n = int(self.lengths.min()), int(self.lengths.max()), len(self.lengths)
        each = spanned(least, most)
        lines = [
            Told(
                "{pieces} of {each}, {count:,} steps in all, {channels} on or off",
                pieces=counted(n, "piece"),
                each=each,
                count=len(self.on),
                channels=counted(len(self.channels), "channel"),
            ),
            Told(
                "on at a step: {mean} channels on average; to be told: which are on next",
                mean=f"{self.on.sum(axis=1).mean():.3g}",
            ),
        ]
        if self.test_start is not None:
            lines.append(
                Told(
                    "own split: {learned:,} pieces to learn from, {tested:,} to test on",
                    learned=self.test_start,
                    tested=n - self.test_start,
                )
            )
        return lines

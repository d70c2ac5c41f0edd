"""What is on next: the probability that a model gives each channel after the last frame of each piece."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import polars as pl
import torch
from scipy import special

from gatewise.data.framed import as_frames
from gatewise.data.reading import Reading
from gatewise.rules.score import rule
from gatewise.tasks.next_frame import FrameSection
from gatewise.tasks.stretches import LONGEST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from gatewise.model.network import Network
    from gatewise.rules.protocol import Fitted, FrameRule


def frames_table(
    networks: Sequence[Network],
    fitted: Fitted | None,
    section: Mapping[str, object],
    channels: tuple[str, ...],
    source: object,
) -> pl.DataFrame:
    """A row a piece: the channels that are likelier on than off, and the probability of each.

    Args:
        networks: Whose probabilities are averaged; none for a simple rule.
        fitted: The simple rule; None for networks.
        section: The plan's section.
        channels: Those that the model was trained on.
        source: What the user brings.

    Raises:
        DataError: It cannot be read, or has other channels.
    """
    found = as_frames(source, Reading.stored(FrameSection.model_validate(section).reading), channels)
    ends = np.cumsum(found.lengths)
    pieces = [found.on[max(end - length, end - LONGEST) : end] for end, length in zip(ends, found.lengths, strict=True)]
    chances = np.array([_chances(networks, fitted, piece.astype(np.float32)) for piece in pieces])
    likely = [", ".join(channels[place] for place in np.flatnonzero(row > 0.5)) for row in chances]
    each = [pl.Series(f"p({name})", chances[:, place]) for place, name in enumerate(channels)]
    return pl.DataFrame([pl.Series("piece", np.arange(1, len(pieces) + 1)), pl.Series("likely on", likely), *each])


def _chances(networks: Sequence[Network], fitted: Fitted | None, frames: NDArray[np.float32]) -> NDArray[np.float64]:
    """The probability of each channel to be on after ``frames``, shape (steps, channels)."""
    if fitted is not None:
        said = cast("FrameRule", rule(fitted.name)).following(fitted.arrays, frames)
        of_rule: NDArray[np.float64] = special.expit(said)
        return of_rule
    with torch.inference_mode():
        x = torch.from_numpy(frames)[None]
        read = [network.states(x)[0][:, -1] for network in networks]
        odds = [network.answers(last)[0].double().numpy() for network, last in zip(networks, read, strict=True)]
    found: NDArray[np.float64] = special.expit(np.stack(odds)).mean(axis=0)
    return found

"""Which steps of a sequence each row runs, and at which of them its state is reset."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch.nn import functional as F

from gatewise.errors import CallError

if TYPE_CHECKING:
    from torch import Tensor


class Steps(NamedTuple):
    """Lengths, mask and resets of a batch; None for those not given. Each tensor may have a first axis of M models.

    At a step that a row does not run its state stays as it is and its output is 0. A reset lies between a step and the
    step before it in time, in both directions of running: no state passes it. A reset at a step that a row does not run
    takes effect at the row's next step in time that runs. Run forward, a reset at or before a row's first step hides
    the initial state.

    Attributes:
        lengths: Each row runs the steps before its length, shape (N,), int64.
        mask: Each row runs the steps that are True, shape (N, T), bool.
        reset: The state is set to zero before the steps that are True, shape (N, T), bool.
    """

    lengths: Tensor | None = None
    mask: Tensor | None = None
    reset: Tensor | None = None


EVERY = Steps()
"""Every row runs every step."""


def running(steps: Steps, count: int, device: torch.device) -> Tensor | None:
    """Which steps each row runs.

    Args:
        steps: Lengths, mask and resets, without an axis of models.
        count: Number T of steps.
        device: Device of the result.

    Returns:
        Bools of shape (N, T); None if every row runs every step.
    """
    mask = None if steps.mask is None else steps.mask.to(device)
    if steps.lengths is None:
        return mask
    within = torch.arange(count, device=device) < steps.lengths.to(device).unsqueeze(1)
    return within if mask is None else within & mask


def beginnings(reset: Tensor, run: Tensor | None, *, reverse: bool) -> Tensor:
    """The steps that a row runs from a zero state because of a reset.

    Args:
        reset: Shape (N, T).
        run: Which steps are run, shape (N, T), or None for all.
        reverse: Whether they are run from the last to the first.

    Returns:
        Bools of shape (N, T).
    """
    if run is None:
        run = torch.ones_like(reset)
    # A reset lies between two steps that run one after the other exactly if their counts of resets so far differ.
    count = reset.cumsum(1)
    if not reverse:
        last = torch.where(run, count, 0).cummax(1).values
        return run & (count > F.pad(last[:, :-1], (1, 0)))
    nowhere = reset.shape[1] + 1  # more than any count: in reverse nothing runs before a row's last step in time
    following = torch.where(run, count, nowhere).flip(1).cummin(1).values.flip(1)
    following = F.pad(following[:, 1:], (0, 1), value=nowhere)
    return run & (count < following) & (following < nowhere)


def check_steps(layer: str, lengths: Tensor, steps: int) -> None:
    """Check that lengths are from 0 to T.

    Args:
        layer: The layer's name, for the message.
        lengths: Whole numbers, of any shape.
        steps: Number T of steps.

    Raises:
        InputError: A length is below 0 or above T.
    """
    if lengths.numel() and not 0 <= int(lengths.min()) <= int(lengths.max()) <= steps:
        worst = int(lengths.max()) if int(lengths.max()) > steps else int(lengths.min())
        raise CallError(
            f"{layer}: got a length of {worst}, expected 0 to T = {steps}. "
            f"Type lengths.clamp(0, {steps}), or pad x to the longest row"
        )

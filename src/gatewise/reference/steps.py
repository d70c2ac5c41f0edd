"""Which steps of a sequence each row runs, and where it begins anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch.nn import functional as F

from gatewise.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor


class Steps(NamedTuple):
    """Lengths, mask and resets of a batch; None for those not given. Each tensor may have an axis of M models in front.

    A step that a row does not run leaves its state as it is and has no output. A reset lies between a step and the
    one before it, whichever way the sequence is run: what is on one side does not reach the other. At a step that is
    not run it works at the row's next one that is; forward, one before the row's first step hides the initial state.

    Attributes:
        lengths: A row runs the steps before its length, shape (N,), int64.
        mask: A row runs the steps that are True, shape (N, T), bool.
        reset: The state is put back to zero before the steps that are True, shape (N, T), bool.
    """

    lengths: Tensor | None = None
    mask: Tensor | None = None
    reset: Tensor | None = None


EVERY = Steps()
"""Every row runs every step."""


def running(steps: Steps, count: int, device: torch.device) -> Tensor | None:
    """Which steps each row runs, shape (N, T); None for all.

    Args:
        steps: Without an axis of models.
        count: T.
        device: Of the result.
    """
    mask = None if steps.mask is None else steps.mask.to(device)
    if steps.lengths is None:
        return mask
    within = torch.arange(count, device=device) < steps.lengths.to(device).unsqueeze(1)
    return within if mask is None else within & mask


def beginnings(reset: Tensor, run: Tensor | None, *, reverse: bool) -> Tensor:
    """The steps that are run from a zero state, shape (N, T).

    Args:
        reset: Shape (N, T).
        run: Which steps are run, shape (N, T), or None for all.
        reverse: Whether they are run from the last to the first.
    """
    if run is None:
        run = torch.ones_like(reset)
    # Resets so far tell whether one lies between two steps: between a step and the one that was run before it.
    count = reset.cumsum(1)
    if not reverse:
        last = torch.where(run, count, 0).cummax(1).values
        return run & (count > F.pad(last[:, :-1], (1, 0)))
    nowhere = reset.shape[1] + 1  # a row's last step has none behind it
    following = torch.where(run, count, nowhere).flip(1).cummin(1).values.flip(1)
    following = F.pad(following[:, 1:], (0, 1), value=nowhere)
    return run & (count < following) & (following < nowhere)


def check_steps(layer: str, lengths: Tensor, steps: int) -> None:
    """Lengths are from 0 to T.

    Args:
        layer: Name for the message.
        lengths: Whole numbers.
        steps: T.

    Raises:
        InputError: One is not.
    """
    if lengths.numel() and not 0 <= int(lengths.min()) <= int(lengths.max()) <= steps:
        worst = int(lengths.max()) if int(lengths.max()) > steps else int(lengths.min())
        raise InputError(
            f"{layer}: got a length of {worst}, expected 0 to T = {steps}. "
            f"Type lengths.clamp(0, {steps}), or pad x to the longest row"
        )

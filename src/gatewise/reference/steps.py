"""Which steps of a sequence each row runs, and where it begins anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch

if TYPE_CHECKING:
    from torch import Tensor


class Steps(NamedTuple):
    """What says so; None where nothing does. Each tensor may have an axis of M models in front.

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
    # Run in reverse, a reset works at the step before it, if a later one has been run at all.
    due = torch.zeros_like(reset[:, 0])
    begun = due if reverse else ~due
    found = []
    for now, running in reversed(_by_step(reset, run)) if reverse else _by_step(reset, run):
        due = due if reverse else due | now
        found.append(running & due)
        due, begun = due & ~running, begun | running
        due = (due | now) & begun if reverse else due
    return torch.stack(found[::-1] if reverse else found, 1)


def _by_step(reset: Tensor, run: Tensor) -> list[tuple[Tensor, Tensor]]:
    return list(zip(reset.unbind(1), run.unbind(1), strict=True))

"""The state of a whole layer: zeros, or the caller's, cut into one state per depth and direction and put back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from gatewise.checks import check_state

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

STATES = {"lstm": ("h_0", "c_0"), "gru": ("h_0",), "rnn": ("h_0",)}
"""State vectors of every cell."""


def initial(
    cell: str, hx: Tensor | tuple[Tensor, ...] | None, shape: tuple[int, int, int], like: Tensor, *, batched: bool
) -> list[tuple[Tensor, ...]]:
    """One state for each depth and direction, in the order depth 0 forward, depth 0 backward, depth 1 forward, ...

    Args:
        cell: ``lstm``, ``gru`` or ``rnn``.
        hx: What the caller gave, as torch has it; None for zeros.
        shape: (num_layers · directions, N, H).
        like: A weight of the layer: the dtype and device wanted.
        batched: False where the caller's input, and so the state, has no batch dimension.

    Raises:
        InputError: The state given is of the wrong kind, shape, dtype or device.
    """
    if hx is None:
        zeros = torch.zeros(shape, dtype=like.dtype, device=like.device)
        hx = (zeros,) * len(STATES[cell])
    else:
        wanted = shape if batched else (shape[0], shape[2])
        check_state(cell.upper(), hx, names=STATES[cell], shape=wanted, like=like)
        hx = (hx,) if isinstance(hx, torch.Tensor) else hx
    parts = [part if part.dim() == 3 else part.unsqueeze(1) for part in hx]
    return list(zip(*(part.unbind(0) for part in parts), strict=True))


def final(states: Sequence[tuple[Tensor, ...]], *, batched: bool) -> tuple[Tensor, ...]:
    """The reverse of `initial`: each state vector stacked, shape (num_layers · directions, N, H), N only if batched."""
    stacked = tuple(torch.stack(parts) for parts in zip(*states, strict=True))
    return stacked if batched else tuple(part.squeeze(1) for part in stacked)

"""The state of a whole layer: zeros, learned, or the caller's, cut into one per depth and direction and put back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from gatewise.errors import InputError
from gatewise.nn.checks import check_state

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

STATES = {"lstm": ("h_0", "c_0"), "gru": ("h_0",), "rnn": ("h_0",)}
"""State vectors of every cell."""


def initial(
    cell: str, hx: Tensor | tuple[Tensor, ...] | None, shape: tuple[int, int, int], like: Tensor, *, batched: bool
) -> list[tuple[Tensor | None, Tensor | None]]:
    """One state for each depth and direction, in the order depth 0 forward, depth 0 backward, depth 1 forward, ...

    Args:
        cell: ``lstm``, ``gru`` or ``rnn``.
        hx: What the caller gave, as torch has it; None for zeros.
        shape: (num_layers · directions, N, H).
        like: A weight of the layer: the expected dtype and device.
        batched: False where the caller's input, and so the state, has no batch dimension.

    Returns:
        h_0 and c_0 of shape (1, N, H); None for zeros, and for c_0 where there is none.

    Raises:
        InputError: The state given is of the wrong kind, shape, dtype or device.
    """
    if hx is None:
        return [(None, None)] * shape[0]
    wanted = shape if batched else (shape[0], shape[2])
    check_state(cell.upper(), hx, names=STATES[cell], shape=wanted, like=like)
    given = (hx,) if isinstance(hx, torch.Tensor) else hx
    h, c = (*(given if batched else (part.unsqueeze(1) for part in given)), None)[:2]
    if shape[0] == 1:
        return [(h, c)]
    return list(zip(torch.split(h, 1), [None] * shape[0] if c is None else torch.split(c, 1), strict=True))


def shared(parts: Sequence[Tensor], rows: int | None) -> Tensor | tuple[Tensor, ...]:
    """A state that all rows of a batch share, as the caller would give it.

    Args:
        parts: h_0, and c_0 of an LSTM, each of shape (num_layers · directions, H), of a cell (H,).
        rows: N; None for a single sequence, whose state has no batch dimension.
    """
    spread = parts if rows is None else [part.unsqueeze(-2).expand(*part.shape[:-1], rows, -1) for part in parts]
    return spread[0] if len(spread) == 1 else tuple(spread)


def final(states: Sequence[tuple[Tensor, ...]], *, batched: bool) -> tuple[Tensor, ...]:
    """The reverse of `initial`: each state vector joined, shape (num_layers · directions, N, H), N only if batched."""
    joined = states[0] if len(states) == 1 else tuple(torch.cat(parts) for parts in zip(*states, strict=True))
    return joined if batched else tuple(part.squeeze(1) for part in joined)


def summary(cell: str, kind: str, state: object, size: tuple[int, int], directions: int) -> Tensor:
    """`Recurrent.summary` of a layer of class ``kind`` whose h_n has the ``size`` (num_layers · directions, H)."""
    h_n, lstm = state, cell == "lstm"
    if lstm and isinstance(state, (tuple, list)) and len(state) == 2:
        h_n = state[0]
    first, hidden = size
    if not isinstance(h_n, torch.Tensor) or h_n.dim() not in (2, 3) or (h_n.shape[0], h_n.shape[-1]) != (first, hidden):
        came = f"shape {tuple(h_n.shape)}" if isinstance(h_n, torch.Tensor) else f"type {type(h_n).__name__}"
        returned = "(h_n, c_n)" if lstm else "h_n"
        raise InputError(
            f"{kind}.summary: got a state of {came}, expected h_n of shape ({first}, N, {hidden}), or "
            f"({first}, {hidden}) for a single sequence. Type output, {returned} = {kind.lower()}(x), "
            f"then {kind.lower()}.summary(h_n)"
        )
    return h_n[-directions:].movedim(0, -2).flatten(-2)

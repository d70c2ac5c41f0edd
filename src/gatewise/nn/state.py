"""The state of a whole layer, split into the states of its depths and directions, and joined again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from gatewise.errors import CallError
from gatewise.nn.autocast import in_dtype_of
from gatewise.nn.checks import check_state

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

STATES = {"lstm": ("h_0", "c_0"), "gru": ("h_0",), "rnn": ("h_0",)}
"""Names of the initial states of every cell."""


def initial(
    cell: str,
    hx: Tensor | tuple[Tensor, ...] | None,
    shape: tuple[int, int, int],
    like: Tensor,
    *,
    batched: bool,
    width: int,
) -> list[tuple[Tensor | None, Tensor | None]]:
    """Check the initial state of a layer and split it into one for each depth and direction.

    Args:
        cell: ``lstm``, ``gru`` or ``rnn``.
        hx: h_0, of an LSTM (h_0, c_0), each of shape (num_layers · directions, N, H); None for zeros.
        shape: (num_layers · directions, N, H).
        like: A weight of the layer, whose dtype and device are expected.
        batched: Whether the caller's input, and so the state, has a batch dimension.
        width: Channels of h_0, which with a projection are fewer than H.

    Returns:
        (h_0, c_0) of depth 0 forward, depth 0 backward, depth 1 forward and so on, each of shape (1, N, H); None for
        zeros, and None for c_0 of a cell without one.

    Raises:
        InputError: The state has another number of tensors, or one of them another shape, dtype or device.
    """
    if hx is None:
        return [(None, None)] * shape[0]
    expected, hx = shape if batched else (shape[0], shape[2]), in_dtype_of(like, hx)
    check_state(cell.upper(), hx, names=STATES[cell], shape=expected, like=like, width=width)
    given = (hx,) if isinstance(hx, torch.Tensor) else hx
    h, c = (*(given if batched else (part.unsqueeze(1) for part in given)), None)[:2]
    if shape[0] == 1:
        return [(h, c)]
    return list(zip(torch.split(h, 1), [None] * shape[0] if c is None else torch.split(c, 1), strict=True))


def shared(parts: Sequence[Tensor], rows: int | None) -> Tensor | tuple[Tensor, ...]:
    """A learned state for all rows of a batch, in the form in which a caller gives a state.

    Args:
        parts: h_0, and c_0 of an LSTM, each of shape (num_layers · directions, H), or (H,) for a single cell.
        rows: Number N of rows; None for a single sequence, whose state has no batch dimension.

    Returns:
        h_0, of an LSTM (h_0, c_0), each of shape (num_layers · directions, N, H), or (N, H) for a single cell.
    """
    spread = parts if rows is None else [part.unsqueeze(-2).expand(*part.shape[:-1], rows, -1) for part in parts]
    return spread[0] if len(spread) == 1 else tuple(spread)


def final(states: Sequence[tuple[Tensor, ...]], *, batched: bool) -> tuple[Tensor, ...]:
    """Join the final states of all depths and directions: the reverse of `initial`.

    Args:
        states: h_n, and c_n of an LSTM, of every depth and direction, each of shape (1, N, H).
        batched: Whether the result has a batch dimension.

    Returns:
        h_n, and c_n of an LSTM, each of shape (num_layers · directions, N, H), without N if not ``batched``.
    """
    whole = states[0] if len(states) == 1 else tuple(torch.cat(parts) for parts in zip(*states, strict=True))
    return whole if batched else tuple(part.squeeze(1) for part in whole)


def summary(cell: str, kind: str, state: object, size: tuple[int, int], directions: int) -> Tensor:
    """Compute `Recurrent.summary`.

    Args:
        cell: ``lstm``, ``gru`` or ``rnn``.
        kind: Class name of the layer, for the message.
        state: h_n, of an LSTM also (h_n, c_n).
        size: (num_layers · directions, H) of the layer.
        directions: 1 or 2.

    Returns:
        Shape (N, directions · H), or (directions · H,) for a single sequence.

    Raises:
        InputError: ``state`` has not the shape of a state of this layer.
    """
    h_n, lstm = state, cell == "lstm"
    if lstm and isinstance(state, (tuple, list)) and len(state) == 2:
        h_n = state[0]
    first, hidden = size
    if not isinstance(h_n, torch.Tensor) or h_n.dim() not in (2, 3) or (h_n.shape[0], h_n.shape[-1]) != (first, hidden):
        got = f"shape {tuple(h_n.shape)}" if isinstance(h_n, torch.Tensor) else f"type {type(h_n).__name__}"
        returned = "(h_n, c_n)" if lstm else "h_n"
        raise CallError(
            f"{kind}.summary: got a state of {got}, expected h_n of shape ({first}, N, {hidden}), or "
            f"({first}, {hidden}) for a single sequence. Type output, {returned} = {kind.lower()}(x), "
            f"then {kind.lower()}.summary(h_n)"
        )
    return h_n[-directions:].movedim(0, -2).flatten(-2)

"""One step of the plain tanh RNN: the specification in plain torch operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

GATES = ("candidate",)
"""There is one row block: the candidate is the new state."""


def rnn_step(
    state: tuple[Tensor], projected: Tensor, weight_hh: Tensor, *, dropped: Tensor | None = None
) -> tuple[tuple[Tensor], tuple[Tensor, ...]]:
    r"""The state after one more time step, and the candidate, which is the state.

    .. math:: h_t = \tanh(W [h_{t-1}, x_t] + b)

    Source: Elman 1990, Cognitive Science 14(2), 179-211, with tanh in place of the logistic function.

    Args:
        state: (h,) after the step before, shape (N, H).
        projected: Product of the input with its weights, plus the bias, shape (N, H).
        weight_hh: Weights of the state, transposed, shape (H, H).
        dropped: Recurrent dropout: factors of h in the product, shape (N, H). None for none.

    Returns:
        The state (h,), and the candidate, which is h as well, each of shape (N, H).
    """
    (h,) = state
    h = torch.addmm(projected, h if dropped is None else h * dropped, weight_hh).tanh()
    return (h,), (h,)

"""One step of the plain tanh RNN: the specification in plain torch operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

GATES = ("candidate",)
"""The one block: the candidate is the new state."""


def rnn_step(
    state: tuple[Tensor], projected: Tensor, weight_hh: Tensor, *, dropped: Tensor | None = None
) -> tuple[tuple[Tensor], tuple[Tensor, ...]]:
    r"""The state after one more time step, and the candidate, which is the state.

    .. math:: h_t = \tanh(W [h_{t-1}, x_t] + b)

    Source: Elman 1990, Cognitive Science 14(2), 179-211, with tanh in place of the logistic function.

    Args:
        state: h of the step before, shape (N, H).
        projected: The input's part, bias included, shape (N, H).
        weight_hh: The state's part, transposed, shape (H, H).
        dropped: Factors of h in the product, shape (N, H).

    Returns:
        (h,), and the same as the candidate, shape (N, H).
    """
    (h,) = state
    h = torch.addmm(projected, h if dropped is None else h * dropped, weight_hh).tanh()
    return (h,), (h,)

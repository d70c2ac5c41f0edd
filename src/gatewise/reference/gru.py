"""One step of the GRU in both forms, reset before and reset after the product: the specification in plain torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from gatewise.reference.norm import add_product, product

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

GATES = ("reset", "update", "candidate")
"""The order of the row blocks. The steps take the weights of both gates in one matrix, the candidate's in another."""


def gru_step(
    state: tuple[Tensor],
    projected: Tensor,
    projected_candidate: Tensor,
    weight_hh: Tensor,
    weight_candidate: Tensor,
    update: str | None,
    *,
    gate: Callable[[Tensor], Tensor] = torch.sigmoid,
    dropped: Tensor | None = None,
    gain: Tensor | None = None,
    gain_candidate: Tensor | None = None,
) -> tuple[tuple[Tensor], tuple[Tensor, ...]]:
    r"""The state after one more time step of the textbook GRU, reset **before** the product, and its gates.

    .. math::
        r_t &= σ(W_r [h_{t-1}, x_t] + b_r) \\
        z_t &= σ(W_z [h_{t-1}, x_t] + b_z) \\
        \tilde h_t &= \tanh(W [r_t * h_{t-1}, x_t] + b) \\
        h_t &= (1 - z_t) * h_{t-1} + z_t * \tilde h_t

    where r is the reset gate, z the update gate and h̃ the candidate. This is ``update="candidate"``; with
    ``"state"`` z weighs the old state instead: h_t = z_t * h_{t-1} + (1 - z_t) * h̃_t.

    Source: Cho et al. 2014, arXiv:1406.1078v3, equations 5 to 8 (where z weighs the old state); Chung et al. 2014,
    arXiv:1412.3555, equations 4 to 7 (where it weighs the candidate).

    Args:
        state: (h,) after the step before, shape (N, H).
        projected: Product of the input with both gates' weights, plus the biases, shape (N, 2H), reset then update.
        projected_candidate: Product of the input with the candidate's weights, plus the bias, shape (N, H).
        weight_hh: The gates' weights of the state, transposed, shape (H, 2H).
        weight_candidate: The candidate's weights of the state, transposed, shape (H, H).
        update: What z weighs, ``candidate`` or ``state``.
        gate: Activation function of the gates.
        dropped: Recurrent dropout: factors of h in the products, shape (N, H); z weighs h without them. None for none.
        gain: Layer norm: gain of the state's product with the gates' weights, which is normalised over both gates
            together, shape (2H,) (Ba, Kiros and Hinton 2016, arXiv:1607.06450, equations 27 to 29). None for none.
        gain_candidate: Layer norm: the same for the candidate, shape (H,).

    Returns:
        The state (h,), and the gates in the order of `GATES`, each of shape (N, H).
    """
    (h,) = state
    seen = h if dropped is None else h * dropped
    r, z = gate(add_product(projected, seen, weight_hh, gain)).chunk(2, 1)
    candidate = add_product(projected_candidate, r * seen, weight_candidate, gain_candidate).tanh()
    return (_blend(h, candidate, z, update),), (r, z, candidate)


def gru_after_step(
    state: tuple[Tensor],
    projected: Tensor,
    projected_candidate: Tensor,
    weight_hh: Tensor,
    weight_candidate: Tensor,
    bias_candidate: Tensor | None,
    update: str | None,
    *,
    gate: Callable[[Tensor], Tensor] = torch.sigmoid,
    dropped: Tensor | None = None,
    gain: Tensor | None = None,
    gain_candidate: Tensor | None = None,
) -> tuple[tuple[Tensor], tuple[Tensor, ...]]:
    r"""The state after one more time step of the GRU with reset **after** the product, as in torch, and its gates.

    As `gru_step`, but the reset gate acts on the product, its bias included:

    .. math:: \tilde h_t = \tanh(W_x x_t + b_x + r_t * (W_h h_{t-1} + b_h))

    The two forms are different functions: no weights of one make it compute the other.

    Source: Cho et al. 2014, arXiv:1406.1078v1; Appleyard, Kocisky and Blunsom 2016, arXiv:1604.01946 (cuDNN).

    Args:
        state: As in `gru_step`.
        projected: As in `gru_step`.
        projected_candidate: As in `gru_step`, with the bias b_x alone.
        weight_hh: As in `gru_step`.
        weight_candidate: The candidate's weights of the state, not transposed, shape (H, H).
        bias_candidate: The bias b_h, which the reset gate multiplies, shape (H,), or None.
        update: As in `gru_step`.
        gate: As in `gru_step`.
        dropped: As in `gru_step`.
        gain: As in `gru_step`.
        gain_candidate: As in `gru_step`; the bias b_h is added to the normalised product.

    Returns:
        As in `gru_step`.
    """
    (h,) = state
    seen = h if dropped is None else h * dropped
    r, z = gate(add_product(projected, seen, weight_hh, gain)).chunk(2, 1)
    inside = product(seen, weight_candidate, bias_candidate, gain_candidate)
    candidate = (projected_candidate + r * inside).tanh()
    return (_blend(h, candidate, z, update),), (r, z, candidate)


def _blend(h: Tensor, candidate: Tensor, z: Tensor, update: str | None) -> Tensor:
    """The new state: old state and candidate, mixed by z; all of shape (N, H)."""
    candidate, z = candidate.to(h.dtype), z.to(h.dtype)  # under torch.autocast they are not of the state's dtype
    return torch.lerp(h, candidate, z) if update == "candidate" else torch.lerp(candidate, h, z)

"""One step of the LSTM: the specification in plain torch operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from gatewise.reference.norm import add_product, normalised

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

GATES = ("input", "forget", "candidate", "output")
"""The order of the row blocks in the weights that `lstm_step` takes."""


def lstm_step(
    state: tuple[Tensor, Tensor],
    projected: Tensor,
    weight_hh: Tensor,
    *,
    gate: Callable[[Tensor], Tensor] = torch.sigmoid,
    dropped: Tensor | None = None,
    peepholes: Tensor | None = None,
    gain: Tensor | None = None,
    cell_norm: Tensor | None = None,
) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, ...]]:
    r"""The state after one more time step, and the gates of the step.

    .. math::
        i_t &= σ(W_i [h_{t-1}, x_t] + b_i) \\
        f_t &= σ(W_f [h_{t-1}, x_t] + b_f) \\
        \tilde c_t &= \tanh(W_c [h_{t-1}, x_t] + b_c) \\
        o_t &= σ(W_o [h_{t-1}, x_t] + b_o) \\
        c_t &= f_t * c_{t-1} + i_t * \tilde c_t \\
        h_t &= o_t * \tanh(c_t)

    where i is the input gate, f the forget gate, c̃ the candidate, o the output gate, c the cell state, h the state, σ
    the logistic function and * the elementwise product. With peepholes, p_i * c_{t-1} and p_f * c_{t-1} are added to
    the sums of input and forget gate, and p_o * c_t to that of the output gate. With layer norm, the state's product is
    normalised over all four blocks together, and h_t = o_t * tanh(LN(c_t)).

    Source: Hochreiter and Schmidhuber 1997, Neural Computation 9(8), 1735-1780; forget gate: Gers, Schmidhuber and
    Cummins 2000, Neural Computation 12(10), 2451-2471; peepholes: Gers and Schmidhuber 2000, IJCNN, "Recurrent nets
    that time and count"; layer norm: Ba, Kiros and Hinton 2016, arXiv:1607.06450, equations 20 to 22.

    Args:
        state: (h, c) after the step before, each of shape (N, H).
        projected: Product of the input with its weights, plus the biases, shape (N, 4H), blocks as in `GATES`.
        weight_hh: Weights of the state, transposed, shape (H, 4H).
        gate: Activation function of the gates.
        dropped: Recurrent dropout: factors of h in the products, shape (N, H). None for none.
        peepholes: Weights p_i, p_f and p_o of the cell state in the gates, shape (3, H). None for none.
        gain: Layer norm: gain of the normalised product of the state, shape (4H,). None for none.
        cell_norm: Layer norm: gain and shift of the normalised cell state, shape (2, H). None for none.

    Returns:
        The state (h, c), and the gates in the order of `GATES`, each of shape (N, H).
    """
    h, c = state
    seen = h if dropped is None else h * dropped
    i, f, candidate, o = add_product(projected, seen, weight_hh, gain).chunk(4, 1)
    if peepholes is not None:
        i, f = i + peepholes[0] * c, f + peepholes[1] * c
    i, f, candidate = gate(i), gate(f), candidate.tanh()
    c = f * c + i * candidate
    o = gate(o if peepholes is None else o + peepholes[2] * c)
    shown = c if cell_norm is None else normalised(c, cell_norm[0], cell_norm[1])
    return (o * shown.tanh(), c), (i, f, candidate, o)

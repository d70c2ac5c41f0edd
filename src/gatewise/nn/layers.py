"""The layers LSTM, GRU and RNN: torch's constructor and call, the published equations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from gatewise.errors import InputError
from gatewise.nn.checks import check_nonlinearity
from gatewise.nn.gates import GRUGates, LSTMGates, RNNGates
from gatewise.nn.init import Init
from gatewise.nn.packed import Packed
from gatewise.nn.recurrent import Recurrent
from gatewise.nn.regularize import Regularize
from gatewise.nn.stream import Steppers
from gatewise.nn.variant import Variant
from gatewise.reference.conventions import Convention

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor
    from torch.nn.utils.rnn import PackedSequence


class LSTM(Recurrent):
    r"""Long short-term memory over a sequence: three gates and a cell state.

    .. math::
        i_t &= σ(W_i [h_{t-1}, x_t] + b_i), \quad f_t = σ(W_f [h_{t-1}, x_t] + b_f) \\
        \tilde c_t &= \tanh(W_c [h_{t-1}, x_t] + b_c), \quad o_t = σ(W_o [h_{t-1}, x_t] + b_o) \\
        c_t &= f_t * c_{t-1} + i_t * \tilde c_t, \quad h_t = o_t * \tanh(c_t)

    Here i is the input gate, f the forget gate, c̃ the candidate, o the output gate, c the cell state, h the state, σ
    the logistic function and * the elementwise product. This is the function of ``torch.nn.LSTM``, with one bias per
    gate in place of two that are added.

    Source: Hochreiter and Schmidhuber 1997, Neural Computation 9(8), 1735-1780; forget gate: Gers, Schmidhuber and
    Cummins 2000, Neural Computation 12(10), 2451-2471.

    Args:
        input_size: Number I of channels of x.
        hidden_size: Size H of h and c.
        num_layers: Number of layers stacked on each other; each reads the outputs of the one below.
        bias: Whether the gates have biases.
        batch_first: Whether x and output have shape (N, T, ...) in place of (T, N, ...); states keep their shape.
        dropout: Share of the outputs that is set to 0 in training between one layer and the next.
        bidirectional: Whether a second cell runs from each row's last step to its first; the output then has the
            channels of both, 2H.
        proj_size: Size P of h = W_hr (o * tanh(c)), below H, as in ``torch.nn.LSTM``; output and h then have P in place
            of H channels. 0 for no projection. Without ``init``, ``regularize`` and ``variant``.
        device: Device of the parameters; None for torch's default.
        dtype: Floating-point dtype of the parameters; None for torch's default.
        convention: How parameters are packed: ``textbook``, one bias per gate; ``torch``, two; ``keras``; or ``onnx``.
        init: Initial weights, biases and state, see `gatewise.Init`; None draws all from U(-1/√H, 1/√H), as torch does.
        regularize: Dropout of the state or the recurrent weights, or zoneout, see `gatewise.Regularize`; None for none.
        variant: Changes to the gates, see `gatewise.Variant`; None for the cell as published.
        checkpoint: Number of steps, rounded up to a multiple of 64, from one state that is kept for backward to the
            next; backward computes the rest again. Long sequences then take little memory, and gradients have the same
            bits. None keeps everything, and so do calls with ``return_gates`` and paths without the kernels. The random
            numbers of zoneout are kept in any case, H a step and row for each state.
        generator: Random numbers for the initial weights; None for torch's global generator.

    Attributes:
        weight_ih_l0: Shape (4H, I), row blocks input, forget, candidate, output (see `gate_order`). Names of further
            layers end in ``_l1``, ``_l2``, ..., those of the backward direction in ``_reverse``.
        weight_hh_l0: Shape (4H, H).
        bias_ih_l0: Shape (4H,).
        bias_hh_l0: Shape (4H,), only in conventions with two biases per gate.
        weight_hr_l0: Shape (P, H), only with ``proj_size``; ``weight_hh_l0`` then has shape (4H, P).

    Raises:
        OptionError: An argument has a value that is not allowed.
    """

    cell = "lstm"
    mode = "LSTM"

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: torch.device | str | int | None = None,
        dtype: torch.dtype | None = None,
        *,
        convention: str = "textbook",
        init: Init | None = None,
        regularize: Regularize | None = None,
        variant: Variant | None = None,
        checkpoint: int | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(
            input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, device, dtype,
            convention=convention, init=init, regularize=regularize, variant=variant, checkpoint=checkpoint,
            generator=generator, proj_size=proj_size,
        )  # fmt: skip

    def forward(
        self,
        input: Tensor | PackedSequence,
        hx: tuple[Tensor, Tensor] | None = None,
        *,
        lengths: Tensor | Sequence[int] | None = None,
        mask: Tensor | None = None,
        reset: Tensor | None = None,
        return_gates: bool = False,
        generator: torch.Generator | None = None,
    ) -> (
        tuple[Tensor | PackedSequence, tuple[Tensor, Tensor]]
        | tuple[Tensor | PackedSequence, tuple[Tensor, Tensor], LSTMGates]
    ):
        """Run the layer.

        Args:
            input: Shape (T, N, I), or (N, T, I) with ``batch_first``, or (T, I) for a single sequence; or a
                PackedSequence.
            hx: Initial state (h_0, c_0), each of shape (num_layers · directions, N, H), without N for a single
                sequence. None for the learned state if the layer has one (`gatewise.Init`), else zeros.
            lengths: Number of steps of each row, shape (N,). Later steps are not read, and the output there is 0.
            mask: True at the steps that a row runs, shape (N, T) with ``batch_first`` or without, (T,) for a single
                sequence. At all other steps the state stays as it is, x is not read, and the output and all gradients
                are 0.
            reset: True at the steps before which the state is set to zero, shape as mask: no state passes between such
                a step and the step before it, in either direction. A reset at a step that a row does not run takes
                effect at the row's next step that runs.
            return_gates: Whether to also return every gate at every step; not for a packed input.
            generator: Random numbers for ``dropout`` and ``regularize`` in training; None for torch's global generator.

        Returns:
            output: h of the top layer at every step, shape as the input but with H · directions channels.
            (h_n, c_n): The state after each row's last step, in the backward direction its first; shapes as hx.
            gates: Only with ``return_gates``: `LSTMGates`, that is input, forget, candidate, output and cell. Each has
                the shape of the output of one layer and direction, and with several of these a first axis of
                num_layers · directions, in the order of h_n. They are 0 where a row does not run, and gradients flow
                through them.

        Raises:
            InputError: An argument has a wrong type, shape, dtype or device.
        """
        output, (h_n, c_n), gates = self._run(input, hx, (lengths, mask, reset), return_gates, generator)
        return (output, (h_n, c_n), LSTMGates(*gates)) if return_gates else (output, (h_n, c_n))

    get_expected_cell_size = nn.LSTM.get_expected_cell_size
    check_forward_args = nn.LSTM.check_forward_args  # type: ignore[assignment]
    permute_hidden = nn.LSTM.permute_hidden  # type: ignore[assignment]


class GRU(Recurrent):
    r"""Gated recurrent unit over a sequence: two gates, no cell state, reset **before** the product.

    .. math::
        r_t &= σ(W_r [h_{t-1}, x_t] + b_r), \quad z_t = σ(W_z [h_{t-1}, x_t] + b_z) \\
        \tilde h_t &= \tanh(W [r_t * h_{t-1}, x_t] + b) \\
        h_t &= (1 - z_t) * h_{t-1} + z_t * \tilde h_t

    Here r is the reset gate, z the update gate and h̃ the candidate. This is not the function of ``torch.nn.GRU``,
    which resets after the product, has two biases and lets z weigh the old state. For that function choose
    ``convention="torch"``; `gatewise.from_torch` takes over the weights.

    Source: Cho et al. 2014, arXiv:1406.1078v3, equations 5 to 8; Chung et al. 2014, arXiv:1412.3555, equations 4 to 7.

    Args:
        input_size: Number I of channels of x.
        hidden_size: Size H of h.
        num_layers: Number of layers stacked on each other; each reads the outputs of the one below.
        bias: Whether the gates have biases.
        batch_first: Whether x and output have shape (N, T, ...) in place of (T, N, ...); the state keeps its shape.
        dropout: Share of the outputs that is set to 0 in training between one layer and the next.
        bidirectional: Whether a second cell runs from each row's last step to its first; the output then has the
            channels of both, 2H.
        device: Device of the parameters; None for torch's default.
        dtype: Floating-point dtype of the parameters; None for torch's default.
        convention: The form of the GRU and how its parameters are packed: ``textbook``, ``torch``, ``keras``,
            ``keras-reset-before``, ``onnx`` or ``onnx-reset-after``, see `gatewise.reference.conventions`.
        init: Initial weights, biases and state, see `gatewise.Init`; None draws all from U(-1/√H, 1/√H), as torch does.
        regularize: Dropout of the state or the recurrent weights, or zoneout, see `gatewise.Regularize`; None for none.
        variant: Changes to the gates, see `gatewise.Variant`; None for the cell as published.
        checkpoint: Number of steps, rounded up to a multiple of 64, from one state that is kept for backward to the
            next; backward computes the rest again. Long sequences then take little memory, and gradients have the same
            bits. None keeps everything, and so do calls with ``return_gates`` and paths without the kernels. The random
            numbers of zoneout are kept in any case, H a step and row for each state.
        generator: Random numbers for the initial weights; None for torch's global generator.

    Attributes:
        weight_ih_l0: Shape (3H, I), row blocks reset, update, candidate (see `gate_order`). Names of further layers end
            in ``_l1``, ``_l2``, ..., those of the backward direction in ``_reverse``.
        weight_hh_l0: Shape (3H, H).
        bias_ih_l0: Shape (3H,).
        bias_hh_l0: Shape (3H,), only in conventions with two biases per gate.

    Raises:
        OptionError: An argument has a value that is not allowed.
    """

    cell = "gru"
    mode = "GRU"

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: torch.device | str | int | None = None,
        dtype: torch.dtype | None = None,
        *,
        convention: str = "textbook",
        init: Init | None = None,
        regularize: Regularize | None = None,
        variant: Variant | None = None,
        checkpoint: int | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(
            input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, device, dtype,
            convention=convention, init=init, regularize=regularize, variant=variant, checkpoint=checkpoint,
            generator=generator,
        )  # fmt: skip

    def forward(
        self,
        input: Tensor | PackedSequence,
        hx: Tensor | None = None,
        *,
        lengths: Tensor | Sequence[int] | None = None,
        mask: Tensor | None = None,
        reset: Tensor | None = None,
        return_gates: bool = False,
        generator: torch.Generator | None = None,
    ) -> tuple[Tensor | PackedSequence, Tensor] | tuple[Tensor | PackedSequence, Tensor, GRUGates]:
        """Run the layer.

        Args:
            input: Shape (T, N, I), or (N, T, I) with ``batch_first``, or (T, I) for a single sequence; or a
                PackedSequence.
            hx: Initial state h_0, shape (num_layers · directions, N, H), without N for a single sequence. None for the
                learned state if the layer has one (`gatewise.Init`), else zeros.
            lengths: Number of steps of each row, shape (N,). Later steps are not read, and the output there is 0.
            mask: True at the steps that a row runs, shape (N, T) with ``batch_first`` or without, (T,) for a single
                sequence. At all other steps the state stays as it is, x is not read, and the output and all gradients
                are 0.
            reset: True at the steps before which the state is set to zero, shape as mask: no state passes between such
                a step and the step before it, in either direction. A reset at a step that a row does not run takes
                effect at the row's next step that runs.
            return_gates: Whether to also return every gate at every step; not for a packed input.
            generator: Random numbers for ``dropout`` and ``regularize`` in training; None for torch's global generator.

        Returns:
            output: h of the top layer at every step, shape as the input but with H · directions channels.
            h_n: The state after each row's last step, in the backward direction its first; shape as hx.
            gates: Only with ``return_gates``: `GRUGates`, that is reset, update (z of the convention) and candidate.
                Each has the shape of the output of one layer and direction, and with several of these a first axis of
                num_layers · directions, in the order of h_n. They are 0 where a row does not run, and gradients flow
                through them.

        Raises:
            InputError: An argument has a wrong type, shape, dtype or device.
        """
        output, (h_n,), gates = self._run(input, hx, (lengths, mask, reset), return_gates, generator)
        return (output, h_n, GRUGates(*gates)) if return_gates else (output, h_n)


class RNN(Recurrent):
    r"""The plain tanh network that both gated cells improve on.

    .. math:: h_t = \tanh(W [h_{t-1}, x_t] + b)

    This is the function of ``torch.nn.RNN``, with one bias in place of two that are added.

    Source: Elman 1990, Cognitive Science 14(2), 179-211, with tanh in place of the logistic function.

    Args:
        input_size: Number I of channels of x.
        hidden_size: Size H of h.
        num_layers: Number of layers stacked on each other; each reads the outputs of the one below.
        nonlinearity: Only ``tanh`` is allowed.
        bias: Whether the cell has biases.
        batch_first: Whether x and output have shape (N, T, ...) in place of (T, N, ...); the state keeps its shape.
        dropout: Share of the outputs that is set to 0 in training between one layer and the next.
        bidirectional: Whether a second cell runs from each row's last step to its first; the output then has the
            channels of both, 2H.
        device: Device of the parameters; None for torch's default.
        dtype: Floating-point dtype of the parameters; None for torch's default.
        convention: How parameters are packed: ``textbook``, one bias; or ``torch``, two.
        init: Initial weights, biases and state, see `gatewise.Init`; None draws all from U(-1/√H, 1/√H), as torch does.
        regularize: Dropout of the state or the recurrent weights, or zoneout, see `gatewise.Regularize`; None for none.
        variant: Changes to the gates, see `gatewise.Variant`; None for the cell as published.
        checkpoint: Number of steps, rounded up to a multiple of 64, from one state that is kept for backward to the
            next; backward computes the rest again. Long sequences then take little memory, and gradients have the same
            bits. None keeps everything, and so do calls with ``return_gates`` and paths without the kernels. The random
            numbers of zoneout are kept in any case, H a step and row for each state.
        generator: Random numbers for the initial weights; None for torch's global generator.

    Attributes:
        weight_ih_l0: Shape (H, I). Names of further layers end in ``_l1``, ``_l2``, ..., those of the backward
            direction in ``_reverse``.
        weight_hh_l0: Shape (H, H).
        bias_ih_l0: Shape (H,).
        bias_hh_l0: Shape (H,), only in conventions with two biases.

    Raises:
        OptionError: An argument has a value that is not allowed, such as another nonlinearity.
    """

    cell = "rnn"
    mode = "RNN_TANH"

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: torch.device | str | int | None = None,
        dtype: torch.dtype | None = None,
        *,
        convention: str = "textbook",
        init: Init | None = None,
        regularize: Regularize | None = None,
        variant: Variant | None = None,
        checkpoint: int | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        check_nonlinearity(nonlinearity, "torch.nn.RNN")
        super().__init__(
            input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, device, dtype,
            convention=convention, init=init, regularize=regularize, variant=variant, checkpoint=checkpoint,
            generator=generator,
        )  # fmt: skip
        self.nonlinearity = nonlinearity

    def forward(
        self,
        input: Tensor | PackedSequence,
        hx: Tensor | None = None,
        *,
        lengths: Tensor | Sequence[int] | None = None,
        mask: Tensor | None = None,
        reset: Tensor | None = None,
        return_gates: bool = False,
        generator: torch.Generator | None = None,
    ) -> tuple[Tensor | PackedSequence, Tensor] | tuple[Tensor | PackedSequence, Tensor, RNNGates]:
        """Run the layer; arguments, results and errors are those of `GRU.forward`, with `RNNGates` for the gates."""
        output, (h_n,), gates = self._run(input, hx, (lengths, mask, reset), return_gates, generator)
        return (output, h_n, RNNGates(*gates)) if return_gates else (output, h_n)


def gate_order(layer: Packed) -> tuple[str, ...]:
    """Names of the row blocks of a layer's or cell's packed parameters, in order; each block has hidden_size rows.

    Args:
        layer: A layer or cell of gatewise.

    Returns:
        For example ``("input", "forget", "candidate", "output")``.

    Raises:
        InputError: ``layer`` is not a layer or cell of gatewise.

    >>> gate_order(GRU(3, 5))
    ('reset', 'update', 'candidate')
    """
    if not isinstance(layer, Packed):
        raise InputError(
            f"gate_order: got a {type(layer).__module__}.{type(layer).__name__}, expected a gatewise LSTM, GRU or RNN. "
            "Type gatewise.from_torch(module) first if it is a torch.nn layer"
        )
    return layer.rules.gates


torch.serialization.add_safe_globals([LSTM, GRU, RNN, Convention, Init, Regularize, Steppers, Variant])

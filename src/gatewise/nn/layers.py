"""The layers LSTM, GRU and RNN: torch's constructor and call, the published equations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.errors import InputError, OptionError
from gatewise.nn.checks import check_nonlinearity
from gatewise.nn.gates import GRUGates, LSTMGates, RNNGates
from gatewise.nn.packed import Packed
from gatewise.nn.recurrent import Recurrent

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch
    from torch import Tensor
    from torch.nn.utils.rnn import PackedSequence

    from gatewise.nn.init import Init
    from gatewise.nn.regularize import Regularize
    from gatewise.nn.variant import Variant


class LSTM(Recurrent):
    r"""Long short-term memory over a sequence: three gates and a cell state.

    .. math::
        i_t &= σ(W_i [h_{t-1}, x_t] + b_i), \quad f_t = σ(W_f [h_{t-1}, x_t] + b_f) \\
        \tilde c_t &= \tanh(W_c [h_{t-1}, x_t] + b_c), \quad o_t = σ(W_o [h_{t-1}, x_t] + b_o) \\
        c_t &= f_t * c_{t-1} + i_t * \tilde c_t, \quad h_t = o_t * \tanh(c_t)

    The same function as ``torch.nn.LSTM``, with one bias per gate in place of two that are added.
    Sources: Hochreiter and Schmidhuber 1997; Gers, Schmidhuber and Cummins 2000.

    Args:
        input_size: Channels I of x.
        hidden_size: Width H of h and c.
        num_layers: Layers stacked on each other.
        bias: Whether the gates have biases.
        batch_first: x and output are (N, T, ...) rather than (T, N, ...); states are not concerned.
        dropout: Share of each layer's outputs but the last's that training sets to 0.
        bidirectional: Run a second cell from each row's end; outputs are side by side.
        proj_size: Only 0: the published cell has no projection.
        device: Of the parameters.
        dtype: Of the parameters.
        convention: How parameters are packed: ``textbook``, one bias per gate; ``torch``, two; or another preset.
        init: How weights, biases and state begin, see `gatewise.Init`; None is torch's draw, all from U(-1/√H, 1/√H).
        regularize: What training does to the state and the recurrent weights, see `gatewise.Regularize`; None for none.
        variant: What is different about the gates, see `gatewise.Variant`; None for the cell as published.
        checkpoint: Keep for backward only the state before every so many steps, rounded up to a multiple of 64, and
            compute the rest again: long sequences in little memory, gradients the same to the bit. None keeps
            everything, as do a call with ``return_gates`` and every path but the kernels' own. Zoneout's shares are
            kept all the same, H numbers a step and row for each state.
        generator: Draws the initial weights; None is torch's global one.

    Attributes:
        weight_ih_l0: Shape (4H, I), row blocks input, forget, candidate, output. Further layers l1, l2, ...;
            the second direction ends in ``_reverse``.
        weight_hh_l0: Shape (4H, H).
        bias_ih_l0: Shape (4H,).
        bias_hh_l0: Shape (4H,), only in conventions of two biases.

    Raises:
        OptionError: An argument out of its range, or a projection.
    """

    cell = "lstm"

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
        if proj_size != 0:
            raise OptionError(
                f"got proj_size={proj_size}, expected 0: the published LSTM has no projection of h. "
                "Leave it out and choose hidden_size, or put a torch.nn.Linear behind the layer"
            )
        super().__init__(
            input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, device, dtype,
            convention=convention, init=init, regularize=regularize, variant=variant, checkpoint=checkpoint,
            generator=generator,
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
            input: Shape (T, N, I), with ``batch_first`` (N, T, I); (T, I) for a single sequence; or packed.
            hx: (h_0, c_0), each (num_layers · directions, N, H), no N for a single sequence; None for zeros,
                or for what is learned.
            lengths: Steps of each row, shape (N,): what lies behind is not read, and the output there is 0.
            mask: The steps that each row runs, True or False, shape (N, T) with ``batch_first`` or without, (T,) for
                a single sequence. At all others, wherever they lie, the state stays as it is, x is not read, and the
                output is 0; so are gradients there.
            reset: Where the state is put back to zero before the step, shape as mask: nothing passes between a step
                that is True and the one before it, in either direction. At a step that is not run it works at the
                row's next one that is.
            return_gates: Also return every gate at every step; not for a packed input.
            generator: Draws what ``dropout`` and ``regularize`` need while the layer trains; None is torch's global.

        Returns:
            output, laid out as the input with H · directions channels, and (h_n, c_n), shapes as hx. With
            ``return_gates`` a third value, `LSTMGates`: input, forget, candidate, output and cell, each laid out as
            the output, 0 where a row does not run, and with gradients; several layers or directions have an axis of
            num_layers · directions in front, in the order of h_n.

        Raises:
            InputError: A wrong shape, dtype, device or kind.
        """
        output, (h_n, c_n), gates = self._run(input, hx, (lengths, mask, reset), return_gates, generator)
        return (output, (h_n, c_n), LSTMGates(*gates)) if return_gates else (output, (h_n, c_n))


class GRU(Recurrent):
    r"""Gated recurrent unit over a sequence: two gates, no cell state, reset **before** the product.

    .. math::
        r_t &= σ(W_r [h_{t-1}, x_t] + b_r), \quad z_t = σ(W_z [h_{t-1}, x_t] + b_z) \\
        \tilde h_t &= \tanh(W [r_t * h_{t-1}, x_t] + b) \\
        h_t &= (1 - z_t) * h_{t-1} + z_t * \tilde h_t

    Not the function of ``torch.nn.GRU``, which resets after the product, has two biases and lets z weigh the old
    state: that is ``convention="torch"``, and `gatewise.from_torch` takes its weights over.
    Sources: Cho et al. 2014, arXiv:1406.1078v3; Chung et al. 2014, arXiv:1412.3555.

    Args:
        input_size: Channels I of x.
        hidden_size: Width H of h.
        num_layers: Layers stacked on each other.
        bias: Whether the gates have biases.
        batch_first: x and output are (N, T, ...) rather than (T, N, ...); the state is not concerned.
        dropout: Share of each layer's outputs but the last's that training sets to 0.
        bidirectional: Run a second cell from each row's end; outputs are side by side.
        device: Of the parameters.
        dtype: Of the parameters.
        convention: The variant and how parameters are packed: ``textbook``, ``torch``, or another preset.
        init: How weights, biases and state begin, see `gatewise.Init`; None is torch's draw, all from U(-1/√H, 1/√H).
        regularize: What training does to the state and the recurrent weights, see `gatewise.Regularize`; None for none.
        variant: What is different about the gates, see `gatewise.Variant`; None for the cell as published.
        checkpoint: Keep for backward only the state before every so many steps, rounded up to a multiple of 64, and
            compute the rest again: long sequences in little memory, gradients the same to the bit. None keeps
            everything, as do a call with ``return_gates`` and every path but the kernels' own. Zoneout's shares are
            kept all the same, H numbers a step and row for each state.
        generator: Draws the initial weights; None is torch's global one.

    Attributes:
        weight_ih_l0: Shape (3H, I), row blocks reset, update, candidate (see `gate_order`). Further layers l1, l2,
            ...; the second direction ends in ``_reverse``.
        weight_hh_l0: Shape (3H, H).
        bias_ih_l0: Shape (3H,).
        bias_hh_l0: Shape (3H,), only in conventions of two biases.

    Raises:
        OptionError: An argument out of its range.
    """

    cell = "gru"

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
            input: Shape (T, N, I), with ``batch_first`` (N, T, I); (T, I) for a single sequence; or packed.
            hx: h_0, shape (num_layers · directions, N, H), no N for a single sequence; None for zeros,
                or for what is learned.
            lengths: Steps of each row, shape (N,): what lies behind is not read, and the output there is 0.
            mask: The steps that each row runs, True or False, shape (N, T) with ``batch_first`` or without, (T,) for
                a single sequence. At all others, wherever they lie, the state stays as it is, x is not read, and the
                output is 0; so are gradients there.
            reset: Where the state is put back to zero before the step, shape as mask: nothing passes between a step
                that is True and the one before it, in either direction. At a step that is not run it works at the
                row's next one that is.
            return_gates: Also return every gate at every step; not for a packed input.
            generator: Draws what ``dropout`` and ``regularize`` need while the layer trains; None is torch's global.

        Returns:
            output, laid out as the input with H · directions channels, and h_n, shape as hx. With ``return_gates`` a
            third value, `GRUGates`: reset, update (z as the convention has it) and candidate, each laid out as the
            output, 0 where a row does not run, and with gradients; several layers or directions have an axis of
            num_layers · directions in front, in the order of h_n.

        Raises:
            InputError: A wrong shape, dtype, device or kind.
        """
        output, (h_n,), gates = self._run(input, hx, (lengths, mask, reset), return_gates, generator)
        return (output, h_n, GRUGates(*gates)) if return_gates else (output, h_n)


class RNN(Recurrent):
    r"""The plain tanh network that both gated cells improve on.

    .. math:: h_t = \tanh(W [h_{t-1}, x_t] + b)

    The same function as ``torch.nn.RNN``, with one bias in place of two that are added. Source: Elman 1990.

    Args:
        input_size: Channels I of x.
        hidden_size: Width H of h.
        num_layers: Layers stacked on each other.
        nonlinearity: Only ``tanh``.
        bias: Whether there are biases.
        batch_first: x and output are (N, T, ...) rather than (T, N, ...); the state is not concerned.
        dropout: Share of each layer's outputs but the last's that training sets to 0.
        bidirectional: Run a second cell from each row's end; outputs are side by side.
        device: Of the parameters.
        dtype: Of the parameters.
        convention: How parameters are packed: ``textbook``, one bias; or ``torch``, two.
        init: How weights, biases and state begin, see `gatewise.Init`; None is torch's draw, all from U(-1/√H, 1/√H).
        regularize: What training does to the state and the recurrent weights, see `gatewise.Regularize`; None for none.
        variant: What is different about the gates, see `gatewise.Variant`; None for the cell as published.
        checkpoint: Keep for backward only the state before every so many steps, rounded up to a multiple of 64, and
            compute the rest again: long sequences in little memory, gradients the same to the bit. None keeps
            everything, as do a call with ``return_gates`` and every path but the kernels' own. Zoneout's shares are
            kept all the same, H numbers a step and row for each state.
        generator: Draws the initial weights; None is torch's global one.

    Attributes:
        weight_ih_l0: Shape (H, I). Further layers l1, l2, ...; the second direction ends in ``_reverse``.
        weight_hh_l0: Shape (H, H).
        bias_ih_l0: Shape (H,).
        bias_hh_l0: Shape (H,), only in conventions of two biases.

    Raises:
        OptionError: An argument out of its range, or another nonlinearity.
    """

    cell = "rnn"

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
        """Run the layer; arguments, results and errors as in `GRU.forward`, and `RNNGates` hold the candidate alone."""
        output, (h_n,), gates = self._run(input, hx, (lengths, mask, reset), return_gates, generator)
        return (output, h_n, RNNGates(*gates)) if return_gates else (output, h_n)


def gate_order(layer: Packed) -> tuple[str, ...]:
    """Names of the row blocks of a layer's or cell's packed parameters, in order; each block has hidden_size rows.

    Raises:
        InputError: Not a layer of gatewise.

    >>> gate_order(GRU(3, 5))
    ('reset', 'update', 'candidate')
    """
    if not isinstance(layer, Packed):
        raise InputError(
            f"gate_order: got a {type(layer).__module__}.{type(layer).__name__}, expected a gatewise LSTM, GRU or RNN. "
            "Type gatewise.from_torch(module) first if it is a torch.nn layer"
        )
    return layer.rules.gates

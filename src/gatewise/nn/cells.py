"""The cells LSTMCell, GRUCell and RNNCell: one time step, with torch's constructor and call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import nn

from gatewise.errors import CallError
from gatewise.kernels import native, ops, single
from gatewise.kernels.arrays import Call, Inputs
from gatewise.kernels.path import Choice, choose
from gatewise.nn.autocast import back, in_dtype_of
from gatewise.nn.checks import check_nonlinearity, check_state, check_step
from gatewise.nn.init import Init
from gatewise.nn.packed import Packed
from gatewise.nn.state import STATES
from gatewise.reference.conventions import Convention
from gatewise.reference.steps import Steps

if TYPE_CHECKING:
    from torch import Tensor


_NOTHING = Choice("reference", "a cell of no hidden units has nothing for the kernels to compute")


class Step(NamedTuple):
    """The arguments of a cell's call after all checks, in the shapes that the kernels take.

    Attributes:
        inputs: x of shape (1, N, I), states of shape (N, H), and the weights.
        choice: The path to take, and why.
    """

    inputs: Inputs
    choice: Choice


class Cell(Packed, nn.RNNCellBase):
    """Base class of `LSTMCell`, `GRUCell` and `RNNCell`: one step of a recurrent layer.

    Args:
        input_size: Number I of channels of x.
        hidden_size: Width H of h, and of c in an LSTM.
        bias: Whether the cell has biases.
        device: Device of the parameters; None for torch's default.
        dtype: Floating-point dtype of the parameters; None for torch's default.
        convention: How parameters are packed, and the form of the GRU, as for the layer.
        init: Initial weights, biases and state, see `gatewise.Init`; None draws all from U(-1/√H, 1/√H), as torch does.
        generator: Random numbers for the initial weights; None for torch's global generator.

    Raises:
        OptionError: An argument has a value that is not allowed.
    """

    weight_ih: Tensor
    _least = 0
    _ready: single.Ready | None = None
    """The checks of the last step from a state."""
    _ready_first: single.Ready | None = None
    """And of the last one from none, so that every sequence's first step does not undo them."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: torch.device | str | int | None = None,
        dtype: torch.dtype | None = None,
        *,
        convention: str = "textbook",
        init: Init | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, convention, init)
        self._pack({"": input_size}, (hidden_size,), device, dtype)
        self._draw(generator)

    def _prepare(self, x: Any, hx: Any, given: tuple[object, ...] = (), return_gates: object = False) -> Step:
        """Check all arguments and choose the path; lengths, mask, reset (``given``) and gates are refused."""
        kind, (weights,) = type(self).__name__, self._weights()
        beside = dict(zip(Steps._fields, given, strict=False), return_gates=return_gates or None)
        for name, part in beside.items():
            if part is not None:
                raise CallError(f"{kind}: got {name}, expected none, since a cell takes one step. Leave it out")
        hint = f"Type {kind.lower()}(x[t], hx) step by step, or make a gatewise.{self.cell.upper()} for whole sequences"
        if getattr(x, "dtype", None) is not weights.weight_ih.dtype:
            x = in_dtype_of(weights.weight_ih, x)
        check_step(kind, x, self.input_size, hint=hint, like=weights.weight_ih)
        rows = len(x) if x.dim() == 2 else None
        states: tuple[Tensor, ...] = ()
        hx = self._start(hx, rows)
        if hx is not None:
            shape, axes = (*x.shape[:-1], self.hidden_size), ("N", "hidden_size")
            hx = in_dtype_of(weights.weight_ih, hx)
            check_state(kind, hx, names=STATES[self.cell], shape=shape, like=weights.weight_ih, axes=axes)
            states = tuple(hx) if self.cell == "lstm" else (hx,)
        choice = choose([x, *weights, *states]) if self.hidden_size else _NOTHING
        if rows is None:
            x, states = x.unsqueeze(0), tuple(part.unsqueeze(0) for part in states)
        h, c = (*states, None, None)[:2]
        return Step(Inputs(x.unsqueeze(0), h, c, *weights), choice)

    def _advance(self, x: Tensor, hx: Any) -> tuple[Tensor, ...]:
        """Take a checked step.

        Returns:
            h, and c of an LSTM, each of shape (N, H), or (H,) if the caller's x has no batch axis.
        """
        own, ready = self._parameters, self._ready_first if hx is None else self._ready
        if ready is not None:
            given = (x,) if hx is None else (x, *hx) if type(hx) is tuple else (x, hx)  # not a list: the full check
            if single.fits(ready, own, given):
                return single.run(ready, *given)
        inputs, choice = self._prepare(x, hx)
        call = Call(native.CODES[self.cell, self.rules.reset], self.rules.update == "state", False, False)
        if choice.path == "native" and not (hx is None and self._learned):
            named = {name: own.get(name) for name, _ in self._named}
            # Not by way of Module.__setattr__.
            self.__dict__["_ready_first" if hx is None else "_ready"] = single.ready(call, inputs, x, named)
        _, after, _ = ops.run(choice.path, call, inputs)
        after = tuple(part.squeeze(0) if x.dim() == 2 else part.flatten() for part in after)
        return after if after[0].dtype is x.dtype else back(after[0], after, x.dtype)[1]


class LSTMCell(Cell, nn.LSTMCell):
    """One step of `gatewise.LSTM`, called as ``torch.nn.LSTMCell``; the layer's docstring has equations and sources.

    Args:
        input_size: Number I of channels of x.
        hidden_size: Size H of h and c.
        bias: Whether the gates have biases.
        device: Device of the parameters; None for torch's default.
        dtype: Floating-point dtype of the parameters; None for torch's default.
        convention: How parameters are packed: ``textbook``, one bias per gate; ``torch``, two; ``keras``; or ``onnx``.
        init: Initial weights, biases and state, see `gatewise.Init`; None draws all from U(-1/√H, 1/√H), as torch does.
        generator: Random numbers for the initial weights; None for torch's global generator.

    Attributes:
        weight_ih: Shape (4H, I), row blocks input, forget, candidate, output (see `gate_order`).
        weight_hh: Shape (4H, H).
        bias_ih: Shape (4H,).
        bias_hh: Shape (4H,), only in conventions with two biases per gate.

    Raises:
        OptionError: An argument has a value that is not allowed.

    >>> cell, state = LSTMCell(3, 5), None
    >>> for x_t in torch.zeros(7, 4, 3):
    ...     state = cell(x_t, state)
    """

    cell = "lstm"

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        """Take one step.

        Args:
            input: Shape (N, I), or (I,) for a single sequence.
            hx: State (h, c) after the step before, each of shape (N, H), or (H,) for a single sequence. None for the
                learned state if the cell has one (`gatewise.Init`), else zeros.

        Returns:
            (h, c) after the step, shapes as hx.

        Raises:
            InputError: An argument has a wrong type, shape, dtype or device.
        """
        h, c = self._advance(input, hx)
        return h, c


class GRUCell(Cell, nn.GRUCell):
    """One step of `gatewise.GRU`, called as ``torch.nn.GRUCell``; the layer's docstring has equations and sources.

    The textbook's form, reset **before** the product, is not the function of ``torch.nn.GRUCell``. For that function
    choose ``convention="torch"``; `gatewise.from_torch` takes over the weights.

    Args:
        input_size: Number I of channels of x.
        hidden_size: Size H of h.
        bias: Whether the gates have biases.
        device: Device of the parameters; None for torch's default.
        dtype: Floating-point dtype of the parameters; None for torch's default.
        convention: The form of the GRU and how its parameters are packed: ``textbook``, ``torch``, ``keras``,
            ``keras-reset-before``, ``onnx`` or ``onnx-reset-after``, see `gatewise.reference.conventions`.
        init: Initial weights, biases and state, see `gatewise.Init`; None draws all from U(-1/√H, 1/√H), as torch does.
        generator: Random numbers for the initial weights; None for torch's global generator.

    Attributes:
        weight_ih: Shape (3H, I), row blocks reset, update, candidate (see `gate_order`).
        weight_hh: Shape (3H, H).
        bias_ih: Shape (3H,).
        bias_hh: Shape (3H,), only in conventions with two biases per gate.

    Raises:
        OptionError: An argument has a value that is not allowed.
    """

    cell = "gru"

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """Take one step.

        Args:
            input: Shape (N, I), or (I,) for a single sequence.
            hx: State h after the step before, shape (N, H), or (H,) for a single sequence. None for the learned state
                if the cell has one (`gatewise.Init`), else zeros.

        Returns:
            h after the step, shape as hx.

        Raises:
            InputError: An argument has a wrong type, shape, dtype or device.
        """
        (h,) = self._advance(input, hx)
        return h


class RNNCell(Cell, nn.RNNCell):
    """One step of `gatewise.RNN`, called as ``torch.nn.RNNCell``; the layer's docstring has equation and source.

    Args:
        input_size: Number I of channels of x.
        hidden_size: Size H of h.
        bias: Whether the cell has biases.
        nonlinearity: Only ``tanh`` is allowed.
        device: Device of the parameters; None for torch's default.
        dtype: Floating-point dtype of the parameters; None for torch's default.
        convention: How parameters are packed: ``textbook``, one bias; or ``torch``, two.
        init: Initial weights, biases and state, see `gatewise.Init`; None draws all from U(-1/√H, 1/√H), as torch does.
        generator: Random numbers for the initial weights; None for torch's global generator.

    Attributes:
        weight_ih: Shape (H, I).
        weight_hh: Shape (H, H).
        bias_ih: Shape (H,).
        bias_hh: Shape (H,), only in conventions with two biases.

    Raises:
        OptionError: An argument has a value that is not allowed, such as another nonlinearity.
    """

    cell = "rnn"

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: torch.device | str | int | None = None,
        dtype: torch.dtype | None = None,
        *,
        convention: str = "textbook",
        init: Init | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        check_nonlinearity(nonlinearity, "torch.nn.RNNCell")
        super().__init__(
            input_size, hidden_size, bias, device, dtype, convention=convention, init=init, generator=generator
        )
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """Take one step; arguments, result and errors as in `GRUCell.forward`."""
        (h,) = self._advance(input, hx)
        return h


torch.serialization.add_safe_globals([LSTMCell, GRUCell, RNNCell, Convention, Init, single.nothing])

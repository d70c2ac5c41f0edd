"""The base class of the layers LSTM, GRU and RNN: depth, directions, packed sequences."""

from __future__ import annotations

import warnings
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor
from torch.fx import Proxy
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from gatewise.errors import CallError
from gatewise.kernels import native, ops, single
from gatewise.kernels.arrays import Call, Inputs
from gatewise.kernels.cudnn import Asked
from gatewise.kernels.path import Choice, choose, concrete
from gatewise.nn import autocast, projection, remembered, state, stream
from gatewise.nn.checks import (
    check_checkpoint,
    check_dropout,
    check_flag,
    check_generator,
    check_input,
    check_lengths,
    check_marks,
    check_size,
)
from gatewise.nn.face import Face
from gatewise.nn.gates import joined
from gatewise.nn.packed import Packed
from gatewise.nn.projection import check_projection
from gatewise.nn.regularize import check_regularize, dropout, factors, thinned
from gatewise.nn.remembered import Run
from gatewise.reference.scan import PLAIN
from gatewise.reference.steps import EVERY, Steps, check_steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gatewise.nn.init import Init
    from gatewise.nn.regularize import Regularize
    from gatewise.nn.variant import Variant
    from gatewise.reference.scan import Factors, Weights

    States = tuple[Tensor, ...]
    Given = tuple[Tensor | Sequence[int] | None, Tensor | None, Tensor | None]  # lengths, mask, reset of a call


class Recurrent(Packed, Face):
    """Base class of `LSTM`, `GRU` and `RNN`: layers stacked on each other, which run forward in time or both ways."""

    weight_ih_l0: Tensor
    _ready: single.Ready | remembered.Projected | None = None
    _defaults: ClassVar[dict[str, object]] = {
        "proj_size": 0, "num_layers": 1, "bias": True, "batch_first": False, "dropout": 0.0, "bidirectional": False,
        "convention": "textbook", "init": None, "regularize": None, "variant": None, "checkpoint": None,
    }  # fmt: skip

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int,
        bias: bool,
        batch_first: bool,
        dropout: float,
        bidirectional: bool,
        device: torch.device | str | int | None,
        dtype: torch.dtype | None,
        *,
        convention: str,
        init: Init | None,
        regularize: Regularize | None,
        variant: Variant | None,
        checkpoint: int | None,
        generator: torch.Generator | None,
        proj_size: int = 0,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, convention, init, variant)
        input_size, hidden_size = self.input_size, self.hidden_size
        self.proj_size = check_projection(
            proj_size, hidden_size, init=init, regularize=regularize, variant=variant
        )  # fmt: skip
        check_regularize(regularize, self.cell)
        self.num_layers = check_size("num_layers", num_layers)
        self.batch_first = check_flag("batch_first", batch_first)
        self.bidirectional = check_flag("bidirectional", bidirectional)
        check_dropout(dropout)
        check_checkpoint(checkpoint)
        if dropout > 0 and num_layers == 1:
            warnings.warn(
                f"dropout={dropout} acts between layers, so with num_layers=1 it does nothing",
                UserWarning,
                stacklevel=3,
            )
        self.dropout, self._steppers = float(dropout), stream.Steppers()
        self.regularize, self.checkpoint = regularize, checkpoint
        widths = [input_size] + [self._width * self._directions] * (self.num_layers - 1)
        endings = ("", "_reverse")[: self._directions]
        named = {f"_l{depth}{ending}": width for depth, width in enumerate(widths) for ending in endings}
        self._pack(named, (len(named), hidden_size), device, dtype)
        self._draw(generator)

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def _width(self) -> int:
        """Number of channels of h."""
        return self.proj_size or self.hidden_size

    def step(self, x_t: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Run one time step. Steps one after the other give the same results as a call over the whole sequence.

        Without gradients (``torch.inference_mode`` or ``torch.no_grad``) the native kernel computes the step on weights
        that are packed once, and again when they have changed. With gradients the step is a call over a sequence of
        one time step.

        Args:
            x_t: Shape (N, I), or (I,) for a single sequence.
            state: The state that the last step returned, or the one that a call over a sequence returned: h_n, of an
                LSTM (h_n, c_n). None for the learned state if the layer has one (`gatewise.Init`), else zeros.

        Returns:
            output: h of the top layer, shape (N, H), or (H,) for a single sequence.
            state: The state of all layers after the step, shape (num_layers, N, H), without N for a single sequence; of
                an LSTM two of these, (h, c).

        Raises:
            InputError: An argument has a wrong type, shape, dtype or device, or the layer runs both ways.

        >>> layer, state = GRU(3, 5), None
        >>> with torch.no_grad():
        ...     for x_t in torch.zeros(7, 3):
        ...         output, state = layer.step(x_t, state)
        """
        return stream.step(self, x_t, state)

    def summary(self, h_n: Any) -> Tensor:
        """One vector for each sequence: the final state of the top layer, of both directions side by side.

        Both have read the whole row: the forward direction has its final state at the row's last step, the backward
        direction at the row's first. ``output[-1]`` is not the same: it is 0 for rows shorter than T, and its backward
        half has read the last step alone.

        Args:
            h_n: The final state that a call returns, shape (num_layers · directions, N, H), without N for a single
                sequence; of an LSTM (h_n, c_n) is taken too.

        Returns:
            Shape (N, directions · H), or (directions · H,) for a single sequence.

        Raises:
            InputError: ``h_n`` has not the shape of a state of this layer.

        >>> lstm = LSTM(3, 5, num_layers=2, bidirectional=True)
        >>> lstm.summary(lstm(torch.zeros(7, 4, 3))[1]).shape
        torch.Size([4, 10])
        """
        return state.summary(self.cell, type(self).__name__, h_n, (len(self._slots), self._width), self._directions)

    def _run(
        self,
        x: Tensor | PackedSequence,
        hx: Tensor | States | None,
        given: Given,
        return_gates: bool,
        generator: torch.Generator | None,
    ) -> tuple[Tensor | PackedSequence, States, States]:
        """Check and run a call.

        Args:
            x: As in `forward`.
            hx: As in `forward`.
            given: lengths, mask and reset, as in `forward`.
            return_gates: As in `forward`.
            generator: As in `forward`.

        Returns:
            The output; the final states, h_n and c_n of an LSTM; the gates, an empty tuple if they are not asked for.
            All without a batch dimension if the caller's x has none.
        """
        if self._ready is not None:
            found = remembered.again(self, x, hx, (*given, return_gates, generator))
            if found is not None:
                return found[0], found[1:], ()
        if isinstance(x, Proxy):
            options = dict(zip(Steps._fields, given, strict=True))
            return self._proxied(x, hx, options | {"return_gates": return_gates, "generator": generator})
        check_generator(generator)
        if isinstance(x, PackedSequence):
            return self._run_packed(x, hx, given, return_gates, generator)
        run = self._prepare(x, hx, given, return_gates)
        remembered.note(self, x, run)
        output, states, gates = self._stack(run, return_gates, generator)
        if not run.batched:
            axis = 0 if run.batch_first else 1
            output, gates = output.squeeze(axis), [tuple(part.squeeze(axis) for part in parts) for parts in gates]
        if output.dtype is not run.dtype:
            output, states = autocast.back(output, states, run.dtype)
        return output, states, joined(gates) if return_gates else ()

    def _run_packed(
        self,
        packed: PackedSequence,
        hx: Tensor | States | None,
        given: Given,
        return_gates: bool,
        generator: torch.Generator | None,
    ) -> tuple[PackedSequence, States, States]:
        """`_run` of a PackedSequence: it is padded, rows in the caller's order, and the output is packed as x was."""
        run = self._prepare(packed, hx, given, return_gates)
        output, states, _ = self._stack(run, False, generator)
        own: Any = run.steps.lengths
        if packed.sorted_indices is not None:
            output = output.index_select(1, packed.sorted_indices)
            own = own[packed.sorted_indices.to(own.device)]
        if output.dtype is not run.dtype:
            output, states = autocast.back(output, states, run.dtype)
        data = pack_padded_sequence(output, own).data
        return PackedSequence(data, packed.batch_sizes, packed.sorted_indices, packed.unsorted_indices), states, ()

    def _prepare(
        self, x: Tensor | PackedSequence, hx: Tensor | States | None, given: Given, return_gates: bool = False
    ) -> Run:
        """Check all arguments and choose the path."""
        check_flag("return_gates", return_gates)
        layer, batch_first, weights = type(self).__name__, self.batch_first, self._weights()
        like = weights[0].weight_ih
        packed = None
        if isinstance(x, PackedSequence):
            packed = x
            if return_gates:
                raise CallError(
                    f"{layer}: got return_gates=True with a PackedSequence, expected a padded tensor. Type x, lengths "
                    "= torch.nn.utils.rnn.pad_packed_sequence(packed), then layer(x, lengths=lengths, ...)"
                )
            for name, part in zip(Steps._fields, given, strict=True):
                if part is not None:
                    raise CallError(
                        f"{layer}: got {name} with a PackedSequence, which has lengths of its own and no gaps. Leave "
                        f"it out, or type x, lengths = torch.nn.utils.rnn.pad_packed_sequence(packed) and give both"
                    )
            batch_first, (x, lengths) = False, pad_packed_sequence(x)
            given = (lengths, None, None)
        dtype = getattr(x, "dtype", like.dtype)
        if dtype is not like.dtype:
            x = autocast.in_dtype_of(like, x)
        check_input(layer, x, self.input_size, batch_first=batch_first, like=like)
        batched = x.dim() == 3
        if not batched:
            if given[0] is not None:
                raise CallError(f"{layer}: got lengths with a single sequence. Leave them out, and cut x to its length")
            x = x.unsqueeze(0 if batch_first else 1)
        count, rows = (x.shape[1], x.shape[0]) if batch_first else x.shape[:2]
        shape, hx = (len(weights), rows, self.hidden_size), self._start(hx, rows if batched else None)
        states = state.initial(self.cell, hx, shape, like, batched=batched, width=self._width)
        tensors = [x, *chain.from_iterable(weights)]
        if hx is not None:
            tensors += chain.from_iterable(states)
        # What follows decides the path: tensors that the path has to read, and on CUDA what cuDNN cannot compute.
        every = given[0] is None and given[1] is None and given[2] is None
        factored = self.regularize is not None and self.regularize.multiplies(training=self.training)
        asked = Asked(self.rules, weights[0], not every, factored, return_gates) if x.is_cuda else None
        choice = choose(tensors, asked)
        if self.proj_size and choice.path == "native":
            plain = every and not return_gates and self.checkpoint is None
            if projection.sooner(self.proj_size, self.hidden_size, count, given=hx is not None, plain=plain):
                choice = projection.TORCH
        steps = EVERY if every else self._steps(given, x, rows, count, batched, choice)
        return Run(x, dtype, batched, batch_first, states, weights, steps, choice, packed)

    def _steps(self, given: Given, x: Tensor, rows: int, count: int, batched: bool, choice: Choice) -> Steps:
        """Check lengths, mask and reset (``given``), and move them to the device that the chosen path reads them on."""
        layer, device = type(self).__name__, "cpu" if choice.path != "reference" else x.device
        lengths, mask, reset = given
        if lengths is not None:
            lengths = check_lengths(layer, lengths, rows=rows).to(device)
            if choice.path == "reference" and concrete():
                check_steps(layer, lengths, count)
        shape = (rows, count) if batched else (count,)
        marks = []
        for name, part in (("mask", mask), ("reset", reset)):
            checked = None if part is None else check_marks(layer, name, part, shape).to(device)
            marks.append(None if checked is None else checked.reshape(rows, count).contiguous())
        return Steps(lengths, *marks)

    def _stack(self, run: Run, gates: bool, generator: torch.Generator | None) -> tuple[Tensor, States, list[States]]:
        """Run every depth and direction one after the other; the result as in `_run`, the gates of each by itself."""
        x, rules, directions, path = run.x, self.rules, self._directions, run.choice.path
        if path == projection.TORCH.path:
            if generator is None or not (self.training and self.dropout):
                return *self._stack_by_torch(run), []
            path = "native"  # torch's function draws its dropout from torch's global generator alone
        code, update_is_state = native.CODES[rules.cell, rules.reset], rules.update == "state"
        stretch = native.stretch(None if gates else self.checkpoint)
        reached, kept = [], []
        for depth in range(self.num_layers):  # each depth needs the whole output of the one below
            if depth > 0 and self.dropout > 0:
                x = dropout(x, self.dropout, training=self.training, generator=generator,
                            batch_first=run.batch_first, packed=run.packed)  # fmt: skip
            outputs = []
            for direction in range(directions):
                at = depth * directions + direction
                call = Call(code, update_is_state, direction == 1, run.batch_first, rules.hard_slope, stretch)
                weights, multiplied = self._regularized(run, at, generator)
                inputs = Inputs._make((x, *run.states[at], *weights))
                if self.proj_size:
                    weight_hr = getattr(self, self._slots[at]["weight_hr"][0])
                    output, after, inside = projection.run(path, call, inputs, weight_hr, run.steps, gates=gates)
                else:
                    output, after, inside = ops.run(path, call, inputs, run.steps, multiplied, gates=gates)
                outputs.append(output)
                reached.append(after)
                kept.append(inside)
            x = torch.cat(outputs, 2) if len(outputs) > 1 else outputs[0]
        return x, state.final(reached, batched=run.batched), kept

    def _stack_by_torch(self, run: Run) -> tuple[Tensor, States]:
        """The same by one call of torch's own function."""
        projections = [getattr(self, slots["weight_hr"][0]) for slots in self._slots]
        output, after = projection.by_torch(
            run.x, run.states, run.weights, projections, self._directions, self.dropout, batch_first=run.batch_first,
            training=self.training,
        )  # fmt: skip
        return output, state.final([after], batched=run.batched)

    def _regularized(self, run: Run, at: int, generator: torch.Generator | None) -> tuple[Weights, Factors]:
        """The weights of depth and direction number ``at`` after dropout, and the factors of its states, drawn anew."""
        weights, regularize = run.weights[at], self.regularize
        if regularize is None:
            return weights, PLAIN
        if self.training and regularize.weight_dropout:
            weights = weights._replace(weight_hh=thinned(weights.weight_hh, regularize, generator))
        first, second = run.x.shape[:2]
        shape = (second, first, self.hidden_size) if run.batch_first else (first, second, self.hidden_size)
        return weights, factors(regularize, shape, run.x, training=self.training, generator=generator)

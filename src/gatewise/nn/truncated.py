"""Truncated backpropagation: a long sequence in chunks, from which the state goes on and no gradient goes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import Tensor

from gatewise.errors import InputError
from gatewise.nn.checks import check_size
from gatewise.nn.recurrent import Recurrent
from gatewise.reference.steps import beginnings, check_steps, running

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gatewise.reference.steps import Steps


def truncated(
    layer: Recurrent,
    x: Tensor,
    hx: Tensor | tuple[Tensor, ...] | None = None,
    *,
    steps: int,
    lengths: Tensor | Sequence[int] | None = None,
    mask: Tensor | None = None,
    reset: Tensor | None = None,
) -> Iterator[tuple[Tensor, Any]]:
    """Run a layer over a long sequence in chunks, so that one can train on each chunk before the next.

    Every chunk starts from the final state of the one before, detached from its graph. The loss of a chunk then has
    gradients through that chunk alone, and backward needs the memory of one chunk. Outputs and states are those of a
    call over the whole sequence as long as the weights do not change; after an optimiser's step, later chunks use the
    new weights.

    Source: Williams and Peng 1990, Neural Computation 2(4), 490-501, BPTT(h; h') with h = h' = ``steps``.

    Args:
        layer: An LSTM, GRU or RNN that is not bidirectional.
        x: Shape (T, N, I), or (N, T, I) with ``batch_first``, or (T, I) for a single sequence. If x was computed with
            gradients, its graph is kept until the last chunk; to train what computes it, compute it chunk by chunk.
        hx: Initial state, as for the layer; the first chunk has gradients through it.
        steps: Number of time steps in a chunk; the last chunk may have fewer.
        lengths: Number of steps of each row, shape (N,). After them a row keeps its state, and its output is 0.
        mask: As for the layer.
        reset: As for the layer.

    Yields:
        The output of a chunk, in the layout of x, and the state after it as the layer returns it. Gradients flow
        through both, within the chunk.

    Raises:
        InputError: ``layer`` is not a layer or is bidirectional, or it would refuse the arguments. Raised by the call,
            before the first chunk.
        OptionError: ``steps`` is not a whole number of at least 1.

    >>> gru = GRU(3, 5)
    >>> [tuple(output.shape) for output, state in truncated(gru, torch.zeros(7, 4, 3), steps=3)]
    [(3, 4, 5), (3, 4, 5), (1, 4, 5)]
    """
    _check_layer(layer, x)
    check_size("steps", steps)
    run = layer._prepare(x, hx, (lengths, mask, reset))
    axis = 1 if run.batch_first and run.batched else 0
    if run.steps.lengths is not None:
        check_steps(type(layer).__name__, run.steps.lengths, x.shape[axis])
    return _chunks(layer, x, hx, steps, run.steps, axis)


def _chunks(
    layer: Recurrent, x: Tensor, state: Any, size: int, steps: Steps, axis: int
) -> Iterator[tuple[Tensor, Any]]:
    """Yield the chunks one by one, each computed when the caller asks for it; ``size`` is their number of steps."""
    lengths, *marks = steps
    if steps.reset is not None:  # a reset at a step that a row does not run may take effect in a later chunk
        run = running(steps, x.shape[axis], steps.reset.device)
        marks = [steps.mask, beginnings(steps.reset, run, reverse=False)]
    for start in range(0, x.shape[axis], size):
        chunk = x.narrow(axis, start, min(size, x.shape[axis] - start))
        left = None if lengths is None else (lengths - start).clamp(0, chunk.shape[axis])
        own = (None if part is None else part[:, start : start + size] for part in marks)
        mask, reset = (part if part is None or x.dim() == 3 else part.squeeze(0) for part in own)
        output, state = layer(chunk, state, lengths=left, mask=mask, reset=reset)
        yield output, state
        del output  # otherwise its graph would stay in memory until the next chunk is computed
        state = tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()


def _check_layer(layer: object, x: object) -> None:
    if not isinstance(layer, Recurrent):
        raise InputError(
            f"truncated: got a {type(layer).__module__}.{type(layer).__name__}, expected a gatewise LSTM, GRU or RNN. "
            "Type gatewise.from_torch(module) first if it is a torch.nn layer"
        )
    if layer.bidirectional:
        raise InputError(
            "truncated: got a bidirectional layer, and its second direction begins at the end of the sequence, which "
            "the first chunk has not seen. Make the layer with bidirectional=False"
        )
    if not isinstance(x, Tensor):
        raise InputError(
            f"truncated: got x of type {type(x).__name__}, expected a padded tensor. For a packed one type "
            "x, lengths = torch.nn.utils.rnn.pad_packed_sequence(packed)"
        )

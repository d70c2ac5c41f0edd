"""Truncated backpropagation: a long sequence in chunks, the state carried on and gradients cut between them."""

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
    """Run a layer over a long sequence in chunks, each to be trained on before the next.

    Every chunk starts from the state that the one before has reached, cut from its graph: a loss of one chunk has the
    gradients of that chunk alone, and the memory of one chunk is enough. Outputs and states are those of a call over
    the whole sequence as long as the weights stay; once an optimiser has moved them, later chunks use the new ones.

    Source: Williams and Peng 1990, Neural Computation 2(4), 490-501, BPTT(h; h') with h = h' = ``steps``.

    Args:
        layer: An LSTM, GRU or RNN that runs forward only.
        x: Shape (T, N, I), with ``batch_first`` (N, T, I); (T, I) for a single sequence. Whatever computed it keeps
            its graph: where x is to be trained too, compute it chunk by chunk.
        hx: As the layer takes it, with gradients of the first chunk.
        steps: Time steps of a chunk; the last one has what is left.
        lengths: Steps of each row, shape (N,). A row that is over keeps its state, and its output is 0.
        mask: As the layer takes it.
        reset: As the layer takes it.

    Yields:
        output of a chunk, laid out as x, and the state after it as the layer returns it, both with their graph.

    Raises:
        InputError: A layer that runs both ways, what is no layer, or what the layer would refuse; at once.
        OptionError: ``steps`` is not a whole number from 1 on.

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
    """Yield the chunks one by one; each is computed when the caller asks for it."""
    lengths, *marks = steps
    if steps.reset is not None:  # one at a step that is not run may work in a later chunk
        run = running(steps, x.shape[axis], steps.reset.device)
        marks = [steps.mask, beginnings(steps.reset, run, reverse=False)]
    for start in range(0, x.shape[axis], size):
        chunk = x.narrow(axis, start, min(size, x.shape[axis] - start))
        left = None if lengths is None else (lengths - start).clamp(0, chunk.shape[axis])
        own = (None if part is None else part[:, start : start + size] for part in marks)
        mask, reset = (part if part is None or x.dim() == 3 else part.squeeze(0) for part in own)
        output, state = layer(chunk, state, lengths=left, mask=mask, reset=reset)
        yield output, state
        del output  # else its graph would last until the next chunk has its own
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

"""Tell the user which path a call of a layer takes, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch

from gatewise.errors import InputError
from gatewise.kernels import native
from gatewise.nn.cells import Cell
from gatewise.nn.recurrent import Recurrent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor
    from torch.nn.utils.rnn import PackedSequence


class KernelPath(NamedTuple):
    """The path of a call.

    Attributes:
        path: ``native``: kernels called directly; ``registered``: the same kernels as a PyTorch operator; ``cudnn``:
            torch's own function on CUDA, which cuDNN runs; ``reference``: plain PyTorch operations.
        isa: The kernels' instruction set; None on the last two paths, which have none.
        threads: Threads that they may use; None on the last two.
        reason: Why this path, in plain words.
    """

    path: str
    isa: str | None
    threads: int | None
    reason: str


def kernel_path(
    layer: Recurrent | Cell,
    x: Tensor | PackedSequence,
    hx: Tensor | tuple[Tensor, ...] | None = None,
    *,
    lengths: Tensor | Sequence[int] | None = None,
    mask: Tensor | None = None,
    reset: Tensor | None = None,
    return_gates: bool = False,
) -> KernelPath:
    """Say which path ``layer(x, hx, lengths=..., ...)`` takes here and now, and why, without running it.

    The layer itself asks the same function, so this cannot differ from what happens.

    Args:
        layer: An LSTM, GRU or RNN of gatewise, or one of its cells, which take x and hx alone.
        x: As the layer takes it.
        hx: As the layer takes it.
        lengths: As the layer takes them.
        mask: As the layer takes it.
        reset: As the layer takes it.
        return_gates: As the layer takes it.

    Raises:
        InputError: Neither layer nor cell of gatewise, or arguments that it would refuse.

    >>> kernel_path(GRU(3, 5), torch.zeros(7, 4, 3)).path
    'native'
    """
    if not isinstance(layer, (Recurrent, Cell)):
        raise InputError(
            f"kernel_path: got a {type(layer).__module__}.{type(layer).__name__}, expected a gatewise LSTM, GRU or "
            "RNN. Type gatewise.from_torch(module) first if it is a torch.nn layer"
        )
    path, reason = layer._prepare(x, hx, (lengths, mask, reset), return_gates).choice
    if path in ("reference", "cudnn"):
        return KernelPath(path, None, None, reason)
    return KernelPath(path, native.NATIVE.isa, torch.get_num_threads(), reason)

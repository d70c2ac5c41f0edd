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
    """The path that a call of a layer takes.

    Attributes:
        path: ``native``: the kernels, called directly; ``registered``: the same kernels as a PyTorch operator;
            ``cudnn``: torch's own function on CUDA, which cuDNN computes; ``torch``: the same function on the CPU, for
            an LSTM with a small projection, or on any device for what `gatewise.patch_torch` put in torch's place;
            ``reference``: plain PyTorch operations.
        isa: The kernels' instruction set, such as ``avx2``; None on the last three paths.
        threads: The most threads that the kernels use; None on the same paths.
        reason: Why the call takes this path, in plain words.
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
    """Say which path the call ``layer(x, hx, lengths=..., ...)`` would take now, and why, without running it.

    The layer chooses its path by the same function, so the answer is what a call does.

    Args:
        layer: An LSTM, GRU or RNN of gatewise; or one of its cells, which take only x and hx.
        x: The layer's input.
        hx: The layer's initial state.
        lengths: As for the layer.
        mask: As for the layer.
        reset: As for the layer.
        return_gates: As for the layer.

    Returns:
        The path, the kernels' instruction set and threads, and the reason.

    Raises:
        InputError: ``layer`` is neither a layer nor a cell of gatewise, or it would refuse the arguments.

    >>> kernel_path(GRU(3, 5), torch.zeros(7, 4, 3)).path
    'native'
    """
    if not isinstance(layer, (Recurrent, Cell)):
        raise InputError(
            f"kernel_path: got a {type(layer).__module__}.{type(layer).__name__}, expected a gatewise LSTM, GRU or "
            "RNN. Type gatewise.from_torch(module) first if it is a torch.nn layer"
        )
    left = "" if return_gates or any(part is not None for part in (lengths, mask, reset)) else layer._left(x)
    if left:
        return KernelPath("torch", None, None, left)
    path, reason = layer._prepare(x, hx, (lengths, mask, reset), return_gates).choice
    if path not in ("native", "registered"):
        return KernelPath(path, None, None, reason)
    return KernelPath(path, native.NATIVE.isa, torch.get_num_threads(), reason)

"""Under torch.autocast layers take what other modules hand them: bfloat16, and states that were handed back."""

from collections.abc import Callable
from itertools import chain

import pytest
import torch
from torch import bfloat16, nn, randn
from torch.nn.utils.rnn import pack_padded_sequence
from torch.testing import assert_close

import gatewise
from gatewise.nn.cells import GRUCell, LSTMCell, RNNCell
from gatewise.nn.recurrent import Recurrent

T, N, I, H = 6, 4, 3, 5


def test_a_linear_in_front(make: Callable[..., Recurrent]) -> None:
    """A model of mixed precision trains: the kernels compute in the weights' dtype, and results have the input's."""
    layer, front = make(num_layers=2, bidirectional=True).float(), nn.Linear(2, I)
    leaves = [*front.parameters(), *layer.parameters()]
    x, found = randn(T, N, 2), []
    for enabled in (True, False):
        with torch.autocast("cpu", bfloat16, enabled=enabled):
            inside = front(x)
            assert gatewise.kernel_path(layer, inside).path == "native"
            output, state = layer(inside)
            again, state = layer(inside, state)
        parts = [output, again, *(state if isinstance(state, tuple) else (state,))]
        assert {part.dtype for part in parts} == {bfloat16 if enabled else torch.float32}
        loss = sum(part.float().square().sum() for part in parts)
        found.append([*(part.float() for part in parts), *torch.autograd.grad(loss, leaves)])

    for half, whole in zip(*found, strict=True):
        assert half.dtype is torch.float32
        assert 0 < (half - whole).norm() < 0.03 * whole.norm()


@pytest.mark.parametrize("kind", [LSTMCell, GRUCell, RNNCell])
def test_cells(kind: type[nn.Module]) -> None:
    """A cell takes bfloat16, its own state again, and a state of float32 as well."""
    cell, x = kind(I, H), randn(N, I).to(bfloat16)
    with torch.autocast("cpu", bfloat16):
        first = cell(x)
        second = cell(x, first)
        mixed = cell(x.float(), first)
    plain = cell(x.float(), cell(x.float()))

    flat = [part if isinstance(part, tuple) else (part,) for part in (first, second, mixed, plain)]
    assert [part[0].dtype for part in flat] == [bfloat16, bfloat16, torch.float32, torch.float32]
    for half, whole in chain(zip(flat[1], flat[3], strict=True), zip(flat[2], flat[3], strict=True)):
        assert_close(half.float(), whole, rtol=0.02, atol=0.02)


def test_packed_and_streamed(make: Callable[..., Recurrent]) -> None:
    """Packed sequences and single steps too."""
    layer, x = make().float(), randn(T, N, I).to(bfloat16)
    with torch.no_grad(), torch.autocast("cpu", bfloat16):
        packed, _ = layer(pack_padded_sequence(x, [6, 5, 2, 1]))
        streamed, state = layer.step(x[0])
        streamed, _ = layer.step(x[1], state)
        whole, _ = layer(x[:2])

    assert packed.data.dtype is streamed.dtype is bfloat16
    assert_close(streamed, whole[1], rtol=0.02, atol=0.02)


def test_without_autocast_dtypes_must_agree(make: Callable[..., Recurrent]) -> None:
    """Otherwise a mistake is said, by an error that programs for torch's layers catch."""
    with pytest.raises(RuntimeError, match=r"got x of dtype torch\.bfloat16, expected torch\.float32"):
        make().float()(randn(T, N, I).to(bfloat16))

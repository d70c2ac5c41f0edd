"""What programs written for torch's layers ask of a layer, in the shape in which they ask it."""

import io
import pickle
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn, randn, zeros
from torch.nn.utils.rnn import pack_padded_sequence
from torch.testing import assert_close

from gatewise.errors import GatewiseError
from gatewise.nn.cells import GRUCell, LSTMCell, RNNCell
from gatewise.nn.layers import GRU, LSTM, RNN
from gatewise.nn.recurrent import Recurrent

PAIRS = [(LSTM, nn.LSTM), (GRU, nn.GRU), (RNN, nn.RNN)]


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_the_same_face(ours: type[nn.RNNBase], theirs: type[nn.RNNBase]) -> None:
    """Names, shapes, mode, checks and the order of rows are those of torch's layer: flair, pytorch-forecasting."""
    a, b = ours(3, 5, 2, bidirectional=True, convention="torch"), theirs(3, 5, 2, bidirectional=True)
    hx = zeros(4, 2, 5) if ours is not LSTM else (randn(4, 2, 5), randn(4, 2, 5))

    assert isinstance(a, nn.RNNBase)
    assert (a.mode, a.proj_size, a._flat_weights_names) == (b.mode, b.proj_size, b._flat_weights_names)
    shapes = [[[weight.shape for weight in weights] for weights in layer.all_weights] for layer in (a, b)]
    assert shapes[0] == shapes[1]
    assert all(mine is own for mine, own in zip(a._flat_weights, a.parameters(), strict=True))
    assert_close(a.permute_hidden(hx, torch.tensor([1, 0])), b.permute_hidden(hx, torch.tensor([1, 0])))
    for layer in (a, b):
        layer.check_forward_args(zeros(7, 2, 3), hx, None)
        with pytest.raises(RuntimeError):
            layer.check_forward_args(zeros(7, 3, 3), hx, None)


def test_weights_that_a_client_puts_there(make: Callable[..., Recurrent]) -> None:
    """A wrapper takes a weight out, computes it at every call, and writes the list anew: AWD-LSTM's weight drop."""
    layer, x = make(), randn(7, 4, 3, dtype=torch.float64)
    whole, raw = layer(x)[0], nn.Parameter(layer.weight_hh_l0.detach())
    del layer._parameters["weight_hh_l0"]
    layer.weight_hh_l0 = raw * 0.5
    layer._flat_weights = [getattr(layer, name, None) for name in layer._flat_weights_names]
    layer.flatten_parameters()

    output = layer(x)[0]
    output.sum().backward()

    assert not torch.allclose(output, whole)
    assert raw.grad is not None
    assert layer._flat_weights[1] is layer.weight_hh_l0


def test_copies(make: Callable[..., Recurrent]) -> None:
    """Through pickle and torch.save a layer arrives with its weights; casts reach them."""
    layer, x, file = make(num_layers=2), randn(7, 4, 3, dtype=torch.float64), io.BytesIO()
    torch.save(layer, file)
    file.seek(0)
    for copy in (pickle.loads(pickle.dumps(layer)), torch.load(file, weights_only=False)):
        assert torch.equal(copy(x)[0], layer(x)[0])
    assert {weight.dtype for weight in layer.float()._flat_weights} == {torch.float32}


@pytest.mark.parametrize("kind", [LSTMCell, GRUCell, RNNCell])
def test_cells_of_no_hidden_units(kind: type[nn.RNNCellBase]) -> None:
    """A cell is one of torch's, too, and may have no hidden units, as there."""
    cell = kind(3, 0)
    h = cell(randn(4, 3, requires_grad=True))

    assert isinstance(cell, getattr(nn, kind.__name__))
    assert (h[0] if kind is LSTMCell else h).shape == (4, 0)


def test_errors_that_clients_catch() -> None:
    """RuntimeError where torch's layers raise it, TypeError for an option of another type, ValueError for its value."""
    layer = LSTM(3, 5)
    calls = [
        lambda: layer(zeros(7, 4, 2)),
        lambda: layer(zeros(7, 4, 3), (zeros(1, 3, 5),) * 2),
        lambda: layer(zeros(7, 4, 3), lengths=[9, 1, 1, 1]),
        lambda: GRUCell(3, 5)(zeros(4, 2)),
    ]
    for call in calls:
        with pytest.raises(RuntimeError) as caught:
            call()
        assert isinstance(caught.value, (GatewiseError, ValueError))
    for options in ({"bias": 0}, {"batch_first": "no"}, {"hidden_size": 5.0}, {"num_layers": "2"}):
        with pytest.raises(TypeError):
            LSTM(**({"input_size": 3, "hidden_size": 5} | options))
    with pytest.raises(ValueError, match="hidden_size=0"):
        LSTM(3, 0)


def test_sizes_of_numpy() -> None:
    """Sizes and shares out of a NumPy array or a search over settings."""
    layer = GRU(np.int64(3), np.int32(5), num_layers=np.int64(2), dropout=np.float32(0.5))

    assert repr(layer) == "GRU(3, 5, num_layers=2, dropout=0.5)"
    assert {type(size) for size in (layer.input_size, layer.hidden_size, layer.num_layers)} == {int}


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
def test_scripting_names_the_way() -> None:
    """torch.jit.script, which cannot compile a layer, says what to type."""
    with pytest.raises(TypeError, match=r"model\.layer = gatewise\.to_torch\(model\.layer\)"):
        torch.jit.script(nn.Sequential(GRU(3, 5)))


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_dropout_of_the_same_seed(
    ours: type[nn.RNNBase], theirs: type[nn.RNNBase], batch_first: bool, packed: bool
) -> None:
    """Between layers the same units are dropped as in torch's layers, so a seeded training stays the same."""
    own = {"num_layers": 3, "dropout": 0.4, "bidirectional": True, "batch_first": batch_first, "dtype": torch.float64}
    a, b = ours(3, 5, convention="torch", **own), theirs(3, 5, **own)
    a.load_state_dict(b.state_dict())
    x: object = randn(4, 7, 3, dtype=torch.float64)
    if packed:
        x = pack_padded_sequence(x, [3, 7, 2, 5], batch_first=True, enforce_sorted=False)
    elif not batch_first:
        x = x.transpose(0, 1)
    outputs = []
    for layer in (a, b):
        torch.manual_seed(7)
        output = layer(x)[0]
        outputs.append(output.data if packed else output)

    assert_close(outputs[0], outputs[1], rtol=1e-12, atol=1e-14)

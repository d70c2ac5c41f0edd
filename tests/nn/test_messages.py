"""Wrong inputs are refused: what came, what was wanted, what to type."""

import pytest
import torch
from torch import float64, ones, tensor, zeros

from gatewise.errors import InputError
from gatewise.nn.layers import GRU, LSTM

X = zeros(7, 4, 3)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([[1.0]], r"GRU: x of type list came, wanted a tensor of shape \(T, N, 3\)\. Type torch\.as_tensor\(x\)"),
        (zeros(7), r"GRU: x of shape \(7,\) came, wanted \(T, N, 3\), or \(T, 3\).*Type x\.unsqueeze\(-1\)"),
        (zeros(1, 7, 4, 3), r"x of shape \(1, 7, 4, 3\) came.*time comes first; make the layer with batch_first=True"),
        (zeros(7, 4, 2), r"x of shape \(7, 4, 2\) came, wanted 3 channels.*Make the layer with input_size=2"),
        (zeros(0, 4, 3), r"x of shape \(0, 4, 3\) came, wanted at least one time step"),
        (X.double(), r"x of dtype torch\.float64 came, wanted torch\.float32.*x\.to\(torch\.float32\)"),
        (X.to("meta"), r"x on meta came, wanted cpu where the weights are. Type x\.to\('cpu'\)"),
    ],
)
def test_inputs(x: object, message: str) -> None:
    """Kind, rank, width, steps, dtype and device of x."""
    with pytest.raises(InputError, match=message):
        GRU(3, 5)(x)


def test_rank_with_the_batch_first() -> None:
    """The hint follows the layer's layout."""
    with pytest.raises(InputError, match=r"wanted \(N, T, 3\), .*Here the batch comes first"):
        GRU(3, 5, batch_first=True)(zeros(1, 7, 4, 3))


@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        ([7, 8, 1, 1], r"GRU: a length of 8 came, wanted 0 to T = 7\. Type lengths\.clamp\(0, 7\)"),
        ([7, -1, 1, 1], "a length of -1 came, wanted 0 to T = 7"),
        ([7, 7, 7], r"lengths of shape \(3,\) came, wanted \(4,\), one for each row.*is batch_first right\?"),
        (ones(4), r"lengths of dtype torch\.float32 came, wanted whole numbers of steps\. Type lengths\.long\(\)"),
        (tensor([True] * 4), r"lengths of dtype torch\.bool came"),
    ],
)
def test_lengths(lengths: object, message: str) -> None:
    """Range, count and dtype of lengths."""
    with pytest.raises(InputError, match=message):
        GRU(3, 5)(X, lengths=lengths)


@pytest.mark.parametrize("name", ["mask", "reset"])
@pytest.mark.parametrize(
    ("marks", "message"),
    [
        (ones(4, 7), r"GRU: {} of dtype torch\.float32 came, wanted torch\.bool, True where .*Type {}\.bool\(\)"),
        (ones(7, 4).bool(), r"{} of shape \(7, 4\) came, wanted \(4, 7\), a row for each sequence.*Type {}\.t\(\)"),
        (ones(4, 6).bool(), r"{} of shape \(4, 6\) came, wanted \(4, 7\).*is batch_first right\?"),
        ([[1, 0]], r"{} of dtype torch\.int64 came"),
    ],
)
def test_marks(name: str, marks: object, message: str) -> None:
    """Dtype and shape of a mask and of a reset."""
    with pytest.raises(InputError, match=message.format(name, name)):
        GRU(3, 5)(X, **{name: marks})
    with pytest.raises(InputError, match=r"of shape \(4, 7\) came, wanted \(7,\)"):
        GRU(3, 5)(X[:, 0], **{name: ones(4, 7).bool()})


def test_lengths_of_a_single_sequence() -> None:
    """A row alone needs no length."""
    with pytest.raises(InputError, match=r"lengths came with a single sequence\. Leave them out, and cut x"):
        GRU(3, 5)(X[:, 0], lengths=[7])


@pytest.mark.parametrize(
    ("layer", "hx", "message"),
    [
        (
            GRU,
            (zeros(1, 4, 5), zeros(1, 4, 5)),
            r"GRU: a state that is a tuple of 2 came, wanted h_0.*Type gru\(x, h_0\)",
        ),
        (
            LSTM,
            zeros(1, 4, 5),
            r"LSTM: a state that is a Tensor came, wanted a tuple \(h_0, c_0\).*\(x, \(h_0, c_0\)\)",
        ),
        (LSTM, (zeros(1, 4, 5),), "a state that is a tuple of 1 came"),
        (LSTM, (zeros(1, 4, 5), None), "a state that is a tuple of 2 came"),
        (
            GRU,
            zeros(4, 5),
            r"h_0 of shape \(4, 5\) came, wanted \(1, 4, 5\), \(num_layers · directions, N, hidden_size\)",
        ),
        (LSTM, (zeros(1, 4, 5), zeros(1, 4, 6)), r"c_0 of shape \(1, 4, 6\) came, wanted \(1, 4, 5\)"),
        (GRU, zeros(1, 4, 5, dtype=float64), r"h_0 of dtype torch\.float64 came, wanted torch\.float32"),
    ],
)
def test_states(layer: type[torch.nn.Module], hx: object, message: str) -> None:
    """Kind, shape and dtype of the initial state."""
    with pytest.raises(InputError, match=message):
        layer(3, 5)(X, hx)


def test_state_of_a_single_sequence() -> None:
    """No batch in x, none in the state."""
    with pytest.raises(InputError, match=r"h_0 of shape \(1, 1, 5\) came, wanted \(1, 5\), unbatched, as x is"):
        GRU(3, 5)(X[:, 0], zeros(1, 1, 5))


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (zeros(2, 2), r"GRU: weight_hh_l1 of shape \(2, 2\) came, wanted \(15, 5\)\. Make a layer of other sizes"),
        (zeros(15, 5, dtype=float64), r"GRU: weight_hh_l1 of dtype torch\.float64 came, wanted torch\.float32"),
    ],
)
def test_weights(weight: torch.Tensor, message: str) -> None:
    """A parameter put into a layer has to fit it."""
    layer = GRU(3, 5, num_layers=2)
    layer.weight_hh_l1 = torch.nn.Parameter(weight)

    with pytest.raises(InputError, match=message):
        layer(X)

"""Wrong inputs are refused: each message says what was got, what is expected and what to type."""

import re

import pytest
import torch
from torch import float64, ones, tensor, zeros
from torch.nn.utils.rnn import pack_padded_sequence

from gatewise.errors import InputError, OptionError
from gatewise.nn.init import Init
from gatewise.nn.layers import GRU, LSTM, RNN
from gatewise.nn.regularize import Regularize
from gatewise.nn.variant import Variant

X = zeros(7, 4, 3)
SIZE, FLAG, SHARE = "a whole number from 1 on", "True or False", "the share of outputs set to 0"


@pytest.mark.parametrize(
    ("name", "values", "wanted"),
    [
        ("input_size", [0, -3, 2.5, True, "3", None], SIZE),
        ("hidden_size", [0, -3, 2.5, True, "5", None], SIZE),
        ("num_layers", [0, -1, 1.5, True, None], SIZE),
        ("checkpoint", [0, -64, 2.5, True, "auto"], "the steps from one kept state to the next, or None"),
        ("bias", [1, "tanh", None], FLAG),
        ("batch_first", [1, "yes", None], FLAG),
        ("bidirectional", [2, "yes", None], FLAG),
        ("dropout", [-0.1, 1.5, True, "0.1", float("nan"), None], SHARE),
        ("init", ["orthogonal", Init, 1], r"a gatewise\.Init, or None"),
        ("regularize", [0.2, {}, Regularize], r"a gatewise\.Regularize, or None"),
        ("variant", ["peepholes", True, Variant], r"a gatewise\.Variant, or None"),
        ("dtype", ["float32", torch.int64, torch.complex64, float], r"a floating-point torch\.dtype, or None"),
        ("generator", [3, "seed", torch.Generator], r"a torch\.Generator, or None"),
    ],
)
@pytest.mark.parametrize("layer", [LSTM, GRU, RNN])
def test_arguments(layer: type[torch.nn.Module], name: str, values: list[object], wanted: str) -> None:
    """Every argument of every layer: each message says what was got, what is expected and what to type."""
    for value in values:
        message = rf"^got {name}={re.escape(repr(value))}, expected {wanted}.*Type for example {name}="
        with pytest.raises(OptionError, match=message):
            layer(**({"input_size": 3, "hidden_size": 5} | {name: value}))


def test_what_is_no_tensor_no_generator_and_no_name() -> None:
    """Where torch itself would raise something of its own."""
    layer = GRU(3, 5)
    for given in ([None] * 4, "abcd", [[7], [4, 4], 1, 1]):
        with pytest.raises(InputError, match=r"lengths of type .* that torch cannot turn into a tensor, expected"):
            layer(X, lengths=given)
    with pytest.raises(InputError, match="mask of type list that torch cannot turn into a tensor, expected bools"):
        layer(X, mask=[[True], [True, False]])
    with pytest.raises(OptionError, match=r"generator=3, expected a torch\.Generator"):
        layer(X, generator=3)
    with pytest.raises(OptionError, match=r"convention=None is no convention of the GRU; .*There are: textbook"):
        GRU(3, 5, convention=None)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: RNN(3, 5, variant=Variant(layer_norm=True)),
            r"layer_norm=True for the RNN, expected an LSTM or a GRU\. Leave layer_norm out",
        ),
        (
            lambda: LSTM(3, 5, variant=Variant(layer_norm=True, coupled=True)),
            "layer_norm=True and coupled=True, expected one of them: .*Leave one out",
        ),
        (lambda: Variant(layer_norm=1), "layer_norm=1, expected True or False. Type for example layer_norm=True"),
        (lambda: Variant(peepholes="all"), "peepholes='all', expected True or False"),
    ],
)
def test_variants(make, message: str) -> None:
    """What no cell, or not this one, has."""
    with pytest.raises(OptionError, match=message):
        make()


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([[1.0]], r"GRU: got x of type list, expected a tensor of shape \(T, N, 3\)\. Type torch\.as_tensor\(x\)"),
        (zeros(7), r"GRU: got x of shape \(7,\), expected \(T, N, 3\), or \(T, 3\).*Type x\.unsqueeze\(-1\)"),
        (zeros(1, 7, 4, 3), r"x of shape \(1, 7, 4, 3\).*time comes first; make the layer with batch_first=True"),
        (zeros(7, 4, 2), r"x of shape \(7, 4, 2\), expected 3 channels.*Make the layer with input_size=2"),
        (zeros(0, 4, 3), r"x of shape \(0, 4, 3\), expected at least one time step"),
        (X.double(), r"x of dtype torch\.float64, expected torch\.float32.*x\.to\(torch\.float32\)"),
        (X.to("meta"), r"x on meta, expected cpu where the weights are. Type x\.to\('cpu'\)"),
    ],
)
def test_inputs(x: object, message: str) -> None:
    """Kind, rank, width, steps, dtype and device of x."""
    with pytest.raises(InputError, match=message):
        GRU(3, 5)(x)


def test_rank_with_the_batch_first() -> None:
    """The hint follows the layer's layout."""
    with pytest.raises(InputError, match=r"expected \(N, T, 3\), .*Here the batch comes first"):
        GRU(3, 5, batch_first=True)(zeros(1, 7, 4, 3))


@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        (7, r"GRU: got lengths of shape \(\), expected \(4,\)"),
        ([[7] * 4], r"lengths of shape \(1, 4\), expected \(4,\)"),
        ([7, 8, 1, 1], r"GRU: got a length of 8, expected 0 to T = 7\. Type lengths\.clamp\(0, 7\)"),
        ([7, -1, 1, 1], "a length of -1, expected 0 to T = 7"),
        ([7, 7, 7], r"lengths of shape \(3,\), expected \(4,\), one for each row.*is batch_first right\?"),
        (ones(4), r"lengths of dtype torch\.float32, expected whole numbers of steps\. Type lengths\.long\(\)"),
        (tensor([True] * 4), r"lengths of dtype torch\.bool"),
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
        (ones(4, 7), r"GRU: got {} of dtype torch\.float32, expected torch\.bool, True where .*Type {}\.bool\(\)"),
        (ones(7, 4).bool(), r"{} of shape \(7, 4\), expected \(4, 7\), a row for each sequence.*Type {}\.t\(\)"),
        (ones(4, 6).bool(), r"{} of shape \(4, 6\), expected \(4, 7\).*is batch_first right\?"),
        ([[1, 0]], r"{} of dtype torch\.int64"),
        (ones(4, 7, 1).bool(), r"{} of shape \(4, 7, 1\), expected \(4, 7\)"),
    ],
)
def test_marks(name: str, marks: object, message: str) -> None:
    """Dtype and shape of a mask and of a reset."""
    with pytest.raises(InputError, match=message.format(name, name)):
        GRU(3, 5)(X, **{name: marks})
    with pytest.raises(InputError, match=r"of shape \(4, 7\), expected \(7,\)"):
        GRU(3, 5)(X[:, 0], **{name: ones(4, 7).bool()})


def test_lengths_of_a_single_sequence() -> None:
    """A row alone needs no length."""
    with pytest.raises(InputError, match=r"lengths with a single sequence\. Leave them out, and cut x"):
        GRU(3, 5)(X[:, 0], lengths=[7])


@pytest.mark.parametrize(
    ("layer", "hx", "message"),
    [
        (
            GRU,
            (zeros(1, 4, 5), zeros(1, 4, 5)),
            r"GRU: got a state that is a tuple of 2, expected h_0.*Type gru\(x, h_0\)",
        ),
        (
            LSTM,
            zeros(1, 4, 5),
            r"LSTM: got a state that is a Tensor, expected a tuple \(h_0, c_0\).*\(x, \(h_0, c_0\)\)",
        ),
        (LSTM, (zeros(1, 4, 5),), "a state that is a tuple of 1"),
        (LSTM, (zeros(1, 4, 5), None), "a state that is a tuple of 2"),
        (
            GRU,
            zeros(4, 5),
            r"h_0 of shape \(4, 5\), expected \(1, 4, 5\), \(num_layers · directions, N, hidden_size\)",
        ),
        (LSTM, (zeros(1, 4, 5), zeros(1, 4, 6)), r"c_0 of shape \(1, 4, 6\), expected \(1, 4, 5\)"),
        (GRU, zeros(1, 3, 5), r"GRU: got h_0 of shape \(1, 3, 5\), expected \(1, 4, 5\).*Type torch\.zeros\(1, 4, 5\)"),
        (GRU, zeros(2, 4, 5), r"h_0 of shape \(2, 4, 5\), expected \(1, 4, 5\)"),
        (LSTM, (zeros(1, 3, 5), zeros(1, 4, 5)), r"LSTM: got h_0 of shape \(1, 3, 5\), expected \(1, 4, 5\)"),
        (LSTM, {}, r"a state that is a dict, expected a tuple \(h_0, c_0\)"),
        (GRU, "zeros", "a state that is a str, expected h_0"),
        (GRU, zeros(1, 4, 5, device="meta"), r"h_0 on meta, expected cpu.*Type h_0\.to\('cpu'\)"),
        (GRU, zeros(1, 4, 5, dtype=float64), r"h_0 of dtype torch\.float64, expected torch\.float32"),
    ],
)
def test_states(layer: type[torch.nn.Module], hx: object, message: str) -> None:
    """Kind, shape and dtype of the initial state."""
    with pytest.raises(InputError, match=message):
        layer(3, 5)(X, hx)


@pytest.mark.parametrize(
    ("options", "hx", "message"),
    [
        ({"batch_first": True}, zeros(1, 4, 5), r"h_0 of shape \(1, 4, 5\), expected \(1, 7, 5\)"),
        ({"num_layers": 2, "bidirectional": True}, zeros(2, 4, 5), r"expected \(4, 4, 5\), \(num_layers · directions"),
    ],
)
def test_states_of_other_layers(options: dict[str, object], hx: torch.Tensor, message: str) -> None:
    """The state follows the batch of x, wherever that lies, and the depths and directions."""
    with pytest.raises(InputError, match=message):
        GRU(3, 5, **options)(X, hx)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"lengths": [7, 4, 4, 1]}, InputError, "GRU: got lengths with a PackedSequence, .*pad_packed_sequence"),
        ({"mask": ones(4, 7).bool()}, InputError, "mask with a PackedSequence"),
        ({"reset": ones(4, 7).bool()}, InputError, "reset with a PackedSequence"),
        ({"return_gates": True}, InputError, "return_gates=True with a PackedSequence, expected a padded tensor"),
        ({"return_gates": 1}, OptionError, "return_gates=1, expected True or False"),
        ({"hx": zeros(1, 3, 5)}, InputError, r"h_0 of shape \(1, 3, 5\), expected \(1, 4, 5\)"),
    ],
)
def test_packed(options: dict[str, object], error: type[Exception], message: str) -> None:
    """A packed sequence has lengths of its own, and no gaps."""
    with pytest.raises(error, match=message):
        GRU(3, 5)(pack_padded_sequence(X, [7, 4, 4, 1]), **options)
    with pytest.raises(InputError, match=r"x of shape \(7, 4, 2\), expected 3 channels"):
        GRU(3, 5)(pack_padded_sequence(X[..., :2], [7, 4, 4, 1]))


def test_state_of_a_single_sequence() -> None:
    """No batch in x, none in the state."""
    with pytest.raises(InputError, match=r"h_0 of shape \(1, 1, 5\), expected \(1, 5\), unbatched, as x is"):
        GRU(3, 5)(X[:, 0], zeros(1, 1, 5))


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (zeros(2, 2), r"GRU: got weight_hh_l1 of shape \(2, 2\), expected \(15, 5\)\. Make a layer of other sizes"),
        (zeros(15, 5, dtype=float64), r"GRU: got weight_hh_l1 of dtype torch\.float64, expected torch\.float32"),
    ],
)
def test_weights(weight: torch.Tensor, message: str) -> None:
    """A parameter put into a layer has to fit it."""
    layer = GRU(3, 5, num_layers=2)
    layer.weight_hh_l1 = torch.nn.Parameter(weight)

    with pytest.raises(InputError, match=message):
        layer(X)

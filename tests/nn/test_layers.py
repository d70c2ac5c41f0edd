"""The layers' face: torch's constructor, names, shapes and call."""

import inspect
from itertools import product

import pytest
import torch
from torch.testing import assert_close

from gatewise.errors import InputError, OptionError
from gatewise.nn.layers import GRU, LSTM, RNN, gate_order
from gatewise.reference.conventions import CONVENTIONS, parameter_count

LAYERS = {"lstm": LSTM, "gru": GRU, "rnn": RNN}
THEIRS = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}


def parts(state):
    return state if isinstance(state, tuple) else (state,)


@pytest.mark.parametrize(
    ("cell", "extra"), [("lstm", ["proj_size"]), ("gru", []), ("rnn", [])], ids=lambda value: str(value)
)
def test_constructor_has_torchs_arguments_in_order(cell: str, extra: list[str]) -> None:
    """What is typed for torch is typed here, positions included; our own arguments have names only."""
    order = ["input_size", "hidden_size", "num_layers", "bias", "batch_first", "dropout", "bidirectional"]
    if cell == "rnn":
        order.insert(3, "nonlinearity")

    arguments = inspect.signature(LAYERS[cell]).parameters.values()

    assert [a.name for a in arguments if a.kind is a.POSITIONAL_OR_KEYWORD] == [*order, *extra, "device", "dtype"]
    assert [a.name for a in arguments if a.kind is a.KEYWORD_ONLY] == [
        "convention",
        "init",
        "regularize",
        "variant",
        "checkpoint",
        "generator",
    ]


@pytest.mark.parametrize("cell", LAYERS)
@pytest.mark.parametrize(
    "options", [{}, {"num_layers": 2, "bidirectional": True}, {"bias": False, "batch_first": True}]
)
def test_torchs_convention_has_torchs_state_dict_and_weights(cell: str, options: dict[str, object]) -> None:
    """Names, shapes and, from the same seed, the initial weights are torch's to the letter."""
    torch.manual_seed(5)
    theirs = THEIRS[cell](3, 5, **options).state_dict()
    torch.manual_seed(5)
    ours = LAYERS[cell](3, 5, convention="torch", **options).state_dict()

    assert list(ours) == list(theirs)
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


@pytest.mark.parametrize(("cell", "gates"), [("lstm", 4), ("gru", 3), ("rnn", 1)])
def test_textbook_parameters(cell: str, gates: int) -> None:
    """Three packed tensors: one bias per gate."""
    shapes = {name: tuple(p.shape) for name, p in LAYERS[cell](3, 5).named_parameters()}

    assert shapes == {"weight_ih_l0": (gates * 5, 3), "weight_hh_l0": (gates * 5, 5), "bias_ih_l0": (gates * 5,)}


@pytest.mark.parametrize("key", CONVENTIONS, ids="-".join)
def test_parameter_count(key: tuple[str, str]) -> None:
    """The formula counts what the layer holds."""
    cell, convention = key
    for num_layers, bidirectional, bias in product((1, 3), (False, True), (False, True)):
        options = {"num_layers": num_layers, "bidirectional": bidirectional, "bias": bias, "convention": convention}
        held = sum(p.numel() for p in LAYERS[cell](3, 5, **options).parameters())
        assert held == parameter_count(cell, 3, 5, **options), options


def test_gate_order() -> None:
    """Names of the row blocks, for any convention; a foreign module is sent to from_torch."""
    assert gate_order(LSTM(3, 5)) == ("input", "forget", "candidate", "output")
    assert gate_order(GRU(3, 5)) == ("reset", "update", "candidate")
    assert gate_order(GRU(3, 5, convention="keras")) == ("update", "reset", "candidate")
    with pytest.raises(InputError, match=r"a torch\.nn\.modules\.rnn\.GRU, .*gatewise\.from_torch\(module\)"):
        gate_order(torch.nn.GRU(3, 5))


def test_the_generator_draws_the_weights() -> None:
    """Equal generators give equal weights in the bounds ±1/√H, and torch's global one is left alone."""
    before = torch.get_rng_state()
    first, second, other = (GRU(3, 16, generator=torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))

    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    assert not torch.equal(first.weight_hh_l0, other.weight_hh_l0)
    assert 0.24 < first.weight_hh_l0.abs().max() <= 0.25
    other.reset_parameters(torch.Generator().manual_seed(1))
    assert torch.equal(first.weight_hh_l0, other.weight_hh_l0)


def test_output_shapes(make, normal) -> None:
    """Output and states are shaped as torch's are."""
    layer = make(num_layers=2, bidirectional=True)

    output, state = layer(normal(7, 4, 3))

    assert output.shape == (7, 4, 10)
    assert [part.shape for part in parts(state)] == [(4, 4, 5)] * (2 if isinstance(layer, LSTM) else 1)


def test_batch_first_and_single_sequences(make, normal, state_of) -> None:
    """The layouts of one computation: (T, N, I), (N, T, I) and, a row alone, (T, I)."""
    layer, first = make(num_layers=2), make(num_layers=2, batch_first=True)
    x, hx = normal(6, 4, 3), state_of(layer, 2, 4, 5)
    output, state = layer(x, hx)

    swapped, same = first(x.transpose(0, 1), hx)
    alone = tuple(part[:, 1] for part in parts(hx))
    row, reached = layer(x[:, 1], alone if isinstance(layer, LSTM) else alone[0])

    assert_close((swapped, parts(same)), (output.transpose(0, 1), parts(state)), rtol=0, atol=1e-14)
    assert_close((row, parts(reached)), (output[:, 1], tuple(p[:, 1] for p in parts(state))), rtol=0, atol=1e-14)


def test_no_state_is_zeros(make, normal) -> None:
    """Leaving hx out starts from zeros."""
    layer, x = make(), normal(6, 4, 3)
    zeros = torch.zeros(1, 4, 5, dtype=torch.float64)

    assert torch.equal(layer(x)[0], layer(x, (zeros, zeros) if isinstance(layer, LSTM) else zeros)[0])


def test_bidirectional_is_forward_and_reversed(make, normal) -> None:
    """Each direction is a layer of its own, the second over the flipped input."""
    both, forward, backward = make(bidirectional=True), make(), make()
    weights = both.state_dict()
    forward.load_state_dict({n: w for n, w in weights.items() if not n.endswith("_reverse")})
    backward.load_state_dict({n.removesuffix("_reverse"): w for n, w in weights.items() if n.endswith("_reverse")})
    x = normal(6, 4, 3)

    output, state = both(x)

    (left, left_n), (right, right_n) = forward(x), backward(x.flip(0))
    assert_close(output, torch.cat([left, right.flip(0)], 2), rtol=0, atol=1e-14)
    for part, first, second in zip(parts(state), parts(left_n), parts(right_n), strict=True):
        assert_close(part, torch.cat([first, second]), rtol=0, atol=1e-14)


def test_lengths_through_a_stack(make, normal) -> None:
    """A padded batch in a bidirectional stack is its rows one by one, gradients included."""
    layer, x, lengths = make(num_layers=2, bidirectional=True, batch_first=True), normal(3, 6, 3), [6, 2, 5]

    output, state = layer(x, lengths=lengths)

    loss = torch.zeros((), dtype=torch.float64)
    for row, length in enumerate(lengths):
        alone, reached = layer(x[row, :length])
        assert_close(output[row, :length], alone, rtol=0, atol=1e-14)
        assert output[row, length:].abs().sum() == 0
        assert_close(tuple(p[:, row] for p in parts(state)), parts(reached), rtol=0, atol=1e-14)
        loss = loss + alone.square().sum()
    weights = list(layer.parameters())
    assert_close(torch.autograd.grad(output.square().sum(), weights), torch.autograd.grad(loss, weights))


def test_whole_is_two_halves(make, normal) -> None:
    """The state that a call returns is the one the next call takes."""
    layer, x = make(num_layers=2), normal(6, 4, 3)
    output, state = layer(x)

    first, between = layer(x[:4])
    second, after = layer(x[4:], between)

    assert_close((torch.cat([first, second]), parts(after)), (output, parts(state)), rtol=0, atol=1e-14)


def test_dropout_acts_between_layers_in_training_only(make, normal) -> None:
    """All of the first layer's outputs dropped leave the second with its biases alone; evaluation drops nothing."""
    layer, plain, x = make(num_layers=2, dropout=1.0), make(num_layers=2), normal(6, 4, 3)
    second = {name.replace("l1", "l0"): weight for name, weight in layer.state_dict().items() if name.endswith("l1")}
    deaf = type(layer)(5, 5, dtype=torch.float64, convention=layer.convention)
    deaf.load_state_dict(second)

    output, _ = layer(x)

    assert_close(output, deaf(torch.zeros(6, 4, 5, dtype=torch.float64))[0], rtol=0, atol=1e-14)
    assert torch.equal(layer.eval()(x)[0], plain(x)[0])
    assert make(num_layers=2, dropout=0.5)(x)[0].ne(plain(x)[0]).any()


def test_dropout_without_a_second_layer_warns() -> None:
    """As torch does, since it would do nothing."""
    with pytest.warns(UserWarning, match=r"dropout=0\.3 acts between layers, so with num_layers=1 it does nothing"):
        GRU(3, 5, dropout=0.3)


@pytest.mark.parametrize("module", [torch.nn.GRU, torch.nn.LSTM])
def test_printed_as_torch_prints(module: type[torch.nn.RNNBase]) -> None:
    """What is not at its default shows, the convention too."""
    options = {"num_layers": 2, "bias": False, "batch_first": True, "dropout": 0.5, "bidirectional": True}
    ours = LAYERS[module.__name__.lower()]

    assert repr(ours(3, 5, **options)) == repr(module(3, 5, **options))
    assert repr(ours(3, 5, convention="torch")) == f"{module.__name__}(3, 5, convention='torch')"


@pytest.mark.parametrize(
    ("layer", "options", "message"),
    [
        (LSTM, {"proj_size": 5}, "proj_size=5 and hidden_size=5, expected a projection smaller than hidden_size"),
        (RNN, {"nonlinearity": "relu"}, r"nonlinearity='relu', expected 'tanh'.*torch\.nn\.RNN for relu"),
        (GRU, {"hidden_size": 0}, "hidden_size=0, expected a whole number from 1 on"),
        (GRU, {"num_layers": 1.5}, r"num_layers=1\.5"),
        (GRU, {"dropout": 1.5}, r"dropout=1\.5, expected the share .* from 0 to 1"),
        (GRU, {"bias": "tanh"}, "bias='tanh', expected True or False"),
        (GRU, {"convention": "pytorch"}, "convention='pytorch' is no convention of the GRU; did you mean torch"),
    ],
)
def test_refused_arguments(layer: type[torch.nn.Module], options: dict[str, object], message: str) -> None:
    """Each message says what was got, what is expected and what to type."""
    with pytest.raises(OptionError, match=message):
        layer(**({"input_size": 3, "hidden_size": 5} | options))

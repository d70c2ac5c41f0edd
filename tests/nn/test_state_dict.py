"""State dicts: round trips, torch's own where the function is torch's, foreign conventions refused."""

import copy
import io
import warnings

import pytest
import safetensors.torch as files
import torch
from torch import nn

from gatewise.errors import InputError
from gatewise.nn.layers import GRU, LSTM, RNN


def test_round_trip(make) -> None:
    """A layer's own state dict loads, also as a plain dict, a deep copy, and through a file."""
    layer, other = make(num_layers=2, bidirectional=True), make(num_layers=2, bidirectional=True)
    other.reset_parameters(torch.Generator().manual_seed(99))
    weights = layer.state_dict()
    stored = io.BytesIO()
    torch.save(weights, stored)
    stored.seek(0)

    for given in (weights, dict(weights), copy.deepcopy(weights), torch.load(stored)):
        other.reset_parameters(torch.Generator().manual_seed(99))
        other.load_state_dict(given)
        assert all(torch.equal(value, weights[name]) for name, value in other.state_dict().items())


@pytest.mark.parametrize(("ours", "theirs"), [(LSTM, nn.LSTM), (GRU, nn.GRU), (RNN, nn.RNN)])
def test_torchs_state_dict_loads_into_torchs_convention(ours, theirs) -> None:
    """No conversion: the same names, shapes and meaning, in both ways."""
    module, layer = theirs(3, 5, num_layers=2), ours(3, 5, num_layers=2, convention="torch")

    layer.load_state_dict(module.state_dict())
    module.load_state_dict(layer.state_dict())

    assert torch.equal(layer.weight_hh_l1, module.weight_hh_l1)


@pytest.mark.parametrize(("ours", "theirs"), [(LSTM, nn.LSTM), (GRU, nn.GRU), (RNN, nn.RNN)])
@pytest.mark.parametrize("plain", [True, False])
def test_two_biases_are_foreign_to_the_textbook(ours, theirs, plain: bool) -> None:
    """A torch.nn state dict is refused with the name of from_torch, strict or not, and nothing is loaded."""
    weights, layer = theirs(3, 5).state_dict(), ours(3, 5)
    before = layer.weight_ih_l0.clone()

    message = "in the torch convention.*two biases per gate.*expected textbook.*one bias.*gatewise.from_torch"
    with pytest.raises(InputError, match=message):
        layer.load_state_dict(dict(weights) if plain else weights, strict=False)
    assert torch.equal(layer.weight_ih_l0, before)


@pytest.mark.parametrize(
    ("layer", "weights", "message"),
    [
        (
            GRU(3, 5, bias=False),
            nn.GRU(3, 5, bias=False).state_dict(),
            "no bias, reset after.*expected textbook .*before",
        ),
        (GRU(3, 5), GRU(3, 5, convention="keras-reset-before").state_dict(), "keras-reset-before convention"),
        (GRU(3, 5, convention="torch"), GRU(3, 5).state_dict(), 'expected torch .*with convention="textbook"'),
        (LSTM(3, 5), LSTM(3, 5, convention="onnx").state_dict(), "row blocks input output forget candidate"),
        (LSTM(3, 5, convention="torch"), dict(LSTM(3, 5).state_dict()), "textbook convention .one bias per gate"),
    ],
)
def test_other_foreign_state_dicts(layer: nn.Module, weights: dict[str, torch.Tensor], message: str) -> None:
    """The metadata tells conventions apart whose names and shapes are alike."""
    with pytest.raises(InputError, match=message):
        layer.load_state_dict(weights)


def test_a_layer_within_a_model() -> None:
    """The refusal works at any depth of a model, and a model's own state dict loads."""
    model = nn.Sequential(nn.Linear(2, 3), GRU(3, 5, bias=False))
    foreign = nn.Sequential(nn.Linear(2, 3), nn.GRU(3, 5, bias=False))

    model.load_state_dict(model.state_dict())
    with pytest.raises(InputError, match="from_torch"):
        model.load_state_dict(foreign.state_dict())


def test_without_biases_one_function_is_not_foreign() -> None:
    """Torch's LSTM without biases is the textbook's: it loads."""
    module, layer = nn.LSTM(3, 5, bias=False), LSTM(3, 5, bias=False)

    layer.load_state_dict(module.state_dict())

    assert torch.equal(layer.weight_ih_l0, module.weight_ih_l0)


FOREIGN = [
    (GRU(3, 5, convention="keras"), GRU(3, 5, convention="torch")),
    (LSTM(3, 5, convention="onnx"), LSTM(3, 5, convention="torch")),
    (LSTM(3, 5, convention="onnx", bias=False), nn.LSTM(3, 5, bias=False)),
    (GRU(3, 5, bias=False), GRU(3, 5, bias=False, convention="torch")),
    (GRU(3, 5, convention="keras-reset-before"), GRU(3, 5)),
]
UNTOLD = [(GRU(3, 5), GRU(3, 5, convention="keras-reset-before")), (nn.GRU(3, 5, bias=False), GRU(3, 5, bias=False))]


@pytest.mark.parametrize(("written", "read"), FOREIGN)
def test_through_a_file_of_names_and_numbers(written: nn.Module, read: nn.Module) -> None:
    """Safetensors keeps no metadata; a convention that names and shapes do not tell has a tensor that does."""
    weights = files.load(files.save(written.state_dict()))

    with pytest.raises((InputError, RuntimeError), match="convention"):
        read.load_state_dict(weights)
    written.load_state_dict({name: 0.5 * value + 0.5 * value for name, value in weights.items()})  # an average


@pytest.mark.parametrize(("written", "read"), UNTOLD)
def test_what_nothing_tells_is_said(written: nn.Module, read: nn.Module) -> None:
    """A file that does not tell its convention is taken to be in the layer's, with a word."""
    with pytest.warns(UserWarning, match="does not say its convention, and is taken to be in the layer's"):
        read.load_state_dict(files.load(files.save(written.state_dict())))


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("ours", "theirs"), [(LSTM, nn.LSTM), (GRU, nn.GRU), (RNN, nn.RNN)])
def test_files_of_the_usual_conventions_load_in_silence(ours, theirs, bias: bool) -> None:
    """Torch's own, and the textbook's into its like; torch's names are left as they are."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for written, read in ((theirs, ours), (ours, theirs), (ours, ours)):
            options = [
                {"convention": "torch"} if kind is ours and theirs in (written, read) else {}
                for kind in (written, read)
            ]
            a, b = (kind(3, 5, bias=bias, **own) for kind, own in zip((written, read), options, strict=True))
            b.load_state_dict(files.load(files.save(a.state_dict())))
            assert torch.equal(a.weight_hh_l0, b.weight_hh_l0)

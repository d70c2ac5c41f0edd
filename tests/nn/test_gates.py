"""Every gate at every step: the equations between them, their gradients, their shapes."""

import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence
from torch.testing import assert_close

from gatewise.errors import InputError, OptionError
from gatewise.kernels import native
from gatewise.nn.gates import GRUGates, LSTMGates, RNNGates
from gatewise.nn.layers import GRU, LSTM, RNN

KINDS = {LSTM: LSTMGates, GRU: GRUGates, RNN: RNNGates}


@pytest.fixture(params=["native", "reference"])
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Either path."""
    if request.param == "reference":
        monkeypatch.setattr(native, "NATIVE", native.Native(None, "", "asked for"))
    return request.param


def test_lstm_equations(path: str, normal) -> None:
    """C = f * c + i * c̃, h = o * tanh(c), step by step."""
    layer, x, state = LSTM(3, 5, dtype=torch.float64), normal(6, 4, 3), (normal(1, 4, 5), normal(1, 4, 5))

    output, _, gates = layer(x, state, return_gates=True)

    before = torch.cat([state[1], gates.cell[:-1]])
    assert_close(gates.cell, gates.forget * before + gates.input * gates.candidate)
    assert_close(output, gates.output * gates.cell.tanh())
    assert all(0 < gate.min() < gate.max() < 1 for gate in (gates.input, gates.forget, gates.output))


@pytest.mark.parametrize("convention", ["textbook", "torch", "keras", "onnx"])
def test_gru_equations(path: str, normal, convention: str) -> None:
    """Z is the convention's own: the share of the candidate, or of the state before."""
    layer, x, h_0 = GRU(3, 5, dtype=torch.float64, convention=convention), normal(6, 4, 3), normal(1, 4, 5)

    output, _, (_, z, candidate) = layer(x, h_0, return_gates=True)

    new, before = (candidate, torch.cat([h_0, output[:-1]]))
    if layer.rules.update == "state":
        new, before = before, new
    assert_close(output, (1 - z) * before + z * new)


def test_reset_gate(path: str, normal) -> None:
    """R stands where the textbook has it: before the product."""
    layer, x, h_0 = GRU(3, 5, dtype=torch.float64), normal(6, 4, 3), normal(1, 4, 5)

    output, _, gates = layer(x, h_0, return_gates=True)

    V, U, b = (parameter[10:] for parameter in layer.parameters())
    before = torch.cat([h_0, output[:-1]])
    assert_close(gates.candidate, torch.tanh(x @ V.T + (gates.reset * before) @ U.T + b))


def test_rnn(path: str, normal) -> None:
    """The candidate is the state."""
    output, _, gates = RNN(3, 5, dtype=torch.float64)(normal(6, 4, 3), return_gates=True)

    assert_close(gates.candidate, output)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_pass(path: str, normal, kind: type[torch.nn.Module]) -> None:
    """Output and state have the bits they have without gates."""
    layer, x = kind(3, 5, dtype=torch.float64), normal(6, 4, 3)

    output, state, gates = layer(x, return_gates=True)

    wanted, reached = layer(x)
    assert torch.equal(output, wanted)
    assert_close(state, reached, rtol=0, atol=0)
    assert type(gates) is KINDS[kind]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("grad", [False, True])
def test_shapes_and_padding(path: str, normal, kind: type[torch.nn.Module], batch_first: bool, grad: bool) -> None:
    """Laid out as the output, 0 behind a row's length, with and without gradients."""
    layer = kind(3, 5, dtype=torch.float64, batch_first=batch_first)
    x, lengths = normal(4, 6, 3) if batch_first else normal(6, 4, 3), torch.tensor([6, 0, 2, 5])

    with torch.set_grad_enabled(grad):
        output, _, gates = layer(x, lengths=lengths, return_gates=True)
        single = layer(x[0] if batch_first else x[:, 0], return_gates=True)

    padding = torch.arange(6) >= lengths.unsqueeze(1)
    padding = padding if batch_first else padding.T
    for gate, alone in zip(gates, single[2], strict=True):
        assert gate.shape == output.shape
        assert gate[padding].eq(0).all()
        assert gate[~padding].ne(0).all()
        assert alone.shape == (6, 5)
        assert_close(alone, gate[0] if batch_first else gate[:, 0], rtol=0, atol=1e-14)
        assert gate.requires_grad == grad


@pytest.mark.parametrize("kind", KINDS)
def test_several_layers_and_directions(path: str, normal, kind: type[torch.nn.Module]) -> None:
    """One axis more in front, in the order of h_n."""
    layer, x = kind(3, 5, num_layers=2, bidirectional=True, dtype=torch.float64), normal(6, 4, 3)
    first = kind(3, 5, bidirectional=True, dtype=torch.float64)
    first.load_state_dict({name: weight for name, weight in layer.state_dict().items() if "l0" in name})

    _, _, gates = layer(x, return_gates=True)

    _, _, lower = first(x, return_gates=True)
    assert all(gate.shape == (4, 6, 4, 5) for gate in gates)
    assert all(torch.equal(gate[:2], other) for gate, other in zip(gates, lower, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_flow_through_gates(normal, monkeypatch: pytest.MonkeyPatch, kind: type[torch.nn.Module]) -> None:
    """A loss of the gates alone has the gradients of the reference."""
    layer, lengths = kind(3, 5, num_layers=2, dtype=torch.float64), torch.tensor([6, 0, 2, 5])
    leaves, weights = [normal(6, 4, 3).requires_grad_(), *layer.parameters()], normal(2, 6, 4, 5)

    def gradients() -> tuple[torch.Tensor, ...]:
        gates = layer(leaves[0], lengths=lengths, return_gates=True)[2]
        loss = sum((k + 1) * (weights * gate.square()).sum() for k, gate in enumerate(gates))
        return torch.autograd.grad(loss, leaves)

    ours = gradients()

    monkeypatch.setattr(native, "NATIVE", native.Native(None, "", "asked for"))
    assert_close(ours, gradients(), rtol=1e-10, atol=1e-12)


def test_refused() -> None:
    """Packed sequences, and what is no flag."""
    packed = pack_padded_sequence(torch.zeros(7, 2, 3), [7, 4])

    with pytest.raises(InputError, match=r"return_gates=True with a PackedSequence.*pad_packed_sequence\(packed\)"):
        GRU(3, 5)(packed, return_gates=True)
    with pytest.raises(OptionError, match="return_gates=1, expected True or False"):
        GRU(3, 5)(torch.zeros(7, 2, 3), return_gates=1)


@pytest.mark.parametrize("kind", [LSTM, GRU, RNN])
def test_gates_say_in_a_line_what_they_are(kind: type) -> None:
    """Thousands of numbers at a prompt tell nobody anything; the fields have them."""
    _, _, gates = kind(8, 32, batch_first=True)(torch.randn(4, 20, 8), return_gates=True)

    said = repr(gates)
    assert "\n" not in said
    assert len(said) < 200
    assert all(name in said for name in gates._fields)
    assert "(4, 20, 32)" in said

"""Variants of the gates: equations, parameters, both paths, and what is refused."""

import copy
import io

import pytest
import torch
from torch.testing import assert_close

import gatewise
from gatewise.errors import InputError, OptionError
from gatewise.kernels import ops
from gatewise.nn.init import Init
from gatewise.nn.layers import GRU, LSTM, RNN, gate_order
from gatewise.nn.paths import kernel_path
from gatewise.nn.regularize import Regularize
from gatewise.nn.variant import Variant

EACH = [
    (LSTM, Variant(peepholes=True)),
    (LSTM, Variant(coupled=True)),
    (LSTM, Variant(peepholes=True, coupled=True, hard_sigmoid=0.25)),
    (LSTM, Variant(hard_sigmoid=1 / 6)),
    (LSTM, Variant(layer_norm=True)),
    (LSTM, Variant(layer_norm=True, peepholes=True, hard_sigmoid=0.25)),
    (GRU, Variant(hard_sigmoid=0.2)),
    (GRU, Variant(layer_norm=True)),
]


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def vectors(state: object) -> tuple[torch.Tensor, ...]:
    return state if isinstance(state, tuple) else (state,)


def by_hand(layer: LSTM, x: torch.Tensor) -> torch.Tensor:
    """The equations of one LSTM layer, gate by gate, from the layer's own parameters."""
    variant, order = layer.variant, gate_order(layer)
    w, u, b = (
        dict(zip(order, part.detach().chunk(len(order)), strict=True))
        for part in (layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0 + getattr(layer, "bias_hh_l0", 0.0))
    )
    peepholes = layer.peepholes_l0.detach() if variant.peepholes else torch.zeros(3, 5).double()
    p_i, p_f, p_o = peepholes if len(peepholes) == 3 else (peepholes[0], None, peepholes[1])

    def gate(a: torch.Tensor) -> torch.Tensor:
        return a.sigmoid() if variant.hard_sigmoid is None else (variant.hard_sigmoid * a + 0.5).clamp(0, 1)

    def normed(a: torch.Tensor) -> torch.Tensor:
        return (a - a.mean(-1, keepdim=True)) / (a.var(-1, correction=0, keepdim=True) + 1e-5).sqrt()

    def product(a: torch.Tensor, weights: dict[str, torch.Tensor], row: int) -> dict[str, torch.Tensor]:
        parts = torch.cat([a @ weights[name].T for name in order], -1)
        if variant.layer_norm:
            parts = normed(parts) * layer.gains_l0.detach()[row]
        return dict(zip(order, parts.chunk(len(order), -1), strict=True))

    h = c = torch.zeros(x.shape[1], 5, dtype=torch.float64)
    outputs = []
    for x_t in x:
        of_x, of_h = product(x_t, w, 0), product(h, u, 1)
        total = {name: of_x[name] + of_h[name] + b[name] for name in order}
        i = gate(total["input"] + p_i * c)
        f = 1 - i if variant.coupled else gate(total["forget"] + p_f * c)
        c = f * c + i * total["candidate"].tanh()
        gain, shift = layer.cell_norm_l0.detach() if variant.layer_norm else (1.0, 0.0)
        h = gate(total["output"] + p_o * c) * (gain * (normed(c) if variant.layer_norm else c) + shift).tanh()
        outputs.append(h)
    return torch.stack(outputs)


@pytest.mark.parametrize("variant", [variant for layer, variant in EACH if layer is LSTM], ids=str)
@pytest.mark.parametrize("convention", ["textbook", "torch", "onnx"])
def test_equations(variant: Variant, convention: str) -> None:
    """Every step is that of the paper's equations, whatever the order of the row blocks."""
    layer = LSTM(3, 5, dtype=torch.float64, variant=variant, convention=convention)
    with torch.no_grad():
        for seed, (name, parameter) in enumerate(layer.named_parameters()):
            if "norm" in name or "gains" in name:
                parameter.add_(normal(*parameter.shape, seed=seed))
    x = 2 * normal(6, 4, 3)

    assert_close(layer(x)[0], by_hand(layer, x))
    assert kernel_path(layer, x).path == "native"


@pytest.mark.parametrize(("kind", "variant"), EACH, ids=str)
@pytest.mark.parametrize("options", [{}, {"num_layers": 2, "bidirectional": True, "batch_first": True}], ids=str)
def test_native_equals_reference(monkeypatch, kind: type, variant: Variant, options: dict[str, object]) -> None:
    """Values, gates and all gradients, regularised, with gaps and resets, and second derivatives of one of them."""
    regularize = Regularize(recurrent_dropout=0.3, weight_dropout=0.2, zoneout=0.1)
    layer, run = kind(3, 5, dtype=torch.float64, variant=variant, regularize=regularize, **options), ops.run
    x = normal(6, 4, 3).requires_grad_()
    given = x.transpose(0, 1) if layer.batch_first else x
    mask, reset = normal(4, 6, seed=1) > -0.7, normal(4, 6, seed=2) > 0.9
    leaves, found = [x, *layer.parameters()], []
    for path in ("native", "reference"):
        with monkeypatch.context() as patched:
            patched.setattr("gatewise.kernels.ops.run", lambda _, *rest, to=path, **more: run(to, *rest, **more))
            generator = torch.Generator().manual_seed(3)
            output, state, gates = layer(given, mask=mask, reset=reset, return_gates=True, generator=generator)
        values = [output, *vectors(state), *gates]
        loss = sum((k + 1) * part.pow(2).sum() for k, part in enumerate(values))
        first = torch.autograd.grad(loss, leaves, create_graph=True)
        second = torch.autograd.grad(first[0].pow(2).sum(), leaves)
        found.append((values, first, second))
    rtol = 1e-8 if variant.layer_norm else 1e-9  # second derivatives divide by small deviations thrice
    assert_close(found[0], found[1], rtol=rtol, atol=1e-12)


@pytest.mark.parametrize(("kind", "variant"), EACH, ids=str)
def test_streams_and_states(kind: type, variant: Variant) -> None:
    """Steps are those of a call; state dicts go in and out; copies keep the variant."""
    layer, x, state = kind(3, 5, dtype=torch.float64, variant=variant), normal(6, 4, 3), None
    with torch.no_grad():
        for t in range(6):
            output, state = layer.step(x[t], state)
            assert_close(output, layer(x[: t + 1])[0][-1])

    other = kind(3, 5, dtype=torch.float64, variant=variant)
    other.load_state_dict(layer.state_dict())

    assert torch.equal(other(x)[0], layer(x)[0])
    assert repr(variant) in repr(layer)


def test_parameters() -> None:
    """A coupled cell has a block less, and a peephole less."""
    shapes = {
        name: tuple(parameter.shape)
        for name, parameter in LSTM(3, 5, variant=Variant(peepholes=True, coupled=True)).named_parameters()
    }
    assert shapes == {"weight_ih_l0": (15, 3), "weight_hh_l0": (15, 5), "bias_ih_l0": (15,), "peepholes_l0": (2, 5)}
    both = LSTM(3, 5, num_layers=2, bidirectional=True, variant=Variant(peepholes=True))
    assert [name for name, _ in both.named_parameters() if name.startswith("peep")] == [
        "peepholes_l0", "peepholes_l0_reverse", "peepholes_l1", "peepholes_l1_reverse",
    ]  # fmt: skip
    assert gate_order(LSTM(3, 5, variant=Variant(coupled=True))) == ("input", "candidate", "output")


@pytest.mark.parametrize(("kind", "gates"), [(LSTM, 4), (GRU, 3)])
@pytest.mark.parametrize("init", [None, Init(), Init(chrono=90)], ids=str)
@pytest.mark.parametrize("convention", ["textbook", "torch", "onnx"])
def test_layer_norm_parameters(kind: type, gates: int, init: Init | None, convention: str) -> None:
    """Gains of both products, and of the LSTM's cell state a gain and a shift: 1 and 0, and the rest as without."""
    made = {"num_layers": 2, "bidirectional": True, "convention": convention, "init": init}
    layer, plain = (
        kind(3, 5, generator=torch.Generator().manual_seed(4), variant=variant, **made)
        for variant in (Variant(layer_norm=True), None)
    )
    wanted = {"gains": (2, gates * 5)} | ({"cell_norm": (2, 5)} if kind is LSTM else {})
    endings = ("l0", "l0_reverse", "l1", "l1_reverse")
    shapes = {f"{name}_{ending}": shape for ending in endings for name, shape in wanted.items()}

    for again in (False, True):
        if again:
            torch.nn.init.zeros_(layer.gains_l1)
            layer.reset_parameters(torch.Generator().manual_seed(4))
        own = dict(layer.named_parameters())
        assert {name: tuple(own[name].shape) for name in own.keys() - plain.state_dict().keys()} == shapes
        for name in shapes:
            first, second = own[name]
            assert first.eq(1).all()
            assert second.eq(0 if name.startswith("cell_norm") else 1).all()
        assert all(torch.equal(own[name], parameter) for name, parameter in plain.named_parameters())


@pytest.mark.parametrize("kind", [LSTM, GRU])
@pytest.mark.parametrize("options", [{}, {"checkpoint": 64, "num_layers": 2}], ids=str)
def test_layer_norm_kept_and_stepped(kind: type, options: dict[str, object]) -> None:
    """Copies, files and state dicts hold all of it, and a step is one of the sequence's, gradients too."""
    made = {"dtype": torch.float64, "variant": Variant(layer_norm=True), **options}
    layer, other, x, state = kind(3, 5, **made), kind(3, 5, **made), normal(70, 4, 3), None
    with torch.no_grad():
        for seed, parameter in enumerate(layer.parameters()):
            parameter.add_(0.3 * normal(*parameter.shape, seed=seed))
    wanted, kept, whole = layer(x)[0], io.BytesIO(), io.BytesIO()
    torch.save(layer.state_dict(), kept)
    torch.save(layer, whole)
    for file in (kept, whole):
        file.seek(0)

    assert not torch.equal(other(x)[0], wanted)
    other.load_state_dict(torch.load(kept, weights_only=True))

    for same in (other, copy.deepcopy(layer), torch.load(whole, weights_only=False)):
        assert torch.equal(same(x)[0], wanted)
        assert (same.variant, same.checkpoint) == (layer.variant, layer.checkpoint)
        assert repr(same) == repr(layer)
    with pytest.raises(RuntimeError, match="gains_l0"):
        kind(3, 5, dtype=torch.float64).load_state_dict(layer.state_dict())
    outputs = []
    for x_t in x:
        output, state = layer.step(x_t, state)
        outputs.append(output)
    assert_close(torch.stack(outputs), wanted)
    found, expected = (
        torch.autograd.grad(y.pow(3).sum(), list(layer.parameters())) for y in (torch.stack(outputs), wanted)
    )
    assert_close(found, expected, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("coupled", [False, True])
@pytest.mark.parametrize("convention", ["textbook", "torch"])
def test_initialisation(coupled: bool, convention: str) -> None:
    """Peepholes begin at 0; the forget gate at rest is σ(1) where it is 1 - i too; chrono keeps as long."""
    variant = Variant(peepholes=True, coupled=coupled)
    made = {"dtype": torch.float64, "variant": variant, "convention": convention}
    zero = torch.zeros(1, 1, 3, dtype=torch.float64)

    layer = LSTM(3, 200, init=Init(), **made)
    forget = layer(zero, return_gates=True)[2].forget
    assert layer.peepholes_l0.eq(0).all()
    assert_close(forget, torch.full_like(forget, torch.tensor(1.0).sigmoid().item()), rtol=0, atol=1e-7)
    chrono = LSTM(3, 200, init=Init(chrono=(10, 100)), **made)(zero, return_gates=True)[2]
    times = 1 / (1 - chrono.forget)
    assert 10 <= times.min() < 20
    assert 90 < times.max() <= 100
    assert_close(chrono.input, 1 - chrono.forget)


def test_another_function_is_told_apart() -> None:
    """A coupled layer's state dict is refused by the plain layer, and the other way round."""
    plain, coupled = LSTM(3, 5), LSTM(3, 5, variant=Variant(coupled=True))
    for giver, taker in ((plain, coupled), (coupled, plain)):
        with pytest.raises(RuntimeError, match="size mismatch"):
            taker.load_state_dict(giver.state_dict())
    with pytest.raises(RuntimeError, match="peepholes_l0"):
        plain.load_state_dict(LSTM(3, 5, variant=Variant(peepholes=True)).state_dict())


def test_what_is_refused() -> None:
    """What a cell has no use for, a slope that is none, and torch.nn, which has no such cells."""
    with pytest.raises(OptionError, match=r"peepholes=True for the GRU, expected an LSTM\. Leave peepholes out"):
        GRU(3, 5, variant=Variant(peepholes=True))
    with pytest.raises(OptionError, match=r"coupled=True for the RNN, expected an LSTM"):
        RNN(3, 5, variant=Variant(coupled=True))
    with pytest.raises(OptionError, match=r"hard_sigmoid=0\.2 for the RNN, which has no gates"):
        RNN(3, 5, variant=Variant(hard_sigmoid=0.2))
    with pytest.raises(OptionError, match=r"variant='peepholes', expected a gatewise\.Variant"):
        LSTM(3, 5, variant="peepholes")
    for slope in (0, -1.0, True, "0.2", float("nan"), float("inf")):
        with pytest.raises(OptionError, match=r"hard_sigmoid=.*, expected the slope"):
            Variant(hard_sigmoid=slope)
    with pytest.raises(OptionError, match=r"coupled=1, expected True or False"):
        Variant(coupled=1)
    with pytest.raises(InputError, match=r"to_torch: got a layer with Variant.*, expected a cell as published"):
        gatewise.to_torch(LSTM(3, 5, variant=Variant(peepholes=True)))

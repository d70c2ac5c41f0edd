"""How layers begin: the distribution of every choice, in every convention, depth and direction."""

import copy
import io
import math

import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence
from torch.testing import assert_close

import gatewise
from gatewise.errors import OptionError
from gatewise.kernels import native, ops
from gatewise.nn.init import Init
from gatewise.nn.layers import GRU, LSTM, RNN
from gatewise.nn.recurrent import Recurrent
from gatewise.reference.conventions import CONVENTIONS

LAYERS = {"lstm": LSTM, "gru": GRU, "rnn": RNN}
GATED = [key for key in CONVENTIONS if key[0] != "rnn"]


def parts(state):
    return state if isinstance(state, tuple) else (state,)


def made(key: tuple[str, str], *, hidden: int = 40, seed: int = 3, **options: object) -> Recurrent:
    """A layer of two depths and directions, I = 7 and 2H."""
    cell, convention = key
    generator = torch.Generator().manual_seed(seed)
    options = {"num_layers": 2, "bidirectional": True, "dtype": torch.float64} | options
    return LAYERS[cell](7, hidden, convention=convention, generator=generator, **options)


def blocks(layer: Recurrent, kind: str) -> list[torch.Tensor]:
    """Every gate's block of every depth and direction."""
    gates = len(layer.rules.gates)
    return [block for name, weight in layer.named_parameters() if kind in name for block in weight.chunk(gates)]


def at_rest(layer: Recurrent) -> object:
    """The gates where x, h and c are 0."""
    return layer(torch.zeros(1, 1, layer.input_size, dtype=layer.weight_ih_l0.dtype), return_gates=True)[2]


@pytest.mark.parametrize("key", CONVENTIONS, ids="-".join)
def test_orthogonal(key: tuple[str, str]) -> None:
    """Every gate's block by itself keeps lengths and angles, and is another one than the others."""
    for dtype, exact in ((torch.float32, 1e-6), (torch.float64, 1e-13)):
        found = blocks(made(key, init=Init(), dtype=dtype), "weight_hh")
        assert {block.shape for block in found} == {(40, 40)}
        for block in found:
            assert_close(block @ block.T, torch.eye(40, dtype=dtype), rtol=0, atol=exact)
        assert len({block[0, 0].item() for block in found}) == len(found)


def test_orthogonal_in_half_precision() -> None:
    """Drawn in float32, for torch factors nothing below."""
    for block in blocks(made(("gru", "textbook"), init=Init(), dtype=torch.bfloat16), "weight_hh"):
        assert_close(block.float() @ block.float().T, torch.eye(40), rtol=0, atol=0.01)


@pytest.mark.parametrize("key", CONVENTIONS, ids="-".join)
def test_glorot(key: tuple[str, str]) -> None:
    """Every gate's block fills U(-b, b), b = √(6 / (fan_in + H)), where deeper layers have 2H inputs."""
    for block in blocks(made(key, init=Init()), "weight_ih"):
        assert block.shape in ((40, 7), (40, 80))
        bound = math.sqrt(6 / (block.shape[1] + 40))
        assert 0.96 * bound < block.abs().max() <= bound
        assert_close(block.std().item(), bound / math.sqrt(3), rtol=0.12, atol=0)


@pytest.mark.parametrize("key", CONVENTIONS, ids="-".join)
def test_uniform(key: tuple[str, str]) -> None:
    """Torch's bound 1/√H for the one, the other stays as it was."""
    for name, other in (("weight_ih", "weight_hh"), ("weight_hh", "weight_ih")):
        layer = made(key, init=Init(**{name: "uniform"}))
        for block in blocks(layer, name):
            assert 0.96 * 40**-0.5 < block.abs().max() <= 40**-0.5
        assert max(block.abs().max() for block in blocks(layer, other)) > 1.1 * 40**-0.5


@pytest.mark.parametrize(
    ("key", "forget_bias"),
    [*((key, 1.0) for key in CONVENTIONS), *((key, -2.5) for key in CONVENTIONS if "lstm" in key)],
)
def test_forget_bias(key: tuple[str, str], forget_bias: float) -> None:
    """At rest the forget gate is σ(forget_bias), whatever the number of biases; all other biases are 0."""
    layer = made(key, init=Init(forget_bias=forget_bias if key[0] == "lstm" else 1.0))

    gates = at_rest(layer)._asdict()
    if key[0] == "lstm":
        forget = gates.pop("forget")
        assert_close(forget, torch.full_like(forget, 1 / (1 + math.exp(-forget_bias))), rtol=1e-12, atol=0)
        del gates["cell"]

    for name, gate in gates.items():
        assert_close(gate, torch.full_like(gate, 0.0 if name == "candidate" else 0.5), rtol=0, atol=0)
    assert all(bias.eq(0).all() for bias in blocks(layer, "bias_hh"))


@pytest.mark.parametrize("key", GATED, ids="-".join)
@pytest.mark.parametrize(("chrono", "t_min", "t_max"), [(90, 2, 90), ((30.5, 60.0), 30.5, 60), ((12, 12), 12, 12)])
def test_chrono(key: tuple[str, str], chrono: object, t_min: float, t_max: float) -> None:
    """Left alone, units of every layer forget by 1/time a step, with times drawn from U(t_min, t_max)."""
    layer = made(key, hidden=300, init=Init(weight_hh="uniform", chrono=chrono))
    with torch.no_grad():
        for block in blocks(layer, "weight"):
            block.zero_()
    ones = torch.ones(4, 1, 300, dtype=torch.float64)

    _, state = layer(torch.zeros(6, 1, 7, dtype=torch.float64), (ones, ones) if key[0] == "lstm" else ones)

    times = 1 / (1 - parts(state)[-1].squeeze(1) ** (1 / 6))  # c, or h, is (1 - 1/time)^6
    assert t_min * (1 - 1e-9) <= times.min() <= t_min + 0.05 * (t_max - t_min) + 1e-6
    assert t_max * (1 + 1e-9) >= times.max() >= t_max - 0.05 * (t_max - t_min) - 1e-6
    assert_close(times.mean().item(), (t_min + t_max) / 2, rtol=0.04, atol=0)
    for drawn in times:  # each depth and direction has its own
        assert_close(drawn.std().item(), (t_max - t_min) / math.sqrt(12), rtol=0.1, atol=1e-6)
        assert sum(torch.equal(drawn, other) for other in times) == (1 if t_min < t_max else 4)


@pytest.mark.parametrize("key", GATED, ids="-".join)
def test_chrono_moves_one_gate_alone(key: tuple[str, str]) -> None:
    """The LSTM's input gate lets in what the forget gate lets go; all other gates rest at one half."""
    gates = at_rest(made(key, init=Init(chrono=90)))

    if key[0] == "lstm":
        assert_close(gates.input, 1 - gates.forget)
        assert gates.output.eq(0.5).all()
    else:
        assert gates.reset.eq(0.5).all()
        assert gates.update.ne(0.5).all()
    assert gates.candidate.eq(0).all()


@pytest.mark.parametrize("key", CONVENTIONS, ids="-".join)
def test_drawn_from_the_generator_alone(key: tuple[str, str]) -> None:
    """Equal generators give equal layers, at once and by reset_parameters; torch's global one is left alone."""
    init, before = Init(chrono=None if key[0] == "rnn" else 90, learn_state=True), torch.get_rng_state()
    first, second, other = (made(key, seed=seed, init=init) for seed in (1, 1, 2))
    torch.nn.init.ones_(other.h_0)

    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    assert not any(torch.equal(a, b) for a, b in zip(blocks(first, "weight"), blocks(other, "weight"), strict=True))
    other.reset_parameters(torch.Generator().manual_seed(1))
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), other.parameters(), strict=True))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(parameter.is_leaf and parameter.requires_grad for parameter in first.parameters())


def test_without_memory() -> None:
    """A layer on the meta device, as torch makes it before its weights are known."""
    assert LSTM(3, 5, init=Init(chrono=90, learn_state=True), device="meta").h_0.is_meta


@pytest.mark.parametrize("bias", [True, False])
def test_without_biases(bias: bool) -> None:
    """What names no bias needs none."""
    layer = made(("lstm", "textbook"), bias=bias, init=Init())

    assert bool(blocks(layer, "bias")) == bias
    assert all((weight @ weight.T).trace().round() == 40 for weight in blocks(layer, "weight_hh"))


@pytest.fixture
def learning(make, normal):
    """Make a layer that has learned a state, the state as the caller would give it, and torch's names of it."""

    def learned(rows: int | None = None, **options: object) -> tuple[Recurrent, object]:
        layer = make(init=Init(learn_state=True), **options)
        with torch.no_grad():
            own = [layer.get_parameter(name).copy_(normal(*layer.h_0.shape)) for name in layer._learned]
        wide = [part.detach() if rows is None else torch.stack([part.detach()] * rows, 1) for part in own]
        return layer, tuple(wide) if isinstance(layer, LSTM) else wide[0]

    return learned


def test_learned_state_is_a_parameter_of_zeros(make) -> None:
    """One row for each depth and direction, after the weights; without the option there is none."""
    layer, plain = (make(num_layers=3, bidirectional=True, init=init) for init in (Init(learn_state=True), Init()))
    names = ["h_0", "c_0"] if isinstance(layer, LSTM) else ["h_0"]

    assert list(layer.state_dict()) == [*plain.state_dict(), *names]
    assert {tuple(layer.get_parameter(name).shape) for name in names} == {(6, 5)}
    assert all(layer.get_parameter(name).eq(0).all() for name in names)


@pytest.mark.parametrize("options", [{}, {"num_layers": 2, "bidirectional": True}, {"batch_first": True}], ids=str)
@pytest.mark.parametrize("path", ["native", "reference"])
def test_learned_state_is_where_sequences_start(
    learning, normal, monkeypatch: pytest.MonkeyPatch, options: dict[str, object], path: str
) -> None:
    """As if the caller gave it for every row, with the gradients; what the caller does give goes before it."""
    if path == "reference":
        monkeypatch.setattr(native, "NATIVE", native.Native(None, "", "asked for"))
    taken, run = set(), ops.run
    monkeypatch.setattr(ops, "run", lambda path, *given, **more: (taken.add(path), run(path, *given, **more))[1])
    layer, hx = learning(rows=4, **options)
    leaves = [part.requires_grad_() for part in parts(hx)]
    x, lengths = normal(4, 6, 3) if layer.batch_first else normal(6, 4, 3), torch.tensor([6, 1, 0, 4])
    probe = normal(*layer(x)[0].shape)

    output, state = layer(x, lengths=lengths)

    wanted, reached = layer(x, hx, lengths=lengths)
    assert gatewise.kernel_path(layer, x, lengths=lengths).path == path
    assert taken == {path}
    assert torch.equal(output, wanted)
    assert all(torch.equal(a, b) for a, b in zip(parts(state), parts(reached), strict=True))
    own = [layer.get_parameter(name) for name in layer._learned]
    loss = (output * probe).sum() + sum(part.square().sum() for part in parts(state))
    found = torch.autograd.grad(loss, own)
    loss = (wanted * probe).sum() + sum(part.square().sum() for part in parts(reached))
    assert_close(found, tuple(part.sum(1) for part in torch.autograd.grad(loss, leaves)))


def test_learned_state_of_single_and_packed_sequences(learning, normal) -> None:
    """Without a batch there is none in the state; packed rows start there too, whatever their order."""
    layer, hx = learning(num_layers=2, bidirectional=True)
    x, lengths = normal(6, 4, 3), [2, 6, 5, 1]

    packed, _ = layer(pack_padded_sequence(x, lengths, enforce_sorted=False))

    padded, _ = layer(x, lengths=lengths)
    assert torch.equal(layer(x[:, 0])[0], layer(x[:, 0], hx)[0])
    assert torch.equal(torch.nn.utils.rnn.pad_packed_sequence(packed)[0], padded)


@pytest.mark.parametrize("rows", [None, 4])
@pytest.mark.parametrize("grad", [True, False])
def test_steps_start_from_the_learned_state(learning, normal, rows: int | None, grad: bool) -> None:
    """The first of all steps has no state but the learned one, and the next ones take the quick way."""
    layer, hx = learning(rows=rows, num_layers=2)
    x = normal(6, 3) if rows is None else normal(6, rows, 3)

    with torch.set_grad_enabled(grad):
        output, state = layer.step(x[0])
        later, _ = layer.step(x[1], state)

        wanted, _ = layer(x, hx)
        assert_close(torch.stack([output, later]), wanted[:2], rtol=0, atol=1e-14)
        if grad:
            later.sum().backward()
            assert layer.h_0.grad.ne(0).all()
        else:
            assert layer._steppers.ready is not None


def test_learned_state_is_saved_and_copied(learning, normal) -> None:
    """State dict, file without pickled objects, deep copy; a layer that learns none refuses the names."""
    layer, _ = learning(num_layers=2, bidirectional=True)
    x, stored = normal(6, 4, 3), io.BytesIO()
    torch.save(layer.state_dict(), stored)
    stored.seek(0)
    other = learning(num_layers=2, bidirectional=True)[0]
    assert not torch.equal(other(x)[0], layer(x)[0])

    other.load_state_dict(torch.load(stored, weights_only=True))

    assert torch.equal(other(x)[0], layer(x)[0])
    assert torch.equal(copy.deepcopy(layer)(x)[0], layer(x)[0])
    with pytest.raises(RuntimeError, match=r'Unexpected key.*"h_0"'):
        type(layer)(3, 5, num_layers=2, bidirectional=True, convention=layer.convention).load_state_dict(
            layer.state_dict()
        )


def test_learned_state_follows_the_layer(learning, normal) -> None:
    """Another dtype, and weights given by torch.func for one call."""
    layer, hx = learning(rows=4)
    x = normal(6, 4, 3)
    wanted = layer(x)[0]

    torch.nn.init.zeros_(layer.h_0)
    swapped = torch.func.functional_call(layer, {"h_0": parts(hx)[0][:, 0]}, (x,))[0]

    assert torch.equal(swapped, wanted)
    assert layer.float()(x.float())[0].dtype is torch.float32


def test_printed() -> None:
    """What was asked for shows."""
    wanted = "init=Init(weight_hh='orthogonal', weight_ih='glorot', forget_bias=1.0, chrono=90, learn_state=False)"
    assert wanted in repr(GRU(3, 5, init=Init(chrono=90)))
    assert "init" not in repr(GRU(3, 5))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weight_hh": "glorot"}, "weight_hh='glorot', expected 'orthogonal' or 'uniform'. Type .*weight_hh='ortho"),
        ({"weight_ih": "orthogonal"}, "weight_ih='orthogonal', expected 'glorot' or 'uniform'"),
        ({"forget_bias": "1"}, r"forget_bias='1', expected a number\. Type for example forget_bias=1\.0"),
        ({"forget_bias": math.nan}, "forget_bias=nan"),
        ({"forget_bias": True}, "forget_bias=True"),
        ({"learn_state": 1}, "learn_state=1, expected True or False"),
        ({"chrono": 1.5}, r"chrono=1\.5, expected the steps to remember, .*1 < t_min <= t_max.*chrono=100"),
        ({"chrono": (1, 9)}, r"chrono=\(1, 9\)"),
        ({"chrono": (9, 4)}, r"chrono=\(9, 4\)"),
        ({"chrono": (2, math.inf)}, r"chrono=\(2, inf\)"),
        ({"chrono": (2, 9, 4)}, r"chrono=\(2, 9, 4\)"),
        ({"chrono": "100"}, "chrono='100'"),
        ({"chrono": True}, "chrono=True"),
        ({"chrono": 90, "forget_bias": 2}, "chrono=90 and forget_bias=2, expected one of them.*Leave forget_bias"),
    ],
)
def test_refused_values(options: dict[str, object], message: str) -> None:
    """Each message says what was got, what is expected and what to type."""
    with pytest.raises(OptionError, match=message):
        Init(**options)


@pytest.mark.parametrize(
    ("layer", "options", "message"),
    [
        (
            GRU,
            {"init": "orthogonal"},
            r"init='orthogonal', expected a gatewise\.Init, or None.*init=gatewise\.Init\(",
        ),
        (GRU, {"init": Init(forget_bias=2)}, "forget_bias=2 for the GRU, expected an LSTM, which has a forget gate"),
        (RNN, {"init": Init(forget_bias=2)}, r"forget_bias=2 for the RNN.*Leave forget_bias out"),
        (RNN, {"init": Init(chrono=90)}, "chrono=90 for the RNN, expected a cell with gates. Leave chrono out"),
        (LSTM, {"init": Init(forget_bias=2), "bias": False}, "forget_bias=2 with bias=False, expected biases"),
        (GRU, {"init": Init(chrono=90), "bias": False}, "chrono=90 with bias=False.*Leave one of the two out"),
    ],
)
def test_refused_layers(layer: type[Recurrent], options: dict[str, object], message: str) -> None:
    """A layer refuses what its cell has no use for."""
    with pytest.raises(OptionError, match=message):
        layer(3, 5, **options)

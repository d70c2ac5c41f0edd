"""Regularisation inside of the layers: what training does, what rest leaves, from which generator."""

import math

import pytest
import torch
from torch.testing import assert_close

import gatewise
from gatewise.errors import InputError, OptionError
from gatewise.kernels import ops
from gatewise.nn.layers import GRU, LSTM
from gatewise.nn.paths import kernel_path
from gatewise.nn.regularize import Regularize, dropout, factors, thinned

ALL = Regularize(recurrent_dropout=0.3, weight_dropout=0.2, zoneout=0.15)
EACH = [Regularize(recurrent_dropout=0.3), Regularize(weight_dropout=0.4), Regularize(zoneout=0.2), ALL]


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def vectors(state: object) -> tuple[torch.Tensor, ...]:
    return state if isinstance(state, tuple) else (state,)


@pytest.mark.parametrize("options", [{}, {"num_layers": 2, "bidirectional": True, "batch_first": True}], ids=str)
@pytest.mark.parametrize("regularize", EACH, ids=str)
def test_native_equals_reference(make, normal, monkeypatch, options: dict[str, object], regularize: Regularize) -> None:
    """Values, gates and all gradients, in training and at rest, with gaps and resets."""
    layer, run = make(regularize=regularize, **options), ops.run
    if isinstance(layer, LSTM):
        layer = make(regularize=Regularize(**vars(regularize) | {"zoneout_cell": 0.25}), **options)
    x = normal(6, 4, 3).requires_grad_()
    given = x.transpose(0, 1) if layer.batch_first else x
    mask, reset = (torch.rand(4, 6, generator=seeded(3)) < share for share in (0.8, 0.2))
    leaves = [x, *layer.parameters()]
    assert kernel_path(layer, given, mask=mask).path == "native"

    for training in (True, False):
        layer.train(training)
        found = []
        for path in ("native", "reference"):
            with monkeypatch.context() as patched:
                patched.setattr("gatewise.kernels.ops.run", lambda _, *rest, to=path, **more: run(to, *rest, **more))
                output, state, gates = layer(given, mask=mask, reset=reset, return_gates=True, generator=seeded())
            values = [output, *vectors(state), *gates]
            loss = sum((k + 1) * part.pow(2).sum() for k, part in enumerate(values))
            found.append((values, torch.autograd.grad(loss, leaves)))
        assert_close(found[0], found[1], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("regularize", EACH, ids=str)
def test_reproducible_from_a_generator(make, normal, regularize: Regularize) -> None:
    """The same seed gives the same bits on one thread and on two; another seed gives others; the global one is left."""
    layer, x, before = make(num_layers=2, dropout=0.2, regularize=regularize), normal(6, 4, 3), torch.get_rng_state()
    threads = torch.get_num_threads()

    first = layer(x, generator=seeded(1))[0]
    torch.set_num_threads(2)
    again, other = layer(x, generator=seeded(1))[0], layer(x, generator=seeded(2))[0]
    torch.set_num_threads(threads)

    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), before)


def test_without_a_generator_it_is_torchs(make, normal) -> None:
    """`torch.manual_seed` rules, as for dropout."""
    layer, x = make(num_layers=2, dropout=0.2, regularize=ALL), normal(6, 4, 3)
    found = []
    for seed in (4, 4, 5):
        torch.manual_seed(seed)
        found.append(layer(x)[0])

    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2])


def test_at_rest(make, normal) -> None:
    """Without zoneout the layer is the plain one, to the bit; with it every state is mixed with the one before."""
    x, plain = normal(6, 4, 3), make().eval()
    dropped = make(regularize=Regularize(recurrent_dropout=0.3, weight_dropout=0.4)).eval()
    zoned = make(regularize=Regularize(zoneout=0.25)).eval()

    assert torch.equal(dropped(x)[0], plain(x)[0])
    state, h = None, torch.zeros(4, 5, dtype=torch.float64)
    for t in range(6):
        output, state = plain.step(x[t], state)
        h = 0.25 * h + 0.75 * output
        state = (h.unsqueeze(0), state[1]) if isinstance(state, tuple) else h.unsqueeze(0)
        assert_close(zoned(x[: t + 1])[0][-1], h)


def test_a_choice_for_each_sequence() -> None:
    """Recurrent dropout hides the same units at every step, and what is left is as large on average."""
    found = factors(Regularize(recurrent_dropout=0.3), (7, 200, 50), torch.zeros(1), training=True, generator=seeded())

    assert found.dropped.shape == (200, 50)
    assert found.still_h is None
    assert found.dropped.unique().tolist() == pytest.approx([0.0, 1 / 0.7])
    assert found.dropped.mean().item() == pytest.approx(1.0, abs=5 * math.sqrt(0.3 / 0.7 / 10_000))


def test_a_choice_for_each_step() -> None:
    """Zoneout keeps units anew at every step; h and c each in their own share, independently."""
    wanted = Regularize(zoneout=0.2, zoneout_cell=0.5)
    found = factors(wanted, (20, 50, 30), torch.zeros(1), training=True, generator=seeded())

    for still, share in ((found.still_h, 0.2), (found.still_c, 0.5)):
        assert still.mean().item() == pytest.approx(share, abs=5 * math.sqrt(share * (1 - share) / 30_000))
        assert (still[0] != still[1]).any()
    both = (found.still_h * found.still_c).mean().item()
    assert both == pytest.approx(0.1, abs=5 * math.sqrt(0.1 * 0.9 / 30_000))


def test_thinned_weights_are_the_same_on_average() -> None:
    """Of DropConnect's weights the share is 0, and their expectation is what they are."""
    weight = torch.linspace(-1, 2, 60 * 20, dtype=torch.float64).view(60, 20)

    drawn = torch.stack([thinned(weight, Regularize(weight_dropout=0.4), seeded(seed)) for seed in range(400)])

    assert drawn.eq(0).double().mean().item() == pytest.approx(0.4, abs=0.005)
    assert ((drawn.mean(0) - weight).abs() <= 5 * weight.abs() * math.sqrt(0.4 / 0.6 / 400)).all()


def test_what_is_handed_up_is_dropped_from_the_generator_too() -> None:
    """Dropout between layers, drawn from a generator, has the shares and scale of torch's."""
    x = torch.ones(100, 100)

    found = dropout(x, 0.25, training=True, generator=seeded())

    assert found.eq(0).float().mean().item() == pytest.approx(0.25, abs=0.025)
    assert found.unique().tolist() == pytest.approx([0.0, 1 / 0.75])
    assert torch.equal(dropout(x, 0.25, training=False, generator=seeded()), x)
    assert dropout(x, 1.0, training=True, generator=seeded()).eq(0).all()


def test_the_gru_keeps_what_z_keeps() -> None:
    """Recurrent dropout of all but what z weighs: with z shut h passes untouched, however much is dropped."""
    gru = GRU(3, 5, dtype=torch.float64, regularize=Regularize(recurrent_dropout=0.9))
    with torch.no_grad():
        gru.bias_ih_l0[5:10] = -1e3  # z weighs the candidate
    h_0 = torch.randn(1, 4, 5, dtype=torch.float64)

    output, _ = gru(torch.randn(6, 4, 3, dtype=torch.float64), h_0)

    assert_close(output, h_0.expand(6, 4, 5))


def test_streams(make, normal) -> None:
    """Steps of a layer at rest are those of a call, zoneout included; in training a choice for a sequence has none."""
    x = normal(6, 4, 3)
    for regularize in (Regularize(zoneout=0.3), Regularize(recurrent_dropout=0.3)):
        layer, state = make(regularize=regularize).eval(), None
        with torch.no_grad():
            outputs = []
            for x_t in x:
                output, state = layer.step(x_t, state)
                outputs.append(output)
        assert_close(torch.stack(outputs), layer(x)[0])
    before = torch.get_rng_state()
    with pytest.raises(InputError, match=r"recurrent_dropout, whose choice.*Type layer\.eval\(\)"):
        layer.train().step(x[0])
    assert torch.equal(torch.get_rng_state(), before)


def test_compiled_and_mapped(make, normal) -> None:
    """Under torch.compile in one graph, and a model's own draws under vmap."""
    layer, x = make(regularize=ALL), normal(6, 4, 3)
    torch.manual_seed(3)
    compiled = torch.compile(lambda x: layer(x)[0], fullgraph=True, backend="aot_eager")
    found = compiled(x)
    assert found.isfinite().all()
    assert not torch.equal(found, compiled(x))

    many = torch.vmap(lambda x: layer(x)[0], randomness="different")(x.expand(3, *x.shape))
    assert not torch.equal(many[0], many[1])
    layer.eval()
    assert_close(torch.vmap(lambda x: layer(x)[0])(x.expand(3, *x.shape))[1], layer(x)[0])


@pytest.mark.parametrize(
    ("name", "value"),
    [("recurrent_dropout", 1.0), ("weight_dropout", -0.1), ("zoneout", True), ("zoneout_cell", "0.1")],
)
def test_shares_are_shares(name: str, value: object) -> None:
    """From 0 to below 1: with all of it gone there is nothing to scale."""
    with pytest.raises(OptionError, match=rf"{name}=.*, expected a share from 0 to below 1\. Type for example {name}"):
        Regularize(**{name: value})


def test_what_a_layer_refuses() -> None:
    """Something else, and a cell state where there is none; torch.nn has no zoneout."""
    with pytest.raises(OptionError, match=r"regularize=0\.2, expected a gatewise\.Regularize"):
        LSTM(3, 5, regularize=0.2)
    with pytest.raises(OptionError, match=r"zoneout_cell=0\.1 for the GRU, which has no cell state"):
        GRU(3, 5, regularize=Regularize(zoneout_cell=0.1))
    with pytest.raises(InputError, match=r"expected one without zoneout, which mixes states at rest too"):
        gatewise.to_torch(LSTM(3, 5, regularize=Regularize(zoneout=0.1)))
    assert gatewise.to_torch(LSTM(3, 5, regularize=Regularize(recurrent_dropout=0.1))).hidden_size == 5


def test_it_is_printed() -> None:
    """As other arguments are."""
    assert "regularize=Regularize(recurrent_dropout=0.2, " in repr(
        GRU(3, 5, regularize=Regularize(recurrent_dropout=0.2))
    )
